// Questions that a view asks the kernel: each has a number, and a time after which it is said that no answer came.

/** @typedef {Record<string, unknown> & {request: number}} Answer what the kernel says; the view knows its parts */
/** @typedef {{onAnswer: (content: Answer, buffers: DataView[]) => void, onSilence: (text: string) => void}} Expected */

/** @import { Model, ViewState } from "./types.js" */

/** Seconds until it is said that the kernel has not answered. */
export const PATIENCE = 10;

/** The questions of one view. An answer that comes late is still taken. */
export class Requests {
  /**
   * @param {Pick<Model<ViewState>, "send"|"on"|"off">} model of the view @param {AbortSignal} signal
   * @param {number} [patience] in seconds
   */
  constructor(model, signal, patience = PATIENCE) {
    this.model = model;
    this.patience = patience;
    this.asked = 0;
    /** @type {Map<number, Expected & {timer: number}>} */
    this.open = new Map();
    const onMessage = (/** @type {Answer|null} */ content, /** @type {DataView[]} */ buffers) => this.#onMessage(content, buffers);
    model.on("msg:custom", onMessage);
    signal.addEventListener("abort", () => {
      model.off("msg:custom", onMessage);
      for (const { timer } of this.open.values()) clearTimeout(timer);
    });
  }

  /** @param {object} content @param {Expected} expected @returns {number} number of the request */
  ask(content, expected) {
    const request = ++this.asked;
    const timer = window.setTimeout(
      () => expected.onSilence(`The kernel has not answered for ${this.patience} s: it is busy or gone. What was asked is done when it is free.`),
      1000 * this.patience,
    );
    this.open.set(request, { ...expected, timer });
    try {
      this.model.send({ ...content, request });
    } catch (error) {
      this.forget(request);
      expected.onSilence(`The kernel cannot be reached: ${error instanceof Error ? error.message : error}`);
    }
    return request;
  }

  /** @param {number} request */
  forget(request) {
    clearTimeout(this.open.get(request)?.timer);
    this.open.delete(request);
  }

  /** @param {Answer|null} content @param {DataView[]} buffers */
  #onMessage(content, buffers) {
    const expected = content ? this.open.get(content.request) : undefined;
    if (!content || !expected) return; // answered before, or the answer to somebody else
    this.forget(content.request);
    expected.onAnswer(content, buffers);
  }
}
