// What a labeler stands on in a saved page: models without a kernel, a layout, and handles to drag.

/** A model as the views know it, without anything behind it. */
class PageModel {
  /** @param {Record<string, any>} state @param {Map<string, PageModel>} all */
  constructor(state, all) {
    this.state = state;
    /** @type {Map<string, Set<(...values: any[]) => void>>} */
    this.listeners = new Map();
    /** @type {(content: any) => void} */
    this.receive = () => {};
    this.widget_manager = { get_model: async (/** @type {string} */ id) => all.get(id) };
  }
  /** @param {string} name */
  get(name) { return this.state[name]; }
  /** @param {string|Record<string, any>} name @param {any} [value] */
  set(name, value) {
    const values = typeof name === "string" ? { [name]: value } : name;
    /** @type {string[]} */
    const changed = [];
    for (const [key, now] of Object.entries(values)) {
      const before = this.state[key];
      if (before === now || (!ArrayBuffer.isView(now) && JSON.stringify(before) === JSON.stringify(now))) continue;
      this.state[key] = now;
      changed.push(key);
    }
    for (const key of changed) this.trigger(`change:${key}`);
  }
  /** @param {string} names @param {(...values: any[]) => void} listener */
  on(names, listener) {
    for (const name of names.split(" ")) {
      const known = this.listeners.get(name) ?? new Set();
      known.add(listener);
      this.listeners.set(name, known);
    }
  }
  /** @param {string} names @param {(...values: any[]) => void} listener */
  off(names, listener) { for (const name of names.split(" ")) this.listeners.get(name)?.delete(listener); }
  /** @param {string} name @param {(...values: any[]) => void} listener */
  once(name, listener) {
    const first = (/** @type {any[]} */ ...values) => { this.off(name, first); listener(...values); };
    this.on(name, first);
  }
  /** @param {string} name @param {any[]} values */
  trigger(name, ...values) { for (const listener of [...(this.listeners.get(name) ?? [])]) listener(...values); }
  /** @param {any} content */
  send(content) { this.receive(content); }
  save_changes() {}
}

/** @param {string} id @returns {Promise<ArrayBuffer>} */
const unpacked = async (id) => {
  const text = document.getElementById(id)?.textContent ?? "";
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
};

/** Put binary data back where they belong. @param {any} value @param {ArrayBuffer} blob @returns {any} */
const filled = (value, blob) => {
  if (Array.isArray(value)) return value.map((part) => filled(part, blob));
  if (value === null || typeof value !== "object") return value;
  if (Object.hasOwn(value, "$at")) return new Uint8Array(blob, value.$at[0], value.$at[1]);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key.startsWith("$") ? key.slice(1) : key, filled(part, blob)]));
};

/** The part of the kernel that a page can play: history, labels by hand. @param {any} engine @param {any[]} defaults */
const playKernel = (engine, defaults) => {
  const now = () => JSON.stringify([engine.get("limits"), engine.get("by_hand"), engine.get("_rules")]);
  let last = now();
  let step = "";
  /** @type {string[]} */
  const past = [];
  /** @type {string[]} */
  const future = [];
  const put = (/** @type {string} */ text) => {
    const [limits, byHand, rules] = JSON.parse(text);
    last = text;
    engine.set({ _rules: rules, limits, by_hand: byHand });
  };
  engine.receive = (/** @type {any} */ content) => {
    if (content.override) {
      const notes = { ...engine.get("_hand_notes") };
      const day = new Date().toISOString().slice(0, 16).replace("T", " ");
      const ids = engine.get("_ids");
      for (const id of content.override.units) notes[ids.indexOf(id)] = `by hand in this page, ${day}${content.override.note ? `: ${content.override.note}` : ""}`;
      engine.set("_hand_notes", notes);
    }
    if (content.do === "undo" && past.length) { future.push(last); put(/** @type {string} */ (past.pop())); step = ""; }
    else if (content.do === "redo" && future.length) { past.push(last); put(/** @type {string} */ (future.pop())); step = ""; }
    else {
      if (content.do === "reset") engine.set("limits", defaults.map((pair, k) => pair ?? engine.get("limits")[k]));
      if (now() !== last) {
        if (!content.step || content.step !== step) past.push(last);
        step = content.step ?? "";
        future.length = 0;
        last = now();
      }
    }
    engine.set("_history", [past.length, future.length]);
  };
};

