// What the kernel knows of units, asked for part by part: the quick part first, and the next units ahead of time.

import { bytesOf, copied, floats } from "../core/plain.js";
import { Requests } from "./requests.js";
/** @import { Model, ViewState } from "./types.js" */
/** @import { Store } from "./store.js" */

/** Parts of a unit, in the order in which they are asked for. */
export const PARTS = ["shape", "train", "spread"];
/** Units that are kept. */
const MOST = 120;
/** Units that are fetched ahead, and questions about them that are open at once: of a kernel that answers soon, and of one far away. */
const NEAR = { units: 2, open: 1 }, FAR = { units: 4, open: 12 };
/** ms that an answer takes from a kernel that is far away, and how many answers are looked at. */
const LATE = 100, LOOKED_AT = 3;

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
    /** Questions about later units that are open. */
    this.ahead = 0;
    this.round = 0;
    /** ms that answers took which waited for no other one, the last ones. @type {number[]} */
    this.lags = [];
    const onShown = () => { this.units.clear(); this.ahead = 0; this.round++; this.onChange(this.now, ""); };
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
    if (this.isWhole(unit) || this.isFar) this.#fetchAhead();
    return entry.parts.size === 0;
  }

  /** Whether answers take so long that one question after the other would not keep up with a curator: a slow link, a busy kernel. */
  get isFar() { return this.lags.length === LOOKED_AT && Math.min(...this.lags) > LATE; }

  /** @param {number} unit @returns {Entry} */
  #entry(unit) {
    const known = this.units.get(unit);
    const entry = known ?? { data: { missing: [] }, parts: new Set(), asked: new Set(), version: 0 };
    this.units.delete(unit);
    this.units.set(unit, entry); // looked at last, forgotten last
    if (this.units.size > MOST) this.units.delete(this.units.keys().next().value ?? -1);
    return entry;
  }

  /**
   * Ask for the units that come next: one question at a time, so that the unit that is looked at never waits for more than one;
   * many at a time where the way to the kernel takes longer than its work.
   */
  #fetchAhead() {
    const { units, open } = this.isFar ? FAR : NEAR;
    for (const unit of this.store.nextUnits(units)) {
      const entry = this.#entry(unit);
      for (const part of PARTS) {
        if (this.ahead >= open) return;
        if (entry.parts.has(part) || entry.asked.has(part)) continue;
        this.ahead++;
        this.#ask(unit, part, true);
      }
    }
  }

  /** @param {number} unit @param {string} part @param {boolean} ahead */
  #ask(unit, part, ahead) {
    const entry = this.#entry(unit);
    const round = this.round;
    entry.asked.add(part);
    let isOpen = true;
    // Once: an answer may come after it was said that none has.
    const over = () => {
      if (!isOpen) return;
      isOpen = false;
      entry.asked.delete(part);
      if (ahead && round === this.round) this.ahead--;
    };
    const alone = this.requests.open.size === 0;
    const sent = performance.now();
    this.requests.ask({ unit: this.store.ids[unit], part, ...(ahead ? { ahead } : {}) }, {
      onAnswer: (content, buffers) => {
        over();
        if (alone) this.lags = [...this.lags, performance.now() - sent].slice(-LOOKED_AT);
        if (round !== this.round) return; // of an analyzer that is no longer shown
        if (content.error) {
          if (unit === this.now) this.onChange(unit, String(content.error));
          return;
        }
        this.#take(entry, part, content, buffers);
        if (unit === this.now) this.onChange(unit, "");
        if (this.isWhole(this.now) || this.isFar) this.#fetchAhead();
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
