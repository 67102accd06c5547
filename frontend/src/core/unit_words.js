// What a filter may say of a unit, in the words and units of the unit table. Its twin in Python is
// nb_autolabel/session/unit_filter.py.

import { chanceOf } from "./agreement.js";
/** @import { Name } from "./filter.js" */

/** Names that are no metrics. */
export const WORDS = ["unit", "label", "reasons", "by_hand", "note", "unsure", "pending", "probability"];
/** A label of a classifier with a smaller probability counts as unsure. */
const SURE = 0.6;
/** Labels of a method that does not know. */
export const UNKNOWN = ["unsure", "unjudged"];

/**
 * A stored value as the unit table shows it: in the unit shown, to twelve digits, as a magnitude where it is taken so.
 * @param {number} value @param {number} factor @param {boolean} magnitude @returns {number}
 */
export const shownValue = (value, factor, magnitude) => {
  const shown = factor === 1 ? value : Number((value * factor).toPrecision(12));
  return magnitude ? Math.abs(shown) : shown;
};

/**
 * @typedef {object} Labeled what a filter is asked about
 * @property {string[]} ids
 * @property {import("./rules.js").RuleSet & {name?: string}} rules
 * @property {import("./rules.js").Trace} trace
 * @property {Float64Array[]} values of the criteria
 * @property {Record<string, string>} byHand labels by position
 * @property {Record<string, string>} notes by position
 * @property {(unit: number) => boolean} isPending
 * @property {(name: string) => Float64Array} metric stored values; empty for one that is not there
 * @property {Record<string, {factor: number, magnitude: boolean, unit: string}>} meanings of metrics
 */

/** Whether a metric is compared as a magnitude: as its criterion does, else as it is usual. @param {Labeled} labeled @param {string} name */
export const isMagnitude = ({ rules, meanings }, name) => {
  const own = rules.criteria.filter((criterion) => criterion.metric === name);
  if (own.length) return own.some((criterion) => criterion.abs);
  return Object.hasOwn(meanings, name) && meanings[name].magnitude;
};

/** Metrics that gave a unit its label. @param {Labeled} labeled @param {number} unit @returns {string[]} */
export const reasonsOf = ({ rules, trace }, unit) => [
  ...new Set(rules.criteria.filter((_, k) => trace.reasons[k]?.[unit]).map((criterion) => criterion.metric)),
];

/** What a name in a filter stands for; null if it is not known. @param {Labeled} labeled @param {string} name @returns {Name|null} */
export const nameOf = (labeled, name) => {
  const { rules, trace, values, ids, byHand, notes } = labeled;
  const label = (/** @type {number} */ unit) => rules.labels[trace.codes[unit]];
  const hand = (/** @type {Record<string, string>} */ map, /** @type {number} */ unit) => (Object.hasOwn(map, unit) ? map[unit] : "");
  switch (name) {
    case "unit": return { read: (unit) => ids[unit] };
    case "label": return { read: label };
    case "reasons": return { read: (unit) => reasonsOf(labeled, unit), bare: true };
    case "by_hand": return { read: (unit) => hand(byHand, unit), bare: true };
    case "note": return { read: (unit) => hand(notes, unit), bare: true };
    case "pending": return { read: labeled.isPending, bare: true };
    case "probability": return rules.name === "unitrefine" ? { read: (unit) => chanceOf(rules, values, label(unit), unit) } : null;
    case "unsure": return { read: (unit) => isUnsure(labeled, unit), bare: true };
    default: {
      const stored = labeled.metric(name);
      if (!stored.length) return null;
      const factor = Object.hasOwn(labeled.meanings, name) ? labeled.meanings[name].factor : 1;
      const magnitude = isMagnitude(labeled, name);
      return { read: (unit) => shownValue(stored[unit], factor, magnitude) };
    }
  }
};

/** Whether the method is unsure of a unit that has no label by hand. @param {Labeled} labeled @param {number} unit @returns {boolean} */
export const isUnsure = ({ rules, trace, values, byHand }, unit) => {
  if (Object.hasOwn(byHand, unit)) return false;
  const label = rules.labels[trace.codes[unit]];
  return UNKNOWN.includes(label) || chanceOf(rules, values, label, unit) < SURE;
};

/**
 * What a filter may have been meant to say, in words: limits in the stored unit (s, a share), or a sign where magnitudes are
 * compared; empty if nothing speaks for it.
 * @param {Labeled} labeled @param {string} text @returns {string}
 */
export const hintOn = (labeled, text) => {
  const said = [];
  for (const [, name, sign, digits] of text.matchAll(/([A-Za-z_]\w*)\s*(<=|>=|<|>)\s*(-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)/g)) {
    const number = Number(digits);
    const stored = labeled.metric(name);
    const meaning = Object.hasOwn(labeled.meanings, name) ? labeled.meanings[name] : null;
    if (!stored.length || !meaning || !number) continue;
    if (number < 0 && isMagnitude(labeled, name)) said.push(`${name} is compared as a magnitude, without its sign`);
    else if (meaning.factor !== 1) {
      const above = (/** @type {number} */ limit) => {
        let count = 0;
        for (const value of stored) if (Math.abs(value) > limit) count++;
        return count;
      };
      const [all, here, there] = [above(-1), above(number / meaning.factor), above(number)];
      // As shown it parts no unit from the others, as stored it does.
      if ((here === 0 || here === all) && there > 0 && there < all) {
        said.push(`${name} is compared in ${meaning.unit}: write ${name} ${sign} ${Number((number * meaning.factor).toPrecision(6))} for the stored value ${digits}`);
      }
    }
  }
  return said.join("; ");
};
