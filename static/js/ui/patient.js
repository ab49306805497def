// The elements a patient's or visitor's page may hold.
import "./offline-banner.js";
import "./toast.js";
