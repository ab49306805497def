/**
 * Keeps a half-filled form in this tab, so that a reload loses nothing of it. It is gone with the tab.
 */

import { inTab } from "../ui/storage.js";

/** @param {HTMLFormElement} form @returns {(HTMLInputElement)[]} */
function fields(form) {
  return [...form.elements].filter(
    (each) => each instanceof HTMLInputElement && each.name !== "" && each.type !== "hidden",
  ).map((each) => /** @type {HTMLInputElement} */ (each));
}

/** @param {HTMLFormElement} form @param {string} key */
export function keepDraft(form, key) {
  /** @type {Record<string, string>} */
  const said = {};
  for (const field of fields(form)) if (field.type !== "radio" || field.checked) said[field.name] = field.value;
  inTab.writeJson(key, said);
}

/** @param {HTMLFormElement} form @param {string} key */
export function restoreDraft(form, key) {
  /** @type {Record<string, string>} */
  const said = inTab.readJson(key, {});
  for (const field of fields(form)) {
    const value = said[field.name];
    if (value === undefined) continue;
    if (field.type === "radio") field.checked = field.value === value;
    else field.value = value;
  }
}
