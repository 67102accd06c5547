// What is said of criteria and limits, in the units that are shown.

import { TOGETHER } from "../core/explanation.js";
import { short } from "../core/format.js";
import { own } from "../core/plain.js";
/** @import { Change } from "../core/explanation.js" */
/** @import { Criterion } from "../core/rules.js" */
/** @import { Store } from "./store.js" */

/** A stored value in the unit that is shown. @param {Store} store @param {number} k @param {number} value @returns {string} */
export const inWords = (store, k, value) => {
  const known = own(store.metricUnits, store.rules.criteria[k].metric) ?? { factor: 1, unit: "" };
  return `${short(Number((value * known.factor).toPrecision(6)))}${known.unit ? ` ${known.unit}` : ""}`;
};

/** A criterion in a sentence: its metric, with the section where several criteria have it. @param {Store} store @param {number} k */
export const nameOf = (store, k) => {
  const own = store.rules.criteria[k];
  return store.rules.criteria.filter((other) => other.metric === own.metric).length === 1 ? own.metric : keyOf(own);
};

/**
 * What would give a unit another label, as nb_autolabel.rules.explanation says it; the rest of "the unit ...".
 * @param {Store} store @param {Change} change @returns {string}
 */
export const changeInWords = (store, { label, steps, others }) => {
  if (!steps.length) return `would become ${label} only if more than ${TOGETHER} criteria were changed`;
  const said = steps.map(({ k, bound, limit }) => {
    if (bound === -1) return `a missing ${nameOf(store, k)} passed`;
    const unit = own(store.metricUnits, store.rules.criteria[k].metric)?.unit ?? "";
    const now = inWords(store, k, /** @type {number} */ (store.limits[k][bound]));
    return `the ${bound === 0 ? "lower" : "upper"} limit of ${nameOf(store, k)} were ${inWords(store, k, limit)} (now ${unit ? now.slice(0, -unit.length - 1) : now})`;
  });
  const also = others === 0 ? "no other unit would change" : `${others} other ${others === 1 ? "unit" : "units"} would change too`;
  return `would become ${label} if ${said.join(" and ")}; ${also}`;
};

/** Section and metric of a criterion. @param {Criterion} criterion @returns {string} */
export const keyOf = (criterion) => (criterion.section ? `${criterion.section}/${criterion.metric}` : criterion.metric);
