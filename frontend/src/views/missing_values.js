// Where values are missing, what a missing value counts as, and which labels depend on it.

import { decidedByMissing, effectOfMissing } from "../core/missing.js";
import { keyOf } from "../state/words.js";
import { button, fillMenu, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { atRest, perFrame } from "../ui/schedule.js";
import { computing } from "../ui/computing.js";
/** @import { Context } from "../state/types.js" */

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-gaps");
  el.tabIndex = 0;
  keepKeys(el, store);
  const said = make("div", "nbl-soft");
  const table = make("table", "nbl-card-criteria");
  table.setAttribute("aria-label", "Missing values");
  el.append(computing(model, signal), said, table);

  /** @type {(found: {gaps: number[], decided: number[]}) => number[][]} */
  const shownOf = ({ gaps, decided }) => [gaps, decided].map((units) => units.filter((unit) => store.isShown(unit)));
  const update = () => {
    const { method } = store;
    const { rules, missing, trace } = method;
    const head = make("tr", "");
    for (const text of ["criterion", "units without a value", "counts as", "labels that would change"]) head.append(make("th", "", text));
    let decidedUnits = 0;
    const rows = rules.criteria.map((c, k) => {
      const [gaps, decided] = shownOf(decidedByMissing(method, k));
      const row = make("tr", "");
      const name = make("td", "", keyOf(c));
      const units = /** @type {HTMLTableCellElement} */ (make("td", ""));
      const policy = make("td", "");
      const decides = make("td", "");
      if (missing[k]) {
        units.textContent = store.unusable[c.metric] ? "in arbitrary units" : "not in this analyzer";
        units.title = store.unusable[c.metric] ?? "";
        units.className = "nbl-failing";
        units.colSpan = 3;
        row.append(name, units);
        return row;
      } else if (!gaps.length) units.textContent = "0";
      else units.append(button(String(gaps.length), `Select the ${gaps.length} units without ${c.metric}`, () => store.select(gaps)));
      if (!trace.active[k]) policy.textContent = "off";
      else {
        const choice = /** @type {HTMLSelectElement} */ (make("select", "nbl-select"));
        choice.setAttribute("aria-label", `A missing ${keyOf(c)} counts as`);
        fillMenu(choice, [["fail", "failed"], ["pass", "passed"], ["ignore", "ignored"]], c.nan);
        choice.addEventListener("change", () => store.set([], [[k, choice.value]]));
        policy.append(choice);
        const effect = effectOfMissing(rules, k);
        choice.title = `A missing value ${effect.said}`;
        // "ignored" may come to the same as failed, and then that is said.
        if (gaps.length && c.nan === "ignore" && effect.counts !== "ignored") policy.append(make("div", "nbl-soft", effect.said));
      }
      if (gaps.length && trace.active[k]) {
        decidedUnits += decided.length;
        const word = c.nan === "pass" ? "if it failed" : "if it passed";
        if (decided.length) decides.append(button(`${decided.length} would change ${word}`, `Select the ${decided.length} units that a missing ${c.metric} decides`, () => store.select(decided)));
        else decides.textContent = "none";
      }
      row.append(name, units, policy, decides);
      return row;
    });
    const absent = missing.filter((gone) => gone).length;
    const depend = decidedUnits === 0 ? "No label depends" : decidedUnits === 1 ? "1 label depends" : `${decidedUnits} labels depend`;
    said.textContent = `${depend} on a missing value` + (absent ? `; ${absent} criteria are left out, because their metric is not in this analyzer or cannot be judged.` : ".");
    table.replaceChildren(head, ...rows);
  };
  const schedule = perFrame(update, signal, el);
  const later = atRest(schedule, signal);
  schedule();
  store.on("trace structure scope", later, signal);
}
