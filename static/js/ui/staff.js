// The elements the clinic's pages may hold.
import "./again-later.js";
import "./copy-button.js";
import "./dialog.js";
import "./drop-menu.js";
import "./offline-banner.js";
import "./stay-open.js";
import "./theme-toggle.js";
import "./toast.js";
import "./type-ahead.js";
