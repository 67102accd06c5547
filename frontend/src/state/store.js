// The state of one labeler in the browser: the kernel's inputs, what the user has changed since, and the labels that
// follow from both. Views read it, listen to it, and ask it for changes; nothing else talks to the engine's model.
// Longer than 350 lines: it is the one object through which views read and change a labeler.

import { bytesOf, doubles } from "../core/plain.js";
import { Labeling } from "../core/relabel.js";
import { asksForMissing } from "../core/rules.js";
import { Deeds } from "./deeds.js";
import { MethodOptions, OptionMessages } from "./method_options.js";
import { Overlay } from "./overlay.js";
import { Queue } from "./queue.js";
import { NOISE } from "./undecided.js";
/** @import { Axis, Limits } from "../core/axis.js" */
/** @import { Method } from "../core/explanation.js" */
/** @import { Changed } from "../core/relabel.js" */
/** @import { RuleSet, Trace } from "../core/rules.js" */
/** @import { Scope } from "./scope.js" */
/** @import { EngineModel, Look, Message } from "./types.js" */
/** @import { Options } from "./undecided.js" */

/** Least time between two messages of a drag, in ms: each one makes the notebook show the kernel busy and idle again. */
const PAUSE = 200;

/**
 * Events: "trace" (labels; its detail says which units were judged again, or null for all), "limits", "selection",
 * "hand" (labels by hand and their notes), "structure" (criteria, labels, looks, axes), "history" (undo, errors),
 * "scope" (the part of the units that views show), "queue" (what is gone through, and keys that were not taken).
 */
export class Store extends EventTarget {
  #overlay = new Overlay();
  #client = Math.random().toString(36).slice(2, 10);
  #messages = 0;
  /** @type {number} */
  #toldAt = -Infinity;
  #later = 0;
  #gesture = "";
  #labeling;
  #options;
  #optionMessages;
  #hand = "";
  #revision = -1;
  /** @type {{sent: DataView|Uint8Array|null, all: Float64Array}} */
  #metrics = { sent: null, all: new Float64Array(0) };
  /** @type {Record<string, string>} */
  #byHand = {};
  /** @type {Scope|null} */
  #scope = null;

