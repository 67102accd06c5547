var __defProp = Object.defineProperty;
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};

// src/core/plain.js
var own = (map, name) => Object.hasOwn(map, name) ? map[name] : void 0;
var copied = (data) => data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);
var floats = (data) => new Float32Array(copied(data));
var doubles = (data) => new Float64Array(copied(data));
var bytesOf = (data) => data ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(0);

// src/state/requests.js
var PATIENCE = 10;
var Requests = class {
  /**
   * @param {Pick<Model<ViewState>, "send"|"on"|"off">} model of the view @param {AbortSignal} signal
   * @param {number} [patience] in seconds
   */
  constructor(model, signal, patience = PATIENCE) {
    this.model = model;
    this.patience = patience;
    this.asked = 0;
    this.open = /* @__PURE__ */ new Map();
    const onMessage = (content, buffers) => this.#onMessage(content, buffers);
    model.on("msg:custom", onMessage);
    signal.addEventListener("abort", () => {
      model.off("msg:custom", onMessage);
      for (const { timer } of this.open.values()) clearTimeout(timer);
    });
  }
  /** @param {object} content @param {Expected} expected @returns {number} number of the request */
  ask(content, expected) {
    const request = ++this.asked;
    const timer = window.setTimeout(
      () => expected.onSilence(`The kernel has not answered for ${this.patience} s: it is busy or gone. What was asked is done when it is free.`),
      1e3 * this.patience
    );
    this.open.set(request, { ...expected, timer });
    try {
      this.model.send({ ...content, request });
    } catch (error) {
      this.forget(request);
      expected.onSilence(`The kernel cannot be reached: ${error instanceof Error ? error.message : error}`);
    }
    return request;
  }
  /** @param {number} request */
  forget(request) {
    clearTimeout(this.open.get(request)?.timer);
    this.open.delete(request);
  }
  /** @param {Answer|null} content @param {DataView[]} buffers */
  #onMessage(content, buffers) {
    const expected = content ? this.open.get(content.request) : void 0;
    if (!content || !expected) return;
    this.forget(content.request);
    expected.onAnswer(content, buffers);
  }
};

// src/state/evidence.js
var PARTS = ["shape", "train", "spread"];
var MOST = 120;
var NEAR = { units: 2, open: 1 };
var FAR = { units: 4, open: 12 };
var LATE = 100;
var LOOKED_AT = 3;
var decoded = (type, bytes) => {
  if (type === "u1") return bytesOf(bytes).slice();
  if (type === "i2") return new Int16Array(copied(bytes));
  return floats(bytes);
};
var Evidence = class {
  /**
   * @param {Pick<Model<ViewState>, "send"|"on"|"off"|"get">} model of the view @param {Store} store @param {AbortSignal} signal
   * @param {(unit: number, said: string) => void} onChange called when more is known of a unit, or why nothing is
   */
  constructor(model, store, signal, onChange) {
    this.store = store;
    this.onChange = onChange;
    this.requests = new Requests(model, signal);
    this.units = /* @__PURE__ */ new Map();
    this.now = -1;
    this.ahead = 0;
    this.round = 0;
    this.lags = [];
    const onShown = () => {
      this.units.clear();
      this.ahead = 0;
      this.round++;
      this.onChange(this.now, "");
    };
    model.on("change:_shown", onShown);
    signal.addEventListener("abort", () => model.off("change:_shown", onShown));
  }
  /** @param {number} unit position @returns {Entry|undefined} */
  get(unit) {
    return this.units.get(unit);
  }
  /** Whether all parts of a unit are here. @param {number} unit */
  isWhole(unit) {
    return this.units.get(unit)?.parts.size === PARTS.length;
  }
  /** Ask for what is not known of a unit; the units after it follow quietly. @param {number} unit @returns {boolean} whether it waits */
  want(unit) {
    this.now = unit;
    const entry = this.#entry(unit);
    for (const part of PARTS) if (!entry.parts.has(part) && !entry.asked.has(part)) this.#ask(unit, part, false);
    if (this.isWhole(unit) || this.isFar) this.#fetchAhead();
    return entry.parts.size === 0;
  }
  /** Whether answers take so long that one question after the other would not keep up with a curator: a slow link, a busy kernel. */
  get isFar() {
    return this.lags.length === LOOKED_AT && Math.min(...this.lags) > LATE;
  }
  /** @param {number} unit @returns {Entry} */
  #entry(unit) {
    const known = this.units.get(unit);
    const entry = known ?? { data: { missing: [] }, parts: /* @__PURE__ */ new Set(), asked: /* @__PURE__ */ new Set(), version: 0 };
    this.units.delete(unit);
    this.units.set(unit, entry);
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
    const over = () => {
      if (!isOpen) return;
      isOpen = false;
      entry.asked.delete(part);
      if (ahead && round === this.round) this.ahead--;
    };
    const alone = this.requests.open.size === 0;
    const sent = performance.now();
    this.requests.ask({ unit: this.store.ids[unit], part, ...ahead ? { ahead } : {} }, {
      onAnswer: (content, buffers) => {
        over();
        if (alone) this.lags = [...this.lags, performance.now() - sent].slice(-LOOKED_AT);
        if (round !== this.round) return;
        if (content.error) {
          if (unit === this.now) this.onChange(unit, String(content.error));
          return;
        }
        this.#take(entry, part, content, buffers);
        if (unit === this.now) this.onChange(unit, "");
        if (this.isWhole(this.now) || this.isFar) this.#fetchAhead();
      },
      onSilence: (text) => {
        over();
        if (unit === this.now) this.onChange(unit, text);
      }
    });
  }
  /** @param {Entry} entry @param {string} part @param {any} content @param {DataView[]} buffers */
  #take(entry, part, content, buffers) {
    const { arrays = [], types = [], missing = [], ...plain } = content;
    const values = arrays.map((name, at) => [name, decoded(types[at] ?? "f4", buffers[at])]);
    const said = [...entry.data.missing, ...missing];
    Object.assign(entry.data, plain, Object.fromEntries(values), { missing: [...new Set(said)] });
    entry.parts.add(part);
    entry.version++;
  }
};

// src/core/labels_csv.js
var quoted = (word) => `"${word.replaceAll('"', '""')}"`;
var labelsCsv = (ids, given, textIds) => {
  const places = Object.keys(given).map(Number).filter((at) => at in ids).sort((a, b) => a - b);
  const lines = places.map((at) => `${textIds ? quoted(ids[at]) : ids[at]},${quoted(given[at])}
`);
  return `"unit_id","label"
${lines.join("")}`;
};

// src/state/labels_csv.js
function labelsCsv2(store, textIds) {
  const lines = store.ids.map((id, unit) => {
    const given = Object.hasOwn(store.byHand, unit);
    const [, who, note] = given && /^(.*?)(?:: (.*))?$/s.exec(store.handNotes[unit] ?? "") || ["", "", ""];
    return [textIds ? quoted(id) : id, quoted(store.label(unit)), quoted(given ? "by hand" : "rules"), quoted(who ?? ""), quoted(note ?? "")].join(",");
  });
  return `unit_id,label,source,given,note
${lines.join("\n")}
`;
}

// src/core/packed.js
var inOrder = (blob, start, length, size) => {
  const stored = new Uint8Array(blob, start, length);
  const made = new Uint8Array(length);
  const count = length / size;
  for (let place2 = 0; place2 < size; place2++) for (let i = 0, from = place2 * count; i < count; i++) made[i * size + place2] = stored[from + i];
  return made.buffer;
};
function unpackedRows([length, rows], blob) {
  const made = new Float64Array(length * rows.length);
  const known = /* @__PURE__ */ new Map();
  rows.forEach(([kind, start, bytes], at) => {
    const before = known.get(start);
    if (before === void 0) {
      made.set(kind === "f4" ? new Float32Array(inOrder(blob, start, bytes, 4)) : new Float64Array(inOrder(blob, start, bytes, 8)), at * length);
      if (bytes) known.set(start, at);
    } else made.copyWithin(at * length, before * length, (before + 1) * length);
  });
  return new Uint8Array(made.buffer);
}
function unpackedCurves([length, [start, bytes], [from, count]], blob) {
  const sizes2 = new Float32Array(inOrder(blob, start, bytes, 4));
  const steps = new Int8Array(blob, from, count);
  const made = new Float32Array(count);
  for (let row = 0, at = 0; row < sizes2.length; row++) for (let i = 0; i < length; i++, at++) made[at] = steps[at] === -128 ? NaN : steps[at] * sizes2[row];
  return new Uint8Array(made.buffer);
}

// src/state/page_kernel.js
function playKernel(engine, defaults) {
  const past = [];
  const future = [];
  let gesture = "";
  let given = [];
  const now = () => ({ limits: engine.get("limits"), by_hand: engine.get("by_hand"), _hand_notes: engine.get("_hand_notes"), _notes: engine.get("_notes"), _rules: engine.get("_rules"), _order: engine.get("_order"), _options: engine.get("_options") });
  const take = (inputs, step = "") => {
    const before = now();
    if (JSON.stringify({ ...before, ...inputs }) === JSON.stringify(before)) return {};
    if (!step || step !== gesture) past.push(before);
    gesture = step;
    future.length = 0;
    return inputs;
  };
  const travel = (from, to) => {
    const found = from.pop();
    if (!found) return {};
    to.push(now());
    gesture = "";
    return found;
  };
  const changes = (message) => {
    switch (message.type) {
      case "undo":
        return travel(past, future);
      case "redo":
        return travel(future, past);
      case "reset":
        return take({ limits: { ...engine.get("limits"), ...defaults } });
      case "select":
        return { selection: message.units.map((id) => engine.get("_ids").indexOf(id)) };
      case "set": {
        const rules = engine.get("_rules");
        const keys = engine.get("_keys");
        const criteria = rules.criteria.map((c, k) => ({ ...c, nan: (
          /** @type {typeof c.nan} */
          own(message.missing, keys[k]) ?? c.nan
        ) }));
        return take({ limits: { ...engine.get("limits"), ...message.limits }, _rules: { ...rules, criteria } }, message.gesture);
      }
      case "option":
        return take({ _options: { ...engine.get("_options"), [message.name]: message.value } }, message.gesture && `option ${message.gesture}`);
      case "label": {
        given = [...given.slice(-200), { units: message.units, before: now() }];
        return { ...take(labeled(message.units, message.label, message.note)), _last: lastOf(given) };
      }
      case "review":
        return reviewed(message.order, message.units);
      case "show":
        return { selection: message.unit === null ? [] : [engine.get("_ids").indexOf(message.unit)], _place: message.unit };
      case "take_back": {
        const step = given[given.length - 1];
        if (!step?.units.includes(message.unit)) return { error: `nothing was taken back: the label of unit ${message.unit} is not the last one.` };
        given = given.slice(0, -1);
        return { ...take(asBefore(step)), _last: lastOf(given), selection: [engine.get("_ids").indexOf(message.unit)], _place: message.unit };
      }
      default:
        return {};
    }
  };
  const lastOf = (steps) => steps[steps.length - 1]?.units.at(-1) ?? null;
  const reviewed = (order, units) => {
    const number = (engine.get("_queue")?.number ?? 0) + 1;
    if (order === null) return { _queue: { number }, _place: null };
    if (!units) return { error: `the order "${order}" needs a kernel: run the notebook.` };
    if (!units.length) return { error: "the review was not started: no unit is selected or listed." };
    const place2 = units.find((id) => engine.get("by_hand")[engine.get("_ids").indexOf(id)] === void 0) ?? units[0];
    const title = engine.get("_orders").find(([name]) => name === order)?.[1] ?? order;
    return { _place: place2, _queue: { number, order, title, units }, selection: [engine.get("_ids").indexOf(place2)] };
  };
  const asBefore = ({ units, before }) => {
    const [hand, words2, notes] = [{ ...engine.get("by_hand") }, { ...engine.get("_hand_notes") }, { ...engine.get("_notes") }];
    for (const id of units) {
      const at = engine.get("_ids").indexOf(id);
      for (
        const [map, old] of
        /** @type {[Record<string, string>, Record<string, string>][]} */
        [[hand, before.by_hand], [words2, before._hand_notes], [notes, before._notes]]
      ) {
        if (old[at] === void 0) delete map[at];
        else map[at] = old[at];
      }
    }
    return { by_hand: hand, _hand_notes: words2, _notes: notes };
  };
  const labeled = (units, label, note) => {
    const given2 = { ...engine.get("by_hand") };
    const notes = { ...engine.get("_hand_notes") };
    const texts = { ...engine.get("_notes") };
    const day = (/* @__PURE__ */ new Date()).toISOString().slice(0, 16).replace("T", " ");
    for (const id of units) {
      const at = engine.get("_ids").indexOf(id);
      if (label === null) {
        delete given2[at];
        delete notes[at];
        delete texts[at];
      } else {
        given2[at] = label;
        notes[at] = `by hand in this page, ${day}${note ? `: ${note}` : ""}`;
        texts[at] = note;
      }
    }
    const rules = engine.get("_rules");
    if (label === null || rules.labels.includes(label)) return { by_hand: given2, _hand_notes: notes, _notes: texts };
    return { by_hand: given2, _hand_notes: notes, _notes: texts, _rules: { ...rules, labels: [...rules.labels, label] }, _order: [...engine.get("_order"), label] };
  };
  engine.receive = (message) => {
    const changed = changes(message);
    const structure = changed._rules && JSON.stringify(changed._rules) !== JSON.stringify(engine.get("_rules"));
    engine.set({
      error: "",
      ...changed,
      ...structure ? { _revision: engine.get("_revision") + 1 } : {},
      _acknowledged: [message.client, message.id],
      _history: [past.length, future.length]
    });
  };
}

// src/state/page_model.js
var PageModel = class {
  /** @param {State} state */
  constructor(state) {
    this.state = state;
    this.listeners = /* @__PURE__ */ new Map();
    this.receive = () => {
    };
  }
  /** @template {keyof State & string} K @param {K} name @returns {State[K]} */
  get(name) {
    return this.state[name];
  }
  /** @param {(keyof State & string)|Partial<State>} name @param {unknown} [value] */
  set(name, value) {
    const values = typeof name === "string" ? (
      /** @type {Partial<State>} */
      { [name]: value }
    ) : name;
    const changed = [];
    for (
      const key of
      /** @type {(keyof State & string)[]} */
      Object.keys(values)
    ) {
      const [before, now] = [
        this.state[key],
        /** @type {State[typeof key]} */
        values[key]
      ];
      if (before === now || !ArrayBuffer.isView(now) && JSON.stringify(before) === JSON.stringify(now)) continue;
      this.state[key] = now;
      changed.push(key);
    }
    for (const key of changed) this.trigger(`change:${key}`);
  }
  /** @param {string} names @param {(...values: never[]) => void} listener */
  on(names, listener) {
    for (const name of names.split(" ")) {
      const known = this.listeners.get(name) ?? /* @__PURE__ */ new Set();
      known.add(listener);
      this.listeners.set(name, known);
    }
  }
  /** @param {string} names @param {(...values: never[]) => void} listener */
  off(names, listener) {
    for (const name of names.split(" ")) this.listeners.get(name)?.delete(listener);
  }
  /** @param {string} name @param {unknown[]} values */
  trigger(name, ...values) {
    for (const listener of [...this.listeners.get(name) ?? []]) listener(...values);
  }
  /** @param {object} content */
  send(content) {
    this.receive(content);
  }
  save_changes() {
  }
};

// src/core/rules.js
var PASS = 0;
var FAIL = 1;
var NAN = 2;
var INACTIVE = 3;
var unbounded = (limit) => Math.abs(limit) >= Number.MAX_VALUE ? Math.sign(limit) * Infinity : limit;
function judge(criterion, limits, values, missing, gone = null) {
  const [min, max] = limits.map((x) => x === null ? null : unbounded(x));
  const states = new Uint8Array(values.length);
  if (missing || min === null && max === null) return states.fill(INACTIVE);
  for (let i = 0; i < values.length; i++) {
    const value = criterion.abs ? Math.abs(values[i]) : values[i];
    if (value !== value) states[i] = NAN;
    else if (min !== null && value < min || max !== null && value > max) states[i] = FAIL;
  }
  if (gone) {
    for (let i = 0; i < values.length; i++) if (gone[i]) states[i] = INACTIVE;
  }
  return states;
}
function counts(state, policy, every) {
  return state === FAIL || state === NAN && (policy === "fail" || policy === "ignore" && every);
}
function meets(state, policy, condition) {
  if (condition.missing !== void 0) return state === NAN || state === INACTIVE;
  return counts(state, policy, condition.all !== void 0);
}
function asksForMissing(condition) {
  return condition.missing !== void 0 || condition.and !== void 0 && condition.and.every(asksForMissing);
}
function holds(rules, states, active, absent, n, condition) {
  const group = condition.any ?? condition.all ?? condition.missing;
  const every = condition.any === void 0 && condition.or === void 0;
  let result = null;
  if (group !== void 0) {
    const judged2 = condition.all !== void 0 ? new Uint8Array(n) : null;
    for (let k = 0; k < rules.criteria.length; k++) {
      const { group: own2, nan } = rules.criteria[k];
      if (own2 === group && condition.missing !== void 0 && absent[k] && !result) result = new Uint8Array(n).fill(1);
      if (own2 !== group || !active[k]) continue;
      const mine = states[k];
      if (!result) result = new Uint8Array(mine.length).fill(every ? 1 : 0);
      for (let i = 0; i < mine.length; i++) {
        if (judged2) {
          if (mine[i] === INACTIVE) continue;
          judged2[i] = 1;
        }
        if (result[i] === 1 === every && meets(mine[i], nan, condition) !== every) result[i] = every ? 0 : 1;
      }
    }
    if (judged2 && result) for (let i = 0; i < n; i++) result[i] &= judged2[i];
    return result;
  }
  for (const part of condition.and ?? condition.or ?? []) {
    const mask = holds(rules, states, active, absent, n, part);
    if (!mask) {
      if (every && !asksForMissing(condition)) return null;
      continue;
    }
    if (!result) result = mask.slice();
    else for (let i = 0; i < mask.length; i++) result[i] = every ? result[i] & mask[i] : result[i] | mask[i];
  }
  return result;
}
function labelUnits(rules, states, active, absent, n) {
  const codes = new Uint8Array(n).fill(rules.labels.indexOf(rules.default));
  for (const rule of rules.rules) {
    const held = holds(rules, states, active, absent, n, rule.when);
    if (held === null) continue;
    const among = rule.among.map((label) => rules.labels.indexOf(label));
    const code = rules.labels.indexOf(rule.label);
    for (let i = 0; i < n; i++) if (held[i] && among.includes(codes[i])) codes[i] = code;
  }
  return codes;
}
function reasonsOf(rules, states, active, absent, codes) {
  const n = codes.length;
  const reasons = rules.criteria.map(() => new Uint8Array(n));
  const blame = (condition, among) => {
    const held = holds(rules, states, active, absent, n, condition);
    if (held === null) return;
    const here = among.map((yes, i) => yes & held[i]);
    const group = condition.any ?? condition.all ?? condition.missing;
    if (group !== void 0) {
      rules.criteria.forEach((c, k) => {
        const gone = condition.missing !== void 0 && absent[k];
        if (c.group !== group || !(active[k] || gone)) return;
        for (let i = 0; i < n; i++) if (here[i] && (gone || meets(states[k][i], c.nan, condition))) reasons[k][i] = 1;
      });
    }
    for (const part of condition.and ?? condition.or ?? []) blame(part, here);
  };
  for (const rule of rules.rules) {
    const code = rules.labels.indexOf(rule.label);
    blame(rule.when, codes.map((c) => c === code ? 1 : 0));
  }
  return reasons;
}
function neverDecides(rules, limits, k) {
  if (!rules.criteria[k] || !limits[k]) return "";
  const { metric, group } = rules.criteria[k];
  if (metric !== "peak_before_to_trough_ratio" || group !== "ratio") return "";
  const at = rules.criteria.findIndex((c) => c.metric === "main_peak_to_trough_ratio" && c.group === "main peak");
  const [min, max] = limits[k];
  const enough = at < 0 ? null : limits[at][1];
  if (enough === null || max === null || min !== null || enough > max) return "";
  return `decides nothing: beyond ${Number(max.toPrecision(6))} ${rules.criteria[at].metric} is above ${Number(enough.toPrecision(6))}, which is enough`;
}
function activeOf(limits, missing) {
  return limits.map(([low, high], k) => !missing[k] && (low !== null || high !== null));
}
function absentOf(limits, missing) {
  return limits.map(([low, high], k) => missing[k] && (low !== null || high !== null));
}
function applyRules(rules, limits, values, missing, byHand, n, gone = []) {
  const states = rules.criteria.map((c, k) => judge(c, limits[k], values[k], missing[k], gone[k]));
  const active = activeOf(limits, missing);
  const absent = absentOf(limits, missing);
  const ruleCodes = labelUnits(rules, states, active, absent, n);
  const codes = ruleCodes.slice();
  const blamed = ruleCodes.slice();
  const manual = new Set(Object.keys(byHand).map(Number));
  for (const [at, label] of Object.entries(byHand)) {
    codes[Number(at)] = rules.labels.indexOf(label);
    blamed[Number(at)] = 255;
  }
  return { codes, ruleCodes, states, active, absent, manual, reasons: reasonsOf(rules, states, active, absent, blamed) };
}
function onlyReason(reasons) {
  const only = reasons.map(() => 0);
  const n = reasons.length ? reasons[0].length : 0;
  for (let i = 0; i < n; i++) {
    let count = 0;
    let last = 0;
    for (let k = 0; k < reasons.length; k++) if (reasons[k][i]) {
      count++;
      last = k;
    }
    if (count === 1) only[last]++;
  }
  return only;
}

// src/core/sorted.js
var firstAtLeast = (sorted, value) => firstAfter(sorted, (found) => found < value);
var firstAbove = (sorted, value) => firstAfter(sorted, (found) => found <= value);
function firstAfter(sorted, isBefore) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = low + high >> 1;
    if (isBefore(sorted[middle])) low = middle + 1;
    else high = middle;
  }
  return low;
}

// src/core/relabel.js
var MOST_AT_ONCE = 0.3;
var Labeling = class {
  /**
   * @param {RuleSet} rules @param {Float64Array[]} values one array a criterion @param {boolean[]} missing
   * @param {number} n units
   * @param {(Uint8Array|null)[]} [gone] units whose recording does not have the metric, one array a criterion
   */
  constructor(rules, values, missing, n, gone = []) {
    this.rules = rules;
    this.values = values;
    this.missing = missing;
    this.n = n;
    this.gone = gone;
    this.limits = [];
    this.byHand = {};
    this.trace = applyRules(rules, rules.criteria.map(() => (
      /** @type {Limits} */
      [null, null]
    )), values, missing, {}, n, gone);
    this.only = [];
    this.counts = new Int32Array(rules.labels.length);
    this.orders = /* @__PURE__ */ new Map();
  }
  /**
   * Follow the inputs.
   * @param {Limits[]} limits one pair a criterion @param {Record<string, string>} byHand labels by position
   * @returns {Changed|null} null: all units may have changed
   */
  update(limits, byHand) {
    const before = this.limits;
    const active = activeOf(limits, this.missing);
    const absent = absentOf(limits, this.missing);
    const alike = active.every((on, k) => on === this.trace.active[k] && absent[k] === this.trace.absent[k]);
    const same = before.length === limits.length && byHand === this.byHand && alike;
    this.limits = limits.map((pair) => (
      /** @type {Limits} */
      pair.slice()
    ));
    this.byHand = byHand;
    const units = same ? this.#between(before, limits) : null;
    if (units === null) {
      this.trace = applyRules(this.rules, limits, this.values, this.missing, byHand, this.n, this.gone);
      this.only = onlyReason(this.trace.reasons);
      this.counts = new Int32Array(this.rules.labels.length);
      for (const code of this.trace.codes) this.counts[code]++;
      return null;
    }
    return this.#judgeAgain(units);
  }
  /**
   * Units with a value between an old and a new limit; null if they are so many that all had better be judged.
   * @param {Limits[]} before @param {Limits[]} now @returns {Int32Array|null}
   */
  #between(before, now) {
    const found = /* @__PURE__ */ new Set();
    for (let k = 0; k < now.length; k++) {
      for (
        const bound of
        /** @type {(0|1)[]} */
        [0, 1]
      ) {
        const [old, next] = [before[k][bound], now[k][bound]];
        if (old === next || this.missing[k]) continue;
        if (old === null || next === null) return null;
        const { units, sizes: sizes2 } = this.#order(k);
        const [low, high] = [unbounded(Math.min(old, next)), unbounded(Math.max(old, next))];
        const from = firstAtLeast(sizes2, low);
        const to = firstAbove(sizes2, high);
        if (to - from > MOST_AT_ONCE * this.n) return null;
        for (let at = from; at < to; at++) found.add(units[at]);
      }
    }
    return found.size > MOST_AT_ONCE * this.n ? null : Int32Array.from(found).sort();
  }
  /** @param {number} k */
  #order(k) {
    const known = this.orders.get(k);
    if (known) return known;
    const { abs } = this.rules.criteria[k];
    const size = abs ? this.values[k].map(Math.abs) : this.values[k];
    const units = new Uint32Array(this.n);
    let count = 0;
    for (let i = 0; i < this.n; i++) if (size[i] === size[i]) units[count++] = i;
    const ordered = units.slice(0, count).sort((a, b) => size[a] - size[b] || a - b);
    const made = { units: ordered, sizes: Float64Array.from(ordered, (i) => size[i]) };
    this.orders.set(k, made);
    return made;
  }
  /** @param {number} k @param {Int32Array} units @returns {Uint8Array|null} */
  #goneOf(k, units) {
    const gone = this.gone[k];
    return gone ? Uint8Array.from(units, (i) => gone[i]) : null;
  }
  /** @param {Int32Array} units @returns {Changed} */
  #judgeAgain(units) {
    const { rules, trace } = this;
    const states = rules.criteria.map((c, k) => judge(c, this.limits[k], Float64Array.from(units, (i) => this.values[k][i]), this.missing[k], this.#goneOf(k, units)));
    const ruleCodes = labelUnits(rules, states, trace.active, trace.absent, units.length);
    const blamed = ruleCodes.slice();
    units.forEach((i, at) => {
      if (trace.manual.has(i)) blamed[at] = 255;
    });
    const reasons = reasonsOf(rules, states, trace.active, trace.absent, blamed);
    const earlier = onlyReason(trace.reasons.map((row) => Uint8Array.from(units, (i) => row[i])));
    const now = onlyReason(reasons);
    this.only = this.only.map((count, k) => count + now[k] - earlier[k]);
    const before = Uint8Array.from(units, (i) => trace.codes[i]);
    units.forEach((i, at) => {
      for (let k = 0; k < states.length; k++) {
        trace.states[k][i] = states[k][at];
        trace.reasons[k][i] = reasons[k][at];
      }
      trace.ruleCodes[i] = ruleCodes[at];
      if (trace.manual.has(i)) return;
      this.counts[trace.codes[i]]--;
      this.counts[ruleCodes[at]]++;
      trace.codes[i] = ruleCodes[at];
    });
    return { units, before };
  }
};

// src/state/deeds.js
var Deeds = class {
  /** @type {Set<Deed>} */
  #known = /* @__PURE__ */ new Set();
  /** @param {Deed} deed @param {AbortSignal} signal of the view */
  add(deed, signal) {
    this.#known.add(deed);
    signal.addEventListener("abort", () => this.#known.delete(deed));
  }
  /** What a key does now. @param {string} key @returns {Deed|undefined} */
  of(key) {
    return [...this.#known].find((deed) => deed.key() === key && deed.isOn());
  }
  /** Keys and what they do, for the list of keys: of all views, seen or not. @returns {[string, string][]} */
  get list() {
    const found = /* @__PURE__ */ new Map();
    for (const deed of this.#known) {
      const key = deed.key();
      if (key) found.set(key, deed.words);
    }
    return [...found];
  }
};

// src/core/expected_error.js
var QUESTIONS = ["good or not", "noise or not", "label"];
var SMALLEST = 1e-6;
var NORMAL_95 = 1.959963984540054;
var STEPS = 100;
var TOLERANCE = 1e-12;
var HALVINGS = 60;
var WIDEST = 40;
var logistic = (margin) => 1 / (1 + Math.exp(-Math.min(700, Math.max(-700, margin))));
var logOddsOf = (p) => {
  const kept = Math.min(1 - SMALLEST, Math.max(SMALLEST, p));
  return Math.log(kept) - Math.log1p(-kept);
};
var shiftFor = (noise, share) => {
  const known = Array.from(noise).filter((p) => p === p).map(logOddsOf);
  if (share === null || !known.length) return 0;
  let [low, high] = [-WIDEST, WIDEST];
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    const mean = known.reduce((sum, margin) => sum + logistic(margin + middle), 0) / known.length;
    if (mean < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};
var movedBy = (p, shift) => shift && p === p ? logistic(logOddsOf(p) + shift) : p;
var CLASSES = { noise: "noise", mua: "mua", good: "good", sua: "good", non_soma: "good", non_soma_good: "good", non_soma_mua: "mua", neural: "neural" };
var classOf = (label) => Object.hasOwn(CLASSES, label) ? CLASSES[label] : "";
var askedProbability = (label, noise, sua, question) => {
  const said = classOf(label);
  const p = noise === null ? question === "noise or not" ? NaN : 0 : noise;
  const single = sua === null ? NaN : sua;
  const good = (1 - p) * single;
  if (!said) return NaN;
  if (question === "noise or not") return said === "noise" ? p : 1 - p;
  if (question === "good or not") return said === "neural" ? NaN : said === "good" ? good : 1 - good;
  if (said === "good") return good;
  if (said === "mua") return (1 - p) * (1 - single);
  return noise === null ? NaN : said === "noise" ? p : 1 - p;
};
var isRight = (label, truth, question) => {
  const [said, real] = [classOf(label), classOf(truth)];
  if (!said || !real) return null;
  if (question === "noise or not") return said === "noise" === (real === "noise");
  if (said === "neural" || real === "neural") return question === "label" && said === "neural" ? real !== "noise" : null;
  if (question === "good or not") return said === "good" === (real === "good");
  return said === real;
};
var decidedBy = (rules, limits, noise, sua) => {
  for (
    const [section, value, label] of
    /** @type {[string, number, string][]} */
    [["noise", noise, "noise"], ["sua", sua, "mua"]]
  ) {
    for (const [k, c] of rules.criteria.entries()) {
      if (c.section !== section || c.metric !== "noise_probability" && c.metric !== "sua_probability") continue;
      const [low, high] = limits[k];
      if (low !== null && value < low || high !== null && value > high) return label;
    }
  }
  return rules.default === "sua" ? "sua" : "neural";
};
var NODES = [
  -6.363947888829839,
  -5.190093591304781,
  -4.1962077112690155,
  -3.2890824243987664,
  -2.432436827009758,
  -1.6067100690287297,
  -0.799129068324548,
  0,
  0.799129068324548,
  1.6067100690287297,
  2.432436827009758,
  3.2890824243987664,
  4.1962077112690155,
  5.190093591304781,
  6.363947888829839
];
var WEIGHTS = [
  21531059307602043e-25,
  14978155716931977e-22,
  14142763708854477e-20,
  0.003928782634853378,
  0.04352954135285795,
  0.2241371742044197,
  0.5826965579477281,
  0.7977583071397493,
  0.5826965579477281,
  0.2241371742044197,
  0.04352954135285795,
  0.003928782634853378,
  14142763708854477e-20,
  14978155716931977e-22,
  21531059307602043e-25
];
var posterior = ([slope, intercept, width, tilt], logOdds, right) => {
  const precision = 1 / width ** 2;
  let [deviation, curve, low, high, step] = [0, precision, -Infinity, Infinity, 2];
  for (let tried = 0; tried < STEPS; tried++) {
    let pull = -precision * deviation;
    curve = precision;
    logOdds.forEach((margin, i) => {
      const moved = 1 + tilt * margin;
      const chance = logistic(intercept + slope * margin + deviation * moved);
      pull += ((right[i] ? 1 : 0) - chance) * moved;
      curve += chance * (1 - chance) * moved ** 2;
    });
    if (pull > 0) low = deviation;
    else high = deviation;
    const before = Math.abs(step);
    step = Math.min(1, Math.max(-1, pull / curve));
    const to = deviation + step;
    if (high - low < Infinity && !(low <= to && to <= high && Math.abs(step) <= before / 2)) step = (low + high) / 2 - deviation;
    deviation += step;
    if (Math.abs(step) < TOLERANCE) break;
  }
  const at = NODES.map((node) => deviation + node / Math.sqrt(curve));
  const logs = at.map(
    (one) => logOdds.reduce((sum, margin, i) => {
      const line2 = intercept + slope * margin + one * (1 + tilt * margin);
      return sum - softplus(right[i] ? -line2 : line2);
    }, -precision * one ** 2 / 2)
  );
  const top = Math.max(...logs);
  const each = NODES.map((node, k) => WEIGHTS[k] * Math.exp(node ** 2 / 2 + logs[k] - top));
  const total = each.reduce((sum, one) => sum + one, 0);
  const [intercepts, weights] = [at.map((one) => intercept + one), each.map((one) => one / total)];
  const mean = intercepts.reduce((sum, one, k) => sum + weights[k] * one, 0);
  const spread = Math.sqrt(intercepts.reduce((sum, one, k) => sum + weights[k] * (one - mean) ** 2, 0));
  return { intercepts, weights, mean, spread };
};
var softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
var within = (errors, budget) => {
  const sorted = errors.filter((error) => error === error).sort();
  let [n, sum] = [0, 0];
  while (n < sorted.length && (sum += sorted[n]) / (n + 1) <= budget) n++;
  const last = n ? sorted[n - 1] : -1;
  let equal = n - sorted.indexOf(last);
  return Uint8Array.from(errors, (error) => error < last || error === last && equal-- > 0 ? 1 : 0);
};
var cutOf = (calibration, logOdds, budget, known, right, safe) => {
  const [slope, intercept, , tilt] = calibration;
  const { intercepts, weights, mean, spread } = posterior(calibration, known, right);
  const steep = (at) => Math.max(0, slope + tilt * (at - intercept));
  const errorsAt = (at) => {
    const slopeThere = steep(at);
    return logOdds.map((margin) => 1 - logistic(at + slopeThere * margin));
  };
  const slopes = intercepts.map(steep);
  const errors = logOdds.map((margin) => {
    let error = 0;
    for (let k = 0; k < slopes.length; k++) error += weights[k] * (1 - logistic(intercepts[k] + slopes[k] * margin));
    return error;
  });
  const safeErrors = errorsAt(mean - safe * spread);
  const accepted = within(safeErrors, budget);
  const some = [...accepted.keys()].filter((i) => accepted[i]);
  const n = some.length;
  const meanOf = (values) => some.reduce((sum, i) => sum + values[i], 0) / n;
  const all = { accepted, errors, safeErrors, intercept: mean, spread, audit: known.length, n };
  if (!n) return { ...all, expected: NaN, low: NaN, high: NaN };
  const expected = meanOf(errors);
  const [best, worst] = [1, -1].map((sign) => meanOf(errorsAt(mean + sign * NORMAL_95 * spread)));
  const chance = NORMAL_95 * Math.sqrt(some.reduce((sum, i) => sum + errors[i] * (1 - errors[i]), 0)) / n;
  return {
    ...all,
    expected,
    low: Math.max(0, expected - Math.hypot(expected - best, chance)),
    high: Math.min(1, expected + Math.hypot(worst - expected, chance))
  };
};
var strangeUnits = (known, { rules, codes }, policy) => new Set(policy !== "unsure" ? [] : known.unfamiliar.filter((i) => ["mua", "sua", "neural"].includes(rules.labels[codes[i]])));
var acceptedOf = (known, labeled, asked, policy, shift) => {
  const { rules, limits, noise, sua, codes, byHand } = labeled;
  const strange = strangeUnits(known, labeled, policy);
  const logOdds = Float64Array.from(codes, (code, i) => {
    if (strange.has(i) || Object.hasOwn(byHand, i)) return NaN;
    return logOddsOf(askedProbability(rules.labels[code], noise && noise[i], sua && sua[i], asked.question));
  });
  const odds = [];
  const right = [];
  for (const [at, truth] of Object.entries(known.audit)) {
    const i = Number(at);
    const without = Object.hasOwn(known.left_out, at) ? known.left_out[at] : null;
    const pNoise = without ? movedBy(without[0], shift) : noise ? noise[i] : NaN;
    const pSua = without ? without[1] : sua ? sua[i] : NaN;
    const said = decidedBy(rules, limits, pNoise, pSua);
    const hit = isRight(said, truth, asked.question);
    const p = askedProbability(said, noise && pNoise, sua && pSua, asked.question);
    if (hit === null || p !== p) continue;
    odds.push(logOddsOf(p));
    right.push(hit);
  }
  return cutOf(known.calibrations[asked.question] ?? [1, 0, 1, 0], logOdds, asked.error, odds, right, asked.safe);
};
var UNFAMILIAR = "its waveform is unlike those of all neural units that the classifier learnt from";
var heldUnits = (known, labeled, options, shift) => {
  const held = /* @__PURE__ */ new Map();
  for (const i of strangeUnits(known, labeled, options.unfamiliar)) if (!Object.hasOwn(labeled.byHand, i)) held.set(i, UNFAMILIAR);
  if (!options.accept) return { held, cut: null };
  const cut = acceptedOf(known, labeled, options.accept, options.unfamiliar, shift);
  for (let i = 0; i < cut.errors.length; i++) {
    if (cut.errors[i] !== cut.errors[i] || cut.accepted[i]) continue;
    held.set(i, `expected error ${cut.safeErrors[i].toFixed(2)} (${options.accept.question}): not accepted at ${options.accept.error}`);
  }
  return { held, cut };
};

// src/state/undecided.js
var NOISE = "noise_probability";
var UNDECIDED = "unsure";
var NoiseShift = class {
  constructor() {
    this.last = { from: null, share: null, shift: 0, values: new Float64Array(0) };
  }
  /** @param {Float64Array} noise as the kernel sent it @param {number|null} share @returns {{shift: number, values: Float64Array}} */
  of(noise, share) {
    if (share === null) return { shift: 0, values: noise };
    const { last } = this;
    if (last.from !== noise || last.share !== share) {
      const shift = shiftFor(noise, share);
      this.last = { from: noise, share, shift, values: noise.map((p) => movedBy(p, shift)) };
    }
    return this.last;
  }
};
var binned = (values, axis) => {
  const inner = axis.bins - (axis.zero ? 1 : 0) - (axis.missing ? 1 : 0);
  return Int16Array.from(values, (value) => {
    if (value !== value) return axis.missing ? axis.bins - 1 : -1;
    const shown = value * axis.factor;
    const place2 = axis.log ? Math.log10(shown) : shown;
    return Math.min(inner - 1, Math.max(0, Math.floor((place2 - axis.low) / (axis.high - axis.low) * inner)));
  });
};
var withBins = (sent, n, places) => {
  const all = new Int16Array(copied(sent));
  for (const [k, own2] of Object.entries(places)) all.set(own2, Number(k) * n);
  return new Uint8Array(all.buffer);
};
var withTallest = (axis, places) => {
  const stacks = new Float64Array(axis.bins);
  for (const bin of places) if (bin >= 0) stacks[bin]++;
  return { ...axis, tallest: Math.max(1, ...stacks) };
};
var undecided = (known, options, rules, limits, values, missing, codes, byHand, shift) => {
  if (!known || !known.calibrations) return { held: /* @__PURE__ */ new Map(), cut: null };
  const column = (name) => {
    const k = rules.criteria.findIndex((c) => c.metric === name);
    return k < 0 || missing[k] ? null : values[k];
  };
  return heldUnits(known, { rules, limits, noise: column(NOISE), sua: column("sua_probability"), codes, byHand }, options, shift);
};

// src/state/method_options.js
var MethodOptions = class {
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
    this.held = /* @__PURE__ */ new Map();
    this.fixed = {};
    this.cut = null;
  }
  /** With what the user has changed. @returns {Options} */
  get now() {
    const sent = this.model.get("_options") ?? {};
    const now = Object.fromEntries(Object.keys(sent).map((name) => [name, this.overlay.get(`option:${name}`, sent[name])]));
    return (
      /** @type {Options} */
      { accept: null, noise_share: null, unfamiliar: "keep", ...now }
    );
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
    const places = {};
    this.model.get("_rules").criteria.forEach((c, k) => {
      const axis = axes[k];
      if (axis && c.metric === NOISE) places[k] = binned(noise.values, axis);
    });
    return this.#binned = { sent, share, bins: withBins(sent, this.model.get("_n_units"), places), places };
  }
  get bins() {
    return this.#moved()?.bins ?? this.model.get("_bins");
  }
  /** @returns {(Axis|null)[]} */
  get axes() {
    const axes = this.model.get("_axes");
    const moved = this.#moved();
    return moved ? axes.map((axis, k) => axis && moved.places[k] ? withTallest(axis, moved.places[k]) : axis) : axes;
  }
  /**
   * Label the units, then leave some undecided.
   * @param {Labeling} labeling @param {Limits[]} limits @param {Record<string, string>} byHand @param {string} hand the same as text
   * @returns {Changed|null}
   */
  update(labeling, limits, byHand, hand) {
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
      return this.fixed = byHand;
    }
    const text = `${[...this.held.keys()]}|${hand}`;
    if (text !== this.#fixedText) {
      this.#fixedText = text;
      this.fixed = { ...Object.fromEntries([...this.held.keys()].map((i) => [i, UNDECIDED])), ...byHand };
    }
    return this.fixed;
  }
};
var OptionMessages = class {
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
  stop() {
    clearTimeout(this.#later);
  }
  #send() {
    clearTimeout(this.#later);
    this.#later = 0;
    this.#toldAt = performance.now();
    for (const name of this.overlay.under("option:")) {
      if (!this.overlay.told(`option:${name}`, this.next()).length) continue;
      this.tell({ type: "option", name, value: this.overlay.get(
        `option:${name}`,
        /** @type {any} */
        null
      ), gesture: this.#gesture });
    }
  }
};

// src/state/overlay.js
var UNSENT = Infinity;
var Overlay = class {
  constructor() {
    this.changes = /* @__PURE__ */ new Map();
  }
  /** @param {string} name @param {unknown} value @param {number} [message] not given: it is told later */
  put(name, value, message = UNSENT) {
    this.changes.set(name, { value, message, since: performance.now() });
  }
  /** The value of a change that is still pending, else the other. @template T @param {string} name @param {T} otherwise @returns {T} */
  get(name, otherwise) {
    const known = this.changes.get(name);
    return known ? (
      /** @type {T} */
      known.value
    ) : otherwise;
  }
  /** Names that begin with a prefix, without it. @param {string} prefix @returns {string[]} */
  under(prefix) {
    return [...this.changes.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  }
  /** Seconds since the oldest change that is told and not acknowledged. @param {string} prefix @returns {number} */
  age(prefix) {
    const since = [...this.changes].filter(([name]) => name.startsWith(prefix)).map(([, change]) => change.since);
    return since.length ? (performance.now() - Math.min(...since)) / 1e3 : 0;
  }
  /** Changes that no message tells yet, marked as told by this one. @param {string} prefix @param {number} message @returns {string[]} */
  told(prefix, message) {
    return this.under(prefix).filter((name) => {
      const change = this.changes.get(prefix + name);
      if (!change || change.message !== UNSENT) return false;
      change.message = message;
      return true;
    });
  }
  /** Forget what the kernel has dealt with. @param {number} message @returns {string[]} names of these changes */
  acknowledge(message) {
    const dropped = [...this.changes].filter(([, change]) => change.message <= message).map(([name]) => name);
    for (const name of dropped) this.changes.delete(name);
    return dropped;
  }
};

// src/state/queue.js
var REST = 120;
var PAUSE = 60;
var PATIENCE2 = 10;
var KEPT = 500;
var AHEAD = 2;
var Queue = class {
  #store;
  #number = -1;
  #since = 0;
  #seen = -1;
  /** Labels given here, the last one last. @type {{units: number[], before: (string|null)[]}[]} */
  #given = [];
  /** Elements that show the evidence on a unit. @type {Set<HTMLElement>} */
  #cards = /* @__PURE__ */ new Set();
  /** @param {Store} store */
  constructor(store) {
    this.#store = store;
    this.units = [];
    this.at = 0;
    this.order = "";
    this.title = "";
    this.drawn = /* @__PURE__ */ new Set();
    this.reasons = {};
    this.seconds = [];
    this.refused = [];
    this.note = "";
    this.said = "";
    this.follow();
  }
  // ------------------------------------------------------------------ what is read
  get active() {
    return this.units.length > 0;
  }
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
    return sorted.length ? sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2 : NaN;
  }
  /** Units of the queue (of all where there is none) that have a label by hand. */
  get labeled() {
    const given = this.#store.byHand;
    return this.active ? this.units.filter((unit) => given[unit] !== void 0) : Object.keys(given).map(Number);
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
    const units = sent.units.map((id) => places.get(id) ?? -1).filter((at) => at >= 0);
    [this.order, this.title, this.reasons] = [sent.order ?? "", sent.title ?? "", sent.why ?? {}];
    this.drawn = new Set((sent.drawn ?? []).map((id) => places.get(id) ?? -1));
    if (sent.number === this.#number) {
      this.#renew(units);
      return;
    }
    this.#number = sent.number ?? -1;
    this.units = units;
    const place2 = store.model.get("_place");
    this.at = place2 === null || place2 === void 0 ? units.length : Math.max(0, units.indexOf(places.get(place2) ?? -1));
    this.seconds = [...store.model.get("_seconds") ?? []];
    this.said = "";
    this.#enter();
  }
  /** Another order of the same units: what was shown stays, and what is about to be. @param {number[]} units */
  #renew(units) {
    const stay = this.units.slice(0, this.at + 1 + AHEAD);
    const kept = new Set(stay);
    const rest = units.filter((unit) => !kept.has(unit));
    const given = this.#store.byHand;
    const done = rest.filter((unit) => given[unit] !== void 0);
    this.at += done.length;
    this.units = [...done, ...stay, ...rest.filter((unit) => given[unit] === void 0)];
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
    const dealt = /* @__PURE__ */ new Set([...taken, ...refused.map(({ unit }) => unit)]);
    this.refused = [...this.refused.filter(({ unit }) => !dealt.has(unit)), ...refused];
    for (const { unit } of refused) {
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
  get isWatched() {
    return [...this.#cards].some((el) => el.isConnected && el.getClientRects().length > 0);
  }
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
      if (this.#seen !== now) for (const el of this.#cards) el.scrollIntoView({ block: "nearest" });
      return this.#say(this.#seen === now || !this.active ? "" : `unit ${store.ids[now]} is not on screen yet: the key was not taken`);
    }
    const units = all ? store.selection : [now];
    this.#given.push({ units, before: units.map((unit) => store.byHand[unit] ?? null) });
    const note = this.note;
    [this.note, this.said] = ["", ""];
    window.setTimeout(() => store.tellOfQueue(), 1e3 * PATIENCE2 + 50);
    store.override(units, label, note);
    if (this.active && label !== null) this.go(1, true);
    else store.tellOfQueue();
  }
  /** Go to the next unit, or back. @param {1|-1} by @param {boolean} [done] whether the one shown was labeled just now */
  go(by, done = false) {
    const took = (performance.now() - this.#since) / 1e3;
    const now = this.units[this.at];
    const given = this.#store.byHand;
    let at;
    if (by < 0) at = Math.max(0, this.at - 1);
    else if (now !== void 0 && this.shown !== now && given[now] === void 0) at = this.at;
    else {
      const [next] = done || now === void 0 ? this.#left() : this.next(1);
      if (next === void 0 && now !== void 0 && given[now] === void 0) return;
      at = next === void 0 ? this.units.length : this.units.indexOf(next);
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
    const known = last === null || last === void 0 ? -1 : store.ids.indexOf(last);
    const unit = waits && top ? top.units[top.units.length - 1] : known;
    if (waits && !top) return this.#say("the last labels are not kept yet: wait for the kernel");
    if (unit < 0) return this.#say("there is no label by hand to take back");
    const mine = top?.units.includes(unit) ? top : null;
    if (!mine) this.#given = [];
    const changes = { selection: [unit] };
    mine?.units.forEach((each, i) => {
      changes[`hand:${each}`] = mine.before[i];
    });
    this.said = "";
    store.ask({ type: "take_back", unit: store.ids[unit] }, changes);
  }
  /** Units of the queue without a label by hand, from here on and then from the start, but the one shown. @returns {number[]} */
  #left() {
    const given = this.#store.byHand;
    return [...this.units.slice(this.at + 1), ...this.units.slice(0, this.at)].filter((unit) => given[unit] === void 0);
  }
  /** @param {number} unit -1: none @param {number|null} seconds */
  #show(unit, seconds) {
    const store = this.#store;
    store.ask({ type: "show", unit: unit < 0 ? null : store.ids[unit], seconds }, { selection: unit < 0 ? [] : [unit] });
  }
  /** @param {string} words */
  #say(words2) {
    this.said = words2;
    this.#store.tellOfQueue();
  }
};

// src/state/store.js
var PAUSE2 = 200;
var Store = class extends EventTarget {
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
    this.listed = null;
    this.#options = new MethodOptions(model, this.#overlay);
    this.#optionMessages = new OptionMessages(this.#overlay, () => this.#messages + 1, (message) => this.#tell(message), PAUSE2);
    this.#labeling = this.#made();
    this.#relabel();
    this.queue = new Queue(this);
    this.deeds = new Deeds();
    this.addEventListener("selection", () => this.queue.onSelection());
    const events = [
      ["change:_revision", () => this.#restructure()],
      ["change:limits", () => this.#onLimits()],
      ["change:selection", () => this.#emit("selection")],
      ["change:by_hand change:_hand_notes", () => this.#onHand()],
      ["change:_queue", () => {
        this.queue.follow();
        this.tellOfQueue();
      }],
      ["change:_last change:_orders", () => this.tellOfQueue()],
      ["change:_hand_keys change:_key_labels change:_merge_keys", () => this.#emit("structure")],
      ["change:_acknowledged", () => this.#onAcknowledged()],
      ["change:_options", () => this.#onOptions()],
      ["change:_undecided", () => {
        if (this.#isCurrent()) this.#relabel("options");
      }],
      ["change:_history change:error", () => this.#emit("history")]
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
      this.addEventListener(name, (event) => listener(
        /** @type {CustomEvent} */
        event.detail
      ), { signal });
    }
  }
  // ------------------------------------------------------------------ inputs
  get n() {
    return this.model.get("_n_units");
  }
  get ids() {
    return this.model.get("_ids");
  }
  get axes() {
    return this.#options.axes;
  }
  get steps() {
    return this.model.get("_steps");
  }
  get keys() {
    return this.model.get("_keys");
  }
  get bins() {
    return this.#options.bins;
  }
  get looks() {
    return this.model.get("_looks");
  }
  get defaultCounts() {
    return this.model.get("_default_counts");
  }
  get handLabels() {
    return this.model.get("_hand_labels");
  }
  get keyLabels() {
    return this.model.get("_key_labels") ?? [];
  }
  get handKeys() {
    return this.model.get("_hand_keys");
  }
  /** Keys that answer a proposal to merge units: accept, reject. @returns {Record<string, string>} */
  get mergeKeys() {
    return this.model.get("_merge_keys") ?? {};
  }
  get handNotes() {
    return this.model.get("_hand_notes");
  }
  get notes() {
    return this.model.get("_notes") ?? {};
  }
  get unusable() {
    return this.model.get("_unusable");
  }
  get metricNames() {
    return this.model.get("_metric_names");
  }
  get metricUnits() {
    return this.model.get("_metric_units");
  }
  get history() {
    return this.model.get("_history");
  }
  get error() {
    return this.model.get("error");
  }
  get missing() {
    return this.#labeling.missing;
  }
  get values() {
    return this.#labeling.values;
  }
  /** Criteria and rules, with what the user has changed of them. */
  get rules() {
    return (
      /** @type {RuleSet & {name: string}} */
      this.#labeling.rules
    );
  }
  /** One pair a criterion, in stored units. */
  get limits() {
    return this.#labeling.limits;
  }
  /** Options of the method, with what the user has changed. @returns {Options} */
  get options() {
    return this.#options.now;
  }
  /** Labels by position. */
  get byHand() {
    return this.#byHand;
  }
  /** Units whose label by hand the kernel has not acknowledged. */
  get pending() {
    return new Set(this.#overlay.under("hand:").map(Number));
  }
  /** Seconds that the oldest of them waits. */
  get waiting() {
    return this.#overlay.age("hand:");
  }
  get selection() {
    return this.#overlay.get("selection", this.model.get("selection"));
  }
  /** The order in which labels are shown. */
  get order() {
    const known = this.model.get("_order");
    return [...known, ...this.rules.labels.filter((label) => !known.includes(label) && !this.model.get("_rules").labels.includes(label))];
  }
  // ------------------------------------------------------------------ what is derived
  /** @type {Trace} */
  get trace() {
    return this.#labeling.trace;
  }
  /** Why units are left undecided, by position. */
  get held() {
    return this.#options.held;
  }
  /** Labels that no limit changes, by position: by hand, and "unsure" where units are left undecided. */
  get fixed() {
    return this.#options.fixed;
  }
  /** Which labels are accepted by their expected error; null where nothing was asked. */
  get accepted() {
    return this.#options.cut;
  }
  /** How many units have each criterion as their only reason. */
  get only() {
    return this.#labeling.only;
  }
  /** Units of each label, by its code. */
  get counts() {
    return this.#labeling.counts;
  }
  /** What views are limited to; null: they show all units. */
  get scope() {
    return this.#scope;
  }
  /** Whether views show a unit. @param {number} unit position */
  isShown(unit) {
    return !this.#scope || this.#scope.mask[unit] === 1;
  }
  /** Units that are shown: how many, how many of each label, and those that have each criterion as their only reason. */
  get shown() {
    return this.#scope ? { n: this.#scope.units.length, counts: this.#scope.counts, only: this.#scope.only } : this.#labeling;
  }
  /** The method as it is now, for what-if questions. @returns {Method} */
  get method() {
    return { rules: this.rules, limits: this.limits, missing: this.missing, values: this.values, trace: this.trace };
  }
  /** @param {number} unit position @returns {string} */
  label(unit) {
    return this.rules.labels[this.trace.codes[unit]];
  }
  /** Whether a label says that a unit is no neuron: it is left out and explained first. @param {string} label */
  isNoise(label) {
    return this.model.get("_vocabulary").labels.some(({ name, kind }) => name === label && kind === 0);
  }
  /** Whether a label is shown only where units have it: it says that nothing is known of them. @param {string} label */
  isRare(label) {
    const known = this.model.get("_vocabulary").labels.find(({ name }) => name === label);
    return known !== void 0 && known.kind === null && !known.by_hand && this.rules.default !== label && !this.rules.rules.some((rule) => rule.label === label && !asksForMissing(rule.when));
  }
  /** @param {string} label @returns {Look} */
  look(label) {
    return Object.hasOwn(this.looks, label) ? this.looks[label] : { color: "#888888", hatch: "plain" };
  }
  /** Stored values of a metric by unit; an empty array for one that is not there. @param {string} name @returns {Float64Array} */
  metric(name) {
    const sent = this.model.get("_metric_values");
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
  position(key) {
    return this.keys.indexOf(key);
  }
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
    const wait = this.#toldAt + PAUSE2 - performance.now();
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
    if (next !== void 0) this.select([next]);
  }
  /** Units that "next unit" leads to, the nearest first. @param {number} count @returns {number[]} positions */
  nextUnits(count) {
    if (this.queue.active) return this.queue.next(count);
    const found = Array.from({ length: count }, (_, i) => this.#walk(i + 1)[0]);
    return [...new Set(found)].filter((unit) => unit !== void 0 && unit !== this.selection[this.selection.length - 1]);
  }
  /** Tell views of what has changed in the queue. */
  tellOfQueue() {
    this.#emit("queue");
  }
  // ------------------------------------------------------------------ inside
  /** The unit so many steps further; none where no unit is shown. @param {number} by @returns {number[]} */
  #walk(by) {
    const order = (this.listed ?? Array.from({ length: this.n }, (_, i) => i)).filter((unit) => this.isShown(unit));
    if (!order.length) return [];
    const now = this.selection;
    const at = order.indexOf(now[now.length - 1]);
    const from = at < 0 && by > 0 ? -1 : Math.max(at, 0);
    return [order[((from + by) % order.length + order.length) % order.length]];
  }
  /** @param {string} name @param {Changed|null} [detail] */
  #emit(name, detail = null) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
  #tellCriteria() {
    clearTimeout(this.#later);
    this.#later = 0;
    this.#toldAt = performance.now();
    const limits = this.#untold(
      "limits:",
      /** @type {Limits} */
      [null, null]
    );
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
    const values = sent.criteria.map((c, k) => noise && c.metric === NOISE ? noise.values : all.subarray(k * n, (k + 1) * n));
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
    const given = this.#overlay.under("hand:").map((unit) => this.#overlay.get(
      `hand:${unit}`,
      /** @type {string|null} */
      null
    ));
    const added = given.filter((label) => label !== null && !sent.labels.includes(label));
    return { ...sent, criteria, labels: [...sent.labels, ...new Set(
      /** @type {string[]} */
      added
    )] };
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
      const label = this.#overlay.get(
        `hand:${unit}`,
        /** @type {string|null} */
        null
      );
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
  #share = (
    /** @type {number|null} */
    null
  );
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
    const wanted = new Map(this.#overlay.under("hand:").map((unit) => [unit, this.#overlay.get(
      `hand:${unit}`,
      /** @type {string|null} */
      null
    )]));
    const dropped = this.#overlay.acknowledge(message);
    const any = (kind) => dropped.some((name) => name.startsWith(kind));
    if (any("selection")) this.#emit("selection");
    if (any("hand:")) this.#onKept(dropped.flatMap((name) => name.startsWith("hand:") ? [name.slice(5)] : []), wanted);
    if (any("option:")) this.#onOptions();
    if (!any("limits:") && !any("missing:") && !any("hand:")) return;
    if (JSON.stringify(this.#changed()) !== rules) this.#restructure();
    else if (this.#isCurrent()) this.#relabel("limits", ...any("hand:") ? ["hand"] : []);
  }
  /** @param {string[]} units whose labels the kernel has dealt with @param {Map<string, string|null>} wanted */
  #onKept(units, wanted) {
    const lost = this.error ? units.filter((unit) => (this.model.get("by_hand")[unit] ?? null) !== (wanted.get(unit) ?? null)) : [];
    this.queue.onAnswer(
      lost.map((unit) => ({ unit: Number(unit), label: wanted.get(unit) ?? null, why: this.error })),
      units.filter((unit) => !lost.includes(unit)).map(Number)
    );
    this.tellOfQueue();
  }
  /** False while the rest of a new structure is on its way: one message changes one attribute after another. */
  #isCurrent() {
    return this.#revision === this.model.get("_revision");
  }
};

// src/core/axis.js
function toAxis(axis, value) {
  const shown = value * axis.factor;
  return axis.log ? Math.log10(Math.max(shown, 1e-300)) : shown;
}
function limitPlaces(axis, [low, high]) {
  const inside = (x) => Math.min(Math.max(x, axis.low), axis.high);
  return [
    low === null ? null : inside(toAxis(axis, low) - axis.half),
    high === null ? null : inside(toAxis(axis, high) + axis.half)
  ];
}
var withLimit = (limits, bound, limit) => bound === 0 ? [limit, limits[1]] : [limits[0], limit];
function movedLimit(limits, bound, limit) {
  const other = limits[1 - bound];
  return withLimit(limits, bound, other === null ? limit : bound === 0 ? Math.min(limit, other) : Math.max(limit, other));
}
var partOf = (axis, place2) => (place2 - axis.from) / (axis.high - axis.from);
function regularBins(axis) {
  const regular = axis.bins - (axis.missing ? 1 : 0) - (axis.zero ? 1 : 0);
  return { regular, width: (axis.high - axis.low) / regular };
}
function binOf(axis, bin) {
  const { regular, width } = regularBins(axis);
  let left = axis.low + bin * width;
  if (axis.missing && bin === axis.bins - 1) left = axis.low - (axis.zero ? 7.5 : 2.5) * width;
  else if (axis.zero && bin === regular) left = axis.low - 1.5 * width;
  return [partOf(axis, left), width / (axis.high - axis.from)];
}
function binAt(axis, part) {
  for (let bin = 0; bin < axis.bins; bin++) {
    const [left, width] = binOf(axis, bin);
    if (part >= left && part < left + width) return bin;
  }
  return -1;
}
function fromAxis(axis, place2) {
  const inside = Math.min(Math.max(place2, axis.low), axis.high);
  let shown = inside;
  if (axis.log) shown = Number((10 ** inside).toPrecision(3));
  else {
    const step = 10 ** Math.floor(Math.log10((axis.high - axis.low) / 200));
    shown = Math.round(inside / step) * step;
  }
  if (axis.whole) shown = Math.round(shown);
  return toStored(axis, shown);
}
function toStored({ factor }, shown) {
  return Number((shown / factor).toPrecision(12));
}

// src/core/format.js
var short = (value) => {
  if (value !== value) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && !(size >= 1e-3 && size < 1e6)) {
    const [digits, power] = value.toExponential(2).split("e");
    return `${Number(digits)}e${Number(power)}`;
  }
  const rounded = size < 1e3 ? Number(value.toPrecision(3)) : Math.sign(value) * Math.round(size);
  const [whole, rest] = String(Math.abs(rounded)).split(".");
  return `${rounded < 0 ? "-" : ""}${whole.replace(/(?=(\d{3})+$)(?!^)/g, ",")}${rest ? `.${rest}` : ""}`;
};
var ticks = (low, high, most2) => {
  const raw = (high - low) / most2;
  const size = 10 ** Math.floor(Math.log10(raw));
  const gap = [1, 2, 5, 10].map((f) => f * size).find((g) => g >= raw * (1 - 1e-9)) ?? raw;
  const found = [];
  for (let t = Math.ceil(low / gap - 1e-9); t <= high / gap + 1e-9; t++) found.push(Number((t * gap).toPrecision(12)));
  return found;
};

// src/ui/canvas.js
var penOf = (canvas) => {
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
var fontOf = ({ fontSize }, px, ratio, most2 = 2) => `${px * ratio * Math.min(most2, Math.max(1, parseFloat(fontSize) / 13 || 1))}px sans-serif`;
var sizes = /* @__PURE__ */ new WeakMap();
var sizeObserver = new ResizeObserver((entries) => {
  for (const { target } of entries) sizes.set(target, { width: target.clientWidth, height: target.clientHeight });
});
var sizeOf = (element) => {
  const known = sizes.get(element);
  if (known) return known;
  const size = { width: element.clientWidth, height: element.clientHeight };
  if (size.width) {
    sizes.set(element, size);
    sizeObserver.observe(element);
  }
  return size;
};
var onLook = (el, repaint, signal) => {
  const size = new ResizeObserver(repaint);
  size.observe(el);
  const theme = new MutationObserver(repaint);
  theme.observe(document.body, {
    attributes: true,
    attributeFilter: ["data-jp-theme-name", "data-jp-theme-light", "class"]
  });
  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", repaint);
  signal.addEventListener("abort", () => {
    size.disconnect();
    theme.disconnect();
    scheme.removeEventListener("change", repaint);
  });
};
var fillLook = (pen, look, ratio, x, y, width, height) => {
  pen.fillStyle = look.color;
  pen.fillRect(x, y, width, height);
  const hatch = hatchOf(pen, look.hatch, ratio);
  if (!hatch) return;
  pen.fillStyle = hatch;
  pen.fillRect(x, y, width, height);
};
var hatches = /* @__PURE__ */ new Map();
var hatchOf = (pen, name, ratio) => {
  if (name === "plain") return null;
  const key = `${name} ${ratio}`;
  if (hatches.has(key)) return hatches.get(key) ?? null;
  const side = Math.round(5 * ratio);
  const tile = document.createElement("canvas");
  tile.width = tile.height = side;
  const ink = (
    /** @type {CanvasRenderingContext2D} */
    tile.getContext("2d")
  );
  ink.strokeStyle = ink.fillStyle = "rgb(255 255 255 / 60%)";
  ink.lineWidth = 0.9 * ratio;
  const lines = (...ends) => {
    for (const [x1, y1, x2, y2] of ends) {
      ink.beginPath();
      ink.moveTo(x1, y1);
      ink.lineTo(x2, y2);
      ink.stroke();
    }
  };
  const half = side / 2;
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

// src/ui/bars.js
var ROOM = { top: 6, bottom: 22, left: 34, right: 16 };
var leftOf = (axis, place2) => `calc(${ROOM.left}px + (100% - ${ROOM.left + ROOM.right}px) * ${partOf(axis, place2)})`;
var partUnder = (clientX, box) => (clientX - box.left - ROOM.left) / (box.width - ROOM.left - ROOM.right);
var paintBars = (canvas, axis, heights, looks, selected, limits, colors) => {
  const drawing = penOf(canvas);
  if (!drawing) return;
  const { pen, ratio } = drawing;
  const left = ROOM.left * ratio;
  const top = ROOM.top * ratio;
  const wide2 = drawing.width - left - ROOM.right * ratio;
  const high = drawing.height - top - ROOM.bottom * ratio;
  if (wide2 <= 0 || high <= 0) return;
  const floor = top + high;
  const scale = high / (axis.tallest * 1.06);
  const gap = Math.min(ratio, 0.12 * wide2 * binOf(axis, 0)[1]);
  for (let bin = 0; bin < axis.bins; bin++) {
    const [at, part] = binOf(axis, bin);
    let sum = 0;
    heights.forEach((row, r) => {
      if (!row[bin]) return;
      const bottom = floor - sum * scale;
      sum += row[bin];
      fillLook(pen, looks[r], ratio, left + at * wide2, floor - sum * scale, part * wide2 - gap, bottom - (floor - sum * scale));
    });
    if (selected[bin]) {
      pen.fillStyle = colors.ink;
      const tall = Math.max(2 * ratio, selected[bin] * scale);
      pen.fillRect(left + (at + part * 0.3) * wide2, floor - tall, part * 0.4 * wide2, tall);
    }
  }
  if (axis.saturated) {
    const { regular, width } = regularBins(axis);
    const sum = heights.reduce((total, row) => total + row[regular - 1], 0);
    pen.fillStyle = colors.ink;
    pen.font = fontOf(colors, 9, ratio, 1.4);
    pen.textAlign = "center";
    pen.textBaseline = "bottom";
    pen.fillText("▾", left + partOf(axis, axis.high - width / 2) * wide2, Math.max(top + 9 * ratio, floor - sum * scale));
  }
  pen.fillStyle = colors.soft;
  pen.font = fontOf(colors, 10, ratio, 1.4);
  pen.textAlign = "right";
  pen.textBaseline = "middle";
  for (const count of ticks(0, axis.tallest, 2)) {
    const y = floor - count * scale;
    pen.fillRect(left - 4 * ratio, y - ratio / 2, 4 * ratio, ratio);
    pen.fillText(String(count), left - 6 * ratio, y);
  }
  pen.fillRect(left - ratio, top, ratio, high);
  const x = (place2) => left + partOf(axis, place2) * wide2;
  const lowest = axis.zero && limits[0] !== null && limits[0] > 0 ? axis.low - 1.6 * regularBins(axis).width : axis.low;
  limitPlaces(axis, limits).forEach((place2, bound) => {
    if (place2 === null) return;
    const [at, end] = [x(place2), x(bound ? axis.high : lowest)];
    pen.fillStyle = "rgb(127 127 127 / 18%)";
    pen.fillRect(Math.min(at, end), top, Math.abs(at - end), high);
    pen.fillStyle = colors.limit;
    pen.fillRect(at - 0.8 * ratio, top, 1.6 * ratio, high);
  });
};

// src/ui/dom.js
var make = (tag, name, text) => {
  const element = document.createElement(tag);
  if (name) element.className = name;
  if (text !== void 0) element.textContent = text;
  return element;
};
var button = (text, label, onClick) => {
  const element = document.createElement("button");
  element.type = "button";
  element.className = "nbl-button";
  element.textContent = text;
  if (label !== text) element.setAttribute("aria-label", label);
  element.title = label;
  element.addEventListener("click", onClick);
  return element;
};
var fillMenu = (menu, entries, chosen) => {
  menu.replaceChildren(...entries.map(([value, text]) => {
    const option = (
      /** @type {HTMLOptionElement} */
      make("option", "", text ?? value)
    );
    option.value = value;
    option.selected = value === chosen;
    return option;
  }));
};

// src/ui/download.js
var download = (name, text, kind) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: kind }));
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
};

// src/views/accepting.js
var accepting_exports = {};
__export(accepting_exports, {
  render: () => render
});

// src/core/agreement.js
var FEWEST_FOR_INTERVAL = 10;
var NORMAL_952 = 1.959963984540054;
var kappaOf = (table) => {
  const units = table.flat().reduce((a, b) => a + b, 0);
  const p = table.map((row) => row.map((count) => count / units));
  const rows = p.map((row) => row.reduce((a, b) => a + b, 0));
  const columns = p.map((_, j) => p.reduce((sum, row) => sum + row[j], 0));
  const agreement = units ? table.reduce((sum, row, i) => sum + row[i], 0) / units : NaN;
  const chance = rows.reduce((sum, r, i) => sum + r * columns[i], 0);
  const none = { value: NaN, low: NaN, high: NaN, agreement, units };
  if (!units || Math.abs(1 - chance) < 1e-9) return none;
  const beyond2 = (share) => (share - chance) / (1 - chance);
  const value = beyond2(agreement);
  if (units < FEWEST_FOR_INTERVAL) return { ...none, value };
  const z2 = NORMAL_952 ** 2 / units;
  const middle = (agreement + z2 / 2) / (1 + z2);
  const half = NORMAL_952 * Math.sqrt(agreement * (1 - agreement) / units + z2 / units / 4) / (1 + z2);
  return { ...none, value, low: Math.min(value, Math.max(-1, beyond2(middle - half))), high: Math.max(value, Math.min(1, beyond2(middle + half))) };
};
var kappaInWords = ({ value, low, high, units }) => {
  if (value !== value) return "Cohen's κ – (all units have one label)";
  const said = `Cohen's κ ${value.toFixed(2)}`;
  return low === low ? `${said} (95 %: ${low.toFixed(2)} to ${high.toFixed(2)})` : `${said} (${units} units are too few for an interval)`;
};
var chanceOf = (rules, values, label, at) => {
  if (rules.name !== "unitrefine") return NaN;
  const column = (name) => rules.criteria.findIndex((c) => c.metric === name);
  const [first, second] = [column("noise_probability"), column("sua_probability")];
  const noise = first < 0 ? 0 : values[first][at];
  const sua = second < 0 ? NaN : values[second][at];
  if (first >= 0 && label === "noise") return noise;
  if (first >= 0 && label === "neural") return 1 - noise;
  if (label === "sua" || label === "good") return (1 - noise) * sua;
  return label === "mua" ? (1 - noise) * (1 - sua) : NaN;
};
var flowOf = (from, to, labels) => {
  const place2 = new Map(labels.map((label, at) => [label, at]));
  const counts2 = labels.map(() => labels.map(() => 0));
  from.forEach((label, i) => {
    const [row, column] = [place2.get(label), place2.get(to[i])];
    if (row !== void 0 && column !== void 0) counts2[row][column]++;
  });
  return counts2;
};

// src/core/unit_words.js
var WORDS = ["unit", "label", "reasons", "by_hand", "note", "unsure", "pending", "probability"];
var SURE = 0.6;
var UNKNOWN = ["unsure", "unjudged"];
var shownValue = (value, factor, magnitude) => {
  const shown = factor === 1 ? value : Number((value * factor).toPrecision(12));
  return magnitude ? Math.abs(shown) : shown;
};
var isMagnitude = ({ rules, meanings }, name) => {
  const own2 = rules.criteria.filter((criterion) => criterion.metric === name);
  if (own2.length) return own2.some((criterion) => criterion.abs);
  return Object.hasOwn(meanings, name) && meanings[name].magnitude;
};
var reasonsOf2 = ({ rules, trace }, unit) => [
  ...new Set(rules.criteria.filter((_, k) => trace.reasons[k]?.[unit]).map((criterion) => criterion.metric))
];
var nameOf = (labeled, name) => {
  const { rules, trace, values, ids, byHand, notes } = labeled;
  const label = (unit) => rules.labels[trace.codes[unit]];
  const hand = (map, unit) => Object.hasOwn(map, unit) ? map[unit] : "";
  switch (name) {
    case "unit":
      return { read: (unit) => ids[unit] };
    case "label":
      return { read: label };
    case "reasons":
      return { read: (unit) => reasonsOf2(labeled, unit), bare: true };
    case "by_hand":
      return { read: (unit) => hand(byHand, unit), bare: true };
    case "note":
      return { read: (unit) => hand(notes, unit), bare: true };
    case "pending":
      return { read: labeled.isPending, bare: true };
    case "probability":
      return rules.name === "unitrefine" ? { read: (unit) => chanceOf(rules, values, label(unit), unit) } : null;
    case "unsure":
      return { read: (unit) => isUnsure(labeled, unit), bare: true };
    default: {
      const stored = labeled.metric(name);
      if (!stored.length) return null;
      const factor = Object.hasOwn(labeled.meanings, name) ? labeled.meanings[name].factor : 1;
      const magnitude = isMagnitude(labeled, name);
      return { read: (unit) => shownValue(stored[unit], factor, magnitude) };
    }
  }
};
var isUnsure = ({ rules, trace, values, byHand }, unit) => {
  if (Object.hasOwn(byHand, unit)) return false;
  const label = rules.labels[trace.codes[unit]];
  return UNKNOWN.includes(label) || chanceOf(rules, values, label, unit) < SURE;
};
var hintOn = (labeled, text) => {
  const said = [];
  for (const [, name, sign, digits] of text.matchAll(/([A-Za-z_]\w*)\s*(<=|>=|<|>)\s*(-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)/g)) {
    const number = Number(digits);
    const stored = labeled.metric(name);
    const meaning = Object.hasOwn(labeled.meanings, name) ? labeled.meanings[name] : null;
    if (!stored.length || !meaning || !number) continue;
    if (number < 0 && isMagnitude(labeled, name)) said.push(`${name} is compared as a magnitude, without its sign`);
    else if (meaning.factor !== 1) {
      const above = (limit) => {
        let count = 0;
        for (const value of stored) if (Math.abs(value) > limit) count++;
        return count;
      };
      const [all, here, there] = [above(-1), above(number / meaning.factor), above(number)];
      if ((here === 0 || here === all) && there > 0 && there < all) {
        said.push(`${name} is compared in ${meaning.unit}: write ${name} ${sign} ${Number((number * meaning.factor).toPrecision(6))} for the stored value ${digits}`);
      }
    }
  }
  return said.join("; ");
};

// src/ui/key_help.js
var SELECTOR = ":scope > .nbl-key-help";
var isHelpOpen = (root) => root.querySelector(SELECTOR) !== null;
var closeHelp = (root) => root.querySelector(SELECTOR)?.remove();
var keysOf = (store) => {
  const labels = store.keyLabels.filter((label) => own(store.handKeys, label) !== void 0);
  const list = labels.map((label) => (
    /** @type {[string, string]} */
    [store.handKeys[label], `label it ${label}, and go on`]
  ));
  return [
    ...list,
    ["Shift + one of these", "label all units that are selected"],
    ["Backspace", "leave the unit to the rules"],
    ["Space or Enter", "next unit"],
    ["Shift + Space", "back"],
    ["u", "take the last label back, and show its unit"],
    ["Alt + ↓ ↑", "next unit, and back"],
    ["Ctrl + Z, Ctrl + Shift + Z", "undo and redo a change, limits too"],
    ...store.deeds.list,
    ["?", "this list; Escape closes it"]
  ];
};
var toggleHelp = (root, store) => {
  if (isHelpOpen(root)) {
    closeHelp(root);
    return;
  }
  const box = make("div", "nbl-view nbl-key-help");
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", "Keys");
  const table = make("table", "");
  for (const [key, words2] of keysOf(store)) {
    const row = make("tr", "");
    const name = make("th", "");
    name.append(make("kbd", "", key));
    row.append(name, make("td", "", words2));
    table.append(row);
  }
  const close = button("close (Escape)", "Close the list of keys", () => {
    closeHelp(root);
    root.focus({ preventScroll: true });
  });
  const change = make("p", "nbl-soft", 'Other keys: labeler.hand_keys = {"b": "noise"}; labels of your own get digits: labeler.hand_keys = ["axon"]; proposed merges: labeler.merge_keys = {"accept": "j"}.');
  box.append(make("strong", "", "Keys"), table, change, close);
  const above = root.closest(".jp-WindowedPanel-outer, .jp-Notebook")?.getBoundingClientRect().top ?? 0;
  box.style.top = `${Math.max(0, above - root.getBoundingClientRect().top) + 12}px`;
  root.append(box);
};

// src/ui/keys.js
var ROOT = ".nbl-root";
var ALONE = ".nbl-card, .nbl-hand, .nbl-table, .nbl-pair";
var heard = /* @__PURE__ */ new WeakMap();
var takesKeys = (target) => target instanceof HTMLElement && (target.isContentEditable || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement || target.closest("[role=textbox], .cm-editor") !== null || target instanceof HTMLInputElement && !["button", "checkbox", "radio", "range", "submit", "reset"].includes(target.type));
var rootOf = (el) => (
  /** @type {HTMLElement|null} */
  el.closest(ROOT) ?? el
);
var keepKeys = (el, store, signal) => {
  el.dataset.lmSuppressShortcuts = "true";
  el.addEventListener("keydown", (event) => onKey(event, store), { signal });
  whenConnected(el, () => {
    const root = rootOf(el);
    if (root === el && !el.matches(ALONE)) return;
    const known = heard.get(root) ?? /* @__PURE__ */ new WeakSet();
    if (known.has(store)) return;
    known.add(store);
    heard.set(root, known);
    listen(root, store);
  });
};
var whenConnected = (el, work) => {
  const sight = new IntersectionObserver(() => {
    if (!el.isConnected) return;
    sight.disconnect();
    work();
  });
  sight.observe(el);
};
var onKey = (event, store) => {
  const typing = event.target instanceof HTMLInputElement && event.target.type === "text";
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && !typing && (key === "z" || key === "y")) {
    store.travel(key === "y" || event.shiftKey ? "redo" : "undo");
    event.preventDefault();
  } else if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    store.step(event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
  }
  event.stopPropagation();
};
var listen = (root, store) => {
  root.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || !handKey(event, root, store)) return;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });
  if (root.matches(ROOT)) {
    root.dataset.lmSuppressShortcuts = "true";
    if (root !== document.body) root.tabIndex = -1;
    root.addEventListener("keydown", (event) => onKey(event, store));
  }
  root.addEventListener("pointerup", (event) => {
    if (takesKeys(event.target)) return;
    window.setTimeout(() => {
      if (!root.contains(document.activeElement)) root.focus({ preventScroll: true });
    });
  });
  if (isJustRun(root, store)) root.focus({ preventScroll: true });
};
var handKey = (event, root, store) => {
  if (event.ctrlKey || event.metaKey || event.altKey || takesKeys(event.target)) return false;
  if (event.key === "Escape" && isHelpOpen(root)) {
    closeHelp(root);
    return true;
  }
  if (!store.keyLabels.length) return false;
  const { queue } = store;
  const key = event.key.toLowerCase();
  const digit = /^Digit[1-9]$/.test(event.code) ? event.code.slice(-1) : key;
  const label = store.keyLabels.find((name) => own(store.handKeys, name) === key || event.shiftKey && own(store.handKeys, name) === digit);
  const deed = label === void 0 ? store.deeds.of(key) : void 0;
  const onControl = event.target instanceof HTMLElement && event.target.closest("button, summary, input, a, [role=slider], [role=tab], [role=button]") !== null;
  if (label === void 0 && !deed && !["u", "?", " ", "enter", "backspace"].includes(key)) return false;
  if ((key === " " || key === "enter") && onControl) return false;
  if (event.repeat) return true;
  if (label !== void 0) queue.give(label, event.shiftKey);
  else if (deed) deed.run();
  else if (key === "backspace") queue.give(null, event.shiftKey);
  else if (key === "u") queue.undo();
  else if (key === "?") toggleHelp(root, store);
  else store.step(event.shiftKey ? -1 : 1);
  return true;
};
var isJustRun = (root, store) => {
  const displayed = store.model.get("_displayed") ?? 0;
  const name = `nbl-shown-${store.model.get("_snapshot")}`;
  let before = 0;
  try {
    before = Number(sessionStorage.getItem(name) ?? 0);
    sessionStorage.setItem(name, String(displayed));
  } catch {
  }
  if (displayed <= before) return false;
  const now = document.activeElement;
  if (takesKeys(now)) return false;
  const notebook = root.closest(".jp-Notebook");
  return now === null || now === document.body || notebook !== null && (notebook.contains(now) || now.contains(notebook));
};

// src/ui/schedule.js
var perFrame = (work, signal, el) => {
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
  window.addEventListener("beforeprint", () => {
    if (!stale) return;
    stale = false;
    work();
  }, { signal });
  signal.addEventListener("abort", () => {
    cancelAnimationFrame(frame);
    sight.disconnect();
  });
  return schedule;
};
var atRest = (work, signal) => {
  let waiting = 0;
  signal.addEventListener("abort", () => clearTimeout(waiting));
  return () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(work, 150);
  };
};
var listen2 = (model, names, listener, signal) => {
  model.on(names, listener);
  signal.addEventListener("abort", () => model.off(names, listener));
};

// src/views/accepting.js
var ENOUGH = 25;
var USUAL = 5;
var percent = (share) => `${(100 * share).toFixed(1)} %`;
async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-accepting");
  keepKeys(el, store);
  let gestures = 0;
  const slider = (label, min, max, step) => {
    const box = make("label", "nbl-accepting-slider");
    const input = (
      /** @type {HTMLInputElement} */
      make("input", "")
    );
    Object.assign(input, { type: "range", min: String(min), max: String(max), step: String(step) });
    input.setAttribute("aria-label", label);
    const number = make("span", "nbl-number");
    box.append(input, number);
    return { box, input, number };
  };
  const check = (text, title) => {
    const box = make("label", "nbl-accepting-check");
    const input = (
      /** @type {HTMLInputElement} */
      make("input", "")
    );
    input.type = "checkbox";
    box.title = title;
    box.append(input, ` ${text}`);
    return { box, input };
  };
  const on = check("Accept labels", "Labels whose expected error lies within the budget are accepted, the others are unsure and wait for you");
  const question = (
    /** @type {HTMLSelectElement} */
    make("select", "nbl-select")
  );
  question.setAttribute("aria-label", "What a label has to be right about");
  fillMenu(question, [["good or not", "good or not?"], ["noise or not", "noise or not?"], ["label", "the whole label?"]], "good or not");
  const budget = slider("Expected error, in percent", 1, 20, 0.5);
  budget.input.value = String(USUAL);
  const said = make("span", "nbl-accepting-said");
  said.setAttribute("role", "status");
  said.setAttribute("aria-label", "Accepted labels");
  const review = button("select them", "Select the units to review", () => store.select(open()));
  const first = make("div", "nbl-bar");
  first.append(on.box, question, budget.box, said, review);
  const measured = make("div", "nbl-soft");
  const more = (
    /** @type {HTMLDetailsElement} */
    make("details", "nbl-accepting-more")
  );
  more.append(make("summary", "", "More: units unlike the training, share of noise"));
  const strange = check("units unlike the training are unsure", "A unit that is not noise and whose waveform is further from all neural training units than 99 % of those are from other recordings");
  const told = check("about this share is noise:", model.get("_noise_help"));
  const share = slider("Share of noise, in percent", 1, 95, 1);
  share.input.value = "20";
  const second = make("div", "nbl-bar");
  second.append(strange.box, told.box, share.box);
  more.append(second, make("div", "nbl-soft", model.get("_noise_help")));
  const offer = make("div", "nbl-bar nbl-accepting-offer");
  const offered = make("span", "");
  offered.setAttribute("role", "status");
  const adapt = button("adapt", "Adapt the classifiers to your labels", () => store.setOption("adapted", true));
  const back = button("back to the bundled pair", "Take the classifiers as they came", () => store.setOption("adapted", false));
  offer.append(offered, adapt, back);
  el.append(first, measured, more, offer);
  const undecided2 = () => {
    const units = [];
    for (let i = 0; i < store.n; i++) if (UNKNOWN.includes(store.label(i)) && store.isShown(i) && !Object.hasOwn(store.byHand, i)) units.push(i);
    return units;
  };
  const open = () => {
    const errors = store.accepted?.errors;
    const units = undecided2();
    const of = (i) => errors && errors[i] === errors[i] ? errors[i] : Infinity;
    return units.sort((a, b) => of(b) === of(a) ? a - b : of(b) - of(a));
  };
  const asked = () => ({ error: Number(budget.input.value) / 100, question: question.value, safe: store.options.accept?.safe ?? 1 });
  const ask = (gesture) => store.setOption("accept", on.input.checked ? asked() : null, gesture);
  on.input.addEventListener("change", () => ask(""));
  question.addEventListener("change", () => {
    on.input.checked = true;
    ask("");
  });
  budget.input.addEventListener("pointerdown", () => {
    gestures++;
  });
  budget.input.addEventListener("input", () => {
    on.input.checked = true;
    ask(`budget ${gestures}`);
  });
  budget.input.addEventListener("change", () => {
    store.drop();
    gestures++;
  });
  strange.input.addEventListener("change", () => store.setOption("unfamiliar", strange.input.checked ? "unsure" : "keep"));
  const tell = (gesture) => store.setOption("noise_share", told.input.checked ? Number(share.input.value) / 100 : null, gesture);
  told.input.addEventListener("change", () => tell(""));
  share.input.addEventListener("pointerdown", () => {
    gestures++;
  });
  share.input.addEventListener("input", () => {
    told.input.checked = true;
    tell(`share ${gestures}`);
  });
  share.input.addEventListener("change", () => {
    store.drop();
    gestures++;
  });
  const update = () => {
    const { accept, noise_share: noise, unfamiliar } = store.options;
    on.input.checked = accept !== null;
    if (accept) {
      question.value = QUESTIONS.includes(accept.question) ? accept.question : "label";
      if (document.activeElement !== budget.input) budget.input.value = String(100 * accept.error);
    }
    budget.number.textContent = `${accept ? Number((100 * accept.error).toPrecision(3)) : budget.input.value} %`;
    told.input.checked = noise !== null;
    if (noise !== null && document.activeElement !== share.input) share.input.value = String(Math.round(100 * noise));
    share.number.textContent = `${noise === null ? share.input.value : Math.round(100 * noise)} %`;
    strange.input.checked = unfamiliar === "unsure";
    const cut = store.accepted;
    const left = undecided2().length;
    const pace = model.get("_pace") || store.queue.pace || model.get("_usual_pace");
    const minutes = left * pace / 60;
    const time = `${left} to review, about ${minutes < 1 ? "a minute" : `${Math.round(minutes)} min`} at ${pace.toFixed(1)} s a unit`;
    review.hidden = !left;
    if (!accept || !cut) said.textContent = left ? `off; ${left} unit${left === 1 ? " is" : "s are"} unsure` : "off";
    else if (!cut.n) said.textContent = `none can be accepted; ${time}`;
    else said.textContent = `${cut.n} accepted, expected error ${percent(cut.expected)} (${percent(cut.low)} to ${percent(cut.high)}); ${time}`;
    measured.hidden = !accept || !cut;
    if (accept && cut) {
      const rows = model.get("_measured").filter((row2) => row2.question === accept.question && row2.own <= cut.audit);
      const row = rows.sort((a, b) => Math.abs(a.budget - accept.error) - Math.abs(b.budget - accept.error) || b.own - a.own)[0];
      const random = `own label${cut.audit === 1 ? "" : "s"} of units drawn at random`;
      const more2 = cut.audit < ENOUGH ? ` ${cut.audit || "No"} ${random} so far: from ${ENOUGH} on they make it fit this recording (the order "random audit" of the unit card, or every second card of a LabelingSession).` : ` ${cut.audit} ${random} make it fit this recording.`;
      measured.textContent = row ? `An expectation, no guarantee. On left-out mice, ${row.own} own labels, at ${percent(row.budget)}: ${Math.round(100 * row.share)} % accepted, ${percent(row.error)} of them wrong.${more2}` : more2;
    }
    const { labels, from, said: would, adapted, used } = model.get("_adapting") ?? { labels: 0, from: 1, said: "", adapted: false, used: 0 };
    offer.hidden = labels < from && !adapted;
    adapt.hidden = !would;
    back.hidden = !adapted;
    offered.textContent = [adapted ? `Adapted to ${used} of your labels.` : "", would].filter((text) => text).join(" ");
  };
  const schedule = perFrame(update, signal, el);
  store.on("trace options structure hand scope queue", schedule, signal);
  listen2(model, "change:_adapting change:_pace", schedule, signal);
  update();
}

// src/views/comparison.js
var comparison_exports = {};
__export(comparison_exports, {
  render: () => render2
});
async function render2({ model, el, signal, open }) {
  const stores = await Promise.all(model.get("_engines").map(open));
  el.classList.add("nbl-view", "nbl-compare");
  el.tabIndex = 0;
  keepKeys(el, stores[0]);
  const ids = stores[0].ids;
  const bar = make("div", "nbl-bar");
  const menus = ["first", "second"].map((which) => {
    const menu = (
      /** @type {HTMLSelectElement} */
      make("select", "nbl-select")
    );
    menu.setAttribute("aria-label", `${which} labeling`);
    return menu;
  });
  const said = make("span", "nbl-soft");
  said.setAttribute("aria-live", "polite");
  bar.append(menus[0], make("span", "nbl-soft", "against"), menus[1], said);
  const table = make("table", "nbl-compare-matrix");
  table.setAttribute("aria-label", "Units by both labels");
  const flow = (
    /** @type {HTMLCanvasElement} */
    make("canvas", "nbl-compare-flow")
  );
  flow.setAttribute("role", "img");
  flow.setAttribute("aria-label", "Flow of units between the labels of all methods");
  const list = make("div", "nbl-compare-list");
  const middle = make("div", "nbl-compare-middle");
  middle.append(table, flow);
  const order = make("strong", "");
  el.append(bar, middle, order, list);
  const unknown2 = () => NaN;
  const sources = () => {
    const merge = model.get("_merge");
    const same = (label) => own(merge, label) ?? label;
    const names = model.get("_names");
    const found = stores.map((store, at) => {
      const { labels } = store.rules;
      const codes = store.trace.ruleCodes;
      const held = store.held;
      const chance = (i) => held.has(i) ? NaN : chanceOf(store.rules, store.values, labels[codes[i]], i);
      return { name: names[at], labels: Array.from(codes, (code, i) => held.has(i) ? UNDECIDED : same(labels[code])), chance };
    });
    const given = stores[0].byHand;
    if (Object.keys(given).length) found.push({ name: "by hand", labels: ids.map((_, i) => same(given[i] ?? "")), chance: unknown2 });
    for (const { name, labels, chances: chances2 } of model.get("_others")) {
      found.push({ name, labels: labels.map(same), chance: (i) => chances2[i] ?? NaN });
    }
    return found;
  };
  const fill = (all) => {
    const names = all.map((source) => source.name);
    menus.forEach((menu, m) => {
      if (menu.dataset.names === names.join()) return;
      const chosen = names.includes(menu.value) ? menu.value : names[Math.min(m + 1, names.length - 1) - (names.length > 2 ? 0 : 1 - m)];
      menu.dataset.names = names.join();
      fillMenu(menu, names.map((name) => [name]), chosen);
    });
  };
  const selectAll = (units) => {
    for (const store of stores) store.select(units);
  };
  const lookOf = (label) => {
    return (stores.find((store) => own(store.looks, label)) ?? stores[0]).look(label);
  };
  const inOrder2 = (labels) => {
    const known = model.get("_order");
    const rank = (label) => (known.indexOf(label) + known.length + 1) % (known.length + 1);
    return [...new Set(labels)].filter((label) => label).sort((a, b) => rank(a) - rank(b));
  };
  const drawFlow = (all) => {
    const drawing = penOf(flow);
    if (!drawing) return;
    const { pen, width, height, ratio } = drawing;
    const shown = all.filter((source) => source.labels.every((label) => label));
    const order2 = inOrder2(shown.flatMap((source) => source.labels));
    const n = Math.max(1, ids.length);
    const gap = 6 * ratio;
    const top = 18 * ratio;
    const tall = (height - top - gap * (order2.length - 1) - 2) / n;
    const block = 12 * ratio;
    const x = (at) => (shown.length < 2 ? 0 : at * (width - block - 2 * ratio) / (shown.length - 1)) + ratio;
    const tops = shown.map(({ labels }) => {
      let y = top;
      return new Map(order2.map((label) => {
        const start = y;
        const count = labels.filter((each) => each === label).length;
        y += count * tall + (count ? gap : 0);
        return [label, { start, count }];
      }));
    });
    const style = getComputedStyle(el);
    for (let at = 0; at + 1 < shown.length; at++) {
      const left = new Map([...tops[at]].map(([label, { start }]) => [label, start]));
      const right = new Map([...tops[at + 1]].map(([label, { start }]) => [label, start]));
      const flows = flowOf(shown[at].labels, shown[at + 1].labels, order2);
      for (const [r, one] of order2.entries()) for (const [c, other] of order2.entries()) {
        const count = flows[r][c];
        if (!count) continue;
        const [y0, y1] = [left.get(one) ?? 0, right.get(other) ?? 0];
        const [x0, x1] = [x(at) + block, x(at + 1)];
        const middle2 = (x0 + x1) / 2;
        pen.fillStyle = lookOf(one).color;
        pen.globalAlpha = one === other ? 0.22 : 0.5;
        pen.beginPath();
        pen.moveTo(x0, y0);
        pen.bezierCurveTo(middle2, y0, middle2, y1, x1, y1);
        pen.lineTo(x1, y1 + count * tall);
        pen.bezierCurveTo(middle2, y1 + count * tall, middle2, y0 + count * tall, x0, y0 + count * tall);
        pen.fill();
        left.set(one, y0 + count * tall);
        right.set(other, y1 + count * tall);
      }
    }
    pen.globalAlpha = 1;
    shown.forEach(({ name }, at) => {
      pen.font = `${11 * ratio}px sans-serif`;
      pen.textAlign = at === 0 ? "left" : at === shown.length - 1 ? "right" : "center";
      pen.fillStyle = style.getPropertyValue("--nbl-ink");
      const anchor = at === 0 ? x(at) : at === shown.length - 1 ? x(at) + block : x(at) + block / 2;
      pen.fillText(name, anchor, 11 * ratio);
      for (const [label, { start, count }] of tops[at]) if (count) fillLook(pen, lookOf(label), ratio, x(at), start, block, count * tall);
    });
  };
  const update = () => {
    const all = sources();
    fill(all);
    const [one, other] = menus.map((menu) => all.find((source) => source.name === menu.value) ?? all[0]);
    const both = ids.flatMap((_, i) => one.labels[i] && other.labels[i] ? [i] : []);
    const names = inOrder2([...one.labels, ...other.labels]);
    const cells = names.map(() => names.map(() => []));
    for (const i of both) cells[names.indexOf(one.labels[i])][names.indexOf(other.labels[i])].push(i);
    const kappa = kappaOf(cells.map((row) => row.map((units) => units.length)));
    said.textContent = `${both.length ? Math.round(100 * kappa.agreement) : "–"} % of ${both.length} units agree; ${kappaInWords(kappa)}`;
    const chosen = new Set(stores[0].selection);
    const head = make("tr", "");
    head.append(make("th", "nbl-soft", `${one.name} ↓  ${other.name} →`), ...names.map((name) => make("th", "", name)));
    const most2 = Math.max(1, ...cells.flat().map((units) => units.length));
    const rows = names.map((name, r) => {
      const row = make("tr", "");
      row.append(make("th", "", name));
      names.forEach((column, c) => {
        const units = cells[r][c];
        const place2 = make("td", "");
        const choose = button(String(units.length), `${units.length} units: ${name} for ${one.name}, ${column} for ${other.name}`, () => selectAll(units));
        choose.className = "nbl-compare-cell";
        choose.disabled = !units.length;
        const share = Math.round(70 * units.length / most2);
        choose.style.background = units.length ? `color-mix(in srgb, ${r === c ? "#009E73" : "#D55E00"} ${share}%, transparent)` : "none";
        choose.setAttribute("aria-pressed", String(units.length > 0 && units.length === chosen.size && units.every((i) => chosen.has(i))));
        place2.append(choose);
        row.append(place2);
      });
      return row;
    });
    table.replaceChildren(head, ...rows);
    drawFlow(all);
    const confidence = (i) => Math.max(...[one, other].map((source) => source.chance(i)).filter((v) => v === v));
    const differ = both.filter((i) => one.labels[i] !== other.labels[i]);
    differ.sort((a, b) => {
      const [first, second] = [confidence(a), confidence(b)];
      return first === second ? a - b : second - first;
    });
    const known = [one, other].filter((source) => differ.some((i) => Number.isFinite(source.chance(i)))).map((source) => source.name);
    order.textContent = known.length ? `Disagreements, most confident first (by the probability that ${known.join(" or ")} gives its own label)` : "Disagreements, in the order of the units: neither gives probabilities";
    list.replaceChildren(...differ.slice(0, 60).map((i) => {
      const line2 = button(`${ids[i]}: ${one.labels[i]} → ${other.labels[i]}`, `Select unit ${ids[i]}`, () => selectAll([i]));
      const chance = confidence(i);
      if (Number.isFinite(chance)) line2.title += `; probability ${chance.toFixed(2)}`;
      line2.setAttribute("aria-pressed", String(chosen.has(i)));
      return line2;
    }));
    if (!differ.length) list.append(make("span", "nbl-soft", "none"));
    else if (differ.length > 60) list.append(make("span", "nbl-soft", `and ${differ.length - 60} more`));
  };
  const schedule = perFrame(update, signal, el);
  for (const menu of menus) menu.addEventListener("change", update);
  onLook(el, schedule, signal);
  for (const store of stores) store.on("trace", schedule, signal);
  stores[0].on("selection hand", schedule, signal);
  listen2(model, "change:_others", schedule, signal);
  schedule();
}

// src/views/contributions.js
var contributions_exports = {};
__export(contributions_exports, {
  render: () => render3
});
var MOST_MOVES = 14;
async function render3({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-moves");
  el.tabIndex = 0;
  keepKeys(el, store);
  const n = store.n;
  const ids = store.ids;
  const columns = model.get("_columns").map((column, c) => ({
    ...column,
    start: model.get("_starts")[c],
    moved: floats(model.get("_contributions")[c]),
    rows: floats(model.get("_rows")[c])
  }));
  const bar = make("div", "nbl-bar");
  const which = (
    /** @type {HTMLSelectElement} */
    make("select", "nbl-select")
  );
  which.setAttribute("aria-label", "Probability to explain");
  fillMenu(which, columns.map((column, c) => [String(c), column.column.replace("_", " ")]), "0");
  const title = make("strong", "nbl-card-title");
  title.setAttribute("aria-live", "polite");
  bar.append(
    which,
    button("◀", "Previous unit", () => store.step(-1)),
    button("▶", "Next unit", () => store.step(1)),
    title
  );
  const said = make("div", "nbl-soft");
  const list = make("div", "nbl-moves-list");
  list.setAttribute("role", "list");
  const foot = make("div", "nbl-soft");
  el.append(bar, said, list, foot);
  const percent2 = (p) => `${(100 * p).toFixed(Math.abs(p) < 0.0995 ? 1 : 0)} %`;
  const row = (name, value, amount, most2, text, onClick) => {
    const line2 = button("", text, onClick);
    line2.className = "nbl-moves-row";
    line2.setAttribute("role", "listitem");
    const track = make("span", "nbl-moves-track");
    const fill = make("span", amount < 0 ? "nbl-moves-fill nbl-moves-down" : "nbl-moves-fill");
    fill.style.width = `${50 * Math.abs(amount) / most2}%`;
    fill.style.left = amount < 0 ? `${50 - 50 * Math.abs(amount) / most2}%` : "50%";
    track.append(fill);
    line2.append(make("span", "nbl-moves-name", name), make("span", "nbl-moves-value", value), track, make("span", "nbl-moves-amount", `${amount < 0 ? "−" : "+"}${percent2(Math.abs(amount))}`));
    return line2;
  };
  const update = () => {
    const { column, features, method, start, moved, rows } = columns[Number(which.value) || 0];
    const width = features.length;
    const selection = store.selection;
    const unit = selection.length ? selection[selection.length - 1] : -1;
    const of = (i, f) => moved[i * width + f];
    const amounts = new Float64Array(width);
    if (unit >= 0) for (let f = 0; f < width; f++) amounts[f] = of(unit, f);
    else for (let i = 0; i < n; i++) if (store.isShown(i)) for (let f = 0; f < width; f++) amounts[f] += Math.abs(of(i, f)) / store.shown.n;
    const order = [...amounts.keys()].sort((a, b) => Math.abs(amounts[b]) - Math.abs(amounts[a])).slice(0, MOST_MOVES);
    const most2 = Math.max(0.01, Math.abs(amounts[order[0]]));
    const label = unit < 0 ? "" : store.rules.labels[store.trace.codes[unit]];
    title.textContent = unit < 0 ? "all units" : `unit ${ids[unit]}: ${label}`;
    const sum = amounts.reduce((total, amount) => total + amount, 0);
    said.textContent = unit < 0 ? "How far each metric moves the probability, on average. Select a unit to see its own." : `${column.replace("_", " ")}${column === "sua_probability" ? " (if it is not noise)" : ""} ${percent2(start)} to start with, ${percent2(start + sum)} for this one; each metric's part:`;
    list.replaceChildren(...order.map((f) => {
      const value = unit < 0 ? "" : short(rows[unit * width + f]);
      const mine = () => {
        const units = [];
        for (let i = 0; i < n; i++) {
          if (!store.isShown(i)) continue;
          let top = 0;
          for (let g = 1; g < width; g++) if (Math.abs(of(i, g)) > Math.abs(of(i, top))) top = g;
          if (top === f) units.push(i);
        }
        store.select(units);
      };
      return row(features[f], value, amounts[f], most2, `${features[f]} ${value}: ${percent2(amounts[f])}; press to select the units it moved most`, mine);
    }));
    const others = unit < 0 ? 0 : sum - order.reduce((total, f) => total + amounts[f], 0);
    const flags = unit < 0 ? "" : model.get("_flags")[unit];
    foot.textContent = [
      Math.abs(others) > 5e-4 ? `${width - order.length} other metrics: ${others < 0 ? "−" : "+"}${percent2(Math.abs(others))}.` : "",
      flags ? `Inputs of this unit: ${flags}.` : "",
      `Method: ${method}.`
    ].filter((text) => text).join(" ");
  };
  const schedule = perFrame(update, signal, el);
  which.addEventListener("change", schedule);
  store.on("trace scope", schedule, signal);
  store.on("selection", schedule, signal);
  schedule();
}

// src/views/hand_labels.js
var hand_labels_exports = {};
__export(hand_labels_exports, {
  render: () => render4
});

// src/ui/label_bar.js
var HERE = {
  selection: (store) => store.selection,
  filter: (store) => [...store.listed ?? Array.from({ length: store.n }, (_, i) => i)].filter((unit) => store.isShown(unit))
};
var titleOf = (store, words2) => {
  const chosen = store.selection;
  const now = chosen[chosen.length - 1];
  const saving = store.pending.has(now) ? ", saving …" : "";
  return chosen.length > 1 ? `${chosen.length} units selected (showing ${words2})${saving}` : `unit ${words2}${saving}`;
};
var clickHere = (el, isWanted, signal) => {
  const here = button("Click here to label with keys", "Click here to label with keys", () => rootOf(el).focus({ preventScroll: true }));
  here.classList.add("nbl-hand-here");
  const onFocus = () => {
    here.hidden = !isWanted();
    here.style.visibility = rootOf(el).contains(document.activeElement) || !isWanted() ? "hidden" : "visible";
  };
  for (const name of ["focusin", "focusout", "click"]) document.addEventListener(name, () => window.setTimeout(onFocus), { signal });
  const first = window.setTimeout(onFocus, 200);
  signal.addEventListener("abort", () => clearTimeout(first));
  return here;
};
var progressOf = (store) => {
  const { queue } = store;
  const labeled = queue.labeled;
  const n = queue.active ? queue.units.length : store.n;
  const by = /* @__PURE__ */ new Map();
  for (const unit of labeled) by.set(store.byHand[unit], (by.get(store.byHand[unit]) ?? 0) + 1);
  const order = store.keyLabels;
  const counts2 = [...by].sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0])).map(([name, many]) => `${many} ${name}`);
  const said = `${labeled.length} of ${n} labeled${counts2.length ? `: ${counts2.join(", ")}` : ""}`;
  const { pace } = queue;
  if (!queue.active || pace !== pace) return said;
  const minutes = pace * (n - labeled.length) / 60;
  return `${said}; ${pace < 10 ? pace.toFixed(1) : Math.round(pace)} s a unit${labeled.length < n ? `, ${minutes < 1 ? "less than 1" : `about ${Math.round(minutes)}`} min left` : ""}`;
};
var labelBar = (el, store, signal) => {
  const { queue } = store;
  const whole = make("div", "nbl-label-bar");
  if (!store.handLabels.length && !el.classList.contains("nbl-hand")) {
    whole.hidden = true;
    return whole;
  }
  const bar = make("div", "nbl-bar");
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Label by hand");
  const walk = make("div", "nbl-bar nbl-queue");
  walk.setAttribute("role", "group");
  walk.setAttribute("aria-label", "Go through units");
  const wrong = make("div", "nbl-queue-wrong");
  wrong.setAttribute("role", "alert");
  const note = (
    /** @type {HTMLInputElement} */
    make("input", "nbl-filter nbl-note")
  );
  note.type = "text";
  note.placeholder = "note (optional)";
  note.setAttribute("aria-label", "Note for the label by hand");
  note.addEventListener("input", () => {
    queue.note = note.value.trim();
  });
  note.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "Escape") focus();
  });
  const focus = () => rootOf(el).focus({ preventScroll: true });
  const then = (work) => (event) => {
    work(event);
    focus();
  };
  const orders = (
    /** @type {HTMLSelectElement} */
    make("select", "nbl-select")
  );
  orders.setAttribute("aria-label", "Go through units in an order");
  orders.addEventListener("change", () => {
    const order = orders.value;
    orders.value = "";
    queue.start(order, own(HERE, order)?.(store) ?? null);
    focus();
  });
  const back = button("◁ back", "Back to the unit before, keys Shift and Space", then(() => store.step(-1)));
  const next = button("next (space)", "Next unit, key space", then(() => store.step(1)));
  const undo = button("↶ undo (u)", "Take the last label by hand back, key u", then(() => queue.undo()));
  const end = button("end", "End going through units", then(() => queue.start(null)));
  const help = button("keys (?)", "List the keys", then(() => toggleHelp(rootOf(el), store)));
  const here = clickHere(el, () => true, signal);
  const progress = (
    /** @type {HTMLProgressElement} */
    make("progress", "nbl-hand-progress")
  );
  progress.setAttribute("aria-label", "Units labeled");
  const place2 = make("strong", "nbl-queue-place");
  const why = make("span", "nbl-soft nbl-hand-why");
  const said = make("span", "nbl-soft");
  walk.append(orders, place2, why, back, next, undo, end, help, progress, said, here);
  whole.append(walk, bar, wrong);
  const build = () => {
    const labels = store.keyLabels;
    whole.hidden = !labels.length;
    const buttons = labels.map((label) => {
      const key = own(store.handKeys, label);
      const made = button(key ? `${label} (${key})` : label, `Label ${label}${key ? `, key ${key}` : ""}`, () => {
      });
      made.addEventListener("click", then((event) => queue.give(label, event.shiftKey)));
      made.style.borderLeft = `6px solid ${own(store.looks, label)?.color ?? "#888"}`;
      made.dataset.hand = label;
      return made;
    });
    const rules = button("clear manual label", "Clear the label by hand: the rules decide again, key Backspace", () => {
    });
    rules.addEventListener("click", then((event) => queue.give(null, event.shiftKey)));
    rules.dataset.hand = "";
    bar.replaceChildren(...buttons, rules, note);
    update();
  };
  let resting = 0;
  signal.addEventListener("abort", () => clearTimeout(resting));
  const showSeen = () => {
    clearTimeout(resting);
    if (queue.shown >= 0 && queue.isSeen) whole.dataset.seen = store.ids[queue.shown];
    else {
      delete whole.dataset.seen;
      if (queue.shown >= 0) resting = window.setTimeout(showSeen, REST);
    }
  };
  const update = () => {
    showSeen();
    const now = queue.shown;
    const given = now < 0 ? void 0 : store.byHand[now];
    for (
      const made of
      /** @type {NodeListOf<HTMLButtonElement>} */
      bar.querySelectorAll("button")
    ) {
      made.setAttribute("aria-pressed", String(made.dataset.hand !== "" && made.dataset.hand === given));
      made.disabled = now < 0 || made.dataset.hand === "" && given === void 0;
    }
    if (note.value.trim() !== queue.note) note.value = queue.note;
    const known = store.model.get("_orders") ?? [];
    const chosen = document.activeElement === orders;
    if (!chosen) fillMenu(orders, [["", queue.active ? `going through: ${queue.title}` : "go through units …"], ...known], "");
    orders.hidden = !known.length;
    const n = queue.active ? queue.units.length : store.n;
    const finished = queue.active && now < 0 && queue.at >= n;
    place2.textContent = !queue.active ? "" : finished ? `all ${n} reviewed` : `${Math.min(queue.at + 1, n)} of ${n}`;
    why.textContent = queue.why;
    end.hidden = !queue.active;
    back.disabled = queue.active && queue.at === 0;
    next.disabled = finished;
    undo.disabled = !store.pending.size && (store.model.get("_last") ?? null) === null;
    progress.max = n;
    progress.value = queue.labeled.length;
    said.textContent = progressOf(store);
    sayWrong();
  };
  const sayWrong = () => {
    const lines = queue.refused.map(({ unit, label, why: why2 }) => {
      const line2 = make("div", "nbl-error", `unit ${store.ids[unit]} was not ${label === null ? "given back to the rules" : `labeled ${label}`}: ${why2} `);
      line2.append(button("show it", `Show unit ${store.ids[unit]}`, then(() => store.select([unit]))));
      return line2;
    });
    const waits = store.pending.size;
    if (store.waiting >= PATIENCE2) {
      lines.push(make("div", "nbl-error", `${waits === 1 ? "1 label is" : `${waits} labels are`} not kept yet: the kernel has not answered for ${Math.round(store.waiting)} s, it is busy or gone.`));
    }
    const kept = store.model.get("_queue")?.said;
    if (kept) lines.push(make("div", "nbl-error", kept));
    if (queue.said) lines.push(make("div", "nbl-soft", queue.said));
    wrong.replaceChildren(...lines);
  };
  store.on("structure", build, signal);
  store.on("selection hand queue trace", update, signal);
  build();
  return whole;
};

// src/ui/sight.js
var scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowY) && element.scrollHeight > element.clientHeight + 1;
var scrollerOf = (el) => {
  for (let above = el.parentElement; above && above !== document.body; above = above.parentElement) if (scrolls(above)) return above;
  return document.documentElement;
};
var keepInSight = (el, signal) => {
  let opened = [];
  const open = (root) => {
    const cell = root.closest(".jp-Cell") ?? root.closest(".jp-LinkedOutputView");
    for (let above = root.parentElement; cell && above && cell.contains(above); above = above.parentElement) {
      if (scrolls(above) && !opened.includes(above)) break;
      if (getComputedStyle(above).overflow === "visible") continue;
      above.classList.add("nbl-unclipped");
      opened.push(above);
    }
  };
  const place2 = () => {
    const root = (
      /** @type {HTMLElement|null} */
      el.closest(".nbl-labeler, .nbl-session")
    );
    if (!root || !el.offsetHeight) return;
    if (!opened.length) open(root);
    const tabs = (
      /** @type {HTMLElement|null} */
      root.querySelector(".nbl-tabs")
    );
    const top = el.offsetHeight;
    root.style.setProperty("--nbl-top", `${top}px`);
    const room = scrollerOf(root).clientHeight;
    if (tabs && room) root.style.setProperty("--nbl-tabs-top", `${Math.min(top, room - tabs.offsetHeight - 8)}px`);
  };
  const size = new ResizeObserver(() => {
    const tabs = el.closest(".nbl-labeler")?.querySelector(".nbl-tabs");
    if (tabs) size.observe(tabs);
    place2();
  });
  size.observe(el);
  window.addEventListener("resize", place2, { signal });
  signal.addEventListener("abort", () => {
    size.disconnect();
    for (const element of opened) element.classList.remove("nbl-unclipped");
    opened = [];
  });
};

// src/views/hand_labels.js
async function render4({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-hand");
  el.tabIndex = 0;
  el.setAttribute("aria-label", "Label units by hand");
  const title = make("strong", "nbl-card-title");
  title.setAttribute("aria-live", "polite");
  const said = make("div", "nbl-soft");
  const save = button("download labels (CSV)", "Download the labels as a CSV file", () => {
    download(model.get("_file"), labelsCsv(store.ids, store.byHand, model.get("_text_ids")), "text/csv");
  });
  const foot = make("div", "nbl-bar");
  foot.append(save, said);
  const done = make("p", "nbl-hand-done");
  done.setAttribute("role", "status");
  el.append(title, labelBar(el, store, signal), foot, done);
  keepKeys(el, store);
  keepInSight(el, signal);
  const update = () => {
    const now = store.queue.shown;
    const label = now < 0 ? void 0 : store.byHand[now];
    const count = Object.keys(store.byHand).length;
    title.textContent = now >= 0 ? titleOf(store, `${store.ids[now]}${label ? `: ${label}` : ""}`) : count < store.n ? "no unit is selected" : "all units are labeled";
    el.classList.toggle("nbl-hand-pending", store.pending.has(now));
    said.textContent = model.get("said") ?? "";
    save.disabled = !count;
    done.textContent = store.n && count >= store.n ? `✓ Done: all ${store.n} units are labeled. ${model.get("_after")}`.trim() : "";
    done.hidden = !done.textContent;
  };
  update();
  listen2(model, "change:said", update, signal);
  store.on("hand selection queue", update, signal);
}

// src/views/hardest.js
var hardest_exports = {};
__export(hardest_exports, {
  render: () => render5
});

// src/ui/unit_buttons.js
var unitButtons = (store, name, items, signal) => {
  const said = make("p", "nbl-score-clue");
  said.setAttribute("aria-live", "polite");
  const list = make("div", "nbl-score-list");
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", name);
  const buttons = items.map(({ at, text, hint, label }) => {
    const made = button(text, hint, () => store.select([at]));
    made.style.borderLeft = `6px solid ${store.look(label).color}`;
    return made;
  });
  list.append(...buttons);
  const update = () => {
    const now = store.selection.length ? store.selection[store.selection.length - 1] : -1;
    buttons.forEach((made, i) => made.setAttribute("aria-pressed", String(items[i].at === now)));
    const shown = items.find(({ at }) => at === now);
    said.textContent = shown ? shown.said : "";
    said.hidden = !shown;
  };
  store.on("selection", update, signal);
  update();
  return [list, said];
};

// src/views/hardest.js
async function render5({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-score");
  const items = model.get("_units").map(({ at, given, label, share, truth, says }) => {
    const id = store.ids[at];
    const is = truth ? `it is ${truth}` : "no truth is known";
    return { at, label, text: `${id}: ${share}`, hint: `Show unit ${id}: ${share}`, said: `Unit ${id}: ${is}; labels given: ${given}. ${says}` };
  });
  el.append(make("strong", "nbl-card-title", model.get("_title")), ...unitButtons(store, "Hardest units", items, signal));
}

// src/views/history.js
var history_exports = {};
__export(history_exports, {
  render: () => render6
});
async function render6({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-tools");
  keepKeys(el, store);
  const undo = button("↶ undo", "Undo", () => store.travel("undo"));
  const redo = button("↷ redo", "Redo", () => store.travel("redo"));
  const reset = button("reset all", "Reset all limits", () => store.travel("reset"));
  const said = make("span", "nbl-error");
  said.setAttribute("role", "alert");
  const shown = make("span", "nbl-soft");
  const here = clickHere(el, () => store.keyLabels.length > 0 && !store.queue.isWatched, signal);
  el.append(make("strong", "", model.get("title")), undo, redo, reset, shown, here, said);
  const update = () => {
    const [back, forth] = store.history;
    undo.disabled = back === 0;
    redo.disabled = forth === 0;
    undo.title = back ? `Undo (Ctrl+Z), ${back} steps` : "Nothing to undo";
    said.textContent = store.error;
    const now = store.queue.shown;
    shown.textContent = now < 0 || !store.keyLabels.length || store.queue.isWatched ? "" : `keys label ${titleOf(store, `${store.ids[now]}: ${store.label(now)}`)}`;
  };
  update();
  store.on("history selection hand queue", update, signal);
  document.addEventListener("click", () => window.setTimeout(update), { signal });
}

// src/views/keep_units.js
var keep_units_exports = {};
__export(keep_units_exports, {
  render: () => render7
});
async function render7({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-keep");
  keepKeys(el, store);
  const boxes = make("div", "nbl-keep-labels");
  boxes.setAttribute("role", "group");
  boxes.setAttribute("aria-label", "Labels to keep");
  const row = make("div", "nbl-bar");
  const name = (
    /** @type {HTMLInputElement} */
    make("input", "nbl-filter")
  );
  name.type = "text";
  name.value = model.get("variable");
  name.setAttribute("aria-label", "Name of the variable");
  name.spellcheck = false;
  const said = make("div", "nbl-keep-said");
  said.setAttribute("role", "status");
  const create = button("Create variable", "Create variable", () => {
    ask({ create: name.value, keep: kept(), overwrite: create.dataset.sure === name.value });
  });
  const copy = button("Copy code", "Copy code", () => ask({ code: name.value, keep: kept() }));
  row.append(make("span", "nbl-soft", "variable"), name, create, copy);
  const code = make("pre", "nbl-keep-code");
  code.hidden = true;
  const formats = model.get("formats") ?? [];
  const format = (
    /** @type {HTMLSelectElement} */
    make("select", "nbl-select")
  );
  format.setAttribute("aria-label", "Format of the export");
  fillMenu(format, formats.map(([value, text]) => [value, text]), formats[0]?.[0]);
  const place2 = (
    /** @type {HTMLInputElement} */
    make("input", "nbl-filter")
  );
  place2.type = "text";
  place2.value = formats[0]?.[2] ?? "";
  place2.spellcheck = false;
  place2.setAttribute("aria-label", "Where to export to");
  place2.title = "A file, or a folder for phy; from the folder of the notebook on";
  const write3 = button("Export", "Export the labels of all units", () => ask({ export: format.value, path: place2.value, overwrite: write3.dataset.sure === sure() }));
  const sure = () => `${format.value} ${place2.value}`;
  const calm = () => {
    delete write3.dataset.sure;
    write3.textContent = "Export";
    write3.setAttribute("aria-label", "Export the labels of all units");
  };
  format.addEventListener("change", () => {
    if (formats.some(([, , offered]) => offered === place2.value)) place2.value = formats.find(([value]) => value === format.value)?.[2] ?? "";
    calm();
  });
  place2.addEventListener("input", calm);
  const writing = make("div", "nbl-bar");
  writing.append(make("span", "nbl-soft", "labels of all units"), format, place2, write3);
  el.append(boxes, row, writing, said, code);
  const dropped = new Set(store.order.filter((label) => store.isNoise(label)));
  const kept = () => store.order.filter((label) => !dropped.has(label));
  const build = () => {
    boxes.replaceChildren(make("span", "nbl-soft", "keep"), ...store.order.map((label) => {
      const holder = make("label", "nbl-keep-label");
      const box = (
        /** @type {HTMLInputElement} */
        document.createElement("input")
      );
      box.type = "checkbox";
      box.checked = !dropped.has(label);
      box.addEventListener("change", () => {
        box.checked ? dropped.delete(label) : dropped.add(label);
        update();
      });
      const number = make("span", "nbl-soft");
      number.dataset.keep = label;
      holder.append(box, ` ${label} `, number);
      return holder;
    }));
  };
  let made = null;
  const update = () => {
    const { codes } = store.trace;
    const { labels } = store.rules;
    let sum = 0;
    for (
      const number of
      /** @type {NodeListOf<HTMLElement>} */
      boxes.querySelectorAll("[data-keep]")
    ) {
      const count = store.counts[labels.indexOf(number.dataset.keep ?? "")] ?? 0;
      number.textContent = `(${count})`;
      if (!dropped.has(number.dataset.keep ?? "")) sum += count;
    }
    if (made?.some((code2, i) => code2 !== codes[i])) {
      made = null;
      said.textContent += " The labels have changed since; create it again to follow.";
    }
    create.title = `Create a variable with ${sum} units`;
  };
  const requests = new Requests(model, signal);
  const ask = (content) => {
    made = null;
    said.classList.remove("nbl-error");
    said.textContent = "waiting for the kernel …";
    const codes = store.trace.codes.slice();
    requests.ask(content, {
      onAnswer: (answer) => {
        show(
          /** @type {Parameters<typeof show>[0]} */
          answer
        );
        if (answer.made) made = codes;
        update();
      },
      onSilence: (text) => {
        said.textContent = text;
        said.classList.add("nbl-error");
      }
    });
  };
  const show = (answer) => {
    said.textContent = answer.said ?? "";
    said.classList.toggle("nbl-error", Boolean(answer.error));
    calm();
    if (answer.exported !== void 0) {
      if (!answer.ask) return;
      write3.textContent = "Replace it";
      write3.setAttribute("aria-label", "Replace it");
      write3.dataset.sure = sure();
      return;
    }
    create.textContent = answer.ask ? "Overwrite it" : "Create variable";
    create.setAttribute("aria-label", create.textContent);
    if (answer.ask) create.dataset.sure = name.value;
    else delete create.dataset.sure;
    if (answer.code !== void 0) {
      code.hidden = false;
      code.textContent = answer.code;
      copyText(answer.code).then((done) => {
        said.textContent = done ? "The code is on the clipboard." : "Copy the code below.";
      });
    }
  };
  name.addEventListener("input", () => {
    delete create.dataset.sure;
    create.textContent = "Create variable";
    create.setAttribute("aria-label", "Create variable");
  });
  build();
  update();
  store.on("trace", update, signal);
  store.on("structure", () => {
    build();
    update();
  }, signal);
}
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

// src/views/label_counts.js
var label_counts_exports = {};
__export(label_counts_exports, {
  render: () => render8
});

// src/core/missing.js
var SECTION_WORDS = { mua: "multi-unit" };
var groupsOf = ({ any, all, missing, and, or }) => {
  const own2 = any ?? all ?? missing;
  return [...own2 === void 0 ? [] : [own2], ...(and ?? []).flatMap(groupsOf), ...(or ?? []).flatMap(groupsOf)];
};
function withoutMetricInWords(rules, limits, missing, unusable) {
  const { criteria } = rules;
  const said = [];
  for (const section of new Set(criteria.map((c) => c.section))) {
    const limited = criteria.flatMap((c, k) => c.section === section && limits[k] && (limits[k][0] !== null || limits[k][1] !== null) ? [k] : []);
    const gone = limited.filter((k) => missing[k]);
    if (!gone.length) continue;
    const cannot = gone.some((k) => unusable[criteria[k].metric]) ? "cannot be judged" : "have no metric";
    const words2 = [SECTION_WORDS[section] ?? section, "criteria"].filter(Boolean).join(" ");
    const means = gone.length < limited.length ? `they decide nothing (${gone.map((k) => criteria[k].metric).join(", ")})` : ofUnits(rules, new Set(gone.map((k) => criteria[k].group)));
    said.push(`${gone.length} of ${limited.length} ${words2} ${cannot}: ${means}.`);
  }
  return said;
}
function ofUnits(rules, groups) {
  const concerned = rules.rules.filter((rule) => groupsOf(rule.when).some((group) => groups.has(group)));
  const wanting = concerned.find((rule) => asksForMissing(rule.when));
  if (wanting) {
    const own2 = /* @__PURE__ */ new Set([...rules.rules.map((rule) => rule.label), rules.default]);
    return `these units are ${wanting.label}, not ${[...own2].filter((label) => wanting.among.includes(label)).join(" or ")}`;
  }
  const given = [...new Set(concerned.map((rule) => rule.label))];
  return given.length ? `no unit becomes ${given.join(" or ")} by them` : "they decide nothing";
}
function effectOfMissing(rules, k) {
  const { nan, group } = rules.criteria[k];
  const combines = (condition, kind) => condition[kind] === group || [...condition.and ?? [], ...condition.or ?? []].some((part) => combines(part, kind));
  if (nan === "fail") return { counts: "failed", said: "counts as failed" };
  if (nan === "pass") return { counts: "passed", said: "counts as passed" };
  if (rules.rules.some((rule) => combines(rule.when, "all"))) {
    return { counts: "failed", said: `counts as failed, because all criteria${group ? ` of '${group}'` : ""} must fail and a missing value does not prevent it` };
  }
  const labels = [...new Set(rules.rules.filter((rule) => combines(rule.when, "any")).map((rule) => rule.label))];
  return { counts: "ignored", said: `is ignored${labels.length ? `: it makes no unit ${labels.join(" or ")}` : ""}` };
}
function decidedByMissing({ rules, missing, values, trace }, k) {
  const gaps = missing[k] ? [] : Array.from(values[k].keys()).filter((i) => values[k][i] !== values[k][i]);
  if (!gaps.length || !trace.active[k]) return { gaps, decided: [] };
  const states = trace.states.slice();
  states[k] = trace.states[k].map((s) => s !== NAN ? s : rules.criteria[k].nan === "pass" ? FAIL : PASS);
  const other = labelUnits(rules, states, trace.active, trace.absent, trace.codes.length);
  return { gaps, decided: gaps.filter((i) => other[i] !== trace.ruleCodes[i] && !trace.manual.has(i)) };
}

// src/views/label_counts.js
async function render8({ model, el, signal, store }) {
  el.classList.add("nbl-counts");
  keepKeys(el, store);
  const bar = document.createElement("div");
  bar.className = "nbl-counts-bar";
  bar.setAttribute("aria-hidden", "true");
  const list = document.createElement("div");
  list.className = "nbl-counts-list";
  list.setAttribute("role", "group");
  list.setAttribute("aria-label", "Units per label");
  const banner = make("div", "nbl-banner");
  banner.setAttribute("role", "status");
  banner.setAttribute("aria-label", "Criteria that cannot be judged");
  const way = make("div", "nbl-soft nbl-banner-way", "The tab Missing says what is missing and how to get it.");
  el.append(banner, way, list, bar);
  let parts2 = /* @__PURE__ */ new Map();
  const byHand = () => Object.keys(store.byHand).map(Number).filter((unit) => store.isShown(unit));
  const hand = button("", "Select the units labeled by hand", () => store.select(byHand()));
  hand.classList.add("nbl-by-hand");
  const only = make("span", "nbl-scope");
  only.setAttribute("role", "status");
  const scoped = make("span", "");
  only.append(scoped, button("all recordings", "Show the units of all recordings", () => store.limitTo(null)));
  const bare = make("span", "nbl-failing");
  bare.setAttribute("role", "status");
  const build = () => {
    list.replaceChildren();
    bar.replaceChildren();
    parts2 = /* @__PURE__ */ new Map();
    for (const label of store.order) {
      const look = store.looks[label];
      const item = document.createElement("span");
      item.className = "nbl-count";
      const swatch = document.createElement("span");
      swatch.className = `nbl-swatch nbl-hatch-${look.hatch}`;
      swatch.style.backgroundColor = look.color;
      const name = document.createElement("span");
      name.textContent = label;
      const number = document.createElement("span");
      number.className = "nbl-count-number";
      number.dataset.label = label;
      const change = make("span", "nbl-count-change");
      item.append(swatch, name, number, change);
      list.append(item);
      const part = document.createElement("span");
      part.className = `nbl-hatch-${look.hatch}`;
      part.style.backgroundColor = look.color;
      part.title = label;
      bar.append(part);
      parts2.set(label, { number, part, change });
    }
    list.append(hand, bare, only);
  };
  const update = () => {
    const labels = store.rules.labels;
    const { scope } = store;
    const { counts: counts2, n } = store.shown;
    only.hidden = !scope;
    const place2 = scope ? `all views: ${scope.name}, ${n} units` : "";
    if (scoped.textContent !== place2) scoped.textContent = place2;
    const atDefaults = scope?.defaults();
    const codes = store.trace.codes;
    const defaults = store.defaultCounts;
    const manual = byHand();
    hand.hidden = !manual.length;
    const nothing = codes.length && store.limits.length && store.trace?.active.every((active) => !active);
    bare.textContent = nothing ? "No criterion is left: units have their label without any evidence." : "";
    const lacking = withoutMetricInWords(store.rules, store.limits, store.missing, store.unusable);
    if (banner.textContent !== lacking.join("")) banner.replaceChildren(...lacking.map((line2) => make("div", "", line2)));
    banner.hidden = way.hidden = !lacking.length;
    hand.textContent = `✎ ${manual.length} by hand`;
    labels.forEach((label, code) => {
      const part = parts2.get(label);
      if (!part) return;
      const text = String(counts2[code]);
      if (part.number.textContent !== text) part.number.textContent = text;
      part.part.style.flexGrow = text;
      if (store.isRare(label) && part.number.parentElement) part.number.parentElement.style.display = counts2[code] ? "" : "none";
      const share = n ? Math.round(100 * counts2[code] / n) : 0;
      part.part.title = `${label}: ${text} units, ${share} %`;
      const gained = counts2[code] - ((atDefaults ? own(atDefaults, label) : defaults[code]) ?? 0);
      const said = gained === 0 ? "" : gained > 0 ? `+${gained}` : `−${-gained}`;
      if (part.change.textContent !== said) part.change.textContent = said;
      part.change.title = said ? "change since the defaults" : "";
    });
  };
  build();
  update();
  keepInSight(el, signal);
  const rebuild = () => {
    build();
    update();
  };
  store.on("trace scope", update, signal);
  store.on("structure", rebuild, signal);
}

// src/views/limits.js
var limits_exports = {};
__export(limits_exports, {
  render: () => render9
});

// src/core/histogram.js
var stack = (places, codes, rank, rows, bins) => {
  const heights = Array.from({ length: rows }, () => new Float64Array(bins));
  for (let i = 0; i < codes.length; i++) if (places[i] >= 0) heights[rank[codes[i]]][places[i]]++;
  return heights;
};
function noteOf(axis, values, abs, units) {
  const [low, high] = axis.log ? [10 ** axis.low, 10 ** axis.high] : [axis.low, axis.high];
  const most2 = axis.saturates ?? Infinity;
  const found = [0, 0, 0, 0];
  for (const unit of units) {
    const shown = (abs ? Math.abs(values[unit]) : values[unit]) * axis.factor;
    if (Number.isNaN(shown)) found[0]++;
    else if (shown < low && !(axis.log && shown <= 0)) found[1]++;
    else if (shown > high) found[2]++;
    if (axis.saturated && shown >= most2) found[3]++;
  }
  const words2 = ["missing", "below the axis", "beyond the axis", "saturated (▾)"];
  return found.flatMap((many, kind) => many ? [`${many} ${words2[kind]}`] : []).join(", ");
}

// src/core/explanation.js
var TOGETHER = 3;
function nextAfter(value, up) {
  if (value === 0) return up ? Number.MIN_VALUE : -Number.MIN_VALUE;
  const bits = new BigInt64Array(Float64Array.of(value).buffer);
  bits[0] += value > 0 === up ? 1n : -1n;
  return new Float64Array(bits.buffer)[0];
}
function thirdDigit(shown) {
  return 10 ** (Math.floor(Math.log10(Math.abs(shown))) - 2);
}
function roundedLimit(value, factor, up) {
  const shown = value * factor;
  if (!Number.isFinite(shown) || shown === 0) return value;
  const step = thirdDigit(shown);
  const near = (up ? Math.ceil : Math.floor)(shown / step) * step;
  const stored = toStored({ factor }, near);
  return (up ? stored >= value : stored <= value) ? stored : value;
}
function beyondLimit(value, factor, up, whole) {
  const shown = value * factor;
  const step = Math.max(shown ? thirdDigit(shown) : 1e-3, whole ? 1 : 0);
  const near = up ? (Math.floor(shown / step) + 1) * step : (Math.ceil(shown / step) - 1) * step;
  const stored = toStored({ factor }, near);
  return (up ? stored > value : stored < value) ? stored : nextAfter(value, up);
}
var goneOf = (states) => states.map((state) => state === INACTIVE ? 1 : 0);
function stepFor({ rules, limits, values, trace }, k, at, factor, whole) {
  const criterion = rules.criteria[k];
  const state = trace.states[k][at];
  if (state === INACTIVE || state === NAN && criterion.nan === "pass") return null;
  if (state === NAN) return { k, bound: -1, limit: 0, distance: 1 };
  const size = (v) => criterion.abs ? Math.abs(v) : v;
  const value = size(values[k][at]);
  if (!Number.isFinite(value)) return null;
  const moved = (bound, limit) => {
    const old = (
      /** @type {number} */
      limits[k][bound]
    );
    const [low, high] = [Math.min(old, value), Math.max(old, value)];
    let between = 0;
    for (const v of values[k]) if (size(v) >= low && size(v) <= high) between++;
    return { k, bound, limit, distance: between / Math.max(1, values[k].length) };
  };
  const [min, max] = limits[k];
  if (state === FAIL) {
    if (min !== null && max !== null && value < min && value > max) return null;
    const bound = min !== null && value < min ? 0 : 1;
    return moved(bound, roundedLimit(value, factor, bound === 1));
  }
  let best = null;
  for (
    const bound of
    /** @type {(0|1)[]} */
    [0, 1]
  ) {
    if (limits[k][bound] === null) continue;
    const up = bound === 0;
    const limit = beyondLimit(value, factor, up, whole);
    const other = up ? max : min;
    if (other !== null && (up ? limit > other : limit < other)) continue;
    const step = moved(bound, limit);
    if (!best || step.distance < best.distance) best = step;
  }
  return best;
}
function choices(from, many) {
  if (many === 0) return [[]];
  return from.flatMap((first, at) => choices(from.slice(at + 1), many - 1).map((rest) => [first, ...rest]));
}
function limitsAfter(limits, steps) {
  const after = limits.map((pair) => (
    /** @type {Limits} */
    pair.slice()
  ));
  for (const { k, bound, limit } of steps) if (bound !== -1) after[k][bound] = limit;
  return after;
}
function smallestChanges(method, at, metric) {
  const { rules, limits, values, missing, trace } = method;
  const wanting = (label) => label !== rules.default && rules.rules.every((rule) => rule.label !== label || asksForMissing(rule.when));
  if (wanting(rules.labels[trace.ruleCodes[at]])) return [];
  const steps = rules.criteria.map((_, k) => stepFor(method, k, at, metric(k).factor, metric(k).whole));
  const can = steps.flatMap((step, k) => step ? [k] : []);
  const sets = [1, 2, 3].slice(0, TOGETHER).flatMap((many) => choices(can, many));
  const states = rules.criteria.map((_, k) => {
    const state = trace.states[k][at];
    const flipped = state === PASS ? FAIL : PASS;
    return Uint8Array.from(sets, (chosen) => chosen.includes(k) ? flipped : state);
  });
  const codes = labelUnits(rules, states, trace.active, trace.absent, sets.length);
  const own2 = [.../* @__PURE__ */ new Set([...rules.rules.map((rule) => rule.label), rules.default])];
  const found = [];
  for (const label of own2) {
    const code = rules.labels.indexOf(label);
    if (code === trace.ruleCodes[at] || wanting(label)) continue;
    let best = -1;
    let least = [Infinity, Infinity];
    sets.forEach((chosen2, s) => {
      if (codes[s] !== code) return;
      const cost = [chosen2.length, chosen2.reduce((sum, k) => sum + /** @type {Step} */
      steps[k].distance, 0)];
      if (cost[0] < least[0] || cost[0] === least[0] && cost[1] < least[1]) [best, least] = [s, cost];
    });
    if (best < 0) {
      found.push({ label, steps: [], others: 0 });
      continue;
    }
    const chosen = sets[best].map((k) => (
      /** @type {Step} */
      steps[k]
    ));
    const passing = new Set(chosen.flatMap((step) => step.bound < 0 ? [step.k] : []));
    const criteria = rules.criteria.map((c, k) => passing.has(k) ? { ...c, nan: (
      /** @type {const} */
      "pass"
    ) } : c);
    const changed = { ...rules, criteria };
    const new_limits = limitsAfter(limits, chosen);
    const judged2 = criteria.map((c, k) => chosen.some((step) => step.k === k) ? judge(c, new_limits[k], values[k], missing[k], goneOf(trace.states[k])) : trace.states[k]);
    const after = labelUnits(changed, judged2, trace.active, trace.absent, trace.codes.length);
    let others = 0;
    for (let i = 0; i < after.length; i++) {
      if (i !== at && !trace.manual.has(i) && after[i] !== trace.ruleCodes[i]) others++;
    }
    found.push({ label, steps: chosen, others });
  }
  const weight = (c) => [c.steps.length || TOGETHER + 1, c.steps.reduce((sum, step) => sum + step.distance, 0)];
  return found.sort((a, b) => weight(a)[0] - weight(b)[0] || weight(a)[1] - weight(b)[1]);
}

// src/state/words.js
var inWords = (store, k, value) => {
  const known = own(store.metricUnits, store.rules.criteria[k].metric) ?? { factor: 1, unit: "" };
  return `${short(Number((value * known.factor).toPrecision(6)))}${known.unit ? ` ${known.unit}` : ""}`;
};
var nameOf2 = (store, k) => {
  const own2 = store.rules.criteria[k];
  return store.rules.criteria.filter((other) => other.metric === own2.metric).length === 1 ? own2.metric : keyOf(own2);
};
var changeInWords = (store, { label, steps, others }) => {
  if (!steps.length) return `would become ${label} only if more than ${TOGETHER} criteria were changed`;
  const said = steps.map(({ k, bound, limit }) => {
    if (bound === -1) return `a missing ${nameOf2(store, k)} passed`;
    const unit = own(store.metricUnits, store.rules.criteria[k].metric)?.unit ?? "";
    const now = inWords(
      store,
      k,
      /** @type {number} */
      store.limits[k][bound]
    );
    return `the ${bound === 0 ? "lower" : "upper"} limit of ${nameOf2(store, k)} were ${inWords(store, k, limit)} (now ${unit ? now.slice(0, -unit.length - 1) : now})`;
  });
  const also = others === 0 ? "no other unit would change" : `${others} other ${others === 1 ? "unit" : "units"} would change too`;
  return `would become ${label} if ${said.join(" and ")}; ${also}`;
};
var keyOf = (criterion) => criterion.section ? `${criterion.section}/${criterion.metric}` : criterion.metric;

// src/ui/handles.js
var STEP = 0.01;
function limitHandles(layer, { name, axis, limits, move, drop, words: words2 }, signal) {
  let gestures = 0;
  let held = null;
  const moved = (bound, place2) => {
    const now = limits();
    const along = axis();
    if (!now || !along) return null;
    return movedLimit(now, bound, fromAxis(along, place2 + (bound === 0 ? along.half : -along.half)));
  };
  const moveTo = (bound, place2, gesture) => {
    const pair = moved(bound, place2);
    const now = limits();
    if (pair && now && pair[bound] !== now[bound]) move(pair, gesture);
  };
  const newGesture = () => `${name}-${gestures++}-${performance.now()}`;
  const letGo = () => {
    if (!held) return;
    held = null;
    drop();
  };
  const handles = (
    /** @type {(0|1)[]} */
    [0, 1].map((bound) => {
      const side = bound ? "max" : "min";
      const handle = make("div", "nbl-handle");
      handle.tabIndex = 0;
      handle.setAttribute("role", "slider");
      handle.setAttribute("aria-label", `${name} ${side} handle`);
      handle.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        handle.setPointerCapture(event.pointerId);
        held = { bound, gesture: newGesture(), pointer: event.pointerId };
        event.preventDefault();
        handle.focus({ preventScroll: true });
      }, { signal });
      handle.addEventListener("pointermove", (event) => {
        const along = axis();
        if (!held || held.bound !== bound || event.pointerId !== held.pointer || !along) return;
        const part = partUnder(event.clientX, layer.getBoundingClientRect());
        moveTo(bound, along.from + part * (along.high - along.from), held.gesture);
      }, { signal });
      for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) handle.addEventListener(end, letGo, { signal });
      handle.addEventListener("click", (event) => event.stopPropagation(), { signal });
      handle.addEventListener("keydown", (event) => {
        const along = axis();
        const now = limits();
        if (!along || !now || event.altKey || event.ctrlKey || event.metaKey) return;
        const place2 = limitPlaces(along, now)[bound];
        if (place2 === null) return;
        const unit = Math.max(STEP * (along.high - along.low), along.whole && !along.log ? 1 : 0);
        const far = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }[event.key];
        if (event.key === "Home") moveTo(bound, along.low, newGesture());
        else if (event.key === "End") moveTo(bound, along.high, newGesture());
        else if (far === void 0) return;
        else moveTo(bound, place2 + far * unit, newGesture());
        drop();
        event.preventDefault();
        event.stopPropagation();
      }, { signal });
      return handle;
    })
  );
  layer.append(...handles);
  return () => {
    const along = axis();
    const now = limits();
    if (!along || !now) return;
    const places = limitPlaces(along, now);
    handles.forEach((handle, bound) => {
      const place2 = places[bound];
      const limit = now[bound];
      handle.style.display = place2 === null ? "none" : "";
      if (place2 === null || limit === null) return;
      handle.style.left = leftOf(along, place2);
      const shown = (at) => String(Number((along.log ? 10 ** at : at).toPrecision(6)));
      handle.setAttribute("aria-valuemin", shown(along.low));
      handle.setAttribute("aria-valuemax", shown(along.high));
      handle.setAttribute("aria-valuenow", String(Number((limit * along.factor).toPrecision(6))));
      handle.setAttribute("aria-valuetext", words2(limit));
      handle.title = `${name} ${bound ? "max" : "min"}: ${words2(limit)}; drag, or use the arrow keys`;
    });
  };
}

// src/views/limits.js
var LIMIT_COLOR = "#D55E00";
var write = (shown) => String(Number(shown.toPrecision(6)));
async function render9({ model, el, signal, store }) {
  const position = () => store.position(model.get("criterion"));
  const criterion = () => store.rules.criteria[position()];
  const axis = () => store.axes[position()] ?? null;
  const limits = () => store.limits[position()];
  el.classList.add("nbl-limits");
  keepKeys(el, store);
  const name = criterion().metric;
  const title = make("span", "nbl-limits-title");
  const parts2 = (criterion().abs ? `|${name}|` : name).split(/(?<=_)/);
  title.append(...parts2.flatMap((part, at) => at ? [document.createElement("wbr"), part] : [part]));
  title.title = model.get("meaning") || name;
  const reset = button("↺", `reset ${name}`, () => send(model.get("defaults").slice()));
  reset.className = "nbl-reset";
  reset.title = `Reset ${name} to its default`;
  const scale = button("", "", () => model.send({ scale: model.get("scale") === "log" ? "clip" : "log" }));
  scale.className = "nbl-scale";
  scale.setAttribute("aria-label", `scale of ${name}`);
  const tools = make("span", "nbl-limits-tools");
  tools.append(scale, reset);
  const head = make("div", "nbl-limits-head");
  head.append(title, tools);
  const row = make("div", "nbl-limits-row");
  const send = (pair) => store.set([[position(), pair]]);
  const earlier = [null, null];
  const begin = (bound) => {
    const along = axis();
    if (!along) return 0;
    const { low, high, log, factor, whole } = along;
    const place2 = bound === 0 ? low + 0.1 * (high - low) : high - 0.1 * (high - low);
    const shown = Number((log ? 10 ** place2 : place2).toPrecision(3));
    return toStored({ factor }, whole ? Math.round(shown) : shown);
  };
  const bounds = (
    /** @type {(0|1)[]} */
    [0, 1].map((bound) => {
      const side = bound ? "max" : "min";
      const input = document.createElement("input");
      input.type = "number";
      input.step = "any";
      input.placeholder = "off";
      input.setAttribute("aria-label", `${name} ${side}`);
      input.title = `${name} ${side}${model.get("unit") ? ` in ${model.get("unit")}` : ""}; empty switches it off`;
      input.addEventListener("change", () => {
        const along = axis();
        const empty = input.value === "" && !input.validity.badInput;
        if (!along || !empty && !Number.isFinite(input.valueAsNumber)) {
          input.setAttribute("aria-invalid", "true");
          return;
        }
        input.removeAttribute("aria-invalid");
        send(withLimit(limits(), bound, empty ? null : toStored(along, input.valueAsNumber)));
      });
      const toggle = button(bound === 0 ? "≥" : "≤", `${name} ${side} on`, () => {
        const back = earlier[bound] ?? model.get("defaults")[bound] ?? begin(bound);
        send(withLimit(limits(), bound, limits()[bound] === null ? back : null));
      });
      toggle.className = "nbl-toggle";
      const label = make("span", "nbl-limits-bound");
      label.append(toggle, input);
      if (model.get("unit")) label.append(make("span", "nbl-unit", model.get("unit")));
      row.append(label);
      return { input, toggle };
    })
  );
  const note = make("div", "nbl-limits-note", model.get("note"));
  const canvas = (
    /** @type {HTMLCanvasElement} */
    make("canvas", "nbl-bars")
  );
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Histogram of ${name}`);
  el.append(head, row, note, canvas);
  let places = new Int16Array(0);
  let heights = [];
  let tallest = 1;
  const rank = () => store.rules.labels.map((label) => store.order.indexOf(label));
  const read = () => {
    const at = position();
    places = at < 0 ? new Int16Array(0) : new Int16Array(copied(store.bins)).slice(at * store.n, (at + 1) * store.n);
    if (store.scope) {
      for (let i = 0; i < places.length; i++) if (!store.isShown(i)) places[i] = -1;
    }
  };
  const count = () => {
    const along = axis();
    if (!along) return;
    heights = stack(places, store.trace.codes, rank(), store.order.length, along.bins);
    tallest = store.scope ? Math.max(1, ...Array.from({ length: along.bins }, (_, bin) => heights.reduce((sum, row2) => sum + row2[bin], 0))) : along.tallest;
  };
  const recount = (changed) => {
    if (!changed) {
      count();
      return;
    }
    const rows = rank();
    changed.units.forEach((unit, at) => {
      const bin = places[unit];
      if (bin < 0) return;
      heights[rows[changed.before[at]]][bin]--;
      heights[rows[store.trace.codes[unit]]][bin]++;
    });
  };
  let painted = "";
  const paint2 = () => {
    const along = axis();
    const now = limits();
    if (!along || !now) return;
    const selected = new Float64Array(along.bins);
    for (const unit of store.selection) if (places[unit] >= 0) selected[places[unit]]++;
    const key = `${heights.join(";")}|${selected}|${now}|${store.order}|${sizeOf(canvas).width}|${tallest}|${JSON.stringify(along)}`;
    if (key === painted) return;
    painted = key;
    const style = getComputedStyle(el);
    const [ink, soft] = ["--nbl-ink", "--nbl-soft"].map((color) => style.getPropertyValue(color));
    paintBars(canvas, { ...along, tallest }, heights, store.order.map((label) => store.look(label)), selected, now, { ink, soft, limit: LIMIT_COLOR, fontSize: style.fontSize });
  };
  const schedule = perFrame(() => {
    paint2();
    placeHandles();
  }, signal, canvas);
  onLook(canvas, () => {
    painted = "";
    schedule();
  }, signal);
  const layer = make("div", "nbl-handles");
  let placeHandles = () => {
  };
  const under = (event) => {
    const along = axis();
    const frame = canvas.getBoundingClientRect();
    const inside = event.clientY > frame.top + ROOM.top && event.clientY < frame.bottom - ROOM.bottom;
    return inside && along ? binAt(along, partUnder(event.clientX, frame)) : -1;
  };
  const say = (bin) => {
    const parts3 = store.order.flatMap((label, r) => heights[r]?.[bin] ? [`${heights[r][bin]} ${label}`] : []);
    return parts3.length ? `${parts3.join(", ")}; click to select` : "";
  };
  let pressed = { x: 0, y: 0 };
  layer.addEventListener("pointerdown", (event) => {
    pressed = { x: event.clientX, y: event.clientY };
  });
  layer.addEventListener("pointermove", (event) => {
    const bin = event.buttons ? -1 : under(event);
    const text = bin < 0 ? "" : say(bin);
    if (layer.title !== text) layer.title = text;
  });
  layer.addEventListener("click", (event) => {
    const bin = under(event);
    if (bin < 0 || Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) >= 4) return;
    const units = Array.from(places.keys()).filter((i) => places[i] === bin);
    const before = event.shiftKey || event.ctrlKey || event.metaKey ? store.selection : [];
    store.select([.../* @__PURE__ */ new Set([...before, ...units])]);
  });
  requestAnimationFrame(() => {
    if (signal.aborted) return;
    (el.closest(".nbl-histogram") ?? el).append(layer);
    placeHandles = limitHandles(layer, {
      name,
      axis,
      limits,
      move: (pair, gesture) => store.drag(position(), pair, gesture),
      drop: () => store.drop(),
      words: (value) => inWords(store, position(), value)
    }, signal);
    placeHandles();
  });
  signal.addEventListener("abort", () => layer.remove());
  const update = () => {
    const now = limits();
    const along = axis();
    if (!now || !along) return;
    const defaults = model.get("defaults");
    bounds.forEach(({ input, toggle }, bound) => {
      const limit = now[bound];
      const text = limit === null ? "" : write(limit * along.factor);
      if (input.value !== text) input.value = text;
      if (limit !== null) earlier[bound] = limit;
      toggle.setAttribute("aria-pressed", String(limit !== null));
      toggle.title = `${bound === 0 ? "Lower" : "Upper"} limit is ${limit === null ? "off; press to switch it on" : "on; press to switch it off"}`;
    });
    const log = model.get("scale") === "log";
    scale.textContent = log ? "log" : "lin";
    scale.title = `The axis is ${log ? "logarithmic" : "linear"}; press for ${log ? "linear" : "logarithmic"}`;
    const changed = now[0] !== defaults[0] || now[1] !== defaults[1];
    el.classList.toggle("nbl-changed", changed);
    reset.style.display = changed ? "" : "none";
    el.classList.toggle("nbl-off", now[0] === null && now[1] === null);
  };
  let hidden = "";
  const countHidden = () => {
    const [at, along] = [position(), axis()];
    hidden = store.scope && along ? noteOf(along, store.values[at], criterion().abs, store.scope.units) : "";
  };
  let gaps = 0;
  const countGaps = () => {
    gaps = 0;
    const states = store.trace.states[position()] ?? [];
    for (let i = 0; i < states.length; i++) if (states[i] === NAN && store.isShown(i)) gaps++;
  };
  const remark = () => {
    const at = position();
    if (at < 0) return;
    const only = store.shown.only[at] ?? 0;
    const parts3 = [store.scope ? hidden : model.get("note"), neverDecides(store.rules, store.limits, at)];
    if (only) parts3.unshift(`decides ${only} ${only === 1 ? "unit" : "units"} on its own`);
    if (2 * gaps > store.shown.n) parts3.push(`most units have no value, which ${effectOfMissing(store.rules, at).said}`);
    const text = parts3.filter((part) => part).join("; ");
    if (note.textContent !== text) note.textContent = text;
    note.title = only ? `${only} ${only === 1 ? "unit has its" : "units have their"} label because of this criterion alone: every other one is passed` : "";
  };
  const all = () => {
    read();
    count();
    countGaps();
    countHidden();
    update();
    remark();
    painted = "";
    schedule();
  };
  all();
  store.on("limits", () => {
    update();
    schedule();
  }, signal);
  store.on("selection", schedule, signal);
  store.on("structure scope", all, signal);
  store.on("trace", (changed) => {
    recount(changed);
    if (!changed) countGaps();
    remark();
    schedule();
  }, signal);
  listen2(model, "change:criterion change:defaults change:scale change:note", all, signal);
}

// src/views/missing_values.js
var missing_values_exports = {};
__export(missing_values_exports, {
  render: () => render10
});

// src/ui/computing.js
function computing(model, signal) {
  const bar = make("div", "nbl-bar nbl-computing");
  const said = make("span", "nbl-soft");
  said.setAttribute("role", "status");
  const progress = (
    /** @type {HTMLProgressElement} */
    make("progress", "nbl-progress")
  );
  progress.setAttribute("aria-label", "Metrics computed");
  const requests = new Requests(model, signal);
  const say = (text, failed) => {
    if (said.textContent !== text) said.textContent = text;
    said.classList.toggle("nbl-error", failed);
  };
  const ask = (what) => {
    requests.ask({ do: what }, {
      onAnswer: (answer) => {
        if (answer.error) say(String(answer.said), true);
      },
      onSilence: (text) => say(text, true)
    });
  };
  const start = button("Compute what is missing", "Compute what is missing", () => ask("compute"));
  const stop = button("Cancel", "Cancel computing: takes effect before the next step", () => ask("cancel"));
  bar.append(start, stop, progress, said);
  const update = () => {
    const now = (
      /** @type {Computing|undefined} */
      model.get("_computing")
    );
    bar.hidden = !now || !now.lacking && !now.running && !now.said;
    if (!now) return;
    start.disabled = now.running;
    start.hidden = !now.lacking && !now.running;
    start.title = `Compute with SpikeInterface, in the background: ${now.lacking}`;
    stop.hidden = progress.hidden = !now.running;
    progress.max = Math.max(1, now.total);
    progress.value = now.done;
    say(now.said, now.failed);
  };
  model.on("change:_computing", update);
  signal.addEventListener("abort", () => model.off("change:_computing", update));
  update();
  return bar;
}

// src/views/missing_values.js
async function render10({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-gaps");
  el.tabIndex = 0;
  keepKeys(el, store);
  const said = make("div", "nbl-soft");
  const table = make("table", "nbl-card-criteria");
  table.setAttribute("aria-label", "Missing values");
  el.append(computing(model, signal), said, table);
  const shownOf = ({ gaps, decided }) => [gaps, decided].map((units) => units.filter((unit) => store.isShown(unit)));
  const update = () => {
    const { method } = store;
    const { rules, missing, trace } = method;
    const head = make("tr", "");
    for (const text of ["criterion", "units without a value", "counts as", "labels that would change"]) head.append(make("th", "", text));
    let decidedUnits = 0;
    const rows = rules.criteria.map((c, k) => {
      const [gaps, decided] = shownOf(decidedByMissing(method, k));
      const row = make("tr", "");
      const name = make("td", "", keyOf(c));
      const units = (
        /** @type {HTMLTableCellElement} */
        make("td", "")
      );
      const policy = make("td", "");
      const decides = make("td", "");
      if (missing[k]) {
        units.textContent = store.unusable[c.metric] ? "in arbitrary units" : "not in this analyzer";
        units.title = store.unusable[c.metric] ?? "";
        units.className = "nbl-failing";
        units.colSpan = 3;
        row.append(name, units);
        return row;
      } else if (!gaps.length) units.textContent = "0";
      else units.append(button(String(gaps.length), `Select the ${gaps.length} units without ${c.metric}`, () => store.select(gaps)));
      if (!trace.active[k]) policy.textContent = "off";
      else {
        const choice = (
          /** @type {HTMLSelectElement} */
          make("select", "nbl-select")
        );
        choice.setAttribute("aria-label", `A missing ${keyOf(c)} counts as`);
        fillMenu(choice, [["fail", "failed"], ["pass", "passed"], ["ignore", "ignored"]], c.nan);
        choice.addEventListener("change", () => store.set([], [[k, choice.value]]));
        policy.append(choice);
        const effect = effectOfMissing(rules, k);
        choice.title = `A missing value ${effect.said}`;
        if (gaps.length && c.nan === "ignore" && effect.counts !== "ignored") policy.append(make("div", "nbl-soft", effect.said));
      }
      if (gaps.length && trace.active[k]) {
        decidedUnits += decided.length;
        const word = c.nan === "pass" ? "if it failed" : "if it passed";
        if (decided.length) decides.append(button(`${decided.length} would change ${word}`, `Select the ${decided.length} units that a missing ${c.metric} decides`, () => store.select(decided)));
        else decides.textContent = "none";
      }
      row.append(name, units, policy, decides);
      return row;
    });
    const absent = missing.filter((gone) => gone).length;
    const depend = decidedUnits === 0 ? "No label depends" : decidedUnits === 1 ? "1 label depends" : `${decidedUnits} labels depend`;
    said.textContent = `${depend} on a missing value` + (absent ? `; ${absent} criteria are left out, because their metric is not in this analyzer or cannot be judged.` : ".");
    table.replaceChildren(head, ...rows);
  };
  const schedule = perFrame(update, signal, el);
  const later = atRest(schedule, signal);
  schedule();
  store.on("trace structure scope", later, signal);
}

// src/views/pair.js
var pair_exports = {};
__export(pair_exports, {
  render: () => render11
});

// src/ui/merge_queue.js
var ACCEPT = "accept the proposed merge that is shown in the tab Pairs; with no proposal: suggest to merge its pair";
var REJECT = "reject the proposed merge that is shown in the tab Pairs";
var keyOf2 = (group) => [...group].sort((a, b) => a - b).join(" ");
var MergeQueue = class {
  /** @type {Shown} */
  #shown;
  /** Proposals that were answered and that the kernel has not dealt with. @type {Set<string>} */
  #answered = /* @__PURE__ */ new Set();
  /** Why the kernel did not take an answer. @type {Map<string, string>} */
  #refused = /* @__PURE__ */ new Map();
  /** What a key did not do. */
  #said = "";
  #opened = false;
  /** @param {Shown} shown @param {HTMLElement} el of the view @param {AbortSignal} signal */
  constructor(shown, el, signal) {
    this.#shown = shown;
    this.proposals = make("div", "nbl-pair-queue");
    this.suggested = make("div", "nbl-pair-queue");
    const { store } = shown;
    const isOn = () => el.isConnected && el.getClientRects().length > 0 && shown.pair().units.length > 0;
    store.deeds.add({ words: ACCEPT, key: () => store.mergeKeys.accept, isOn, run: () => this.#press("suggest") }, signal);
    store.deeds.add({ words: REJECT, key: () => store.mergeKeys.reject, isOn: () => isOn() && this.waiting.length > 0, run: () => this.#press("reject") }, signal);
  }
  /** Proposals without an answer. */
  get waiting() {
    return this.#shown.groups("_proposals").filter((group) => !this.#answered.has(keyOf2(group)));
  }
  /** The proposal whose pair is shown. @returns {number[]|undefined} */
  get now() {
    const { units } = this.#shown.pair();
    return units.length ? this.waiting.find((group) => units.every((unit) => group.includes(unit))) : void 0;
  }
  /** Whether the pair that is shown is to be merged, or was rejected: a key pressed once more does not turn that round. */
  get isAnswered() {
    const { units } = this.#shown.pair();
    const known = [...this.#shown.groups("_merges"), ...this.#shown.groups("_rejected"), ...this.#shown.groups("_proposals").filter((group) => this.#answered.has(keyOf2(group)))];
    return known.some((group) => units.every((unit) => group.includes(unit)));
  }
  /** Answer what is shown by key. @param {"suggest"|"reject"} deed */
  #press(deed) {
    const { units, isSeen } = this.#shown.pair();
    const group = this.now;
    this.#said = "";
    if (!isSeen) this.#said = "the pair is not on screen yet: the key was not taken";
    else if (group) this.#answer(deed, group);
    else if (this.waiting.length) this.#said = "the pair that is shown is no proposal: click one of the list first";
    else if (this.isAnswered) this.#said = "this pair was answered already: the buttons change that";
    else this.#shown.tell(deed, units, () => {
    });
    this.#shown.again();
  }
  /** @param {string} deed @param {number[]} group */
  #answer(deed, group) {
    const key = keyOf2(group);
    const before = this.waiting;
    this.#answered.add(key);
    this.#refused.delete(key);
    const left = this.waiting;
    const next = left[before.findIndex((each) => keyOf2(each) === key)] ?? left[0];
    this.#shown.tell(deed, group, (refused) => {
      this.#answered.delete(key);
      if (refused) this.#refused.set(key, refused);
      this.#shown.again();
    });
    if (next) this.#shown.store.select(next);
    this.#shown.again();
  }
  /** @param {number[]} group */
  #words(group) {
    return group.map((unit) => this.#shown.store.ids[unit]).join(" + ");
  }
  /** @param {number[]} group @param {HTMLElement[]} buttons */
  #row(group, ...buttons) {
    const line2 = make("div", "nbl-bar");
    const words2 = this.#words(group);
    line2.append(button(words2, `Show units ${words2}`, () => this.#shown.store.select(group)), ...buttons);
    return line2;
  }
  paint() {
    const { store, groups, tell } = this.#shown;
    const { accept, reject } = store.mergeKeys;
    const { waiting, now } = this;
    const merges = groups("_merges");
    const rejected = groups("_rejected");
    this.proposals.replaceChildren();
    this.suggested.replaceChildren();
    if (waiting.length) {
      this.proposals.append(make("div", "nbl-pair-head", `${waiting.length} proposed ${waiting.length === 1 ? "merge waits" : "merges wait"} for an answer`));
      for (const group of waiting) {
        const isNow = now !== void 0 && keyOf2(group) === keyOf2(now);
        const by = (text, key) => isNow && key ? `${text} (${key})` : text;
        const line2 = this.#row(
          group,
          button(by("accept", accept), `Accept to merge ${this.#words(group)}`, () => this.#answer("suggest", group)),
          button(by("reject", reject), `Reject to merge ${this.#words(group)}`, () => this.#answer("reject", group))
        );
        if (isNow) line2.append(make("span", "nbl-soft", "shown below"));
        const refused = this.#refused.get(keyOf2(group));
        if (refused) line2.append(make("span", "nbl-error", refused));
        this.proposals.append(line2);
      }
    }
    if (this.#said) this.proposals.append(make("div", "nbl-soft", this.#said));
    if (merges.length) {
      this.suggested.append(make("div", "nbl-pair-head", `${merges.length} suggested ${merges.length === 1 ? "merge" : "merges"}`));
      for (const group of merges) this.suggested.append(this.#row(group, button("take back", `Do not merge ${this.#words(group)}`, () => tell("clear", group, () => {
      }))));
    }
    if (rejected.length) {
      const box = (
        /** @type {HTMLDetailsElement} */
        make("details", "nbl-pair-table")
      );
      box.open = this.#opened;
      box.addEventListener("toggle", () => {
        this.#opened = box.open;
      });
      box.append(make("summary", "", `${rejected.length} rejected ${rejected.length === 1 ? "proposal" : "proposals"}`));
      for (const group of rejected) box.append(this.#row(group, button("propose again", `Let the merge of ${this.#words(group)} wait for an answer again`, () => tell("reconsider", group, () => {
      }))));
      this.suggested.append(box);
    }
  }
};

// src/ui/merged_table.js
var fails = (store, metric, value) => value !== null && store.rules.criteria.some((criterion, k) => {
  if (criterion.metric !== metric) return false;
  const [low, high] = store.limits[k];
  const judged2 = criterion.abs ? Math.abs(value) : value;
  return low !== null && judged2 < low || high !== null && judged2 > high;
});
var mergedTable = (store, merged, { unit, other }) => {
  const box = make("details", "nbl-pair-table");
  box.open = true;
  const label = merged.labels.join(" or ");
  const summary = make("summary", "", `merged they would be ${label}`);
  box.append(summary);
  if (merged.guessed.length) {
    const many = merged.guessed.length === 1 ? "1 criterion is" : `${merged.guessed.length} criteria are`;
    const how = merged.labels.length > 1 ? "with the values of one unit or of the other" : "with the values of either unit";
    const about = make("details", "");
    about.append(make("summary", "nbl-soft", `${many} not known before the merge: judged ${how}`), make("div", "nbl-soft", merged.guessed.join(", ")));
    box.append(about);
  }
  const table = make("table", "nbl-card-criteria");
  const head = make("tr", "");
  for (const text of ["metric", store.ids[unit], store.ids[other], "merged"]) head.append(make("th", "", text));
  table.append(head);
  for (const [name, value] of Object.entries(merged.metrics)) {
    const meaning = own(store.metricUnits, name);
    const factor = meaning?.factor ?? 1;
    const values = store.metric(name);
    const cell = (number) => make("td", "nbl-number", number === void 0 ? "" : number === null || number !== number ? "–" : short(number * factor));
    const row = make("tr", "");
    const last = cell(value);
    if (fails(store, name, value)) {
      last.classList.add("nbl-failing");
      last.title = "outside a limit";
    }
    const [one, two] = [unit, other].map((at, which) => values[at] ?? merged.alone[which]?.[name]);
    row.append(make("td", "", meaning?.unit ? `${name} (${meaning.unit})` : name), cell(one), cell(two), last);
    table.append(row);
  }
  box.append(table);
  if (merged.unknown.length) {
    const names = make("details", "");
    const many = merged.unknown.reduce((sum, [, metrics]) => sum + metrics.length, 0);
    names.append(make("summary", "nbl-soft", `${many} metrics are not known before the merge`));
    for (const [need, metrics] of merged.unknown) names.append(make("div", "nbl-soft", `${metrics.join(", ")}: need ${need}`));
    box.append(names);
  }
  return box;
};

// src/core/lags.js
var NAMED = [0.3, 1, 3, 10, 30];
var lagAxis = (edges, both) => {
  const first = Math.log10(edges[0]);
  const reach2 = Math.log10(edges[edges.length - 1]) - first;
  const gap = both ? 0.06 * reach2 : 0;
  const place2 = (lag) => Math.sign(lag) * (gap + Math.max(0, Math.log10(Math.abs(lag)) - first));
  const right = Array.from({ length: edges.length - 1 }, (_, i) => (
    /** @type {[number, number]} */
    [place2(edges[i]), place2(edges[i + 1])]
  ));
  const left = right.map(([a, b]) => (
    /** @type {[number, number]} */
    [-b, -a]
  )).reverse();
  const named = NAMED.filter((lag) => lag >= edges[0] * 0.98 && lag <= edges[edges.length - 1]);
  return {
    place: place2,
    /** Ends of the axis. @type {[number, number]} */
    ends: [both ? -gap - reach2 : 0, gap + reach2],
    /** Where each bin begins and ends, those before zero first. */
    bins: both ? [...left, ...right] : right,
    /** Lags and their places. @type {[number, number][]} */
    marks: (both ? [...named.map((lag) => -lag).reverse(), ...named] : named).map((lag) => [lag, place2(lag)])
  };
};
var lagRates = (counts2, edges, spikes) => {
  const half = edges.length - 1;
  return Array.from(counts2, (count, b) => {
    const i = counts2.length > half ? b < half ? half - 1 - b : b - half : b;
    return 1e3 * count / ((edges[i + 1] - edges[i]) * Math.max(1, spikes));
  });
};

// src/ui/pair_pictures.js
var FONT = "10px sans-serif";
var line = ({ pen }, xs, ys, color, width) => {
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.beginPath();
  for (let i = 0; i < xs.length; i++) i ? pen.lineTo(xs[i], ys[i]) : pen.moveTo(xs[i], ys[i]);
  pen.stroke();
};
var write2 = ({ pen, style }, text, x, y, align = "left", color = style.getPropertyValue("--nbl-soft")) => {
  pen.font = FONT;
  pen.textAlign = align;
  pen.fillStyle = color;
  pen.fillText(text, x, y);
};
var roundBelow = (most2) => {
  const size = 10 ** Math.floor(Math.log10(most2));
  return [5, 2, 1].map((factor) => factor * size).find((value) => value <= most2 * 1.0001) ?? size;
};
var gridOf = (places) => {
  const each = Array.from({ length: places.length / 2 }, (_, c) => [places[2 * c], places[2 * c + 1]]);
  const sorted = (values) => [...new Set(values)].sort((a, b) => a - b);
  const xs = sorted(each.map(([x]) => x));
  const ys = sorted(each.map(([, y]) => y)).reverse();
  return { columns: Math.max(1, xs.length), rows: Math.max(1, ys.length), at: each.map(([x, y]) => [xs.indexOf(x), ys.indexOf(y)]) };
};
var drawTemplates = (paper, data, colors) => {
  const { width, height } = paper;
  const { columns, rows, at } = gridOf(data.places);
  const [left, bottom] = [4, 18];
  const wide2 = Math.min((width - left) / columns, 190);
  const tall = (height - bottom) / rows;
  let [low, high] = [0, 1e-9];
  for (const template2 of [data.template_one, data.template_other]) for (const v of template2) {
    low = Math.min(low, v);
    high = Math.max(high, v);
  }
  const most2 = Math.max(high, -low);
  const unit = Math.min(Math.min(tall * 2, (height - bottom) * 0.3) / most2, (height - bottom) * 0.7 / (high - low));
  const top = Math.max(10, high * unit + 2);
  const gap = rows > 1 ? (height - bottom - top + low * unit) / (rows - 1) : 0;
  at.forEach(([column, row], c) => {
    const x0 = left + column * wide2;
    const y0 = top + row * gap;
    [data.template_one, data.template_other].forEach((template2, which) => {
      const one = template2.subarray(c * data.samples, (c + 1) * data.samples);
      line(
        paper,
        Array.from(one, (_, s) => x0 + s / Math.max(1, data.samples - 1) * (wide2 - 8)),
        Array.from(one, (v) => y0 - v * unit),
        colors[which],
        1.4
      );
    });
    write2(paper, data.channels[c] ?? "", x0, Math.max(9, y0 - 5));
  });
  const ink = paper.style.getPropertyValue("--nbl-ink");
  const volts = roundBelow(Math.max(most2 / 2, 1e-9));
  const milliseconds = roundBelow((data.samples - 1) * data.sample_ms / 2);
  const long = milliseconds / data.sample_ms / Math.max(1, data.samples - 1) * (wide2 - 8);
  const [x, y] = [left, height - 4];
  line(paper, [x, x, x + long], [y - volts * unit, y, y], ink, 1.5);
  write2(paper, `${short(volts)} ${data.volt}, ${short(milliseconds)} ms`, x + long + 5, y, "left", ink);
};
var drawCorrelogram = (paper, { counts: counts2, binMs, chance, spikes, reachMs, color, same }) => {
  const { pen, width, height, style } = paper;
  const half = Math.min(counts2.length / 2, Math.round(reachMs / binMs));
  const shown = counts2.slice(counts2.length / 2 - half, counts2.length / 2 + half);
  const toRate = 1e3 / (binMs * Math.max(1, spikes));
  const expected = chance ?? 0;
  const spread = 2 * Math.sqrt(expected);
  const most2 = Math.max(...shown, expected + spread, 1) * 1.05;
  const [left, bottom] = [34, 14];
  const x = (b) => left + b / shown.length * (width - left - 2);
  const y = (count) => height - bottom - count / most2 * (height - bottom - 4);
  if (chance !== null) {
    pen.fillStyle = style.getPropertyValue("--nbl-faint");
    pen.globalAlpha = 0.5;
    pen.fillRect(left, y(expected + spread), width - left - 2, y(Math.max(0, expected - spread)) - y(expected + spread));
    pen.globalAlpha = 1;
  }
  pen.fillStyle = color;
  shown.forEach((count, b) => pen.fillRect(x(b), y(count), Math.max(0.8, (width - left - 2) / shown.length - 0.4), y(0) - y(count)));
  const ink = style.getPropertyValue("--nbl-ink");
  if (chance !== null) {
    pen.setLineDash([4, 3]);
    line(paper, [left, width - 2], [y(expected), y(expected)], ink, 1);
    pen.setLineDash([]);
  }
  line(paper, [left, width - 2], [y(0), y(0)], style.getPropertyValue("--nbl-faint"), 1);
  if (!same) line(paper, [x(half), x(half)], [y(0), 2], style.getPropertyValue("--nbl-faint"), 0.7);
  if (!shown.some((count) => count > 0)) write2(paper, "no pairs of spikes", (left + width) / 2, height / 2, "center");
  ticks(0, most2 * toRate, 2).forEach((tick) => write2(paper, tick ? `${short(tick)}/s` : "0", left - 3, Math.max(9, y(tick / toRate) + 3), "right"));
  write2(paper, short(-half * binMs), left, height - 2);
  write2(paper, "0", x(half), height - 2, "center");
  write2(paper, `${short(half * binMs)} ms`, width - 2, height - 2, "right");
};
var drawLogCorrelogram = (paper, { counts: counts2, edges, chanceMs, spikes, color }) => {
  const { pen, width, height, style } = paper;
  const axis = lagAxis(edges, true);
  const rates = lagRates(counts2, edges, spikes);
  const half = edges.length - 1;
  const toRate = 1e3 / Math.max(1, spikes);
  const expected = (chanceMs ?? 0) * toRate;
  const wide2 = Array.from({ length: half }, (_, i) => edges[i + 1] - edges[i]);
  const spreads = [...wide2].reverse().concat(wide2).map((ms) => 2 * Math.sqrt((chanceMs ?? 0) / ms) * toRate);
  const most2 = Math.max(...rates, expected * 1.3, toRate / wide2[half - 1]) * 1.05;
  const [left, bottom, top] = [34, 14, 4];
  const x = (at) => left + (at - axis.ends[0]) / (axis.ends[1] - axis.ends[0]) * (width - left - 2);
  const y = (rate) => Math.max(top, height - bottom - rate / most2 * (height - bottom - top));
  if (chanceMs !== null) {
    pen.fillStyle = style.getPropertyValue("--nbl-faint");
    pen.globalAlpha = 0.5;
    axis.bins.forEach(([a, b], i) => pen.fillRect(x(a), y(expected + spreads[i]), x(b) - x(a), y(Math.max(0, expected - spreads[i])) - y(expected + spreads[i])));
    pen.globalAlpha = 1;
  }
  pen.fillStyle = color;
  axis.bins.forEach(([a, b], i) => pen.fillRect(x(a), y(rates[i]), Math.max(0.8, x(b) - x(a) - 0.4), y(0) - y(rates[i])));
  const ink = style.getPropertyValue("--nbl-ink");
  const faint = style.getPropertyValue("--nbl-faint");
  if (chanceMs !== null) {
    pen.setLineDash([4, 3]);
    line(paper, [left, width - 2], [y(expected), y(expected)], ink, 1);
    pen.setLineDash([]);
  }
  line(paper, [left, width - 2], [y(0), y(0)], faint, 1);
  if (!rates.some((rate) => rate > 0)) write2(paper, "no pairs of spikes", (left + width) / 2, height / 2, "center");
  ticks(0, most2, 2).forEach((tick) => write2(paper, tick ? `${short(tick)}/s` : "0", left - 3, Math.max(9, y(tick) + 3), "right"));
  let end = -Infinity;
  for (const [lag, at] of axis.marks) {
    line(paper, [x(at), x(at)], [y(0), y(0) + 3], faint, 1);
    const half2 = pen.measureText(short(lag)).width / 2;
    if (Math.abs(lag) < 1 || x(at) - half2 < end + 4 || x(at) + half2 > width - 20) continue;
    end = x(at) + half2;
    write2(paper, short(lag), x(at), height - 2, "center");
  }
  write2(paper, "ms", width - 2, height - 2, "right");
};
var drawAmplitudeTrains = (paper, data, colors) => {
  const { pen, width, height, style } = paper;
  const trains = [[data.times_one, data.amplitudes_one], [data.times_other, data.amplitudes_other]];
  let [low, high] = [0, 0];
  for (const [, values] of trains) for (const v of values) {
    if (v < low) low = v;
    if (v > high) high = v;
  }
  const [left, bottom] = [38, 14];
  const x = (time) => left + time / (data.duration || 1) * (width - left - 2);
  const y = (v) => 3 + (high - v) / (high - low || 1) * (height - bottom - 5);
  const many = Math.max(trains[0][0].length, trains[1][0].length);
  pen.globalAlpha = 0.75;
  for (let step = 0; step < 8; step++) {
    trains.forEach(([times, values], which) => {
      pen.fillStyle = colors[which];
      for (let s = step; s < times.length; s += 8) pen.fillRect(x(times[s]), y(values[s]), 1.7, 1.7);
    });
  }
  pen.globalAlpha = 1;
  const faint = style.getPropertyValue("--nbl-faint");
  for (const start of data.starts) line(paper, [x(start), x(start)], [2, height - bottom], faint, 1);
  if (data.over !== null) {
    pen.setLineDash([4, 3]);
    line(paper, [x(data.over), x(data.over)], [2, height - bottom], style.getPropertyValue("--nbl-ink"), 1);
    pen.setLineDash([]);
  }
  if (many) for (const tick of ticks(low, high, 3)) write2(paper, short(tick), left - 3, Math.min(height - bottom, Math.max(9, y(tick) + 3)), "right");
  write2(paper, "0", left, height - 2);
  write2(paper, inTime(data.duration), width - 2, height - 2, "right");
};
var inTime = (seconds) => seconds >= 180 ? `${short(Math.round(seconds / 60))} min` : `${short(seconds)} s`;

// src/views/pair.js
var NO_KERNEL = "Pairs of units need the notebook: a saved page has no spike trains to compare.";
async function render11({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-pair");
  el.tabIndex = 0;
  keepKeys(el, store);
  if (!model.get("_asks")) {
    el.append(make("div", "nbl-soft", NO_KERNEL));
    return;
  }
  const { ids } = store;
  const bar = make("div", "nbl-bar");
  const title = make("strong", "nbl-card-title");
  title.setAttribute("aria-live", "polite");
  const menu = (
    /** @type {HTMLSelectElement} */
    make("select", "nbl-select")
  );
  menu.setAttribute("aria-label", "Unit to compare with");
  const wait = make("span", "nbl-soft");
  wait.setAttribute("role", "status");
  const steps = [
    button("◀", "Previous neighbour", () => step(-1)),
    menu,
    button("▶", "Next neighbour", () => step(1)),
    button("next in the list", "Compare with the next unit of the list", () => {
      const next = nextInList();
      if (next >= 0) look(next);
    }),
    button("go there", "Select the other unit", () => {
      if (now.other >= 0) store.select([now.other]);
    })
  ];
  bar.append(title, make("span", "nbl-soft", "beside"), ...steps, wait);
  const said = make("div", "nbl-pair-said");
  const deeds = make("div", "nbl-bar");
  const parts2 = make("div", "nbl-pair-parts");
  const table = make("div", "nbl-pair-merged");
  const now = { unit: -1, other: -1, key: "" };
  const known = /* @__PURE__ */ new Map();
  let shown = null;
  let drawn = null;
  let drawnAt = 0;
  let failed = "";
  const requests = new Requests(model, signal);
  let asked = "";
  const name = (unit) => ids[unit];
  const keyOf3 = () => `${now.unit} ${now.other}`;
  const follow = () => {
    const { selection } = store;
    const key = selection.slice(-2).join(" ");
    if (key === now.key) return;
    now.key = key;
    now.unit = selection.length > 1 ? selection[selection.length - 2] : selection[0] ?? -1;
    now.other = selection.length > 1 ? selection[selection.length - 1] : -1;
    shown = null;
    failed = "";
  };
  const look = (other) => {
    now.other = other;
    failed = "";
    refresh();
  };
  const nextInList = () => {
    const order = (store.listed ?? ids.map((_, i) => i)).filter((unit) => store.isShown(unit) && unit !== now.unit);
    const all = store.listed ?? ids.map((_, i) => i);
    const after = all.slice(all.indexOf(now.other >= 0 ? now.other : now.unit) + 1).find((unit) => order.includes(unit));
    return after ?? order[0] ?? -1;
  };
  const step = (by) => {
    const near = (shown?.neighbours ?? []).map(([id]) => ids.indexOf(id)).filter((unit) => unit >= 0);
    if (!near.length) return;
    const at = near.indexOf(now.other);
    look(near[at < 0 ? 0 : (at + by + near.length) % near.length]);
  };
  const ask = () => {
    const key = keyOf3();
    if (now.unit < 0 || known.has(key) || asked === key) return;
    asked = key;
    const { unit } = now;
    wait.textContent = "waiting for the kernel …";
    requests.ask({ unit: name(now.unit), other: now.other < 0 ? null : name(now.other) }, {
      onAnswer: (content, buffers) => take(key, unit, content, buffers),
      onSilence: (text) => {
        if (asked === key) {
          asked = "";
          wait.textContent = text;
        }
      }
    });
  };
  const take = (key, unit, content, buffers) => {
    const mine = asked === key;
    if (mine) asked = "";
    if (content.error) {
      if (mine) {
        shown = null;
        wait.textContent = "";
        failed = content.error;
        paint2();
      }
      return;
    }
    const arrays = Object.fromEntries((content.arrays ?? []).map((part, at) => [part, floats(buffers[at])]));
    const answer = { ...content, ...arrays };
    const other = content.other === void 0 ? -1 : ids.indexOf(content.other);
    known.set(key, answer);
    known.set(`${unit} ${other}`, answer);
    if (known.size > 100) known.delete(known.keys().next().value ?? "");
    if (mine && keyOf3() === key) {
      now.other = other;
      show();
      askMerged();
    }
  };
  const askMerged = () => {
    const answer = known.get(keyOf3());
    if (!answer?.ccg || answer.merged && !answer.stale || answer.waits) return;
    answer.waits = true;
    requests.ask({ merged: [now.unit, now.other].map(name) }, {
      onAnswer: (content) => {
        answer.waits = answer.stale = false;
        if (content.error) answer.missing = [...answer.missing, content.error];
        else answer.merged = content.merged;
        if (content.error) drawn = null;
        if (shown === answer) paint2();
      },
      onSilence: () => {
        answer.waits = false;
      }
    });
  };
  const show = () => {
    const found = known.get(keyOf3());
    if (found) {
      shown = found;
      wait.textContent = failed = "";
      if (now.other < 0 && found.other !== void 0) now.other = ids.indexOf(found.other);
    }
    paint2();
  };
  const tell = (deed, units, then) => {
    wait.textContent = "waiting for the kernel …";
    requests.ask({ do: deed, units: units.map(name) }, {
      onAnswer: (content) => {
        wait.textContent = String(content.error ?? "");
        then?.(wait.textContent);
      },
      // What was asked is done when the kernel is free: the answer still comes.
      onSilence: (text) => {
        wait.textContent = text;
      }
    });
  };
  const groups = (trait) => (model.get(trait) ?? []).map((group) => group.map((id) => ids.indexOf(id)).filter((at) => at >= 0));
  const isReady = () => shown?.ccg && shown.unit === name(now.unit) && shown.other === name(now.other);
  const merging = new MergeQueue({
    store,
    groups,
    tell,
    pair: () => ({ units: now.unit < 0 || now.other < 0 ? [] : [now.unit, now.other], isSeen: isReady() && performance.now() - drawnAt >= REST }),
    again: () => {
      paintDeeds();
      merging.paint();
    }
  }, el, signal);
  el.append(bar, merging.proposals, said, deeds, parts2, table, merging.suggested);
  const paintDeeds = () => {
    deeds.replaceChildren();
    if (now.unit < 0 || now.other < 0) return;
    const group = groups("_merges").find((each) => each.includes(now.unit) && each.includes(now.other));
    if (group) {
      deeds.append(
        make("span", "nbl-pair-merge", `to be merged: ${group.map(name).join(" + ")}`),
        button("take it back", `Do not merge units ${group.map(name).join(" and ")}`, () => tell("clear", group))
      );
    } else {
      const key = merging.waiting.length || merging.isAnswered ? "" : store.mergeKeys.accept;
      deeds.append(button(`suggest a merge${key ? ` (${key})` : ""}`, `Suggest to merge units ${name(now.unit)} and ${name(now.other)}`, () => tell("suggest", [now.unit, now.other])));
    }
    deeds.append(make("span", "nbl-soft", "Exports to a curation write it; no data are merged here. Ctrl+Z takes it back."));
  };
  const picture = (figure, caption, height, draw, label = caption) => {
    const box = make("figure", `nbl-part ${figure}`);
    const canvas = (
      /** @type {HTMLCanvasElement} */
      make("canvas", "")
    );
    canvas.style.height = `${height}px`;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    box.append(make("figcaption", "nbl-soft", caption), canvas);
    parts2.append(box);
    return () => {
      const drawing = penOf(canvas);
      if (!drawing) return;
      drawing.pen.scale(drawing.ratio, drawing.ratio);
      draw({ pen: drawing.pen, width: canvas.clientWidth, height: canvas.clientHeight, style: getComputedStyle(el) });
    };
  };
  const colors = () => {
    const style = getComputedStyle(el);
    return [style.getPropertyValue("--nbl-one") || "#0072b2", style.getPropertyValue("--nbl-other") || "#d55e00"];
  };
  const paintPictures = () => {
    if (drawn === shown && shown) return;
    drawn = shown;
    drawnAt = performance.now();
    parts2.replaceChildren();
    if (!shown || now.other < 0) return;
    const data = shown;
    const [one, other] = [name(now.unit), name(now.other)];
    const two = colors();
    const drawings = [];
    if (data.template_one) drawings.push(picture("nbl-pair-half", `templates of ${one} and ${other} by channel`, 250, (paper) => drawTemplates(paper, data, two)));
    if (data.amplitudes_one?.length || data.amplitudes_other?.length) {
      drawings.push(picture("nbl-pair-half", `amplitudes over time (${data.amplitude_unit})`, 250, (paper) => drawAmplitudeTrains(paper, data, two)));
    }
    if (data.ccg) {
      const mixed = getComputedStyle(el).getPropertyValue("--nbl-soft");
      const each = [
        { caption: "autocorrelogram", label: `autocorrelogram of ${one}`, of: "acg_one", at: 1, color: two[0], same: true },
        { caption: `${other} around ${one}`, label: `cross-correlogram of ${one} and ${other}`, of: "ccg", at: 0, color: mixed, same: false },
        { caption: "autocorrelogram", label: `autocorrelogram of ${other}`, of: "acg_other", at: 2, color: two[1], same: true }
      ];
      for (const { caption, label, of, at, color, same } of each) {
        const near = { counts: data[of], binMs: data.bin_ms, reachMs: 10, chance: data.chance[at], spikes: data.around[at], color, same };
        drawings.push(picture("nbl-pair-third", `${caption}, ±10 ms`, 104, (paper) => drawCorrelogram(paper, near), `${label}, ±10 ms`));
      }
      for (const { label, of, at, color } of each) {
        const chance = data.chance[at];
        const wide2 = { counts: data[`${of}_log`], edges: data.log_edges, chanceMs: chance === null ? null : chance / data.bin_ms, spikes: data.around[at], color };
        drawings.push(picture("nbl-pair-third", "±50 ms, log", 104, (paper) => drawLogCorrelogram(paper, wide2), `${label}, ±50 ms on a logarithmic axis`));
      }
    }
    for (const text of data.missing ?? []) parts2.append(make("div", "nbl-soft nbl-part nbl-pair-wide", text));
    if (data.ccg) parts2.append(make("div", "nbl-soft nbl-part nbl-pair-wide", "Spikes per second. Dashed: the rate expected if the units fired independently of each other; grey: two standard deviations of it. Correlograms never reach across segments."));
    for (const draw of drawings) draw();
  };
  const paint2 = () => {
    const ready = shown && now.other >= 0 && shown.unit === name(now.unit);
    title.replaceChildren();
    bar.hidden = false;
    for (const part of steps) part.disabled = now.unit < 0;
    if (model.get("_why_not")) {
      title.textContent = model.get("_why_not");
      for (const part of [...bar.children]) part.hidden = part !== title;
      for (const part of [said, deeds, parts2, table]) part.replaceChildren();
      merging.paint();
      return;
    }
    for (const part of [...bar.children]) part.hidden = false;
    if (now.unit < 0) {
      title.textContent = "No unit is selected";
      wait.textContent = "Click a waveform, a row or a point; of several selected units the last two are compared.";
      for (const part of [said, deeds, parts2, table]) part.replaceChildren();
      fillMenu(menu, []);
      merging.paint();
      return;
    }
    const labelOf = (unit) => store.label(unit);
    const first = make("span", "nbl-pair-one", `unit ${name(now.unit)}`);
    title.append(first, ` ${labelOf(now.unit)}`);
    const near = (
      /** @type {[string, number|null, number|null][]} */
      shown?.unit === name(now.unit) ? shown.neighbours ?? [] : []
    );
    const entries = near.map(([id, alike, away]) => {
      const facts = [alike === null ? "" : `${alike.toFixed(2)} alike`, away === null ? "" : `${short(Math.round(away))} µm`].filter((text) => text);
      return [id, `${id} ${labelOf(ids.indexOf(id))}${facts.length ? ` (${facts.join(", ")})` : ""}`];
    });
    if (now.other >= 0 && !near.some(([id]) => id === name(now.other))) entries.unshift([name(now.other), `${name(now.other)} ${labelOf(now.other)}`]);
    fillMenu(menu, entries, now.other >= 0 ? name(now.other) : void 0);
    if (ready) {
      const facts = [
        shown.similarity === null ? "" : `templates ${shown.similarity.toFixed(2)} alike`,
        shown.distance === null ? "" : `${short(shown.distance)} µm apart`,
        `${short(shown.spikes[0])} and ${short(shown.spikes[1])} spikes`
      ].filter((text) => text);
      const words2 = make("div", "nbl-pair-verdict", shown.said);
      words2.dataset.verdict = shown.verdict;
      const legend = make("div", "nbl-soft");
      legend.append(make("span", "nbl-pair-one", `■ ${name(now.unit)}`), " ", make("span", "nbl-pair-other", `■ ${name(now.other)}`), ` ${facts.join(", ")}`);
      said.replaceChildren(words2, legend);
      table.replaceChildren(shown.merged ? mergedTable(store, shown.merged, now) : make("div", "nbl-soft", "What the merged unit would be: waiting for the kernel …"));
    } else if (shown && !shown.ccg) {
      said.replaceChildren(...(shown.missing ?? []).map((text) => make("div", "nbl-soft", text)));
    } else said.replaceChildren(...failed ? [make("div", "nbl-error", failed)] : []);
    if (!ready) table.replaceChildren();
    paintDeeds();
    paintPictures();
    merging.paint();
  };
  const refresh = () => {
    follow();
    if (!model.get("_why_not")) ask();
    show();
    askMerged();
  };
  menu.addEventListener("change", () => look(ids.indexOf(menu.value)));
  const schedule = perFrame(refresh, signal, el);
  const renew = atRest(() => {
    for (const answer of known.values()) answer.stale = true;
    schedule();
  }, signal);
  onLook(el, () => {
    drawn = null;
    schedule();
  }, signal);
  listen2(model, "change:_merges change:_proposals change:_rejected change:_why_not", schedule, signal);
  store.on("selection structure hand scope", schedule, signal);
  store.on("trace", () => {
    schedule();
    if (now.unit >= 0) renew();
  }, signal);
  schedule();
}

// src/views/recordings.js
var recordings_exports = {};
__export(recordings_exports, {
  render: () => render12
});

// src/core/recordings.js
function fitted(every, room) {
  const tight = every.reduce((sum, { least }) => sum + least, 0) > room;
  const columns = tight ? every.map((each) => each.spare ? { width: 0, least: 0 } : each) : every;
  const wanted = columns.reduce((sum, { width }) => sum + width, 0);
  const slack = columns.reduce((sum, { width, least }) => sum + width - least, 0);
  const part = slack > 0 ? Math.min(1, Math.max(0, wanted - room) / slack) : 0;
  return columns.map(({ width, least }) => Math.floor(width - part * (width - least)));
}
var CountsByRecording = class {
  /** @param {Int32Array} of recording of each unit @param {number} recordings @param {number} labels */
  constructor(of, recordings, labels) {
    this.of = of;
    this.labels = labels;
    this.recordings = recordings;
    this.table = new Int32Array(recordings * labels);
  }
  /** @param {Uint8Array} codes label of each unit @param {Changed|null} changed null: all may have */
  follow(codes, changed) {
    const { of, labels, table } = this;
    if (changed) {
      changed.units.forEach((unit, at) => {
        table[of[unit] * labels + changed.before[at]]--;
        table[of[unit] * labels + codes[unit]]++;
      });
      return;
    }
    table.fill(0);
    for (let unit = 0; unit < codes.length; unit++) table[of[unit] * labels + codes[unit]]++;
  }
  /** Counts by label of some recordings together. @param {number[]} members @returns {Int32Array} */
  sum(members) {
    const { labels, table } = this;
    const total = new Int32Array(labels);
    for (const r of members) for (let code = 0; code < labels; code++) total[code] += table[r * labels + code];
    return total;
  }
};
var unitsOf = (of, members) => {
  const wanted = new Set(members);
  const units = [];
  for (let unit = 0; unit < of.length; unit++) if (wanted.has(of[unit])) units.push(unit);
  return Int32Array.from(units);
};
var described = (value) => value === null || value === "" ? "–" : String(value);
var grouped = (values) => {
  const groups = /* @__PURE__ */ new Map();
  values.forEach((value, at) => {
    const group = groups.get(described(value)) ?? { value, members: [] };
    group.members.push(at);
    groups.set(described(value), group);
  });
  return [...groups.values()];
};
var words = new Intl.Collator("en", { numeric: true });
var isGap = (value) => value === null || value === "" || value !== value;
var orderOf = (values, down) => values.map((_, at) => at).sort((a, b) => {
  const [x, y] = [values[a], values[b]];
  if (isGap(x) || isGap(y)) return Number(isGap(x)) - Number(isGap(y)) || a - b;
  const by = typeof x === "number" && typeof y === "number" ? x - y : words.compare(String(x), String(y));
  return (down ? -by : by) || a - b;
});
var gains = (counts2, labels, defaults) => labels.map((label, code) => ({ label, gain: counts2[code] - (Object.hasOwn(defaults, label) ? defaults[label] : 0) })).filter(({ gain }) => gain !== 0).sort((a, b) => b.gain - a.gain);
var gainInWords = ({ label, gain }) => `${gain < 0 ? "−" : "+"}${Math.abs(gain)} ${label}`;

// src/state/scope.js
var Scope = class {
  /**
   * @param {string} key tells scopes apart @param {string} name as it is shown @param {Int32Array} units positions
   * @param {number} n units in all @param {() => Record<string, number>} defaults units of each label at the defaults
   */
  constructor(key, name, units, n, defaults) {
    this.key = key;
    this.name = name;
    this.units = units;
    this.defaults = defaults;
    this.mask = new Uint8Array(n);
    for (const unit of units) this.mask[unit] = 1;
    this.counts = new Int32Array(0);
    this.only = [];
  }
  /** Count anew. @param {Trace} trace @param {number} labels how many there are */
  follow(trace, labels) {
    this.counts = new Int32Array(labels);
    for (const unit of this.units) this.counts[trace.codes[unit]]++;
    this.only = onlyReason(trace.reasons.map((row) => Uint8Array.from(this.units, (unit) => row[unit])));
  }
};

// src/views/recordings.js
var MARGIN = 200;
var LEAST = { name: 130, mark: 20, units: 46, bar: 36, share: 46, change: 60, about: 54 };
async function render12({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-recordings");
  keepKeys(el, store);
  const of = new Int32Array(copied(model.get("_recording_of")));
  const names = model.get("_names");
  const about = model.get("_columns");
  const every = names.map((_, r) => r);
  const bar = make("div", "nbl-bar");
  const by = (
    /** @type {HTMLSelectElement} */
    make("select", "nbl-select")
  );
  by.setAttribute("aria-label", "Group recordings by");
  const groupable = about.map(({ title, values }, at) => ({ at, title, many: grouped(values).length })).filter(({ many }) => many < names.length);
  fillMenu(by, [["", "not grouped"], ...groupable.map(({ at, title, many }) => [String(at), `by ${title} (${many})`])], "");
  by.hidden = !groupable.length;
  const all = button("all recordings", "Show the units of all recordings in all views", () => store.limitTo(null));
  const said = make("span", "nbl-soft");
  said.setAttribute("role", "status");
  bar.append(by, all, said);
  const box = make("div", "nbl-recordings-box");
  const table = make("table", "nbl-recordings-table");
  table.setAttribute("aria-label", "Recordings");
  const widths = make("colgroup", "");
  const head = make("thead", "");
  const body = make("tbody", "");
  table.append(widths, head, body);
  box.append(table);
  el.append(bar, box);
  let counts2 = new CountsByRecording(of, names.length, 0);
  let columns = [];
  let rows = [];
  let sorted = { key: "name", down: false };
  let current = "";
  const defaultsOf = (members) => Object.fromEntries(Object.entries(
    /** @type {Record<string, number[]>} */
    model.get("_default_counts")
  ).map(([label, many]) => [label, members.reduce((sum, r) => sum + many[r], 0)]));
  const total = (some) => some.reduce((sum, many) => sum + many, 0);
  const sizes2 = new Int32Array(names.length);
  for (const r of of) sizes2[r]++;
  const sizeOf2 = (members) => members.reduce((sum, r) => sum + sizes2[r], 0);
  const oddOf = (members) => members.filter((r) => model.get("_stands_out")[r]);
  const brokenOf = (members) => members.filter((r) => model.get("_problems")[r]);
  const isMoving = () => ["share", "change"].includes(columns.find(({ key }) => key === sorted.key)?.kind ?? "");
  const valueOf = (column, members, name) => {
    const units = sizeOf2(members);
    switch (column.kind) {
      case "mark":
        return 2 * oddOf(members).length + brokenOf(members).length;
      case "units":
        return units;
      case "share":
        return units ? counts2.sum(members)[store.rules.labels.indexOf(column.label)] / units : null;
      case "change":
        return gains(counts2.sum(members), store.rules.labels, defaultsOf(members)).reduce((sum, { gain }) => sum + Math.max(0, gain), 0);
      case "about":
        return new Set(members.map((r) => column.values[r])).size === 1 ? column.values[members[0]] : null;
      default:
        return name;
    }
  };
  const shownLabels = () => {
    const before = model.get("_default_counts");
    return store.order.filter((label) => !store.isRare(label) || store.counts[store.rules.labels.indexOf(label)] > 0 || Object.hasOwn(before, label) && before[label].some((many) => many > 0));
  };
  const buildHead = () => {
    const column = (kind, title, width, more) => ({ key: kind, kind, title, width, least: Math.min(width, LEAST[kind]), spare: kind === "bar", label: "", values: [], ...more });
    const biggest = String(Math.max(0, ...sizes2)).length;
    const longest = Math.max(...names.map((name) => name.length), 11);
    columns = [
      column("name", "recording", Math.min(230, 22 + 6.6 * longest)),
      column("mark", "▲", 26),
      column("units", "units", Math.max(48, 14 + 8 * String(store.n).length)),
      column("bar", "labels", 96),
      ...shownLabels().map((label) => column("share", label, Math.max(50, 24 + 7 * label.length), { key: `share ${label}`, label })),
      column("change", "change", 24 + 8 * biggest + 6.8 * Math.max(4, ...shownLabels().map((label) => label.length))),
      ...about.map(({ title, values }, at) => column("about", title, Math.min(150, 16 + 6.6 * Math.max(title.length + 1, ...values.map((value) => described(value).length))), { key: `about ${at}`, values }))
    ];
    const spoken = (
      /** @type {Partial<Record<Kind, string>>} */
      { mark: "stands out", change: "change since the defaults" }
    );
    const line2 = make("tr", "");
    line2.append(...columns.map((each) => {
      const cell = make("th", `nbl-recordings-${each.kind}`);
      cell.setAttribute("scope", "col");
      cell.dataset.key = each.key;
      const name = each.kind === "share" ? `share of ${each.label}` : spoken[each.kind] ?? each.title;
      if (each.kind === "bar") cell.textContent = each.title;
      else {
        const sort = button(each.title, `Sort by ${name}`, () => {
          const numbers = !["name", "about"].includes(each.kind);
          sorted = { key: each.key, down: sorted.key === each.key ? !sorted.down : numbers };
          arrange();
        });
        sort.replaceChildren(...each.title.split(/(?<=_)/).flatMap((part, at) => at ? [make("wbr", ""), part] : [part]));
        cell.append(sort);
      }
      if (each.kind === "share") cell.style.setProperty("--nbl-label", store.look(each.label).color);
      return cell;
    }));
    head.replaceChildren(line2);
    widths.replaceChildren(...columns.map(() => make("col", "")));
    room = 0;
    fit();
  };
  let room = 0;
  const fit = () => {
    if (!box.clientWidth || box.clientWidth === room) return;
    room = box.clientWidth;
    const sizes3 = fitted(columns, room);
    table.classList.toggle("nbl-recordings-tight", sizes3.includes(0));
    sizes3.forEach((width, at) => {
      widths.children[at].style.width = `${Math.max(1, width)}px`;
    });
    table.style.width = `max(100%, ${sizes3.reduce((sum, width) => sum + width, 0)}px)`;
  };
  const makeRow = (key, name, members, isGroup) => {
    const line2 = make("tr", isGroup ? "nbl-recordings-group" : "");
    line2.dataset.row = key;
    const [odd, broken] = [oddOf(members), brokenOf(members)];
    const open = button(name, name, () => {
    });
    open.className = "nbl-recordings-open";
    open.tabIndex = -1;
    const parts2 = shownLabels().map((label) => {
      const part = make("span", `nbl-hatch-${store.look(label).hatch}`);
      part.style.backgroundColor = store.look(label).color;
      return part;
    });
    const stack2 = make("div", "nbl-recordings-stack");
    stack2.append(...parts2);
    const shares = [];
    let change = make("td", "");
    line2.append(...columns.map((column) => {
      const cell = make(column.kind === "name" ? "th" : "td", `nbl-recordings-${column.kind}`);
      if (column.kind === "name") {
        cell.setAttribute("scope", "row");
        cell.append(open);
      } else if (column.kind === "mark" && isGroup) cell.textContent = odd.length ? String(odd.length) : "";
      else if (column.kind === "mark") cell.textContent = odd.length ? "▲" : broken.length ? "×" : "";
      else if (column.kind === "units") cell.textContent = String(sizeOf2(members));
      else if (column.kind === "bar") cell.append(stack2);
      else if (column.kind === "share") shares.push(cell);
      else if (column.kind === "change") change = cell;
      else if (column.kind === "about") {
        const same = new Set(members.map((r) => described(column.values[r])));
        cell.textContent = same.size === 1 ? [...same][0] : "";
        if (typeof column.values[members[0]] === "number") cell.classList.add("nbl-number");
        cell.title = cell.textContent ?? "";
      }
      if (column.kind === "mark" && isGroup && odd.length) cell.title = `${odd.length} of ${members.length} recordings stand out`;
      return cell;
    }));
    const elements = [line2];
    const words2 = isGroup ? [] : members.flatMap((r) => [
      ...model.get("_stands_out")[r] ? [`▲ ${model.get("_stands_out")[r]}`] : [],
      ...model.get("_problems")[r] ? [`× not read: ${model.get("_problems")[r]}`] : [],
      ...model.get("_lacking")[r] ? [`lacks ${model.get("_lacking")[r]}`] : []
    ]);
    if (words2.length) {
      const why = make("tr", "nbl-recordings-why");
      why.dataset.row = key;
      const cell = (
        /** @type {HTMLTableCellElement} */
        make("td", "", words2.join("; "))
      );
      cell.colSpan = columns.length;
      cell.id = `nbl-why-${Math.random().toString(36).slice(2)}`;
      open.setAttribute("aria-describedby", cell.id);
      why.append(cell);
      elements.push(why);
    }
    return { key, name, isGroup, members, elements, line: line2, open, parts: parts2, shares, change, bar: stack2, top: 0, painted: "" };
  };
  let made = /* @__PURE__ */ new Map();
  const rowOf = (key, name, members, isGroup) => {
    const row = made.get(key) ?? makeRow(key, name, members, isGroup);
    made.set(key, row);
    return row;
  };
  const arrange = () => {
    const column = columns.find(({ key }) => key === sorted.key) ?? columns[0];
    const inOrder2 = (items, value) => orderOf(items.map(value), sorted.down).map((at) => items[at]);
    const recordings = (members) => inOrder2(members, (r) => valueOf(column, [r], names[r])).map((r) => rowOf(`recording ${r}`, names[r], [r], false));
    const { title, values } = by.value ? about[Number(by.value)] : { title: "", values: [] };
    rows = by.value ? inOrder2(grouped(values), ({ value, members }) => column.kind === "name" ? value : valueOf(column, members, described(value))).flatMap(({ value, members }) => [rowOf(`group ${by.value} ${described(value)}`, `${title} ${described(value)}`, members, true), ...recordings(members)]) : recordings(every);
    for (const cell of head.querySelectorAll("th")) {
      if (!cell.firstElementChild) continue;
      const mine = cell.dataset.key === sorted.key;
      cell.setAttribute("aria-sort", mine ? sorted.down ? "descending" : "ascending" : "none");
    }
    const elements = rows.flatMap((row) => row.elements);
    const [inside, before] = [document.activeElement, [...body.children]];
    if (elements.length !== before.length || elements.some((element, at) => element !== before[at])) body.replaceChildren(...elements);
    if (inside instanceof HTMLElement && body.contains(inside)) inside.focus({ preventScroll: true });
    body.classList.toggle("nbl-recordings-grouped", by.value !== "");
    const [odd, broken] = [oddOf(every).length, brokenOf(every).length];
    said.textContent = [`${names.length} recordings`, odd ? `${odd} ${odd === 1 ? "stands" : "stand"} out (▲, at the defaults)` : "none stands out", broken ? `${broken} could not be read` : ""].filter((text) => text).join(", ");
    choose();
    measure();
  };
  const measure = () => {
    fit();
    for (const row of rows) row.top = row.line.offsetTop;
    paint2();
  };
  const paint2 = () => {
    const { labels } = store.rules;
    const shown = shownLabels();
    if (shown.join("\n") !== columns.filter(({ kind }) => kind === "share").map(({ label }) => label).join("\n")) return rebuild();
    const codes = shown.map((label) => labels.indexOf(label));
    const [from, to] = [box.scrollTop - MARGIN, box.scrollTop + box.clientHeight + MARGIN];
    for (const row of rows) {
      if (row.top < from || row.top > to) continue;
      const some = counts2.sum(row.members);
      const key = some.join();
      if (row.painted === key) continue;
      row.painted = key;
      const units = total(some);
      codes.forEach((code, at) => {
        row.parts[at].style.flexGrow = String(some[code]);
        row.shares[at].textContent = units ? `${Math.round(100 * some[code] / units)} %` : "–";
        row.shares[at].title = `${some[code]} of ${units} units ${shown[at]}`;
      });
      row.bar.title = codes.map((code, at) => `${some[code]} ${shown[at]}`).join(", ");
      const changes = gains(some, labels, defaultsOf(row.members));
      row.change.textContent = changes.length && units ? gainInWords(changes[0]) : "";
      row.change.title = changes.length ? `${changes.map(gainInWords).join(", ")} since the defaults` : "as at the defaults";
    }
  };
  const choose = () => {
    const chosen = store.scope?.key ?? "";
    all.disabled = !store.scope;
    const keys = rows.map(({ key }) => key);
    if (!keys.includes(current)) current = keys.includes(chosen) ? chosen : keys[0] ?? "";
    for (const { key, line: line2, open, members, isGroup } of rows) {
      const on = key === chosen;
      line2.classList.toggle("nbl-recordings-on", on);
      open.setAttribute("aria-pressed", String(on));
      open.tabIndex = key === current ? 0 : -1;
      const many = isGroup ? `, ${members.length} recordings` : "";
      open.title = !sizeOf2(members) ? `${open.textContent}: no units` : `${open.textContent}${many}: ${on ? "press to show all recordings again" : "press to limit all views to it"}`;
    }
  };
  const limit = ({ key, name, members, isGroup }) => {
    current = key;
    if (store.scope?.key === key) return store.limitTo(null);
    const said2 = isGroup ? `${name} (${members.length} recordings)` : `recording ${name}`;
    store.limitTo(new Scope(key, said2, unitsOf(of, members), store.n, () => defaultsOf(members)));
  };
  body.addEventListener("click", (event) => {
    const line2 = event.target instanceof Element ? event.target.closest("tr") : null;
    const row = line2 && rows.find(({ key }) => key === line2.dataset.row);
    if (row && sizeOf2(row.members)) limit(row);
  });
  body.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const at = rows.findIndex(({ open }) => open === event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (at < 0 || to === void 0 || !rows[to]) return;
    current = rows[to].key;
    choose();
    rows[to].open.focus();
    event.preventDefault();
  });
  const recount = (changed) => {
    const many = store.rules.labels.length;
    if (counts2.labels !== many) [counts2, changed] = [new CountsByRecording(of, names.length, many), null];
    counts2.follow(store.trace.codes, changed);
  };
  const rebuild = () => {
    made = /* @__PURE__ */ new Map();
    buildHead();
    if (!columns.some(({ key }) => key === sorted.key)) sorted = { key: "name", down: false };
    arrange();
  };
  const schedule = perFrame(paint2, signal, el);
  const rearrange = atRest(perFrame(arrange, signal, el), signal);
  recount(null);
  rebuild();
  by.addEventListener("change", arrange);
  box.addEventListener("scroll", schedule);
  onLook(box, perFrame(measure, signal, el), signal);
  store.on("trace", (changed) => {
    recount(changed);
    schedule();
    if (isMoving()) rearrange();
  }, signal);
  store.on("structure", () => {
    recount(null);
    rebuild();
  }, signal);
  store.on("scope", choose, signal);
  listen2(model, "change:_default_counts change:_stands_out change:_problems change:_lacking", perFrame(rebuild, signal, el), signal);
}

// src/views/scatter.js
var scatter_exports = {};
__export(scatter_exports, {
  render: () => render13
});
var SIGNS = ["●", "■", "▲", "◆"];
async function render13({ model, el, signal, store }) {
  const names = store.metricNames;
  const ids = store.ids;
  const n = ids.length;
  const meaning = store.metricUnits;
  el.classList.add("nbl-view", "nbl-scatter");
  keepKeys(el, store);
  const bar = make("div", "nbl-bar");
  const pickers = ["x", "y"].map((axis) => {
    const picker = (
      /** @type {HTMLSelectElement} */
      make("select", "nbl-select")
    );
    picker.setAttribute("aria-label", `Metric on the ${axis} axis`);
    fillMenu(picker, names.map((name) => [name]), model.get(axis));
    picker.addEventListener("change", () => {
      model.set(axis, picker.value);
      model.save_changes();
      rescale();
    });
    return picker;
  });
  const said = make("span", "nbl-soft");
  said.setAttribute("aria-live", "polite");
  bar.append(pickers[0], make("span", "nbl-soft", "against"), pickers[1], said);
  const canvas = (
    /** @type {HTMLCanvasElement} */
    make("canvas", "nbl-scatter-canvas")
  );
  canvas.setAttribute("role", "img");
  const legend = make("div", "nbl-scatter-legend");
  legend.setAttribute("role", "group");
  legend.setAttribute("aria-label", "Signs of the labels");
  el.append(bar, legend, canvas);
  const nameSigns = () => {
    const entries = store.order.map((label) => ({ label, many: store.shown.counts[store.rules.labels.indexOf(label)] ?? 0 })).filter(({ label, many }) => many || !store.isRare(label));
    const key = JSON.stringify(entries);
    if (legend.dataset.shown === key) return;
    legend.dataset.shown = key;
    legend.replaceChildren(...entries.map(({ label, many }) => {
      const entry = make("span", "");
      const sign = make("span", "nbl-scatter-sign", SIGNS[store.order.indexOf(label) % 4]);
      sign.style.color = store.look(label).color;
      entry.append(sign, `${label} ${many}`);
      return entry;
    }));
  };
  const PAD = { left: 52, right: 10, top: 8, bottom: 34 };
  let sides = [];
  const place2 = (side, stored) => {
    const shown = stored * side.factor;
    return side.log ? Math.log10(shown) : shown;
  };
  const sideOf = (name) => {
    const k = store.rules.criteria.findIndex((c) => c.metric === name);
    const abs = k >= 0 ? store.rules.criteria[k].abs : meaning[name].magnitude;
    const values = store.metric(name).map((v) => abs ? Math.abs(v) : v);
    const factor = meaning[name].factor;
    const finite = Array.from(values).filter(Number.isFinite).map((v) => v * factor).sort((a, b) => a - b);
    const log = meaning[name].scale === "log" && finite.length > 0 && finite[0] > 0;
    let low = finite[0] ?? 0;
    let high = finite[finite.length - 1] ?? 1;
    const far = finite[Math.floor(0.98 * (finite.length - 1))] ?? high;
    if (!log && meaning[name].scale === "clip") high = Math.min(high, far * 1.3 + 1e-12);
    const limits = k >= 0 ? store.limits[k] : [null, null];
    for (const limit of limits) {
      if (limit === null || log && limit <= 0) continue;
      low = Math.min(low, limit * factor);
      high = Math.max(high, limit * factor);
    }
    if (log) [low, high] = [Math.log10(low), Math.log10(high)];
    const room = 0.04 * (high - low) || 0.5;
    return { name, k, values, factor, log, low: low - room, high: high + room, unit: meaning[name].unit };
  };
  const rescale = () => {
    sides = pickers.map((picker) => sideOf(picker.value));
    schedule();
  };
  const at = (value, side, from, to) => from + (Math.min(Math.max(value, side.low), side.high) - side.low) / (side.high - side.low) * (to - from);
  const spots = () => {
    const [x, y] = sides;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    const out = new Float64Array(2 * n);
    for (let i = 0; i < n; i++) {
      if (!store.isShown(i)) {
        out[2 * i] = out[2 * i + 1] = NaN;
        continue;
      }
      out[2 * i] = at(place2(x, x.values[i]), x, PAD.left, width - PAD.right);
      out[2 * i + 1] = at(place2(y, y.values[i]), y, height - PAD.bottom, PAD.top);
    }
    return out;
  };
  const lines = () => sides.flatMap((side, s) => {
    const pair = store.limits[side.k];
    if (!pair) return [];
    return (
      /** @type {(0|1)[]} */
      [0, 1].flatMap((b) => {
        const limit = pair[b];
        if (limit === null) return [];
        const value = side.log ? Math.log10(Math.max(limit * side.factor, 1e-300)) : limit * side.factor;
        const [from, to] = s === 0 ? [PAD.left, canvas.clientWidth - PAD.right] : [canvas.clientHeight - PAD.bottom, PAD.top];
        return [{ s, b, k: side.k, at: at(value, side, from, to) }];
      })
    );
  });
  let brush = null;
  const draw = () => {
    nameSigns();
    const drawing = penOf(canvas);
    if (!drawing || sides.length < 2) return;
    const { pen, ratio } = drawing;
    const style = getComputedStyle(el);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    pen.save();
    pen.scale(ratio, ratio);
    pen.strokeStyle = style.getPropertyValue("--nbl-soft");
    pen.fillStyle = style.getPropertyValue("--nbl-soft");
    pen.lineWidth = 1;
    pen.strokeRect(PAD.left, PAD.top, width - PAD.left - PAD.right, height - PAD.top - PAD.bottom);
    pen.font = fontOf(style, 10, 1, 1.4);
    for (const [s, side] of sides.entries()) {
      for (const value of ticks(side.low, side.high, 5)) {
        const text = short(side.log ? 10 ** value : value);
        if (s === 0) {
          pen.textAlign = "center";
          pen.fillText(text, at(value, side, PAD.left, width - PAD.right), height - PAD.bottom + 12);
        } else {
          pen.textAlign = "right";
          pen.fillText(text, PAD.left - 4, at(value, side, height - PAD.bottom, PAD.top) + 3);
        }
      }
    }
    pen.textAlign = "center";
    const title = (side) => side.name + (side.unit ? ` (${side.unit})` : "");
    pen.fillText(title(sides[0]), (PAD.left + width) / 2, height - 6);
    pen.save();
    pen.translate(10, (height - PAD.bottom) / 2);
    pen.rotate(-Math.PI / 2);
    pen.fillText(title(sides[1]), 0, 0);
    pen.restore();
    const codes = store.trace.codes;
    const labels = store.rules.labels;
    const where = spots();
    let [shown, off] = [0, 0];
    const chosen = new Set(store.selection);
    for (const name of [...store.order].reverse()) {
      const code = labels.indexOf(name);
      pen.fillStyle = store.looks[name].color;
      const shape = store.order.indexOf(name);
      pen.globalAlpha = 0.75;
      for (let i = 0; i < n; i++) {
        if (codes[i] !== code || where[2 * i] !== where[2 * i] || where[2 * i + 1] !== where[2 * i + 1]) continue;
        shown++;
        const [beyondX, beyondY] = [beyond2(sides[0], i), beyond2(sides[1], i)];
        if (beyondX || beyondY) {
          off++;
          arrow(pen, where[2 * i], where[2 * i + 1], beyondX, beyondY);
        } else dot(pen, where[2 * i], where[2 * i + 1], shape);
      }
    }
    pen.globalAlpha = 1;
    pen.strokeStyle = style.getPropertyValue("--nbl-ink");
    pen.lineWidth = 1.6;
    for (const i of chosen) {
      if (where[2 * i] !== where[2 * i]) continue;
      pen.beginPath();
      pen.arc(where[2 * i], where[2 * i + 1], 6, 0, 2 * Math.PI);
      pen.stroke();
    }
    pen.strokeStyle = "#D55E00";
    pen.setLineDash([5, 3]);
    for (const line2 of lines()) {
      pen.beginPath();
      if (line2.s === 0) {
        pen.moveTo(line2.at, PAD.top);
        pen.lineTo(line2.at, height - PAD.bottom);
      } else {
        pen.moveTo(PAD.left, line2.at);
        pen.lineTo(width - PAD.right, line2.at);
      }
      pen.stroke();
    }
    pen.setLineDash([]);
    if (brush) {
      pen.strokeStyle = style.getPropertyValue("--nbl-ink");
      pen.lineWidth = 1;
      pen.strokeRect(brush[0], brush[1], brush[2] - brush[0], brush[3] - brush[1]);
    }
    pen.restore();
    const remarks = [];
    const some = (many) => many === 1 ? "1 unit" : `${many} units`;
    if (off) remarks.push(`${some(off)} off scale, drawn as an arrow at the edge`);
    if (store.shown.n > shown) remarks.push(`${some(store.shown.n - shown)} without a value`);
    canvas.setAttribute("aria-label", [`${shown} units: ${sides[0].name} against ${sides[1].name}`, ...remarks].join("; "));
    if (!brush) said.textContent = remarks.join("; ");
  };
  const beyond2 = (side, unit) => {
    const value = place2(side, side.values[unit]);
    return value < side.low ? -1 : value > side.high ? 1 : 0;
  };
  const arrow = (pen, x, y, right, up) => {
    const angle = Math.atan2(-up, right);
    const at2 = (turn, far) => [x + far * Math.cos(angle + turn), y + far * Math.sin(angle + turn)];
    pen.beginPath();
    for (const [px, py] of [at2(0, 1), at2(2.7, 10), at2(-2.7, 10)]) pen.lineTo(px, py);
    pen.closePath();
    pen.fill();
  };
  const dot = (pen, x, y, shape) => {
    pen.beginPath();
    if (shape % 4 === 0) pen.arc(x, y, 3.4, 0, 2 * Math.PI);
    else if (shape % 4 === 1) pen.rect(x - 3, y - 3, 6, 6);
    else if (shape % 4 === 2) {
      pen.moveTo(x, y - 4);
      pen.lineTo(x + 4, y + 3);
      pen.lineTo(x - 4, y + 3);
      pen.closePath();
    } else {
      pen.moveTo(x, y - 4);
      pen.lineTo(x + 4, y);
      pen.lineTo(x, y + 4);
      pen.lineTo(x - 4, y);
      pen.closePath();
    }
    pen.fill();
  };
  const schedule = perFrame(draw, signal, el);
  let grabbed = null;
  let gesture = "";
  const letGo = () => {
    if (grabbed) store.drop();
    grabbed = null;
    brush = null;
    schedule();
  };
  const pointer = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    const [x, y] = pointer(event);
    grabbed = lines().find((line2) => Math.abs((line2.s === 0 ? x : y) - line2.at) < 5) ?? null;
    if (grabbed) gesture = `scatter-${performance.now()}`;
    else brush = [x, y, x, y];
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = pointer(event);
    if (grabbed) {
      const side = sides[grabbed.s];
      const share = grabbed.s === 0 ? (x - PAD.left) / (canvas.clientWidth - PAD.left - PAD.right) : (canvas.clientHeight - PAD.bottom - y) / (canvas.clientHeight - PAD.top - PAD.bottom);
      const value = side.low + Math.min(1, Math.max(0, share)) * (side.high - side.low);
      const shown = Number((side.log ? 10 ** value : value).toPrecision(3));
      store.drag(grabbed.k, movedLimit(store.limits[grabbed.k], grabbed.b, toStored(side, shown)), gesture);
    } else if (brush) {
      brush = [brush[0], brush[1], x, y];
      schedule();
    } else {
      const line2 = lines().some((l) => Math.abs((l.s === 0 ? x : y) - l.at) < 5);
      canvas.style.cursor = line2 ? "move" : "crosshair";
    }
  });
  canvas.addEventListener("pointerup", () => {
    if (brush) {
      const where = spots();
      const [x0, x1] = [Math.min(brush[0], brush[2]), Math.max(brush[0], brush[2])];
      const [y0, y1] = [Math.min(brush[1], brush[3]), Math.max(brush[1], brush[3])];
      const click = x1 - x0 < 3 && y1 - y0 < 3;
      let inside = [];
      let nearest2 = 10;
      for (let i = 0; i < n; i++) {
        const [x, y] = [where[2 * i], where[2 * i + 1]];
        if (click) {
          const gap = Math.hypot(x - x0, y - y0);
          if (gap < nearest2) {
            nearest2 = gap;
            inside = [i];
          }
        } else if (x >= x0 && x <= x1 && y >= y0 && y <= y1) inside.push(i);
      }
      store.select(inside);
      said.textContent = inside.length ? `${inside.length} units selected` : "";
    }
    letGo();
  });
  canvas.addEventListener("pointercancel", letGo);
  pickers.forEach((picker, s) => {
    if (names.includes(model.get(s ? "y" : "x"))) picker.value = model.get(s ? "y" : "x");
  });
  rescale();
  onLook(el, schedule, signal);
  store.on("structure", rescale, signal);
  store.on("trace", schedule, signal);
  store.on("limits selection structure scope", schedule, signal);
}

// src/views/score.js
var score_exports = {};
__export(score_exports, {
  render: () => render14
});
async function render14({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-score");
  const wrong = model.get("_wrong");
  const head = make("strong", "nbl-card-title", model.get("_sentence"));
  head.setAttribute("role", "status");
  const kinds = make("table", "nbl-card-criteria");
  const titles = make("tr", "");
  titles.append(...["kind", "right", "should be", "what gives it away"].map((text) => make("th", "", text)));
  kinds.append(titles, ...model.get("_kinds").map((row) => {
    const line2 = make("tr", "");
    line2.append(...row.map((text) => make("td", "", text)));
    return line2;
  }));
  const items = wrong.map(({ at, given, truth, kind, clue }) => {
    const [id, words2] = [store.ids[at], `you said ${given}, it is ${truth}`];
    return { at, label: truth, text: `${id}: ${given} → ${truth}`, hint: `Show unit ${id}: ${words2}`, said: `Unit ${id}: ${words2} (${kind}): ${clue}` };
  });
  const title = make("p", "nbl-soft", wrong.length ? `${wrong.length} wrong: your label → what it is. Click one to see the unit.` : "");
  el.append(head, kinds, title, ...unitButtons(store, "Wrong labels", items, signal));
}

// src/views/sections.js
var sections_exports = {};
__export(sections_exports, {
  render: () => render15
});

// src/core/sections.js
function sectionsOf(criteria, missing) {
  const found = /* @__PURE__ */ new Map();
  criteria.forEach(({ section }, k) => {
    if (!missing[k]) found.set(section, [...found.get(section) ?? [], k]);
  });
  return Array.from(found, ([section, members]) => ({ section, criteria: members }));
}
function unitsBy(reasons, criteria, isShown) {
  const rows = criteria.map((k) => reasons[k]).filter((row) => row !== void 0);
  const units = [];
  for (let i = 0; i < (rows[0]?.length ?? 0); i++) if (rows.some((row) => row[i]) && isShown(i)) units.push(i);
  return units;
}

// src/core/columns.js
var columnsFor = (cells, most2) => most2 > 1 && cells > most2 && cells % most2 === 1 ? Math.ceil(cells / Math.ceil(cells / most2)) : most2;

// src/ui/even_rows.js
var keepRowsEven = (el, signal) => {
  const known = /* @__PURE__ */ new WeakMap();
  const arrange = () => {
    for (
      const cells of
      /** @type {NodeListOf<HTMLElement>} */
      el.closest(".nbl-histograms")?.querySelectorAll(".nbl-cells") ?? []
    ) {
      const key = [cells.clientWidth, cells.childElementCount, getComputedStyle(el).fontSize].join();
      if (!cells.clientWidth || known.get(cells) === key) continue;
      known.set(cells, key);
      cells.style.gridTemplateColumns = "";
      const most2 = getComputedStyle(cells).gridTemplateColumns.split(" ").length;
      const columns = columnsFor(cells.childElementCount, most2);
      if (columns < most2) cells.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    }
  };
  const watch = new ResizeObserver(() => arrange());
  signal.addEventListener("abort", () => watch.disconnect());
  requestAnimationFrame(() => {
    const around = el.closest(".nbl-histograms");
    if (around && !signal.aborted) watch.observe(around);
  });
};

// src/views/sections.js
async function render15({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-sections");
  el.setAttribute("role", "navigation");
  el.setAttribute("aria-label", "Sections of criteria");
  keepKeys(el, store);
  const go = (at) => {
    const fold = el.closest(".nbl-histograms")?.querySelector(`.nbl-fold-${at}`);
    if (!fold) return;
    const closed = fold instanceof HTMLDetailsElement ? !fold.open : fold.querySelector(".jupyter-widget-Collapse, .jp-Collapse") && !fold.querySelector(".jupyter-widget-Collapse-open, .jp-Collapse-open, .jp-mod-open");
    if (closed && fold instanceof HTMLDetailsElement) fold.open = true;
    else if (closed) fold.querySelector(".jupyter-widget-Collapse-header, .jp-Collapse-header")?.click();
    fold.scrollIntoView({ block: "start", behavior: "instant" });
  };
  let parts2 = [];
  const build = () => {
    const titles = Object.fromEntries(model.get("titles"));
    parts2 = sectionsOf(store.rules.criteria, store.missing).map(({ section, criteria }, at) => {
      const name = titles[section] ?? section;
      const link = button("", name, () => go(at));
      const count = make("span", "nbl-sections-failing");
      link.append(make("b", "", name), make("span", "nbl-soft", String(criteria.length)), count);
      return { criteria, count, link, name };
    });
    el.replaceChildren(...parts2.map(({ link }) => link));
    update();
  };
  const update = () => {
    for (const { criteria, count, link, name } of parts2) {
      const many = unitsBy(store.trace.reasons, criteria, (unit) => store.isShown(unit)).length;
      const text = `${many} fail`;
      if (count.textContent === text) continue;
      count.textContent = text;
      const said = `${name}: ${criteria.length} ${criteria.length === 1 ? "criterion" : "criteria"}, ${many} ${many === 1 ? "unit fails" : "units fail"}`;
      link.setAttribute("aria-label", said);
      link.title = `${said}; press to go there`;
    }
  };
  const schedule = perFrame(update, signal, el);
  build();
  keepRowsEven(el, signal);
  store.on("structure", build, signal);
  store.on("trace scope", schedule, signal);
  listen2(model, "change:titles", build, signal);
}

// src/views/sensitivity.js
var sensitivity_exports = {};
__export(sensitivity_exports, {
  render: () => render16
});

// src/core/part.js
var partOf2 = ({ trace, values, ...method }, byHand, units) => {
  const codes = (row) => Uint8Array.from(units, (unit) => row[unit]);
  const given = {};
  units.forEach((unit, at) => {
    if (Object.hasOwn(byHand, unit)) given[at] = byHand[unit];
  });
  return {
    method: {
      ...method,
      values: values.map((row) => Float64Array.from(units, (unit) => row[unit])),
      trace: {
        ...trace,
        codes: codes(trace.codes),
        ruleCodes: codes(trace.ruleCodes),
        states: trace.states.map(codes),
        reasons: trace.reasons.map(codes),
        manual: new Set(Object.keys(given).map(Number))
      }
    },
    byHand: given
  };
};

// src/core/sensitivity.js
function curvesOf({ rules, limits, values, trace }, k, byHand) {
  if (!trace.active[k]) return [];
  const n = trace.codes.length;
  const criterion = rules.criteria[k];
  const labels = (state) => {
    const states = trace.states.slice();
    states[k] = trace.states[k].map((s) => s === NAN || s === INACTIVE ? s : state);
    const codes = labelUnits(rules, states, trace.active, trace.absent, n);
    for (const [at, label] of Object.entries(byHand)) codes[Number(at)] = rules.labels.indexOf(label);
    return codes;
  };
  const [passing, failing] = [labels(PASS), labels(FAIL)];
  const size = values[k].map((v) => criterion.abs ? Math.abs(v) : v);
  const found = [];
  for (
    const bound of
    /** @type {(0|1)[]} */
    [0, 1]
  ) {
    if (limits[k][bound] === null) continue;
    const other = limits[k][1 - bound];
    const start = new Int32Array(rules.labels.length);
    const free = [];
    for (let i = 0; i < n; i++) {
      const v = size[i];
      const beyond2 = other !== null && (bound === 0 ? v > other : v < other);
      const always = v === (bound === 0 ? -Infinity : Infinity);
      if (Number.isFinite(v) && !beyond2) {
        free.push(i);
        start[passing[i]]++;
      } else start[v === v && (beyond2 || always) ? failing[i] : passing[i]]++;
    }
    free.sort((a, b) => bound === 0 ? size[a] - size[b] : size[b] - size[a]);
    const points = [];
    const rows = [start];
    let at = 0;
    while (at < free.length) {
      const value = size[free[at]];
      const next = rows[rows.length - 1].slice();
      for (; at < free.length && size[free[at]] === value; at++) {
        next[passing[free[at]]]--;
        next[failing[free[at]]]++;
      }
      points.push(value);
      rows.push(next);
    }
    points.push(points.length ? nextAfter(points[points.length - 1], bound === 0) : 0);
    if (bound === 1) {
      points.reverse();
      rows.reverse();
    }
    found.push({ bound, points: Float64Array.from(points), counts: rows });
  }
  return found;
}
function countsAt({ bound, points, counts: counts2 }, limit) {
  const at = bound === 0 ? firstAtLeast(points, limit) : firstAbove(points, limit) - 1;
  return counts2[Math.min(Math.max(at, 0), points.length - 1)];
}
function gainOf({ bound, points, counts: counts2 }, code, limit, [size, log], now) {
  let best = { perStep: 0, most: now, near: limit, at: -1, steps: 0 };
  let perStep = 0;
  for (let p = 0; p < points.length; p++) {
    const low = bound === 0 ? p ? points[p - 1] : -Infinity : points[p];
    const high = bound === 0 ? points[p] : p < points.length - 1 ? points[p + 1] : Infinity;
    const near = Math.min(Math.max(limit, low), high);
    const gain = counts2[p][code] - now;
    let steps = Math.abs(near - limit) / size;
    if (Math.abs(limit) >= Number.MAX_VALUE) steps = near === limit ? 0 : Infinity;
    else if (log) steps = limit <= 0 ? near === limit ? 0 : Infinity : near > 0 ? Math.abs(Math.log(near / limit)) / Math.log(size) : Infinity;
    perStep = Math.max(perStep, gain / Math.max(steps, 1));
    const most2 = gain + now;
    if (most2 > best.most || most2 === best.most && gain > 0 && steps < best.steps) best = { perStep, most: most2, near, at: p, steps };
  }
  return { ...best, perStep };
}

// src/views/sensitivity.js
async function render16({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-whatif");
  el.tabIndex = 0;
  keepKeys(el, store);
  const bar = make("div", "nbl-bar");
  const target = (
    /** @type {HTMLSelectElement} */
    make("select", "nbl-select")
  );
  target.setAttribute("aria-label", "Label to gain");
  const said = make("span", "nbl-soft");
  said.setAttribute("aria-live", "polite");
  bar.append(make("span", "nbl-soft", "gain units labeled"), target, said);
  const charts = make("div", "nbl-whatif-charts");
  el.append(bar, charts);
  const fill = () => {
    const { labels, default: best } = store.rules;
    const chosen = labels.includes(target.value) ? target.value : best;
    fillMenu(target, store.order.map((label) => [label]), chosen);
  };
  const shown = /* @__PURE__ */ new Map();
  const setLimit = (k, bound, limit) => store.set([[k, movedLimit(store.limits[k], bound, limit)]]);
  const limitAt = (k, part) => {
    const axis = store.axis(k);
    return fromAxis(axis, axis.low + part * (axis.high - axis.low));
  };
  const chart = (key) => {
    const known = shown.get(key);
    if (known) return known;
    const figure = make("figure", "nbl-part");
    const caption = make("figcaption", "nbl-whatif-head");
    const text = make("span", "");
    const set = button("", "", () => {
      const { k, curve, gain } = entry.row;
      setLimit(k, curve.bound, nearest2(k, curve, gain));
    });
    caption.append(text, set);
    const canvas = (
      /** @type {HTMLCanvasElement} */
      make("canvas", "nbl-whatif-canvas")
    );
    canvas.setAttribute("role", "img");
    canvas.addEventListener("click", (event) => {
      const { k, curve } = entry.row;
      setLimit(k, curve.bound, limitAt(k, event.offsetX / canvas.clientWidth));
    });
    canvas.addEventListener("pointermove", (event) => {
      const { k, curve } = entry.row;
      const limit = limitAt(k, event.offsetX / canvas.clientWidth);
      const numbers = countsAt(curve, limit);
      const labels = store.rules.labels;
      const parts2 = store.order.map((label) => `${numbers[labels.indexOf(label)]} ${label}`);
      canvas.title = `${inWords(store, k, limit)}: ${parts2.join(", ")}; click to set`;
    });
    figure.append(caption, canvas);
    const entry = { figure, canvas, text, set, row: (
      /** @type {any} */
      null
    ) };
    shown.set(key, entry);
    return entry;
  };
  const nearest2 = (k, { bound, points }, { near, at }) => {
    const factor = own(store.metricUnits, store.rules.criteria[k].metric)?.factor ?? 1;
    const here = points[at];
    const limit = store.limits[k][bound] ?? NaN;
    if (here < limit === (bound === 0)) return roundedLimit(here, factor, bound === 1);
    const to = roundedLimit(near, factor, bound === 0);
    return (bound === 0 ? near < to && to <= here : here <= to && to < near) ? to : here;
  };
  const paint2 = ({ canvas, row: { k, curve } }) => {
    const drawing = penOf(canvas);
    if (!drawing) return;
    const { pen, width, ratio } = drawing;
    const style = getComputedStyle(el);
    pen.font = fontOf(style, 10, ratio, 1.4);
    const height = drawing.height - 1.2 * parseFloat(pen.font);
    const { labels } = store.rules;
    const axis = store.axis(k);
    const order = store.order.slice().reverse();
    const n = Math.max(1, store.shown.n);
    const step = Math.max(1, Math.round(2 * ratio));
    for (let x = 0; x < width; x += step) {
      const place2 = axis.low + (x + step / 2) / width * (axis.high - axis.low);
      const stored = (axis.log ? 10 ** place2 : place2) / axis.factor;
      const numbers = countsAt(curve, stored);
      let top = 0;
      for (const label of order) {
        const tall = numbers[labels.indexOf(label)] / n * height;
        pen.fillStyle = store.looks[label].color;
        pen.fillRect(x, top, step, tall);
        top += tall;
      }
    }
    const limit = toAxis(axis, store.limits[k][curve.bound] ?? NaN);
    const at = (Math.min(Math.max(limit, axis.low), axis.high) - axis.low) / (axis.high - axis.low) * width;
    pen.fillStyle = style.getPropertyValue("--nbl-paper");
    pen.fillRect(at - 2 * ratio, 0, 4 * ratio, height);
    pen.fillStyle = "#D55E00";
    pen.fillRect(at - ratio, 0, 2 * ratio, height);
    pen.fillStyle = style.getPropertyValue("--nbl-ink");
    [axis.low, axis.high].forEach((end, e) => {
      const linear = axis.whole ? e ? Math.floor(end) : Math.ceil(end) : end;
      const shown2 = axis.log ? 10 ** end : Math.abs(linear) < (axis.high - axis.low) / 1e3 ? 0 : linear;
      pen.textAlign = e ? "right" : "left";
      pen.textBaseline = "bottom";
      pen.fillText(inWords(store, k, shown2 / axis.factor), e ? width : 0, drawing.height);
    });
  };
  const update = () => {
    if (!store.trace || store.trace.active.length !== store.limits.length) return;
    const { method, byHand } = store.scope ? partOf2(store.method, store.fixed, store.scope.units) : { method: store.method, byHand: store.fixed };
    const code = method.rules.labels.indexOf(target.value);
    const now = method.trace.codes.reduce((sum, c) => sum + (c === code ? 1 : 0), 0);
    const rows = method.rules.criteria.flatMap((_, k) => {
      if (!store.axes[k]) return [];
      return curvesOf(method, k, byHand).map((curve) => {
        const limit = (
          /** @type {number} */
          method.limits[k][curve.bound]
        );
        return { curve, k, gain: gainOf(curve, code, limit, store.steps[k], now) };
      });
    });
    rows.sort((a, b) => b.gain.perStep - a.gain.perStep || b.gain.most - a.gain.most);
    const gaining = rows.filter((row) => row.gain.most > now).length;
    const many = `${now} ${target.value} ${now === 1 ? "unit" : "units"}.`;
    said.textContent = gaining ? `${many} Moving ${gaining === 1 ? "this limit" : `any one of these ${gaining} limits`} adds more; click a curve to set it.` : `${many} Moving one limit alone adds none.`;
    const figures = rows.map((row) => {
      const { k, curve, gain } = row;
      const name = keyOf(method.rules.criteria[k]);
      const side = curve.bound ? "max" : "min";
      const entry = chart(`${name} ${side}`);
      entry.row = row;
      const old = inWords(
        store,
        k,
        /** @type {number} */
        method.limits[k][curve.bound]
      );
      entry.text.textContent = `${method.rules.criteria[k].metric} ${side}`;
      entry.text.title = `${name} ${side}, now ${old}`;
      const best = gain.most > now ? inWords(store, k, nearest2(k, curve, gain)) : "";
      entry.set.hidden = !best;
      entry.set.textContent = `+${gain.most - now} at ${best}`;
      entry.set.title = `Set ${name} ${side} to ${best}: ${gain.most} ${target.value}`;
      entry.set.setAttribute("aria-label", entry.set.title);
      entry.canvas.setAttribute("aria-label", `Labels by ${name} ${side}`);
      return entry.figure;
    });
    for (const key of [...shown.keys()]) if (!figures.includes(
      /** @type {any} */
      shown.get(key).figure
    )) shown.delete(key);
    const before = [...charts.children];
    if (before.length !== figures.length || figures.some((figure, at) => figure !== before[at])) charts.replaceChildren(...figures);
    for (const entry of shown.values()) paint2(entry);
  };
  const soon = perFrame(update, signal, el);
  const later = atRest(soon, signal);
  target.addEventListener("change", update);
  fill();
  soon();
  onLook(el, later, signal);
  store.on("trace scope", later, signal);
  store.on("structure", () => {
    fill();
    later();
  }, signal);
}

// src/views/unit_card.js
var unit_card_exports = {};
__export(unit_card_exports, {
  render: () => render17
});

// src/card/plot.js
var FONT2 = "10px sans-serif";
var Plot = class {
  /** @param {Sheet} sheet @param {[number, number]} x @param {[number, number]} y @param {Margins} [margins] */
  constructor(sheet, x, y, { left = 38, right = 8, top = 6, bottom = 18 } = {}) {
    Object.assign(this, { left, top });
    this.sheet = sheet;
    this.pen = sheet.pen;
    this.left = left;
    this.top = top;
    this.right = sheet.width - right;
    this.bottom = sheet.height - bottom;
    this.limits = { x, y };
    this.ink = sheet.style.getPropertyValue("--nbl-ink") || "#000";
    this.soft = sheet.style.getPropertyValue("--nbl-soft") || "#666";
    this.faint = sheet.style.getPropertyValue("--nbl-faint") || "#bbb";
    this.accent = sheet.style.getPropertyValue("--nbl-accent") || "#d55e00";
    this.paper = sheet.style.getPropertyValue("--nbl-paper") || "#fff";
  }
  /** @param {number} value */
  x(value) {
    const [a, b] = this.limits.x;
    return this.left + (value - a) / (b - a || 1) * (this.right - this.left);
  }
  /** @param {number} value */
  y(value) {
    const [a, b] = this.limits.y;
    return this.bottom - (value - a) / (b - a || 1) * (this.bottom - this.top);
  }
  get width() {
    return this.right - this.left;
  }
  get height() {
    return this.bottom - this.top;
  }
  /** @param {string} text @param {number} x @param {number} y @param {{align?: CanvasTextAlign, color?: string, baseline?: CanvasTextBaseline}} [how] */
  text(text, x, y, { align = "left", color = this.soft, baseline = "alphabetic" } = {}) {
    const { pen } = this;
    pen.font = FONT2;
    pen.fillStyle = color;
    pen.textAlign = align;
    pen.textBaseline = baseline;
    pen.fillText(text, x, y);
  }
  /** A text on a band of the paper's colour, so that it can be read above a picture. @type {Plot["text"]} */
  label(text, x, y, how = {}) {
    const { pen } = this;
    pen.font = FONT2;
    const wide2 = pen.measureText(text).width;
    const left = how.align === "right" ? x - wide2 : how.align === "center" ? x - wide2 / 2 : x;
    pen.globalAlpha = 0.8;
    pen.fillStyle = this.paper;
    pen.fillRect(left - 2, y - 9, wide2 + 4, 12);
    pen.globalAlpha = 1;
    this.text(text, x, y, how);
  }
  /** The axis below. @param {string} unit @param {[number, string][]} [marks] places and texts, else round numbers */
  below(unit, marks) {
    const [a, b] = this.limits.x;
    const found = marks ?? ticks(a, b, Math.max(2, Math.floor(this.width / 70))).map((t) => (
      /** @type {[number, string]} */
      [t, short(t)]
    ));
    this.#line(this.left, this.bottom, this.right, this.bottom, this.faint);
    const wide2 = unit.length * 5.4;
    this.pen.font = FONT2;
    let end = -Infinity;
    for (const [place2, text] of found) {
      const x = this.x(place2);
      this.#line(x, this.bottom, x, this.bottom + 3, this.faint);
      const half = this.pen.measureText(text).width / 2;
      if (x - half < end + 4 || x + half > (unit ? this.right - wide2 - 6 : this.sheet.width)) continue;
      end = x + half;
      this.text(text, x, this.bottom + 13, { align: "center" });
    }
    this.text(unit, this.right, this.bottom + 13, { align: "right" });
  }
  /** The axis at the left. @param {string} unit */
  beside(unit) {
    const [a, b] = this.limits.y;
    this.#line(this.left, this.top, this.left, this.bottom, this.faint);
    for (const t of ticks(Math.min(a, b), Math.max(a, b), Math.max(2, Math.floor(this.height / 34)))) {
      const y = this.y(t);
      this.#line(this.left - 3, y, this.left, y, this.faint);
      if (y > this.top + 12) this.text(short(t), this.left - 5, y, { align: "right", baseline: "middle" });
    }
    this.text(unit, 2, this.top + 6, { baseline: "middle" });
  }
  /** @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 @param {string} color */
  #line(x1, y1, x2, y2, color) {
    this.stroke([[x1, y1], [x2, y2]], color);
  }
  /** A line through places in px. @param {number[][]} places @param {string} color @param {{wide?: number, dash?: number[], alpha?: number}} [how] */
  stroke(places, color, { wide: wide2 = 1, dash = [], alpha = 1 } = {}) {
    const { pen } = this;
    pen.strokeStyle = color;
    pen.lineWidth = wide2;
    pen.globalAlpha = alpha;
    pen.setLineDash(dash);
    pen.beginPath();
    places.forEach(([x, y], i) => i ? pen.lineTo(x, y) : pen.moveTo(x, y));
    pen.stroke();
    pen.setLineDash([]);
    pen.globalAlpha = 1;
  }
  /** A level across. @param {number} value @param {string} color @param {number[]} [dash] */
  level(value, color, dash = []) {
    this.stroke([[this.left, this.y(value)], [this.right, this.y(value)]], color, { dash, wide: 1.4 });
  }
  /** A band of the axis below. @param {number} from @param {number} to @param {string} color @param {number} alpha */
  band(from, to, color, alpha) {
    const { pen } = this;
    const left = Math.max(this.left, this.x(from));
    pen.globalAlpha = alpha;
    pen.fillStyle = color;
    pen.fillRect(left, this.top, Math.max(0, Math.min(this.right, this.x(to)) - left), this.height);
    pen.globalAlpha = 1;
  }
  /** Bars of equal width over a stretch of the axis below. @param {ArrayLike<number>} values @param {number} from @param {number} to @param {string} color */
  bars(values, from, to, color) {
    const { pen } = this;
    const wide2 = (this.x(to) - this.x(from)) / values.length;
    const zero = this.y(Math.max(0, Math.min(...this.limits.y)));
    pen.fillStyle = color;
    for (let b = 0; b < values.length; b++) {
      const y = this.y(Math.min(values[b], this.limits.y[1]));
      pen.fillRect(this.x(from) + b * wide2, y, Math.max(0.6, wide2 - (wide2 > 3 ? 0.6 : 0)), zero - y);
    }
  }
};
var most = (values) => {
  let top = 0;
  for (let i = 0; i < values.length; i++) if (values[i] > top) top = values[i];
  return top;
};

// src/card/over_time.js
var clock = (duration) => duration > 600 ? { unit: "min", per: 60 } : { unit: "s", per: 1 };
var drawBreaks = (plot, breaks, per) => {
  for (const at of breaks) plot.stroke([[plot.x(at / per), plot.top], [plot.x(at / per), plot.bottom]], plot.ink, { dash: [2, 2], alpha: 0.7 });
};
var breaksInWords = (breaks) => breaks?.length ? ` ${breaks.length + 1} segments one after another; the time between them was not recorded.` : "";
var overTime = ({ data }) => {
  if (!data.rates) return null;
  const bins = data.present?.length ?? 0;
  const share = data.presence_ratio;
  return {
    name: "firing rate over time",
    words: () => `${short(data.spikes)} spikes, ${short(data.spikes / (data.duration || 1))} a second. ${bins ? `Fires in ${short(100 * share)} % of ${bins} bins of ${short(data.presence_bin_s)} s (below).` : `The recording is shorter than a bin of ${short(data.presence_bin_s)} s in which presence is counted.`}${breaksInWords(data.breaks)}`,
    draw: (sheet) => {
      const { unit, per } = clock(data.duration);
      const plot = new Plot(sheet, [0, data.duration / per], [0, 1.1 * Math.max(most(data.rates), 1e-9)], { bottom: bins ? 28 : 18 });
      plot.bars(data.rates, 0, data.duration / per, sheet.color);
      if (bins) {
        const { pen } = sheet;
        for (let b = 0; b < bins; b++) {
          const left = plot.x(data.presence_edges[b] / per);
          pen.fillStyle = data.present[b] ? sheet.color : plot.faint;
          pen.globalAlpha = data.present[b] ? 1 : 0.5;
          pen.fillRect(left, plot.bottom + 3, Math.max(0.5, plot.x(data.presence_edges[b + 1] / per) - left - 0.5), 5);
        }
        pen.globalAlpha = 1;
        plot.bottom += 10;
        plot.below(unit);
        plot.bottom -= 10;
      } else plot.below(unit);
      plot.beside("spikes/s");
      drawBreaks(plot, data.breaks, per);
    }
  };
};

// src/card/density.js
var BESIDE = 0.2;
var parts = (pen, color) => {
  pen.fillStyle = "#888888";
  pen.fillStyle = color;
  const hex = String(pen.fillStyle);
  return /^#[0-9a-f]{6}$/i.test(hex) ? [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)) : [0, 114, 178];
};
var paint = (plot, density2, [times, values], color) => {
  const tile = document.createElement("canvas");
  tile.width = times;
  tile.height = values;
  const ink = tile.getContext("2d");
  if (!ink) return;
  const image = ink.createImageData(times, values);
  const [red, green, blue] = parts(plot.pen, color);
  for (let t = 0; t < times; t++) for (let v = 0; v < values; v++) {
    const shade = density2[t * values + v];
    const at = 4 * ((values - 1 - v) * times + t);
    image.data.set([red, green, blue, shade ? 40 + 0.84 * shade : 0], at);
  }
  ink.putImageData(image, 0, 0);
  plot.pen.imageSmoothingEnabled = false;
  plot.pen.drawImage(tile, plot.left, plot.top, plot.width, plot.height);
};
var density = (data, kind, unit, name, words2) => {
  const known = data[kind];
  if (!known) return null;
  return {
    name,
    words: words2,
    draw: (sheet) => {
      const { unit: minutes, per } = clock(data.duration);
      const beside = Math.round(sheet.width * BESIDE);
      const plot = new Plot(sheet, [0, data.duration / per], [known.low, known.high], { right: beside + 10, left: 44 });
      const points = kind === "amplitude" && data.times;
      if (points) {
        const { pen } = sheet;
        pen.fillStyle = sheet.color;
        pen.globalAlpha = 0.6;
        for (let s = 0; s < data.times.length; s++) {
          const value = Math.min(known.high, Math.max(known.low, data.amplitudes[s]));
          pen.fillRect(plot.x(data.times[s] / per) - 0.9, plot.y(value) - 0.9, 1.8, 1.8);
        }
        pen.globalAlpha = 1;
      } else paint(plot, data[`${kind}_density`], known.shape, sheet.color);
      drawBreaks(plot, data.breaks ?? [], per);
      plot.below(minutes);
      plot.beside(unit);
      const counts2 = data[`${kind}_histogram`];
      const top = Math.max(1, most(counts2));
      const tall = plot.height / counts2.length;
      sheet.pen.fillStyle = sheet.color;
      for (let v = 0; v < counts2.length; v++) {
        sheet.pen.fillRect(plot.right + 6, plot.bottom - (v + 1) * tall, beside * counts2[v] / top, Math.max(0.6, tall - 0.4));
      }
      if (known.floor !== null && known.floor !== void 0 && known.floor >= known.low && known.floor <= known.high) {
        const y = plot.y(known.floor);
        plot.stroke([[plot.left, y], [sheet.width - 4, y]], plot.accent, { dash: [5, 3], wide: 1.4 });
        plot.label("5 × noise", plot.left + 4, y - 3, { color: plot.accent });
      }
    }
  };
};
var beyond = (known) => known.outside ? ` ${short(known.outside)} ${known.outside === 1 ? "lies" : "lie"} beyond the axis, drawn at its ${known.outside === 1 ? "end" : "ends"}.` : "";
var amplitudes = ({ data, volt }) => density(data, "amplitude", data.amplitude_unit ?? volt, "amplitudes over time", () => {
  const { floor, no_floor: why } = data.amplitude;
  const said = floor === null || floor === void 0 ? `Where detection ends is not known: ${why}.` : `Dashed: 5 times the noise of the main channel (${short(floor)} ${data.amplitude_unit ?? volt}), the usual threshold of detection.`;
  return `${said}${beyond(data.amplitude)}${breaksInWords(data.breaks)}`;
});
var depths = ({ data }) => density(data, "depth", "µm", "depth over time", () => `${data.depth.said ?? ""}${beyond(data.depth)}`.trim());

// src/core/contamination.js
var CONTAMINATION = [
  { metric: "rp_contamination", computation: "rp_violation", meaning: "share" },
  { metric: "isi_violations_ratio", computation: "isi_violation", meaning: "ratio" },
  { metric: "sliding_rp_violation", computation: "sliding_rp_violation", meaning: "share" },
  { metric: "rp_violations", computation: "rp_violation", meaning: "count" },
  { metric: "isi_violations_count", computation: "isi_violation", meaning: "count" }
];
var inForce = (metrics, uppers) => {
  const found = CONTAMINATION.map((known) => {
    const places = metrics.map((name, k) => name === known.metric ? k : -1).filter((k) => k >= 0);
    const at = places.find((k) => uppers[k] !== null) ?? places[0] ?? -1;
    return { known, at, limit: at < 0 ? null : uppers[at] };
  });
  return found.find(({ limit }) => limit !== null) ?? found.find(({ at }) => at >= 0) ?? { known: CONTAMINATION[0], at: -1, limit: null };
};
var allowed = (meaning, limit, { spikes, duration, until, since }) => {
  const seconds = (until - since) / 1e3;
  if (meaning === "count") return limit;
  if (meaning === "ratio") return 2 * limit * spikes * spikes * seconds / duration;
  if (meaning === "rate") return limit * spikes * seconds;
  if (limit >= 1) return Infinity;
  const free = duration - 2 * spikes * since / 1e3;
  return free > 0 ? spikes * spikes * seconds * limit * (2 - limit) / free : Infinity;
};
var rateOf = (pairs, { spikes, until, since }) => {
  const seconds = (until - since) / 1e3;
  return spikes && seconds > 0 ? pairs / (spikes * seconds) : NaN;
};

// src/card/autocorrelogram.js
var wide = false;
var judged = ({ data, store }) => {
  const { known, limit, at } = inForce(store.rules.criteria.map((c) => c.metric), store.limits.map(([, high]) => high));
  const computation = known.computation === "sliding_rp_violation" ? "rp_violation" : known.computation;
  const period = data.refractory[computation];
  const train = { spikes: data.spikes, duration: data.duration, until: period.until, since: period.since };
  const pairs = limit === null ? NaN : allowed(known.meaning, limit, train);
  return { known, limit, at, period, computation, pairs, train, level: rateOf(pairs, train) };
};
var limitInWords = (store, at, limit) => {
  const shown = own(store.metricUnits, store.rules.criteria[at].metric);
  return `${short(limit * (shown?.factor ?? 1))}${shown?.unit ? ` ${shown.unit}` : ""}`;
};
var violationsInWords = (subject) => {
  const { known, limit, at, period, computation, pairs, train } = judged(subject);
  const one = period.violations === 1 ? "" : "s";
  const what = computation === "isi_violation" ? `interval${one} shorter than` : `pair${one} of spikes within`;
  const seconds = (train.until - train.since) / 1e3;
  const random = subject.data.rate * train.spikes * seconds;
  const count = `${period.exact ? "" : "about "}${short(period.violations)} ${what} ${short(period.until)} ms`;
  const chance = `${short(random < 10 ? Number(random.toPrecision(2)) : Math.round(random))} if spikes came at random`;
  const bound = limit === null || at < 0 ? "no limit of contamination is set" : `${Number.isFinite(pairs) ? short(Math.floor(pairs + 1e-9)) : "any number"} at the limit ${limitInWords(subject.store, at, limit)} of ${known.metric}`;
  return `${count}; ${chance}, ${bound}.${period.stored ? "" : ` ${short(period.until)} ms is SpikeInterface's default; no setting is stored.`}`;
};
var autocorrelogram = (subject) => {
  const { data } = subject;
  if (!data.acg) return null;
  const tool = button("to 50 ms, log", "Show lags up to 50 ms on a logarithmic axis", () => {
    wide = !wide;
    subject.again();
  });
  tool.setAttribute("aria-pressed", String(wide));
  return {
    name: "autocorrelogram",
    tools: [tool],
    live: true,
    words: () => `${violationsInWords(subject)}${data.acg_exact ? "" : " Drawn from a random part of the spikes: there are too many pairs."}`,
    draw: (sheet) => {
      const bin = data.acg_bin_ms;
      const reach2 = data.acg.length * bin;
      const axis = lagAxis(data.acg_log_edges, false);
      const rates = wide ? lagRates(data.acg_log, data.acg_log_edges, data.spikes) : Array.from(data.acg, (count) => count / (data.spikes * (bin / 1e3)));
      const { period, level } = judged(subject);
      const top = 1.12 * Math.max(most(rates), data.rate, 1e-9);
      const plot = new Plot(sheet, wide ? axis.ends : [-reach2, reach2], [0, top]);
      if (wide) {
        plot.band(axis.ends[0], axis.place(Math.max(period.until, data.acg_log_edges[0])), plot.accent, 0.16);
        rates.forEach((rate, b) => plot.bars([rate], axis.bins[b][0], axis.bins[b][1], sheet.color));
        plot.below("ms", axis.marks.map(([lag, at]) => [at, short(lag)]));
      } else {
        plot.band(-period.until, period.until, plot.accent, 0.16);
        plot.bars([...rates].reverse(), -reach2, 0, sheet.color);
        plot.bars(rates, 0, reach2, sheet.color);
        plot.below("ms", [-10, -5, 0, 5, 10].map((lag) => [lag, short(lag)]));
      }
      plot.beside("spikes/s");
      plot.level(data.rate, plot.soft, [5, 3]);
      plot.label("at random", plot.right - 2, plot.y(data.rate) - 3, { align: "right" });
      if (level === level && level <= top) {
        plot.level(level, plot.accent);
        plot.label("limit", plot.left + 4, plot.y(level) - 3, { color: plot.accent });
      }
    }
  };
};

// src/card/chances.js
var chances = (store, unit) => {
  if (!store.trace || !store.handLabels.length) return null;
  const parts2 = ["noise", "mua", "sua"].map((label) => ({ label, chance: chanceOf(store.rules, store.values, label, unit) })).filter(({ chance }) => chance === chance);
  if (!parts2.length) return null;
  const bar = make("div", "nbl-chances");
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `Probabilities: ${parts2.map(({ label, chance }) => `${label} ${chance.toFixed(2)}`).join(", ")}`);
  for (const { label, chance } of parts2) {
    const part = make("span", "nbl-chance", chance >= 0.12 ? `${label} ${Math.round(100 * chance)} %` : "");
    part.style.flexGrow = String(Math.max(chance, 2e-3));
    part.style.background = store.look(label).color;
    part.title = `${label} ${(100 * chance).toFixed(1)} %`;
    bar.append(part);
  }
  return bar;
};

// src/card/clouds.js
var OTHERS = ["#56b4e9", "#cc79a7", "#d55e00", "#888888", "#e69f00"];
var SHAPES = ["square", "cross", "diamond"];
var clouds = ({ data, store }) => {
  const known = data.clouds;
  if (!known) return null;
  const points = data.cloud_points;
  return {
    name: "principal components",
    words: () => `${known.axes[0]} (across) and ${known.axes[1]} (up)${known.units.length > 1 ? "" : "; no neighbour shares its channels"}.`,
    draw: (sheet) => {
      const { pen } = sheet;
      const others = OTHERS.filter((color) => color !== sheet.color.toLowerCase());
      const ends = (axis) => {
        const values = Array.from({ length: points.length / 2 }, (_, i) => points[2 * i + axis]).sort((a, b) => a - b);
        const cut = Math.floor(values.length / 200);
        const [low, high] = [values[cut], values[values.length - 1 - cut]];
        const margin = 0.06 * (high - low) || 1;
        return (
          /** @type {[number, number]} */
          [low - margin, high + margin]
        );
      };
      const plot = new Plot(sheet, ends(0), ends(1), { left: 8, bottom: 8 });
      pen.strokeStyle = plot.faint;
      pen.strokeRect(plot.left, plot.top, plot.width, plot.height);
      let at = points.length / 2;
      for (let u = known.units.length - 1; u >= 0; u--) {
        at -= known.sizes[u];
        pen.fillStyle = u ? others[(u - 1) % others.length] : sheet.color;
        pen.globalAlpha = 0.65;
        for (let i = at; i < at + known.sizes[u]; i++) {
          const x = Math.max(plot.left, Math.min(plot.right, plot.x(points[2 * i])));
          const y = Math.max(plot.top, Math.min(plot.bottom, plot.y(points[2 * i + 1])));
          mark(pen, u ? SHAPES[(u - 1) % SHAPES.length] : "dot", x, y);
        }
        pen.globalAlpha = 1;
      }
      known.units.forEach((unit, u) => {
        const y = plot.top + 11 + 13 * u;
        pen.fillStyle = u ? others[(u - 1) % others.length] : sheet.color;
        mark(pen, u ? SHAPES[(u - 1) % SHAPES.length] : "dot", plot.left + 8, y - 3, 3);
        plot.label(`${store.ids[unit]}${u ? "" : " (this)"}`, plot.left + 15, y, { color: plot.ink });
      });
    }
  };
};
var mark = (pen, shape, x, y, size = 1.8) => {
  if (shape === "square") return pen.fillRect(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8);
  if (shape === "cross") {
    pen.fillRect(x - size * 1.2, y - size * 0.4, size * 2.4, size * 0.8);
    return pen.fillRect(x - size * 0.4, y - size * 1.2, size * 0.8, size * 2.4);
  }
  pen.beginPath();
  if (shape === "dot") pen.arc(x, y, size, 0, 2 * Math.PI);
  else {
    pen.moveTo(x, y - size * 1.4);
    pen.lineTo(x + size * 1.4, y);
    pen.lineTo(x, y + size * 1.4);
    pen.lineTo(x - size * 1.4, y);
  }
  pen.fill();
};

// src/card/criteria.js
var fillCriteria = (list, store, now) => {
  const rules = store.rules;
  const states = store.trace.states;
  const reasons = store.trace.reasons;
  const head = make("tr", "");
  const bare = !store.handLabels.length;
  for (const text of bare ? ["metric", "value"] : ["criterion", "value", "limit", "margin"]) head.append(make("th", "", text));
  const rows = rules.criteria.flatMap((c, k) => {
    const axis = store.axes[k];
    if (!axis) return [];
    const [low, high] = store.limits[k];
    const stored = store.metric(c.metric)[now];
    const value = c.abs ? Math.abs(stored) : stored;
    const unitOf = own(store.metricUnits, c.metric)?.unit ?? "";
    const margin = Math.min(low === null ? Infinity : value - low, high === null ? Infinity : high - value);
    const limits = [low === null ? "" : `≥ ${short(low * axis.factor)}`, high === null ? "" : `≤ ${short(high * axis.factor)}`];
    const row = make("tr", states[k]?.[now] === 1 ? "nbl-failing" : "");
    const mark2 = reasons[k]?.[now] ? "✗ " : states[k]?.[now] === 1 ? "○ " : "";
    const name = make("td", "", mark2 + c.metric);
    name.title = reasons[k]?.[now] ? "a reason for the label" : "";
    row.append(name, make("td", "nbl-number", `${short(value * axis.factor)} ${unitOf}`));
    if (!bare) row.append(
      make("td", "nbl-number", limits.filter((t) => t).join(" ") || "off"),
      make("td", "nbl-number", low === null && high === null ? "" : short(margin * axis.factor))
    );
    return [row];
  });
  list.replaceChildren(...rows.length ? [head, ...rows] : []);
};
var fillChanges = (changes, store, now) => {
  changes.replaceChildren();
  const trace = store.trace;
  if (now < 0 || !trace || trace.manual.has(now) || !store.handLabels.length) return;
  const method = store.method;
  const metric = (k) => own(store.metricUnits, method.rules.criteria[k].metric) ?? { factor: 1, whole: false };
  for (const change of smallestChanges(method, now, metric)) {
    const { label, steps } = change;
    const row = make("div", "nbl-card-change");
    const text = changeInWords(store, change);
    if (!steps.length) row.append(text);
    else {
      const apply = button(`make ${label}`, `Make unit ${store.ids[now]} ${label}: it ${text}`, () => {
        const after = limitsAfter(method.limits, steps);
        store.set(
          steps.filter((one) => one.bound !== -1).map((one) => [one.k, after[one.k]]),
          steps.filter((one) => one.bound === -1).map((one) => [one.k, "pass"])
        );
      });
      row.append(apply, ` ${text}`);
    }
    changes.append(row);
  }
};

// src/card/curated.js
var RARE = 0.01;
var curated = ({ data, store }) => {
  const known = data.curated;
  if (!known || !store.handLabels.length) return null;
  const box = make("figure", "nbl-part");
  const counts2 = ["good", "mua", "noise"].map((label) => [label, known.labels.filter((l) => l === label).length]);
  box.append(make("figcaption", "nbl-part-head", "curated units it resembles"));
  const row = make("div", "nbl-curated");
  known.labels.forEach((label, at) => {
    const chip = make("span", "nbl-curated-unit", label);
    chip.style.borderColor = (own(store.looks, label) ?? own(store.looks, label === "good" ? "sua" : label) ?? store.look(label)).color;
    chip.title = `${label} for its curators, ${known.recordings[at]}; ranks differ by ${short(known.distances[at])} on average`;
    row.append(chip);
  });
  const said = counts2.filter(([, count]) => count).map(([label, count]) => `${count} ${label}`).join(", ");
  const far = known.usual < RARE ? " It lies farther from them than nearly all curated units from their nearest, so they say little of it." : "";
  box.append(row, make("div", "nbl-soft nbl-part-words", `Of the ${known.labels.length} nearest units that the classifiers learned from, curators called ${said}; compared by the ranks of ${known.metrics} metrics.${far}`));
  return box;
};
var neighbours = ({ data, store }) => {
  if (!data.neighbours) return null;
  const box = make("figure", "nbl-part");
  box.append(make("figcaption", "nbl-part-head", "most similar templates"));
  const row = make("div", "nbl-curated");
  box.append(row);
  for (const [other, similarity] of data.neighbours) {
    const its = store.handLabels.length ? ` (${store.label(other)})` : "";
    row.append(button(`${store.ids[other]}${its} ${short(similarity)}`, `Go to unit ${store.ids[other]}`, () => store.select([other])));
  }
  return box;
};

// src/card/decay.js
var FARTHEST = 300;
var decay = ({ data, volt }) => {
  const known = data.decay;
  if (!known) return null;
  const value = (x) => known.linear ? known.fit[0] * x + known.fit[1] : known.fit[1] * Math.exp(-known.fit[0] * x) + known.fit[2];
  const beyond2 = data.decay_distances.filter((x) => x > FARTHEST).length;
  return {
    name: "amplitude against distance",
    words: () => {
      if (!known.fit) return `No fit: ${known.reason}.`;
      const found = known.linear ? `a line, ${short(-known.fit[0])} per µm` : `exp_decay ${short(known.fit[0])} per µm (to 1/e in ${short(1 / known.fit[0])} µm)`;
      return `Fit: ${found}, R² ${short(known.r2)}${known.accepted ? "" : ", too low for the metric"}.${beyond2 ? ` Channels beyond ${FARTHEST} µm are fitted, too, and not drawn: ${beyond2}.` : ""}`;
    },
    draw: (sheet) => {
      const far = Math.max(1, Math.min(FARTHEST, most(data.decay_distances)));
      const plot = new Plot(sheet, [-0.03 * far, far * 1.03], [0, 1.1 * Math.max(1e-9, most(data.decay_amplitudes))]);
      plot.below("µm");
      plot.beside(known.normalized ? "share" : data.volt ?? volt);
      if (known.fit) {
        const curve = Array.from({ length: 60 }, (_, i) => far * i / 59);
        plot.stroke(curve.map((x) => [plot.x(x), plot.y(value(x))]), plot.accent, { wide: 1.4, dash: known.accepted ? [] : [4, 3] });
      }
      sheet.pen.fillStyle = sheet.color;
      for (let i = 0; i < data.decay_distances.length; i++) {
        if (data.decay_distances[i] > FARTHEST) break;
        sheet.pen.beginPath();
        sheet.pen.arc(plot.x(data.decay_distances[i]), plot.y(data.decay_amplitudes[i]), 3, 0, 2 * Math.PI);
        sheet.pen.fill();
      }
    }
  };
};

// src/card/intervals.js
var intervals = (subject) => {
  const { data } = subject;
  if (!data.isi) return null;
  return {
    name: "intervals between spikes",
    live: true,
    draw: (sheet) => {
      const [first, last] = data.isi_range.map((v) => Math.log10(v));
      const plot = new Plot(sheet, [first, last], [0, 1.08 * Math.max(1, most(data.isi))]);
      plot.band(first, Math.log10(Math.max(judged(subject).period.until, 1e-6)), plot.accent, 0.16);
      plot.bars(data.isi, first, last, sheet.color);
      const decades = Array.from({ length: Math.floor(last) - Math.ceil(first) + 1 }, (_, i) => Math.ceil(first) + i);
      plot.below("", decades.map((power) => [power, `${short(10 ** (power < 3 ? power : power - 3))}${power === 0 ? " ms" : power === 3 ? " s" : ""}`]));
      plot.beside("count");
    }
  };
};

// src/card/picture.js
var Figure = class {
  /** @param {Picture} picture @param {Subject} subject */
  constructor(picture, { unit, store }) {
    this.picture = picture;
    this.element = make("figure", `nbl-part${picture.size ? ` nbl-part-${picture.size}` : ""}`);
    const head = make("figcaption", "nbl-part-head");
    head.append(make("span", "", picture.name), ...picture.tools ?? []);
    this.canvas = /** @type {HTMLCanvasElement} */
    make("canvas", "");
    this.canvas.setAttribute("role", "img");
    this.words = make("div", "nbl-soft nbl-part-words");
    this.element.append(head, this.canvas, this.words);
    this.name = `${picture.name} of unit ${store.ids[unit]}`;
    this.say();
  }
  say() {
    const words2 = this.picture.words?.() ?? "";
    if (this.words.textContent !== words2) this.words.textContent = words2;
    this.words.hidden = !words2;
    this.canvas.setAttribute("aria-label", words2 ? `${this.name}: ${words2}` : this.name);
  }
  /** @param {CSSStyleDeclaration} style @param {string} color */
  paint(style, color) {
    const drawing = penOf(this.canvas);
    if (!drawing) return;
    const { pen, ratio } = drawing;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.picture.draw({ pen, width: drawing.width / ratio, height: drawing.height / ratio, style, color });
  }
};

// src/card/place.js
var REACH = 150;
var FAR2 = 100;
var place = ({ data, probe: common }) => {
  if (!data.place) return null;
  const probe = data.probe ?? common;
  const [x, y] = data.place;
  const ups = Array.from({ length: probe.length / 2 }, (_, c) => probe[2 * c + 1]);
  const away = ups.reduce((least, up, c) => Math.min(least, Math.hypot(probe[2 * c] - x, up - y)), Infinity);
  const shown = ups.length ? Math.min(ups.reduce((a, b) => Math.max(a, b)), Math.max(ups.reduce((a, b) => Math.min(a, b)), y)) : y;
  const far = away > FAR2 && away < Infinity;
  return {
    name: "place on the probe",
    words: () => `Depth ${short(y)} µm.${far ? ` Estimated ${short(away)} µm from the nearest channel: hardly where it is.` : ""}`,
    draw: (sheet) => {
      const { pen, width, height } = sheet;
      const plot = new Plot(sheet, [0, 1], [shown - REACH, shown + REACH], { left: 40, top: 6, bottom: 8 });
      const near = Array.from({ length: probe.length / 2 }, (_, c) => [probe[2 * c], probe[2 * c + 1]]).filter(([, up]) => Math.abs(up - shown) <= REACH);
      const xs = [...far ? [] : [x], ...near.map(([across]) => across)];
      const middle = (Math.min(...xs) + Math.max(...xs)) / 2;
      const scale = plot.height / (2 * REACH);
      const centre = plot.left + plot.width / 2;
      pen.fillStyle = plot.faint;
      const side = Math.max(2, Math.min(8, 12 * scale));
      for (const [across, up] of near) pen.fillRect(centre + (across - middle) * scale - side / 2, plot.y(up) - side / 2, side, side);
      pen.fillStyle = sheet.color;
      pen.beginPath();
      pen.arc(Math.max(plot.left + 5, Math.min(width - 6, centre + (x - middle) * scale)), Math.max(6, Math.min(height - 6, plot.y(y))), 5, 0, 2 * Math.PI);
      pen.fill();
      plot.beside("µm");
    }
  };
};

// src/card/template.js
var MARKS = ["●", "▲", "▲"];
var roundBelow2 = (value) => ticks(0, value, 2).filter((t) => t > 0 && t <= value).pop() ?? value;
var template = ({ data, volt }) => {
  if (!data.template) return null;
  const unit = data.volt ?? volt;
  return {
    name: "template on its channels",
    size: "tall",
    words: () => [
      data.singles ? `${data.singles.count} single waveforms${data.singles.stored > data.singles.count ? ` of ${short(data.singles.stored)}` : ""} on the strongest channels.` : "",
      data.template_sd ? "Band: mean ± SD." : ""
    ].filter((text) => text).join(" "),
    draw: (sheet) => drawChannels(sheet, data, unit)
  };
};
var drawChannels = (sheet, data, unit) => {
  const { pen, width, height } = sheet;
  const { template: template2, places, samples } = data;
  const plot = new Plot(sheet, [0, 1], [0, 1], { left: 6, right: 6, top: 6, bottom: 22 });
  const channels = places.length / 2;
  const xs = Array.from({ length: channels }, (_, c) => places[2 * c]);
  const ys = Array.from({ length: channels }, (_, c) => places[2 * c + 1]);
  const columns = [...new Set(xs)].sort((a, b) => a - b);
  const rows = [...new Set(ys)].sort((a, b) => a - b);
  const wide2 = plot.width / columns.length;
  const tallRow = (plot.height - 20) / Math.max(1, rows.length);
  const spread = reach(data);
  const tall = Math.min(height * 0.4, tallRow * Math.min(1.7, 0.6 + 0.35 * rows.length));
  const scale = tall / spread;
  const inner = wide2 * 0.84;
  const step = inner / Math.max(1, samples - 1);
  const strongest = new Set(strongestOf(data));
  pen.save();
  pen.beginPath();
  pen.rect(0, plot.top, width, plot.height + 4);
  pen.clip();
  for (let c = 0; c < channels; c++) {
    const x02 = plot.left + columns.indexOf(xs[c]) * wide2 + wide2 * 0.06;
    const y02 = plot.bottom - 10 - (rows.indexOf(ys[c]) + 0.45) * tallRow;
    const one = template2.subarray(c * samples, (c + 1) * samples);
    const curve = (value) => Array.from({ length: samples }, (_, s) => [x02 + s * step, y02 - value(s) * scale]);
    const main = c === data.main;
    if (data.template_sd && strongest.has(c)) {
      const sd = data.template_sd.subarray(c * samples, (c + 1) * samples);
      pen.fillStyle = main ? sheet.color : plot.soft;
      pen.globalAlpha = 0.18;
      pen.beginPath();
      const edge = [...curve((s) => one[s] + sd[s]), ...curve((s) => one[s] - sd[s]).reverse()];
      edge.forEach(([x, y], i) => i ? pen.lineTo(x, y) : pen.moveTo(x, y));
      pen.fill();
      pen.globalAlpha = 1;
    }
    drawSingles(plot, data, c, x02, y02, step, scale);
    plot.stroke(curve((s) => one[s]), main ? sheet.color : plot.soft, { wide: main ? 2 : 1 });
    if (wide2 > 44 || main) plot.text(data.channels?.[c] ?? "", x02, y02 - 3, { color: main ? plot.ink : plot.soft });
  }
  const x0 = plot.left + columns.indexOf(xs[data.main]) * wide2 + wide2 * 0.06;
  const y0 = plot.bottom - 10 - (rows.indexOf(ys[data.main]) + 0.45) * tallRow;
  drawMarks(plot, data, template2.subarray(data.main * samples, (data.main + 1) * samples), x0, y0, step, scale);
  pen.restore();
  const ms = roundBelow2(samples * data.ms * 0.5);
  const volts = roundBelow2(spread * 0.8);
  const [bar, up] = [ms / data.ms * step, volts * scale];
  const [left, low] = [width - bar - 10, height - 14];
  plot.stroke([[left, low - up], [left, low], [left + bar, low]], plot.ink, { wide: 1.5 });
  plot.text(`${short(ms)} ms`, left + bar, low + 11, { align: "right", color: plot.ink });
  plot.label(`${short(volts)} ${unit}`, left - 3, Math.max(low - up + 8, low - up / 2), { align: "right", color: plot.ink });
  plot.text("● trough, ▲ peaks; bars: widths", plot.left, height - 3);
};
var strongestOf = ({ template: template2, samples, singles }) => {
  if (singles) return singles.channels;
  const strength = Array.from({ length: template2.length / samples }, (_, c) => highest(template2.subarray(c * samples, (c + 1) * samples)));
  return [...strength.keys()].sort((a, b) => strength[b] - strength[a]).slice(0, 6);
};
var highest = (values) => values.reduce((top, v) => Math.max(top, Math.abs(v)), 1e-9);
var reach = ({ template: template2, template_sd: sd, samples, main }) => {
  const tallest = highest(template2);
  const own2 = sd ? highest(sd.subarray(main * samples, (main + 1) * samples)) : 0;
  return Math.min(3 * tallest, Math.max(tallest, 0.7 * tallest + own2));
};
var drawSingles = (plot, data, c, x0, y0, step, scale) => {
  const { singles: known } = data;
  const at = known ? known.channels.indexOf(c) : -1;
  if (at < 0) return;
  const { pen } = plot;
  const { samples, count, channels } = known;
  const values = data.singles_waves;
  pen.strokeStyle = plot.soft;
  pen.globalAlpha = Math.max(0.12, Math.min(0.5, 6 / count));
  pen.lineWidth = 0.7;
  const ends = Math.min(samples, data.samples);
  for (let i = 0; i < count; i++) {
    const from = (i * channels.length + at) * samples;
    pen.beginPath();
    for (let s = 0; s < ends; s++) {
      const [x, y] = [x0 + s * step, y0 - values[from + s] * known.scale * scale];
      s ? pen.lineTo(x, y) : pen.moveTo(x, y);
    }
    pen.stroke();
  }
  pen.globalAlpha = 1;
};
var drawMarks = (plot, data, wave, x0, y0, step, scale) => {
  const value = (s) => wave[Math.max(0, Math.min(wave.length - 1, Math.round(s)))];
  const y = (s) => y0 - value(s) * scale;
  if (data.baseline) {
    const [from, to] = data.baseline;
    plot.pen.globalAlpha = 0.25;
    plot.pen.fillStyle = plot.accent;
    plot.pen.fillRect(x0 + from * step, y0 + 4, (to - from) * step, 4);
    plot.pen.globalAlpha = 1;
    plot.text("baseline", x0 + from * step, y0 + 17);
  }
  (data.widths ?? []).forEach(([left, right, halfLeft, halfRight]) => {
    if (left !== null && right !== null) plot.stroke([[x0 + left * step, y(left)], [x0 + right * step, y(left)]], plot.ink, { wide: 1.6 });
    if (halfLeft !== null && halfRight !== null) plot.stroke([[x0 + halfLeft * step, y(halfLeft)], [x0 + halfRight * step, y(halfLeft)]], plot.accent, { dash: [3, 2], wide: 1.4 });
  });
  (data.marks ?? []).forEach((s, at) => {
    if (s !== null) plot.text(MARKS[at], x0 + s * step, y(s) + (at ? -4 : 11), { align: "center", color: plot.ink });
  });
};

// src/views/unit_card.js
var PICTURES = [template, autocorrelogram, amplitudes, overTime, depths, intervals, clouds, decay, place];
async function render17({ model, el, signal, store }) {
  const ids = store.ids;
  el.classList.add("nbl-view", "nbl-card");
  el.tabIndex = 0;
  keepKeys(el, store);
  const bar = make("div", "nbl-bar");
  const title = make("strong", "nbl-card-title");
  title.setAttribute("aria-live", "polite");
  const wait = make("span", "nbl-soft");
  bar.append(
    button("◀", "Previous unit", () => store.step(-1)),
    button("▶", "Next unit", () => store.step(1)),
    title,
    wait
  );
  const odds = make("div", "nbl-card-odds");
  const parts2 = make("div", "nbl-card-parts");
  const lacking = make("ul", "nbl-card-missing nbl-soft");
  const list = make("table", "nbl-card-criteria");
  const changes = make("div", "nbl-card-changes");
  el.append(bar, odds, labelBar(el, store, signal), parts2, list, changes, lacking);
  const unit = () => {
    const selection = store.selection;
    return selection.length ? selection[selection.length - 1] : -1;
  };
  let said = "";
  store.queue.showsIn(el, signal);
  const evidence = new Evidence(model, store, signal, (at, text) => {
    if (at !== unit()) return;
    said = text;
    schedule();
  });
  let drawn = "";
  let color = "";
  let figures = [];
  let subject = null;
  const beside = make("div", "nbl-card-beside");
  const sayBeside = () => {
    const boxes = subject ? [curated(subject), neighbours(subject)].filter((box) => box !== null) : [];
    if (boxes.map((box) => box.outerHTML).join("") !== beside.innerHTML) beside.replaceChildren(...boxes);
  };
  const paint2 = (all) => {
    const style = getComputedStyle(el);
    for (const figure of figures) if (all || figure.picture.live) figure.paint(style, color);
  };
  const build = (now) => {
    const data = evidence.get(now)?.data;
    if (!data) return;
    const probe = model.get("_probe");
    const made = subject = { data, unit: now, store, volt: model.get("_volt"), probe: probe ? floats(probe) : new Float32Array(0), again: () => {
      drawn = "";
      update();
    } };
    figures = PICTURES.flatMap((make2) => {
      const picture = make2(made);
      return picture ? [new Figure(picture, made)] : [];
    });
    parts2.replaceChildren(...figures.map(({ element }) => element), beside);
    lacking.replaceChildren(...data.missing.map((text) => make("li", "", text)));
  };
  let explained = -1;
  const explain = () => {
    explained = unit();
    fillChanges(changes, store, explained);
  };
  const explainLater = atRest(explain, signal);
  const update = () => {
    const now = unit();
    now === explained ? explainLater() : explain();
    if (now < 0) {
      title.textContent = "No unit is selected";
      wait.textContent = "Click a waveform, a row or a point; Alt and the arrow keys go through the units.";
      for (const element of [parts2, lacking, list, odds]) element.replaceChildren();
      [figures, drawn, subject] = [[], "", null];
      return;
    }
    const label = store.rules.labels[store.trace.codes[now]];
    const held = store.held.get(now);
    const hand = Object.hasOwn(store.byHand, now) ? `, ${store.handNotes[now] ?? "by hand"}` : held ? ` ⚠ ${held}` : "";
    const chance = store.trace ? chanceOf(store.rules, store.values, label, now) : NaN;
    const sure = chance === chance ? ` (probability ${chance.toFixed(2)})` : "";
    title.textContent = titleOf(store, store.handLabels.length ? `${ids[now]}: ${label}${sure}${hand}` : ids[now]);
    const known = evidence.get(now);
    const some = known !== void 0 && known.parts.size > 0;
    wait.textContent = said || (evidence.isWhole(now) ? "" : some ? "reading more …" : "waiting for the kernel …");
    const bars = chances(store, now);
    odds.replaceChildren(...bars ? [bars] : []);
    fillCriteria(list, store, now);
    const key = `${now} ${known?.version ?? 0}`;
    const recolored = color !== store.looks[label].color;
    color = store.looks[label].color;
    if (key !== drawn) {
      if (some) build(now);
      else for (const element of [parts2, lacking]) element.replaceChildren();
      if (!some) [figures, subject] = [[], null];
      drawn = key;
      paint2(true);
    } else {
      for (const figure of figures) if (figure.picture.live) figure.say();
      paint2(recolored);
    }
    sayBeside();
    if (some || said) store.queue.showed(now);
  };
  const schedule = perFrame(() => {
    const now = unit();
    if (now >= 0) evidence.want(now);
    update();
  }, signal, el);
  const repaint = perFrame(() => paint2(true), signal, el);
  onLook(el, repaint, signal);
  store.on("selection structure hand queue", () => {
    said = "";
    schedule();
  }, signal);
  store.on("trace", schedule, signal);
  schedule();
}

// src/views/unit_table.js
var unit_table_exports = {};
__export(unit_table_exports, {
  render: () => render18
});

// src/core/filter.js
var WORDS2 = ["and", "or", "not", "in"];
var OTHERWISE = [["&&", "and"], ["&", "and"], ["||", "or"], ["|", "or"], ["!", "not"], ["=", "=="]];
var DEEPEST = 100;
var COMPARE = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b
};
var tokensOf = (text) => {
  const pattern = /\s*(?:(\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)|([A-Za-z_]\w*)|"([^"]*)"|'([^']*)'|(<=|>=|==|!=|<|>|\(|\)|-))/gy;
  const tokens = [];
  while (pattern.lastIndex < text.length) {
    const start = pattern.lastIndex;
    const found = pattern.exec(text);
    if (!found) {
      const rest = text.slice(start).trim();
      if (!rest) break;
      const [sign2, instead] = OTHERWISE.find(([known]) => rest.startsWith(known)) ?? [];
      throw new Error(`cannot read "${rest.slice(0, 12)}"${sign2 ? `: write "${instead}" for "${sign2}"` : ""}`);
    }
    const [, number, name, double, single, sign] = found;
    if (number !== void 0) tokens.push({ kind: "number", text: number });
    else if (name !== void 0) tokens.push({ kind: WORDS2.includes(name) ? name : "name", text: name });
    else if (sign !== void 0) tokens.push({ kind: sign, text: sign });
    else tokens.push({ kind: "text", text: double ?? single });
  }
  return tokens;
};
function parseFilter(text, lookUp, names = []) {
  const tokens = tokensOf(text);
  let at = 0;
  let depth = 0;
  const peek = () => tokens[at]?.kind;
  const take = () => tokens[at++];
  const deeper = () => {
    depth += 1;
    if (depth > DEEPEST) throw new Error(`it is nested more than ${DEEPEST} deep`);
  };
  const several = (word, part, joined) => {
    const tests = [part()];
    while (peek() === word) {
      take();
      tests.push(part());
    }
    return tests.length === 1 ? tests[0] : joined(tests);
  };
  const either = () => several("or", both, (tests) => (unit) => tests.some((test2) => test2(unit)));
  const both = () => several("and", single, (tests) => (unit) => tests.every((test2) => test2(unit)));
  const single = () => {
    deeper();
    const found = one();
    depth -= 1;
    return found;
  };
  const one = () => {
    if (peek() === "not") {
      take();
      const test2 = single();
      return (unit) => !test2(unit);
    }
    if (peek() === "(") {
      take();
      const test2 = either();
      if (take()?.kind !== ")") throw new Error("a ) is missing");
      return test2;
    }
    const left = value();
    const sign = peek();
    if (!sign || !(Object.hasOwn(COMPARE, sign) || ["==", "!=", "in"].includes(sign))) {
      if (!left.bare) throw new Error("a comparison is missing: <, <=, >, >=, ==, !=, in");
      return (unit) => isSaid(left.read(unit));
    }
    take();
    const right = value();
    return (unit) => compare(sign, left.read(unit), right.read(unit));
  };
  const value = () => {
    const token = take();
    if (!token) throw new Error("it ends too early");
    if (token.kind === "-") {
      deeper();
      const inner = value();
      depth -= 1;
      return { read: (unit) => -asNumber(inner.read(unit)) };
    }
    if (token.kind === "number") return { read: () => Number(token.text) };
    if (token.kind === "text") return { read: () => token.text };
    if (token.kind === "name") {
      const known = lookUp(token.text);
      if (!known) throw new Error(unknown(token.text, names));
      return typeof known === "function" ? { read: known } : known;
    }
    throw new Error(`"${token.text}" is not expected there`);
  };
  const test = either();
  if (at < tokens.length) throw new Error(`"${tokens[at].text}" is not expected there`);
  return test;
}
var isSaid = (value) => Array.isArray(value) ? value.length > 0 : Boolean(value);
var asSaid = (value) => typeof value === "boolean" ? value ? "yes" : "no" : value;
var asNumber = (value) => {
  if (typeof value === "number" || typeof value === "boolean") return Number(value);
  return typeof value === "string" && /^ *[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)? *$/i.test(value) ? Number(value) : NaN;
};
var compare = (sign, left, right) => {
  if (Object.hasOwn(COMPARE, sign)) return COMPARE[sign](asNumber(left), asNumber(right));
  if (sign === "in") {
    if (typeof right === "string") return right.includes(String(asSaid(left)));
    return Array.isArray(right) && right.includes(
      /** @type {string} */
      asSaid(left)
    );
  }
  for (const [one, other] of [[left, right], [right, left]]) {
    if (Array.isArray(one)) return one.includes(
      /** @type {string} */
      asSaid(other)
    ) === (sign === "==");
  }
  const [first, second] = [asNumber(left), asNumber(right)];
  const numbers = first === first && second === second;
  return (numbers ? first === second : asSaid(left) === asSaid(right)) === (sign === "==");
};
var unknown = (word, names) => {
  if (names.includes(word)) return `this method has no "${word}"`;
  const near = nearest(word, names);
  return `there is no "${word}"${near ? `: ${near}` : ""}`;
};
var nearest = (word, names) => {
  let best = "";
  let least = Math.max(1, Math.floor(word.length / 4)) + 1;
  for (const name of names) {
    const plain = name.replace(/^"+|"+$/g, "");
    const away = distance(word.toLowerCase(), plain.toLowerCase(), least);
    if (away < least || away === 0 && plain === word) [best, least] = [name, away];
  }
  if (!best) return "";
  return best.startsWith('"') ? `a label stands in quotes, ${best}` : `did you mean ${best}?`;
};
var distance = (one, other, most2) => {
  const [left, right] = [[...one], [...other]];
  if (Math.abs(left.length - right.length) >= most2) return most2;
  let before = Array.from({ length: right.length + 1 }, (_, j) => j);
  for (let i = 1; i <= left.length; i++) {
    const now = [i];
    for (let j = 1; j <= right.length; j++) {
      now.push(Math.min(before[j] + 1, now[j - 1] + 1, before[j - 1] + Number(left[i - 1] !== right[j - 1])));
    }
    before = now;
  }
  return Math.min(before[right.length], most2);
};

// src/views/unit_table.js
var ROW = 24;
async function render18({ model, el, signal, store }) {
  const ids = store.ids;
  const n = ids.length;
  const names = store.metricNames;
  el.classList.add("nbl-view", "nbl-table");
  keepKeys(el, store);
  const bar = make("div", "nbl-bar");
  const input = (
    /** @type {HTMLInputElement} */
    make("input", "nbl-filter")
  );
  input.type = "text";
  input.placeholder = 'filter: snr > 5 and label == "mua"';
  const help = [
    "Numbers are in the units of the heads, and magnitudes where the head has bars: peak_to_trough_duration > 0.5 is 0.5 ms, rp_contamination > 10 is 10 %.",
    'Also: "snr" in reasons, by_hand, by_hand == "noise", "drift" in note, unsure, pending, probability < 0.7; with and, or, not and parentheses.'
  ].join("\n");
  input.title = help;
  input.setAttribute("aria-label", "Filter units");
  input.spellcheck = false;
  const said = make("span", "nbl-soft");
  said.setAttribute("aria-live", "polite");
  const pick = button("select the listed units", "Select the units that are listed", () => store.select(order.slice()));
  const more = (
    /** @type {HTMLSelectElement} */
    make("select", "nbl-select")
  );
  more.setAttribute("aria-label", "Show a metric");
  let extra = [];
  more.addEventListener("change", () => {
    const name = more.value;
    if (!names.includes(name)) return;
    extra = extra.includes(name) ? extra.filter((other) => other !== name) : [...extra, name];
    build();
    arrange();
  });
  bar.append(input, more, pick, said);
  const box = make("div", "nbl-table-box");
  box.tabIndex = 0;
  box.setAttribute("role", "grid");
  box.setAttribute("aria-label", "Units");
  const head = make("div", "nbl-table-row nbl-table-head");
  head.setAttribute("role", "row");
  const body = make("div", "nbl-table-body");
  box.append(head, body);
  el.append(bar, box);
  const criteria = () => store.rules.criteria.map((c, k) => ({ ...c, k }));
  const plain = (kind, width) => ({ title: kind, head: kind, kind, read: () => NaN, k: -1, width });
  const labeled = () => ({
    ids,
    rules: store.rules,
    trace: store.trace,
    values: store.values,
    byHand: store.byHand,
    notes: store.notes,
    isPending: (unit) => store.pending.has(unit),
    metric: (name) => store.metric(name),
    meanings: store.metricUnits
  });
  const ofMetric = (name, k) => {
    const values = store.metric(name);
    const meaning = own(store.metricUnits, name) ?? { unit: "", factor: 1 };
    const magnitude = isMagnitude(labeled(), name);
    const head2 = `${magnitude ? `|${name}|` : name}${meaning.unit ? ` (${meaning.unit})` : ""}`;
    return { title: name, head: head2, kind: "metric", read: (unit) => shownValue(values[unit], meaning.factor, magnitude), k, width: Math.min(230, Math.max(84, 30 + 7 * head2.length)) };
  };
  let columns = [];
  const build = () => {
    const seen = /* @__PURE__ */ new Set();
    columns = [plain("unit", 64), plain("label", 118), plain("reasons", 210)];
    if (store.rules.name === "unitrefine") columns.splice(2, 0, plain("probability", 104));
    for (const c of criteria()) {
      if (!store.axes[c.k] || seen.has(c.metric)) continue;
      seen.add(c.metric);
      columns.push(ofMetric(c.metric, c.k));
    }
    for (const name of extra) {
      if (seen.has(name)) continue;
      columns.push(ofMetric(name, -1));
    }
    const others = names.filter((name) => !seen.has(name));
    fillMenu(more, [["show a metric …"], ...others.map((name) => [name, extra.includes(name) ? `✓ ${name}` : name])], "show a metric …");
    head.replaceChildren(...columns.map((column) => {
      const sorter = button(column.head, `Sort by ${column.title}`, () => {
        sorted = { title: column.title, down: sorted.title === column.title ? !sorted.down : false };
        arrange();
      });
      sorter.className = "nbl-table-cell";
      sorter.style.width = `${column.width}px`;
      return sorter;
    }));
  };
  let sorted = { title: "unit", down: false };
  let order = [];
  let passes = () => true;
  const label = (i) => store.rules.labels[store.trace.codes[i]];
  const reasons = (i) => reasonsOf2(labeled(), i);
  const chance = (i) => store.trace ? chanceOf(store.rules, store.values, label(i), i) : NaN;
  const key = (column, i) => {
    if (column.kind === "unit") return i;
    if (column.kind === "label") return store.order.indexOf(label(i));
    if (column.kind === "reasons") return reasons(i).join();
    if (column.kind === "probability") return chance(i);
    return column.read(i);
  };
  const arrange = () => {
    order = Array.from({ length: n }, (_, i) => i).filter((i) => store.isShown(i) && passes(i));
    const column = columns.find((c) => c.title === sorted.title) ?? columns[0];
    const keys = order.map((i) => key(column, i));
    const rank = order.map((_, at) => at);
    rank.sort((a, b) => {
      const [x, y] = [keys[a], keys[b]];
      if (x !== x || y !== y) return x !== x ? y !== y ? a - b : 1 : -1;
      return (x < y ? -1 : x > y ? 1 : 0) * (sorted.down ? -1 : 1) || a - b;
    });
    order = rank.map((at) => order[at]);
    store.listed = order;
    for (const [at, sorter] of [...head.children].entries()) {
      const mine = columns[at].title === sorted.title;
      sorter.setAttribute("aria-sort", mine ? sorted.down ? "descending" : "ascending" : "none");
      sorter.textContent = columns[at].head + (mine ? sorted.down ? " ▼" : " ▲" : "");
    }
    said.textContent = order.length === store.shown.n ? `${order.length} units` : `${order.length} of ${store.shown.n} units`;
    body.style.height = `${order.length * ROW}px`;
    body.style.width = `${columns.reduce((sum, c) => sum + c.width, 0)}px`;
    paint2();
  };
  const paint2 = () => {
    const first = Math.max(0, Math.floor(box.scrollTop / ROW) - 4);
    const last = Math.min(order.length, Math.ceil((box.scrollTop + box.clientHeight) / ROW) + 4);
    const chosen = new Set(store.selection);
    const states = store.trace.states;
    const saving = store.pending;
    const rows = [];
    for (let at = first; at < last; at++) {
      const i = order[at];
      const row = make("div", "nbl-table-row");
      row.setAttribute("role", "row");
      row.style.top = `${at * ROW}px`;
      row.dataset.unit = ids[i];
      if (chosen.has(i)) row.setAttribute("aria-selected", "true");
      for (const column of columns) {
        const place2 = make("span", "nbl-table-cell");
        place2.setAttribute("role", "gridcell");
        place2.style.width = `${column.width}px`;
        if (column.kind === "unit") place2.textContent = ids[i];
        else if (column.kind === "label") {
          const name = label(i);
          const look = store.looks[name];
          const swatch = make("span", `nbl-swatch nbl-hatch-${look.hatch}`);
          swatch.style.backgroundColor = look.color;
          const manual = Object.hasOwn(store.byHand, i);
          const held = manual ? void 0 : store.held.get(i);
          place2.append(swatch, ` ${name}${manual ? " ✎" : held ? " ⚠" : ""}${saving.has(i) ? " …" : ""}`);
          if (manual) place2.title = `${name}, ${store.handNotes[i] ?? "by hand"}`;
          if (held) place2.title = `${name}: ${held}`;
        } else if (column.kind === "reasons") {
          place2.textContent = store.held.get(i) ?? reasons(i).join(", ");
          place2.title = place2.textContent ?? "";
        } else if (column.kind === "probability") {
          place2.textContent = short(chance(i));
          place2.title = "that the unit is what its label says";
          place2.classList.add("nbl-number");
        } else {
          place2.textContent = short(column.read(i));
          place2.classList.add("nbl-number");
          if (states[column.k]?.[i] === 1) {
            place2.classList.add("nbl-failing");
            place2.setAttribute("aria-label", `${place2.textContent}, fails`);
          }
        }
        row.append(place2);
      }
      row.addEventListener("click", (event) => {
        const before = store.selection;
        if (event.ctrlKey || event.metaKey) {
          store.select(before.includes(i) ? before.filter((u) => u !== i) : [...before, i]);
        } else if (event.shiftKey && before.length) {
          const from = order.indexOf(before[before.length - 1]);
          store.select(order.slice(Math.min(from, at), Math.max(from, at) + 1));
        } else store.select([i]);
      });
      rows.push(row);
    }
    body.replaceChildren(...rows);
  };
  const schedule = perFrame(paint2, signal, el);
  const rearrange = perFrame(() => input.value.trim() ? filter() : arrange(), signal, el);
  const follows = () => {
    const selection = store.selection;
    const at = order.indexOf(selection[selection.length - 1]);
    if (at >= 0 && document.activeElement !== input) {
      const top = at * ROW;
      const room = box.clientHeight - 2 * ROW;
      if (top < box.scrollTop) box.scrollTop = top;
      else if (top > box.scrollTop + room) box.scrollTop = top - room;
    }
    schedule();
  };
  box.addEventListener("scroll", schedule);
  box.addEventListener("keydown", (event) => {
    if (event.altKey || event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    store.step(event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
  });
  const filter = () => {
    const text = input.value.trim();
    const now = labeled();
    const names2 = [...WORDS, ...store.metricNames, ...store.rules.labels.map((name) => `"${name}"`)];
    try {
      passes = text ? parseFilter(text, (name) => nameOf(now, name), names2) : () => true;
      input.removeAttribute("aria-invalid");
      input.title = help;
      arrange();
      const hint = text ? hintOn(now, text) : "";
      if (hint) said.textContent += `; ${hint}`;
    } catch (error) {
      input.setAttribute("aria-invalid", "true");
      input.title = said.textContent = error instanceof Error ? error.message : String(error);
    }
  };
  input.addEventListener("input", filter);
  build();
  arrange();
  let hidden = true;
  onLook(el, () => {
    if (hidden && box.clientHeight) follows();
    hidden = !box.clientHeight;
    schedule();
  }, signal);
  store.on("trace", () => input.value.trim() || ["label", "probability"].includes(sorted.title) ? rearrange() : schedule(), signal);
  store.on("trace", schedule, signal);
  store.on("selection", follows, signal);
  store.on("scope", rearrange, signal);
  store.on("hand queue", () => /\b(pending|note|by_hand|unsure)\b/.test(input.value) ? rearrange() : schedule(), signal);
  store.on("structure", () => {
    build();
    rearrange();
  }, signal);
}

// src/views/upset.js
var upset_exports = {};
__export(upset_exports, {
  render: () => render19
});

// src/core/combinations.js
function combinationsOf(codes, code, reasons, order, within2 = null) {
  const found = /* @__PURE__ */ new Map();
  const few = reasons.length <= 30;
  for (let i = 0; i < codes.length; i++) {
    if (codes[i] !== code || within2 && !within2[i]) continue;
    let key = few ? 0 : "";
    for (let k = 0; k < reasons.length; k++) if (reasons[k][i]) key = typeof key === "number" ? key | 1 << k : `${key},${k}`;
    const known = found.get(key);
    if (known) known.units.push(i);
    else found.set(key, { criteria: reasons.flatMap((row, k) => row[i] ? [k] : []), units: [i] });
  }
  const bySize = (a, b) => b.units.length - a.units.length;
  return [...found.values()].sort((a, b) => (order === "degree" ? a.criteria.length - b.criteria.length : 0) || bySize(a, b));
}

// src/views/upset.js
async function render19({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-upset");
  el.tabIndex = 0;
  keepKeys(el, store);
  const head = make("div", "nbl-bar");
  const which = (
    /** @type {HTMLSelectElement} */
    make("select", "nbl-select")
  );
  which.setAttribute("aria-label", "Label to explain");
  const sort = (
    /** @type {HTMLSelectElement} */
    make("select", "nbl-select")
  );
  sort.setAttribute("aria-label", "Sort combinations by");
  fillMenu(sort, [["size", "most units first"], ["degree", "fewest reasons first"]], "size");
  const said = make("span", "nbl-soft");
  said.setAttribute("aria-live", "polite");
  head.append(which, sort, said);
  const grid = make("div", "nbl-upset-grid");
  el.append(head, grid);
  let chosen = model.get("label");
  const labels = () => {
    const names = store.rules.rules.map((rule) => rule.label);
    return store.order.filter((label) => names.includes(label));
  };
  const fillLabels = () => {
    const all = labels();
    if (!all.includes(chosen)) chosen = all.find((label) => store.isNoise(label)) ?? all[0];
    fillMenu(which, all.map((label) => [label]), chosen);
  };
  const combine = () => combinationsOf(store.trace.codes, store.rules.labels.indexOf(chosen), store.trace.reasons, sort.value === "degree" ? "degree" : "size", store.scope?.mask);
  let painted = "";
  const update = () => {
    const all = combine();
    const fit = Math.max(3, Math.floor((sizeOf(el).width - 190) / 30));
    const shown = all.slice(0, fit);
    const rules = store.rules;
    const selection = new Set(store.selection);
    const look = store.looks[chosen];
    const totals = /* @__PURE__ */ new Map();
    for (const { criteria, units } of all) for (const k of criteria) totals.set(k, (totals.get(k) ?? 0) + units.length);
    const rows = [...totals.keys()].sort((a, b) => totals.get(b) - totals.get(a));
    const key = JSON.stringify([chosen, shown.map((c) => [c.criteria, c.units.length]), rows, [...selection], fit]);
    if (key === painted) return;
    painted = key;
    const most2 = Math.max(1, ...shown.map((c) => c.units.length));
    const count = all.reduce((sum, c) => sum + c.units.length, 0);
    const hidden = all.length - shown.length;
    said.textContent = `${count} units` + (hidden > 0 ? `, ${hidden} smaller combinations not shown` : "");
    grid.replaceChildren();
    grid.style.gridTemplateColumns = `minmax(120px, max-content) repeat(${Math.max(1, shown.length)}, 28px)`;
    if (!shown.length) {
      grid.append(make("div", "nbl-soft", `No unit is labeled ${chosen}.`));
      return;
    }
    grid.append(make("div", ""));
    for (const { criteria, units } of shown) {
      const names = criteria.map((k) => rules.criteria[k].metric).join(" and ") || "by hand";
      const bar = button("", `${units.length} units: ${names}`, () => store.select(units));
      bar.className = "nbl-upset-bar";
      const ids = units.slice(0, 12).map((i) => store.ids[i]).join(", ");
      bar.title = `${units.length} units: ${names}
${ids}${units.length > 12 ? ", …" : ""}`;
      const fill = make("span", `nbl-upset-fill nbl-hatch-${look.hatch}`);
      fill.style.height = `${Math.max(2, 70 * units.length / most2)}px`;
      fill.style.backgroundColor = look.color;
      if (units.every((i) => selection.has(i))) bar.setAttribute("aria-pressed", "true");
      bar.append(make("span", "nbl-upset-count", String(units.length)), fill);
      grid.append(bar);
    }
    for (const k of rows) {
      const units = all.filter((c) => c.criteria.includes(k)).flatMap((c) => c.units);
      const name = button(`${rules.criteria[k].metric} ${totals.get(k)}`, `${totals.get(k)} units with reason ${rules.criteria[k].metric}`, () => store.select(units));
      name.className = "nbl-upset-name";
      grid.append(name);
      for (const { criteria } of shown) {
        const dot = make("span", "nbl-upset-dot");
        if (criteria.includes(k)) {
          dot.classList.add("nbl-upset-on");
          dot.style.setProperty("--nbl-label", look.color);
        }
        grid.append(dot);
      }
    }
  };
  const schedule = perFrame(update, signal, el);
  which.addEventListener("change", () => {
    chosen = which.value;
    schedule();
  });
  sort.addEventListener("change", () => {
    painted = "";
    schedule();
  });
  fillLabels();
  onLook(el, schedule, signal);
  store.on("trace scope", schedule, signal);
  store.on("selection", schedule, signal);
  store.on("structure", () => {
    fillLabels();
    painted = "";
    schedule();
  }, signal);
  schedule();
}

// src/views/waveforms.js
var waveforms_exports = {};
__export(waveforms_exports, {
  render: () => render20
});
var QUICK = 150;
var MOST2 = 2e3;
async function render20({ model, el, signal, store }) {
  const templates = floats(model.get("_templates"));
  const ids = model.get("_ids");
  const n = ids.length;
  const samples = n ? templates.length / n : 0;
  const times = model.get("_times");
  const shared = model.get("_ylim");
  const isDrawn = (unit) => {
    for (let s = 0; s < samples; s++) if (!Number.isFinite(templates[unit * samples + s])) return false;
    return true;
  };
  const whole = Uint8Array.from({ length: n }, (_, unit) => Number(isDrawn(unit)));
  let drawable = whole;
  const limit = () => {
    drawable = store.scope ? whole.map((yes, unit) => yes && Number(store.isShown(unit))) : whole;
  };
  const mixed = shuffled(n);
  el.classList.add("nbl-waveforms");
  el.tabIndex = 0;
  keepKeys(el, store);
  const say = make("div", "nbl-waveforms-hover");
  say.setAttribute("aria-live", "polite");
  let own2 = false;
  const volt = model.get("_volt");
  const scale = button("", "Scale of the waveforms", () => {
    own2 = !own2;
    nameScale();
    repaint();
  });
  const nameScale = () => {
    scale.textContent = own2 ? `own ${volt} scale` : `common ${volt} scale`;
    scale.title = own2 ? `Each panel has its own ${volt} scale; press for a common one` : `All panels have one ${volt} scale; press for one each`;
  };
  nameScale();
  scale.classList.add("nbl-waveforms-scale");
  let panels = [];
  let hovered = -1;
  let box = null;
  const build = () => {
    el.replaceChildren();
    panels = store.order.map((label) => {
      const figure = make("figure", "nbl-panel");
      const title = make("figcaption", "");
      const field = make("div", "nbl-panel-field");
      const [canvas, over] = ["nbl-panel-traces", "nbl-panel-over"].map((name) => (
        /** @type {HTMLCanvasElement} */
        make("canvas", name)
      ));
      canvas.setAttribute("role", "img");
      over.setAttribute("aria-hidden", "true");
      field.append(canvas, over);
      figure.append(title, field);
      el.append(figure);
      const panel = { label, canvas, over, title, members: null, count: 0, sum: new Float64Array(samples), low: shared[0], high: shared[1], stale: true, full: false };
      const pointer = [
        ["pointerdown", (event) => {
          const at = place2(panel, event);
          box = { panel, x: at.x, y: at.y, toX: at.x, toY: at.y };
          over.setPointerCapture(event.pointerId);
        }],
        ["pointermove", (event) => {
          if (!box) {
            hover(panel, event);
            return;
          }
          const at = place2(panel, event);
          box.toX = at.x;
          box.toY = at.y;
          mark2();
        }],
        ["pointerup", (event) => {
          if (!box) return;
          const drawn = Math.hypot(box.toX - box.x, box.toY - box.y) > 5;
          const units = drawn ? inside(box) : [nearest2(panel, event)].filter((unit) => unit >= 0);
          box = null;
          const more = event.shiftKey || event.ctrlKey || event.metaKey;
          const before = more ? store.selection : [];
          const taken = more && !drawn && before.includes(units[0]);
          store.select(taken ? before.filter((u) => u !== units[0]) : [.../* @__PURE__ */ new Set([...before, ...units])]);
          mark2();
        }],
        ["pointercancel", () => {
          box = null;
          mark2();
        }],
        ["pointerleave", () => {
          say.textContent = "";
          if (hovered >= 0) {
            hovered = -1;
            mark2();
          }
        }]
      ];
      for (const [event, listener] of pointer) over.addEventListener(event, listener);
      return panel;
    });
    el.append(say, scale);
  };
  const place2 = (panel, event) => {
    const { left, top, width, height } = panel.canvas.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top, width, height };
  };
  const nearest2 = (panel, event) => {
    const { x, y, width, height } = place2(panel, event);
    const at = Math.round(x / width * (samples - 1));
    if (at < 0 || at >= samples) return -1;
    const perPixel = (panel.high - panel.low) / height;
    const value = panel.high - y * perPixel;
    let best = -1;
    let gap = 12 * perPixel;
    for (const unit of membersOf(panel)) {
      const distance2 = Math.abs(templates[unit * samples + at] - value);
      if (distance2 < gap) {
        gap = distance2;
        best = unit;
      }
    }
    return best;
  };
  const inside = ({ panel, x, y, toX, toY }) => {
    const { width, height } = sizeOf(panel.canvas);
    const sample = (px) => px / width * (samples - 1);
    const value = (px) => panel.high - px / height * (panel.high - panel.low);
    const first = Math.max(0, Math.ceil(sample(Math.min(x, toX))));
    const last = Math.min(samples - 1, Math.floor(sample(Math.max(x, toX))));
    const [bottom, top] = [value(Math.max(y, toY)), value(Math.min(y, toY))];
    return membersOf(panel).filter((unit) => {
      for (let s = first; s <= last; s++) {
        const v = templates[unit * samples + s];
        if (v >= bottom && v <= top) return true;
      }
      return false;
    });
  };
  const hover = (panel, event) => {
    const unit = nearest2(panel, event);
    if (unit === hovered) return;
    hovered = unit;
    say.textContent = unit < 0 ? "" : `unit ${ids[unit]}`;
    mark2();
  };
  const tracer = (panel, pen, width, height) => (value) => {
    const perVolt = height / (panel.high - panel.low);
    const perSample = width / (samples - 1);
    pen.beginPath();
    for (let s = 0; s < samples; s++) pen.lineTo(s * perSample, (panel.high - value(s)) * perVolt);
    pen.stroke();
  };
  const membersOf = (panel) => {
    if (panel.members) return panel.members;
    const code = store.rules.labels.indexOf(panel.label);
    const { codes } = store.trace;
    const found = [];
    for (let unit = 0; unit < n; unit++) if (codes[unit] === code && drawable[unit]) found.push(unit);
    panel.members = found;
    return found;
  };
  const some = (panel, most2) => {
    const code = store.rules.labels.indexOf(panel.label);
    const { codes } = store.trace;
    const found = [];
    for (let at = 0; at < n && found.length < Math.min(most2, panel.count); at++) {
      const unit = mixed[at];
      if (codes[unit] === code && drawable[unit]) found.push(unit);
    }
    return found;
  };
  const add = (panel, unit, sign) => {
    panel.count += sign;
    for (let s = 0; s < samples; s++) panel.sum[s] += sign * templates[unit * samples + s];
  };
  const draw = (panel, most2) => {
    const drawing = penOf(panel.canvas);
    if (!drawing) return;
    const { pen, width, height, ratio } = drawing;
    const style = getComputedStyle(el);
    [panel.low, panel.high] = own2 ? rangeOf(membersOf(panel)) : shared;
    const trace = tracer(panel, pen, width, height);
    pen.strokeStyle = style.getPropertyValue("--nbl-faint");
    pen.lineWidth = ratio;
    trace(() => 0);
    pen.strokeStyle = store.look(panel.label).color;
    const drawn = some(panel, most2);
    pen.globalAlpha = Math.min(0.7, Math.max(0.06, 12 / Math.max(1, drawn.length)));
    pen.lineWidth = 0.9 * ratio;
    for (const unit of drawn) trace((s) => templates[unit * samples + s]);
    pen.globalAlpha = 1;
    panel.full = drawn.length === Math.min(panel.count, MOST2);
    if (!panel.count) return;
    pen.strokeStyle = style.getPropertyValue("--nbl-ink");
    pen.lineWidth = 2 * ratio;
    trace((s) => panel.sum[s] / panel.count);
    drawScale(panel, pen, width, height, ratio, style);
  };
  const rangeOf = (units) => {
    let [low, high] = [0, 0];
    for (const unit of units) {
      for (let s = 0; s < samples; s++) {
        low = Math.min(low, templates[unit * samples + s]);
        high = Math.max(high, templates[unit * samples + s]);
      }
    }
    return low === high ? [-1, 1] : [low * 1.1 - high * 0.02, high * 1.1 - low * 0.02];
  };
  const drawOver = () => {
    const marked = [.../* @__PURE__ */ new Set([...store.selection, ...hovered < 0 ? [] : [hovered]])].filter((unit) => drawable[unit]);
    for (const panel of panels) {
      const drawing = penOf(panel.over);
      if (!drawing) continue;
      const { pen, width, height, ratio } = drawing;
      const trace = tracer(panel, pen, width, height);
      pen.strokeStyle = "#D55E00";
      pen.lineWidth = 1.8 * ratio;
      for (const unit of marked) if (store.label(unit) === panel.label) trace((s) => templates[unit * samples + s]);
      if (box?.panel !== panel) continue;
      pen.setLineDash([4 * ratio, 3 * ratio]);
      pen.lineWidth = ratio;
      pen.strokeRect(box.x * ratio, box.y * ratio, (box.toX - box.x) * ratio, (box.toY - box.y) * ratio);
      pen.setLineDash([]);
    }
  };
  const drawScale = ({ low, high }, pen, width, height, ratio, style) => {
    const volts = 10 ** Math.floor(Math.log10((high - low) / 2));
    const round = [5, 2, 1].map((f) => f * volts).find((v) => v <= (high - low) / 3) ?? volts;
    const tall = round / (high - low) * height;
    const wide2 = 0.5 / (times[times.length - 1] - times[0]) * width;
    const right = width - 6 * ratio;
    pen.font = fontOf(style, 10, ratio, 1.6);
    const text = parseFloat(pen.font);
    const bottom = height - text - 6 * ratio;
    pen.strokeStyle = pen.fillStyle = style.getPropertyValue("--nbl-soft");
    pen.lineWidth = 1.5 * ratio;
    pen.beginPath();
    pen.moveTo(right - wide2, bottom);
    pen.lineTo(right, bottom);
    pen.lineTo(right, bottom - tall);
    pen.stroke();
    pen.textAlign = "right";
    pen.fillText(`0.5 ms, ${Number(round.toPrecision(1))} ${volt}`, right, bottom + text + 2 * ratio);
  };
  const follow = (changed) => {
    const of = store.rules.labels.map((label) => panels.find((panel) => panel.label === label));
    const touch = (panel) => {
      if (panel) [panel.stale, panel.members] = [true, null];
    };
    const { codes } = store.trace;
    if (!changed) {
      for (const panel of panels) [panel.count, panel.sum] = [0, new Float64Array(samples)];
      panels.forEach(touch);
      for (let unit = 0; unit < n; unit++) {
        const panel = of[codes[unit]];
        if (panel && drawable[unit]) add(panel, unit, 1);
      }
      return;
    }
    changed.units.forEach((unit, at) => {
      const [left, came] = [of[changed.before[at]], of[codes[unit]]];
      if (left === came) return;
      touch(left);
      touch(came);
      if (!drawable[unit]) return;
      if (left) add(left, unit, -1);
      if (came) add(came, unit, 1);
    });
  };
  let later = 0;
  const update = () => {
    for (const panel of panels) {
      const all = store.shown.counts[store.rules.labels.indexOf(panel.label)] ?? 0;
      const lost = all - panel.count;
      if (store.isRare(panel.label)) panel.title.parentElement.hidden = !all;
      const text = `${panel.label} (${all}${lost ? `, ${lost} without template` : ""})`;
      if (panel.title.textContent !== text) {
        panel.title.textContent = text;
        panel.title.style.setProperty("--nbl-label", store.look(panel.label).color);
        panel.canvas.setAttribute("aria-label", `Waveforms of ${all} units labeled ${panel.label}`);
        panel.over.title = panel.count > MOST2 ? `${MOST2} of ${panel.count} units are drawn; the mean is that of all` : "";
      }
      if (!panel.stale) continue;
      panel.stale = false;
      draw(panel, QUICK);
    }
    drawOver();
    clearTimeout(later);
    if (panels.some((panel) => !panel.full)) later = window.setTimeout(complete, 150);
  };
  const complete = () => {
    for (const panel of panels) if (!panel.full) draw(panel, MOST2);
  };
  signal.addEventListener("abort", () => clearTimeout(later));
  const schedule = perFrame(update, signal, el);
  const mark2 = perFrame(drawOver, signal, el);
  const repaint = () => {
    for (const panel of panels) panel.stale = true;
    schedule();
  };
  build();
  limit();
  follow(null);
  onLook(el, repaint, signal);
  store.on("trace", (changed) => {
    follow(changed);
    schedule();
  }, signal);
  store.on("selection", mark2, signal);
  store.on("scope", () => {
    limit();
    follow(null);
    schedule();
  }, signal);
  store.on("structure", () => {
    build();
    follow(null);
    schedule();
  }, signal);
  schedule();
}
function shuffled(n) {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  let seed = 1;
  for (let i = n - 1; i > 0; i--) {
    seed = seed * 16807 % 2147483647;
    const other = seed % (i + 1);
    [order[i], order[other]] = [order[other], order[i]];
  }
  return order;
}

// src/views/index.js
var VIEWS = {
  accepting: accepting_exports,
  comparison: comparison_exports,
  contributions: contributions_exports,
  hand_labels: hand_labels_exports,
  hardest: hardest_exports,
  history: history_exports,
  keep_units: keep_units_exports,
  label_counts: label_counts_exports,
  limits: limits_exports,
  missing_values: missing_values_exports,
  pair: pair_exports,
  recordings: recordings_exports,
  scatter: scatter_exports,
  score: score_exports,
  sections: sections_exports,
  sensitivity: sensitivity_exports,
  unit_card: unit_card_exports,
  unit_table: unit_table_exports,
  upset: upset_exports,
  waveforms: waveforms_exports
};

// src/hosts/page.js
var unpacked = async (id) => {
  const text = document.getElementById(id)?.textContent ?? "";
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
};
var filled = (value, blob) => {
  if (Array.isArray(value)) return value.map((part) => filled(part, blob));
  if (value === null || typeof value !== "object") return value;
  if (Object.hasOwn(value, "$rows")) return unpackedRows(value.$rows, blob);
  if (Object.hasOwn(value, "$curves")) return unpackedCurves(value.$curves, blob);
  if (Object.hasOwn(value, "$at")) return new Uint8Array(blob, value.$at[0], value.$at[1]);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key.startsWith("$") ? key.slice(1) : key, filled(part, blob)]));
};
var drawTicks = (figure, axis, ticks2) => {
  for (const [place2, text] of ticks2) {
    const tick = make("span", "nbl-page-tick", text);
    tick.style.left = leftOf(axis, place2);
    figure.append(tick);
  }
};
async function startPage() {
  const [text, blob] = await Promise.all([unpacked("nbl-state"), unpacked("nbl-blob")]);
  const state = filled(JSON.parse(new TextDecoder().decode(text)), blob);
  const { signal } = new AbortController();
  const engine = new PageModel(state.engine);
  const all = state.sections.flatMap(([, members]) => members);
  const defaults = Object.fromEntries(all.map((member) => [member.state.criterion, member.state.defaults]));
  playKernel(engine, defaults);
  const store = new Store(
    /** @type {any} */
    engine,
    signal
  );
  const open = async () => store;
  const page = (
    /** @type {HTMLElement} */
    document.getElementById("nbl-page")
  );
  page.classList.add("nbl-labeler");
  document.body.classList.add("nbl-root");
  const name = make("h1", "nbl-page-title", state.name);
  const dates = [state.recorded && `recorded ${state.recorded}`, `${state.method} labels saved ${state.saved}`];
  page.append(name, make("p", "nbl-page-about", dates.filter((said) => said).join("; ")));
  const show = (values) => {
    const el = make("div", "");
    const model = new PageModel(values);
    VIEWS[values._kind].render({ model, el, signal, store, open });
    return { el, model };
  };
  const head = make("div", "nbl-page-head nbl-view");
  head.append(show(state.tools).el);
  head.append(button("save labels (CSV)", "Save the labels as a CSV file", () => {
    download(`labels_${state.name.replace(/[^\p{L}\p{N}.-]+/gu, "_")}.csv`, labelsCsv2(store, state.text_ids), "text/csv");
  }));
  page.append(head);
  for (const name2 of ["accepting", "counts", "waveforms"]) if (state.views[name2]) page.append(show(state.views[name2].state).el);
  const middle = make("div", "nbl-middle");
  const grid = make("div", "nbl-histograms");
  grid.append(show(state.bar).el);
  for (const [at, [title, members]] of state.sections.entries()) {
    const fold = (
      /** @type {HTMLDetailsElement} */
      make("details", `nbl-fold nbl-fold-${at}`)
    );
    fold.open = true;
    fold.append(make("summary", "", title));
    const cells = make("div", "nbl-cells");
    for (const member of members) {
      const cell = make("div", "nbl-histogram");
      const figure = make("div", "nbl-page-figure");
      cell.append(show(member.state).el, figure);
      const axis = store.axes[store.position(member.state.criterion)];
      if (axis) drawTicks(figure, axis, member.ticks);
      cells.append(cell);
    }
    fold.append(cells);
    grid.append(fold);
  }
  const side = make("div", "nbl-tabs nbl-page-side");
  const tabs = make("div", "nbl-page-tabs");
  tabs.setAttribute("role", "tablist");
  side.append(tabs);
  const panels = [];
  const openTab = (chosen) => panels.forEach((panel, at) => {
    panel.hidden = at !== chosen;
    tabs.children[at].setAttribute("aria-selected", String(at === chosen));
  });
  state.tabs.forEach(([name2, title], at) => {
    const tab = button(title, title, () => openTab(at));
    tab.className = "";
    tab.setAttribute("role", "tab");
    const panel = make("div", "nbl-page-panel");
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-label", title);
    const view = state.views[name2];
    if (view.html) panel.innerHTML = view.html;
    else {
      const { el, model } = show(view.state);
      if (name2 === "card") {
        model.receive = ({ unit, part, request }) => setTimeout(() => {
          const none = { arrays: [], missing: [state.no_card || "This unit's pictures are not in the page, which would be too large."], buffers: [] };
          const { buffers, ...content } = part !== PARTS[0] ? { buffers: [] } : state.units[store.ids.indexOf(unit)] ?? none;
          model.trigger("msg:custom", { ...content, request }, buffers);
        });
      }
      panel.append(el);
    }
    tabs.append(tab);
    side.append(panel);
    panels.push(panel);
  });
  openTab(0);
  middle.append(grid, side);
  page.append(middle, make("p", "nbl-page-foot", `${state.about} The policy of this page allows no connection: it loads nothing from elsewhere and submits no form.`));
}
startPage();
