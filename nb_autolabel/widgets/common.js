// What every view needs; put in front of each view's own file when it is sent to the browser.

/** The code of every view by name, filled where the engine's module is put together. @type {Record<string, any>} */
const VIEWS = {};

/**
 * The raw model behind a reference, shared by all views of a session.
 * @param {any} model @param {string} ref @returns {Promise<any>}
 */
const follow = (model, ref) => model.widget_manager.get_model(String(ref).replace("IPY_MODEL_", ""));

/** The session's engine and what it derives. @param {any} model @returns {Promise<{engine: any, derived: any}>} */
const session = async (model) => {
  const engine = await follow(model, model.get("engine"));
  return { engine, derived: await follow(model, engine.get("_derived")) };
};

/**
 * What stands under a name that somebody else chose: "constructor" stands under nothing of its own.
 * @param {Record<string, any>} map @param {string} name @returns {any}
 */
const own = (map, name) => (Object.hasOwn(map, name) ? map[name] : undefined);

/** @param {any} data @returns {Uint8Array} */
const bytes = (data) =>
  data instanceof Uint8Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
/** @param {any} data @returns {ArrayBuffer} */
const copied = (data) => data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
/** @param {any} data @returns {Float32Array} */
const floats = (data) => new Float32Array(copied(data));
/** @param {any} data @returns {Float64Array} */
const doubles = (data) => new Float64Array(copied(data));

/** Send a message to the kernel, if there is one. @param {any} engine @param {Record<string, any>} content */
const tell = (engine, content) => {
  try {
    engine.send(content);
  } catch (error) {
    console.warn("nb_autolabel: no kernel to tell", error);
  }
};

/** Select units in every view and in the kernel. @param {any} engine @param {number[]} units positions */
const select = (engine, units) => {
  engine.set("selection", units);
  tell(engine, { set: { selection: units } });
};

/** Change the limits everywhere. @param {any} engine @param {any[]} limits */
const setLimits = (engine, limits) => {
  engine.set("limits", limits);
  tell(engine, { set: { limits }, step: `${performance.now()}` });
};

/**
 * Label units by hand, in every view and in the kernel; null leaves them to the rules again.
 * @param {any} engine @param {number[]} units positions @param {string|null} label @param {string} note
 */
const override = (engine, units, label, note) => {
  const rules = engine.get("_rules");
  if (label !== null && !rules.labels.includes(label)) {
    engine.set("_rules", { ...rules, labels: [...rules.labels, label] });
    engine.set("_order", [...engine.get("_order"), label]);
  }
  const given = { ...engine.get("by_hand") };
  for (const unit of units) {
    if (label === null) delete given[unit];
    else given[unit] = label;
  }
  engine.set("by_hand", given);
  const ids = engine.get("_ids");
  tell(engine, { override: { units: units.map((unit) => ids[unit]), label, note } });
};

/**
 * The method as the engine has it now, for what-if questions.
 * @param {any} engine @param {any} derived @returns {Method}
 */
const methodOf = (engine, derived) => ({
  rules: engine.get("_rules"),
  limits: engine.get("limits"),
  missing: engine.get("_missing"),
  values: derived.nbl.values,
  trace: derived.nbl,
});

/** Say what a missing value of a criterion counts as. @param {any} engine @param {number} k @param {string} policy */
const setNan = (engine, k, policy) => {
  const rules = engine.get("_rules");
  engine.set("_rules", { ...rules, criteria: rules.criteria.map((/** @type {Criterion} */ c, /** @type {number} */ at) => (at === k ? { ...c, nan: policy } : c)) });
  tell(engine, { nan: [k, policy] });
};

/** A stored value in the unit that is shown. @param {any} engine @param {number} k @param {number} value @returns {string} */
const inWords = (engine, k, value) => {
  const known = own(engine.get("_metric_units"), engine.get("_rules").criteria[k].metric) ?? { factor: 1, unit: "" };
  return `${short(Number((value * known.factor).toPrecision(6)))}${known.unit ? ` ${known.unit}` : ""}`;
};

/** Section and metric of a criterion. @param {any} criterion @returns {string} */
const keyOf = (criterion) => (criterion.section ? `${criterion.section}/${criterion.metric}` : criterion.metric);

/**
 * Listen to models for as long as the view lives.
 * @param {AbortSignal} signal @param {[any, string, () => void][]} pairs
 */
