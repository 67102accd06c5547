// One row a recording, or a group of them: its bar of labels, their shares, the change since the defaults, and why it stands out.

import { CountsByRecording, described, fitted, gainInWords, gains, grouped, orderOf, unitsOf } from "../core/recordings.js";
import { copied } from "../core/plain.js";
import { Scope } from "../state/scope.js";
import { onLook } from "../ui/canvas.js";
import { button, fillMenu, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { atRest, listen, perFrame } from "../ui/schedule.js";
/** @import { Changed } from "../core/relabel.js" */
/** @import { Context } from "../state/types.js" */

/** @typedef {string|number|null} Value */
/** @typedef {{title: string, values: Value[]}} Described a column that describes recordings */
/** @typedef {"mark"|"name"|"units"|"bar"|"share"|"change"|"about"} Kind */
/** @typedef {{key: string, kind: Kind, title: string, width: number, least: number, spare: boolean, label: string, values: Value[]}} Column */
/**
 * @typedef {{key: string, name: string, isGroup: boolean, members: number[], elements: HTMLElement[], line: HTMLElement,
 *   open: HTMLButtonElement, parts: HTMLElement[], shares: HTMLElement[], change: HTMLElement, bar: HTMLElement, top: number, painted: string}} Row
 */

/** Rows so far out of sight are written too, in px: a scroll does not show old numbers. */
const MARGIN = 200;

/** What columns need at least, in px, where there is little room. @type {Record<Kind, number>} */
const LEAST = { name: 130, mark: 20, units: 46, bar: 36, share: 46, change: 60, about: 54 };

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-recordings");
  keepKeys(el, store);
  const of = new Int32Array(copied(model.get("_recording_of")));
  /** @type {string[]} */
  const names = model.get("_names");
  /** @type {Described[]} */
  const about = model.get("_columns");
  const every = names.map((_, r) => r);

  const bar = make("div", "nbl-bar");
  const by = /** @type {HTMLSelectElement} */ (make("select", "nbl-select"));
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

  let counts = new CountsByRecording(of, names.length, 0);
  /** @type {Column[]} */
  let columns = [];
  /** @type {Row[]} */
  let rows = [];
  let sorted = { key: "name", down: false };
  /** The row that the tab key goes to. */
  let current = "";

  // ------------------------------------------------------------------ what a row says

  /** @type {(members: number[]) => Record<string, number>} units of each label at the defaults */
  const defaultsOf = (members) =>
    Object.fromEntries(Object.entries(/** @type {Record<string, number[]>} */ (model.get("_default_counts")))
      .map(([label, many]) => [label, members.reduce((sum, r) => sum + many[r], 0)]));
  const total = (/** @type {Int32Array} */ some) => some.reduce((sum, many) => sum + many, 0);
  const sizes = new Int32Array(names.length);
  for (const r of of) sizes[r]++;
  const sizeOf = (/** @type {number[]} */ members) => members.reduce((sum, r) => sum + sizes[r], 0);
  const oddOf = (/** @type {number[]} */ members) => members.filter((r) => model.get("_stands_out")[r]);
  const brokenOf = (/** @type {number[]} */ members) => members.filter((r) => model.get("_problems")[r]);
  const isMoving = () => ["share", "change"].includes(columns.find(({ key }) => key === sorted.key)?.kind ?? "");

  /** What a sort compares. @param {Column} column @param {number[]} members @param {string} name @returns {Value} */
  const valueOf = (column, members, name) => {
    const units = sizeOf(members);
    switch (column.kind) {
      case "mark": return 2 * oddOf(members).length + brokenOf(members).length;
      case "units": return units;
      case "share": return units ? counts.sum(members)[store.rules.labels.indexOf(column.label)] / units : null;
      case "change": return gains(counts.sum(members), store.rules.labels, defaultsOf(members)).reduce((sum, { gain }) => sum + Math.max(0, gain), 0);
      case "about": return new Set(members.map((r) => column.values[r])).size === 1 ? column.values[members[0]] : null;
      default: return name;
    }
  };

  /** Labels that have a column: those of the method, and others where units have them. */
  const shownLabels = () => {
    const before = model.get("_default_counts");
    return store.order.filter((label) => !store.isRare(label) || store.counts[store.rules.labels.indexOf(label)] > 0
      || (Object.hasOwn(before, label) && before[label].some((/** @type {number} */ many) => many > 0)));
  };

  // ------------------------------------------------------------------ head

  const buildHead = () => {
    /** @type {(kind: Kind, title: string, width: number, more?: Partial<Column>) => Column} */
    const column = (kind, title, width, more) => ({ key: kind, kind, title, width, least: Math.min(width, LEAST[kind]), spare: kind === "bar", label: "", values: [], ...more });
    const biggest = String(Math.max(0, ...sizes)).length;
    const longest = Math.max(...names.map((name) => name.length), 11);
    columns = [
      column("name", "recording", Math.min(230, 22 + 6.6 * longest)),
      column("mark", "▲", 26),
      column("units", "units", Math.max(48, 14 + 8 * String(store.n).length)),
      column("bar", "labels", 96),
      ...shownLabels().map((label) => column("share", label, Math.max(50, 24 + 7 * label.length), { key: `share ${label}`, label })),
      column("change", "change", 24 + 8 * biggest + 6.8 * Math.max(4, ...shownLabels().map((label) => label.length))),
      ...about.map(({ title, values }, at) =>
        column("about", title, Math.min(150, 16 + 6.6 * Math.max(title.length + 1, ...values.map((value) => described(value).length))), { key: `about ${at}`, values })),
    ];
    const spoken = /** @type {Partial<Record<Kind, string>>} */ ({ mark: "stands out", change: "change since the defaults" });
    const line = make("tr", "");
    line.append(...columns.map((each) => {
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
        // In a narrow column "non_soma" takes two lines.
        sort.replaceChildren(...each.title.split(/(?<=_)/).flatMap((part, at) => (at ? [make("wbr", ""), part] : [part])));
        cell.append(sort);
      }
      if (each.kind === "share") cell.style.setProperty("--nbl-label", store.look(each.label).color);
      return cell;
    }));
    head.replaceChildren(line);
    widths.replaceChildren(...columns.map(() => make("col", "")));
    room = 0;
    fit();
  };
  /** The width that the columns were made for. */
  let room = 0;
  /** Make the columns as wide as there is room; what does not fit into one is cut, and whole in its title. */
  const fit = () => {
    if (!box.clientWidth || box.clientWidth === room) return;
    room = box.clientWidth;
    const sizes = fitted(columns, room);
    // The shares say what the bar shows: it is left out where there is little room. A column of no width would get one.
    table.classList.toggle("nbl-recordings-tight", sizes.includes(0));
    sizes.forEach((width, at) => { /** @type {HTMLElement} */ (widths.children[at]).style.width = `${Math.max(1, width)}px`; });
    table.style.width = `max(100%, ${sizes.reduce((sum, width) => sum + width, 0)}px)`;
  };

  // ------------------------------------------------------------------ rows

  /** @type {(key: string, name: string, members: number[], isGroup: boolean) => Row} */
  const makeRow = (key, name, members, isGroup) => {
    const line = make("tr", isGroup ? "nbl-recordings-group" : "");
    line.dataset.row = key;
    const [odd, broken] = [oddOf(members), brokenOf(members)];
    const open = button(name, name, () => {}); // the click goes on to the row
    open.className = "nbl-recordings-open";
    open.tabIndex = -1;
    const parts = shownLabels().map((label) => {
      const part = make("span", `nbl-hatch-${store.look(label).hatch}`);
      part.style.backgroundColor = store.look(label).color;
      return part;
    });
    const stack = make("div", "nbl-recordings-stack");
    stack.append(...parts);
    /** @type {HTMLElement[]} */
    const shares = [];
    let change = make("td", "");
    line.append(...columns.map((column) => {
      const cell = make(column.kind === "name" ? "th" : "td", `nbl-recordings-${column.kind}`);
      if (column.kind === "name") {
        cell.setAttribute("scope", "row");
        cell.append(open);
      } else if (column.kind === "mark" && isGroup) cell.textContent = odd.length ? String(odd.length) : "";
      else if (column.kind === "mark") cell.textContent = odd.length ? "▲" : broken.length ? "×" : "";
      else if (column.kind === "units") cell.textContent = String(sizeOf(members));
      else if (column.kind === "bar") cell.append(stack);
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
    const elements = [line];
    const words = isGroup ? [] : members.flatMap((r) => [
      ...(model.get("_stands_out")[r] ? [`▲ ${model.get("_stands_out")[r]}`] : []),
      ...(model.get("_problems")[r] ? [`× not read: ${model.get("_problems")[r]}`] : []),
      ...(model.get("_lacking")[r] ? [`lacks ${model.get("_lacking")[r]}`] : []),
    ]);
    if (words.length) {
      const why = make("tr", "nbl-recordings-why");
      why.dataset.row = key;
      const cell = /** @type {HTMLTableCellElement} */ (make("td", "", words.join("; ")));
      cell.colSpan = columns.length;
      cell.id = `nbl-why-${Math.random().toString(36).slice(2)}`;
      open.setAttribute("aria-describedby", cell.id);
      why.append(cell);
      elements.push(why);
    }
    return { key, name, isGroup, members, elements, line, open, parts, shares, change, bar: stack, top: 0, painted: "" };
  };

  /** @type {Map<string, Row>} rows that were made, by key */
  let made = new Map();
  /** @type {(key: string, name: string, members: number[], isGroup: boolean) => Row} */
  const rowOf = (key, name, members, isGroup) => {
    const row = made.get(key) ?? makeRow(key, name, members, isGroup);
    made.set(key, row);
    return row;
  };

  const arrange = () => {
    const column = columns.find(({ key }) => key === sorted.key) ?? columns[0];
    /** @type {<T>(items: T[], value: (item: T) => Value) => T[]} */
    const inOrder = (items, value) => orderOf(items.map(value), sorted.down).map((at) => items[at]);
    const recordings = (/** @type {number[]} */ members) =>
      inOrder(members, (r) => valueOf(column, [r], names[r])).map((r) => rowOf(`recording ${r}`, names[r], [r], false));
    const { title, values } = by.value ? about[Number(by.value)] : { title: "", values: [] };
    rows = by.value
      ? inOrder(grouped(values), ({ value, members }) => (column.kind === "name" ? value : valueOf(column, members, described(value)))).flatMap(({ value, members }) =>
        [rowOf(`group ${by.value} ${described(value)}`, `${title} ${described(value)}`, members, true), ...recordings(members)])
      : recordings(every);
    for (const cell of head.querySelectorAll("th")) {
      if (!cell.firstElementChild) continue;
      const mine = cell.dataset.key === sorted.key;
      cell.setAttribute("aria-sort", mine ? (sorted.down ? "descending" : "ascending") : "none");
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
  /** Where rows are, read once: asking in every frame would lay the page out each time. */
  const measure = () => {
    fit();
    for (const row of rows) row.top = row.line.offsetTop;
    paint();
  };

  const paint = () => {
    const { labels } = store.rules;
    const shown = shownLabels();
    if (shown.join("\n") !== columns.filter(({ kind }) => kind === "share").map(({ label }) => label).join("\n")) return rebuild();
    const codes = shown.map((label) => labels.indexOf(label));
    const [from, to] = [box.scrollTop - MARGIN, box.scrollTop + box.clientHeight + MARGIN];
    for (const row of rows) {
      if (row.top < from || row.top > to) continue;
      const some = counts.sum(row.members);
      const key = some.join();
      if (row.painted === key) continue;
      row.painted = key;
      const units = total(some);
      codes.forEach((code, at) => {
        row.parts[at].style.flexGrow = String(some[code]);
        row.shares[at].textContent = units ? `${Math.round((100 * some[code]) / units)} %` : "–";
        row.shares[at].title = `${some[code]} of ${units} units ${shown[at]}`;
      });
      row.bar.title = codes.map((code, at) => `${some[code]} ${shown[at]}`).join(", ");
      const changes = gains(some, labels, defaultsOf(row.members));
      row.change.textContent = changes.length && units ? gainInWords(changes[0]) : "";
      row.change.title = changes.length ? `${changes.map(gainInWords).join(", ")} since the defaults` : "as at the defaults";
    }
  };

  // ------------------------------------------------------------------ what a click does

  const choose = () => {
    const chosen = store.scope?.key ?? "";
    all.disabled = !store.scope;
    const keys = rows.map(({ key }) => key);
    if (!keys.includes(current)) current = keys.includes(chosen) ? chosen : keys[0] ?? "";
    for (const { key, line, open, members, isGroup } of rows) {
      const on = key === chosen;
      line.classList.toggle("nbl-recordings-on", on);
      open.setAttribute("aria-pressed", String(on));
      open.tabIndex = key === current ? 0 : -1;
      const many = isGroup ? `, ${members.length} recordings` : "";
      open.title = !sizeOf(members) ? `${open.textContent}: no units` : `${open.textContent}${many}: ${on ? "press to show all recordings again" : "press to limit all views to it"}`;
    }
  };
  const limit = (/** @type {Row} */ { key, name, members, isGroup }) => {
    current = key;
    if (store.scope?.key === key) return store.limitTo(null);
    const said = isGroup ? `${name} (${members.length} recordings)` : `recording ${name}`;
    store.limitTo(new Scope(key, said, unitsOf(of, members), store.n, () => defaultsOf(members)));
  };
  body.addEventListener("click", (event) => {
    const line = event.target instanceof Element ? event.target.closest("tr") : null;
    const row = line && rows.find(({ key }) => key === line.dataset.row);
    if (row && sizeOf(row.members)) limit(row);
  });
  body.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const at = rows.findIndex(({ open }) => open === event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    if (at < 0 || to === undefined || !rows[to]) return;
    current = rows[to].key;
    choose();
    rows[to].open.focus();
    event.preventDefault();
  });

  // ------------------------------------------------------------------ following

  const recount = (/** @type {Changed|null} */ changed) => {
    const many = store.rules.labels.length;
    if (counts.labels !== many) [counts, changed] = [new CountsByRecording(of, names.length, many), null];
    counts.follow(store.trace.codes, changed);
  };
  const rebuild = () => {
    made = new Map();
    buildHead();
    if (!columns.some(({ key }) => key === sorted.key)) sorted = { key: "name", down: false };
    arrange();
  };
  const schedule = perFrame(paint, signal, el);
  const rearrange = atRest(perFrame(arrange, signal, el), signal);
  recount(null);
  rebuild();
  by.addEventListener("change", arrange);
  box.addEventListener("scroll", schedule);
  onLook(box, perFrame(measure, signal, el), signal);
  store.on("trace", (changed) => {
    recount(changed);
    schedule();
    if (isMoving()) rearrange(); // rows that jump under the hand could not be followed
  }, signal);
  store.on("structure", () => { recount(null); rebuild(); }, signal);
  store.on("scope", choose, signal);
  listen(model, "change:_default_counts change:_stands_out change:_problems change:_lacking", perFrame(rebuild, signal, el), signal);
}
