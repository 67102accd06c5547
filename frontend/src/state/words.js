// What is said of criteria and limits, in the units that are shown.

import { short } from "../core/format.js";
import { own } from "../core/plain.js";
/** @import { Criterion } from "../core/rules.js" */
/** @import { Store } from "./store.js" */

/** A stored value in the unit that is shown. @param {Store} store @param {number} k @param {number} value @returns {string} */
export const inWords = (store, k, value) => {
  const known = own(store.metricUnits, store.rules.criteria[k].metric) ?? { factor: 1, unit: "" };
  return `${short(Number((value * known.factor).toPrecision(6)))}${known.unit ? ` ${known.unit}` : ""}`;
};

/** Section and metric of a criterion. @param {Criterion} criterion @returns {string} */
export const keyOf = (criterion) => (criterion.section ? `${criterion.section}/${criterion.metric}` : criterion.metric);
