// A queue: a label goes to the unit that is shown, by its id, at once and pending; then the next unit comes.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { REST } from "../src/state/queue.js";
import { keysOf } from "../src/ui/key_help.js";
import { keepKeys } from "../src/ui/keys.js";
import { labelBar, titleOf } from "../src/ui/label_bar.js";
import { answered, labelers } from "./models.js";

vi.stubGlobal("IntersectionObserver", class {
  constructor(tell) { this.tell = tell; }
  observe() { this.tell([{ isIntersecting: true }]); }
  disconnect() {}
});
beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => { vi.useRealTimers(); document.body.replaceChildren(); });

const ORDER = [4, 7, 2, 9];

/** A labeler whose kernel has started a review, and a root that takes keys. */
const reviewing = (units = ORDER, place = units[0]) => {
  const made = labelers()[0];
  const { engine, store, stop } = made;
  const queue = { number: 1, order: "unsure", title: "unsure", units: units.map((at) => store.ids[at]) };
  const root = document.createElement("div");
  root.className = "nbl-root";
  const el = document.createElement("div");
  root.append(el);
  document.body.append(root);
  keepKeys(el, store);
  const bar = labelBar(el, store, stop.signal);
  el.append(bar);
  engine.set({ selection: [place], _place: store.ids[place], _queue: queue });
  vi.advanceTimersByTime(REST);
  const press = (key, more = {}) => el.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  const key = (name, more) => { press(name, more); vi.advanceTimersByTime(REST); };
  const labels = () => made.sent.filter(({ type }) => type === "label").map(({ units: ids, label }) => [...ids, label]);
  /** The kernel deals with the oldest message that it has not dealt with. */
  let dealt = 0;
  const answer = (state = {}) => {
    const { client, id } = made.sent[dealt++];
    engine.set({ error: "", ...state });
    engine.set({ _acknowledged: [client, id] });
  };
  return { ...made, root, el, bar, key, press, labels, answer };
};

describe("a label in a queue", () => {
  it("is given to the unit that is shown by its id, is seen at once and pending, and the next unit comes", () => {
    const { store, labels, key, bar, answer, sent } = reviewing();
    key("n");
    expect(labels()).toEqual([[store.ids[4], "noise"]]);
    expect(store.label(4)).toBe("noise");
    expect([...store.pending]).toEqual([4]);
    expect(store.selection).toEqual([7]);
    expect(sent.at(-1)).toMatchObject({ type: "show", unit: store.ids[7] });
    expect(bar.textContent).toContain("2 of 4");
    expect(bar.textContent).toContain("1 of 4 labeled: 1 noise");
    answer({ by_hand: { 4: "noise" } });
    expect([...store.pending]).toEqual([]);
    expect(store.label(4)).toBe("noise");
  });

  it("goes on while the kernel is silent, each to the unit that was on screen", () => {
    const { store, labels, key } = reviewing();
    for (const name of ["n", "g", "m", "s"]) key(name);
    expect(labels()).toEqual([[store.ids[4], "noise"], [store.ids[7], "good"], [store.ids[2], "mua"], [store.ids[9], "non_soma"]]);
    expect(store.selection).toEqual([]);
    key("n");
    expect(labels().length).toBe(4);
  });

  it("is not taken before the unit was on screen long enough, nor from a key that is held down", () => {
    const { labels, press, key } = reviewing();
    press("g");
    press("g");
    vi.advanceTimersByTime(REST - 10);
    press("g");
    expect(labels().length).toBe(1);
    key("g", { repeat: true });
    vi.advanceTimersByTime(REST);
    key("g", { repeat: true });
    expect(labels().length).toBe(1);
  });

  it("is not taken before the card has shown the evidence, and that is said", () => {
    const { store, labels, key, bar, el, stop } = reviewing();
    const card = document.createElement("div");
    card.getClientRects = () => [{}];
    el.append(card);
    store.queue.showsIn(card, stop.signal);
    key("g");
    expect(labels()).toEqual([]);
    expect(bar.textContent).toContain(`unit ${store.ids[4]} is not on screen yet`);
    store.queue.showed(7);
    key("g");
    expect(labels()).toEqual([]);
    store.queue.showed(4);
    vi.advanceTimersByTime(REST);
    key("g");
    expect(labels()).toEqual([[store.ids[4], "good"]]);
  });

  it("that the kernel refuses comes back visibly, and its unit comes again", () => {
    const { store, key, bar, answer } = reviewing();
    key("n");
    key("g");
    answer({ error: "the disk is full" });
    expect(store.label(4)).not.toBe("noise");
    expect(bar.querySelector("[role=alert]").textContent).toContain(`unit ${store.ids[4]} was not labeled noise: the disk is full`);
    expect(store.selection).toEqual([2]);
    expect(store.nextUnits(1)).toEqual([4]);
    answer();
    answer({ by_hand: { 7: "good" } });
    expect(store.label(7)).toBe("good");
    expect(bar.querySelector("[role=alert]").textContent).not.toContain(`unit ${store.ids[7]}`);
  });

  it("of several selected units goes to the one shown, with Shift to all, and the title says which", () => {
    const { store, labels, key } = reviewing();
    store.select([1, 3, 7]);
    vi.advanceTimersByTime(REST);
    expect(titleOf(store, `${store.ids[7]}: mua`)).toBe(`3 units selected (showing ${store.ids[7]}: mua)`);
    key("g");
    expect(labels()).toEqual([[store.ids[7], "good"]]);
    store.select([1, 3]);
    vi.advanceTimersByTime(REST);
    key("N", { shiftKey: true });
    expect(labels().at(-1)).toEqual([store.ids[1], store.ids[3], "noise"]);
  });
});

