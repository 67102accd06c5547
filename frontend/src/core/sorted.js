// Where a value stands among sorted ones.

/** Index of the first value that is at least the given one. @param {Float64Array} sorted @param {number} value @returns {number} */
export const firstAtLeast = (sorted, value) => firstAfter(sorted, (found) => found < value);

/** Index of the first value above the given one. @param {Float64Array} sorted @param {number} value @returns {number} */
export const firstAbove = (sorted, value) => firstAfter(sorted, (found) => found <= value);

/** @param {Float64Array} sorted @param {(value: number) => boolean} isBefore @returns {number} */
function firstAfter(sorted, isBefore) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(sorted[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}
