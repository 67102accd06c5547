// Units per label and bin of one histogram.

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
