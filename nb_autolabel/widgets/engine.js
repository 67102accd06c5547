// The browser's half of a labeling session: it applies the same rule set as the kernel, so that
// everything follows a drag at once, even while the kernel is busy.

/**
 * @typedef {{metric: string, min: number|null, max: number|null, abs: boolean,
 *   nan: "fail"|"pass"|"ignore", section: string, group: string}} Criterion
 * @typedef {{any?: string, all?: string, and?: Condition[], or?: Condition[]}} Condition
 * @typedef {{label: string, when: Condition, among: string[]}} Rule
 * @typedef {{criteria: Criterion[], rules: Rule[], labels: string[], default: string}} RuleSet
 * @typedef {{codes: Uint8Array, states: Uint8Array[], reasons: Uint8Array[]}} Trace
 */

export const PASS = 0;
export const FAIL = 1;
export const NAN = 2;
export const INACTIVE = 3;

/** Where the handle of a limit that is off waits, on an axis that shows 0 to 1. */
const OUT_OF_SIGHT = -10;

/**
 * State of every unit under one criterion.
 * @param {Criterion} criterion
 * @param {Limits} limits
 * @param {Float64Array} values
 * @param {boolean} missing whether the metric is not in the table at all
 * @returns {Uint8Array}
 */
export function judge(criterion, limits, values, missing) {
  const [min, max] = limits;
  const states = new Uint8Array(values.length);
  if (missing || (min === null && max === null)) return states.fill(INACTIVE);
  for (let i = 0; i < values.length; i++) {
    const value = criterion.abs ? Math.abs(values[i]) : values[i];
    if (value !== value) states[i] = NAN;
    else if ((min !== null && value < min) || (max !== null && value > max)) states[i] = FAIL;
  }
  return states;
}

/**
 * Apply a rule set, as nb_autolabel.rules.trace does with numpy.
 * @param {RuleSet} rules
 * @param {Limits[]} limits one pair a criterion, in stored units
 * @param {Float64Array[]} values one array a criterion
 * @param {boolean[]} missing
 * @returns {Trace}
 */
export function applyRules(rules, limits, values, missing) {
  const n = values.length ? values[0].length : 0;
  const states = rules.criteria.map((c, k) => judge(c, limits[k], values[k], missing[k]));
  const active = rules.criteria.map((_, k) => !missing[k] && (limits[k][0] !== null || limits[k][1] !== null));

  /** @type {(k: number, i: number, kind: string) => boolean} */
  const fails = (k, i, kind) => {
    const state = states[k][i];
    if (state === FAIL) return true;
    if (state !== NAN) return false;
    const policy = rules.criteria[k].nan;
    return policy === "fail" || (policy === "ignore" && kind === "all");
  };

  /**
   * Where a condition holds, or null if nothing in it is active.
   * @type {(condition: Condition) => Uint8Array|null}
   */
  const holds = (condition) => {
    /** @type {(Uint8Array|null)[]} */
    let masks;
    let every = false;
    const group = condition.any ?? condition.all;
    if (group !== undefined) {
      const kind = condition.any !== undefined ? "any" : "all";
      every = kind === "all";
      masks = rules.criteria.flatMap((c, k) =>
        c.group === group && active[k] ? [states[k].map((_, i) => (fails(k, i, kind) ? 1 : 0))] : []
      );
    } else {
      every = condition.and !== undefined;
      masks = (condition.and ?? condition.or ?? []).map(holds);
      if (every && masks.some((mask) => mask === null)) return null;
      masks = masks.filter((mask) => mask !== null);
    }
    if (!masks.length) return null;
    const result = new Uint8Array(n);
    for (let i = 0; i < n; i++) {
      const test = (/** @type {Uint8Array|null} */ mask) => mask !== null && mask[i] === 1;
      result[i] = (every ? masks.every(test) : masks.some(test)) ? 1 : 0;
    }
    return result;
  };

  const codes = new Uint8Array(n).fill(rules.labels.indexOf(rules.default));
  for (const rule of rules.rules) {
    const held = holds(rule.when);
    if (held === null) continue;
    const among = rule.among.map((label) => rules.labels.indexOf(label));
    const code = rules.labels.indexOf(rule.label);
    for (let i = 0; i < n; i++) if (held[i] && among.includes(codes[i])) codes[i] = code;
  }

  // A criterion is a reason where it counted as failed in a part of the label's condition that held.
  const reasons = rules.criteria.map(() => new Uint8Array(n));
  /** @type {(condition: Condition, among: Uint8Array) => void} */
  const blame = (condition, among) => {
    const held = holds(condition);
    if (held === null) return;
    const here = among.map((yes, i) => yes & held[i]);
    const group = condition.any ?? condition.all;
    const kind = condition.any !== undefined ? "any" : "all";
    if (group !== undefined) {
      rules.criteria.forEach((c, k) => {
        if (c.group !== group || !active[k]) return;
        for (let i = 0; i < n; i++) if (here[i] && fails(k, i, kind)) reasons[k][i] = 1;
      });
    }
    for (const part of condition.and ?? condition.or ?? []) blame(part, here);
  };
  for (const rule of rules.rules) {
    const code = rules.labels.indexOf(rule.label);
    blame(rule.when, codes.map((c) => (c === code ? 1 : 0)));
  }
  return { codes, states, reasons };
}

