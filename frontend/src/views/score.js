// A score: how many labels are right, and every wrong unit with what gives it away; a click shows the unit beside.

import { make } from "../ui/dom.js";
import { unitButtons } from "../ui/unit_buttons.js";
/** @import { Context } from "../state/types.js" */

/** @typedef {{at: number, given: string, truth: string, kind: string, clue: string}} Wrong */

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-score");
  /** @type {Wrong[]} */
  const wrong = model.get("_wrong");
  const head = make("strong", "nbl-card-title", model.get("_sentence"));
  head.setAttribute("role", "status");
  const kinds = make("table", "nbl-card-criteria");
  const titles = make("tr", "");
  titles.append(...["kind", "right", "should be", "what gives it away"].map((text) => make("th", "", text)));
  kinds.append(titles, ...model.get("_kinds").map((/** @type {string[]} */ row) => {
    const line = make("tr", "");
    line.append(...row.map((text) => make("td", "", text)));
    return line;
  }));
  const items = wrong.map(({ at, given, truth, kind, clue }) => {
    const [id, words] = [store.ids[at], `you said ${given}, it is ${truth}`];
    return { at, label: truth, text: `${id}: ${given} → ${truth}`, hint: `Show unit ${id}: ${words}`, said: `Unit ${id}: ${words} (${kind}): ${clue}` };
  });
  const title = make("p", "nbl-soft", wrong.length ? `${wrong.length} wrong: your label → what it is. Click one to see the unit.` : "");
  el.append(head, kinds, title, ...unitButtons(store, "Wrong labels", items, signal));
}
