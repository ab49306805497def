// The date of birth: the worker is installed meanwhile, and an address can be copied out of an embedded browser;
// a browser without cookies is told before it is asked.
import "../pwa/register.js";
import "../ui/copy-button.js";
import "../ui/this-device.js";

if (!navigator.cookieEnabled) document.body.dataset.cookieless = "";