const listen = (signal, pairs) => {
  for (const [model, names, listener] of pairs) {
    model.on(names, listener);
    signal?.addEventListener("abort", () => model.off(names, listener));
  }
};

/** What the engine derived last. @param {any} derived @returns {{states: Uint8Array[], reasons: Uint8Array[], only: number[], manual: Set<number>}} */
const traceOf = (derived) => derived.nbl ?? { states: [], reasons: [], only: [], manual: new Set() };

/**
 * Call at most once a frame, and while the element cannot be seen only when it comes into sight.
 * @param {() => void} work @param {AbortSignal} signal @param {HTMLElement} el @returns {() => void}
 */
const perFrame = (work, signal, el) => {
  let frame = 0;
  let seen = false;
  let stale = false;
  const schedule = () => {
    stale = !seen;
    if (stale) return;
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(work);
  };
  const sight = new IntersectionObserver((entries) => {
    seen = entries[entries.length - 1].isIntersecting;
    if (seen && stale) schedule();
  }, { rootMargin: "80px" });
  sight.observe(el);
  signal?.addEventListener("abort", () => { cancelAnimationFrame(frame); sight.disconnect(); });
  return schedule;
};

/**
 * Keep keys in the widget: JupyterLab would take a bare "a" or "d d" as its own shortcut.
 * Ctrl+Z and Ctrl+Shift+Z undo and redo a change of limits, Alt+arrows go through the units.
 * @param {HTMLElement} el @param {any} engine @param {AbortSignal} [signal] where the element outlives the view
 */
const keepKeys = (el, engine, signal) => {
  el.dataset.lmSuppressShortcuts = "true";
  el.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement && event.target.type === "text";
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !typing && (key === "z" || key === "y")) {
      tell(engine, { do: key === "y" || event.shiftKey ? "redo" : "undo" });
      event.preventDefault();
    } else if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      step(engine, event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
    }
    event.stopPropagation();
  }, { signal });
};

/** Go to the next or previous unit, in the order of the unit table. @param {any} engine @param {number} by */
const step = (engine, by) => {
  const order = engine.nblOrder ?? Array.from({ length: engine.get("_n_units") }, (_, i) => i);
  if (!order.length) return;
  const now = engine.get("selection");
  const at = order.indexOf(now[now.length - 1]);
  const next = at < 0 ? (by > 0 ? 0 : order.length - 1) : (at + by + order.length) % order.length;
  select(engine, [order[next]]);
};

/** Make an element. @param {string} tag @param {string} name class @param {string} [text] @returns {HTMLElement} */
const make = (tag, name, text) => {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== undefined) element.textContent = text;
  return element;
};

/** A button with words. @param {string} text @param {string} label @param {() => void} onClick @returns {HTMLButtonElement} */
const button = (text, label, onClick) => {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "nbl-button";
  element.textContent = text;
  if (label !== text) element.setAttribute("aria-label", label);
  element.title = label;
  element.addEventListener("click", onClick);
  return element;
};

/**
 * Fill a menu. @param {HTMLSelectElement} menu @param {string[][]} entries value and, where it differs, text
 * @param {string} [chosen] value
 */
const fillMenu = (menu, entries, chosen) => {
  menu.replaceChildren(...entries.map(([value, text]) => {
    const option = /** @type {HTMLOptionElement} */ (make("option", "", text ?? value));
    option.value = value;
    option.selected = value === chosen;
    return option;
  }));
};

/**
 * Call when nothing has happened for a moment: what is slow, or would jump under the hand, is not done in every frame of a drag.
 * @param {() => void} work @param {AbortSignal} signal @returns {() => void}
 */
const atRest = (work, signal) => {
  let waiting = 0;
  signal?.addEventListener("abort", () => clearTimeout(waiting));
  return () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(work, 150);
  };
};

/** Write a number as a person would. @param {number} value @returns {string} */
const short = (value) => {
  if (value !== value) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(1);
  return String(Number(value.toPrecision(size >= 100 ? 4 : 3)));
};

/** Round numbers for an axis. @param {number} low @param {number} high @param {number} most @returns {number[]} */
const ticks = (low, high, most) => {
  const raw = (high - low) / most;
  const size = 10 ** Math.floor(Math.log10(raw));
  const gap = [1, 2, 5, 10].map((f) => f * size).find((g) => g >= raw) ?? raw;
  const found = [];
  for (let t = Math.ceil(low / gap); t * gap <= high + 1e-9 * gap; t++) found.push(Number((t * gap).toPrecision(12)));
  return found;
};

