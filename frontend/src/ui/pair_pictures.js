// Pictures of two units: templates over each other, correlograms beside each other, amplitudes over time.

import { short, ticks } from "../core/format.js";
import { lagAxis, lagRates } from "../core/lags.js";

/** @typedef {{pen: CanvasRenderingContext2D, width: number, height: number, style: CSSStyleDeclaration}} Paper */
/** @typedef {[string, string]} Colors of the two units */

const FONT = "10px sans-serif";

/** @type {(paper: Paper, xs: ArrayLike<number>, ys: ArrayLike<number>, color: string, width: number) => void} */
const line = ({ pen }, xs, ys, color, width) => {
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.beginPath();
  for (let i = 0; i < xs.length; i++) i ? pen.lineTo(xs[i], ys[i]) : pen.moveTo(xs[i], ys[i]);
  pen.stroke();
};

/** @type {(paper: Paper, text: string, x: number, y: number, align?: CanvasTextAlign, color?: string) => void} */
const write = ({ pen, style }, text, x, y, align = "left", color = style.getPropertyValue("--nbl-soft")) => {
  pen.font = FONT;
  pen.textAlign = align;
  pen.fillStyle = color;
  pen.fillText(text, x, y);
};

/** The largest of 1, 2, 5, 10, 20 … that is not above a number. @param {number} most @returns {number} */
export const roundBelow = (most) => {
  const size = 10 ** Math.floor(Math.log10(most));
  return [5, 2, 1].map((factor) => factor * size).find((value) => value <= most * 1.0001) ?? size;
};

/**
 * Where channels are drawn: columns and rows in the order of their places on the probe, so that none covers another.
 * @param {ArrayLike<number>} places x and y of each channel in µm, y upwards
 * @returns {{columns: number, rows: number, at: [number, number][]}} column and row (from above) of each channel
 */
export const gridOf = (places) => {
  const each = Array.from({ length: places.length / 2 }, (_, c) => [places[2 * c], places[2 * c + 1]]);
  const sorted = (/** @type {number[]} */ values) => [...new Set(values)].sort((a, b) => a - b);
  const xs = sorted(each.map(([x]) => x));
  const ys = sorted(each.map(([, y]) => y)).reverse();
  return { columns: Math.max(1, xs.length), rows: Math.max(1, ys.length), at: each.map(([x, y]) => [xs.indexOf(x), ys.indexOf(y)]) };
};

/** Both templates on the channels where either is largest. @param {Paper} paper @param {any} data @param {Colors} colors */
export const drawTemplates = (paper, data, colors) => {
  const { width, height } = paper;
  const { columns, rows, at } = gridOf(data.places);
  const [left, bottom] = [4, 18];
  const wide = Math.min((width - left) / columns, 190);
  const tall = (height - bottom) / rows;
  let [low, high] = [0, 1e-9];
  for (const template of [data.template_one, data.template_other]) for (const v of template) { low = Math.min(low, v); high = Math.max(high, v); }
  const most = Math.max(high, -low);
  // Rows may reach into one another, since most channels are small beside the largest; none leaves the picture.
  const unit = Math.min(Math.min(tall * 2, (height - bottom) * 0.3) / most, ((height - bottom) * 0.7) / (high - low));
  const top = Math.max(10, high * unit + 2);
  const gap = rows > 1 ? (height - bottom - top + low * unit) / (rows - 1) : 0;
  at.forEach(([column, row], c) => {
    const x0 = left + column * wide;
    const y0 = top + row * gap;
    [data.template_one, data.template_other].forEach((template, which) => {
      const one = template.subarray(c * data.samples, (c + 1) * data.samples);
      line(
        paper,
        Array.from(one, (_, s) => x0 + (s / Math.max(1, data.samples - 1)) * (wide - 8)),
        Array.from(one, (/** @type {any} */ v) => y0 - v * unit),
        colors[which],
        1.4,
      );
    });
    write(paper, data.channels[c] ?? "", x0, Math.max(9, y0 - 5));
  });
  const ink = paper.style.getPropertyValue("--nbl-ink");
  const volts = roundBelow(Math.max(most / 2, 1e-9));
  const milliseconds = roundBelow(((data.samples - 1) * data.sample_ms) / 2);
  const long = (milliseconds / data.sample_ms / Math.max(1, data.samples - 1)) * (wide - 8);
  const [x, y] = [left, height - 4];
  line(paper, [x, x, x + long], [y - volts * unit, y, y], ink, 1.5);
  write(paper, `${short(volts)} ${data.volt}, ${short(milliseconds)} ms`, x + long + 5, y, "left", ink);
};

