// Units that are gone through one after the other, and labels by hand for the one that is shown: by its id, seen at once,
// pending until the kernel has it. No label goes to a unit that has not been on screen.

/** @import { Store } from "./store.js" */

/** ms that a unit is on screen until keys label it: one pressed earlier was meant for the unit before. */
export const REST = 120;
/** Seconds above which a time is a pause, and is left out. */
const PAUSE = 60;
/** Seconds until it is said that the kernel has not answered. */
export const PATIENCE = 10;
/** Times that are kept. */
const KEPT = 500;
/** Units after the one shown that stay where they are when the order is renewed: what is shown of them is there already. */
const AHEAD = 2;

/** @typedef {{unit: number, label: string|null, why: string}} Refused */

export class Queue {
  #store;
  #number = -1;
  #since = 0;
  #seen = -1;
  /** Labels given here, the last one last. @type {{units: number[], before: (string|null)[]}[]} */
  #given = [];
  /** Elements that show the evidence on a unit. @type {Set<HTMLElement>} */
  #cards = new Set();

  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    /** Positions in their order. @type {number[]} */
    this.units = [];
    /** Where in them; their number after the last one. */
    this.at = 0;
    this.order = "";
    this.title = "";
    /** Units that come because they were drawn at random. @type {Set<number>} */
    this.drawn = new Set();
    /** What is said of those drawn at random, and of the others, where units come for a reason. @type {Record<string, string>} */
    this.reasons = {};
    /** Seconds that units took. @type {number[]} */
    this.seconds = [];
    /** Labels that the kernel did not take. @type {Refused[]} */
    this.refused = [];
    /** Written to the next label. */
    this.note = "";
    /** What a key did not do, in words. */
    this.said = "";
    this.follow();
  }

  // ------------------------------------------------------------------ what is read

  get active() { return this.units.length > 0; }
  /** Position of the unit that keys label; -1 if there is none. */
  get shown() {
    const chosen = this.#store.selection;
    return chosen.length ? chosen[chosen.length - 1] : -1;
  }
  /** Why the unit that is shown comes now, in words. */
  get why() {
    if (!this.active || this.shown < 0) return "";
    return this.reasons[this.drawn.has(this.shown) ? "drawn" : "asked"] ?? "";
  }
  /** Median seconds a unit; NaN before the first. */
  get pace() {
    const sorted = [...this.seconds].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    return sorted.length ? (sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2) : NaN;
  }
  /** Units of the queue (of all where there is none) that have a label by hand. */
  get labeled() {
    const given = this.#store.byHand;
    return this.active ? this.units.filter((unit) => given[unit] !== undefined) : Object.keys(given).map(Number);
  }

  /**
   * Units after the one that is shown, in the order in which "next" shows them: those without a label by hand, from here to the
   * end and then from the start; where all have one, those that follow. @param {number} n @returns {number[]}
   */
  next(n) {
    const left = this.#left();
    return (left.length ? left : this.units.slice(this.at + 1)).slice(0, n);
  }

  // ------------------------------------------------------------------ the kernel's end

  /** Take what the kernel says is gone through. */
  follow() {
    const store = this.#store;
    const sent = store.model.get("_queue") ?? {};
    if (!sent.units?.length) {
      this.#number = sent.number ?? -1;
      [this.units, this.order, this.title] = [[], "", ""];
      return;
    }
    const places = new Map(store.ids.map((id, at) => [id, at]));
    const units = sent.units.map((/** @type {string} */ id) => places.get(id) ?? -1).filter((/** @type {number} */ at) => at >= 0);
    [this.order, this.title, this.reasons] = [sent.order ?? "", sent.title ?? "", sent.why ?? {}];
    this.drawn = new Set((sent.drawn ?? []).map((/** @type {string} */ id) => places.get(id) ?? -1));
    if (sent.number === this.#number) {
      this.#renew(units);
      return;
    }
    this.#number = sent.number ?? -1;
    this.units = units;
    const place = store.model.get("_place");
    this.at = place === null || place === undefined ? units.length : Math.max(0, units.indexOf(places.get(place) ?? -1));
    this.seconds = [...(store.model.get("_seconds") ?? [])];
    this.said = "";
    this.#enter();
  }

  /** Another order of the same units: what was shown stays, and what is about to be. @param {number[]} units */
  #renew(units) {
    const stay = this.units.slice(0, this.at + 1 + AHEAD);
    const kept = new Set(stay);
    const rest = units.filter((unit) => !kept.has(unit));
    const given = this.#store.byHand;
    const done = rest.filter((unit) => given[unit] !== undefined);
    this.at += done.length;
    this.units = [...done, ...stay, ...rest.filter((unit) => given[unit] === undefined)];
  }

  /** A unit was selected, here or elsewhere. */
  onSelection() {
    const now = this.shown;
    if (now === this.#seen) return;
    const at = this.units.indexOf(now);
    if (at >= 0) this.at = at;
    this.#enter();
  }

  #enter() {
    this.#since = performance.now();
    this.#seen = -1;
  }

  /** Labels that the kernel has dealt with and not taken. @param {Refused[]} refused @param {number[]} taken */
  onAnswer(refused, taken) {
    const dealt = new Set([...taken, ...refused.map(({ unit }) => unit)]);
    this.refused = [...this.refused.filter(({ unit }) => !dealt.has(unit)), ...refused];
    for (const { unit } of refused) {
      // It comes next again.
      const at = this.units.indexOf(unit);
      if (at < 0 || at >= this.at) continue;
      this.units.splice(at, 1);
      this.at -= 1;
      this.units.splice(this.at + 1, 0, unit);
    }
  }

  // ------------------------------------------------------------------ what is on screen

  /** An element shows the evidence on units: none is labeled before it has shown it. @param {HTMLElement} el @param {AbortSignal} signal */
  showsIn(el, signal) {
    this.#cards.add(el);
    signal.addEventListener("abort", () => this.#cards.delete(el));
  }

  /** The evidence on a unit is drawn, or why there is none. @param {number} unit */
  showed(unit) {
    if (unit !== this.shown || unit === this.#seen) return;
    this.#seen = unit;
    this.#since = performance.now();
    this.said = "";
    this.#store.tellOfQueue();
  }

  /** Whether a card is in sight. */
  get isWatched() { return [...this.#cards].some((el) => el.isConnected && el.getClientRects().length > 0); }

  /** Whether keys may label the unit that is selected: it has been seen. */
  get isSeen() {
    if (!this.active) return true;
    return (!this.isWatched || this.#seen === this.shown) && performance.now() - this.#since >= REST;
  }

  // ------------------------------------------------------------------ what is done

  /** Go through units. @param {string|null} order null ends it @param {number[]|null} [units] where the browser knows them */
  start(order, units = null) {
    const ids = this.#store.ids;
    this.#store.ask({ type: "review", order, units: units && units.map((unit) => ids[unit]) });
  }

  /**
   * Label the unit that is shown, and go on. @param {string|null} label null leaves it to the rules
   * @param {boolean} [all] whether all selected units get it
   */
  give(label, all = false) {
    const store = this.#store;
    const now = this.shown;
    if (now < 0) return this.#say("no unit is selected: space shows the next one");
    if (!this.isSeen) {
      // A card that was scrolled out of sight comes back: it draws what keys would label.
      if (this.#seen !== now) for (const el of this.#cards) el.scrollIntoView({ block: "nearest" });
      return this.#say(this.#seen === now || !this.active ? "" : `unit ${store.ids[now]} is not on screen yet: the key was not taken`);
    }
    const units = all ? store.selection : [now];
    this.#given.push({ units, before: units.map((unit) => store.byHand[unit] ?? null) });
    const note = this.note;
    [this.note, this.said] = ["", ""];
    window.setTimeout(() => store.tellOfQueue(), 1000 * PATIENCE + 50);
    store.override(units, label, note);
    if (this.active && label !== null) this.go(1, true);
    else store.tellOfQueue();
  }

  /** Go to the next unit, or back. @param {1|-1} by @param {boolean} [done] whether the one shown was labeled just now */
  go(by, done = false) {
    const took = (performance.now() - this.#since) / 1000;
    const now = this.units[this.at];
    const given = this.#store.byHand;
    /** @type {number} */
    let at;
    if (by < 0) at = Math.max(0, this.at - 1);
    // A unit outside the queue was looked at in between.
    else if (now !== undefined && this.shown !== now && given[now] === undefined) at = this.at;
    else {
      const [next] = done || now === undefined ? this.#left() : this.next(1);
      // The only one without a label stays.
      if (next === undefined && now !== undefined && given[now] === undefined) return;
      at = next === undefined ? this.units.length : this.units.indexOf(next);
    }
    if (at === this.at && this.units[at] === this.shown) return;
    const seconds = by > 0 && this.shown >= 0 && took <= PAUSE ? took : null;
    if (seconds !== null) this.seconds = [...this.seconds, seconds].slice(-KEPT);
    this.at = at;
    this.#show(this.units[at] ?? -1, seconds);
  }

  /** Take the last label by hand back, and show its unit again. */
  undo() {
    const store = this.#store;
    const waits = store.pending.size > 0;
    const top = this.#given.pop();
    const last = store.model.get("_last");
    const known = last === null || last === undefined ? -1 : store.ids.indexOf(last);
    const unit = waits && top ? top.units[top.units.length - 1] : known;
    if (waits && !top) return this.#say("the last labels are not kept yet: wait for the kernel");
    if (unit < 0) return this.#say("there is no label by hand to take back");
    const mine = top?.units.includes(unit) ? top : null;
    if (!mine) this.#given = [];
    /** @type {Record<string, unknown>} */
    const changes = { selection: [unit] };
    mine?.units.forEach((each, i) => { changes[`hand:${each}`] = mine.before[i]; });
    this.said = "";
    store.ask({ type: "take_back", unit: store.ids[unit] }, changes);
  }

  /** Units of the queue without a label by hand, from here on and then from the start, but the one shown. @returns {number[]} */
  #left() {
    const given = this.#store.byHand;
    return [...this.units.slice(this.at + 1), ...this.units.slice(0, this.at)].filter((unit) => given[unit] === undefined);
  }

  /** @param {number} unit -1: none @param {number|null} seconds */
  #show(unit, seconds) {
    const store = this.#store;
    store.ask({ type: "show", unit: unit < 0 ? null : store.ids[unit], seconds }, { selection: unit < 0 ? [] : [unit] });
  }

  /** @param {string} words */
  #say(words) {
    this.said = words;
    this.#store.tellOfQueue();
  }
}
