// A method on some of its units.

/** @import { Method } from "./explanation.js" */

/**
 * The part of a method that is about some units, which count from 0 in it, and their labels by hand.
 * @param {Method} method @param {Record<string, string>} byHand @param {Int32Array} units positions
 * @returns {{method: Method, byHand: Record<string, string>}}
 */
export const partOf = ({ trace, values, ...method }, byHand, units) => {
  const codes = (/** @type {Uint8Array} */ row) => Uint8Array.from(units, (unit) => row[unit]);
  /** @type {Record<string, string>} */
  const given = {};
  units.forEach((unit, at) => { if (Object.hasOwn(byHand, unit)) given[at] = byHand[unit]; });
  return {
    method: {
      ...method,
      values: values.map((row) => Float64Array.from(units, (unit) => row[unit])),
      trace: {
        ...trace,
        codes: codes(trace.codes),
        ruleCodes: codes(trace.ruleCodes),
        states: trace.states.map(codes),
        reasons: trace.reasons.map(codes),
        manual: new Set(Object.keys(given).map(Number)),
      },
    },
    byHand: given,
  };
};
