// The number fields of one criterion: what a drag does, for the keyboard.

/** Write a number as shortly as it can be read back. @param {number} shown @returns {string} */
const write = (shown) => String(Number(shown.toPrecision(6)));

export default {
  /** @param {{model: any, el: HTMLElement, signal: AbortSignal}} context */
  async render({ model, el, signal }) {
    const { engine, derived } = await session(model);
    const position = () => model.get("position");
    el.classList.add("nbl-limits");
    keepKeys(el, engine);

    const criterion = () => engine.get("_rules").criteria[position()];
    const axis = () => engine.get("_axes")[position()];
    const head = document.createElement("div");
    head.className = "nbl-limits-head";
    const title = document.createElement("span");
    title.className = "nbl-limits-title";
    const name = criterion().metric;
    title.textContent = criterion().abs ? `|${name}|` : name;
    title.title = model.get("meaning") || name;
    const reset = document.createElement("button");
    reset.type = "button";
    reset.className = "nbl-reset";
    reset.textContent = "↺";
    reset.title = `Reset ${name} to its default`;
    reset.setAttribute("aria-label", `reset ${name}`);
    const scale = button("", "", () => tell(model, { scale: model.get("scale") === "log" ? "clip" : "log" }));
    scale.className = "nbl-scale";
    scale.setAttribute("aria-label", `scale of ${name}`);
    const tools = make("span", "nbl-limits-tools");
    tools.append(scale, reset);
    head.append(title, tools);
    const row = document.createElement("div");
    row.className = "nbl-limits-row";

    /** @type {(limits: (number|null)[]) => void} */
    const send = (limits) => {
      const all = engine.get("limits").map((/** @type {any} */ pair, /** @type {number} */ at) => (at === position() ? limits : pair));
      setLimits(engine, all);
    };
    /** @type {(number|null)[]} what a bound was before it was switched off */
    const earlier = [null, null];
    /** @type {HTMLButtonElement[]} */
    const toggles = [];
    /** Where a limit begins that never was on: a tenth from the end. @param {number} b @returns {number} */
    const begin = (b) => {
      const { low, high, log, factor, whole } = axis();
      const place = b === 0 ? low + 0.1 * (high - low) : high - 0.1 * (high - low);
      const shown = Number((log ? 10 ** place : place).toPrecision(3));
      return toStored({ factor }, whole ? Math.round(shown) : shown);
    };
    /** @type {HTMLInputElement[]} */
    const fields = ["min", "max"].map((bound, b) => {
      const label = make("span", "nbl-limits-bound");
      const input = document.createElement("input");
      input.type = "number";
      input.step = "any";
      input.placeholder = "off";
      input.setAttribute("aria-label", `${name} ${bound}`);
      input.title = `${name} ${bound}${model.get("unit") ? ` in ${model.get("unit")}` : ""}; empty switches it off`;
      input.addEventListener("change", () => {
        const limits = engine.get("limits")[position()].slice();
        if (input.value === "" && !input.validity.badInput) limits[b] = null;
        else if (Number.isFinite(input.valueAsNumber)) {
          limits[b] = toStored(axis(), input.valueAsNumber);
        } else {
          input.setAttribute("aria-invalid", "true");
          return;
        }
        input.removeAttribute("aria-invalid");
        send(limits);
      });
      const toggle = button(b === 0 ? "≥" : "≤", `${name} ${bound} on`, () => {
        const limits = engine.get("limits")[position()].slice();
        const back = earlier[b] ?? model.get("defaults")[b] ?? begin(b);
        limits[b] = limits[b] === null ? back : null;
        send(limits);
      });
      toggle.className = "nbl-toggle";
      toggles.push(toggle);
      label.append(toggle, input);
      row.append(label);
      return input;
    });
    const unit = document.createElement("span");
    unit.className = "nbl-unit";
    unit.textContent = model.get("unit");
    row.append(unit);
    reset.addEventListener("click", () => send(model.get("defaults").slice()));
    el.append(head, row);
    const note = document.createElement("div");
    note.className = "nbl-limits-note";
    note.textContent = model.get("note");
    const canvas = /** @type {HTMLCanvasElement} */ (make("canvas", "nbl-bars"));
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `Histogram of ${name}`);
    el.append(note, canvas);

    /** @type {Int16Array} bin of each unit */
    let places = new Int16Array(0);
    /** @type {Float64Array[]} */
    let heights = [];
    const read = () => {
      const n = engine.get("_n_units");
      places = new Int16Array(copied(engine.get("_bins"))).slice(position() * n, (position() + 1) * n);
    };
    let painted = "";
    const paint = () => {
      const limits = engine.get("limits")[position()];
      if (!limits || !axis()) return;
      const order = engine.get("_order");
      const looks = order.map((/** @type {string} */ label) => engine.get("_looks")[label]);
      const rank = engine.get("_rules").labels.map((/** @type {string} */ label) => order.indexOf(label));
      const codes = bytes(derived.get("codes"));
      heights = stack(places, codes, rank, order.length, axis().bins);
      const selected = new Float64Array(axis().bins);
      for (const unit of engine.get("selection")) if (places[unit] >= 0) selected[places[unit]]++;
      const key = `${heights.join(";")}|${selected}|${limits}|${order}|${sizeOf(canvas).width}|${JSON.stringify(axis())}`;
      if (key === painted) return;
      painted = key;
      const style = getComputedStyle(el);
      const [ink, soft] = ["--nbl-ink", "--nbl-soft"].map((color) => style.getPropertyValue(color));
      paintBars(canvas, axis(), heights, looks, selected, limits, { ink, soft, limit: "#D55E00" });
    };
    const schedule = perFrame(paint, signal, canvas);
    onLook(canvas, () => { painted = ""; schedule(); }, signal);

    // The bqplot figure lies over the canvas, so the pointer is heard in the box that holds both.
    /** @type {(event: MouseEvent) => number} */
    const under = (event) => {
      const box = canvas.getBoundingClientRect();
      const wide = box.width - ROOM.left - ROOM.right;
      const inside = event.clientY > box.top + ROOM.top && event.clientY < box.bottom - ROOM.bottom;
      return inside ? binAt(axis(), (event.clientX - box.left - ROOM.left) / wide) : -1;
    };
    const say = (/** @type {number} */ bin) => {
      const order = engine.get("_order");
      const parts = order.flatMap((/** @type {string} */ label, /** @type {number} */ r) => (heights[r]?.[bin] ? [`${heights[r][bin]} ${label}`] : []));
      return parts.length ? `${parts.join(", ")}; click to select` : "";
    };
    let pressed = { x: 0, y: 0 };
    /** @type {[string, (event: any) => void][]} */
    const pointer = [
      ["pointerdown", (event) => { pressed = { x: event.clientX, y: event.clientY }; }],
      ["pointermove", (event) => {
        const bin = event.buttons ? -1 : under(event);
        const text = bin < 0 ? "" : say(bin);
        if (box && box.title !== text) box.title = text;
      }],
      ["click", (event) => {
        const bin = under(event);
        const still = Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) < 4;
        if (bin < 0 || !still || event.target.closest?.(".object_grp")) return;
        const units = Array.from(places.keys()).filter((i) => places[i] === bin);
        const before = event.shiftKey || event.ctrlKey || event.metaKey ? engine.get("selection") : [];
        select(engine, [...new Set([...before, ...units])]);
      }],
    ];
    /** @type {HTMLElement|null} */
    let box = null;
    requestAnimationFrame(() => {
      box = el.closest(".nbl-histogram");
      for (const [event, listener] of pointer) box?.addEventListener(event, listener, { signal });
    });

    const update = () => {
      const limits = engine.get("limits")[position()];
      if (!limits || !axis()) return;
      const defaults = model.get("defaults");
      fields.forEach((field, b) => {
        const text = limits[b] === null ? "" : write(limits[b] * axis().factor);
        if (field.value !== text) field.value = text;
        if (limits[b] !== null) earlier[b] = limits[b];
        toggles[b].setAttribute("aria-pressed", String(limits[b] !== null));
        toggles[b].title = `${b === 0 ? "Lower" : "Upper"} limit is ${limits[b] === null ? "off; press to switch it on" : "on; press to switch it off"}`;
      });
      const log = model.get("scale") === "log";
      scale.textContent = log ? "log" : "lin";
      scale.title = `The axis is ${log ? "logarithmic" : "linear"}; press for ${log ? "linear" : "logarithmic"}`;
      const changed = limits[0] !== defaults[0] || limits[1] !== defaults[1];
      el.classList.toggle("nbl-changed", changed);
      reset.style.display = changed ? "" : "none";
      el.classList.toggle("nbl-off", limits[0] === null && limits[1] === null);
    };
    const remark = () => {
      const only = traceOf(derived).only[position()] ?? 0;
      const parts = [model.get("note"), neverDecides(engine.get("_rules"), engine.get("limits"), position())];
      if (only) parts.unshift(`${only} by this alone`);
      const states = traceOf(derived).states[position()] ?? [];
      let gaps = 0;
      for (const state of states) if (state === NAN) gaps++;
      if (2 * gaps > states.length) parts.push(`most units lack it; that ${effectOfMissing(engine.get("_rules"), position()).said}`);
      note.textContent = parts.filter((text) => text).join(", ");
      note.title = only ? `${only} units have their label because of this criterion alone` : "";
    };
    read();
    update();
    remark();
    schedule();
    listen(signal, [
      [engine, "change:limits", () => { update(); schedule(); }],
      [engine, "change:selection change:_looks change:_order change:_axes", schedule],
      [engine, "change:_bins", () => { read(); schedule(); }],
      [derived, "nbl:derived", () => { remark(); schedule(); }],
      [model, "change:position change:defaults change:scale change:note", () => { read(); update(); remark(); schedule(); }],
    ]);
  },
};
