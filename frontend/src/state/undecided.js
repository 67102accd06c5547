// Options of UnitRefine in the browser: what they make of the probabilities, and which units they leave to a person.

import { heldUnits, movedBy, shiftFor } from "../core/expected_error.js";
import { copied } from "../core/plain.js";
/** @import { Axis, Limits } from "../core/axis.js" */
/** @import { Asked, Cut, Undecided } from "../core/expected_error.js" */
/** @import { RuleSet } from "../core/rules.js" */

/** @typedef {{accept: Asked|null, noise_share: number|null, unfamiliar: string}} Options */

/** The column that a told share of noise shifts. */
export const NOISE = "noise_probability";
/** Label of units that are left undecided. */
export const UNDECIDED = "unsure";

/** What a share of noise makes of probabilities, computed once for each share. */
export class NoiseShift {
  constructor() {
    /** @type {{from: ArrayLike<number>|null, share: number|null, shift: number, values: Float64Array}} */
    this.last = { from: null, share: null, shift: 0, values: new Float64Array(0) };
  }
  /** @param {Float64Array} noise as the kernel sent it @param {number|null} share @returns {{shift: number, values: Float64Array}} */
  of(noise, share) {
    if (share === null) return { shift: 0, values: noise };
    const { last } = this;
    if (last.from !== noise || last.share !== share) {
      const shift = shiftFor(noise, share);
      this.last = { from: noise, share, shift, values: noise.map((p) => movedBy(p, shift)) };
    }
    return this.last;
  }
}

/**
 * Bins of a probability that was shifted, along the axis that the kernel chose.
 * @param {Float64Array} values @param {Axis & {zero?: boolean, missing?: boolean}} axis @returns {Int16Array}
 */
export const binned = (values, axis) => {
  const inner = axis.bins - (axis.zero ? 1 : 0) - (axis.missing ? 1 : 0);
  return Int16Array.from(values, (value) => {
    if (value !== value) return axis.missing ? axis.bins - 1 : -1;
    const shown = value * axis.factor;
    const place = axis.log ? Math.log10(shown) : shown;
    return Math.min(inner - 1, Math.max(0, Math.floor(((place - axis.low) / (axis.high - axis.low)) * inner)));
  });
};

/**
 * All bins with those of some criteria exchanged.
 * @param {DataView|Uint8Array} sent @param {number} n units @param {Record<number, Int16Array>} places by position of the criterion
 * @returns {Uint8Array}
 */
export const withBins = (sent, n, places) => {
  const all = new Int16Array(copied(sent));
  for (const [k, own] of Object.entries(places)) all.set(own, Number(k) * n);
  return new Uint8Array(all.buffer);
};

/** An axis with room for other bars. @param {Axis} axis @param {Int16Array} places @returns {Axis} */
export const withTallest = (axis, places) => {
  const stacks = new Float64Array(axis.bins);
  for (const bin of places) if (bin >= 0) stacks[bin]++;
  return { ...axis, tallest: Math.max(1, ...stacks) };
};

/**
 * Which units are left undecided.
 * @param {Undecided|undefined} known @param {Options} options @param {RuleSet} rules @param {Limits[]} limits
 * @param {Float64Array[]} values @param {boolean[]} missing @param {Uint8Array} codes by the rules
 * @param {Record<string, string>} byHand @param {number} shift
 * @returns {{held: Map<number, string>, cut: Cut|null}}
 */
export const undecided = (known, options, rules, limits, values, missing, codes, byHand, shift) => {
  if (!known || !known.calibrations) return { held: new Map(), cut: null };
  const column = (/** @type {string} */ name) => {
    const k = rules.criteria.findIndex((c) => c.metric === name);
    return k < 0 || missing[k] ? null : values[k];
  };
  return heldUnits(known, { rules, limits, noise: column(NOISE), sua: column("sua_probability"), codes, byHand }, options, shift);
};