describe("going through units", () => {
  it("Space and Enter go on, Shift and Space back, and what was left out comes at the end", () => {
    const { store, key, labels } = reviewing();
    const seen = [];
    for (const [name, more] of [[" "], ["Enter"], [" ", { shiftKey: true }], ["g"], ["n"], ["m"]]) {
      key(name, more);
      seen.push(store.selection[0]);
    }
    expect(seen).toEqual([7, 2, 7, 2, 9, 4]);
    expect(labels().map(([id]) => id)).toEqual([7, 2, 9].map((at) => store.ids[at]));
    key("g");
    expect(store.selection).toEqual([]);
    key(" ", { shiftKey: true });
    expect(store.selection).toEqual([9]);
  });

  it("the next units are those that step shows", () => {
    const { store } = reviewing();
    const said = store.nextUnits(2);
    store.step(1);
    const first = store.selection[0];
    store.step(1);
    expect([first, store.selection[0]]).toEqual(said);
  });

  it("u takes labels back over units and shows the unit again, also before the kernel has answered", () => {
    const { store, key, sent } = reviewing();
    key("n");
    key("g");
    key("u");
    expect(sent.at(-1)).toMatchObject({ type: "take_back", unit: store.ids[7] });
    expect(store.selection).toEqual([7]);
    expect(store.byHand[7]).toBeUndefined();
    key("u");
    expect(sent.at(-1)).toMatchObject({ type: "take_back", unit: store.ids[4] });
    expect(store.selection).toEqual([4]);
  });

  it("after a restart u takes back what the kernel says is last", () => {
    const { engine, store, key, sent, bar } = reviewing();
    key("u");
    expect(bar.textContent).toContain("there is no label by hand to take back");
    engine.set("_last", store.ids[9]);
    key("u");
    expect(sent.at(-1)).toMatchObject({ type: "take_back", unit: store.ids[9] });
    expect(store.selection).toEqual([9]);
  });

  it("goes on where it stopped", () => {
    const { store, bar } = reviewing(ORDER, 2);
    expect(bar.textContent).toContain("3 of 4");
    expect(store.nextUnits(2)).toEqual([9, 4]);
  });

  it("another order of what is left takes neither the unit shown away nor those that are fetched ahead", () => {
    const { engine, store, key } = reviewing([4, 7, 2, 9, 0, 1]);
    key("n");
    const ids = [4, 1, 0, 9, 2, 7].map((at) => store.ids[at]);
    engine.set("_queue", { ...engine.get("_queue"), units: ids });
    expect(store.selection).toEqual([7]);
    expect(store.nextUnits(4)).toEqual([2, 9, 1, 0]);
    expect(new Set(store.queue.units)).toEqual(new Set([4, 7, 2, 9, 0, 1]));
  });

  it("pauses of more than a minute are no time that a unit took", () => {
    const { store, key } = reviewing();
    for (const ms of [3000, 61_000, 5000]) {
      vi.advanceTimersByTime(ms - REST);
      key("g");
    }
    expect(store.queue.seconds.length).toBe(2);
    expect(store.queue.pace).toBeCloseTo(4, 0);
  });

  it("a unit that somebody clicks in between is labeled where it is shown, and the queue goes on", () => {
    const { store, key, labels } = reviewing();
    store.select([11]);
    vi.advanceTimersByTime(REST);
    key("g");
    expect(labels()).toEqual([[store.ids[11], "good"]]);
    expect(store.selection).toEqual([4]);
  });
});

