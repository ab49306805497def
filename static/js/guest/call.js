// What a guest's page holds: the lobby's small helps (those of the waiting room) and the call's stage.
import "../live.js";
import "../patient/waiting.js";
import "../call/stage.js";