/**
 * How many units have a criterion as their only reason.
 * @param {Uint8Array[]} reasons @returns {number[]}
 */
export function onlyReason(reasons) {
  const only = reasons.map(() => 0);
  const n = reasons.length ? reasons[0].length : 0;
  for (let i = 0; i < n; i++) {
    let count = 0;
    let last = 0;
    for (let k = 0; k < reasons.length; k++) if (reasons[k][i]) { count++; last = k; }
    if (count === 1) only[last]++;
  }
  return only;
}

/**
 * The stored value for a place on the axis, rounded to what a hand can mean.
 * @type {(axis: Axis, place: number) => number}
 */
export function fromAxis(axis, place) {
  const inside = Math.min(Math.max(place, axis.low), axis.high);
  let shown = inside;
  if (axis.log) shown = Number((10 ** inside).toPrecision(3));
  else {
    const step = 10 ** Math.floor(Math.log10((axis.high - axis.low) / 200));
    shown = Math.round(inside / step) * step;
  }
  if (axis.whole) shown = Math.round(shown);
  return toStored(axis, shown);
}

/** Undo the unit that is shown, without the noise of binary division. @type {(axis: Axis, shown: number) => number} */
export function toStored(axis, shown) {
  return Number((shown / axis.factor).toPrecision(12));
}

