// What the desk holds beyond the shared elements.
import "../live.js";
import "../ui/count-down.js";
import "./arrival-bell.js";
import "./booking.js";
import "./challenge-note.js";
import "./dialog-place.js";
import "./patient-search.js";
import "./shortcuts.js";
