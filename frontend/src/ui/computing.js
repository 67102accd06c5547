// What is missing is computed in the kernel: a button, how far it is, and a way to stop it.

import { Requests } from "../state/requests.js";
import { button, make } from "./dom.js";
/** @import { Model, ViewState } from "../state/types.js" */

/**
 * What the kernel tells of it. @typedef {{lacking: string, running: boolean, said: string, failed: boolean, done: number,
 * total: number}} Computing
 */

/**
 * The bar above the table of missing values; hidden where nothing is missing and in a saved page, which has no kernel.
 * @param {Model<ViewState>} model of the view @param {AbortSignal} signal @returns {HTMLElement}
 */
export function computing(model, signal) {
  const bar = make("div", "nbl-bar nbl-computing");
  const said = make("span", "nbl-soft");
  said.setAttribute("role", "status");
  const progress = /** @type {HTMLProgressElement} */ (make("progress", "nbl-progress"));
  progress.setAttribute("aria-label", "Metrics computed");
  const requests = new Requests(model, signal);
  /** @param {string} text @param {boolean} failed */
  const say = (text, failed) => {
    if (said.textContent !== text) said.textContent = text;
    said.classList.toggle("nbl-error", failed);
  };
  /** @param {"compute"|"cancel"} what */
  const ask = (what) => {
    requests.ask({ do: what }, {
      onAnswer: (answer) => { if (answer.error) say(String(answer.said), true); },
      onSilence: (text) => say(text, true),
    });
  };
  const start = button("Compute what is missing", "Compute what is missing", () => ask("compute"));
  const stop = button("Cancel", "Cancel computing: takes effect before the next step", () => ask("cancel"));
  bar.append(start, stop, progress, said);

  const update = () => {
    const now = /** @type {Computing|undefined} */ (model.get("_computing"));
    bar.hidden = !now || (!now.lacking && !now.running && !now.said);
    if (!now) return;
    start.disabled = now.running;
    start.hidden = !now.lacking && !now.running;
    start.title = `Compute with SpikeInterface, in the background: ${now.lacking}`;
    stop.hidden = progress.hidden = !now.running;
    progress.max = Math.max(1, now.total);
    progress.value = now.done;
    say(now.said, now.failed);
  };
  model.on("change:_computing", update);
  signal.addEventListener("abort", () => model.off("change:_computing", update));
  update();
  return bar;
}
