// My appointments: nothing moves here, but the worker is installed, ticks that waited are sent, and forgetting forgets.
import "../pwa/register.js";
import { sendTicks } from "./kept.js";

void sendTicks();