describe("keys", () => {
  it("none reaches the notebook, whatever it is", () => {
    const { el } = reviewing();
    const heard = [];
    document.body.addEventListener("keydown", (event) => heard.push(event.key), { once: false });
    for (const key of "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789?, ") el.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    for (const key of ["Enter", "Escape", "Backspace", "Delete", "ArrowDown", "Tab"]) el.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    expect(heard).toEqual([]);
  });

  it("typed in a field label nothing", () => {
    const { el, labels, bar } = reviewing();
    for (const field of [bar.querySelector("input"), Object.assign(document.createElement("input"), { type: "number" }), document.createElement("textarea"), document.createElement("select")]) {
      el.append(field);
      for (const key of ["g", "m", " ", "u"]) field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    }
    expect(labels()).toEqual([]);
  });

  it("? lists them and Escape closes the list; own labels have digits", () => {
    const { engine, store, key, root, labels } = reviewing();
    engine.set({ _key_labels: [...engine.get("_key_labels"), "axon"], _hand_keys: { ...engine.get("_hand_keys"), axon: "1" } });
    expect(keysOf(store).slice(0, 5).map(([name]) => name).sort()).toEqual(["1", "g", "m", "n", "s"]);
    key("?");
    expect(root.querySelector("[role=dialog]").textContent).toContain("axon");
    key("Escape");
    expect(root.querySelector("[role=dialog]")).toBe(null);
    key("1");
    expect(labels()).toEqual([[store.ids[4], "axon"]]);
  });

  it("without a queue label the unit that is shown and stay", () => {
    const { store, sent } = labelers()[0];
    store.select([3]);
    store.queue.give("noise");
    expect(store.selection).toEqual([3]);
    expect(sent.at(-1)).toMatchObject({ type: "label", units: [store.ids[3]] });
  });
});

it("a saved page goes through what is selected or listed, and says of the rest that it needs a kernel", () => {
  const { engine, store } = labelers()[0];
  answered(engine);
  store.queue.start("selection", [5, 1, 8]);
  expect(store.selection).toEqual([5]);
  vi.advanceTimersByTime(REST);
  store.queue.give("noise");
  vi.advanceTimersByTime(REST);
  store.queue.give("good");
  expect(store.selection).toEqual([8]);
  store.queue.undo();
  expect([store.selection[0], store.byHand[1], store.byHand[5]]).toEqual([1, undefined, "noise"]);
  store.queue.start("informative");
  expect(store.error).toContain("needs a kernel");
  store.queue.start(null);
  expect(store.queue.active).toBe(false);
});
