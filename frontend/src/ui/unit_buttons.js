// A button a unit, and the sentence of the unit that is shown.

import { button, make } from "./dom.js";
/** @import { Store } from "../state/store.js" */

/** @typedef {{at: number, text: string, hint: string, said: string, label: string}} Item position of the unit; texts; label whose color it has */

/**
 * @param {Store} store
 * @param {string} name of the group of buttons
 * @param {Item[]} items
 * @param {AbortSignal} signal
 * @returns {HTMLElement[]} the buttons and the sentence
 */
export const unitButtons = (store, name, items, signal) => {
  const said = make("p", "nbl-score-clue");
  said.setAttribute("aria-live", "polite");
  const list = make("div", "nbl-score-list");
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", name);
  const buttons = items.map(({ at, text, hint, label }) => {
    const made = button(text, hint, () => store.select([at]));
    made.style.borderLeft = `6px solid ${store.look(label).color}`;
    return made;
  });
  list.append(...buttons);
  const update = () => {
    const now = store.selection.length ? store.selection[store.selection.length - 1] : -1;
    buttons.forEach((made, i) => made.setAttribute("aria-pressed", String(items[i].at === now)));
    const shown = items.find(({ at }) => at === now);
    said.textContent = shown ? shown.said : "";
    said.hidden = !shown;
  };
  store.on("selection", update, signal);
  update();
  return [list, said];
};
