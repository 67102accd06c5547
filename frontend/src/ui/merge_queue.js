// Merges that somebody proposes, those that are suggested, and proposals that were rejected. The proposal that is shown is answered
// by key; its answer counts at once, and the next one comes while the kernel keeps it.

import { button, make } from "./dom.js";
/** @import { Store } from "../state/store.js" */

/** @typedef {(deed: string, units: number[], then: (refused: string) => void) => void} Tell `then` gets why not, empty if it is done */
/** @typedef {{store: Store, groups: (trait: string) => number[][], tell: Tell, pair: () => {units: number[], isSeen: boolean}, again: () => void}} Shown */

const ACCEPT = "accept the proposed merge that is shown in the tab Pairs; with no proposal: suggest to merge its pair";
const REJECT = "reject the proposed merge that is shown in the tab Pairs";

/** @param {number[]} group */
const keyOf = (group) => [...group].sort((a, b) => a - b).join(" ");

export class MergeQueue {
  /** @type {Shown} */
  #shown;
  /** Proposals that were answered and that the kernel has not dealt with. @type {Set<string>} */
  #answered = new Set();
  /** Why the kernel did not take an answer. @type {Map<string, string>} */
  #refused = new Map();
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
  get waiting() { return this.#shown.groups("_proposals").filter((group) => !this.#answered.has(keyOf(group))); }

  /** The proposal whose pair is shown. @returns {number[]|undefined} */
  get now() {
    const { units } = this.#shown.pair();
    return units.length ? this.waiting.find((group) => units.every((unit) => group.includes(unit))) : undefined;
  }

  /** Whether the pair that is shown is to be merged, or was rejected: a key pressed once more does not turn that round. */
  get isAnswered() {
    const { units } = this.#shown.pair();
    const known = [...this.#shown.groups("_merges"), ...this.#shown.groups("_rejected"), ...this.#shown.groups("_proposals").filter((group) => this.#answered.has(keyOf(group)))];
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
    else this.#shown.tell(deed, units, () => {});
    this.#shown.again();
  }

  /** @param {string} deed @param {number[]} group */
  #answer(deed, group) {
    const key = keyOf(group);
    const before = this.waiting;
    this.#answered.add(key);
    this.#refused.delete(key);
    // The one after it, else the first that is left.
    const left = this.waiting;
    const next = left[before.findIndex((each) => keyOf(each) === key)] ?? left[0];
    this.#shown.tell(deed, group, (refused) => {
      this.#answered.delete(key);
      if (refused) this.#refused.set(key, refused);
      this.#shown.again();
    });
    if (next) this.#shown.store.select(next);
    this.#shown.again();
  }

  /** @param {number[]} group */
  #words(group) { return group.map((unit) => this.#shown.store.ids[unit]).join(" + "); }

  /** @param {number[]} group @param {HTMLElement[]} buttons */
  #row(group, ...buttons) {
    const line = make("div", "nbl-bar");
    const words = this.#words(group);
    line.append(button(words, `Show units ${words}`, () => this.#shown.store.select(group)), ...buttons);
    return line;
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
        const isNow = now !== undefined && keyOf(group) === keyOf(now);
        const by = (/** @type {string} */ text, /** @type {string|undefined} */ key) => (isNow && key ? `${text} (${key})` : text);
        const line = this.#row(
          group,
          button(by("accept", accept), `Accept to merge ${this.#words(group)}`, () => this.#answer("suggest", group)),
          button(by("reject", reject), `Reject to merge ${this.#words(group)}`, () => this.#answer("reject", group)),
        );
        if (isNow) line.append(make("span", "nbl-soft", "shown below"));
        const refused = this.#refused.get(keyOf(group));
        if (refused) line.append(make("span", "nbl-error", refused));
        this.proposals.append(line);
      }
    }
    if (this.#said) this.proposals.append(make("div", "nbl-soft", this.#said));
    if (merges.length) {
      this.suggested.append(make("div", "nbl-pair-head", `${merges.length} suggested ${merges.length === 1 ? "merge" : "merges"}`));
      for (const group of merges) this.suggested.append(this.#row(group, button("take back", `Do not merge ${this.#words(group)}`, () => tell("clear", group, () => {}))));
    }
    if (rejected.length) {
      const box = /** @type {HTMLDetailsElement} */ (make("details", "nbl-pair-table"));
      box.open = this.#opened;
      box.addEventListener("toggle", () => { this.#opened = box.open; });
      box.append(make("summary", "", `${rejected.length} rejected ${rejected.length === 1 ? "proposal" : "proposals"}`));
      for (const group of rejected) box.append(this.#row(group, button("propose again", `Let the merge of ${this.#words(group)} wait for an answer again`, () => tell("reconsider", group, () => {}))));
      this.suggested.append(box);
    }
  }
}
