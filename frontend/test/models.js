// Models of a labeler without a notebook: what the kernel would send, from the common corpus.

import { playKernel } from "../src/state/page_kernel.js";
import { PageModel } from "../src/state/page_model.js";
import { Store } from "../src/state/store.js";
import { corpus } from "./corpus.js";

/** @param {any} value @returns {any} */
const decoded = (value) => {
  if (Array.isArray(value)) return value.map(decoded);
  if (value && typeof value === "object" && typeof value.base64 === "string") {
    return Uint8Array.from(atob(value.base64), (letter) => letter.charCodeAt(0));
  }
  return value;
};
const withBytes = (state) => Object.fromEntries(Object.entries(state).map(([name, value]) => [name, decoded(value)]));

/** A labeler with the state that the kernel would send. @param {object} state */
export const labelerOf = (state) => {
  const engine = new PageModel(withBytes(state));
  const stop = new AbortController();
  const sent = [];
  engine.receive = (message) => sent.push(message);
  return { engine, store: new Store(engine, stop.signal), stop, sent };
};

/** @returns {{engine: PageModel, store: Store, views: Record<string, any>[], stop: AbortController, sent: any[]}[]} one a method */
export const labelers = () =>
  corpus("views").map(({ engine, views }) => ({ ...labelerOf(engine), views: views.map(withBytes) }));

/** Let the page's kernel answer. @param {PageModel} engine */
export const answered = (engine) => {
  playKernel(engine, { ...engine.get("limits") });
  return engine;
};
