// Handles of limits: dragged with a pointer or moved with keys, the same in the notebook and in a saved page.

import { fromAxis, limitPlaces, movedLimit } from "../core/axis.js";
import { leftOf, partUnder } from "./bars.js";
import { make } from "./dom.js";
/** @import { Axis, Limits } from "../core/axis.js" */

/** Part of the axis that an arrow key moves a handle by; Page Up and Page Down move it ten times as far. */
const STEP = 0.01;

/**
 * @typedef {object} HandleOptions
 * @property {string} name of the metric
 * @property {() => Axis|null} axis
 * @property {() => Limits|undefined} limits in stored units
 * @property {(limits: Limits, gesture: string) => void} move called while a handle is dragged
 * @property {() => void} drop called when it is let go
 * @property {(value: number) => string} words a limit in shown units
 */

/**
 * Put both handles into a layer over the bars of one criterion.
 * @param {HTMLElement} layer of the width and height of the bars @param {HandleOptions} options @param {AbortSignal} signal
 * @returns {() => void} places them where the limits are
 */
export function limitHandles(layer, { name, axis, limits, move, drop, words }, signal) {
  let gestures = 0;
  /** @type {{bound: 0|1, gesture: string, pointer: number}|null} */
  let held = null;

  /** The limits with one of them at a place on the axis; it does not pass the other one. @param {0|1} bound @param {number} place */
  const moved = (bound, place) => {
    const now = limits();
    const along = axis();
    if (!now || !along) return null;
    return movedLimit(now, bound, fromAxis(along, place + (bound === 0 ? along.half : -along.half)));
  };
  /** @param {0|1} bound @param {number} place @param {string} gesture */
  const moveTo = (bound, place, gesture) => {
    const pair = moved(bound, place);
    const now = limits();
    if (pair && now && pair[bound] !== now[bound]) move(pair, gesture);
  };
  const newGesture = () => `${name}-${gestures++}-${performance.now()}`;
  const letGo = () => {
    if (!held) return;
    held = null;
    drop();
  };

  const handles = /** @type {(0|1)[]} */ ([0, 1]).map((bound) => {
    const side = bound ? "max" : "min";
    const handle = make("div", "nbl-handle");
    handle.tabIndex = 0;
    handle.setAttribute("role", "slider");
    handle.setAttribute("aria-label", `${name} ${side} handle`);
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      handle.setPointerCapture(event.pointerId);
      held = { bound, gesture: newGesture(), pointer: event.pointerId };
      event.preventDefault();
      handle.focus({ preventScroll: true });
    }, { signal });
    handle.addEventListener("pointermove", (event) => {
      const along = axis();
      if (!held || held.bound !== bound || event.pointerId !== held.pointer || !along) return;
      const part = partUnder(event.clientX, layer.getBoundingClientRect());
      moveTo(bound, along.from + part * (along.high - along.from), held.gesture);
    }, { signal });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) handle.addEventListener(end, letGo, { signal });
    handle.addEventListener("click", (event) => event.stopPropagation(), { signal });
    handle.addEventListener("keydown", (event) => {
      const along = axis();
      const now = limits();
      if (!along || !now || event.altKey || event.ctrlKey || event.metaKey) return;
      const place = limitPlaces(along, now)[bound];
      if (place === null) return;
      const unit = Math.max(STEP * (along.high - along.low), along.whole && !along.log ? 1 : 0);
      const far = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
      if (event.key === "Home") moveTo(bound, along.low, newGesture());
      else if (event.key === "End") moveTo(bound, along.high, newGesture());
      else if (far === undefined) return;
      else moveTo(bound, place + far * unit, newGesture());
      drop();
      event.preventDefault();
      event.stopPropagation();
    }, { signal });
    return handle;
  });
  layer.append(...handles);

  return () => {
    const along = axis();
    const now = limits();
    if (!along || !now) return;
    const places = limitPlaces(along, now);
    handles.forEach((handle, bound) => {
      const place = places[bound];
      const limit = now[bound];
      handle.style.display = place === null ? "none" : "";
      if (place === null || limit === null) return;
      handle.style.left = leftOf(along, place);
      const shown = (/** @type {number} */ at) => String(Number((along.log ? 10 ** at : at).toPrecision(6)));
      handle.setAttribute("aria-valuemin", shown(along.low));
      handle.setAttribute("aria-valuemax", shown(along.high));
      handle.setAttribute("aria-valuenow", String(Number((limit * along.factor).toPrecision(6))));
      handle.setAttribute("aria-valuetext", words(limit));
      handle.title = `${name} ${bound ? "max" : "min"}: ${words(limit)}; drag, or use the arrow keys`;
    });
  };
}