  /** @param {EngineModel} model @param {AbortSignal} signal */
  constructor(model, signal) {
    super();
    this.model = model;
    /** Units in the order of the unit table, which "next unit" follows; null without a table. @type {number[]|null} */
    this.listed = null;
    this.#options = new MethodOptions(model, this.#overlay);
    this.#optionMessages = new OptionMessages(this.#overlay, () => this.#messages + 1, (message) => this.#tell(message), PAUSE);
    this.#labeling = this.#made();
    this.#relabel();
    /** Units that are gone through, and labels by hand. */
    this.queue = new Queue(this);
    /** Keys of views, besides those of labels. */
    this.deeds = new Deeds();
    this.addEventListener("selection", () => this.queue.onSelection());
    /** @type {[string, () => void][]} */
    const events = [
      ["change:_revision", () => this.#restructure()],
      ["change:limits", () => this.#onLimits()],
      ["change:selection", () => this.#emit("selection")],
      ["change:by_hand change:_hand_notes", () => this.#onHand()],
      ["change:_queue", () => { this.queue.follow(); this.tellOfQueue(); }],
      ["change:_last change:_orders", () => this.tellOfQueue()],
      ["change:_hand_keys change:_key_labels change:_merge_keys", () => this.#emit("structure")],
      ["change:_acknowledged", () => this.#onAcknowledged()],
      ["change:_options", () => this.#onOptions()],
      ["change:_undecided", () => { if (this.#isCurrent()) this.#relabel("options"); }],
      ["change:_history change:error", () => this.#emit("history")],
    ];
    for (const [names, listener] of events) model.on(names, listener);
    signal.addEventListener("abort", () => {
      clearTimeout(this.#later);
      this.#optionMessages.stop();
      for (const [names, listener] of events) model.off(names, listener);
    });
  }

  /**
   * Call with every event of these names, for as long as the signal lives.
   * @param {string} names with spaces between them @param {(changed: Changed|null) => void} listener @param {AbortSignal} signal
   */
  on(names, listener, signal) {
    for (const name of names.split(" ")) {
      this.addEventListener(name, (event) => listener(/** @type {CustomEvent} */ (event).detail), { signal });
    }
  }

  // ------------------------------------------------------------------ inputs

  get n() { return this.model.get("_n_units"); }
  get ids() { return this.model.get("_ids"); }
  get axes() { return this.#options.axes; }
  get steps() { return this.model.get("_steps"); }
  get keys() { return this.model.get("_keys"); }
  get bins() { return this.#options.bins; }
  get looks() { return this.model.get("_looks"); }
  get defaultCounts() { return this.model.get("_default_counts"); }
  get handLabels() { return this.model.get("_hand_labels"); }
  get keyLabels() { return this.model.get("_key_labels") ?? []; }
  get handKeys() { return this.model.get("_hand_keys"); }
  /** Keys that answer a proposal to merge units: accept, reject. @returns {Record<string, string>} */
  get mergeKeys() { return this.model.get("_merge_keys") ?? {}; }
  get handNotes() { return this.model.get("_hand_notes"); }
  get notes() { return this.model.get("_notes") ?? {}; }
  get unusable() { return this.model.get("_unusable"); }
  get metricNames() { return this.model.get("_metric_names"); }
  get metricUnits() { return this.model.get("_metric_units"); }
  get history() { return this.model.get("_history"); }
  get error() { return this.model.get("error"); }
  get missing() { return this.#labeling.missing; }
  get values() { return this.#labeling.values; }
  /** Criteria and rules, with what the user has changed of them. */
  get rules() { return /** @type {RuleSet & {name: string}} */ (this.#labeling.rules); }
  /** One pair a criterion, in stored units. */
  get limits() { return this.#labeling.limits; }
  /** Options of the method, with what the user has changed. @returns {Options} */
  get options() { return this.#options.now; }
  /** Labels by position. */
  get byHand() { return this.#byHand; }
  /** Units whose label by hand the kernel has not acknowledged. */
  get pending() { return new Set(this.#overlay.under("hand:").map(Number)); }
  /** Seconds that the oldest of them waits. */
  get waiting() { return this.#overlay.age("hand:"); }
  get selection() { return this.#overlay.get("selection", this.model.get("selection")); }
  /** The order in which labels are shown. */
  get order() {
    const known = this.model.get("_order");
    return [...known, ...this.rules.labels.filter((label) => !known.includes(label) && !this.model.get("_rules").labels.includes(label))];
  }

  // ------------------------------------------------------------------ what is derived

  /** @type {Trace} */
  get trace() { return this.#labeling.trace; }
  /** Why units are left undecided, by position. */
  get held() { return this.#options.held; }
  /** Labels that no limit changes, by position: by hand, and "unsure" where units are left undecided. */
  get fixed() { return this.#options.fixed; }
  /** Which labels are accepted by their expected error; null where nothing was asked. */
  get accepted() { return this.#options.cut; }
  /** How many units have each criterion as their only reason. */
  get only() { return this.#labeling.only; }
  /** Units of each label, by its code. */
  get counts() { return this.#labeling.counts; }
  /** What views are limited to; null: they show all units. */
  get scope() { return this.#scope; }
  /** Whether views show a unit. @param {number} unit position */
  isShown(unit) { return !this.#scope || this.#scope.mask[unit] === 1; }
  /** Units that are shown: how many, how many of each label, and those that have each criterion as their only reason. */
  get shown() { return this.#scope ? { n: this.#scope.units.length, counts: this.#scope.counts, only: this.#scope.only } : this.#labeling; }
  /** The method as it is now, for what-if questions. @returns {Method} */
  get method() { return { rules: this.rules, limits: this.limits, missing: this.missing, values: this.values, trace: this.trace }; }
  /** @param {number} unit position @returns {string} */
  label(unit) { return this.rules.labels[this.trace.codes[unit]]; }
  /** Whether a label says that a unit is no neuron: it is left out and explained first. @param {string} label */
  isNoise(label) { return this.model.get("_vocabulary").labels.some(({ name, kind }) => name === label && kind === 0); }
  /** Whether a label is shown only where units have it: it says that nothing is known of them. @param {string} label */
  isRare(label) {
    const known = this.model.get("_vocabulary").labels.find(({ name }) => name === label);
    return known !== undefined && known.kind === null && !known.by_hand && this.rules.default !== label && !this.rules.rules.some((rule) => rule.label === label && !asksForMissing(rule.when));
  }
  /** @param {string} label @returns {Look} */
  look(label) { return Object.hasOwn(this.looks, label) ? this.looks[label] : { color: "#888888", hatch: "plain" }; }
  /** Stored values of a metric by unit; an empty array for one that is not there. @param {string} name @returns {Float64Array} */
  metric(name) {
    const sent = this.model.get("_metric_values");
    // Copied once for all views: a browser sends it as bytes that begin anywhere.
    if (this.#metrics.sent !== sent) this.#metrics = { sent, all: doubles(sent) };
    if (name === NOISE && this.#options.noise) return this.#options.noise.values;
    const at = this.metricNames.indexOf(name);
    return at < 0 ? new Float64Array(0) : this.#metrics.all.subarray(at * this.n, (at + 1) * this.n);
  }
  /** The axis of a criterion that has one. @param {number} k @returns {Axis} */
  axis(k) {
    const found = this.axes[k];
    if (!found) throw new Error(`criterion ${k} has no axis: its metric is not there`);
    return found;
  }
  /** @param {string} key @returns {number} position of a criterion, -1 if there is none */
  position(key) { return this.keys.indexOf(key); }

  // ------------------------------------------------------------------ changes

  /** Select units in every view and in the kernel. @param {number[]} units positions */
  select(units) {
    this.ask({ type: "select", units: units.map((unit) => this.ids[unit]) }, { selection: units });
  }

  /**
   * Ask the kernel for something, and show what it changes until it is acknowledged.
   * @param {Message} message @param {Record<string, unknown>} [changes] by name: "selection", "hand:3"
   */
  ask(message, changes = {}) {
    for (const [name, value] of Object.entries(changes)) this.#overlay.put(name, value, this.#messages + 1);
    if ("selection" in changes) this.#emit("selection");
    if (Object.keys(changes).some((name) => name.startsWith("hand:"))) this.#onHand();
    this.#tell(message);
  }

  /** Limit all views to some units, and the selection to them; null ends it. @param {Scope|null} scope */
  limitTo(scope) {
    this.#scope = scope;
    scope?.follow(this.trace, this.rules.labels.length);
    this.#emit("scope");
    // A label by hand must not reach units that nobody sees.
    if (this.selection.some((unit) => !this.isShown(unit))) this.select(this.selection.filter((unit) => this.isShown(unit)));
  }

  /**
   * Set some limits, and what missing values of some criteria count as; one step of undo.
   * @param {[number, Limits][]} limits position of a criterion, and its limits
   * @param {[number, string][]} [missing] position of a criterion, and "fail", "pass" or "ignore"
   */
  set(limits, missing = []) {
    this.drop();
    for (const [k, pair] of limits) this.#overlay.put(`limits:${this.keys[k]}`, pair);
    for (const [k, policy] of missing) this.#overlay.put(`missing:${this.keys[k]}`, policy);
    if (missing.length) this.#restructure();
    else this.#relabel("limits");
    this.#tellCriteria();
  }

  /**
   * Move a limit while it is dragged: labels follow at once, the kernel hears of it now and then.
   * @param {number} k position of the criterion @param {Limits} pair @param {string} gesture name of the drag, one step of undo
   */
  drag(k, pair, gesture) {
    if (this.#gesture !== gesture && this.#later) this.#tellCriteria();
    this.#gesture = gesture;
    this.#overlay.put(`limits:${this.keys[k]}`, pair);
    this.#relabel("limits");
    const wait = this.#toldAt + PAUSE - performance.now();
    if (wait <= 0) this.#tellCriteria();
    else if (!this.#later) this.#later = window.setTimeout(() => this.#tellCriteria(), wait);
  }

  /** Tell the kernel what it has not been told of a drag that ends. */
  drop() {
    if (this.#later) this.#tellCriteria();
    this.#gesture = "";
    this.#optionMessages.end();
  }

  /**
   * Set an option of the method: what follows from it is seen at once, the kernel is told.
   * @param {string} name @param {any} value @param {string} [gesture] of a slider that is dragged, one step of undo
   */
  setOption(name, value, gesture = "") {
    this.#optionMessages.set(name, value, gesture);
    this.#onOptions();
    this.#optionMessages.soon();
  }

  /**
   * Label units by hand; null leaves them to the rules.
   * @param {number[]} units positions @param {string|null} label @param {string} note
   */
  override(units, label, note) {
    this.ask({ type: "label", units: units.map((unit) => this.ids[unit]), label, note }, Object.fromEntries(units.map((unit) => [`hand:${unit}`, label])));
  }

  /** @param {"undo"|"redo"|"reset"} type */
  travel(type) {
    this.drop();
    this.#tell({ type });
  }

  /** Go to the next or previous unit, in the order of the unit table. @param {number} by */
  step(by) {
    if (this.queue.active) return this.queue.go(by > 0 ? 1 : -1);
    const [next] = this.#walk(by);
    if (next !== undefined) this.select([next]);
  }

  /** Units that "next unit" leads to, the nearest first. @param {number} count @returns {number[]} positions */
  nextUnits(count) {
    if (this.queue.active) return this.queue.next(count);
    const found = Array.from({ length: count }, (_, i) => this.#walk(i + 1)[0]);
    return [...new Set(found)].filter((unit) => unit !== undefined && unit !== this.selection[this.selection.length - 1]);
  }

  /** Tell views of what has changed in the queue. */
  tellOfQueue() { this.#emit("queue"); }

  // ------------------------------------------------------------------ inside

  /** The unit so many steps further; none where no unit is shown. @param {number} by @returns {number[]} */
  #walk(by) {
    const order = (this.listed ?? Array.from({ length: this.n }, (_, i) => i)).filter((unit) => this.isShown(unit));
    if (!order.length) return [];
    const now = this.selection;
    const at = order.indexOf(now[now.length - 1]);
    const from = at < 0 && by > 0 ? -1 : Math.max(at, 0);
    return [order[(((from + by) % order.length) + order.length) % order.length]];
  }

  /** @param {string} name @param {Changed|null} [detail] */
  #emit(name, detail = null) { this.dispatchEvent(new CustomEvent(name, { detail })); }

  #tellCriteria() {
    clearTimeout(this.#later);
    this.#later = 0;
    this.#toldAt = performance.now();
    const limits = this.#untold("limits:", /** @type {Limits} */ ([null, null]));
    const missing = this.#untold("missing:", "");
    if (!Object.keys(limits).length && !Object.keys(missing).length) return;
    this.#tell({ type: "set", revision: this.model.get("_revision"), limits, missing, gesture: this.#gesture });
  }

  /** Changes that the next message tells. @template T @param {string} prefix @param {T} none @returns {Record<string, T>} */
  #untold(prefix, none) {
    const keys = this.#overlay.told(prefix, this.#messages + 1);
    return Object.fromEntries(keys.map((key) => [key, this.#overlay.get(prefix + key, none)]));
  }

  /** @param {Message} message */
  #tell(message) {
    this.#messages += 1;
    try {
      // A message, not a synced change: ipywidgets holds changes back while the kernel is busy, and a cell that is run
      // after a drag must find what the drag left.
      this.model.send({ ...message, client: this.#client, id: this.#messages });
    } catch (error) {
      console.warn("nb_autolabel: no kernel to tell", error);
    }
  }

  #made() {
    const { model } = this;
    const n = model.get("_n_units");
    const sent = model.get("_rules");
    const all = doubles(model.get("_values"));
    this.#revision = model.get("_revision");
    const { noise } = this.#options;
    const values = sent.criteria.map((c, k) => (noise && c.metric === NOISE ? noise.values : all.subarray(k * n, (k + 1) * n)));
    const gone = bytesOf(model.get("_gone"));
    const masks = sent.criteria.map((_, k) => {
      const mask = gone.subarray(k * n, (k + 1) * n);
      return mask.includes(1) ? mask : null;
    });
    return new Labeling(this.#changed(), values, model.get("_missing"), n, masks);
  }

  /** The kernel's rules with the user's changes. @returns {RuleSet & {name: string}} */
  #changed() {
    const sent = this.model.get("_rules");
    const keys = this.model.get("_keys");
    const criteria = sent.criteria.map((c, k) => ({ ...c, nan: this.#overlay.get(`missing:${keys[k]}`, c.nan) }));
    const given = this.#overlay.under("hand:").map((unit) => this.#overlay.get(`hand:${unit}`, /** @type {string|null} */ (null)));
    const added = given.filter((label) => label !== null && !sent.labels.includes(label));
    return { ...sent, criteria, labels: [...sent.labels, ...new Set(/** @type {string[]} */ (added))] };
  }

  #restructure() {
    this.#labeling = this.#made();
    this.#hand = "";
    this.#relabel("structure", "limits", "hand");
  }

  /** Label the units anew. @param {string[]} events before that of the labels */
  #relabel(...events) {
    const { model } = this;
    const sent = model.get("limits");
    const limits = this.keys.map((key) => this.#overlay.get(`limits:${key}`, sent[key] ?? [null, null]));
    const given = { ...model.get("by_hand") };
    for (const unit of this.#overlay.under("hand:")) {
      const label = this.#overlay.get(`hand:${unit}`, /** @type {string|null} */ (null));
      if (label === null) delete given[unit];
      else given[unit] = label;
    }
    const hand = JSON.stringify(given);
    if (hand !== this.#hand) [this.#hand, this.#byHand] = [hand, given];
    const changed = this.#options.update(this.#labeling, limits, this.#byHand, this.#hand);
    this.#scope?.follow(this.trace, this.rules.labels.length);
    for (const name of events) this.#emit(name);
    this.#emit("trace", changed);
  }

  #share = /** @type {number|null} */ (null);
  #onOptions() {
    const { noise_share: share } = this.options;
    if (!this.#isCurrent()) return;
    if (share === this.#share) this.#relabel("options");
    else {
      this.#share = share;
      this.#restructure();
      this.#emit("options");
    }
  }

  #onLimits() {
    if (this.#isCurrent()) this.#relabel("limits");
  }

  #onHand() {
    if (this.#changed().labels.join("\n") !== this.rules.labels.join("\n")) this.#restructure();
    else if (this.#isCurrent()) this.#relabel("hand");
  }

  #onAcknowledged() {
    const [client, message] = this.model.get("_acknowledged");
    if (client !== this.#client) return;
    const rules = JSON.stringify(this.#changed());
    const wanted = new Map(this.#overlay.under("hand:").map((unit) => [unit, this.#overlay.get(`hand:${unit}`, /** @type {string|null} */ (null))]));
    const dropped = this.#overlay.acknowledge(message);
    const any = (/** @type {string} */ kind) => dropped.some((name) => name.startsWith(kind));
    if (any("selection")) this.#emit("selection");
    if (any("hand:")) this.#onKept(dropped.flatMap((name) => (name.startsWith("hand:") ? [name.slice(5)] : [])), wanted);
    if (any("option:")) this.#onOptions();
    if (!any("limits:") && !any("missing:") && !any("hand:")) return;
    if (JSON.stringify(this.#changed()) !== rules) this.#restructure();
    else if (this.#isCurrent()) this.#relabel("limits", ...(any("hand:") ? ["hand"] : []));
  }

  /** @param {string[]} units whose labels the kernel has dealt with @param {Map<string, string|null>} wanted */
  #onKept(units, wanted) {
    const lost = this.error ? units.filter((unit) => (this.model.get("by_hand")[unit] ?? null) !== (wanted.get(unit) ?? null)) : [];
    this.queue.onAnswer(
      lost.map((unit) => ({ unit: Number(unit), label: wanted.get(unit) ?? null, why: this.error })),
      units.filter((unit) => !lost.includes(unit)).map(Number),
    );
    this.tellOfQueue();
  }

  /** False while the rest of a new structure is on its way: one message changes one attribute after another. */
  #isCurrent() { return this.#revision === this.model.get("_revision"); }
}
