// My appointments: the worker is installed, ticks that waited are sent, and what is no longer agreed is not kept either.
import "../pwa/register.js";
import { appointments, drop, sendTicks } from "./kept.js";

void sendTicks();
const agreed = [...document.querySelectorAll("a")].map((link) => link.pathname);
for (const { id } of appointments()) if (!agreed.includes(`/appointments/${id}`)) drop(id);
