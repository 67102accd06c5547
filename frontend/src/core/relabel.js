// Labels that follow their limits: only the units whose state a moved limit changes are judged again.

import { absentOf, activeOf, applyRules, judge, labelUnits, onlyReason, reasonsOf, unbounded } from "./rules.js";
import { firstAbove, firstAtLeast } from "./sorted.js";
/** @import { Limits } from "./axis.js" */
/** @import { RuleSet, Trace } from "./rules.js" */

/**
 * @typedef {object} Changed units that were judged again, with the label they had before
 * @property {Int32Array} units
 * @property {Uint8Array} before codes
 */

/** Share of the units above which all are judged again at once, which is faster then. */
const MOST_AT_ONCE = 0.3;

/** The labels of all units under one set of rules; kept up to date as limits and labels by hand change. */
export class Labeling {
  /**
   * @param {RuleSet} rules @param {Float64Array[]} values one array a criterion @param {boolean[]} missing
   * @param {number} n units
   * @param {(Uint8Array|null)[]} [gone] units whose recording does not have the metric, one array a criterion
   */
  constructor(rules, values, missing, n, gone = []) {
    this.rules = rules;
    this.values = values;
    this.missing = missing;
    this.n = n;
    this.gone = gone;
    /** @type {Limits[]} */
    this.limits = [];
    /** @type {Record<string, string>} */
    this.byHand = {};
    /** @type {Trace} */
    this.trace = applyRules(rules, rules.criteria.map(() => /** @type {Limits} */ ([null, null])), values, missing, {}, n, gone);
    /** @type {number[]} how many units have each criterion as their only reason */
    this.only = [];
    /** Units of each label. */
    this.counts = new Int32Array(rules.labels.length);
    /** @type {Map<number, {units: Uint32Array, sizes: Float64Array}>} units in the order of a criterion's values */
    this.orders = new Map();
  }

  /**
   * Follow the inputs.
   * @param {Limits[]} limits one pair a criterion @param {Record<string, string>} byHand labels by position
   * @returns {Changed|null} null: all units may have changed
   */
  update(limits, byHand) {
    const before = this.limits;
    const active = activeOf(limits, this.missing);
    const absent = absentOf(limits, this.missing);
    const alike = active.every((on, k) => on === this.trace.active[k] && absent[k] === this.trace.absent[k]);
    const same = before.length === limits.length && byHand === this.byHand && alike;
    this.limits = limits.map((pair) => /** @type {Limits} */ (pair.slice()));
    this.byHand = byHand;
    const units = same ? this.#between(before, limits) : null;
    if (units === null) {
      this.trace = applyRules(this.rules, limits, this.values, this.missing, byHand, this.n, this.gone);
      this.only = onlyReason(this.trace.reasons);
      this.counts = new Int32Array(this.rules.labels.length);
      for (const code of this.trace.codes) this.counts[code]++;
      return null;
    }
    return this.#judgeAgain(units);
  }

  /**
   * Units with a value between an old and a new limit; null if they are so many that all had better be judged.
   * @param {Limits[]} before @param {Limits[]} now @returns {Int32Array|null}
   */
  #between(before, now) {
    /** @type {Set<number>} */
    const found = new Set();
    for (let k = 0; k < now.length; k++) {
      for (const bound of /** @type {(0|1)[]} */ ([0, 1])) {
        const [old, next] = [before[k][bound], now[k][bound]];
        if (old === next || this.missing[k]) continue;
        if (old === null || next === null) return null;
        const { units, sizes } = this.#order(k);
        const [low, high] = [unbounded(Math.min(old, next)), unbounded(Math.max(old, next))];
        const from = firstAtLeast(sizes, low);
        const to = firstAbove(sizes, high);
        if (to - from > MOST_AT_ONCE * this.n) return null;
        for (let at = from; at < to; at++) found.add(units[at]);
      }
    }
    return found.size > MOST_AT_ONCE * this.n ? null : Int32Array.from(found).sort();
  }

  /** @param {number} k */
  #order(k) {
    const known = this.orders.get(k);
    if (known) return known;
    const { abs } = this.rules.criteria[k];
    const size = abs ? this.values[k].map(Math.abs) : this.values[k];
    const units = new Uint32Array(this.n);
    let count = 0;
    for (let i = 0; i < this.n; i++) if (size[i] === size[i]) units[count++] = i;
    const ordered = units.slice(0, count).sort((a, b) => size[a] - size[b] || a - b);
    const made = { units: ordered, sizes: Float64Array.from(ordered, (i) => size[i]) };
    this.orders.set(k, made);
    return made;
  }

  /** @param {number} k @param {Int32Array} units @returns {Uint8Array|null} */
  #goneOf(k, units) {
    const gone = this.gone[k];
    return gone ? Uint8Array.from(units, (i) => gone[i]) : null;
  }

  /** @param {Int32Array} units @returns {Changed} */
  #judgeAgain(units) {
    const { rules, trace } = this;
    const states = rules.criteria.map((c, k) =>
      judge(c, this.limits[k], Float64Array.from(units, (i) => this.values[k][i]), this.missing[k], this.#goneOf(k, units)));
    const ruleCodes = labelUnits(rules, states, trace.active, trace.absent, units.length);
    const blamed = ruleCodes.slice();
    units.forEach((i, at) => { if (trace.manual.has(i)) blamed[at] = 255; });
    const reasons = reasonsOf(rules, states, trace.active, trace.absent, blamed);
    const earlier = onlyReason(trace.reasons.map((row) => Uint8Array.from(units, (i) => row[i])));
    const now = onlyReason(reasons);
    this.only = this.only.map((count, k) => count + now[k] - earlier[k]);
    const before = Uint8Array.from(units, (i) => trace.codes[i]);
    units.forEach((i, at) => {
      for (let k = 0; k < states.length; k++) {
        trace.states[k][i] = states[k][at];
        trace.reasons[k][i] = reasons[k][at];
      }
      trace.ruleCodes[i] = ruleCodes[at];
      if (trace.manual.has(i)) return;
      this.counts[trace.codes[i]]--;
      this.counts[ruleCodes[at]]++;
      trace.codes[i] = ruleCodes[at];
    });
    return { units, before };
  }
}
