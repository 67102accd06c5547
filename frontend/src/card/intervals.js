// Intervals between spikes on a logarithmic axis.

import { short } from "../core/format.js";
import { judged } from "./autocorrelogram.js";
import { Plot, most } from "./plot.js";
/** @import { Picture, Subject } from "./picture.js" */

/** @param {Subject} subject @returns {Picture|null} */
export const intervals = (subject) => {
  const { data } = subject;
  if (!data.isi) return null;
  return {
    name: "intervals between spikes",
    live: true,
    draw: (sheet) => {
      const [first, last] = data.isi_range.map((/** @type {number} */ v) => Math.log10(v));
      const plot = new Plot(sheet, [first, last], [0, 1.08 * Math.max(1, most(data.isi))]);
      plot.band(first, Math.log10(Math.max(judged(subject).period.until, 1e-6)), plot.accent, 0.16);
      plot.bars(data.isi, first, last, sheet.color);
      const decades = Array.from({ length: Math.floor(last) - Math.ceil(first) + 1 }, (_, i) => Math.ceil(first) + i);
      // The unit stands where it begins: at 1 ms and at 1 s.
      plot.below("", decades.map((power) => [power, `${short(10 ** (power < 3 ? power : power - 3))}${power === 0 ? " ms" : power === 3 ? " s" : ""}`]));
      plot.beside("count");
    },
  };
};
