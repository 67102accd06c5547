// Any two metrics against each other, coloured by label, with their limits drawn and draggable.

import { movedLimit, toStored } from "../core/axis.js";
import { short, ticks } from "../core/format.js";
import { fontOf, onLook, penOf } from "../ui/canvas.js";
import { fillMenu, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { perFrame } from "../ui/schedule.js";
/** @import { Context } from "../state/types.js" */

/** Signs of labels in a text, in the order of `dot`. */
const SIGNS = ["●", "■", "▲", "◆"];

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  const names = store.metricNames;
  const ids = store.ids;
  const n = ids.length;
  const meaning = store.metricUnits;
  el.classList.add("nbl-view", "nbl-scatter");
  keepKeys(el, store);
  const bar = make("div", "nbl-bar");
  /** @type {HTMLSelectElement[]} */
  const pickers = ["x", "y"].map((axis) => {
    const picker = /** @type {HTMLSelectElement} */ (make("select", "nbl-select"));
    picker.setAttribute("aria-label", `Metric on the ${axis} axis`);
    fillMenu(picker, names.map((/** @type {string} */ name) => [name]), model.get(axis));
    picker.addEventListener("change", () => { model.set(axis, picker.value); model.save_changes(); rescale(); });
    return picker;
  });
  const said = make("span", "nbl-soft");
  said.setAttribute("aria-live", "polite");
  bar.append(pickers[0], make("span", "nbl-soft", "against"), pickers[1], said);
  const canvas = /** @type {HTMLCanvasElement} */ (make("canvas", "nbl-scatter-canvas"));
  canvas.setAttribute("role", "img");
  const legend = make("div", "nbl-scatter-legend");
  legend.setAttribute("role", "group");
  legend.setAttribute("aria-label", "Signs of the labels");
  el.append(bar, legend, canvas);

  /** The sign and colour of each label, with the number of its units. */
  const nameSigns = () => {
    const entries = store.order.map((label) => ({ label, many: store.shown.counts[store.rules.labels.indexOf(label)] ?? 0 }))
      .filter(({ label, many }) => many || !store.isRare(label));
    const key = JSON.stringify(entries);
    if (legend.dataset.shown === key) return;
    legend.dataset.shown = key;
    legend.replaceChildren(...entries.map(({ label, many }) => {
      const entry = make("span", "");
      const sign = make("span", "nbl-scatter-sign", SIGNS[store.order.indexOf(label) % 4]);
      sign.style.color = store.look(label).color;
      entry.append(sign, `${label} ${many}`);
      return entry;
    }));
  };

  const PAD = { left: 52, right: 10, top: 8, bottom: 34 };
  /** @typedef {{name: string, k: number, values: Float64Array, factor: number, log: boolean, low: number, high: number, unit: string}} Side */
  /** @type {Side[]} */
  let sides = [];
  /** @type {(side: Side, stored: number) => number} */
  const place = (side, stored) => {
    const shown = stored * side.factor;
    return side.log ? Math.log10(shown) : shown;
  };
  /** @type {(name: string) => Side} */
  const sideOf = (name) => {
    const k = store.rules.criteria.findIndex((/** @type {any} */ c) => c.metric === name);
    const abs = k >= 0 ? store.rules.criteria[k].abs : meaning[name].magnitude;
    const values = store.metric(name).map((v) => (abs ? Math.abs(v) : v));
    const factor = meaning[name].factor;
    const finite = Array.from(values).filter(Number.isFinite).map((v) => v * factor).sort((a, b) => a - b);
    const log = meaning[name].scale === "log" && finite.length > 0 && finite[0] > 0;
    let low = finite[0] ?? 0;
    let high = finite[finite.length - 1] ?? 1;
    const far = finite[Math.floor(0.98 * (finite.length - 1))] ?? high;
    if (!log && meaning[name].scale === "clip") high = Math.min(high, far * 1.3 + 1e-12);
    const limits = k >= 0 ? store.limits[k] : [null, null];
    for (const limit of limits) {
      if (limit === null || (log && limit <= 0)) continue;
      low = Math.min(low, limit * factor);
      high = Math.max(high, limit * factor);
    }
    if (log) [low, high] = [Math.log10(low), Math.log10(high)];
    const room = 0.04 * (high - low) || 0.5;
    return { name, k, values, factor, log, low: low - room, high: high + room, unit: meaning[name].unit };
  };
  const rescale = () => { sides = pickers.map((picker) => sideOf(picker.value)); schedule(); };

  /** @type {(value: number, side: Side, from: number, to: number) => number} */
  const at = (value, side, from, to) => from + ((Math.min(Math.max(value, side.low), side.high) - side.low) / (side.high - side.low)) * (to - from);
  /** Places of all units in CSS pixels. @returns {Float64Array} */
  const spots = () => {
    const [x, y] = sides;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const out = new Float64Array(2 * n);
    for (let i = 0; i < n; i++) {
      if (!store.isShown(i)) { out[2 * i] = out[2 * i + 1] = NaN; continue; }
      out[2 * i] = at(place(x, x.values[i]), x, PAD.left, width - PAD.right);
      out[2 * i + 1] = at(place(y, y.values[i]), y, height - PAD.bottom, PAD.top);
    }
    return out;
  };
  /** Limits as lines in CSS pixels. */
  const lines = () => sides.flatMap((side, s) => {
    const pair = store.limits[side.k]; // none where another structure is on its way
    if (!pair) return [];
    return /** @type {(0|1)[]} */ ([0, 1]).flatMap((b) => {
      const limit = pair[b];
      if (limit === null) return [];
      const value = side.log ? Math.log10(Math.max(limit * side.factor, 1e-300)) : limit * side.factor;
      const [from, to] = s === 0 ? [PAD.left, canvas.clientWidth - PAD.right] : [canvas.clientHeight - PAD.bottom, PAD.top];
      return [{ s, b, k: side.k, at: at(value, side, from, to) }];
    });
  });

  /** @type {number[]|null} the corners of a brush in CSS pixels */
  let brush = null;
  const draw = () => {
    nameSigns();
    const drawing = penOf(canvas);
    if (!drawing || sides.length < 2) return;
    const { pen, ratio } = drawing;
    const style = getComputedStyle(el);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    pen.save();
    pen.scale(ratio, ratio);
    pen.strokeStyle = style.getPropertyValue("--nbl-soft");
    pen.fillStyle = style.getPropertyValue("--nbl-soft");
    pen.lineWidth = 1;
    pen.strokeRect(PAD.left, PAD.top, width - PAD.left - PAD.right, height - PAD.top - PAD.bottom);
    pen.font = fontOf(style, 10, 1, 1.4);
    for (const [s, side] of sides.entries()) {
      for (const value of ticks(side.low, side.high, 5)) {
        const text = short(side.log ? 10 ** value : value);
        if (s === 0) {
          pen.textAlign = "center";
          pen.fillText(text, at(value, side, PAD.left, width - PAD.right), height - PAD.bottom + 12);
        } else {
          pen.textAlign = "right";
          pen.fillText(text, PAD.left - 4, at(value, side, height - PAD.bottom, PAD.top) + 3);
        }
      }
    }
    pen.textAlign = "center";
    const title = (/** @type {Side} */ side) => side.name + (side.unit ? ` (${side.unit})` : "");
    pen.fillText(title(sides[0]), (PAD.left + width) / 2, height - 6);
    pen.save();
    pen.translate(10, (height - PAD.bottom) / 2);
    pen.rotate(-Math.PI / 2);
    pen.fillText(title(sides[1]), 0, 0);
    pen.restore();
    const codes = store.trace.codes;
    const labels = store.rules.labels;
    const where = spots();
    let [shown, off] = [0, 0];
    const chosen = new Set(store.selection);
    for (const name of [...store.order].reverse()) {
      const code = labels.indexOf(name);
      pen.fillStyle = store.looks[name].color;
      const shape = store.order.indexOf(name);
      pen.globalAlpha = 0.75;
      for (let i = 0; i < n; i++) {
        if (codes[i] !== code || where[2 * i] !== where[2 * i] || where[2 * i + 1] !== where[2 * i + 1]) continue;
        shown++;
        const [beyondX, beyondY] = [beyond(sides[0], i), beyond(sides[1], i)];
        if (beyondX || beyondY) { off++; arrow(pen, where[2 * i], where[2 * i + 1], beyondX, beyondY); }
        else dot(pen, where[2 * i], where[2 * i + 1], shape);
      }
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = style.getPropertyValue("--nbl-ink");
    pen.lineWidth = 1.6;
    for (const i of chosen) {
      if (where[2 * i] !== where[2 * i]) continue;
      pen.beginPath();
      pen.arc(where[2 * i], where[2 * i + 1], 6, 0, 2 * Math.PI);
      pen.stroke();
    }
    pen.strokeStyle = "#D55E00";
    pen.setLineDash([5, 3]);
    for (const line of lines()) {
      pen.beginPath();
      if (line.s === 0) { pen.moveTo(line.at, PAD.top); pen.lineTo(line.at, height - PAD.bottom); }
      else { pen.moveTo(PAD.left, line.at); pen.lineTo(width - PAD.right, line.at); }
      pen.stroke();
    }
    pen.setLineDash([]);
    if (brush) {
      pen.strokeStyle = style.getPropertyValue("--nbl-ink");
      pen.lineWidth = 1;
      pen.strokeRect(brush[0], brush[1], brush[2] - brush[0], brush[3] - brush[1]);
    }
    pen.restore();
    const remarks = [];
    const some = (/** @type {number} */ many) => (many === 1 ? "1 unit" : `${many} units`);
    if (off) remarks.push(`${some(off)} off scale, drawn as an arrow at the edge`);
    if (store.shown.n > shown) remarks.push(`${some(store.shown.n - shown)} without a value`);
    canvas.setAttribute("aria-label", [`${shown} units: ${sides[0].name} against ${sides[1].name}`, ...remarks].join("; "));
    if (!brush) said.textContent = remarks.join("; ");
  };
  /** On which side of what is drawn a unit lies. @param {Side} side @param {number} unit @returns {-1|0|1} */
  const beyond = (side, unit) => {
    const value = place(side, side.values[unit]);
    return value < side.low ? -1 : value > side.high ? 1 : 0;
  };
  /** An arrow at the edge that points to where a unit lies. @type {(pen: CanvasRenderingContext2D, x: number, y: number, right: number, up: number) => void} */
  const arrow = (pen, x, y, right, up) => {
    const angle = Math.atan2(-up, right);
    const at = (/** @type {number} */ turn, /** @type {number} */ far) => [x + far * Math.cos(angle + turn), y + far * Math.sin(angle + turn)];
    pen.beginPath();
    for (const [px, py] of [at(0, 1), at(2.7, 10), at(-2.7, 10)]) pen.lineTo(px, py);
    pen.closePath();
    pen.fill();
  };
  /** A sign for each label, so that colour is not needed. @type {(pen: CanvasRenderingContext2D, x: number, y: number, shape: number) => void} */
  const dot = (pen, x, y, shape) => {
    pen.beginPath();
    if (shape % 4 === 0) pen.arc(x, y, 3.4, 0, 2 * Math.PI);
    else if (shape % 4 === 1) pen.rect(x - 3, y - 3, 6, 6);
    else if (shape % 4 === 2) { pen.moveTo(x, y - 4); pen.lineTo(x + 4, y + 3); pen.lineTo(x - 4, y + 3); pen.closePath(); }
    else { pen.moveTo(x, y - 4); pen.lineTo(x + 4, y); pen.lineTo(x, y + 4); pen.lineTo(x - 4, y); pen.closePath(); }
    pen.fill();
  };
  const schedule = perFrame(draw, signal, el);

  /** @type {{s: number, b: 0|1, k: number}|null} */
  let grabbed = null;
  /** Name of the drag that is going on: all of it is one step of undo, the next drag is another. */
  let gesture = "";
  const letGo = () => {
    if (grabbed) store.drop();
    grabbed = null;
    brush = null;
    schedule();
  };
  const pointer = (/** @type {PointerEvent} */ event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    const [x, y] = pointer(event);
    grabbed = lines().find((line) => Math.abs((line.s === 0 ? x : y) - line.at) < 5) ?? null;
    if (grabbed) gesture = `scatter-${performance.now()}`;
    else brush = [x, y, x, y];
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = pointer(event);
    if (grabbed) {
      const side = sides[grabbed.s];
      const share = grabbed.s === 0
        ? (x - PAD.left) / (canvas.clientWidth - PAD.left - PAD.right)
        : (canvas.clientHeight - PAD.bottom - y) / (canvas.clientHeight - PAD.top - PAD.bottom);
      const value = side.low + Math.min(1, Math.max(0, share)) * (side.high - side.low);
      const shown = Number((side.log ? 10 ** value : value).toPrecision(3));
      store.drag(grabbed.k, movedLimit(store.limits[grabbed.k], grabbed.b, toStored(side, shown)), gesture);
    } else if (brush) {
      brush = [brush[0], brush[1], x, y];
      schedule();
    } else {
      const line = lines().some((l) => Math.abs((l.s === 0 ? x : y) - l.at) < 5);
      canvas.style.cursor = line ? "move" : "crosshair";
    }
  });
  canvas.addEventListener("pointerup", () => {
    if (brush) {
      const where = spots();
      const [x0, x1] = [Math.min(brush[0], brush[2]), Math.max(brush[0], brush[2])];
      const [y0, y1] = [Math.min(brush[1], brush[3]), Math.max(brush[1], brush[3])];
      const click = x1 - x0 < 3 && y1 - y0 < 3;
      /** @type {number[]} */
      let inside = [];
      let nearest = 10;
      for (let i = 0; i < n; i++) {
        const [x, y] = [where[2 * i], where[2 * i + 1]];
        if (click) {
          const gap = Math.hypot(x - x0, y - y0);
          if (gap < nearest) { nearest = gap; inside = [i]; }
        } else if (x >= x0 && x <= x1 && y >= y0 && y <= y1) inside.push(i);
      }
      store.select(inside);
      said.textContent = inside.length ? `${inside.length} units selected` : "";
    }
    letGo();
  });
  canvas.addEventListener("pointercancel", letGo);
  pickers.forEach((picker, s) => { if (names.includes(model.get(s ? "y" : "x"))) picker.value = model.get(s ? "y" : "x"); });
  rescale();
  onLook(el, schedule, signal);
  store.on("structure", rescale, signal);
  store.on("trace", schedule, signal);
  store.on("limits selection structure scope", schedule, signal);
}
