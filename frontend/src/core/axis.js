// The axis of one criterion's histogram: where values, bins and limits stand on it.

/**
 * @typedef {{factor: number, log: boolean, whole: boolean, half: number, low: number, high: number, from: number,
 *   bins: number, missing: boolean, zero?: boolean, saturated?: boolean, saturates?: number|null, tallest: number}} Axis
 * @typedef {[number|null, number|null]} Limits lower and upper, in stored units; null is off
 */

/** A place on the axis of a histogram for a stored value. @type {(axis: Axis, value: number) => number} */
export function toAxis(axis, value) {
  const shown = value * axis.factor;
  return axis.log ? Math.log10(Math.max(shown, 1e-300)) : shown;
}

/**
 * Where the limits stand on a histogram's axis; null for one that is off.
 * @type {(axis: Axis, limits: Limits) => [number|null, number|null]}
 */
export function limitPlaces(axis, [low, high]) {
  const inside = (/** @type {number} */ x) => Math.min(Math.max(x, axis.low), axis.high);
  return [
    low === null ? null : inside(toAxis(axis, low) - axis.half),
    high === null ? null : inside(toAxis(axis, high) + axis.half),
  ];
}

/** Limits with one of them replaced. @param {Limits} limits @param {0|1} bound @param {number|null} limit @returns {Limits} */
export const withLimit = (limits, bound, limit) => (bound === 0 ? [limit, limits[1]] : [limits[0], limit]);

/** Limits with one of them moved, at most up to the other one. @param {Limits} limits @param {0|1} bound @param {number} limit @returns {Limits} */
export function movedLimit(limits, bound, limit) {
  const other = limits[1 - bound];
  return withLimit(limits, bound, other === null ? limit : bound === 0 ? Math.min(limit, other) : Math.max(limit, other));
}

/** A place on the axis as a part of what is drawn of it. @param {Axis} axis @param {number} place @returns {number} */
export const partOf = (axis, place) => (place - axis.from) / (axis.high - axis.from);

/** Bins of the axis itself, and the width of one. @type {(axis: Axis) => {regular: number, width: number}} */
export function regularBins(axis) {
  const regular = axis.bins - (axis.missing ? 1 : 0) - (axis.zero ? 1 : 0);
  return { regular, width: (axis.high - axis.low) / regular };
}

/**
 * Left end and width of a bin, in parts of the axis. After those of the axis come zero, which a logarithmic axis has
 * no place for, and missing values; both are drawn left of the others.
 * @type {(axis: Axis, bin: number) => [number, number]}
 */
export function binOf(axis, bin) {
  const { regular, width } = regularBins(axis);
  let left = axis.low + bin * width;
  if (axis.missing && bin === axis.bins - 1) left = axis.low - (axis.zero ? 7.5 : 2.5) * width;
  else if (axis.zero && bin === regular) left = axis.low - 1.5 * width;
  return [partOf(axis, left), width / (axis.high - axis.from)];
}

/** The bin at a part of the axis, -1 if there is none. @type {(axis: Axis, part: number) => number} */
export function binAt(axis, part) {
  for (let bin = 0; bin < axis.bins; bin++) {
    const [left, width] = binOf(axis, bin);
    if (part >= left && part < left + width) return bin;
  }
  return -1;
}

/**
 * The stored value for a place on the axis, rounded to what a hand can mean.
 * @type {(axis: Axis, place: number) => number}
 */
export function fromAxis(axis, place) {
  const inside = Math.min(Math.max(place, axis.low), axis.high);
  let shown = inside;
  if (axis.log) shown = Number((10 ** inside).toPrecision(3));
  else {
    const step = 10 ** Math.floor(Math.log10((axis.high - axis.low) / 200));
    shown = Math.round(inside / step) * step;
  }
  if (axis.whole) shown = Math.round(shown);
  return toStored(axis, shown);
}

/** Undo the unit that is shown, without the noise of binary division. @type {(unit: {factor: number}, shown: number) => number} */
export function toStored({ factor }, shown) {
  return Number((shown / factor).toPrecision(12));
}
