// The smallest change that gives a unit another label, as nb_autolabel.rules.explanation finds it.

import { toStored } from "./axis.js";
import { FAIL, INACTIVE, NAN, PASS, asksForMissing, judge, labelUnits } from "./rules.js";
/** @import { Limits } from "./axis.js" */
/** @import { RuleSet, Trace } from "./rules.js" */

/**
 * @typedef {{k: number, bound: 0|1|-1, limit: number, distance: number}} Step one limit moved; bound -1: a missing value passes
 * @typedef {{label: string, steps: Step[], others: number}} Change
 * @typedef {{rules: RuleSet, limits: Limits[], values: Float64Array[], missing: boolean[], trace: Trace}} Method
 */

/** Criteria changed together at most. */
export const TOGETHER = 3;

/** The next number in a direction. @param {number} value @param {boolean} up @returns {number} */
export function nextAfter(value, up) {
  if (value === 0) return up ? Number.MIN_VALUE : -Number.MIN_VALUE;
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0] += value > 0 === up ? 1n : -1n;
  return new Float64Array(bits.buffer)[0];
}

/** One unit of the third digit of a number that is not zero. @param {number} shown @returns {number} */
function thirdDigit(shown) {
  return 10 ** (Math.floor(Math.log10(Math.abs(shown))) - 2);
}

/**
 * A stored value that reads well in the shown unit, never on the other side of the given one.
 * @param {number} value @param {number} factor @param {boolean} up @returns {number}
 */
export function roundedLimit(value, factor, up) {
  const shown = value * factor;
  if (!Number.isFinite(shown) || shown === 0) return value;
  const step = thirdDigit(shown);
  const near = (up ? Math.ceil : Math.floor)(shown / step) * step;
  const stored = toStored({ factor }, near);
  return (up ? stored >= value : stored <= value) ? stored : value;
}

/**
 * The nearest stored value past the given one that reads well: one more in the third digit.
 * @param {number} value @param {number} factor @param {boolean} up @param {boolean} whole @returns {number}
 */
function beyondLimit(value, factor, up, whole) {
  const shown = value * factor;
  const step = Math.max(shown ? thirdDigit(shown) : 0.001, whole ? 1 : 0);
  const near = up ? (Math.floor(shown / step) + 1) * step : (Math.ceil(shown / step) - 1) * step;
  const stored = toStored({ factor }, near);
  return (up ? stored > value : stored < value) ? stored : nextAfter(value, up);
}

/** Units whose recording does not have the metric of a criterion that is on. @param {Uint8Array} states @returns {Uint8Array} */
const goneOf = (states) => states.map((state) => (state === INACTIVE ? 1 : 0));

/**
 * How a criterion could be made to say the opposite of a unit; null if it is off.
 * @param {Method} method @param {number} k @param {number} at @param {number} factor @param {boolean} whole @returns {Step|null}
 */
function stepFor({ rules, limits, values, trace }, k, at, factor, whole) {
  const criterion = rules.criteria[k];
  const state = trace.states[k][at];
  if (state === INACTIVE || (state === NAN && criterion.nan === "pass")) return null;
  if (state === NAN) return { k, bound: -1, limit: 0, distance: 1 };
  const size = (/** @type {number} */ v) => (criterion.abs ? Math.abs(v) : v);
  const value = size(values[k][at]);
  if (!Number.isFinite(value)) return null; // no limit that can be said reaches it
  /** @type {(bound: 0|1, limit: number) => Step} */
  const moved = (bound, limit) => {
    const old = /** @type {number} */ (limits[k][bound]);
    const [low, high] = [Math.min(old, value), Math.max(old, value)];
    let between = 0;
    for (const v of values[k]) if (size(v) >= low && size(v) <= high) between++;
    return { k, bound, limit, distance: between / Math.max(1, values[k].length) };
  };
  const [min, max] = limits[k];
  if (state === FAIL) {
    if (min !== null && max !== null && value < min && value > max) return null; // crossed: one limit is not enough
    const bound = min !== null && value < min ? 0 : 1;
    return moved(bound, roundedLimit(value, factor, bound === 1));
  }
  /** @type {Step|null} */
  let best = null;
  for (const bound of /** @type {(0|1)[]} */ ([0, 1])) {
    if (limits[k][bound] === null) continue;
    const up = bound === 0;
    const limit = beyondLimit(value, factor, up, whole);
    const other = up ? max : min;
    if (other !== null && (up ? limit > other : limit < other)) continue;
    const step = moved(bound, limit);
    if (!best || step.distance < best.distance) best = step;
  }
  return best;
}

