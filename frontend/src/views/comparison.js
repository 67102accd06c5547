// Do the methods agree? Their labels against each other, live: matrix, kappa, flow, and the units they differ on.

import { listen } from "../ui/schedule.js";
import { chanceOf, flowOf, kappaInWords, kappaOf } from "../core/agreement.js";
import { own } from "../core/plain.js";
import { UNDECIDED } from "../state/undecided.js";
import { fillLook, onLook, penOf } from "../ui/canvas.js";
import { button, fillMenu, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { perFrame } from "../ui/schedule.js";
/** @import { Store } from "../state/store.js" */
/** @import { Context } from "../state/types.js" */

/** @param {Context} context */
export async function render({ model, el, signal, open }) {
  /** @type {Store[]} one a method */
  const stores = await Promise.all(model.get("_engines").map(open));
  el.classList.add("nbl-view", "nbl-compare");
  el.tabIndex = 0;
  keepKeys(el, stores[0]);
  const ids = stores[0].ids;
  const bar = make("div", "nbl-bar");
  /** @type {HTMLSelectElement[]} */
  const menus = ["first", "second"].map((which) => {
    const menu = /** @type {HTMLSelectElement} */ (make("select", "nbl-select"));
    menu.setAttribute("aria-label", `${which} labeling`);
    return menu;
  });
  const said = make("span", "nbl-soft");
  said.setAttribute("aria-live", "polite");
  bar.append(menus[0], make("span", "nbl-soft", "against"), menus[1], said);
  const table = make("table", "nbl-compare-matrix");
  table.setAttribute("aria-label", "Units by both labels");
  const flow = /** @type {HTMLCanvasElement} */ (make("canvas", "nbl-compare-flow"));
  flow.setAttribute("role", "img");
  flow.setAttribute("aria-label", "Flow of units between the labels of all methods");
  const list = make("div", "nbl-compare-list");
  const middle = make("div", "nbl-compare-middle");
  middle.append(table, flow);
  const order = make("strong", "");
  el.append(bar, middle, order, list);

  /** @typedef {{name: string, labels: string[], chance: (i: number) => number}} Source chance: probability of its own label, NaN if not known */
  const unknown = () => NaN;
  /** Rules alone: labels by hand are a labeling of their own. @returns {Source[]} */
  const sources = () => {
    const merge = model.get("_merge");
    const same = (/** @type {string} */ label) => own(merge, label) ?? label;
    const names = model.get("_names");
    const found = stores.map((store, at) => {
      const { labels } = store.rules;
      const codes = store.trace.ruleCodes;
      const held = store.held;
      const chance = (/** @type {number} */ i) => (held.has(i) ? NaN : chanceOf(store.rules, store.values, labels[codes[i]], i));
      return { name: names[at], labels: Array.from(codes, (code, i) => (held.has(i) ? UNDECIDED : same(labels[code]))), chance };
    });
    const given = stores[0].byHand;
    if (Object.keys(given).length) found.push({ name: "by hand", labels: ids.map((/** @type {string} */ _, /** @type {number} */ i) => same(given[i] ?? "")), chance: unknown });
    for (const { name, labels, chances } of model.get("_others")) {
      found.push({ name, labels: labels.map(same), chance: (/** @type {number} */ i) => chances[i] ?? NaN });
    }
    return found;
  };
  const fill = (/** @type {Source[]} */ all) => {
    const names = all.map((source) => source.name);
    menus.forEach((menu, m) => {
      if (menu.dataset.names === names.join()) return;
      const chosen = names.includes(menu.value) ? menu.value : names[Math.min(m + 1, names.length - 1) - (names.length > 2 ? 0 : 1 - m)];
      menu.dataset.names = names.join();
      fillMenu(menu, names.map((name) => [name]), chosen);
    });
  };
  const selectAll = (/** @type {number[]} */ units) => { for (const store of stores) store.select(units); };
  const lookOf = (/** @type {string} */ label) => {
    return (stores.find((store) => own(store.looks, label)) ?? stores[0]).look(label);
  };
  const inOrder = (/** @type {string[]} */ labels) => {
    const known = model.get("_order");
    const rank = (/** @type {string} */ label) => (known.indexOf(label) + known.length + 1) % (known.length + 1);
    return [...new Set(labels)].filter((label) => label).sort((a, b) => rank(a) - rank(b));
  };

  const drawFlow = (/** @type {Source[]} */ all) => {
    const drawing = penOf(flow);
    if (!drawing) return;
    const { pen, width, height, ratio } = drawing;
    const shown = all.filter((source) => source.labels.every((label) => label));
    const order = inOrder(shown.flatMap((source) => source.labels));
    const n = Math.max(1, ids.length);
    const gap = 6 * ratio;
    const top = 18 * ratio;
    const tall = (height - top - gap * (order.length - 1) - 2) / n;
    const block = 12 * ratio;
    const x = (/** @type {number} */ at) => (shown.length < 2 ? 0 : (at * (width - block - 2 * ratio)) / (shown.length - 1)) + ratio;
    const tops = shown.map(({ labels }) => {
      let y = top;
      return new Map(order.map((label) => {
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
      const flows = flowOf(shown[at].labels, shown[at + 1].labels, order);
      for (const [r, one] of order.entries()) for (const [c, other] of order.entries()) {
        const count = flows[r][c];
        if (!count) continue;
        const [y0, y1] = [left.get(one) ?? 0, right.get(other) ?? 0];
        const [x0, x1] = [x(at) + block, x(at + 1)];
        const middle = (x0 + x1) / 2;
        pen.fillStyle = lookOf(one).color;
        pen.globalAlpha = one === other ? 0.22 : 0.5;
        pen.beginPath();
        pen.moveTo(x0, y0);
        pen.bezierCurveTo(middle, y0, middle, y1, x1, y1);
        pen.lineTo(x1, y1 + count * tall);
        pen.bezierCurveTo(middle, y1 + count * tall, middle, y0 + count * tall, x0, y0 + count * tall);
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
    const both = ids.flatMap((/** @type {string} */ _, /** @type {number} */ i) => (one.labels[i] && other.labels[i] ? [i] : []));
    const names = inOrder([...one.labels, ...other.labels]);
    /** @type {number[][][]} */
    const cells = names.map(() => names.map(() => []));
    for (const i of both) cells[names.indexOf(one.labels[i])][names.indexOf(other.labels[i])].push(i);
    const kappa = kappaOf(cells.map((row) => row.map((units) => units.length)));
    said.textContent = `${both.length ? Math.round(100 * kappa.agreement) : "–"} % of ${both.length} units agree; ${kappaInWords(kappa)}`;
    const chosen = new Set(stores[0].selection);
    const head = make("tr", "");
    head.append(make("th", "nbl-soft", `${one.name} ↓  ${other.name} →`), ...names.map((name) => make("th", "", name)));
    const most = Math.max(1, ...cells.flat().map((units) => units.length));
    const rows = names.map((name, r) => {
      const row = make("tr", "");
      row.append(make("th", "", name));
      names.forEach((column, c) => {
        const units = cells[r][c];
        const place = make("td", "");
        const choose = button(String(units.length), `${units.length} units: ${name} for ${one.name}, ${column} for ${other.name}`, () => selectAll(units));
        choose.className = "nbl-compare-cell";
        choose.disabled = !units.length;
        const share = Math.round((70 * units.length) / most);
        choose.style.background = units.length ? `color-mix(in srgb, ${r === c ? "#009E73" : "#D55E00"} ${share}%, transparent)` : "none";
        choose.setAttribute("aria-pressed", String(units.length > 0 && units.length === chosen.size && units.every((i) => chosen.has(i))));
        place.append(choose);
        row.append(place);
      });
      return row;
    });
    table.replaceChildren(head, ...rows);
    drawFlow(all);

    // Probabilities of their own labels, of those that know some; thresholds have none.
    const confidence = (/** @type {number} */ i) => Math.max(...[one, other].map((source) => source.chance(i)).filter((v) => v === v));
    const differ = both.filter((/** @type {number} */ i) => one.labels[i] !== other.labels[i]);
    differ.sort((/** @type {number} */ a, /** @type {number} */ b) => {
      const [first, second] = [confidence(a), confidence(b)];
      return first === second ? a - b : second - first; // none: minus infinity, last
    });
    const known = [one, other].filter((source) => differ.some((/** @type {number} */ i) => Number.isFinite(source.chance(i)))).map((source) => source.name);
    order.textContent = known.length ? `Disagreements, most confident first (by the probability that ${known.join(" or ")} gives its own label)` : "Disagreements, in the order of the units: neither gives probabilities";
    list.replaceChildren(...differ.slice(0, 60).map((/** @type {number} */ i) => {
      const line = button(`${ids[i]}: ${one.labels[i]} → ${other.labels[i]}`, `Select unit ${ids[i]}`, () => selectAll([i]));
      const chance = confidence(i);
      if (Number.isFinite(chance)) line.title += `; probability ${chance.toFixed(2)}`;
      line.setAttribute("aria-pressed", String(chosen.has(i)));
      return line;
    }));
    if (!differ.length) list.append(make("span", "nbl-soft", "none"));
    else if (differ.length > 60) list.append(make("span", "nbl-soft", `and ${differ.length - 60} more`));
  };
  const schedule = perFrame(update, signal, el);
  for (const menu of menus) menu.addEventListener("change", update);
  onLook(el, schedule, signal);
  for (const store of stores) store.on("trace", schedule, signal);
  stores[0].on("selection hand", schedule, signal);
  listen(model, "change:_others", schedule, signal);
  schedule();
}
