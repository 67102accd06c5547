// Counts of the labels along every limit, as nb_autolabel.rules.sensitivity has them.

import { nextAfter } from "./explanation.js";
import { FAIL, INACTIVE, NAN, PASS, labelUnits } from "./rules.js";
import { firstAbove, firstAtLeast } from "./sorted.js";
/** @import { Curve, Method } from "./explanation.js" */

/**
 * Counts along every limit of a criterion that is on, as nb_autolabel.rules.sensitivity has them.
 * @param {Method} method @param {number} k @param {Record<string, string>} byHand @returns {Curve[]}
 */
export function curvesOf({ rules, limits, values, trace }, k, byHand) {
  if (!trace.active[k]) return [];
  const n = trace.codes.length;
  const criterion = rules.criteria[k];
  const labels = (/** @type {number} */ state) => {
    const states = trace.states.slice();
    states[k] = trace.states[k].map((s) => (s === NAN || s === INACTIVE ? s : state));
    const codes = labelUnits(rules, states, trace.active, trace.absent, n);
    for (const [at, label] of Object.entries(byHand)) codes[Number(at)] = rules.labels.indexOf(label);
    return codes;
  };
  const [passing, failing] = [labels(PASS), labels(FAIL)];
  const size = values[k].map((v) => (criterion.abs ? Math.abs(v) : v));
  /** @type {Curve[]} */
  const found = [];
  for (const bound of /** @type {(0|1)[]} */ ([0, 1])) {
    if (limits[k][bound] === null) continue;
    const other = limits[k][1 - bound];
    const start = new Int32Array(rules.labels.length);
    /** @type {number[]} */
    const free = [];
    for (let i = 0; i < n; i++) {
      const v = size[i];
      const beyond = other !== null && (bound === 0 ? v > other : v < other);
      const always = v === (bound === 0 ? -Infinity : Infinity); // no limit that can be set would let it pass
      if (Number.isFinite(v) && !beyond) { free.push(i); start[passing[i]]++; }
      else start[v === v && (beyond || always) ? failing[i] : passing[i]]++;
    }
    free.sort((a, b) => (bound === 0 ? size[a] - size[b] : size[b] - size[a]));
    /** @type {number[]} */
    const points = [];
    const rows = [start];
    let at = 0;
    while (at < free.length) {
      const value = size[free[at]];
      const next = rows[rows.length - 1].slice();
      for (; at < free.length && size[free[at]] === value; at++) {
        next[passing[free[at]]]--;
        next[failing[free[at]]]++;
      }
      points.push(value);
      rows.push(next);
    }
    points.push(points.length ? nextAfter(points[points.length - 1], bound === 0) : 0);
    if (bound === 1) { points.reverse(); rows.reverse(); }
    found.push({ bound, points: Float64Array.from(points), counts: rows });
  }
  return found;
}

/** The counts with a limit at a value. @param {Curve} curve @param {number} limit @returns {Int32Array} */
export function countsAt({ bound, points, counts }, limit) {
  const at = bound === 0 ? firstAtLeast(points, limit) : firstAbove(points, limit) - 1;
  return counts[Math.min(Math.max(at, 0), points.length - 1)];
}

/**
 * What a limit gains of a label: units per step at the best place, the most there can be, and the nearest limit for them.
 * @param {Curve} curve @param {number} code @param {number} limit @param {[number, boolean]} step @param {number} now
 * @returns {{perStep: number, most: number, near: number, at: number}} near: reached there or just beyond; at: the point
 */
export function gainOf({ bound, points, counts }, code, limit, [size, log], now) {
  let best = { perStep: 0, most: now, near: limit, at: -1, steps: 0 };
  let perStep = 0;
  for (let p = 0; p < points.length; p++) {
    const low = bound === 0 ? (p ? points[p - 1] : -Infinity) : points[p];
    const high = bound === 0 ? points[p] : p < points.length - 1 ? points[p + 1] : Infinity;
    const near = Math.min(Math.max(limit, low), high);
    const gain = counts[p][code] - now;
    let steps = Math.abs(near - limit) / size;
    if (Math.abs(limit) >= Number.MAX_VALUE) steps = near === limit ? 0 : Infinity;
    else if (log) steps = limit <= 0 ? (near === limit ? 0 : Infinity) : near > 0 ? Math.abs(Math.log(near / limit)) / Math.log(size) : Infinity;
    perStep = Math.max(perStep, gain / Math.max(steps, 1));
    const most = gain + now;
    if (most > best.most || (most === best.most && gain > 0 && steps < best.steps)) best = { perStep, most, near, at: p, steps };
  }
  return { ...best, perStep };
}
