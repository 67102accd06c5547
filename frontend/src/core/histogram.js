// Units per label and bin of one histogram, and what its bars do not show.

/** @import { Axis } from "./axis.js" */

/**
 * Units per label and bin.
 * @param {Int16Array} places bin of each unit @param {Uint8Array} codes label of each unit
 * @param {number[]} rank row of each label @param {number} rows @param {number} bins
 * @returns {Float64Array[]}
 */
export const stack = (places, codes, rank, rows, bins) => {
  const heights = Array.from({ length: rows }, () => new Float64Array(bins));
  for (let i = 0; i < codes.length; i++) if (places[i] >= 0) heights[rank[codes[i]]][places[i]]++;
  return heights;
};

/**
 * What the bars of some units do not show: missing values, those beyond the ends of the axis, and those at the largest
 * value that the metric can have. `note_of` of `widgets/histograms.py` says it of all units.
 * @param {Axis} axis @param {Float64Array} values stored, of all units @param {boolean} abs whether their size is drawn
 * @param {Iterable<number>} units positions @returns {string}
 */
export function noteOf(axis, values, abs, units) {
  const [low, high] = axis.log ? [10 ** axis.low, 10 ** axis.high] : [axis.low, axis.high];
  const most = axis.saturates ?? Infinity;
  const found = [0, 0, 0, 0];
  for (const unit of units) {
    const shown = (abs ? Math.abs(values[unit]) : values[unit]) * axis.factor;
    if (Number.isNaN(shown)) found[0]++;
    else if (shown < low && !(axis.log && shown <= 0)) found[1]++;
    else if (shown > high) found[2]++;
    if (axis.saturated && shown >= most) found[3]++;
  }
  const words = ["missing", "below the axis", "beyond the axis", "saturated (▾)"];
  return found.flatMap((many, kind) => (many ? [`${many} ${words[kind]}`] : [])).join(", ");
}
