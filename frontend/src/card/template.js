// The template on its channels, as on the probe, with single waveforms, scale bars and what the metrics measured.

import { short, ticks } from "../core/format.js";
import { Plot } from "./plot.js";
/** @import { Picture, Subject } from "./picture.js" */
/** @import { Sheet } from "./plot.js" */

const MARKS = ["●", "▲", "▲"];

/** A round number up to a value. @param {number} value */
const roundBelow = (value) => ticks(0, value, 2).filter((t) => t > 0 && t <= value).pop() ?? value;

/** @param {Subject} subject @returns {Picture|null} */
export const template = ({ data, volt }) => {
  if (!data.template) return null;
  const unit = data.volt ?? volt;
  return {
    name: "template on its channels",
    size: "tall",
    words: () => [
      data.singles ? `${data.singles.count} single waveforms${data.singles.stored > data.singles.count ? ` of ${short(data.singles.stored)}` : ""} on the strongest channels.` : "",
      data.template_sd ? "Band: mean ± SD." : "",
    ].filter((text) => text).join(" "),
    draw: (sheet) => drawChannels(sheet, data, unit),
  };
};

/** @param {Sheet} sheet @param {any} data @param {string} unit */
const drawChannels = (sheet, data, unit) => {
  const { pen, width, height } = sheet;
  const { template, places, samples } = data;
  const plot = new Plot(sheet, [0, 1], [0, 1], { left: 6, right: 6, top: 6, bottom: 22 });
  const channels = places.length / 2;
  const xs = Array.from({ length: channels }, (_, c) => places[2 * c]);
  const ys = Array.from({ length: channels }, (_, c) => places[2 * c + 1]);
  const columns = [...new Set(xs)].sort((a, b) => a - b);
  const rows = [...new Set(ys)].sort((a, b) => a - b);
  // Columns and rows stand in their order: a probe is far longer than wide.
  const wide = plot.width / columns.length;
  const tallRow = (plot.height - 20) / Math.max(1, rows.length);
  const spread = reach(data);
  const tall = Math.min(height * 0.4, tallRow * Math.min(1.7, 0.6 + 0.35 * rows.length));
  const scale = tall / spread;
  const inner = wide * 0.84;
  const step = inner / Math.max(1, samples - 1);
  const strongest = new Set(strongestOf(data));
  pen.save();
  pen.beginPath();
  pen.rect(0, plot.top, width, plot.height + 4);
  pen.clip();
  for (let c = 0; c < channels; c++) {
    const x0 = plot.left + columns.indexOf(xs[c]) * wide + wide * 0.06;
    const y0 = plot.bottom - 10 - (rows.indexOf(ys[c]) + 0.45) * tallRow;
    const one = template.subarray(c * samples, (c + 1) * samples);
    const curve = (/** @type {(s: number) => number} */ value) => Array.from({ length: samples }, (_, s) => [x0 + s * step, y0 - value(s) * scale]);
    const main = c === data.main;
    if (data.template_sd && strongest.has(c)) {
      const sd = data.template_sd.subarray(c * samples, (c + 1) * samples);
      pen.fillStyle = main ? sheet.color : plot.soft;
      pen.globalAlpha = 0.18;
      pen.beginPath();
      const edge = [...curve((s) => one[s] + sd[s]), ...curve((s) => one[s] - sd[s]).reverse()];
      edge.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
      pen.fill();
      pen.globalAlpha = 1;
    }
    drawSingles(plot, data, c, x0, y0, step, scale);
    plot.stroke(curve((s) => one[s]), main ? sheet.color : plot.soft, { wide: main ? 2 : 1 });
    if (wide > 44 || main) plot.text(data.channels?.[c] ?? "", x0, y0 - 3, { color: main ? plot.ink : plot.soft });
  }
  const x0 = plot.left + columns.indexOf(xs[data.main]) * wide + wide * 0.06;
  const y0 = plot.bottom - 10 - (rows.indexOf(ys[data.main]) + 0.45) * tallRow;
  drawMarks(plot, data, template.subarray(data.main * samples, (data.main + 1) * samples), x0, y0, step, scale);
  pen.restore();
  const ms = roundBelow(samples * data.ms * 0.5);
  const volts = roundBelow(spread * 0.8);
  const [bar, up] = [(ms / data.ms) * step, volts * scale];
  const [left, low] = [width - bar - 10, height - 14];
  plot.stroke([[left, low - up], [left, low], [left + bar, low]], plot.ink, { wide: 1.5 });
  plot.text(`${short(ms)} ms`, left + bar, low + 11, { align: "right", color: plot.ink });
  plot.label(`${short(volts)} ${unit}`, left - 3, Math.max(low - up + 8, low - up / 2), { align: "right", color: plot.ink });
  plot.text("● trough, ▲ peaks; bars: widths", plot.left, height - 3);
};