/** Every choice of so many of some things. @param {number[]} from @param {number} many @returns {number[][]} */
function choices(from, many) {
  if (many === 0) return [[]];
  return from.flatMap((first, at) => choices(from.slice(at + 1), many - 1).map((rest) => [first, ...rest]));
}

/** The limits after some steps. @param {Limits[]} limits @param {Step[]} steps @returns {Limits[]} */
export function limitsAfter(limits, steps) {
  const after = limits.map((pair) => /** @type {Limits} */ (pair.slice()));
  for (const { k, bound, limit } of steps) if (bound !== -1) after[k][bound] = limit;
  return after;
}

/**
 * The smallest change for every label that a unit does not have; fewest criteria first, then least distance.
 * @param {Method} method @param {number} at @param {(k: number) => {factor: number, whole: boolean}} metric of each criterion
 * @returns {Change[]}
 */
export function smallestChanges(method, at, metric) {
  const { rules, limits, values, missing, trace } = method;
  // Labels for want of values: no limit gives or takes them.
  const wanting = (/** @type {string} */ label) => label !== rules.default && rules.rules.every((rule) => rule.label !== label || asksForMissing(rule.when));
  if (wanting(rules.labels[trace.ruleCodes[at]])) return [];
  const steps = rules.criteria.map((_, k) => stepFor(method, k, at, metric(k).factor, metric(k).whole));
  const can = steps.flatMap((step, k) => (step ? [k] : []));
  const sets = [1, 2, 3].slice(0, TOGETHER).flatMap((many) => choices(can, many));
  const states = rules.criteria.map((_, k) => {
    const state = trace.states[k][at];
    const flipped = state === PASS ? FAIL : PASS;
    return Uint8Array.from(sets, (chosen) => (chosen.includes(k) ? flipped : state));
  });
  const codes = labelUnits(rules, states, trace.active, trace.absent, sets.length);
  const own = [...new Set([...rules.rules.map((rule) => rule.label), rules.default])];
  /** @type {Change[]} */
  const found = [];
  for (const label of own) {
    const code = rules.labels.indexOf(label);
    if (code === trace.ruleCodes[at] || wanting(label)) continue;
    let best = -1;
    let least = [Infinity, Infinity];
    sets.forEach((chosen, s) => {
      if (codes[s] !== code) return;
      const cost = [chosen.length, chosen.reduce((sum, k) => sum + /** @type {Step} */ (steps[k]).distance, 0)];
      if (cost[0] < least[0] || (cost[0] === least[0] && cost[1] < least[1])) [best, least] = [s, cost];
    });
    if (best < 0) {
      found.push({ label, steps: [], others: 0 });
      continue;
    }
    const chosen = sets[best].map((k) => /** @type {Step} */ (steps[k]));
    const passing = new Set(chosen.flatMap((step) => (step.bound < 0 ? [step.k] : [])));
    const criteria = rules.criteria.map((c, k) => (passing.has(k) ? { ...c, nan: /** @type {const} */ ("pass") } : c));
    const changed = { ...rules, criteria };
    const new_limits = limitsAfter(limits, chosen);
    const judged = criteria.map((c, k) => (chosen.some((step) => step.k === k) ? judge(c, new_limits[k], values[k], missing[k], goneOf(trace.states[k])) : trace.states[k]));
    const after = labelUnits(changed, judged, trace.active, trace.absent, trace.codes.length);
    let others = 0;
    for (let i = 0; i < after.length; i++) {
      if (i !== at && !trace.manual.has(i) && after[i] !== trace.ruleCodes[i]) others++;
    }
    found.push({ label, steps: chosen, others });
  }
  const weight = (/** @type {Change} */ c) => [c.steps.length || TOGETHER + 1, c.steps.reduce((sum, step) => sum + step.distance, 0)];
  return found.sort((a, b) => weight(a)[0] - weight(b)[0] || weight(a)[1] - weight(b)[1]);
}

/**
 * @typedef {{bound: 0|1, points: Float64Array, counts: Int32Array[]}} Curve counts of each label along one limit:
 *   at every distinct value, and one beyond them at which all fail
 */