/**
 * Size a canvas to its place on the screen and return its pen, cleared; null if it has none.
 * @param {HTMLCanvasElement} canvas
 * @returns {{pen: CanvasRenderingContext2D, width: number, height: number, ratio: number}|null}
 */
const penOf = (canvas) => {
  const ratio = window.devicePixelRatio || 1;
  const size = sizeOf(canvas);
  const width = Math.max(1, Math.round(size.width * ratio));
  const height = Math.max(1, Math.round(size.height * ratio));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const pen = canvas.getContext("2d");
  if (!pen) return null;
  pen.clearRect(0, 0, width, height);
  return { pen, width, height, ratio };
};

/** @type {WeakMap<Element, {width: number, height: number}>} */
const sizes = new WeakMap();

/** One observer for all: asking an element for its size in every frame would lay the page out each time. */
const sizeObserver = new ResizeObserver((entries) => {
  for (const { target } of entries) sizes.set(target, { width: target.clientWidth, height: target.clientHeight });
});

/** Size of an element in px, as it was laid out last. @param {HTMLElement} element */
const sizeOf = (element) => {
  const known = sizes.get(element);
  if (known) return known;
  const size = { width: element.clientWidth, height: element.clientHeight };
  if (size.width) {
    sizes.set(element, size);
    sizeObserver.observe(element);
  }
  return size;
};

/**
 * Call when the place of an element, or the theme, changes: a canvas keeps its colours otherwise.
 * @param {HTMLElement} el @param {() => void} repaint @param {AbortSignal} signal
 */
const onLook = (el, repaint, signal) => {
  const size = new ResizeObserver(repaint);
  size.observe(el);
  const theme = new MutationObserver(repaint);
  theme.observe(document.body, {
    attributes: true,
    attributeFilter: ["data-jp-theme-name", "data-jp-theme-light", "class"],
  });
  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", repaint);
  signal?.addEventListener("abort", () => {
    size.disconnect();
    theme.disconnect();
    scheme.removeEventListener("change", repaint);
  });
};

/**
 * Fill a rectangle in the look of a label: its colour and its hatch, as in the figures.
 * @param {CanvasRenderingContext2D} pen @param {{color: string, hatch: string}} look @param {number} ratio
 * @param {number} x @param {number} y @param {number} width @param {number} height
 */
const fillLook = (pen, look, ratio, x, y, width, height) => {
  pen.fillStyle = look.color;
  pen.fillRect(x, y, width, height);
  const hatch = hatchOf(pen, look.hatch, ratio);
  if (!hatch) return;
  pen.fillStyle = hatch;
  pen.fillRect(x, y, width, height);
};

/** @type {Map<string, CanvasPattern|null>} */
const hatches = new Map();

/** @param {CanvasRenderingContext2D} pen @param {string} name @param {number} ratio @returns {CanvasPattern|null} */
const hatchOf = (pen, name, ratio) => {
  if (name === "plain") return null;
  const key = `${name} ${ratio}`;
  if (hatches.has(key)) return hatches.get(key) ?? null;
  const side = Math.round(5 * ratio);
  const tile = document.createElement("canvas");
  tile.width = tile.height = side;
  const ink = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  ink.strokeStyle = ink.fillStyle = "rgb(255 255 255 / 60%)";
  ink.lineWidth = 0.9 * ratio;
  /** @type {(...ends: number[][]) => void} */
  const lines = (...ends) => {
    for (const [x1, y1, x2, y2] of ends) { ink.beginPath(); ink.moveTo(x1, y1); ink.lineTo(x2, y2); ink.stroke(); }
  };
  const half = side / 2;
  // Each stroke once more beyond the corners, so that tiles meet without gaps.
  if (name === "stripes") lines([0, side, side, 0], [-half, half, half, -half], [half, side + half, side + half, half]);
  else if (name === "cross") lines([0, side, side, 0], [0, 0, side, side]);
  else if (name === "plus") lines([0, half, side, half], [half, 0, half, side]);
  else {
    ink.beginPath();
    ink.arc(half, half, (name === "rings" ? 1.5 : 1) * ratio, 0, 2 * Math.PI);
    name === "rings" ? ink.stroke() : ink.fill();
  }
  const made = pen.createPattern(tile, "repeat");
  hatches.set(key, made);
  return made;
};
