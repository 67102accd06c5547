// Labels by hand from any view: buttons, a note, and keys g, m, n, s; Backspace leaves a unit to the rules.

import { own } from "../core/plain.js";
import { button, make } from "./dom.js";
/** @import { Store } from "../state/store.js" */

/**
 * @param {HTMLElement} el whose keys count @param {Store} store @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export const labelBar = (el, store, signal) => {
  const bar = make("div", "nbl-bar");
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Label by hand");
  const note = /** @type {HTMLInputElement} */ (make("input", "nbl-filter nbl-note"));
  note.type = "text";
  note.placeholder = "note (optional)";
  note.setAttribute("aria-label", "Note for the label by hand");
  const said = make("span", "nbl-soft");
  const give = (/** @type {string|null} */ label) => {
    const units = store.selection;
    if (!units.length) return;
    store.override(units, label, note.value.trim());
    note.value = "";
    el.focus();
  };
  const build = () => {
    const labels = store.handLabels;
    bar.hidden = !labels.length;
    bar.style.display = bar.hidden ? "none" : "";
    const buttons = labels.map((/** @type {string} */ label) => {
      const key = own(store.handKeys, label);
      const made = button(key ? `${label} (${key})` : label, `Label the selected units ${label} by hand`, () => give(label));
      made.style.borderLeft = `6px solid ${own(store.looks, label)?.color ?? "#888"}`;
      made.dataset.hand = label;
      return made;
    });
    const back = button("clear manual label", "Clear the manual labels of the selected units: the rules decide again", () => give(null));
    back.dataset.hand = "";
    bar.replaceChildren(make("span", "nbl-soft", "by hand:"), ...buttons, back, note, said);
    update();
  };
  const update = () => {
    const units = store.selection;
    const given = store.byHand;
    const labels = new Set(units.map((/** @type {number} */ unit) => given[unit] ?? ""));
    for (const made of /** @type {NodeListOf<HTMLButtonElement>} */ (bar.querySelectorAll("button"))) {
      made.setAttribute("aria-pressed", String(labels.size === 1 && labels.has(made.dataset.hand ?? "") && made.dataset.hand !== ""));
      made.disabled = !units.length || (made.dataset.hand === "" && !units.some((/** @type {number} */ unit) => given[unit] !== undefined));
    }
    said.textContent = units.length > 1 ? `all ${units.length} selected` : "";
  };
  el.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target instanceof HTMLInputElement || bar.hidden) return;
    const label = store.handLabels.find((/** @type {string} */ name) => own(store.handKeys, name) === event.key.toLowerCase());
    if (label) give(label);
    else if (event.key === "Backspace") give(null);
    else return;
    event.preventDefault();
  });
  store.on("structure", build, signal);
  store.on("selection hand", update, signal);
  build();
  return bar;
};
