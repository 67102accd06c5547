// Which labels are accepted by their expected error, and what is left to review; told noise; the offer to adapt.

import { QUESTIONS } from "../core/expected_error.js";
import { UNKNOWN } from "../core/unit_words.js";
import { button, fillMenu, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { listen, perFrame } from "../ui/schedule.js";
/** @import { Context } from "../state/types.js" */

/** Own labels of units drawn at random from which on the words no longer ask for them. */
const ENOUGH = 25;
/** Budget that a slider begins with, in percent. */
const USUAL = 5;

/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-accepting");
  keepKeys(el, store);
  let gestures = 0;
  /** A slider with its number. @type {(label: string, min: number, max: number, step: number) => {box: HTMLElement, input: HTMLInputElement, number: HTMLElement}} */
  const slider = (label, min, max, step) => {
    const box = make("label", "nbl-accepting-slider");
    const input = /** @type {HTMLInputElement} */ (make("input", ""));
    Object.assign(input, { type: "range", min: String(min), max: String(max), step: String(step) });
    input.setAttribute("aria-label", label);
    const number = make("span", "nbl-number");
    box.append(input, number);
    return { box, input, number };
  };
  /** @type {(text: string, title: string) => {box: HTMLElement, input: HTMLInputElement}} */
  const check = (text, title) => {
    const box = make("label", "nbl-accepting-check");
    const input = /** @type {HTMLInputElement} */ (make("input", ""));
    input.type = "checkbox";
    box.title = title;
    box.append(input, ` ${text}`);
    return { box, input };
  };

  const on = check("Accept labels", "Labels whose expected error lies within the budget are accepted, the others are unsure and wait for you");
  const question = /** @type {HTMLSelectElement} */ (make("select", "nbl-select"));
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

  const more = /** @type {HTMLDetailsElement} */ (make("details", "nbl-accepting-more"));
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

  /** Units without a decision. */
  const undecided = () => {
    const units = [];
    for (let i = 0; i < store.n; i++) if (UNKNOWN.includes(store.label(i)) && store.isShown(i) && !Object.hasOwn(store.byHand, i)) units.push(i);
    return units;
  };
  /** Them, the most uncertain first. */
  const open = () => {
    const errors = store.accepted?.errors;
    const units = undecided();
    const of = (/** @type {number} */ i) => (errors && errors[i] === errors[i] ? errors[i] : Infinity);
    return units.sort((a, b) => (of(b) === of(a) ? a - b : of(b) - of(a)));
  };
  const asked = () => ({ error: Number(budget.input.value) / 100, question: question.value, safe: store.options.accept?.safe ?? 1 });
  const ask = (/** @type {string} */ gesture) => store.setOption("accept", on.input.checked ? asked() : null, gesture);
  on.input.addEventListener("change", () => ask(""));
  question.addEventListener("change", () => { on.input.checked = true; ask(""); });
  budget.input.addEventListener("pointerdown", () => { gestures++; });
  budget.input.addEventListener("input", () => { on.input.checked = true; ask(`budget ${gestures}`); });
  budget.input.addEventListener("change", () => { store.drop(); gestures++; });
  strange.input.addEventListener("change", () => store.setOption("unfamiliar", strange.input.checked ? "unsure" : "keep"));
  const tell = (/** @type {string} */ gesture) => store.setOption("noise_share", told.input.checked ? Number(share.input.value) / 100 : null, gesture);
  told.input.addEventListener("change", () => tell(""));
  share.input.addEventListener("pointerdown", () => { gestures++; });
  share.input.addEventListener("input", () => { told.input.checked = true; tell(`share ${gestures}`); });
  share.input.addEventListener("change", () => { store.drop(); gestures++; });

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
    const left = undecided().length;
    const pace = model.get("_pace") || store.queue.pace || model.get("_usual_pace");
    const minutes = (left * pace) / 60;
    const time = `${left} to review, about ${minutes < 1 ? "a minute" : `${Math.round(minutes)} min`} at ${pace.toFixed(1)} s a unit`;
    review.hidden = !left;
    if (!accept || !cut) said.textContent = left ? `off; ${left} unit${left === 1 ? " is" : "s are"} unsure` : "off";
    else if (!cut.n) said.textContent = `none can be accepted; ${time}`;
    else said.textContent = `${cut.n} accepted, expected error ${percent(cut.expected)} (${percent(cut.low)} to ${percent(cut.high)}); ${time}`;
    measured.hidden = !accept || !cut;
    if (accept && cut) {
      const rows = model.get("_measured").filter((/** @type {any} */ row) => row.question === accept.question && row.own <= cut.audit);
      const row = rows.sort((/** @type {any} */ a, /** @type {any} */ b) => Math.abs(a.budget - accept.error) - Math.abs(b.budget - accept.error) || b.own - a.own)[0];
      const random = `own label${cut.audit === 1 ? "" : "s"} of units drawn at random`;
      const more = cut.audit < ENOUGH ? ` ${cut.audit || "No"} ${random} so far: from ${ENOUGH} on they make it fit this recording (the order "random audit" of the unit card, or every second card of a LabelingSession).` : ` ${cut.audit} ${random} make it fit this recording.`;
      measured.textContent = row
        ? `An expectation, no guarantee. On left-out mice, ${row.own} own labels, at ${percent(row.budget)}: ${Math.round(100 * row.share)} % accepted, ${percent(row.error)} of them wrong.${more}`
        : more;
    }
    const { labels, from, said: would, adapted, used } = model.get("_adapting") ?? { labels: 0, from: 1, said: "", adapted: false, used: 0 };
    offer.hidden = labels < from && !adapted;
    adapt.hidden = !would;
    back.hidden = !adapted;
    offered.textContent = [adapted ? `Adapted to ${used} of your labels.` : "", would].filter((text) => text).join(" ");
  };
  const schedule = perFrame(update, signal, el);
  store.on("trace options structure hand scope queue", schedule, signal);
  listen(model, "change:_adapting change:_pace", schedule, signal);
  update();
}
