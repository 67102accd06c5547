// Templates of all units on their best channels, overlaid, one panel a label.

import { floats } from "../core/plain.js";
import { onLook, penOf, sizeOf } from "../ui/canvas.js";
import { button, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { perFrame } from "../ui/schedule.js";
/** @import { Context } from "../state/types.js" */

/** Units drawn per panel while a limit is dragged, and once the hand rests. The mean is always that of all. */
const QUICK = 150;

const MOST = 2000;

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  const templates = floats(model.get("_templates"));
  const ids = model.get("_ids");
  const n = ids.length;
  const samples = n ? templates.length / n : 0;
  const times = model.get("_times");
  const shared = model.get("_ylim");
  /** @type {(unit: number) => boolean} whether a unit has a template of numbers; no other one can be drawn */
  const isDrawn = (unit) => {
    for (let s = 0; s < samples; s++) if (!Number.isFinite(templates[unit * samples + s])) return false;
    return true;
  };
  const drawable = Uint8Array.from({ length: n }, (_, unit) => Number(isDrawn(unit)));
  el.classList.add("nbl-waveforms");
  el.tabIndex = 0;
  keepKeys(el, store);
  const say = make("div", "nbl-waveforms-hover");
  say.setAttribute("aria-live", "polite");
  let own = false;
  const scale = button("same y", "Scale of the waveforms", () => {
    own = !own;
    scale.textContent = own ? "own y" : "same y";
    scale.title = own ? "Each panel has its own scale; press for one scale" : "One scale for all panels; press for one each";
    repaint();
  });
  scale.title = "One scale for all panels; press for one each";
  scale.classList.add("nbl-waveforms-scale");

  /**
   * @typedef {{label: string, canvas: HTMLCanvasElement, over: HTMLCanvasElement, title: HTMLElement,
   *   units: number[], low: number, high: number, key: string, full: boolean}} Panel
   */
  /** @type {Panel[]} */
  let panels = [];
  let hovered = -1;
  /** @type {{panel: Panel, x: number, y: number, toX: number, toY: number}|null} the box that is being drawn, in px */
  let box = null;

  const build = () => {
    el.replaceChildren();
    panels = store.order.map((/** @type {string} */ label) => {
      const figure = make("figure", "nbl-panel");
      const title = make("figcaption", "");
      const field = make("div", "nbl-panel-field");
      const [canvas, over] = ["nbl-panel-traces", "nbl-panel-over"].map((name) => /** @type {HTMLCanvasElement} */ (make("canvas", name)));
      canvas.setAttribute("role", "img");
      over.setAttribute("aria-hidden", "true");
      field.append(canvas, over);
      figure.append(title, field);
      el.append(figure);
      /** @type {Panel} */
      const panel = { label, canvas, over, title, units: [], low: shared[0], high: shared[1], key: "", full: false };
      /** @type {[string, (event: any) => void][]} */
      const pointer = [
        ["pointerdown", (event) => {
          const at = place(panel, event);
          box = { panel, x: at.x, y: at.y, toX: at.x, toY: at.y };
          over.setPointerCapture(event.pointerId);
        }],
        ["pointermove", (event) => {
          if (!box) { hover(panel, event); return; }
          const at = place(panel, event);
          box.toX = at.x;
          box.toY = at.y;
          mark();
        }],
        ["pointerup", (event) => {
          if (!box) return;
          const drawn = Math.hypot(box.toX - box.x, box.toY - box.y) > 5;
          const units = drawn ? inside(box) : [nearest(panel, event)].filter((unit) => unit >= 0);
          box = null;
          const more = event.shiftKey || event.ctrlKey || event.metaKey;
          const before = more ? store.selection : [];
          const taken = more && !drawn && before.includes(units[0]);
          store.select(taken ? before.filter((/** @type {number} */ u) => u !== units[0]) : [...new Set([...before, ...units])]);
          mark();
        }],
        ["pointercancel", () => { box = null; mark(); }],
        ["pointerleave", () => { say.textContent = ""; if (hovered >= 0) { hovered = -1; mark(); } }],
      ];
      for (const [event, listener] of pointer) over.addEventListener(event, listener);
      return panel;
    });
    el.append(say, scale);
  };

  /** Where the pointer is in a panel, in px. @type {(panel: Panel, event: PointerEvent|MouseEvent) => {x: number, y: number, width: number, height: number}} */
  const place = (panel, event) => {
    const { left, top, width, height } = panel.canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top, width, height };
  };
  /** @type {(panel: Panel, event: PointerEvent|MouseEvent) => number} nearest unit to the pointer, within 12 px */
  const nearest = (panel, event) => {
    const { x, y, width, height } = place(panel, event);
    const at = Math.round((x / width) * (samples - 1));
    if (at < 0 || at >= samples) return -1;
    const perPixel = (panel.high - panel.low) / height;
    const value = panel.high - y * perPixel;
    let best = -1;
    let gap = 12 * perPixel;
    for (const unit of panel.units) {
      const distance = Math.abs(templates[unit * samples + at] - value);
      if (distance < gap) { gap = distance; best = unit; }
    }
    return best;
  };
  /** Units whose waveform passes through a box. @type {(drawn: NonNullable<typeof box>) => number[]} */
  const inside = ({ panel, x, y, toX, toY }) => {
    const { width, height } = sizeOf(panel.canvas);
    const sample = (/** @type {number} */ px) => (px / width) * (samples - 1);
    const value = (/** @type {number} */ px) => panel.high - (px / height) * (panel.high - panel.low);
    const first = Math.max(0, Math.ceil(sample(Math.min(x, toX))));
    const last = Math.min(samples - 1, Math.floor(sample(Math.max(x, toX))));
    const [bottom, top] = [value(Math.max(y, toY)), value(Math.min(y, toY))];
    return panel.units.filter((unit) => {
      for (let s = first; s <= last; s++) {
        const v = templates[unit * samples + s];
        if (v >= bottom && v <= top) return true;
      }
      return false;
    });
  };
  /** @type {(panel: Panel, event: PointerEvent) => void} */
  const hover = (panel, event) => {
    const unit = nearest(panel, event);
    if (unit === hovered) return;
    hovered = unit;
    say.textContent = unit < 0 ? "" : `unit ${ids[unit]}`;
    mark();
  };

  /** @type {(panel: Panel, pen: CanvasRenderingContext2D, width: number, height: number) => (value: (s: number) => number) => void} */
  const tracer = (panel, pen, width, height) => (value) => {
    const perVolt = height / (panel.high - panel.low);
    const perSample = width / (samples - 1);
    pen.beginPath();
    for (let s = 0; s < samples; s++) pen.lineTo(s * perSample, (panel.high - value(s)) * perVolt);
    pen.stroke();
  };
  /** @type {(panel: Panel, most: number) => void} */
  const draw = (panel, most) => {
    const { canvas, units } = panel;
    const drawing = penOf(canvas);
    if (!drawing) return;
    const { pen, width, height, ratio } = drawing;
    const style = getComputedStyle(el);
    [panel.low, panel.high] = own ? rangeOf(units) : shared;
    const trace = tracer(panel, pen, width, height);
    pen.strokeStyle = style.getPropertyValue("--nbl-faint");
    pen.lineWidth = ratio;
    trace(() => 0);
    pen.strokeStyle = store.looks[panel.label].color;
    const drawn = thinned(units, most);
    pen.globalAlpha = Math.min(0.7, Math.max(0.06, 12 / Math.max(1, drawn.length)));
    pen.lineWidth = 0.9 * ratio;
    for (const unit of drawn) trace((s) => templates[unit * samples + s]);
    pen.globalAlpha = 1;
    panel.full = drawn.length === Math.min(units.length, MOST);
    if (!units.length) return;
    const mean = new Float64Array(samples);
    for (const unit of units) for (let s = 0; s < samples; s++) mean[s] += templates[unit * samples + s];
    pen.strokeStyle = style.getPropertyValue("--nbl-ink");
    pen.lineWidth = 2 * ratio;
    trace((s) => mean[s] / units.length);
    drawScale(panel, pen, width, height, ratio, style);
  };
  /** Evenly spread units, the same ones as long as the label's units are. @param {number[]} units @param {number} most */
  const thinned = (units, most) => {
    if (units.length <= most) return units;
    const step = units.length / most;
    return Array.from({ length: most }, (_, i) => units[Math.floor(i * step)]);
  };
  /** @param {number[]} units @returns {[number, number]} */
  const rangeOf = (units) => {
    let [low, high] = [0, 0];
    for (const unit of units) {
      for (let s = 0; s < samples; s++) {
        low = Math.min(low, templates[unit * samples + s]);
        high = Math.max(high, templates[unit * samples + s]);
      }
    }
    return low === high ? [-1, 1] : [low * 1.1 - high * 0.02, high * 1.1 - low * 0.02];
  };
  /** Selected and hovered units and the box, on a canvas of their own. */
  const drawOver = () => {
    const chosen = new Set(store.selection);
    for (const panel of panels) {
      const drawing = penOf(panel.over);
      if (!drawing) continue;
      const { pen, width, height, ratio } = drawing;
      const trace = tracer(panel, pen, width, height);
      pen.strokeStyle = "#D55E00";
      pen.lineWidth = 1.8 * ratio;
      for (const unit of panel.units) {
        if (chosen.has(unit) || unit === hovered) trace((s) => templates[unit * samples + s]);
      }
      if (box?.panel !== panel) continue;
      pen.setLineDash([4 * ratio, 3 * ratio]);
      pen.lineWidth = ratio;
      pen.strokeRect(box.x * ratio, box.y * ratio, (box.toX - box.x) * ratio, (box.toY - box.y) * ratio);
      pen.setLineDash([]);
    }
  };
  /** @type {(panel: Panel, pen: CanvasRenderingContext2D, width: number, height: number, ratio: number, style: CSSStyleDeclaration) => void} */
  const drawScale = ({ low, high }, pen, width, height, ratio, style) => {
    // A bar of 0.5 ms and one of a round voltage say the scale in every panel.
    const volts = 10 ** Math.floor(Math.log10((high - low) / 2));
    const round = [5, 2, 1].map((f) => f * volts).find((v) => v <= (high - low) / 3) ?? volts;
    const tall = (round / (high - low)) * height;
    const wide = (0.5 / (times[times.length - 1] - times[0])) * width;
    const right = width - 6 * ratio;
    const bottom = height - 16 * ratio;
    pen.strokeStyle = pen.fillStyle = style.getPropertyValue("--nbl-soft");
    pen.lineWidth = 1.5 * ratio;
    pen.beginPath();
    pen.moveTo(right - wide, bottom);
    pen.lineTo(right, bottom);
    pen.lineTo(right, bottom - tall);
    pen.stroke();
    pen.font = `${10 * ratio}px sans-serif`;
    pen.textAlign = "right";
    pen.fillText(`0.5 ms, ${Number(round.toPrecision(1))} ${model.get("_volt")}`, right, bottom + 12 * ratio);
  };

  let later = 0;
  const update = () => {
    const codes = store.trace.codes;
    const labels = store.rules.labels;
    const by = labels.map(() => /** @type {number[]} */ ([]));
    for (let i = 0; i < codes.length; i++) by[codes[i]].push(i);
    for (const panel of panels) {
      const all = by[labels.indexOf(panel.label)] ?? [];
      const units = all.filter((/** @type {number} */ unit) => drawable[unit]);
      const lost = all.length - units.length;
      if (panel.label === "unjudged") /** @type {HTMLElement} */ (panel.title.parentElement).hidden = !all.length;
      const text = `${panel.label} (${all.length}${lost ? `, ${lost} without template` : ""})`;
      if (panel.title.textContent !== text) {
        panel.title.textContent = text;
        panel.title.style.setProperty("--nbl-label", store.looks[panel.label].color);
        panel.canvas.setAttribute("aria-label", `Waveforms of ${all.length} units labeled ${panel.label}`);
        panel.over.title = units.length > MOST ? `${MOST} of ${units.length} units are drawn; the mean is that of all` : "";
      }
      const size = sizeOf(panel.canvas);
      const key = `${units.join()}|${size.width}x${size.height}`;
      if (key === panel.key) continue;
      panel.key = key;
      panel.units = units;
      draw(panel, QUICK);
    }
    drawOver();
    clearTimeout(later);
    if (panels.some((panel) => !panel.full)) later = window.setTimeout(complete, 150);
  };
  const complete = () => { for (const panel of panels) if (!panel.full) draw(panel, MOST); };
  signal.addEventListener("abort", () => clearTimeout(later));
  const schedule = perFrame(update, signal, el);
  const mark = perFrame(drawOver, signal, el);
  const repaint = () => { for (const panel of panels) panel.key = ""; schedule(); };
  build();
  onLook(el, repaint, signal);
  store.on("trace", schedule, signal);
  store.on("selection", mark, signal);
  store.on("structure", () => { build(); schedule(); }, signal);
  schedule();
}