/** Handles and ticks over the bars of one criterion, in the place of bqplot's. @param {HTMLElement} figure @param {any} engine @param {any} handles @param {number} position @param {[number, string][]} ticks @param {string} name */
const drawFigure = (figure, engine, handles, position, ticks, name) => {
  const axis = engine.get("_axes")[position];
  const part = (/** @type {number} */ place) => (place - axis.from) / (axis.high - axis.from);
  const left = (/** @type {number} */ place) => `calc(${ROOM.left}px + (100% - ${ROOM.left + ROOM.right}px) * ${part(place)})`;
  for (const [place, text] of ticks) {
    const tick = make("span", "nbl-page-tick", text);
    tick.style.left = left(place);
    figure.append(tick);
  }
  const knobs = ["min", "max"].map((bound, b) => {
    const knob = make("div", "nbl-page-handle object_grp");
    knob.tabIndex = 0;
    knob.setAttribute("role", "slider");
    knob.setAttribute("aria-label", `${name} ${bound} handle`);
    const move = (/** @type {number} */ place) => {
      const x = Float64Array.from(handles.get("x"));
      x[b] = Math.min(Math.max(place, axis.low), axis.high);
      handles.set("x", x);
    };
    knob.addEventListener("pointerdown", (event) => { knob.setPointerCapture(event.pointerId); event.preventDefault(); knob.focus(); });
    knob.addEventListener("pointermove", (event) => {
      if (!knob.hasPointerCapture(event.pointerId)) return;
      const box = figure.getBoundingClientRect();
      const at = (event.clientX - box.left - ROOM.left) / (box.width - ROOM.left - ROOM.right);
      move(axis.from + at * (axis.high - axis.from));
    });
    knob.addEventListener("keydown", (event) => {
      const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
      if (!way || event.altKey) return;
      move(handles.get("x")[b] + (way * (axis.high - axis.low)) / 100);
      event.preventDefault();
    });
    figure.append(knob);
    return knob;
  });
  const place = () => {
    const [x, y] = [handles.get("x"), handles.get("y")];
    const limits = engine.get("limits")[position];
    knobs.forEach((knob, b) => {
      knob.hidden = y[b] < 0;
      knob.style.display = knob.hidden ? "none" : "";
      knob.style.left = left(x[b]);
      knob.setAttribute("aria-valuenow", String(limits[b] ?? ""));
      knob.setAttribute("aria-valuetext", limits[b] === null ? "off" : inWords(engine, position, limits[b]));
    });
  };
  handles.on("change:x change:y", place);
  engine.on("change:limits", place);
  place();
};

