// How many units have each label, as numbers and as a bar of shares.

import { withoutMetricInWords } from "../core/missing.js";
import { own } from "../core/plain.js";
import { button, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { keepInSight } from "../ui/sight.js";
/** @import { Context } from "../state/types.js" */

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
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
  /** @type {Map<string, {number: HTMLElement, part: HTMLElement, change: HTMLElement}>} */
  let parts = new Map();

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
    parts = new Map();
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
      parts.set(label, { number, part, change });
    }
    list.append(hand, bare, only);
  };

  const update = () => {
    const labels = store.rules.labels;
    const { scope } = store;
    const { counts, n } = store.shown;
    only.hidden = !scope;
    const place = scope ? `all views: ${scope.name}, ${n} units` : "";
    if (scoped.textContent !== place) scoped.textContent = place;
    const atDefaults = scope?.defaults();
    const codes = store.trace.codes;
    const defaults = store.defaultCounts;
    const manual = byHand();
    hand.hidden = !manual.length;
    const nothing = codes.length && store.limits.length && store.trace?.active.every((/** @type {boolean} */ active) => !active);
    bare.textContent = nothing ? "No criterion is left: units have their label without any evidence." : "";
    const lacking = withoutMetricInWords(store.rules, store.limits, store.missing, store.unusable);
    if (banner.textContent !== lacking.join("")) banner.replaceChildren(...lacking.map((line) => make("div", "", line)));
    banner.hidden = way.hidden = !lacking.length;
    hand.textContent = `✎ ${manual.length} by hand`;
    labels.forEach((/** @type {string} */ label, /** @type {number} */ code) => {
      const part = parts.get(label);
      if (!part) return;
      const text = String(counts[code]);
      if (part.number.textContent !== text) part.number.textContent = text;
      part.part.style.flexGrow = text;
      // Most recordings have none of these, and then they take no room.
      if (store.isRare(label) && part.number.parentElement) part.number.parentElement.style.display = counts[code] ? "" : "none";
      const share = n ? Math.round((100 * counts[code]) / n) : 0;
      part.part.title = `${label}: ${text} units, ${share} %`;
      const gained = counts[code] - ((atDefaults ? own(atDefaults, label) : defaults[code]) ?? 0);
      const said = gained === 0 ? "" : gained > 0 ? `+${gained}` : `−${-gained}`;
      if (part.change.textContent !== said) part.change.textContent = said;
      part.change.title = said ? "change since the defaults" : "";
    });
  };

  build();
  update();
  keepInSight(el, signal);
  const rebuild = () => { build(); update(); };
  store.on("trace scope", update, signal);
  store.on("structure", rebuild, signal);
}
