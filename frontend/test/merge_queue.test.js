// Proposed merges are answered by key: the one that is shown, once it has been seen, and no key leaves the widget.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PageModel } from "../src/state/page_model.js";
import { REST } from "../src/state/queue.js";
import { keysOf } from "../src/ui/key_help.js";
import { VIEWS } from "../src/views/index.js";
import { labelers } from "./models.js";

vi.stubGlobal("IntersectionObserver", class {
  constructor(tell) { this.tell = tell; }
  observe() { this.tell([{ isIntersecting: true }]); }
  disconnect() {}
});
vi.stubGlobal("requestAnimationFrame", (work) => { work(); return 1; });

describe("proposals by key", () => {
  let root, el, model, engine, sent, store, stop, ids, outside;
  const reply = (at, content = {}) => model.trigger("msg:custom", { ...content, request: sent[at].request }, []);
  const deeds = () => sent.filter((each) => each.do).map(({ do: deed, units }) => [deed, ...units]);
  /** The kernel sends the pair that was asked for last. */
  const show = () => {
    const at = sent.findLastIndex((each) => each.unit);
    const { unit, other } = sent[at];
    reply(at, { unit, other, neighbours: [], verdict: "one cell", said: "…", similarity: 1, distance: 1, spikes: [1, 1], around: [1, 1, 1], bin_ms: 1,
      chance: [0, 0, 0], duration: 1, starts: [], over: null, missing: [], ccg: [0], arrays: [] });
    vi.advanceTimersByTime(REST);
  };
  const press = (key, more = {}) => el.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    [{ store, engine, stop }] = labelers();
    ids = store.ids;
    root = document.createElement("div");
    root.className = "nbl-root";
    el = document.createElement("div");
    el.getClientRects = () => [1];
    root.append(el);
    document.body.append(root);
    outside = [];
    document.body.addEventListener("keydown", (event) => outside.push(event.key), { signal: stop.signal });
    engine.set({ _merge_keys: { accept: "y", reject: "x" } });
    model = new PageModel({ _kind: "pair", _asks: true, _why_not: "", _merges: [], _proposals: [], _rejected: [] });
    sent = [];
    model.receive = (content) => sent.push(content);
    await VIEWS.pair.render({ model, el, signal: stop.signal, store, open: async () => store });
    model.set("_proposals", [[ids[1], ids[2]], [ids[3], ids[4]], [ids[5], ids[6]]]);
  });
  afterEach(() => { stop.abort(); root.remove(); vi.useRealTimers(); });

  it("y accepts and x rejects the one that is shown, and the next comes at once while the kernel is late", () => {
    store.select([1, 2]);
    show();
    expect(el.querySelector(`[aria-label="Accept to merge ${ids[1]} + ${ids[2]}"]`).textContent).toBe("accept (y)");
    expect(el.querySelector(`[aria-label="Reject to merge ${ids[1]} + ${ids[2]}"]`).textContent).toBe("reject (x)");
    expect(el.querySelector(`[aria-label="Accept to merge ${ids[3]} + ${ids[4]}"]`).textContent).toBe("accept");
    press("y");
    expect(deeds()).toEqual([["suggest", ids[1], ids[2]]]);
    expect(store.selection).toEqual([3, 4]);
    expect(el.textContent).toContain("2 proposed merges wait for an answer");
    show();
    press("x");
    expect(deeds()[1]).toEqual(["reject", ids[3], ids[4]]);
    expect(store.selection).toEqual([5, 6]);
    expect(outside).toEqual([]);
  });
  it("a key before the pair is drawn, or held down, answers nothing", () => {
    store.select([1, 2]);
    press("y");
    expect(deeds()).toEqual([]);
    expect(el.textContent).toContain("the pair is not on screen yet");
    show();
    press("y");
    press("y", { repeat: true });
    press("y");
    expect(deeds()).toEqual([["suggest", ids[1], ids[2]]]);
    expect(outside).toEqual([]);
  });
  it("a pair that is no proposal is not answered while proposals wait", () => {
    store.select([7, 8]);
    show();
    press("y");
    press("x");
    expect(deeds()).toEqual([]);
    expect(el.textContent).toContain("the pair that is shown is no proposal");
  });
  it("without proposals y suggests to merge the pair that is shown, once, and x does nothing; neither leaves the widget", () => {
    model.set("_proposals", []);
    store.select([7, 8]);
    show();
    expect(el.querySelector(`[aria-label="Suggest to merge units ${ids[7]} and ${ids[8]}"]`).textContent).toBe("suggest a merge (y)");
    press("x");
    press("y");
    expect(deeds()).toEqual([["suggest", ids[7], ids[8]]]);
    model.set("_merges", [[ids[7], ids[8]]]);
    press("y");
    expect(deeds().length).toBe(1);
    expect(outside).toEqual([]);
  });
  it("the last answer is not turned round by a key that is pressed once more, with the kernel late or not", () => {
    model.set("_proposals", [[ids[1], ids[2]]]);
    store.select([1, 2]);
    show();
    press("x");
    press("y");
    expect(deeds()).toEqual([["reject", ids[1], ids[2]]]);
    model.set("_proposals", []);
    model.set("_rejected", [[ids[2], ids[1]]]);
    reply(sent.findLastIndex((each) => each.do));
    press("y");
    expect(deeds().length).toBe(1);
    expect(el.textContent).toContain("this pair was answered already");
    expect(el.querySelector(`[aria-label="Suggest to merge units ${ids[1]} and ${ids[2]}"]`).textContent).toBe("suggest a merge");
  });
  it("what the kernel refuses comes back with the reason", () => {
    store.select([1, 2]);
    show();
    press("y");
    reply(sent.findLastIndex((each) => each.do), { error: "the disk is full" });
    expect(el.textContent).toContain("3 proposed merges wait for an answer");
    expect(el.querySelector(".nbl-pair-queue .nbl-error").textContent).toBe("the disk is full");
  });
  it("keys follow the kernel's, are in the list of keys, and count only while the tab is in sight", () => {
    engine.set({ _merge_keys: { accept: "j" } });
    store.select([1, 2]);
    show();
    press("y");
    press("x");
    expect(deeds()).toEqual([]);
    expect(keysOf(store).find(([key]) => key === "j")[1]).toContain("accept the proposed merge");
    expect(keysOf(store).some(([key]) => key === "x")).toBe(false);
    el.getClientRects = () => [];
    press("j");
    expect(deeds()).toEqual([]);
    el.getClientRects = () => [1];
    press("J", { shiftKey: true });
    expect(deeds()).toEqual([["suggest", ids[1], ids[2]]]);
  });
  it("rejected proposals are listed, and can be proposed again", () => {
    model.set("_rejected", [[ids[8], ids[9]]]);
    expect(el.textContent).toContain("1 rejected proposal");
    el.querySelector(`[aria-label="Let the merge of ${ids[8]} + ${ids[9]} wait for an answer again"]`).click();
    expect(deeds()).toEqual([["reconsider", ids[8], ids[9]]]);
  });
});
