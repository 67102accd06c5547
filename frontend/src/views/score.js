// A score: how many labels are right, and every wrong unit with what gives it away; a click shows the unit beside.

import { button, make } from "../ui/dom.js";
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
  const said = make("p", "nbl-score-clue");
  said.setAttribute("aria-live", "polite");
  const list = make("div", "nbl-score-list");
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", "Wrong labels");
  const color = (/** @type {string} */ label) => store.look(label).color;
  const buttons = wrong.map(({ at, given, truth }) => {
    const id = store.ids[at];
    const made = button(`${id}: ${given} → ${truth}`, `Show unit ${id}: you said ${given}, it is ${truth}`, () => store.select([at]));
    made.style.borderLeft = `6px solid ${color(truth)}`;
    return made;
  });
  list.append(...buttons);
  const title = make("p", "nbl-soft", wrong.length ? `${wrong.length} wrong: your label → what it is. Click one to see the unit.` : "");
  el.append(head, kinds, title, list, said);

  const update = () => {
    const selection = store.selection;
    const now = selection.length ? selection[selection.length - 1] : -1;
    buttons.forEach((made, i) => made.setAttribute("aria-pressed", String(wrong[i].at === now)));
    const shown = wrong.find(({ at }) => at === now);
    said.textContent = shown ? `Unit ${store.ids[now]}: you said ${shown.given}, it is ${shown.truth} (${shown.kind}): ${shown.clue}` : "";
    said.hidden = !shown;
  };
  store.on("selection", update, signal);
  update();
}
