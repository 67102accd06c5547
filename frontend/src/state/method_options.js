// The options of a method in the store: their values, what they make of probabilities, the units they leave undecided, and
// how the kernel is told of a slider that is dragged.

import { doubles } from "../core/plain.js";
import { NOISE, NoiseShift, UNDECIDED, binned, undecided, withBins, withTallest } from "./undecided.js";
/** @import { Axis, Limits } from "../core/axis.js" */
/** @import { Cut } from "../core/expected_error.js" */
/** @import { Changed, Labeling } from "../core/relabel.js" */
/** @import { Overlay } from "./overlay.js" */
/** @import { EngineModel, Message } from "./types.js" */
/** @import { Options } from "./undecided.js" */

/** Options of one labeler, and what follows from them. */
export class MethodOptions {
  #noise = new NoiseShift();
  #fixedText = "";
  /** @type {{sent: unknown, values: Float64Array}} */
  #raw = { sent: null, values: new Float64Array(0) };
  /** @type {{sent: unknown, share: number|null, bins: Uint8Array, places: Record<number, Int16Array>}|null} */
  #binned = null;

  /** @param {EngineModel} model @param {Overlay} overlay what the kernel has not acknowledged */
  constructor(model, overlay) {
    this.model = model;
    this.overlay = overlay;
    /** Why units are left undecided, by position. @type {Map<number, string>} */
    this.held = new Map();
    /** Labels that no limit changes: by hand, and "unsure" for units left undecided. @type {Record<string, string>} */
    this.fixed = {};
    /** @type {Cut|null} */
    this.cut = null;
  }

  /** With what the user has changed. @returns {Options} */
  get now() {
    const sent = this.model.get("_options") ?? {};
    const now = Object.fromEntries(Object.keys(sent).map((name) => [name, this.overlay.get(`option:${name}`, sent[name])]));
    return /** @type {Options} */ ({ accept: null, noise_share: null, unfamiliar: "keep", ...now });
  }

  /** The probability of noise with the told share; null as long as none is told. @returns {{shift: number, values: Float64Array}|null} */
  get noise() {
    const share = this.now.noise_share;
    const k = share === null ? -1 : this.model.get("_rules").criteria.findIndex((c) => c.metric === NOISE);
    if (k < 0) return null;
    const sent = this.model.get("_values");
    const n = this.model.get("_n_units");
    if (this.#raw.sent !== sent) this.#raw = { sent, values: doubles(sent).slice(k * n, (k + 1) * n) };
    return this.#noise.of(this.#raw.values, share);
  }

  /** Bins of the shifted probability, in every histogram that shows it; null without a told share. */
  #moved() {
    const share = this.now.noise_share;
    const { noise } = this;
    if (!noise) return null;
    const sent = this.model.get("_bins");
    if (this.#binned?.sent === sent && this.#binned.share === share) return this.#binned;
    const axes = this.model.get("_axes");
    /** @type {Record<number, Int16Array>} */
    const places = {};
    this.model.get("_rules").criteria.forEach((c, k) => {
      const axis = axes[k];
      if (axis && c.metric === NOISE) places[k] = binned(noise.values, axis);
    });
    return (this.#binned = { sent, share, bins: withBins(sent, this.model.get("_n_units"), places), places });
  }
  get bins() { return this.#moved()?.bins ?? this.model.get("_bins"); }
  /** @returns {(Axis|null)[]} */
  get axes() {
    const axes = this.model.get("_axes");
    const moved = this.#moved();
    return moved ? axes.map((axis, k) => (axis && moved.places[k] ? withTallest(axis, moved.places[k]) : axis)) : axes;
  }

  /**
   * Label the units, then leave some undecided.
   * @param {Labeling} labeling @param {Limits[]} limits @param {Record<string, string>} byHand @param {string} hand the same as text
   * @returns {Changed|null}
   */
  update(labeling, limits, byHand, hand) {
    // The rules' labels do not depend on those that are fixed: they tell which units are left undecided.
    const first = labeling.update(limits, this.#fixedBy(byHand, hand));
    const { rules, values, missing, trace } = labeling;
    const shift = this.noise?.shift ?? 0;
    const found = undecided(this.model.get("_undecided"), this.now, rules, limits, values, missing, trace.ruleCodes, byHand, shift);
    [this.held, this.cut] = [found.held, found.cut];
    const before = this.fixed;
    const fixed = this.#fixedBy(byHand, hand);
    return fixed === before ? first : labeling.update(limits, fixed);
  }

  /** @param {Record<string, string>} byHand @param {string} hand @returns {Record<string, string>} the same object as long as nothing changes */
  #fixedBy(byHand, hand) {
    if (!this.held.size) {
      this.#fixedText = "";
      return (this.fixed = byHand);
    }
    const text = `${[...this.held.keys()]}|${hand}`;
    if (text !== this.#fixedText) {
      this.#fixedText = text;
      this.fixed = { ...Object.fromEntries([...this.held.keys()].map((i) => [i, UNDECIDED])), ...byHand };
    }
    return this.fixed;
  }
}

/** Tells the kernel of options: of a slider now and then, and at its end. */
export class OptionMessages {
  #later = 0;
  #gesture = "";
  #toldAt = -Infinity;

  /**
   * @param {Overlay} overlay @param {() => number} next number of the next message
   * @param {(message: Message) => void} tell @param {number} pause ms between two messages of a slider
   */
  constructor(overlay, next, tell, pause) {
    this.overlay = overlay;
    this.next = next;
    this.tell = tell;
    this.pause = pause;
  }
  /** @param {string} name @param {any} value @param {string} gesture */
  set(name, value, gesture) {
    if (this.#gesture !== gesture) this.end();
    this.#gesture = gesture;
    this.overlay.put(`option:${name}`, value);
  }
  /** Tell it now, or in a moment. */
  soon() {
    const wait = this.#gesture ? this.#toldAt + this.pause - performance.now() : 0;
    if (wait <= 0) this.#send();
    else if (!this.#later) this.#later = window.setTimeout(() => this.#send(), wait);
  }
  /** Tell what was not told. */
  end() {
    if (this.#later) this.#send();
    this.#gesture = "";
  }
  stop() { clearTimeout(this.#later); }
  #send() {
    clearTimeout(this.#later);
    this.#later = 0;
    this.#toldAt = performance.now();
    for (const name of this.overlay.under("option:")) {
      if (!this.overlay.told(`option:${name}`, this.next()).length) continue;
      this.tell({ type: "option", name, value: this.overlay.get(`option:${name}`, /** @type {any} */ (null)), gesture: this.#gesture });
    }
  }
}
