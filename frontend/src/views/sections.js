// A bar that leads to each section of criteria, and says how many units fail there.

import { sectionsOf, unitsBy } from "../core/sections.js";
import { button, make } from "../ui/dom.js";
import { keepRowsEven } from "../ui/even_rows.js";
import { keepKeys } from "../ui/keys.js";
import { listen, perFrame } from "../ui/schedule.js";
/** @import { Context } from "../state/types.js" */

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-sections");
  el.setAttribute("role", "navigation");
  el.setAttribute("aria-label", "Sections of criteria");
  keepKeys(el, store);

  /** Open a section that is folded, and scroll to it. @param {number} at */
  const go = (at) => {
    const fold = el.closest(".nbl-histograms")?.querySelector(`.nbl-fold-${at}`);
    if (!fold) return;
    const closed = fold instanceof HTMLDetailsElement ? !fold.open : fold.querySelector(".jupyter-widget-Collapse, .jp-Collapse") && !fold.querySelector(".jupyter-widget-Collapse-open, .jp-Collapse-open, .jp-mod-open");
    if (closed && fold instanceof HTMLDetailsElement) fold.open = true;
    else if (closed) /** @type {HTMLElement|null} */ (fold.querySelector(".jupyter-widget-Collapse-header, .jp-Collapse-header"))?.click();
    fold.scrollIntoView({ block: "start", behavior: "instant" });
  };

  /** @type {{criteria: number[], count: HTMLElement, link: HTMLElement, name: string}[]} */
  let parts = [];
  const build = () => {
    const titles = Object.fromEntries(model.get("titles"));
    parts = sectionsOf(store.rules.criteria, store.missing).map(({ section, criteria }, at) => {
      const name = titles[section] ?? section;
      const link = button("", name, () => go(at));
      const count = make("span", "nbl-sections-failing");
      link.append(make("b", "", name), make("span", "nbl-soft", String(criteria.length)), count);
      return { criteria, count, link, name };
    });
    el.replaceChildren(...parts.map(({ link }) => link));
    update();
  };
  const update = () => {
    for (const { criteria, count, link, name } of parts) {
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
  listen(model, "change:titles", build, signal);
}
