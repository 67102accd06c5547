// Firing rate over time, and in which bins the unit fires at all.

import { short } from "../core/format.js";
import { Plot, most } from "./plot.js";
/** @import { Picture, Subject } from "./picture.js" */

/** Times in s or min. @param {number} duration in s @returns {{unit: string, per: number}} */
export const clock = (duration) => (duration > 600 ? { unit: "min", per: 60 } : { unit: "s", per: 1 });

/** Where one segment ends and the next begins. @param {Plot} plot @param {number[]} breaks in s @param {number} per */
export const drawBreaks = (plot, breaks, per) => {
  for (const at of breaks) plot.stroke([[plot.x(at / per), plot.top], [plot.x(at / per), plot.bottom]], plot.ink, { dash: [2, 2], alpha: 0.7 });
};

/** @param {number[]} breaks */
export const breaksInWords = (breaks) => (breaks?.length ? ` ${breaks.length + 1} segments one after another; the time between them was not recorded.` : "");

/** @param {Subject} subject @returns {Picture|null} */
export const overTime = ({ data }) => {
  if (!data.rates) return null;
  const bins = data.present?.length ?? 0;
  const share = data.presence_ratio;
  return {
    name: "firing rate over time",
    words: () => `${short(data.spikes)} spikes, ${short(data.spikes / (data.duration || 1))} a second. ${bins
      ? `Fires in ${short(100 * share)} % of ${bins} bins of ${short(data.presence_bin_s)} s (below).`
      : `The recording is shorter than a bin of ${short(data.presence_bin_s)} s in which presence is counted.`}${breaksInWords(data.breaks)}`,
    draw: (sheet) => {
      const { unit, per } = clock(data.duration);
      const plot = new Plot(sheet, [0, data.duration / per], [0, 1.1 * Math.max(most(data.rates), 1e-9)], { bottom: bins ? 28 : 18 });
      plot.bars(data.rates, 0, data.duration / per, sheet.color);
      if (bins) {
        const { pen } = sheet;
        for (let b = 0; b < bins; b++) {
          const left = plot.x(data.presence_edges[b] / per);
          pen.fillStyle = data.present[b] ? sheet.color : plot.faint;
          pen.globalAlpha = data.present[b] ? 1 : 0.5;
          pen.fillRect(left, plot.bottom + 3, Math.max(0.5, plot.x(data.presence_edges[b + 1] / per) - left - 0.5), 5);
        }
        pen.globalAlpha = 1;
        plot.bottom += 10;
        plot.below(unit);
        plot.bottom -= 10;
      } else plot.below(unit);
      plot.beside("spikes/s");
      drawBreaks(plot, data.breaks, per);
    },
  };
};
