// When to work: at most once a frame, only while it is seen, or once the hand rests.

/** @import { Model, ViewState } from "../state/types.js" */

/**
 * Call at most once a frame, and while the element cannot be seen only when it comes into sight, or is printed.
 * @param {() => void} work @param {AbortSignal} signal @param {HTMLElement} el @returns {() => void}
 */
export const perFrame = (work, signal, el) => {
  let frame = 0;
  let seen = false;
  let stale = false;
  const schedule = () => {
    stale = !seen;
    if (stale) return;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(work);
  };
  const sight = new IntersectionObserver((entries) => {
    seen = entries[entries.length - 1].isIntersecting;
    if (seen && stale) schedule();
  }, { rootMargin: "80px" });
  sight.observe(el);
  window.addEventListener("beforeprint", () => {
    if (!stale) return;
    stale = false;
    work();
  }, { signal });
  signal.addEventListener("abort", () => { cancelAnimationFrame(frame); sight.disconnect(); });
  return schedule;
};

/**
 * Call when nothing has happened for a moment: what is slow, or would jump under the hand, is not done in every frame of a drag.
 * @param {() => void} work @param {AbortSignal} signal @returns {() => void}
 */
export const atRest = (work, signal) => {
  let waiting = 0;
  signal.addEventListener("abort", () => clearTimeout(waiting));
  return () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(work, 150);
  };
};

/**
 * Listen to a model for as long as the view lives.
 * @param {Pick<Model<ViewState>, "on"|"off">} model @param {string} names @param {() => void} listener @param {AbortSignal} signal
 */
export const listen = (model, names, listener, signal) => {
  model.on(names, listener);
  signal.addEventListener("abort", () => model.off(names, listener));
};
