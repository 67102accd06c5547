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
    /** @type {HTMLInputElement[]} */
    const fields = ["min", "max"].map((bound, b) => {
      const label = document.createElement("label");
      const text = document.createElement("span");
      text.textContent = b === 0 ? "≥" : "≤";
      text.setAttribute("aria-hidden", "true");
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
          limits[b] = Number((input.valueAsNumber / axis().factor).toPrecision(12));
        } else {
          input.setAttribute("aria-invalid", "true");
          return;
        }
        input.removeAttribute("aria-invalid");
        send(limits);
      });
      label.append(text, input);
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
    el.append(note);

    const update = () => {
      const limits = engine.get("limits")[position()];
      if (!limits || !axis()) return;
      const defaults = model.get("defaults");
      fields.forEach((field, b) => {
        const text = limits[b] === null ? "" : write(limits[b] * axis().factor);
        if (field.value !== text) field.value = text;
      });
      const log = model.get("scale") === "log";
      scale.textContent = log ? "log" : "lin";
      scale.title = `The axis is ${log ? "logarithmic" : "linear"}; press for ${log ? "linear" : "logarithmic"}`;
      const changed = limits[0] !== defaults[0] || limits[1] !== defaults[1];
      el.classList.toggle("nbl-changed", changed);
      reset.style.display = changed ? "" : "none";
      el.classList.toggle("nbl-off", limits[0] === null && limits[1] === null);
    };
    const say = () => {
      const only = derived.get("only")?.[position()] ?? 0;
      const parts = [model.get("note")];
      if (only) parts.unshift(`${only} by this alone`);
      note.textContent = parts.filter((text) => text).join(", ");
      note.title = only ? `${only} units have their label because of this criterion alone` : "";
    };
    update();
    say();
    listen(signal, [
      [engine, "change:limits", update],
      [derived, "change:only", say],
      [model, "change:position change:defaults change:scale change:note", () => { update(); say(); }],
    ]);
  },
};
