// A preview of the patient's pages: nothing in it leads anywhere but to the other previews.
import "../ui/toast.js";
import { toast } from "../ui/toast.js";

const bar = document.querySelector(".preview-bar");

/** @param {Event} event */
function stop(event) {
  if (!(event.target instanceof Element) || bar?.contains(event.target)) return;
  if (event.type === "click" && !event.target.closest("a, button, input[type=checkbox]")) return;
  if (event.type === "click" && event.target.closest("a[href^='#']")) return;
  event.preventDefault();
  toast(bar?.getAttribute("data-words") ?? "");
}

document.addEventListener("click", stop, true);
document.addEventListener("submit", stop, true);
