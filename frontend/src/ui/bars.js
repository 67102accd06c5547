// The bars of one criterion, stacked by label, with its limits: painted under bqplot's axes and handles.
// A canvas, because eighteen stacks of SVG take the browser five times as long to repaint.

import { binOf, limitPlaces, partOf, regularBins } from "../core/axis.js";
import { ticks } from "../core/format.js";
import { fillLook, fontOf, penOf } from "./canvas.js";
/** @import { Axis, Limits } from "../core/axis.js" */

/** Room around the bars in px, the margins of the bqplot figure on top. */
export const ROOM = { top: 6, bottom: 22, left: 34, right: 16 };

/** Where a place on the axis is in the box of the bars, for a style sheet. @param {Axis} axis @param {number} place @returns {string} */
export const leftOf = (axis, place) => `calc(${ROOM.left}px + (100% - ${ROOM.left + ROOM.right}px) * ${partOf(axis, place)})`;

/** The part of the axis under a pointer. @param {number} clientX @param {DOMRect} box of the bars @returns {number} */
export const partUnder = (clientX, box) => (clientX - box.left - ROOM.left) / (box.width - ROOM.left - ROOM.right);

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Axis} axis
 * @param {Float64Array[]} heights one row a label, lowest first
 * @param {{color: string, hatch: string}[]} looks one a row
 * @param {Float64Array} selected selected units per bin
 * @param {Limits} limits stored
 * @param {{ink: string, soft: string, limit: string, fontSize: string}} colors
 */
export const paintBars = (canvas, axis, heights, looks, selected, limits, colors) => {
  const drawing = penOf(canvas);
  if (!drawing) return;
  const { pen, ratio } = drawing;
  const left = ROOM.left * ratio;
  const top = ROOM.top * ratio;
  const wide = drawing.width - left - ROOM.right * ratio;
  const high = drawing.height - top - ROOM.bottom * ratio;
  if (wide <= 0 || high <= 0) return;
  const floor = top + high;
  const scale = high / (axis.tallest * 1.06);
  const gap = Math.min(ratio, 0.12 * wide * binOf(axis, 0)[1]);
  for (let bin = 0; bin < axis.bins; bin++) {
    const [at, part] = binOf(axis, bin);
    let sum = 0;
    heights.forEach((row, r) => {
      if (!row[bin]) return;
      const bottom = floor - sum * scale;
      sum += row[bin];
      fillLook(pen, looks[r], ratio, left + at * wide, floor - sum * scale, part * wide - gap, bottom - (floor - sum * scale));
    });
    if (selected[bin]) {
      // Which bars hold selected units, and how many of the bar.
      pen.fillStyle = colors.ink;
      const tall = Math.max(2 * ratio, selected[bin] * scale);
      pen.fillRect(left + (at + part * 0.3) * wide, floor - tall, part * 0.4 * wide, tall);
    }
  }
  if (axis.saturated) {
    // Many units have the largest value there is, because nothing better could be said of them.
    const { regular, width } = regularBins(axis);
    const sum = heights.reduce((total, row) => total + row[regular - 1], 0);
    pen.fillStyle = colors.ink;
    pen.font = fontOf(colors, 9, ratio, 1.4);
    pen.textAlign = "center";
    pen.textBaseline = "bottom";
    pen.fillText("▾", left + partOf(axis, axis.high - width / 2) * wide, Math.max(top + 9 * ratio, floor - sum * scale));
  }
  // The axis of the counts: two round numbers are enough.
  pen.fillStyle = colors.soft;
  pen.font = fontOf(colors, 10, ratio, 1.4);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const count of ticks(0, axis.tallest, 2)) {
    const y = floor - count * scale;
    pen.fillRect(left - 4 * ratio, y - ratio / 2, 4 * ratio, ratio);
    pen.fillText(String(count), left - 6 * ratio, y);
  }
  pen.fillRect(left - ratio, top, ratio, high);
  const x = (/** @type {number} */ place) => left + partOf(axis, place) * wide;
  // A lower limit above zero rejects zero too, which stands left of a logarithmic axis.
  const lowest = axis.zero && limits[0] !== null && limits[0] > 0 ? axis.low - 1.6 * regularBins(axis).width : axis.low;
  limitPlaces(axis, limits).forEach((place, bound) => {
    if (place === null) return;
    const [at, end] = [x(place), x(bound ? axis.high : lowest)];
    pen.fillStyle = "rgb(127 127 127 / 18%)";
    pen.fillRect(Math.min(at, end), top, Math.abs(at - end), high);
    pen.fillStyle = colors.limit;
    pen.fillRect(at - 0.8 * ratio, top, 1.6 * ratio, high);
  });
};
