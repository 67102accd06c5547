// Where on the probe a unit is.

import { short } from "../core/format.js";
import { Plot } from "./plot.js";
/** @import { Picture, Subject } from "./picture.js" */

/** Stretch of the probe that is shown to each side, in µm. */
const REACH = 150;
/** Farther from all channels than this, in µm, a unit is hardly heard: its place is doubtful. */
const FAR = 100;

/** @param {Subject} subject @returns {Picture|null} */
export const place = ({ data, probe: common }) => {
  if (!data.place) return null;
  const probe = data.probe ?? common;
  const [x, y] = data.place;
  const ups = Array.from({ length: probe.length / 2 }, (_, c) => probe[2 * c + 1]);
  const away = ups.reduce((least, up, c) => Math.min(least, Math.hypot(probe[2 * c] - x, up - y)), Infinity);
  /** A place that was estimated far off the probe is drawn at the border of what is shown. */
  const shown = ups.length ? Math.min(ups.reduce((a, b) => Math.max(a, b)), Math.max(ups.reduce((a, b) => Math.min(a, b)), y)) : y;
  const far = away > FAR && away < Infinity;
  return {
    name: "place on the probe",
    words: () => `Depth ${short(y)} µm.${far ? ` Estimated ${short(away)} µm from the nearest channel: hardly where it is.` : ""}`,
    draw: (sheet) => {
      const { pen, width, height } = sheet;
      const plot = new Plot(sheet, [0, 1], [shown - REACH, shown + REACH], { left: 40, top: 6, bottom: 8 });
      const near = Array.from({ length: probe.length / 2 }, (_, c) => [probe[2 * c], probe[2 * c + 1]]).filter(([, up]) => Math.abs(up - shown) <= REACH);
      const xs = [...(far ? [] : [x]), ...near.map(([across]) => across)];
      const middle = (Math.min(...xs) + Math.max(...xs)) / 2;
      const scale = plot.height / (2 * REACH);
      const centre = plot.left + plot.width / 2;
      pen.fillStyle = plot.faint;
      const side = Math.max(2, Math.min(8, 12 * scale));
      for (const [across, up] of near) pen.fillRect(centre + (across - middle) * scale - side / 2, plot.y(up) - side / 2, side, side);
      pen.fillStyle = sheet.color;
      pen.beginPath();
      pen.arc(Math.max(plot.left + 5, Math.min(width - 6, centre + (x - middle) * scale)), Math.max(6, Math.min(height - 6, plot.y(y))), 5, 0, 2 * Math.PI);
      pen.fill();
      plot.beside("µm");
    },
  };
};
