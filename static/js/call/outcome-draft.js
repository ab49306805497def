/**
 * Keeps a half-filled form in this tab, so that a reload loses nothing of it. It is gone with the tab.
 */

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
  sessionStorage.setItem(key, JSON.stringify(said));
}

/** @param {HTMLFormElement} form @param {string} key */
export function restoreDraft(form, key) {
  const kept = sessionStorage.getItem(key);
  if (kept === null) return;
  /** @type {Record<string, string>} */
  const said = JSON.parse(kept);
  for (const field of fields(form)) {
    const value = said[field.name];
    if (value === undefined) continue;
    if (field.type === "radio") field.checked = field.value === value;
    else field.value = value;
  }
}
