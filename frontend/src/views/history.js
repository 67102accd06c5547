// What can be done to the whole: undo, redo, reset; and what went wrong, said where it is seen.

import { button, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
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
  el.append(make("strong", "", model.get("title")), undo, redo, reset, said);
  const update = () => {
    const [back, forth] = store.history;
    /** @type {HTMLButtonElement} */ (undo).disabled = back === 0;
    /** @type {HTMLButtonElement} */ (redo).disabled = forth === 0;
    undo.title = back ? `Undo (Ctrl+Z), ${back} steps` : "Nothing to undo";
    said.textContent = store.error;
  };
  update();
  store.on("history", update, signal);
}
