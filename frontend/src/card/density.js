// Amplitudes and depths over time as densities, with their histogram beside them.

import { short } from "../core/format.js";
import { breaksInWords, clock, drawBreaks } from "./over_time.js";
import { Plot, most } from "./plot.js";
/** @import { Known } from "../state/evidence.js" */
/** @import { Picture, Subject } from "./picture.js" */

/** Width of the histogram beside, in parts of the picture. */
const BESIDE = 0.2;

/** @param {CanvasRenderingContext2D} pen @param {string} color @returns {number[]} red, green, blue */
const parts = (pen, color) => {
  pen.fillStyle = "#888888";
  pen.fillStyle = color;
  const hex = String(pen.fillStyle);
  return /^#[0-9a-f]{6}$/i.test(hex) ? [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) : [0, 114, 178];
};

/** @param {Plot} plot @param {Uint8Array} density @param {number[]} shape @param {string} color */
const paint = (plot, density, [times, values], color) => {
  const tile = document.createElement("canvas");
  tile.width = times;
  tile.height = values;
  const ink = tile.getContext("2d");
  if (!ink) return;
  const image = ink.createImageData(times, values);
  const [red, green, blue] = parts(plot.pen, color);
  for (let t = 0; t < times; t++) for (let v = 0; v < values; v++) {
    const shade = density[t * values + v];
    const at = 4 * ((values - 1 - v) * times + t);
    image.data.set([red, green, blue, shade ? 40 + 0.84 * shade : 0], at);
  }
  ink.putImageData(image, 0, 0);
  plot.pen.imageSmoothingEnabled = false;
  plot.pen.drawImage(tile, plot.left, plot.top, plot.width, plot.height);
};

/**
 * @param {Known} data @param {"amplitude"|"depth"} kind @param {string} unit @param {string} name @param {() => string} words
 * @returns {Picture|null}
 */
const density = (data, kind, unit, name, words) => {
  const known = data[kind];
  if (!known) return null;
  return {
    name,
    words,
    draw: (sheet) => {
      const { unit: minutes, per } = clock(data.duration);
      const beside = Math.round(sheet.width * BESIDE);
      const plot = new Plot(sheet, [0, data.duration / per], [known.low, known.high], { right: beside + 10, left: 44 });
      const points = kind === "amplitude" && data.times;
      if (points) {
        const { pen } = sheet;
        pen.fillStyle = sheet.color;
        pen.globalAlpha = 0.6;
        for (let s = 0; s < data.times.length; s++) {
          const value = Math.min(known.high, Math.max(known.low, data.amplitudes[s]));
          pen.fillRect(plot.x(data.times[s] / per) - 0.9, plot.y(value) - 0.9, 1.8, 1.8);
        }
        pen.globalAlpha = 1;
      } else paint(plot, data[`${kind}_density`], known.shape, sheet.color);
      drawBreaks(plot, data.breaks ?? [], per);
      plot.below(minutes);
      plot.beside(unit);
      const counts = data[`${kind}_histogram`];
      const top = Math.max(1, most(counts));
      const tall = plot.height / counts.length;
      sheet.pen.fillStyle = sheet.color;
      for (let v = 0; v < counts.length; v++) {
        sheet.pen.fillRect(plot.right + 6, plot.bottom - (v + 1) * tall, (beside * counts[v]) / top, Math.max(0.6, tall - 0.4));
      }
      if (known.floor !== null && known.floor !== undefined && known.floor >= known.low && known.floor <= known.high) {
        const y = plot.y(known.floor);
        plot.stroke([[plot.left, y], [sheet.width - 4, y]], plot.accent, { dash: [5, 3], wide: 1.4 });
        plot.label("5 × noise", plot.left + 4, y - 3, { color: plot.accent });
      }
    },
  };
};

/** @param {{outside: number}} known */
const beyond = (known) => (known.outside ? ` ${short(known.outside)} ${known.outside === 1 ? "lies" : "lie"} beyond the axis, drawn at its ${known.outside === 1 ? "end" : "ends"}.` : "");

/** @param {Subject} subject @returns {Picture|null} */
export const amplitudes = ({ data, volt }) =>
  density(data, "amplitude", data.amplitude_unit ?? volt, "amplitudes over time", () => {
    const { floor, no_floor: why } = data.amplitude;
    const said = floor === null || floor === undefined
      ? `Where detection ends is not known: ${why}.`
      : `Dashed: 5 times the noise of the main channel (${short(floor)} ${data.amplitude_unit ?? volt}), the usual threshold of detection.`;
    return `${said}${beyond(data.amplitude)}${breaksInWords(data.breaks)}`;
  });

/** @param {Subject} subject @returns {Picture|null} */
export const depths = ({ data }) => density(data, "depth", "µm", "depth over time", () => `${data.depth.said ?? ""}${beyond(data.depth)}`.trim());
