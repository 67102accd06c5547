// How many units each label would have if one limit were elsewhere: one small chart a limit, best first.

import { fromAxis, movedLimit, toAxis } from "../core/axis.js";
import { roundedLimit } from "../core/explanation.js";
import { partOf } from "../core/part.js";
import { own } from "../core/plain.js";
import { countsAt, curvesOf, gainOf } from "../core/sensitivity.js";
import { inWords, keyOf } from "../state/words.js";
import { fontOf, onLook, penOf } from "../ui/canvas.js";
import { button, fillMenu, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { atRest, perFrame } from "../ui/schedule.js";
/** @import { Curve } from "../core/explanation.js" */
/** @import { Context } from "../state/types.js" */

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-whatif");
  el.tabIndex = 0;
  keepKeys(el, store);
  const bar = make("div", "nbl-bar");
  const target = /** @type {HTMLSelectElement} */ (make("select", "nbl-select"));
  target.setAttribute("aria-label", "Label to gain");
  const said = make("span", "nbl-soft");
  said.setAttribute("aria-live", "polite");
  bar.append(make("span", "nbl-soft", "gain units labeled"), target, said);
  const charts = make("div", "nbl-whatif-charts");
  el.append(bar, charts);

  const fill = () => {
    const { labels, default: best } = store.rules;
    const chosen = labels.includes(target.value) ? target.value : best;
    fillMenu(target, store.order.map((/** @type {string} */ label) => [label]), chosen);
  };

  /** @typedef {{curve: Curve, k: number, gain: {perStep: number, most: number, near: number, at: number}}} Row */
  /** @type {Map<string, {figure: HTMLElement, canvas: HTMLCanvasElement, text: HTMLElement, set: HTMLButtonElement, row: Row}>} */
  const shown = new Map();
  /** @type {(k: number, bound: 0|1, limit: number) => void} */
  const setLimit = (k, bound, limit) => store.set([[k, movedLimit(store.limits[k], bound, limit)]]);
  /** @type {(k: number, part: number) => number} the limit at a part of a chart's width */
  const limitAt = (k, part) => {
    const axis = store.axis(k);
    return fromAxis(axis, axis.low + part * (axis.high - axis.low));
  };
  /** @type {(key: string) => any} */
  const chart = (key) => {
    const known = shown.get(key);
    if (known) return known;
    const figure = make("figure", "nbl-part");
    const caption = make("figcaption", "nbl-whatif-head");
    const text = make("span", "");
    const set = button("", "", () => {
      const { k, curve, gain } = entry.row;
      setLimit(k, curve.bound, nearest(k, curve, gain));
    });
    caption.append(text, set);
    const canvas = /** @type {HTMLCanvasElement} */ (make("canvas", "nbl-whatif-canvas"));
    canvas.setAttribute("role", "img");
    canvas.addEventListener("click", (event) => {
      const { k, curve } = entry.row;
      setLimit(k, curve.bound, limitAt(k, event.offsetX / canvas.clientWidth));
    });
    canvas.addEventListener("pointermove", (event) => {
      const { k, curve } = entry.row;
      const limit = limitAt(k, event.offsetX / canvas.clientWidth);
      const numbers = countsAt(curve, limit);
      const labels = store.rules.labels;
      const parts = store.order.map((/** @type {string} */ label) => `${numbers[labels.indexOf(label)]} ${label}`);
      canvas.title = `${inWords(store, k, limit)}: ${parts.join(", ")}; click to set`;
    });
    figure.append(caption, canvas);
    const entry = { figure, canvas, text, set, row: /** @type {any} */ (null) };
    shown.set(key, entry);
    return entry;
  };
  /** A limit with the counts of the best point, short to say. @type {(k: number, curve: Curve, gain: Row["gain"]) => number} */
  const nearest = (k, { bound, points }, { near, at }) => {
    const factor = own(store.metricUnits, store.rules.criteria[k].metric)?.factor ?? 1;
    const here = points[at];
    const limit = store.limits[k][bound] ?? NaN;
    if (here < limit === (bound === 0)) return roundedLimit(here, factor, bound === 1);
    const to = roundedLimit(near, factor, bound === 0);
    return (bound === 0 ? near < to && to <= here : here <= to && to < near) ? to : here;
  };

  const paint = (/** @type {any} */ { canvas, row: { k, curve } }) => {
    const drawing = penOf(canvas);
    if (!drawing) return;
    const { pen, width, ratio } = drawing;
    const style = getComputedStyle(el);
    pen.font = fontOf(style, 10, ratio, 1.4);
    // The ends of the axis stand below the areas.
    const height = drawing.height - 1.2 * parseFloat(pen.font);
    const { labels } = store.rules;
    const axis = store.axis(k);
    const order = store.order.slice().reverse(); // the best label at the bottom, where it is easiest to read
    const n = Math.max(1, store.shown.n);
    const step = Math.max(1, Math.round(2 * ratio));
    for (let x = 0; x < width; x += step) {
      const place = axis.low + ((x + step / 2) / width) * (axis.high - axis.low);
      const stored = (axis.log ? 10 ** place : place) / axis.factor;
      const numbers = countsAt(curve, stored);
      let top = 0;
      for (const label of order) {
        const tall = (numbers[labels.indexOf(label)] / n) * height;
        pen.fillStyle = store.looks[label].color;
        pen.fillRect(x, top, step, tall);
        top += tall;
      }
    }
    const limit = toAxis(axis, store.limits[k][curve.bound] ?? NaN);
    const at = ((Math.min(Math.max(limit, axis.low), axis.high) - axis.low) / (axis.high - axis.low)) * width;
    pen.fillStyle = style.getPropertyValue("--nbl-paper");
    pen.fillRect(at - 2 * ratio, 0, 4 * ratio, height);
    pen.fillStyle = "#D55E00";
    pen.fillRect(at - ratio, 0, 2 * ratio, height);
    pen.fillStyle = style.getPropertyValue("--nbl-ink");
    [axis.low, axis.high].forEach((end, e) => {
      const linear = axis.whole ? (e ? Math.floor(end) : Math.ceil(end)) : end;
      // An end that is next to zero on this axis is written as zero: 4e-5 says nothing beside 12.
      const shown = axis.log ? 10 ** end : Math.abs(linear) < (axis.high - axis.low) / 1000 ? 0 : linear;
      pen.textAlign = e ? "right" : "left";
      pen.textBaseline = "bottom";
      pen.fillText(inWords(store, k, shown / axis.factor), e ? width : 0, drawing.height);
    });
  };

  const update = () => {
    if (!store.trace || store.trace.active.length !== store.limits.length) return;
    const { method, byHand } = store.scope ? partOf(store.method, store.fixed, store.scope.units) : { method: store.method, byHand: store.fixed };
    const code = method.rules.labels.indexOf(target.value);
    const now = method.trace.codes.reduce((sum, c) => sum + (c === code ? 1 : 0), 0);
    const rows = method.rules.criteria.flatMap((_, k) => {
      if (!store.axes[k]) return [];
      return curvesOf(method, k, byHand).map((curve) => {
        const limit = /** @type {number} */ (method.limits[k][curve.bound]);
        return { curve, k, gain: gainOf(curve, code, limit, store.steps[k], now) };
      });
    });
    rows.sort((a, b) => b.gain.perStep - a.gain.perStep || b.gain.most - a.gain.most);
    const gaining = rows.filter((row) => row.gain.most > now).length;
    const many = `${now} ${target.value} ${now === 1 ? "unit" : "units"}.`;
    said.textContent = gaining
      ? `${many} Moving ${gaining === 1 ? "this limit" : `any one of these ${gaining} limits`} adds more; click a curve to set it.`
      : `${many} Moving one limit alone adds none.`;
    const figures = rows.map((row) => {
      const { k, curve, gain } = row;
      const name = keyOf(method.rules.criteria[k]);
      const side = curve.bound ? "max" : "min";
      const entry = chart(`${name} ${side}`);
      entry.row = row;
      const old = inWords(store, k, /** @type {number} */ (method.limits[k][curve.bound]));
      entry.text.textContent = `${method.rules.criteria[k].metric} ${side}`;
      entry.text.title = `${name} ${side}, now ${old}`;
      const best = gain.most > now ? inWords(store, k, nearest(k, curve, gain)) : "";
      entry.set.hidden = !best;
      entry.set.textContent = `+${gain.most - now} at ${best}`;
      entry.set.title = `Set ${name} ${side} to ${best}: ${gain.most} ${target.value}`;
      entry.set.setAttribute("aria-label", entry.set.title);
      entry.canvas.setAttribute("aria-label", `Labels by ${name} ${side}`);
      return entry.figure;
    });
    for (const key of [...shown.keys()]) if (!figures.includes(/** @type {any} */ (shown.get(key)).figure)) shown.delete(key);
    const before = [...charts.children];
    if (before.length !== figures.length || figures.some((figure, at) => figure !== before[at])) charts.replaceChildren(...figures);
    for (const entry of shown.values()) paint(entry);
  };
  const soon = perFrame(update, signal, el);
  const later = atRest(soon, signal);
  target.addEventListener("change", update);
  fill();
  soon();
  onLook(el, later, signal);
  store.on("trace scope", later, signal);
  store.on("structure", () => { fill(); later(); }, signal);
}
