// Which metrics moved a probability: of the chosen unit, or on average over all units.

import { short } from "../core/format.js";
import { floats } from "../core/plain.js";
import { button, fillMenu, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { perFrame } from "../ui/schedule.js";
/** @import { Context } from "../state/types.js" */

/** Metrics shown at most. */
const MOST_MOVES = 14;

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-moves");
  el.tabIndex = 0;
  keepKeys(el, store);
  const n = store.n;
  const ids = store.ids;
  const columns = model.get("_columns").map((/** @type {any} */ column, /** @type {number} */ c) => ({
    ...column,
    start: model.get("_starts")[c],
    moved: floats(model.get("_contributions")[c]),
    rows: floats(model.get("_rows")[c]),
  }));
  const bar = make("div", "nbl-bar");
  const which = /** @type {HTMLSelectElement} */ (make("select", "nbl-select"));
  which.setAttribute("aria-label", "Probability to explain");
  fillMenu(which, columns.map((/** @type {any} */ column, /** @type {number} */ c) => [String(c), column.column.replace("_", " ")]), "0");
  const title = make("strong", "nbl-card-title");
  title.setAttribute("aria-live", "polite");
  bar.append(
    which,
    button("◀", "Previous unit", () => store.step(-1)),
    button("▶", "Next unit", () => store.step(1)),
    title
  );
  const said = make("div", "nbl-soft");
  const list = make("div", "nbl-moves-list");
  list.setAttribute("role", "list");
  const foot = make("div", "nbl-soft");
  el.append(bar, said, list, foot);
  const percent = (/** @type {number} */ p) => `${(100 * p).toFixed(Math.abs(p) < 0.0995 ? 1 : 0)} %`;

  /** @type {(name: string, value: string, amount: number, most: number, text: string, onClick: () => void) => HTMLElement} */
  const row = (name, value, amount, most, text, onClick) => {
    const line = button("", text, onClick);
    line.className = "nbl-moves-row";
    line.setAttribute("role", "listitem");
    const track = make("span", "nbl-moves-track");
    const fill = make("span", amount < 0 ? "nbl-moves-fill nbl-moves-down" : "nbl-moves-fill");
    fill.style.width = `${(50 * Math.abs(amount)) / most}%`;
    fill.style.left = amount < 0 ? `${50 - (50 * Math.abs(amount)) / most}%` : "50%";
    track.append(fill);
    line.append(make("span", "nbl-moves-name", name), make("span", "nbl-moves-value", value), track, make("span", "nbl-moves-amount", `${amount < 0 ? "−" : "+"}${percent(Math.abs(amount))}`));
    return line;
  };
  const update = () => {
    const { column, features, method, start, moved, rows } = columns[Number(which.value) || 0];
    const width = features.length;
    const selection = store.selection;
    const unit = selection.length ? selection[selection.length - 1] : -1;
    const of = (/** @type {number} */ i, /** @type {number} */ f) => moved[i * width + f];
    const amounts = new Float64Array(width);
    if (unit >= 0) for (let f = 0; f < width; f++) amounts[f] = of(unit, f);
    else for (let i = 0; i < n; i++) if (store.isShown(i)) for (let f = 0; f < width; f++) amounts[f] += Math.abs(of(i, f)) / store.shown.n;
    const order = [...amounts.keys()].sort((a, b) => Math.abs(amounts[b]) - Math.abs(amounts[a])).slice(0, MOST_MOVES);
    const most = Math.max(0.01, Math.abs(amounts[order[0]]));
    const label = unit < 0 ? "" : store.rules.labels[store.trace.codes[unit]];
    title.textContent = unit < 0 ? "all units" : `unit ${ids[unit]}: ${label}`;
    const sum = amounts.reduce((total, amount) => total + amount, 0);
    said.textContent = unit < 0
      ? "How far each metric moves the probability, on average. Select a unit to see its own."
      : `${column.replace("_", " ")}${column === "sua_probability" ? " (if it is not noise)" : ""} ${percent(start)} to start with, ${percent(start + sum)} for this one; each metric's part:`;
    list.replaceChildren(...order.map((f) => {
      const value = unit < 0 ? "" : short(rows[unit * width + f]);
      // The units that this metric moved most are a click away.
      const mine = () => {
        const units = [];
        for (let i = 0; i < n; i++) {
          if (!store.isShown(i)) continue;
          let top = 0;
          for (let g = 1; g < width; g++) if (Math.abs(of(i, g)) > Math.abs(of(i, top))) top = g;
          if (top === f) units.push(i);
        }
        store.select(units);
      };
      return row(features[f], value, amounts[f], most, `${features[f]} ${value}: ${percent(amounts[f])}; press to select the units it moved most`, mine);
    }));
    const others = unit < 0 ? 0 : sum - order.reduce((total, f) => total + amounts[f], 0);
    const flags = unit < 0 ? "" : model.get("_flags")[unit];
    foot.textContent = [
      Math.abs(others) > 0.0005 ? `${width - order.length} other metrics: ${others < 0 ? "−" : "+"}${percent(Math.abs(others))}.` : "",
      flags ? `Inputs of this unit: ${flags}.` : "",
      `Method: ${method}.`,
    ].filter((text) => text).join(" ");
  };
  const schedule = perFrame(update, signal, el);
  which.addEventListener("change", schedule);
  store.on("trace scope", schedule, signal);
  store.on("selection", schedule, signal);
  schedule();
}
