// Which criteria gave units a label, and in which combinations: an upset plot that can be clicked.

import { combinationsOf } from "../core/combinations.js";
import { onLook, sizeOf } from "../ui/canvas.js";
import { button, fillMenu, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { perFrame } from "../ui/schedule.js";
/** @import { Context } from "../state/types.js" */

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-upset");
  el.tabIndex = 0;
  keepKeys(el, store);
  const head = make("div", "nbl-bar");
  const which = /** @type {HTMLSelectElement} */ (make("select", "nbl-select"));
  which.setAttribute("aria-label", "Label to explain");
  const sort = /** @type {HTMLSelectElement} */ (make("select", "nbl-select"));
  sort.setAttribute("aria-label", "Sort combinations by");
  fillMenu(sort, [["size", "most units first"], ["degree", "fewest reasons first"]], "size");
  const said = make("span", "nbl-soft");
  said.setAttribute("aria-live", "polite");
  head.append(which, sort, said);
  const grid = make("div", "nbl-upset-grid");
  el.append(head, grid);
  let chosen = model.get("label");

  const labels = () => {
    const names = store.rules.rules.map((/** @type {any} */ rule) => rule.label);
    return store.order.filter((/** @type {string} */ label) => names.includes(label));
  };
  const fillLabels = () => {
    const all = labels();
    if (!all.includes(chosen)) chosen = all.find((label) => store.isNoise(label)) ?? all[0];
    fillMenu(which, all.map((/** @type {string} */ label) => [label]), chosen);
  };

  const combine = () =>
    combinationsOf(store.trace.codes, store.rules.labels.indexOf(chosen), store.trace.reasons, sort.value === "degree" ? "degree" : "size", store.scope?.mask);

  let painted = "";
  const update = () => {
    const all = combine();
    const fit = Math.max(3, Math.floor((sizeOf(el).width - 190) / 30));
    const shown = all.slice(0, fit);
    const rules = store.rules;
    const selection = new Set(store.selection);
    const look = store.looks[chosen];
    const totals = new Map();
    for (const { criteria, units } of all) for (const k of criteria) totals.set(k, (totals.get(k) ?? 0) + units.length);
    const rows = [...totals.keys()].sort((a, b) => totals.get(b) - totals.get(a));
    const key = JSON.stringify([chosen, shown.map((c) => [c.criteria, c.units.length]), rows, [...selection], fit]);
    if (key === painted) return;
    painted = key;
    const most = Math.max(1, ...shown.map((c) => c.units.length));
    const count = all.reduce((sum, c) => sum + c.units.length, 0);
    const hidden = all.length - shown.length;
    said.textContent = `${count} units` + (hidden > 0 ? `, ${hidden} smaller combinations not shown` : "");
    grid.replaceChildren();
    grid.style.gridTemplateColumns = `minmax(120px, max-content) repeat(${Math.max(1, shown.length)}, 28px)`;
    if (!shown.length) {
      grid.append(make("div", "nbl-soft", `No unit is labeled ${chosen}.`));
      return;
    }
    grid.append(make("div", ""));
    for (const { criteria, units } of shown) {
      const names = criteria.map((k) => rules.criteria[k].metric).join(" and ") || "by hand";
      const bar = button("", `${units.length} units: ${names}`, () => store.select(units));
      bar.className = "nbl-upset-bar";
      const ids = units.slice(0, 12).map((i) => store.ids[i]).join(", ");
      bar.title = `${units.length} units: ${names}\n${ids}${units.length > 12 ? ", …" : ""}`;
      const fill = make("span", `nbl-upset-fill nbl-hatch-${look.hatch}`);
      fill.style.height = `${Math.max(2, (70 * units.length) / most)}px`;
      fill.style.backgroundColor = look.color;
      if (units.every((i) => selection.has(i))) bar.setAttribute("aria-pressed", "true");
      bar.append(make("span", "nbl-upset-count", String(units.length)), fill);
      grid.append(bar);
    }
    for (const k of rows) {
      const units = all.filter((c) => c.criteria.includes(k)).flatMap((c) => c.units);
      const name = button(`${rules.criteria[k].metric} ${totals.get(k)}`, `${totals.get(k)} units with reason ${rules.criteria[k].metric}`, () => store.select(units));
      name.className = "nbl-upset-name";
      grid.append(name);
      for (const { criteria } of shown) {
        const dot = make("span", "nbl-upset-dot");
        if (criteria.includes(k)) {
          dot.classList.add("nbl-upset-on");
          dot.style.setProperty("--nbl-label", look.color);
        }
        grid.append(dot);
      }
    }
  };
  const schedule = perFrame(update, signal, el);
  which.addEventListener("change", () => { chosen = which.value; schedule(); });
  sort.addEventListener("change", () => { painted = ""; schedule(); });
  fillLabels();
  onLook(el, schedule, signal);
  store.on("trace scope", schedule, signal);
  store.on("selection", schedule, signal);
  store.on("structure", () => { fillLabels(); painted = ""; schedule(); }, signal);
  schedule();
}
