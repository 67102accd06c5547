// Which criteria gave units a label, and in which combinations: what an upset plot shows.

/** @typedef {{criteria: number[], units: number[]}} Combination */

/**
 * Combinations of the criteria that are reasons, each with its units; most units first, or fewest reasons first.
 * @param {Uint8Array} codes label of each unit @param {number} code the label to explain
 * @param {Uint8Array[]} reasons one array a criterion @param {"size"|"degree"} order
 * @param {Uint8Array|null} [within] 1 for each unit that counts; null: all do @returns {Combination[]}
 */
export function combinationsOf(codes, code, reasons, order, within = null) {
  /** @type {Map<string|number, Combination>} */
  const found = new Map();
  const few = reasons.length <= 30; // one bit a criterion is quicker than text
  for (let i = 0; i < codes.length; i++) {
    if (codes[i] !== code || (within && !within[i])) continue;
    /** @type {string|number} */
    let key = few ? 0 : "";
    for (let k = 0; k < reasons.length; k++) if (reasons[k][i]) key = typeof key === "number" ? key | (1 << k) : `${key},${k}`;
    const known = found.get(key);
    if (known) known.units.push(i);
    else found.set(key, { criteria: reasons.flatMap((row, k) => (row[i] ? [k] : [])), units: [i] });
  }
  const bySize = (/** @type {Combination} */ a, /** @type {Combination} */ b) => b.units.length - a.units.length;
  return [...found.values()].sort((a, b) => (order === "degree" ? a.criteria.length - b.criteria.length : 0) || bySize(a, b));
}
