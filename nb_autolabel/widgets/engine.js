// The browser's half of a labeling session: it applies the same rule set as the kernel, so that
// everything follows a drag at once, even while the kernel is busy.

/** Where the handle of a limit that is off waits, on an axis that shows 0 to 1. */
const OUT_OF_SIGHT = -10;

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
      const rules = model.get("_rules");
      const n = model.get("_n_units");
      const trace = applyRules(rules, model.get("limits"), values, model.get("_missing"), model.get("by_hand"), n);
      // Beside the model's state, not in it: what can be derived again is not saved with the notebook.
      derived.nbl = { ...trace, only: onlyReason(trace.reasons), values };
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
      ["change:by_hand", relabel],
      ["change:_rules change:_values change:_marks change:_order", reconnect],
    ];
    for (const [name, listener] of events) {
      model.on(name, listener);
      signal?.addEventListener("abort", () => model.off(name, listener));
    }
    connect();
  },
};
