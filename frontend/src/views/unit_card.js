// Everything about one unit: template on the probe, spikes in time, place, neighbours, criteria.

import { amplitudes, depths } from "../card/density.js";
import { autocorrelogram } from "../card/autocorrelogram.js";
import { chances } from "../card/chances.js";
import { clouds } from "../card/clouds.js";
import { fillChanges, fillCriteria } from "../card/criteria.js";
import { curated, neighbours } from "../card/curated.js";
import { decay } from "../card/decay.js";
import { intervals } from "../card/intervals.js";
import { overTime } from "../card/over_time.js";
import { Figure } from "../card/picture.js";
import { place } from "../card/place.js";
import { template } from "../card/template.js";
import { chanceOf } from "../core/agreement.js";
import { floats } from "../core/plain.js";
import { Evidence } from "../state/evidence.js";
import { onLook } from "../ui/canvas.js";
import { button, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { labelBar, titleOf } from "../ui/label_bar.js";
import { atRest, perFrame } from "../ui/schedule.js";
/** @import { Picture, Subject } from "../card/picture.js" */
/** @import { Context } from "../state/types.js" */

/** Pictures in their order; each is null where its data are not there. @type {((subject: Subject) => Picture|null)[]} */
const PICTURES = [template, autocorrelogram, amplitudes, overTime, depths, intervals, clouds, decay, place];

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
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
  const parts = make("div", "nbl-card-parts");
  const lacking = make("ul", "nbl-card-missing nbl-soft");
  const list = make("table", "nbl-card-criteria");
  const changes = make("div", "nbl-card-changes");
  el.append(bar, odds, labelBar(el, store, signal), parts, list, changes, lacking);

  const unit = () => {
    const selection = store.selection;
    return selection.length ? selection[selection.length - 1] : -1;
  };
  let said = "";
  store.queue.showsIn(el, signal);
  const evidence = new Evidence(model, store, signal, (at, text) => {
    if (at !== unit()) return;
    said = text;
    // Answers that come together are drawn together.
    schedule();
  });

  /** What is drawn: of which unit, of how much of its data. */
  let drawn = "";
  let color = "";
  /** @type {Figure[]} */
  let figures = [];
  /** @type {Subject|null} */
  let subject = null;
  /** Boxes of words, which name labels of other units. */
  const beside = make("div", "nbl-card-beside");
  const sayBeside = () => {
    const boxes = subject ? [curated(subject), neighbours(subject)].filter((box) => box !== null) : [];
    if (boxes.map((box) => box.outerHTML).join("") !== beside.innerHTML) beside.replaceChildren(...boxes);
  };
  const paint = (/** @type {boolean} */ all) => {
    const style = getComputedStyle(el);
    for (const figure of figures) if (all || figure.picture.live) figure.paint(style, color);
  };
  const build = (/** @type {number} */ now) => {
    const data = evidence.get(now)?.data;
    if (!data) return;
    const probe = model.get("_probe");
    const made = subject = { data, unit: now, store, volt: model.get("_volt"), probe: probe ? floats(probe) : new Float32Array(0), again: () => { drawn = ""; update(); } };
    figures = PICTURES.flatMap((make) => { const picture = make(made); return picture ? [new Figure(picture, made)] : []; });
    parts.replaceChildren(...figures.map(({ element }) => element), beside);
    lacking.replaceChildren(...data.missing.map((text) => make("li", "", text)));
  };

  let explained = -1;
  const explain = () => { explained = unit(); fillChanges(changes, store, explained); };
  const explainLater = atRest(explain, signal);

  const update = () => {
    const now = unit();
    now === explained ? explainLater() : explain();
    if (now < 0) {
      title.textContent = "No unit is selected";
      wait.textContent = "Click a waveform, a row or a point; Alt and the arrow keys go through the units.";
      for (const element of [parts, lacking, list, odds]) element.replaceChildren();
      [figures, drawn, subject] = [[], "", null];
      return;
    }
    const label = store.rules.labels[store.trace.codes[now]];
    const held = store.held.get(now);
    const hand = Object.hasOwn(store.byHand, now) ? `, ${store.handNotes[now] ?? "by hand"}` : held ? ` ⚠ ${held}` : "";
    // Who is to judge should not be told first.
    const chance = store.trace ? chanceOf(store.rules, store.values, label, now) : NaN;
    const sure = chance === chance ? ` (probability ${chance.toFixed(2)})` : "";
    title.textContent = titleOf(store, store.handLabels.length ? `${ids[now]}: ${label}${sure}${hand}` : ids[now]);
    const known = evidence.get(now);
    const some = known !== undefined && known.parts.size > 0;
    wait.textContent = said || (evidence.isWhole(now) ? "" : some ? "reading more …" : "waiting for the kernel …");
    const bars = chances(store, now);
    odds.replaceChildren(...(bars ? [bars] : []));
    fillCriteria(list, store, now);
    const key = `${now} ${known?.version ?? 0}`;
    const recolored = color !== store.looks[label].color;
    color = store.looks[label].color;
    if (key !== drawn) {
      // Until something is known of the unit, nothing of another one is shown.
      if (some) build(now);
      else for (const element of [parts, lacking]) element.replaceChildren();
      if (!some) [figures, subject] = [[], null];
      drawn = key;
      paint(true);
    } else {
      for (const figure of figures) if (figure.picture.live) figure.say();
      paint(recolored);
    }
    sayBeside();
    // From here on keys may label it: its evidence is on screen, or why there is none.
    if (some || said) store.queue.showed(now);
  };
  const schedule = perFrame(() => {
    const now = unit();
    if (now >= 0) evidence.want(now);
    update();
  }, signal, el);
  const repaint = perFrame(() => paint(true), signal, el);
  onLook(el, repaint, signal);
  store.on("selection structure hand queue", () => { said = ""; schedule(); }, signal);
  store.on("trace", schedule, signal);
  schedule();
}
