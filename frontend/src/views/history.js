// What can be done to the whole: undo, redo, reset; and what went wrong, said where it is seen.

import { button, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { clickHere, titleOf } from "../ui/label_bar.js";
/** @import { Context } from "../state/types.js" */

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-tools");
  keepKeys(el, store);
  const undo = button("↶ undo", "Undo", () => store.travel("undo"));
  const redo = button("↷ redo", "Redo", () => store.travel("redo"));
  const reset = button("reset all", "Reset all limits", () => store.travel("reset"));
  const said = make("span", "nbl-error");
  said.setAttribute("role", "alert");
  // Where no card is in sight, what keys do is said here.
  const shown = make("span", "nbl-soft");
  const here = clickHere(el, () => store.keyLabels.length > 0 && !store.queue.isWatched, signal);
  el.append(make("strong", "", model.get("title")), undo, redo, reset, shown, here, said);
  const update = () => {
    const [back, forth] = store.history;
    /** @type {HTMLButtonElement} */ (undo).disabled = back === 0;
    /** @type {HTMLButtonElement} */ (redo).disabled = forth === 0;
    undo.title = back ? `Undo (Ctrl+Z), ${back} steps` : "Nothing to undo";
    said.textContent = store.error;
    const now = store.queue.shown;
    shown.textContent = now < 0 || !store.keyLabels.length || store.queue.isWatched ? "" : `keys label ${titleOf(store, `${store.ids[now]}: ${store.label(now)}`)}`;
  };
  update();
  store.on("history selection hand queue", update, signal);
  document.addEventListener("click", () => window.setTimeout(update), { signal });
}
