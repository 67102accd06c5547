// All units as a table: sorted, filtered, and fast with ten thousand of them.

import { chanceOf } from "../core/agreement.js";
import { parseFilter } from "../core/filter.js";
import { short } from "../core/format.js";
import { WORDS, hintOn, isMagnitude, nameOf, reasonsOf, shownValue } from "../core/unit_words.js";
import { own } from "../core/plain.js";
import { onLook } from "../ui/canvas.js";
import { button, fillMenu, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { perFrame } from "../ui/schedule.js";
/** @import { Context } from "../state/types.js" */

const ROW = 24;

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  const ids = store.ids;
  const n = ids.length;
  const names = store.metricNames;
  el.classList.add("nbl-view", "nbl-table");
  keepKeys(el, store);

  const bar = make("div", "nbl-bar");
  const input = /** @type {HTMLInputElement} */ (make("input", "nbl-filter"));
  input.type = "text";
  input.placeholder = 'filter: snr > 5 and label == "mua"';
  const help = [
    "Numbers are in the units of the heads, and magnitudes where the head has bars: peak_to_trough_duration > 0.5 is 0.5 ms, rp_contamination > 10 is 10 %.",
    'Also: "snr" in reasons, by_hand, by_hand == "noise", "drift" in note, unsure, pending, probability < 0.7; with and, or, not and parentheses.',
  ].join("\n");
  input.title = help;
  input.setAttribute("aria-label", "Filter units");
  input.spellcheck = false;
  const said = make("span", "nbl-soft");
  said.setAttribute("aria-live", "polite");
  const pick = button("select the listed units", "Select the units that are listed", () => store.select(order.slice()));
  const more = /** @type {HTMLSelectElement} */ (make("select", "nbl-select"));
  more.setAttribute("aria-label", "Show a metric");
  /** @type {string[]} metrics shown besides those of the criteria */
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

  const criteria = () => store.rules.criteria.map((/** @type {any} */ c, /** @type {number} */ k) => ({ ...c, k }));
  /** @typedef {"unit"|"label"|"reasons"|"probability"|"metric"} Kind */
  /** @typedef {{title: string, head: string, kind: Kind, read: (unit: number) => number, k: number, width: number}} Column read: a metric as it is shown */
  /** @type {(kind: Kind, width: number) => Column} */
  const plain = (kind, width) => ({ title: kind, head: kind, kind, read: () => NaN, k: -1, width });
  /** What the filter is asked about, as it is now. @returns {import("../core/unit_words.js").Labeled} */
  const labeled = () => ({
    ids, rules: store.rules, trace: store.trace, values: store.values, byHand: store.byHand, notes: store.notes,
    isPending: (unit) => store.pending.has(unit), metric: (name) => store.metric(name), meanings: store.metricUnits,
  });
  /** @type {(name: string, k: number) => Column} */
  const ofMetric = (name, k) => {
    const values = store.metric(name);
    const meaning = own(store.metricUnits, name) ?? { unit: "", factor: 1 };
    const magnitude = isMagnitude(labeled(), name);
    const head = `${magnitude ? `|${name}|` : name}${meaning.unit ? ` (${meaning.unit})` : ""}`;
    return { title: name, head, kind: "metric", read: (unit) => shownValue(values[unit], meaning.factor, magnitude), k, width: Math.min(230, Math.max(84, 30 + 7 * head.length)) };
  };
  /** @type {Column[]} */
  let columns = [];
  const build = () => {
    const seen = new Set();
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
    const others = names.filter((/** @type {string} */ name) => !seen.has(name));
    fillMenu(more, [["show a metric …"], ...others.map((/** @type {string} */ name) => [name, extra.includes(name) ? `✓ ${name}` : name])], "show a metric …");
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
  /** @type {number[]} */
  let order = [];
  /** @type {(unit: number) => boolean} */
  let passes = () => true;
  const label = (/** @type {number} */ i) => store.rules.labels[store.trace.codes[i]];
  const reasons = (/** @type {number} */ i) => reasonsOf(labeled(), i);
  /** That the unit is what its label says; NaN where no classifier says it. @param {number} i */
  const chance = (i) => (store.trace ? chanceOf(store.rules, store.values, label(i), i) : NaN);
  /** What a sort compares. @param {Column} column @param {number} i @returns {number|string} */
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
      if (x !== x || y !== y) return x !== x ? (y !== y ? a - b : 1) : -1; // missing values last, either way
      return (x < y ? -1 : x > y ? 1 : 0) * (sorted.down ? -1 : 1) || a - b;
    });
    order = rank.map((at) => order[at]);
    store.listed = order; // "next unit" follows the table
    for (const [at, sorter] of [...head.children].entries()) {
      const mine = columns[at].title === sorted.title;
      sorter.setAttribute("aria-sort", mine ? (sorted.down ? "descending" : "ascending") : "none");
      sorter.textContent = columns[at].head + (mine ? (sorted.down ? " ▼" : " ▲") : "");
    }
    said.textContent = order.length === store.shown.n ? `${order.length} units` : `${order.length} of ${store.shown.n} units`;
    body.style.height = `${order.length * ROW}px`;
    body.style.width = `${columns.reduce((sum, c) => sum + c.width, 0)}px`;
    paint();
  };

  const paint = () => {
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
        const place = make("span", "nbl-table-cell");
        place.setAttribute("role", "gridcell");
        place.style.width = `${column.width}px`;
        if (column.kind === "unit") place.textContent = ids[i];
        else if (column.kind === "label") {
          const name = label(i);
          const look = store.looks[name];
          const swatch = make("span", `nbl-swatch nbl-hatch-${look.hatch}`);
          swatch.style.backgroundColor = look.color;
          const manual = Object.hasOwn(store.byHand, i);
          const held = manual ? undefined : store.held.get(i);
          place.append(swatch, ` ${name}${manual ? " ✎" : held ? " ⚠" : ""}${saving.has(i) ? " …" : ""}`);
          if (manual) place.title = `${name}, ${store.handNotes[i] ?? "by hand"}`;
          if (held) place.title = `${name}: ${held}`;
        } else if (column.kind === "reasons") {
          place.textContent = store.held.get(i) ?? reasons(i).join(", ");
          place.title = place.textContent ?? "";
        } else if (column.kind === "probability") {
          place.textContent = short(chance(i));
          place.title = "that the unit is what its label says";
          place.classList.add("nbl-number");
        } else {
          place.textContent = short(column.read(i));
          place.classList.add("nbl-number");
          if (states[column.k]?.[i] === 1) {
            place.classList.add("nbl-failing");
            place.setAttribute("aria-label", `${place.textContent}, fails`);
          }
        }
        row.append(place);
      }
      row.addEventListener("click", (event) => {
        const before = store.selection;
        if (event.ctrlKey || event.metaKey) {
          store.select(before.includes(i) ? before.filter((/** @type {number} */ u) => u !== i) : [...before, i]);
        } else if (event.shiftKey && before.length) {
          const from = order.indexOf(before[before.length - 1]);
          store.select(order.slice(Math.min(from, at), Math.max(from, at) + 1));
        } else store.select([i]);
      });
      rows.push(row);
    }
    body.replaceChildren(...rows);
  };
  const schedule = perFrame(paint, signal, el);
  const rearrange = perFrame(() => (input.value.trim() ? filter() : arrange()), signal, el);

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
    if (event.altKey || (event.key !== "ArrowDown" && event.key !== "ArrowUp")) return;
    store.step(event.key === "ArrowDown" ? 1 : -1);
    event.preventDefault();
  });
  /** Read the filter again: what it says may be another thing by now. */
  const filter = () => {
    const text = input.value.trim();
    const now = labeled();
    const names = [...WORDS, ...store.metricNames, ...store.rules.labels.map((name) => `"${name}"`)];
    try {
      passes = text ? parseFilter(text, (name) => nameOf(now, name), names) : () => true;
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
  let hidden = true; // as long as another tab is open, there is no place to scroll to
  onLook(el, () => {
    if (hidden && box.clientHeight) follows();
    hidden = !box.clientHeight;
    schedule();
  }, signal);
  store.on("trace", () => (input.value.trim() || ["label", "probability"].includes(sorted.title) ? rearrange() : schedule()), signal);
  store.on("trace", schedule, signal);
  store.on("selection", follows, signal);
  store.on("scope", rearrange, signal);
  store.on("hand queue", () => (/\b(pending|note|by_hand|unsure)\b/.test(input.value) ? rearrange() : schedule()), signal);
  store.on("structure", () => { build(); rearrange(); }, signal);
}