/** Channels on which the spread is drawn: where it was drawn everywhere, bands would cover each other. @param {any} data @returns {number[]} */
const strongestOf = ({ template, samples, singles }) => {
  if (singles) return singles.channels;
  const strength = Array.from({ length: template.length / samples }, (_, c) => highest(template.subarray(c * samples, (c + 1) * samples)));
  return [...strength.keys()].sort((a, b) => strength[b] - strength[a]).slice(0, 6);
};

/** @param {Float32Array} values */
const highest = (values) => values.reduce((top, v) => Math.max(top, Math.abs(v)), 1e-9);

/** The value that is given room: the template's largest, with its spread up to three times as much. @param {any} data */
const reach = ({ template, template_sd: sd, samples, main }) => {
  const tallest = highest(template);
  const own = sd ? highest(sd.subarray(main * samples, (main + 1) * samples)) : 0;
  return Math.min(3 * tallest, Math.max(tallest, 0.7 * tallest + own));
};

/** @type {(plot: Plot, data: any, c: number, x0: number, y0: number, step: number, scale: number) => void} */
const drawSingles = (plot, data, c, x0, y0, step, scale) => {
  const { singles: known } = data;
  const at = known ? known.channels.indexOf(c) : -1;
  if (at < 0) return;
  const { pen } = plot;
  const { samples, count, channels } = known;
  const values = data.singles_waves;
  pen.strokeStyle = plot.soft;
  pen.globalAlpha = Math.max(0.12, Math.min(0.5, 6 / count));
  pen.lineWidth = 0.7;
  const ends = Math.min(samples, data.samples);
  for (let i = 0; i < count; i++) {
    const from = (i * channels.length + at) * samples;
    pen.beginPath();
    for (let s = 0; s < ends; s++) {
      const [x, y] = [x0 + s * step, y0 - values[from + s] * known.scale * scale];
      s ? pen.lineTo(x, y) : pen.moveTo(x, y);
    }
    pen.stroke();
  }
  pen.globalAlpha = 1;
};

/** @type {(plot: Plot, data: any, wave: Float32Array, x0: number, y0: number, step: number, scale: number) => void} */
const drawMarks = (plot, data, wave, x0, y0, step, scale) => {
  const value = (/** @type {number} */ s) => wave[Math.max(0, Math.min(wave.length - 1, Math.round(s)))];
  const y = (/** @type {number} */ s) => y0 - value(s) * scale;
  if (data.baseline) {
    const [from, to] = data.baseline;
    plot.pen.globalAlpha = 0.25;
    plot.pen.fillStyle = plot.accent;
    plot.pen.fillRect(x0 + from * step, y0 + 4, (to - from) * step, 4);
    plot.pen.globalAlpha = 1;
    plot.text("baseline", x0 + from * step, y0 + 17);
  }
  (data.widths ?? []).forEach((/** @type {(number|null)[]} */ [left, right, halfLeft, halfRight]) => {
    // Width at half the prominence, and width at half the value below it.
    if (left !== null && right !== null) plot.stroke([[x0 + left * step, y(left)], [x0 + right * step, y(left)]], plot.ink, { wide: 1.6 });
    if (halfLeft !== null && halfRight !== null) plot.stroke([[x0 + halfLeft * step, y(halfLeft)], [x0 + halfRight * step, y(halfLeft)]], plot.accent, { dash: [3, 2], wide: 1.4 });
  });
  (data.marks ?? []).forEach((/** @type {number|null} */ s, /** @type {number} */ at) => {
    if (s !== null) plot.text(MARKS[at], x0 + s * step, y(s) + (at ? -4 : 11), { align: "center", color: plot.ink });
  });
};