/** Build the page. @param {any} engineCode what the engine's module exports */
async function startPage(engineCode) {
  const [text, blob] = await Promise.all([unpacked("nbl-state"), unpacked("nbl-blob")]);
  const state = filled(JSON.parse(new TextDecoder().decode(text)), blob);
  /** @type {Map<string, PageModel>} */
  const all = new Map();
  const add = (/** @type {string} */ id, /** @type {Record<string, any>} */ values) => {
    const model = new PageModel({ ...values, engine: "engine" }, all);
    all.set(id, model);
    return model;
  };
  const signal = new AbortController().signal;
  const derived = add("derived", { codes: state.codes });
  const engine = add("engine", state.engine);
  /** @type {any[]} */
  const defaults = engine.get("limits").map(() => null);
  for (const [, members] of state.sections) {
    for (const member of members) {
      add(member.handles, { x: Float64Array.of(0, 0), y: Float64Array.of(-10, -10) });
      defaults[member.state.position] = member.state.defaults;
    }
  }
  playKernel(engine, defaults);
  engineCode.initialize({ model: engine, signal });

  const page = /** @type {HTMLElement} */ (document.getElementById("nbl-page"));
  const show = (/** @type {string} */ module, /** @type {Record<string, any>} */ values) => {
    const el = make("div", "");
    const model = add(`${module}-${all.size}`, values);
    VIEWS[module].render({ model, el, signal });
    return { el, model };
  };
  const head = make("div", "nbl-page-head nbl-view");
  head.append(show("tools", state.tools).el);
  const labels = () => {
    const codes = bytes(derived.get("codes"));
    const quoted = (/** @type {string} */ word) => `"${word.replaceAll('"', '""')}"`;
    const given = engine.get("by_hand");
    const lines = engine.get("_ids").map((/** @type {string} */ id, /** @type {number} */ i) =>
      [state.text_ids ? quoted(id) : id, quoted(engine.get("_rules").labels[codes[i]]), quoted(given[i] === undefined ? "rules" : "by hand")].join(","));
    return `unit_id,label,source\n${lines.join("\n")}\n`;
  };
  head.append(button("save labels (CSV)", "Save the labels as a CSV file", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([labels()], { type: "text/csv" }));
    link.download = "labels.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  }));
  page.append(head);
  for (const name of ["counts", "waveforms"]) if (state.views[name]) page.append(show(name, state.views[name].state).el);

  const middle = make("div", "nbl-page-middle");
  const grid = make("div", "nbl-page-grid");
  for (const [title, members] of state.sections) {
    const fold = /** @type {HTMLDetailsElement} */ (make("details", ""));
    fold.open = true;
    fold.append(make("summary", "", title));
    const cells = make("div", "nbl-page-cells");
    for (const member of members) {
      const cell = make("div", "nbl-histogram");
      const figure = make("div", "nbl-page-figure");
      const { position } = member.state;
      cell.append(show("limits", member.state).el, figure);
      drawFigure(figure, engine, all.get(member.handles), position, member.ticks, engine.get("_rules").criteria[position].metric);
      cells.append(cell);
    }
    fold.append(cells);
    grid.append(fold);
  }
  const side = make("div", "nbl-page-side");
  const tabs = make("div", "nbl-page-tabs");
  tabs.setAttribute("role", "tablist");
  side.append(tabs);
  /** @type {HTMLElement[]} */
  const panels = [];
  const open = (/** @type {number} */ chosen) => panels.forEach((panel, at) => {
    panel.hidden = at !== chosen;
    tabs.children[at].setAttribute("aria-selected", String(at === chosen));
  });
  state.tabs.forEach((/** @type {[string, string]} */ [name, title], /** @type {number} */ at) => {
    const tab = button(title, title, () => open(at));
    tab.className = "";
    tab.setAttribute("role", "tab");
    const panel = make("div", "nbl-page-panel");
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-label", title);
    const view = state.views[name];
    if (view.html) panel.innerHTML = view.html;
    else {
      const { el, model } = show(name, view.state);
      if (name === "card") {
        model.receive = ({ unit }) => setTimeout(() => {
          const none = { unit, arrays: [], missing: ["This unit's pictures are not in the page, which would be too large."], buffers: [] };
          const { buffers, ...content } = state.units[unit] ?? none;
          model.trigger("msg:custom", content, buffers);
        });
      }
      panel.append(el);
    }
    tabs.append(tab);
    side.append(panel);
    panels.push(panel);
  });
  open(0);
  middle.append(grid, side);
  page.append(middle, make("p", "nbl-page-foot", `${state.about}. The policy of this page allows no connection: it loads nothing from elsewhere and submits no form.`));
}
