// The date of birth: the worker is installed meanwhile, and an address can be copied out of an embedded browser.
import "../pwa/register.js";
import "../ui/copy-button.js";
import "../ui/this-device.js";
