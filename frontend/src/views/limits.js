// One criterion: its bars with the handles of its limits, number fields, switches, and what is to be said of it.

import { binAt, toStored, withLimit } from "../core/axis.js";
import { noteOf, stack } from "../core/histogram.js";
import { effectOfMissing } from "../core/missing.js";
import { copied } from "../core/plain.js";
import { NAN, neverDecides } from "../core/rules.js";
import { inWords } from "../state/words.js";
import { ROOM, paintBars, partUnder } from "../ui/bars.js";
import { onLook, sizeOf } from "../ui/canvas.js";
import { button, make } from "../ui/dom.js";
import { limitHandles } from "../ui/handles.js";
import { keepKeys } from "../ui/keys.js";
import { listen, perFrame } from "../ui/schedule.js";
/** @import { Limits } from "../core/axis.js" */
/** @import { Changed } from "../core/relabel.js" */
/** @import { Context } from "../state/types.js" */

/** Colour of limits, from the palette for all kinds of colour vision. */
const LIMIT_COLOR = "#D55E00";

/** Write a number as shortly as it can be read back. @param {number} shown @returns {string} */
const write = (shown) => String(Number(shown.toPrecision(6)));

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  const position = () => store.position(model.get("criterion"));
  const criterion = () => store.rules.criteria[position()];
  const axis = () => store.axes[position()] ?? null;
  const limits = () => store.limits[position()];
  el.classList.add("nbl-limits");
  keepKeys(el, store);
  const name = criterion().metric;

  const title = make("span", "nbl-limits-title");
  // Long names are shown in full: they break after underscores.
  const parts = (criterion().abs ? `|${name}|` : name).split(/(?<=_)/);
  title.append(...parts.flatMap((/** @type {string} */ part, /** @type {number} */ at) => (at ? [document.createElement("wbr"), part] : [part])));
  title.title = model.get("meaning") || name;
  const reset = button("↺", `reset ${name}`, () => send(model.get("defaults").slice()));
  reset.className = "nbl-reset";
  reset.title = `Reset ${name} to its default`;
  const scale = button("", "", () => model.send({ scale: model.get("scale") === "log" ? "clip" : "log" }));
  scale.className = "nbl-scale";
  scale.setAttribute("aria-label", `scale of ${name}`);
  const tools = make("span", "nbl-limits-tools");
  tools.append(scale, reset);
  const head = make("div", "nbl-limits-head");
  head.append(title, tools);
  const row = make("div", "nbl-limits-row");

  /** @type {(pair: Limits) => void} */
  const send = (pair) => store.set([[position(), pair]]);
  /** @type {Limits} what a bound was before it was switched off */
  const earlier = [null, null];
  /** Where a limit begins that never was on: a tenth from the end. @param {number} bound @returns {number} */
  const begin = (bound) => {
    const along = axis();
    if (!along) return 0;
    const { low, high, log, factor, whole } = along;
    const place = bound === 0 ? low + 0.1 * (high - low) : high - 0.1 * (high - low);
    const shown = Number((log ? 10 ** place : place).toPrecision(3));
    return toStored({ factor }, whole ? Math.round(shown) : shown);
  };
  const bounds = /** @type {(0|1)[]} */ ([0, 1]).map((bound) => {
    const side = bound ? "max" : "min";
    const input = document.createElement("input");
    input.type = "number";
    input.step = "any";
    input.placeholder = "off";
    input.setAttribute("aria-label", `${name} ${side}`);
    input.title = `${name} ${side}${model.get("unit") ? ` in ${model.get("unit")}` : ""}; empty switches it off`;
    input.addEventListener("change", () => {
      const along = axis();
      const empty = input.value === "" && !input.validity.badInput;
      if (!along || (!empty && !Number.isFinite(input.valueAsNumber))) {
        input.setAttribute("aria-invalid", "true");
        return;
      }
      input.removeAttribute("aria-invalid");
      send(withLimit(limits(), bound, empty ? null : toStored(along, input.valueAsNumber)));
    });
    const toggle = button(bound === 0 ? "≥" : "≤", `${name} ${side} on`, () => {
      const back = earlier[bound] ?? model.get("defaults")[bound] ?? begin(bound);
      send(withLimit(limits(), bound, limits()[bound] === null ? back : null));
    });
    toggle.className = "nbl-toggle";
    const label = make("span", "nbl-limits-bound");
    label.append(toggle, input);
    if (model.get("unit")) label.append(make("span", "nbl-unit", model.get("unit")));
    row.append(label);
    return { input, toggle };
  });
  const note = make("div", "nbl-limits-note", model.get("note"));
  const canvas = /** @type {HTMLCanvasElement} */ (make("canvas", "nbl-bars"));
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Histogram of ${name}`);
  el.append(head, row, note, canvas);

  // ------------------------------------------------------------------ bars

  /** @type {Int16Array} bin of each unit */
  let places = new Int16Array(0);
  /** @type {Float64Array[]} units by row (label) and bin */
  let heights = [];
  /** The highest stack of the units that are shown. */
  let tallest = 1;
  const rank = () => store.rules.labels.map((label) => store.order.indexOf(label));
  const read = () => {
    const at = position();
    places = at < 0 ? new Int16Array(0) : new Int16Array(copied(store.bins)).slice(at * store.n, (at + 1) * store.n);
    if (store.scope) for (let i = 0; i < places.length; i++) if (!store.isShown(i)) places[i] = -1;
  };
  const count = () => {
    const along = axis();
    if (!along) return;
    heights = stack(places, store.trace.codes, rank(), store.order.length, along.bins);
    // Units that move between labels never change it.
    tallest = store.scope ? Math.max(1, ...Array.from({ length: along.bins }, (_, bin) => heights.reduce((sum, row) => sum + row[bin], 0))) : along.tallest;
  };
  /** @param {Changed|null} changed */
  const recount = (changed) => {
    if (!changed) {
      count();
      return;
    }
    const rows = rank();
    changed.units.forEach((unit, at) => {
      const bin = places[unit];
      if (bin < 0) return;
      heights[rows[changed.before[at]]][bin]--;
      heights[rows[store.trace.codes[unit]]][bin]++;
    });
  };
  let painted = "";
  const paint = () => {
    const along = axis();
    const now = limits();
    if (!along || !now) return;
    const selected = new Float64Array(along.bins);
    for (const unit of store.selection) if (places[unit] >= 0) selected[places[unit]]++;
    const key = `${heights.join(";")}|${selected}|${now}|${store.order}|${sizeOf(canvas).width}|${tallest}|${JSON.stringify(along)}`;
    if (key === painted) return;
    painted = key;
    const style = getComputedStyle(el);
    const [ink, soft] = ["--nbl-ink", "--nbl-soft"].map((color) => style.getPropertyValue(color));
    paintBars(canvas, { ...along, tallest }, heights, store.order.map((label) => store.look(label)), selected, now, { ink, soft, limit: LIMIT_COLOR, fontSize: style.fontSize });
  };
  const schedule = perFrame(() => { paint(); placeHandles(); }, signal, canvas);
  onLook(canvas, () => { painted = ""; schedule(); }, signal);

  // ------------------------------------------------------------------ pointer and handles

  // bqplot's axis lies over the canvas, so pointer and handles are in a layer over both, in the box that holds them.
  const layer = make("div", "nbl-handles");
  let placeHandles = () => {};
  /** @type {(event: MouseEvent) => number} */
  const under = (event) => {
    const along = axis();
    const frame = canvas.getBoundingClientRect();
    const inside = event.clientY > frame.top + ROOM.top && event.clientY < frame.bottom - ROOM.bottom;
    return inside && along ? binAt(along, partUnder(event.clientX, frame)) : -1;
  };
  const say = (/** @type {number} */ bin) => {
    const parts = store.order.flatMap((label, r) => (heights[r]?.[bin] ? [`${heights[r][bin]} ${label}`] : []));
    return parts.length ? `${parts.join(", ")}; click to select` : "";
  };
  let pressed = { x: 0, y: 0 };
  layer.addEventListener("pointerdown", (event) => { pressed = { x: event.clientX, y: event.clientY }; });
  layer.addEventListener("pointermove", (event) => {
    const bin = event.buttons ? -1 : under(event);
    const text = bin < 0 ? "" : say(bin);
    if (layer.title !== text) layer.title = text;
  });
  layer.addEventListener("click", (event) => {
    const bin = under(event);
    if (bin < 0 || Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) >= 4) return;
    const units = Array.from(places.keys()).filter((i) => places[i] === bin);
    const before = event.shiftKey || event.ctrlKey || event.metaKey ? store.selection : [];
    store.select([...new Set([...before, ...units])]);
  });
  requestAnimationFrame(() => {
    if (signal.aborted) return;
    (el.closest(".nbl-histogram") ?? el).append(layer);
    placeHandles = limitHandles(layer, {
      name, axis, limits,
      move: (pair, gesture) => store.drag(position(), pair, gesture),
      drop: () => store.drop(),
      words: (value) => inWords(store, position(), value),
    }, signal);
    placeHandles();
  });
  signal.addEventListener("abort", () => layer.remove());

  // ------------------------------------------------------------------ fields and note

  const update = () => {
    const now = limits();
    const along = axis();
    if (!now || !along) return;
    const defaults = model.get("defaults");
    bounds.forEach(({ input, toggle }, bound) => {
      const limit = now[bound];
      const text = limit === null ? "" : write(limit * along.factor);
      if (input.value !== text) input.value = text;
      if (limit !== null) earlier[bound] = limit;
      toggle.setAttribute("aria-pressed", String(limit !== null));
      toggle.title = `${bound === 0 ? "Lower" : "Upper"} limit is ${limit === null ? "off; press to switch it on" : "on; press to switch it off"}`;
    });
    const log = model.get("scale") === "log";
    scale.textContent = log ? "log" : "lin";
    scale.title = `The axis is ${log ? "logarithmic" : "linear"}; press for ${log ? "linear" : "logarithmic"}`;
    const changed = now[0] !== defaults[0] || now[1] !== defaults[1];
    el.classList.toggle("nbl-changed", changed);
    reset.style.display = changed ? "" : "none";
    el.classList.toggle("nbl-off", now[0] === null && now[1] === null);
  };
  /** What the bars of the units in scope do not show. */
  let hidden = "";
  const countHidden = () => {
    const [at, along] = [position(), axis()];
    hidden = store.scope && along ? noteOf(along, store.values[at], criterion().abs, store.scope.units) : "";
  };
  let gaps = 0;
  const countGaps = () => {
    gaps = 0;
    const states = store.trace.states[position()] ?? [];
    for (let i = 0; i < states.length; i++) if (states[i] === NAN && store.isShown(i)) gaps++;
  };
  const remark = () => {
    const at = position();
    if (at < 0) return;
    const only = store.shown.only[at] ?? 0;
    const parts = [store.scope ? hidden : model.get("note"), neverDecides(store.rules, store.limits, at)];
    if (only) parts.unshift(`decides ${only} ${only === 1 ? "unit" : "units"} on its own`);
    if (2 * gaps > store.shown.n) parts.push(`most units have no value, which ${effectOfMissing(store.rules, at).said}`);
    const text = parts.filter((part) => part).join("; ");
    if (note.textContent !== text) note.textContent = text;
    note.title = only ? `${only} ${only === 1 ? "unit has its" : "units have their"} label because of this criterion alone: every other one is passed` : "";
  };
  const all = () => { read(); count(); countGaps(); countHidden(); update(); remark(); painted = ""; schedule(); };
  all();
  store.on("limits", () => { update(); schedule(); }, signal);
  store.on("selection", schedule, signal);
  store.on("structure scope", all, signal);
  store.on("trace", (changed) => {
    recount(changed);
    if (!changed) countGaps(); // missing values do not change while a limit moves
    remark();
    schedule();
  }, signal);
  listen(model, "change:criterion change:defaults change:scale change:note", all, signal);
}
