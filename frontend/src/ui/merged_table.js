// What the merged unit would have: metrics beside those of its two units, its label, and what is not known before the merge.

import { short } from "../core/format.js";
import { own } from "../core/plain.js";
import { make } from "./dom.js";
/** @import { Store } from "../state/store.js" */

/** Whether a value lies outside the limits of any criterion on its metric. @param {Store} store @param {string} metric @param {number|null} value */
const fails = (store, metric, value) =>
  value !== null && store.rules.criteria.some((criterion, k) => {
    if (criterion.metric !== metric) return false;
    const [low, high] = store.limits[k];
    const judged = criterion.abs ? Math.abs(value) : value;
    return (low !== null && judged < low) || (high !== null && judged > high);
  });

/**
 * @param {Store} store
 * @param {{metrics: Record<string, number|null>, alone: Record<string, number|null>[], labels: string[], guessed: string[], unknown: [string, string[]][]}} merged
 * @param {{unit: number, other: number}} pair positions
 * @returns {HTMLElement}
 */
export const mergedTable = (store, merged, { unit, other }) => {
  const box = make("details", "nbl-pair-table");
  /** @type {HTMLDetailsElement} */ (box).open = true;
  const label = merged.labels.join(" or ");
  const summary = make("summary", "", `merged they would be ${label}`);
  box.append(summary);
  if (merged.guessed.length) {
    const many = merged.guessed.length === 1 ? "1 criterion is" : `${merged.guessed.length} criteria are`;
    const how = merged.labels.length > 1 ? "with the values of one unit or of the other" : "with the values of either unit";
    const about = make("details", "");
    about.append(make("summary", "nbl-soft", `${many} not known before the merge: judged ${how}`), make("div", "nbl-soft", merged.guessed.join(", ")));
    box.append(about);
  }
  const table = make("table", "nbl-card-criteria");
  const head = make("tr", "");
  for (const text of ["metric", store.ids[unit], store.ids[other], "merged"]) head.append(make("th", "", text));
  table.append(head);
  for (const [name, value] of Object.entries(merged.metrics)) {
    const meaning = own(store.metricUnits, name);
    const factor = meaning?.factor ?? 1;
    const values = store.metric(name);
    const cell = (/** @type {number|null|undefined} */ number) => make("td", "nbl-number", number === undefined ? "" : number === null || number !== number ? "–" : short(number * factor));
    const row = make("tr", "");
    const last = cell(value);
    if (fails(store, name, value)) { last.classList.add("nbl-failing"); last.title = "outside a limit"; }
    const [one, two] = [unit, other].map((at, which) => values[at] ?? merged.alone[which]?.[name]);
    row.append(make("td", "", meaning?.unit ? `${name} (${meaning.unit})` : name), cell(one), cell(two), last);
    table.append(row);
  }
  box.append(table);
  if (merged.unknown.length) {
    const names = make("details", "");
    const many = merged.unknown.reduce((sum, [, metrics]) => sum + metrics.length, 0);
    names.append(make("summary", "nbl-soft", `${many} metrics are not known before the merge`));
    for (const [need, metrics] of merged.unknown) names.append(make("div", "nbl-soft", `${metrics.join(", ")}: need ${need}`));
    box.append(names);
  }
  return box;
};
