// A logarithmic axis of lags between spikes, on one side of zero or on both.

/** Lags that are named below the axis, in ms. */
const NAMED = [0.3, 1, 3, 10, 30];

/**
 * Places of lags on the axis: a lag is as far from the first one as its logarithm is; on both sides the stretch around zero that no
 * logarithm has is a small gap. @param {ArrayLike<number>} edges of the bins in ms, ascending @param {boolean} both whether there are
 * lags below zero
 */
export const lagAxis = (edges, both) => {
  const first = Math.log10(edges[0]);
  const reach = Math.log10(edges[edges.length - 1]) - first;
  const gap = both ? 0.06 * reach : 0;
  const place = (/** @type {number} */ lag) => Math.sign(lag) * (gap + Math.max(0, Math.log10(Math.abs(lag)) - first));
  const right = Array.from({ length: edges.length - 1 }, (_, i) => /** @type {[number, number]} */ ([place(edges[i]), place(edges[i + 1])]));
  const left = right.map(([a, b]) => /** @type {[number, number]} */ ([-b, -a])).reverse();
  const named = NAMED.filter((lag) => lag >= edges[0] * 0.98 && lag <= edges[edges.length - 1]);
  return {
    place,
    /** Ends of the axis. @type {[number, number]} */
    ends: [both ? -gap - reach : 0, gap + reach],
    /** Where each bin begins and ends, those before zero first. */
    bins: both ? [...left, ...right] : right,
    /** Lags and their places. @type {[number, number][]} */
    marks: (both ? [...named.map((lag) => -lag).reverse(), ...named] : named).map((lag) => [lag, place(lag)]),
  };
};

/**
 * Rate in each bin: spikes a second at its lags. @param {ArrayLike<number>} counts pairs of spikes by bin, those before zero first
 * @param {ArrayLike<number>} edges in ms @param {number} spikes around which they were counted @returns {number[]}
 */
export const lagRates = (counts, edges, spikes) => {
  const half = edges.length - 1;
  return Array.from(counts, (count, b) => {
    const i = counts.length > half ? (b < half ? half - 1 - b : b - half) : b;
    return (1000 * count) / ((edges[i + 1] - edges[i]) * Math.max(1, spikes));
  });
};
