// Principal components of a unit's spikes beside those of its nearest neighbours.

import { Plot } from "./plot.js";
/** @import { Picture, Subject } from "./picture.js" */

/** Colours of the neighbours, apart also for those who see fewer colours; those of the usual labels come last, which would be read as labels. */
const OTHERS = ["#56b4e9", "#cc79a7", "#d55e00", "#888888", "#e69f00"];
const SHAPES = ["square", "cross", "diamond"];

/** @param {Subject} subject @returns {Picture|null} */
export const clouds = ({ data, store }) => {
  const known = data.clouds;
  if (!known) return null;
  const points = data.cloud_points;
  return {
    name: "principal components",
    words: () => `${known.axes[0]} (across) and ${known.axes[1]} (up)${known.units.length > 1 ? "" : "; no neighbour shares its channels"}.`,
    draw: (sheet) => {
      const { pen } = sheet;
      const others = OTHERS.filter((color) => color !== sheet.color.toLowerCase());
      const ends = (/** @type {number} */ axis) => {
        const values = Array.from({ length: points.length / 2 }, (_, i) => points[2 * i + axis]).sort((a, b) => a - b);
        // A few far points would press all others together.
        const cut = Math.floor(values.length / 200);
        const [low, high] = [values[cut], values[values.length - 1 - cut]];
        const margin = 0.06 * (high - low) || 1;
        return /** @type {[number, number]} */ ([low - margin, high + margin]);
      };
      const plot = new Plot(sheet, ends(0), ends(1), { left: 8, bottom: 8 });
      pen.strokeStyle = plot.faint;
      pen.strokeRect(plot.left, plot.top, plot.width, plot.height);
      let at = points.length / 2;
      for (let u = known.units.length - 1; u >= 0; u--) {
        at -= known.sizes[u];
        pen.fillStyle = u ? others[(u - 1) % others.length] : sheet.color;
        pen.globalAlpha = 0.65;
        for (let i = at; i < at + known.sizes[u]; i++) {
          const x = Math.max(plot.left, Math.min(plot.right, plot.x(points[2 * i])));
          const y = Math.max(plot.top, Math.min(plot.bottom, plot.y(points[2 * i + 1])));
          mark(pen, u ? SHAPES[(u - 1) % SHAPES.length] : "dot", x, y);
        }
        pen.globalAlpha = 1;
      }
      known.units.forEach((/** @type {number} */ unit, /** @type {number} */ u) => {
        const y = plot.top + 11 + 13 * u;
        pen.fillStyle = u ? others[(u - 1) % others.length] : sheet.color;
        mark(pen, u ? SHAPES[(u - 1) % SHAPES.length] : "dot", plot.left + 8, y - 3, 3);
        plot.label(`${store.ids[unit]}${u ? "" : " (this)"}`, plot.left + 15, y, { color: plot.ink });
      });
    },
  };
};

/** @param {CanvasRenderingContext2D} pen @param {string} shape @param {number} x @param {number} y @param {number} [size] */
const mark = (pen, shape, x, y, size = 1.8) => {
  if (shape === "square") return pen.fillRect(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8);
  if (shape === "cross") {
    pen.fillRect(x - size * 1.2, y - size * 0.4, size * 2.4, size * 0.8);
    return pen.fillRect(x - size * 0.4, y - size * 1.2, size * 0.8, size * 2.4);
  }
  pen.beginPath();
  if (shape === "dot") pen.arc(x, y, size, 0, 2 * Math.PI);
  else { pen.moveTo(x, y - size * 1.4); pen.lineTo(x + size * 1.4, y); pen.lineTo(x, y + size * 1.4); pen.lineTo(x - size * 1.4, y); }
  pen.fill();
};
