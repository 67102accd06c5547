// Amplitude against distance from the main channel, with the fit of exp_decay.

import { short } from "../core/format.js";
import { Plot, most } from "./plot.js";
/** @import { Picture, Subject } from "./picture.js" */

/** Distance up to which channels are drawn, in µm: beyond it there is nothing to see. */
const FARTHEST = 300;

/** @param {Subject} subject @returns {Picture|null} */
export const decay = ({ data, volt }) => {
  const known = data.decay;
  if (!known) return null;
  const value = (/** @type {number} */ x) => (known.linear ? known.fit[0] * x + known.fit[1] : known.fit[1] * Math.exp(-known.fit[0] * x) + known.fit[2]);
  const beyond = data.decay_distances.filter((/** @type {number} */ x) => x > FARTHEST).length;
  return {
    name: "amplitude against distance",
    words: () => {
      if (!known.fit) return `No fit: ${known.reason}.`;
      const found = known.linear ? `a line, ${short(-known.fit[0])} per µm` : `exp_decay ${short(known.fit[0])} per µm (to 1/e in ${short(1 / known.fit[0])} µm)`;
      return `Fit: ${found}, R² ${short(known.r2)}${known.accepted ? "" : ", too low for the metric"}.${beyond ? ` Channels beyond ${FARTHEST} µm are fitted, too, and not drawn: ${beyond}.` : ""}`;
    },
    draw: (sheet) => {
      const far = Math.max(1, Math.min(FARTHEST, most(data.decay_distances)));
      const plot = new Plot(sheet, [-0.03 * far, far * 1.03], [0, 1.1 * Math.max(1e-9, most(data.decay_amplitudes))]);
      plot.below("µm");
      plot.beside(known.normalized ? "share" : data.volt ?? volt);
      if (known.fit) {
        const curve = Array.from({ length: 60 }, (_, i) => (far * i) / 59);
        plot.stroke(curve.map((x) => [plot.x(x), plot.y(value(x))]), plot.accent, { wide: 1.4, dash: known.accepted ? [] : [4, 3] });
      }
      sheet.pen.fillStyle = sheet.color;
      for (let i = 0; i < data.decay_distances.length; i++) {
        if (data.decay_distances[i] > FARTHEST) break; // they ascend
        sheet.pen.beginPath();
        sheet.pen.arc(plot.x(data.decay_distances[i]), plot.y(data.decay_amplitudes[i]), 3, 0, 2 * Math.PI);
        sheet.pen.fill();
      }
    },
  };
};
