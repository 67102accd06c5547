// The part of the units that all views show, such as those of one recording.

import { onlyReason } from "../core/rules.js";
/** @import { Trace } from "../core/rules.js" */

/** Some of the units, with their counts. */
export class Scope {
  /**
   * @param {string} key tells scopes apart @param {string} name as it is shown @param {Int32Array} units positions
   * @param {number} n units in all @param {() => Record<string, number>} defaults units of each label at the defaults
   */
  constructor(key, name, units, n, defaults) {
    this.key = key;
    this.name = name;
    this.units = units;
    this.defaults = defaults;
    this.mask = new Uint8Array(n);
    for (const unit of units) this.mask[unit] = 1;
    /** Units of each label, by its code. */
    this.counts = new Int32Array(0);
    /** @type {number[]} units that have each criterion as their only reason */
    this.only = [];
  }

  /** Count anew. @param {Trace} trace @param {number} labels how many there are */
  follow(trace, labels) {
    this.counts = new Int32Array(labels);
    for (const unit of this.units) this.counts[trace.codes[unit]]++;
    this.only = onlyReason(trace.reasons.map((row) => Uint8Array.from(this.units, (unit) => row[unit])));
  }
}