/**
 * A correlogram as a rate, with the rate expected by chance and two standard deviations around it.
 * @param {Paper} paper
 * @param {{counts: Float32Array, binMs: number, chance: number|null, spikes: number, reachMs: number, color: string, same: boolean}} of
 */
export const drawCorrelogram = (paper, { counts, binMs, chance, spikes, reachMs, color, same }) => {
  const { pen, width, height, style } = paper;
  const half = Math.min(counts.length / 2, Math.round(reachMs / binMs));
  const shown = counts.slice(counts.length / 2 - half, counts.length / 2 + half);
  const toRate = 1000 / (binMs * Math.max(1, spikes));
  const expected = chance ?? 0;
  const spread = 2 * Math.sqrt(expected);
  const most = Math.max(...shown, expected + spread, 1) * 1.05;
  const [left, bottom] = [34, 14];
  const x = (/** @type {number} */ b) => left + (b / shown.length) * (width - left - 2);
  const y = (/** @type {number} */ count) => height - bottom - (count / most) * (height - bottom - 4);
  if (chance !== null) {
    pen.fillStyle = style.getPropertyValue("--nbl-faint");
    pen.globalAlpha = 0.5;
    pen.fillRect(left, y(expected + spread), width - left - 2, y(Math.max(0, expected - spread)) - y(expected + spread));
    pen.globalAlpha = 1;
  }
  pen.fillStyle = color;
  shown.forEach((count, b) => pen.fillRect(x(b), y(count), Math.max(0.8, (width - left - 2) / shown.length - 0.4), y(0) - y(count)));
  const ink = style.getPropertyValue("--nbl-ink");
  if (chance !== null) {
    pen.setLineDash([4, 3]);
    line(paper, [left, width - 2], [y(expected), y(expected)], ink, 1);
    pen.setLineDash([]);
  }
  line(paper, [left, width - 2], [y(0), y(0)], style.getPropertyValue("--nbl-faint"), 1);
  if (!same) line(paper, [x(half), x(half)], [y(0), 2], style.getPropertyValue("--nbl-faint"), 0.7);
  if (!shown.some((count) => count > 0)) write(paper, "no pairs of spikes", (left + width) / 2, height / 2, "center");
  ticks(0, most * toRate, 2).forEach((tick) => write(paper, tick ? `${short(tick)}/s` : "0", left - 3, Math.max(9, y(tick / toRate) + 3), "right"));
  write(paper, short(-half * binMs), left, height - 2);
  write(paper, "0", x(half), height - 2, "center");
  write(paper, `${short(half * binMs)} ms`, width - 2, height - 2, "right");
};

/**
 * The same on a logarithmic axis of lags, on both sides of zero; bins are of different widths, so each has its own deviation by chance.
 * @param {Paper} paper
 * @param {{counts: Float32Array, edges: ArrayLike<number>, chanceMs: number|null, spikes: number, color: string}} of `chanceMs`: pairs expected in 1 ms
 */
