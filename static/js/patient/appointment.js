// The appointment's page: what to do next, live; the checklist, also without network; the offer to install.
import "../call/able.js";
import "../live.js";
import "../pwa/install-offer.js";
import "../pwa/push-offer.js";
import "../ui/this-device.js";
import "./next-step.js";
import "./preparation-list.js";

// Only a window inside another app's shows the address to copy.
if (document.querySelector("copy-button")) void import("../ui/copy-button.js");
