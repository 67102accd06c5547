// Templates of all units on their best channels, overlaid, one panel a label.

import { floats } from "../core/plain.js";
import { fontOf, onLook, penOf, sizeOf } from "../ui/canvas.js";
import { button, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { perFrame } from "../ui/schedule.js";
/** @import { Changed } from "../core/relabel.js" */
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
  const whole = Uint8Array.from({ length: n }, (_, unit) => Number(isDrawn(unit)));
  /** Those of them that views are limited to. */
  let drawable = whole;
  const limit = () => { drawable = store.scope ? whole.map((yes, unit) => yes && Number(store.isShown(unit))) : whole; };
  // Always in the same order, mixed, so that the units that are drawn of many stay the same while some come and go.
  const mixed = shuffled(n);
  el.classList.add("nbl-waveforms");
  el.tabIndex = 0;
  keepKeys(el, store);
  const say = make("div", "nbl-waveforms-hover");
  say.setAttribute("aria-live", "polite");
  let own = false;
  const volt = model.get("_volt");
  const scale = button("", "Scale of the waveforms", () => {
    own = !own;
    nameScale();
    repaint();
  });
  const nameScale = () => {
    scale.textContent = own ? `own ${volt} scale` : `common ${volt} scale`;
    scale.title = own ? `Each panel has its own ${volt} scale; press for a common one` : `All panels have one ${volt} scale; press for one each`;
  };
  nameScale();
  scale.classList.add("nbl-waveforms-scale");

  /**
   * @typedef {{label: string, canvas: HTMLCanvasElement, over: HTMLCanvasElement, title: HTMLElement,
   *   members: number[]|null, count: number, sum: Float64Array, low: number, high: number, stale: boolean, full: boolean}} Panel
   *   members: drawable units, null until they are asked for; count and sum: of their templates
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
      const panel = { label, canvas, over, title, members: null, count: 0, sum: new Float64Array(samples), low: shared[0], high: shared[1], stale: true, full: false };
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
    for (const unit of membersOf(panel)) {
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
    return membersOf(panel).filter((unit) => {
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
  /** Drawable units of a panel's label. @param {Panel} panel @returns {number[]} */
  const membersOf = (panel) => {
    if (panel.members) return panel.members;
    const code = store.rules.labels.indexOf(panel.label);
    const { codes } = store.trace;
    /** @type {number[]} */
    const found = [];
    for (let unit = 0; unit < n; unit++) if (codes[unit] === code && drawable[unit]) found.push(unit);
    panel.members = found;
    return found;
  };
  /** The first units of a label in the mixed order. @param {Panel} panel @param {number} most @returns {number[]} */
  const some = (panel, most) => {
    const code = store.rules.labels.indexOf(panel.label);
    const { codes } = store.trace;
    /** @type {number[]} */
    const found = [];
    for (let at = 0; at < n && found.length < Math.min(most, panel.count); at++) {
      const unit = mixed[at];
      if (codes[unit] === code && drawable[unit]) found.push(unit);
    }
    return found;
  };
  /** @param {Panel} panel @param {number} unit @param {1|-1} sign */
  const add = (panel, unit, sign) => {
    panel.count += sign;
    for (let s = 0; s < samples; s++) panel.sum[s] += sign * templates[unit * samples + s];
  };
  /** @type {(panel: Panel, most: number) => void} */
  const draw = (panel, most) => {
    const drawing = penOf(panel.canvas);
    if (!drawing) return;
    const { pen, width, height, ratio } = drawing;
    const style = getComputedStyle(el);
    [panel.low, panel.high] = own ? rangeOf(membersOf(panel)) : shared;
    const trace = tracer(panel, pen, width, height);
    pen.strokeStyle = style.getPropertyValue("--nbl-faint");
    pen.lineWidth = ratio;
    trace(() => 0);
    pen.strokeStyle = store.look(panel.label).color;
    const drawn = some(panel, most);
    pen.globalAlpha = Math.min(0.7, Math.max(0.06, 12 / Math.max(1, drawn.length)));
    pen.lineWidth = 0.9 * ratio;
    for (const unit of drawn) trace((s) => templates[unit * samples + s]);
    pen.globalAlpha = 1;
    panel.full = drawn.length === Math.min(panel.count, MOST);
    if (!panel.count) return;
    pen.strokeStyle = style.getPropertyValue("--nbl-ink");
    pen.lineWidth = 2 * ratio;
    trace((s) => panel.sum[s] / panel.count);
    drawScale(panel, pen, width, height, ratio, style);
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
    const marked = [...new Set([...store.selection, ...(hovered < 0 ? [] : [hovered])])].filter((unit) => drawable[unit]);
    for (const panel of panels) {
      const drawing = penOf(panel.over);
      if (!drawing) continue;
      const { pen, width, height, ratio } = drawing;
      const trace = tracer(panel, pen, width, height);
      pen.strokeStyle = "#D55E00";
      pen.lineWidth = 1.8 * ratio;
      for (const unit of marked) if (store.label(unit) === panel.label) trace((s) => templates[unit * samples + s]);
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
    // Above its text, which grows with the size of texts.
    pen.font = fontOf(style, 10, ratio, 1.6);
    const text = parseFloat(pen.font);
    const bottom = height - text - 6 * ratio;
    pen.strokeStyle = pen.fillStyle = style.getPropertyValue("--nbl-soft");
    pen.lineWidth = 1.5 * ratio;
    pen.beginPath();
    pen.moveTo(right - wide, bottom);
    pen.lineTo(right, bottom);
    pen.lineTo(right, bottom - tall);
    pen.stroke();
    pen.textAlign = "right";
    pen.fillText(`0.5 ms, ${Number(round.toPrecision(1))} ${volt}`, right, bottom + text + 2 * ratio);
  };

  /** Follow labels: only the panels of labels that units came to or left are painted again. @param {Changed|null} changed */
  const follow = (changed) => {
    const of = store.rules.labels.map((label) => panels.find((panel) => panel.label === label));
    const touch = (/** @type {Panel|undefined} */ panel) => { if (panel) [panel.stale, panel.members] = [true, null]; };
    const { codes } = store.trace;
    if (!changed) {
      for (const panel of panels) [panel.count, panel.sum] = [0, new Float64Array(samples)];
      panels.forEach(touch);
      for (let unit = 0; unit < n; unit++) {
        const panel = of[codes[unit]];
        if (panel && drawable[unit]) add(panel, unit, 1);
      }
      return;
    }
    changed.units.forEach((unit, at) => {
      const [left, came] = [of[changed.before[at]], of[codes[unit]]];
      if (left === came) return;
      touch(left);
      touch(came);
      if (!drawable[unit]) return;
      if (left) add(left, unit, -1);
      if (came) add(came, unit, 1);
    });
  };
  let later = 0;
  const update = () => {
    for (const panel of panels) {
      const all = store.shown.counts[store.rules.labels.indexOf(panel.label)] ?? 0;
      const lost = all - panel.count;
      if (store.isRare(panel.label)) /** @type {HTMLElement} */ (panel.title.parentElement).hidden = !all;
      const text = `${panel.label} (${all}${lost ? `, ${lost} without template` : ""})`;
      if (panel.title.textContent !== text) {
        panel.title.textContent = text;
        panel.title.style.setProperty("--nbl-label", store.look(panel.label).color);
        panel.canvas.setAttribute("aria-label", `Waveforms of ${all} units labeled ${panel.label}`);
        panel.over.title = panel.count > MOST ? `${MOST} of ${panel.count} units are drawn; the mean is that of all` : "";
      }
      if (!panel.stale) continue;
      panel.stale = false;
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
  const repaint = () => { for (const panel of panels) panel.stale = true; schedule(); };
  build();
  limit();
  follow(null);
  onLook(el, repaint, signal);
  store.on("trace", (changed) => { follow(changed); schedule(); }, signal);
  store.on("selection", mark, signal);
  store.on("scope", () => { limit(); follow(null); schedule(); }, signal);
  store.on("structure", () => { build(); follow(null); schedule(); }, signal);
  schedule();
}

/** The numbers below n in a mixed order, always the same. @param {number} n @returns {Uint32Array} */
function shuffled(n) {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  let seed = 1;
  for (let i = n - 1; i > 0; i--) {
    seed = (seed * 16807) % 2147483647;
    const other = seed % (i + 1);
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}