export const drawLogCorrelogram = (paper, { counts, edges, chanceMs, spikes, color }) => {
  const { pen, width, height, style } = paper;
  const axis = lagAxis(edges, true);
  const rates = lagRates(counts, edges, spikes);
  const half = edges.length - 1;
  const toRate = 1000 / Math.max(1, spikes);
  const expected = (chanceMs ?? 0) * toRate;
  const wide = Array.from({ length: half }, (_, i) => edges[i + 1] - edges[i]);
  const spreads = [...wide].reverse().concat(wide).map((ms) => 2 * Math.sqrt((chanceMs ?? 0) / ms) * toRate);
  // The deviation of the narrowest bins may be beyond what is shown.
  const most = Math.max(...rates, expected * 1.3, toRate / wide[half - 1]) * 1.05;
  const [left, bottom, top] = [34, 14, 4];
  const x = (/** @type {number} */ at) => left + ((at - axis.ends[0]) / (axis.ends[1] - axis.ends[0])) * (width - left - 2);
  const y = (/** @type {number} */ rate) => Math.max(top, height - bottom - (rate / most) * (height - bottom - top));
  if (chanceMs !== null) {
    pen.fillStyle = style.getPropertyValue("--nbl-faint");
    pen.globalAlpha = 0.5;
    axis.bins.forEach(([a, b], i) => pen.fillRect(x(a), y(expected + spreads[i]), x(b) - x(a), y(Math.max(0, expected - spreads[i])) - y(expected + spreads[i])));
    pen.globalAlpha = 1;
  }
  pen.fillStyle = color;
  axis.bins.forEach(([a, b], i) => pen.fillRect(x(a), y(rates[i]), Math.max(0.8, x(b) - x(a) - 0.4), y(0) - y(rates[i])));
  const ink = style.getPropertyValue("--nbl-ink");
  const faint = style.getPropertyValue("--nbl-faint");
  if (chanceMs !== null) {
    pen.setLineDash([4, 3]);
    line(paper, [left, width - 2], [y(expected), y(expected)], ink, 1);
    pen.setLineDash([]);
  }
  line(paper, [left, width - 2], [y(0), y(0)], faint, 1);
  if (!rates.some((rate) => rate > 0)) write(paper, "no pairs of spikes", (left + width) / 2, height / 2, "center");
  ticks(0, most, 2).forEach((tick) => write(paper, tick ? `${short(tick)}/s` : "0", left - 3, Math.max(9, y(tick) + 3), "right"));
  let end = -Infinity;
  for (const [lag, at] of axis.marks) {
    line(paper, [x(at), x(at)], [y(0), y(0) + 3], faint, 1);
    const half = pen.measureText(short(lag)).width / 2;
    // Those that have room: the unit stands at the right end.
    if (Math.abs(lag) < 1 || x(at) - half < end + 4 || x(at) + half > width - 20) continue;
    end = x(at) + half;
    write(paper, short(lag), x(at), height - 2, "center");
  }
  write(paper, "ms", width - 2, height - 2, "right");
};

/** Amplitudes of both units over time. @param {Paper} paper @param {any} data @param {Colors} colors */
export const drawAmplitudeTrains = (paper, data, colors) => {
  const { pen, width, height, style } = paper;
  const trains = [[data.times_one, data.amplitudes_one], [data.times_other, data.amplitudes_other]];
  let [low, high] = [0, 0];
  for (const [, values] of trains) for (const v of values) { if (v < low) low = v; if (v > high) high = v; }
  const [left, bottom] = [38, 14];
  const x = (/** @type {number} */ time) => left + (time / (data.duration || 1)) * (width - left - 2);
  const y = (/** @type {number} */ v) => 3 + ((high - v) / (high - low || 1)) * (height - bottom - 5);
  // Two series drawn by turns, so that neither covers the other as a whole.
  const many = Math.max(trains[0][0].length, trains[1][0].length);
  pen.globalAlpha = 0.75;
  for (let step = 0; step < 8; step++) {
    trains.forEach(([times, values], which) => {
      pen.fillStyle = colors[which];
      for (let s = step; s < times.length; s += 8) pen.fillRect(x(times[s]), y(values[s]), 1.7, 1.7);
    });
  }
  pen.globalAlpha = 1;
  const faint = style.getPropertyValue("--nbl-faint");
  for (const start of data.starts) line(paper, [x(start), x(start)], [2, height - bottom], faint, 1);
  if (data.over !== null) {
    pen.setLineDash([4, 3]);
    line(paper, [x(data.over), x(data.over)], [2, height - bottom], style.getPropertyValue("--nbl-ink"), 1);
    pen.setLineDash([]);
  }
  if (many) for (const tick of ticks(low, high, 3)) write(paper, short(tick), left - 3, Math.min(height - bottom, Math.max(9, y(tick) + 3)), "right");
  write(paper, "0", left, height - 2);
  write(paper, inTime(data.duration), width - 2, height - 2, "right");
};

/** A time in words: "41 min", or in seconds below three minutes. @param {number} seconds @returns {string} */
export const inTime = (seconds) => (seconds >= 180 ? `${short(Math.round(seconds / 60))} min` : `${short(seconds)} s`);