export default {
  /** @param {{model: any, signal: AbortSignal}} context */
  initialize({ model, signal }) {
    follow(model, model.get("_derived")).then((shared) => { shared.nblViews = VIEWS; shared.trigger("nbl:views"); });
    // While this lives, what the notebook keeps for later is not shown.
    const hide = document.createElement("style");
    hide.textContent = `.nbl-snapshot-${model.get("_snapshot")} { display: none; }`;
    document.head.append(hide);
    signal?.addEventListener("abort", () => hide.remove());
    /** @type {any} the model that holds what is derived, for the views */
    let derived = null;
    /** @type {any[]} */
    let marks = [];
    let paused = false; // true while this code moves a handle itself
    /** @type {Map<number, number>} */
    const moved = new Map();
    /** @type {Float64Array[]} */
    let values = [];

    const read = () => {
      const n = model.get("_n_units");
      const all = doubles(model.get("_values"));
      const count = n ? all.length / n : model.get("_rules").criteria.length;
      values = Array.from({ length: count }, (_, k) => all.subarray(k * n, (k + 1) * n));
    };

    const relabel = () => {
      if (!derived) return; // before the first connect() nobody would see it
      const trace = applyRules(model.get("_rules"), model.get("limits"), values, model.get("_missing"));
      // Beside the model's state, not in it: what can be derived again is not saved with the notebook.
      derived.nbl = { states: trace.states, reasons: trace.reasons, only: onlyReason(trace.reasons) };
      derived.set("codes", trace.codes);
      derived.trigger("nbl:derived");
    };

    /** @type {(k: number) => void} put the handles of a criterion where its limits are */
    const placeHandles = (k) => {
      const mark = marks[k];
      if (!mark) return;
      const axis = model.get("_axes")[k];
      const [low, high] = limitPlaces(axis, model.get("limits")[k]);
      paused = true;
      mark.handles.set({
        x: Float64Array.of(low ?? axis.low, high ?? axis.high),
        // bqplot cannot draw a mark without points: a limit that is off has no handle in sight.
        y: Float64Array.of(low === null ? OUT_OF_SIGHT : 0.5, high === null ? OUT_OF_SIGHT : 0.5),
      });
      paused = false;
    };

    // A message each, not a synced change: ipywidgets holds changes back while the kernel is busy, and a
    // cell that is run after a drag must find what the drag left.
    let gesture = "";
    let gestures = 0;
    const onPress = () => { gesture = `drag-${gestures++}-${performance.now()}`; };
    const onRelease = () => { if (later) tellNow(); };
    for (const [event, listener] of /** @type {[string, () => void][]} */ ([["pointerdown", onPress], ["pointerup", onRelease]])) {
      document.addEventListener(event, listener, true);
      signal?.addEventListener("abort", () => document.removeEventListener(event, listener, true));
    }
    let told = 0;
    let later = 0;
    // Not for every move: each message makes the notebook show the kernel busy and idle again.
    const tellKernel = () => {
      const wait = told + 200 - performance.now();
      if (wait <= 0) tellNow();
      else if (!later) later = window.setTimeout(tellNow, wait);
    };
    const tellNow = () => {
      clearTimeout(later);
      later = 0;
      told = performance.now();
      try {
        model.send({ set: { limits: model.get("limits") }, step: gesture });
      } catch (error) {
        console.warn("nb_autolabel: no kernel to tell", error);
      }
    };

    /** @type {(k: number) => void} */
    const onHandle = (k) => {
      if (paused) return;
      const axis = model.get("_axes")[k];
      const limits = model.get("limits").map((/** @type {Limits} */ pair) => pair.slice());
      const half = axis.half;
      const x = marks[k].handles.get("x");
      for (const bound of [0, 1]) {
        if (limits[k][bound] === null) continue;
        const place = x[bound] + (bound === 0 ? half : -half);
        // A handle that stands at the axis' end for a limit beyond it has not been moved.
        const now = toAxis(axis, limits[k][bound]);
        const shown = Math.min(Math.max(now, axis.low + (bound ? 0 : half)), axis.high - (bound ? half : 0));
        if (Math.abs(place - shown) > 1e-9 * (axis.high - axis.low)) limits[k][bound] = fromAxis(axis, place);
      }
      if (limits[k][0] !== null && limits[k][1] !== null && limits[k][0] > limits[k][1]) limits[k].reverse();
      model.set("limits", limits);
      tellKernel();
      clearTimeout(moved.get(k));
      // Snaps to the round value it stands for, once the hand rests.
      moved.set(k, window.setTimeout(() => { moved.delete(k); placeHandles(k); }, 400));
    };

    /** @type {string[]} */
    let before = [];
    const onLimits = () => {
      if (model.get("limits").length !== marks.length) return; // the rest of a new structure is on its way
      const now = model.get("limits").map((/** @type {Limits} */ pair) => JSON.stringify(pair));
      const changed = now.flatMap((/** @type {string} */ text, /** @type {number} */ k) => (text === before[k] ? [] : [k]));
      before = now;
      for (const k of changed) if (!moved.has(k)) placeHandles(k);
      relabel();
    };

    let connection = new AbortController();
    const connect = async () => {
      connection.abort();
      connection = new AbortController();
      const mine = connection;
      const refs = model.get("_marks");
      const found = await Promise.all(
        refs.map(async (/** @type {Record<string, string>|null} */ ref) => {
          if (!ref) return null;
          const entries = Object.entries(ref).map(async ([name, id]) => [name, await follow(model, id)]);
          return Object.fromEntries(await Promise.all(entries));
        })
      );
      derived = await follow(model, model.get("_derived"));
      if (signal?.aborted || mine.signal.aborted) return;
      marks = found;
      read();
      marks.forEach((mark, k) => {
        if (!mark) return;
        const listener = () => onHandle(k);
        mark.handles.on("change:x", listener);
        for (const end of [signal, mine.signal]) end?.addEventListener("abort", () => mark.handles.off("change:x", listener));
        placeHandles(k);
      });
      before = model.get("limits").map((/** @type {Limits} */ pair) => JSON.stringify(pair));
      relabel();
    };

    // Other criteria or labels come as one message, which fires one event for each attribute.
    let waiting = 0;
    const reconnect = () => {
      cancelAnimationFrame(waiting);
      marks = []; // those of the old structure; connect() finds the new ones
      read();
      relabel();
      waiting = requestAnimationFrame(() => connect());
    };

    /** @type {[string, () => void][]} */
    const events = [
      ["change:limits", onLimits],
      ["change:_rules change:_values change:_marks change:_order", reconnect],
    ];
    for (const [name, listener] of events) {
      model.on(name, listener);
      signal?.addEventListener("abort", () => model.off(name, listener));
    }
    connect();
  },
};
