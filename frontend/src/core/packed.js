// Numbers of a saved page, put back from the few bytes they are stored in. `widgets/packing.py` stores them.

/** @typedef {["f4"|"f8", number, number]} PackedRow how a row is stored, where it begins, its bytes */

/**
 * Bytes in the order of their numbers: stored are the first bytes of all numbers, then the second of all.
 * @param {ArrayBuffer} blob @param {number} start @param {number} length @param {number} size bytes of a number
 */
const inOrder = (blob, start, length, size) => {
  const stored = new Uint8Array(blob, start, length);
  const made = new Uint8Array(length);
  const count = length / size;
  for (let place = 0; place < size; place++) for (let i = 0, from = place * count; i < count; i++) made[i * size + place] = stored[from + i];
  return made.buffer;
};

/**
 * Rows of float64 numbers as the kernel sends them.
 * @param {[number, PackedRow[]]} packed length of a row, and the rows @param {ArrayBuffer} blob @returns {Uint8Array}
 */
export function unpackedRows([length, rows], blob) {
  const made = new Float64Array(length * rows.length);
  /** @type {Map<number, number>} rows that are the same as an earlier one, by where they begin */
  const known = new Map();
  rows.forEach(([kind, start, bytes], at) => {
    const before = known.get(start);
    if (before === undefined) {
      made.set(kind === "f4" ? new Float32Array(inOrder(blob, start, bytes, 4)) : new Float64Array(inOrder(blob, start, bytes, 8)), at * length);
      if (bytes) known.set(start, at);
    } else made.copyWithin(at * length, before * length, (before + 1) * length);
  });
  return new Uint8Array(made.buffer);
}

/**
 * Rows of float32 numbers of which each is stored in steps of its own size.
 * @param {[number, [number, number], [number, number]]} packed length of a row, where the sizes of the steps and the steps lie
 * @param {ArrayBuffer} blob @returns {Uint8Array}
 */
export function unpackedCurves([length, [start, bytes], [from, count]], blob) {
  const sizes = new Float32Array(inOrder(blob, start, bytes, 4));
  const steps = new Int8Array(blob, from, count);
  const made = new Float32Array(count);
  for (let row = 0, at = 0; row < sizes.length; row++) for (let i = 0; i < length; i++, at++) made[at] = steps[at] === -128 ? NaN : steps[at] * sizes[row];
  return new Uint8Array(made.buffer);
}
