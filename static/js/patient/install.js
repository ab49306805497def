// The guide to the home screen, with the browser's own button where it has one.
import "../pwa/install-offer.js";
import "../ui/this-device.js";
