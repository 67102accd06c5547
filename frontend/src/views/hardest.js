// The hardest units of a class: a click shows the unit beside, with the labels it was given and what gives it away.

import { make } from "../ui/dom.js";
import { unitButtons } from "../ui/unit_buttons.js";
/** @import { Context } from "../state/types.js" */

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-score");
  const items = model.get("_units").map((/** @type {any} */ { at, given, label, share, truth, says }) => {
    const id = store.ids[at];
    const is = truth ? `it is ${truth}` : "no truth is known";
    return { at, label, text: `${id}: ${share}`, hint: `Show unit ${id}: ${share}`, said: `Unit ${id}: ${is}; labels given: ${given}. ${says}` };
  });
  el.append(make("strong", "nbl-card-title", model.get("_title")), ...unitButtons(store, "Hardest units", items, signal));
}
