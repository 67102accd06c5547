// How many spikes follow another within the refractory period: at random, and at a limit of a metric of contamination.

/**
 * @typedef {object} Criterion a metric that counts violations of the refractory period
 * @property {string} metric
 * @property {string} computation the name SpikeInterface computes it by
 * @property {"share"|"ratio"|"count"|"rate"} meaning of its value: share of spikes of other neurons (Llobet & Wyngaard 2022),
 *   relative rate of these (Hill et al. 2011), or a number of violations
 */

/** Metrics of contamination, the one that is told first comes first. @type {Criterion[]} */
export const CONTAMINATION = [
  { metric: "rp_contamination", computation: "rp_violation", meaning: "share" },
  { metric: "isi_violations_ratio", computation: "isi_violation", meaning: "ratio" },
  { metric: "sliding_rp_violation", computation: "sliding_rp_violation", meaning: "share" },
  { metric: "rp_violations", computation: "rp_violation", meaning: "count" },
  { metric: "isi_violations_count", computation: "isi_violation", meaning: "count" },
];

/**
 * The metric of contamination that judges units: the first with an upper limit, else the first that is there.
 * @param {string[]} metrics of the criteria @param {(number|null)[]} uppers upper limit of each @returns {{known: Criterion, limit: number|null, at: number}}
 */
export const inForce = (metrics, uppers) => {
  const found = CONTAMINATION.map((known) => {
    const places = metrics.map((name, k) => (name === known.metric ? k : -1)).filter((k) => k >= 0);
    const at = places.find((k) => uppers[k] !== null) ?? places[0] ?? -1;
    return { known, at, limit: at < 0 ? null : uppers[at] };
  });
  return found.find(({ limit }) => limit !== null) ?? found.find(({ at }) => at >= 0) ?? { known: CONTAMINATION[0], at: -1, limit: null };
};

/**
 * Pairs of spikes within the refractory period that a limit allows.
 * @param {Criterion["meaning"]} meaning @param {number} limit in stored units
 * @param {{spikes: number, duration: number, until: number, since: number}} train duration in s, until and since in ms
 * @returns {number} Infinity where the limit allows any number
 */
export const allowed = (meaning, limit, { spikes, duration, until, since }) => {
  const seconds = (until - since) / 1000;
  if (meaning === "count") return limit;
  if (meaning === "ratio") return (2 * limit * spikes * spikes * seconds) / duration;
  if (meaning === "rate") return limit * spikes * seconds;
  if (limit >= 1) return Infinity;
  // n = N² τ (1 - (1 - c)²) / (T - 2 N τ_c): the metric's formula, solved for the number of violations.
  const free = duration - (2 * spikes * since) / 1000;
  return free > 0 ? (spikes * spikes * seconds * limit * (2 - limit)) / free : Infinity;
};

/**
 * Rate of spikes at a lag after a spike that gives so many pairs within the refractory period.
 * @param {number} pairs @param {{spikes: number, until: number, since: number}} train @returns {number} spikes/s
 */
export const rateOf = (pairs, { spikes, until, since }) => {
  const seconds = (until - since) / 1000;
  return spikes && seconds > 0 ? pairs / (spikes * seconds) : NaN;
};
