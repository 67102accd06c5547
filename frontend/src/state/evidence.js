// What the kernel knows of units, asked for part by part: the quick part first, and the next units ahead of time.

import { bytesOf, copied, floats } from "../core/plain.js";
import { Requests } from "./requests.js";
/** @import { Model, ViewState } from "./types.js" */
/** @import { Store } from "./store.js" */

/** Parts of a unit, in the order in which they are asked for. */
export const PARTS = ["shape", "train", "spread"];
/** Units that are kept, and those that are fetched ahead. */
const MOST = 120, AHEAD = 2;

/** @typedef {Record<string, any> & {missing: string[]}} Known everything known of a unit */
/** @typedef {{data: Known, parts: Set<string>, asked: Set<string>, version: number}} Entry */

/** @param {string} type @param {DataView|Uint8Array} bytes */
const decoded = (type, bytes) => {
  if (type === "u1") return bytesOf(bytes).slice();
  if (type === "i2") return new Int16Array(copied(bytes));
  return floats(bytes);
};

export class Evidence {
  /**
   * @param {Pick<Model<ViewState>, "send"|"on"|"off"|"get">} model of the view @param {Store} store @param {AbortSignal} signal
   * @param {(unit: number, said: string) => void} onChange called when more is known of a unit, or why nothing is
   */
  constructor(model, store, signal, onChange) {
    this.store = store;
    this.onChange = onChange;
    this.requests = new Requests(model, signal);
    /** @type {Map<number, Entry>} */
    this.units = new Map();
    this.now = -1;
    this.ahead = false;
    this.round = 0;
    const onShown = () => { this.units.clear(); this.ahead = false; this.round++; this.onChange(this.now, ""); };
    model.on("change:_shown", onShown);
    signal.addEventListener("abort", () => model.off("change:_shown", onShown));
  }

  /** @param {number} unit position @returns {Entry|undefined} */
  get(unit) { return this.units.get(unit); }

  /** Whether all parts of a unit are here. @param {number} unit */
  isWhole(unit) { return this.units.get(unit)?.parts.size === PARTS.length; }

  /** Ask for what is not known of a unit; the units after it follow quietly. @param {number} unit @returns {boolean} whether it waits */
  want(unit) {
    this.now = unit;
    const entry = this.#entry(unit);
    for (const part of PARTS) if (!entry.parts.has(part) && !entry.asked.has(part)) this.#ask(unit, part, false);
    if (this.isWhole(unit)) this.#fetchAhead();
    return entry.parts.size === 0;
  }

  /** @param {number} unit @returns {Entry} */
  #entry(unit) {
    const known = this.units.get(unit);
    const entry = known ?? { data: { missing: [] }, parts: new Set(), asked: new Set(), version: 0 };
    this.units.delete(unit);
    this.units.set(unit, entry); // looked at last, forgotten last
    if (this.units.size > MOST) this.units.delete(this.units.keys().next().value ?? -1);
    return entry;
  }

  /** One question at a time, so that the unit that is looked at next never waits for more than one. */
  #fetchAhead() {
    if (this.ahead) return;
    for (const unit of this.store.nextUnits(AHEAD)) {
      const entry = this.#entry(unit);
      const part = PARTS.find((name) => !entry.parts.has(name) && !entry.asked.has(name));
      if (!part) continue;
      this.ahead = true;
      this.#ask(unit, part, true);
      return;
    }
  }

  /** @param {number} unit @param {string} part @param {boolean} ahead */
  #ask(unit, part, ahead) {
    const entry = this.#entry(unit);
    const round = this.round;
    entry.asked.add(part);
    const over = () => {
      entry.asked.delete(part);
      if (ahead && round === this.round) this.ahead = false;
    };
    this.requests.ask({ unit: this.store.ids[unit], part, ...(ahead ? { ahead } : {}) }, {
      onAnswer: (content, buffers) => {
        over();
        if (round !== this.round) return; // of an analyzer that is no longer shown
        if (content.error) {
          if (unit === this.now) this.onChange(unit, String(content.error));
          return;
        }
        this.#take(entry, part, content, buffers);
        if (unit === this.now) this.onChange(unit, "");
        if (this.isWhole(this.now)) this.#fetchAhead();
      },
      onSilence: (text) => { over(); if (unit === this.now) this.onChange(unit, text); },
    });
  }

  /** @param {Entry} entry @param {string} part @param {any} content @param {DataView[]} buffers */
  #take(entry, part, content, buffers) {
    const { arrays = [], types = [], missing = [], ...plain } = content;
    const values = arrays.map((/** @type {string} */ name, /** @type {number} */ at) => [name, decoded(types[at] ?? "f4", buffers[at])]);
    const said = [...entry.data.missing, ...missing];
    Object.assign(entry.data, plain, Object.fromEntries(values), { missing: [...new Set(said)] });
    entry.parts.add(part);
    entry.version++;
  }
}
