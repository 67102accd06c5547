// A picture with axes on a canvas.

import { short, ticks } from "../core/format.js";

/** @typedef {{pen: CanvasRenderingContext2D, width: number, height: number, style: CSSStyleDeclaration, color: string}} Sheet what a picture is drawn on */
/** @typedef {{left?: number, right?: number, top?: number, bottom?: number}} Margins */

export const FONT = "10px sans-serif";

/** Places on a sheet for values of two axes. */
export class Plot {
  /** @param {Sheet} sheet @param {[number, number]} x @param {[number, number]} y @param {Margins} [margins] */
  constructor(sheet, x, y, { left = 38, right = 8, top = 6, bottom = 18 } = {}) {
    Object.assign(this, { left, top });
    this.sheet = sheet;
    this.pen = sheet.pen;
    this.left = left;
    this.top = top;
    this.right = sheet.width - right;
    this.bottom = sheet.height - bottom;
    this.limits = { x, y };
    this.ink = sheet.style.getPropertyValue("--nbl-ink") || "#000";
    this.soft = sheet.style.getPropertyValue("--nbl-soft") || "#666";
    this.faint = sheet.style.getPropertyValue("--nbl-faint") || "#bbb";
    this.accent = sheet.style.getPropertyValue("--nbl-accent") || "#d55e00";
    this.paper = sheet.style.getPropertyValue("--nbl-paper") || "#fff";
  }
  /** @param {number} value */
  x(value) { const [a, b] = this.limits.x; return this.left + ((value - a) / (b - a || 1)) * (this.right - this.left); }
  /** @param {number} value */
  y(value) { const [a, b] = this.limits.y; return this.bottom - ((value - a) / (b - a || 1)) * (this.bottom - this.top); }
  get width() { return this.right - this.left; }
  get height() { return this.bottom - this.top; }

  /** @param {string} text @param {number} x @param {number} y @param {{align?: CanvasTextAlign, color?: string, baseline?: CanvasTextBaseline}} [how] */
  text(text, x, y, { align = "left", color = this.soft, baseline = "alphabetic" } = {}) {
    const { pen } = this;
    pen.font = FONT;
    pen.fillStyle = color;
    pen.textAlign = align;
    pen.textBaseline = baseline;
    pen.fillText(text, x, y);
  }
  /** A text on a band of the paper's colour, so that it can be read above a picture. @type {Plot["text"]} */
  label(text, x, y, how = {}) {
    const { pen } = this;
    pen.font = FONT;
    const wide = pen.measureText(text).width;
    const left = how.align === "right" ? x - wide : how.align === "center" ? x - wide / 2 : x;
    pen.globalAlpha = 0.8;
    pen.fillStyle = this.paper;
    pen.fillRect(left - 2, y - 9, wide + 4, 12);
    pen.globalAlpha = 1;
    this.text(text, x, y, how);
  }
  /** The axis below. @param {string} unit @param {[number, string][]} [marks] places and texts, else round numbers */
  below(unit, marks) {
    const [a, b] = this.limits.x;
    const found = marks ?? ticks(a, b, Math.max(2, Math.floor(this.width / 70))).map((t) => /** @type {[number, string]} */ ([t, short(t)]));
    this.#line(this.left, this.bottom, this.right, this.bottom, this.faint);
    const wide = unit.length * 5.4;
    this.pen.font = FONT;
    let end = -Infinity;
    for (const [place, text] of found) {
      const x = this.x(place);
      this.#line(x, this.bottom, x, this.bottom + 3, this.faint);
      // A text that would run into the one before, or into the unit, is left out.
      const half = this.pen.measureText(text).width / 2;
      if (x - half < end + 4 || x + half > (unit ? this.right - wide - 6 : this.sheet.width)) continue;
      end = x + half;
      this.text(text, x, this.bottom + 13, { align: "center" });
    }
    this.text(unit, this.right, this.bottom + 13, { align: "right" });
  }
  /** The axis at the left. @param {string} unit */
  beside(unit) {
    const [a, b] = this.limits.y;
    this.#line(this.left, this.top, this.left, this.bottom, this.faint);
    for (const t of ticks(Math.min(a, b), Math.max(a, b), Math.max(2, Math.floor(this.height / 34)))) {
      const y = this.y(t);
      this.#line(this.left - 3, y, this.left, y, this.faint);
      if (y > this.top + 12) this.text(short(t), this.left - 5, y, { align: "right", baseline: "middle" });
    }
    this.text(unit, 2, this.top + 6, { baseline: "middle" });
  }
  /** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @param {string} color */
  #line(x1, y1, x2, y2, color) { this.stroke([[x1, y1], [x2, y2]], color); }
  /** A line through places in px. @param {number[][]} places @param {string} color @param {{wide?: number, dash?: number[], alpha?: number}} [how] */
  stroke(places, color, { wide = 1, dash = [], alpha = 1 } = {}) {
    const { pen } = this;
    pen.strokeStyle = color;
    pen.lineWidth = wide;
    pen.globalAlpha = alpha;
    pen.setLineDash(dash);
    pen.beginPath();
    places.forEach(([x, y], i) => (i ? pen.lineTo(x, y) : pen.moveTo(x, y)));
    pen.stroke();
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }
  /** A level across. @param {number} value @param {string} color @param {number[]} [dash] */
  level(value, color, dash = []) { this.stroke([[this.left, this.y(value)], [this.right, this.y(value)]], color, { dash, wide: 1.4 }); }
  /** A band of the axis below. @param {number} from @param {number} to @param {string} color @param {number} alpha */
  band(from, to, color, alpha) {
    const { pen } = this;
    const left = Math.max(this.left, this.x(from));
    pen.globalAlpha = alpha;
    pen.fillStyle = color;
    pen.fillRect(left, this.top, Math.max(0, Math.min(this.right, this.x(to)) - left), this.height);
    pen.globalAlpha = 1;
  }
  /** Bars of equal width over a stretch of the axis below. @param {ArrayLike<number>} values @param {number} from @param {number} to @param {string} color */
  bars(values, from, to, color) {
    const { pen } = this;
    const wide = (this.x(to) - this.x(from)) / values.length;
    const zero = this.y(Math.max(0, Math.min(...this.limits.y)));
    pen.fillStyle = color;
    for (let b = 0; b < values.length; b++) {
      const y = this.y(Math.min(values[b], this.limits.y[1]));
      pen.fillRect(this.x(from) + b * wide, y, Math.max(0.6, wide - (wide > 3 ? 0.6 : 0)), zero - y);
    }
  }
}

/** @param {ArrayLike<number>} values */
export const most = (values) => { let top = 0; for (let i = 0; i < values.length; i++) if (values[i] > top) top = values[i]; return top; };
