// The tab Pairs: which two units are compared, what is asked, what is shown, and what is suggested.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { PageModel } from "../src/state/page_model.js";
import { gridOf, inTime, roundBelow } from "../src/ui/pair_pictures.js";
import { VIEWS } from "../src/views/index.js";
import { labelers } from "./models.js";

vi.stubGlobal("IntersectionObserver", class {
  constructor(tell) { this.tell = tell; }
  observe() { this.tell([{ isIntersecting: true }]); }
  disconnect() {}
});
vi.stubGlobal("requestAnimationFrame", (work) => { work(); return 1; });

const floats = (...values) => new DataView(new Float32Array(values).buffer);
const ARRAYS = ["ccg", "acg_one", "acg_other", "times_one", "amplitudes_one", "times_other", "amplitudes_other", "template_one", "template_other", "places"];
const BUFFERS = [floats(1, 2, 3, 4), floats(1, 0, 0, 1), floats(0, 0, 0, 0), floats(1, 2), floats(-5, -6), floats(3), floats(-4), floats(0, -1, 0), floats(0, -2, 0), floats(0, 0)];
const answer = (unit, other, more = {}) => ({
  unit, other, neighbours: [["b", 0.97, 12.4], ["c", null, null]], verdict: "one cell", said: "probably one cell split: …", similarity: 0.97, distance: 12.4,
  spikes: [100, 50], around: [100, 100, 50], bin_ms: 0.25, chance: [1, 2, 0], duration: 600, starts: [], over: null, missing: [], arrays: ARRAYS,
  amplitude_unit: "µV", samples: 3, sample_ms: 0.033, channels: ["7"], volt: "µV", first_ms: -1, ...more,
});

describe("pairs", () => {
  let el, model, sent, store, stop, ids;
  const reply = (at, content, buffers = BUFFERS) => model.trigger("msg:custom", { ...content, request: sent[at].request }, buffers);
  const named = (label) => el.querySelector(`[aria-label="${label}"]`);
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    [{ store, stop }] = labelers();
    ids = store.ids;
    el = document.createElement("div");
    document.body.append(el);
    model = new PageModel({ _kind: "pair", _asks: true, _why_not: "", _merges: [], _proposals: [] });
    sent = [];
    model.receive = (content) => sent.push(content);
    await VIEWS.pair.render({ model, el, signal: stop.signal, store, open: async () => store });
  });
  afterEach(() => { stop.abort(); el.remove(); vi.useRealTimers(); });

  it("says what to do where no unit is selected", () => {
    expect(el.textContent).toContain("No unit is selected");
    expect(sent).toEqual([]);
  });
  it("asks for the most alike of one unit, and for the last two of several", () => {
    store.select([2]);
    expect(sent.at(-1)).toMatchObject({ unit: ids[2], other: null });
    store.select([1, 4, 3]);
    expect(sent.at(-1)).toMatchObject({ unit: ids[4], other: ids[3] });
  });
  it("shows the verdict, the facts and the pictures, then asks what the merged unit would be", () => {
    store.select([2]);
    reply(0, answer(ids[2], ids[5], { neighbours: [[ids[5], 0.97, 12.4], [ids[6], null, null]] }));
    expect(el.textContent).toContain("probably one cell split");
    expect(el.textContent).toContain("templates 0.97 alike, 12.4 µm apart, 100 and 50 spikes");
    expect(el.querySelectorAll("canvas").length).toBe(8);
    expect([...el.querySelectorAll("option")].map((option) => option.textContent)).toEqual([
      `${ids[5]} ${store.label(5)} (0.97 alike, 12 µm)`, `${ids[6]} ${store.label(6)}`]);
    expect(sent.at(-1)).toMatchObject({ merged: [ids[2], ids[5]] });
    reply(1, { merged: { metrics: { num_spikes: 150, rp_contamination: null }, alone: [], labels: ["good", "mua"], guessed: ["snr"], unknown: [["noise levels", ["snr"]]] } }, []);
    expect(el.textContent).toContain("merged they would be good or mua");
    expect(el.textContent).toContain("1 criterion is not known before the merge: judged with the values of one unit or of the other");
    expect(el.textContent).toContain("snr: need noise levels");
    expect([...el.querySelectorAll("tr")].map((row) => row.lastChild.textContent)).toEqual(["merged", "150", "–"]);
  });
  it("asks for the merged unit again when the limits have changed, and for the pair only once", () => {
    store.select([2]);
    reply(0, answer(ids[2], ids[5]));
    reply(1, { merged: { metrics: {}, alone: [], labels: ["good"], guessed: [], unknown: [] } }, []);
    const pictures = el.querySelector("canvas");
    store.set([[0, [null, 1]]]);
    expect(el.textContent).toContain("merged they would be good");
    vi.advanceTimersByTime(400);
    expect(sent.length).toBe(3);
    expect(sent[2]).toMatchObject({ merged: [ids[2], ids[5]] });
    expect(el.querySelector("canvas")).toBe(pictures);
    reply(2, { merged: { metrics: {}, alone: [], labels: ["noise"], guessed: [], unknown: [] } }, []);
    expect(el.textContent).toContain("merged they would be noise");
    store.select([3]);
    reply(3, answer(ids[3], ids[5]));
    store.select([2]);
    expect(sent.filter((message) => message.unit === ids[2]).length).toBe(1);
  });
  it("goes through the neighbours and to the next unit of the list", () => {
    store.select([2]);
    const neighbours = [[ids[5], 0.97, 12], [ids[6], 0.9, 20]];
    reply(0, answer(ids[2], ids[5], { neighbours }));
    named("Next neighbour").click();
    expect(sent.at(-1)).toMatchObject({ unit: ids[2], other: ids[6] });
    reply(sent.length - 1, answer(ids[2], ids[6], { neighbours }));
    named("Next neighbour").click();
    expect(el.querySelector("select").value).toBe(ids[5]);
    named("Compare with the next unit of the list").click();
    expect(el.querySelector("select").value).toBe(ids[6]);
    named("Select the other unit").click();
    expect(store.selection).toEqual([6]);
  });
  it("an answer to a pair that is not asked for any more is kept, and not shown", () => {
    store.select([2]);
    store.select([3]);
    reply(0, answer(ids[2], ids[5], { said: "of the other pair" }));
    expect(el.textContent).not.toContain("of the other pair");
    reply(1, answer(ids[3], ids[5], { said: "of this pair" }));
    expect(el.textContent).toContain("of this pair");
    store.select([2]);
    expect(el.textContent).toContain("of the other pair");
  });
  it("suggests a merge, shows it when the kernel has it, and takes it back", () => {
    store.select([2]);
    reply(0, answer(ids[2], ids[5]));
    named(`Suggest to merge units ${ids[2]} and ${ids[5]}`).click();
    expect(sent.at(-1)).toMatchObject({ do: "suggest", units: [ids[2], ids[5]] });
    expect(el.textContent).not.toContain("to be merged:");
    model.set("_merges", [[ids[2], ids[5], ids[7]]]);
    reply(sent.length - 1, {}, []);
    expect(el.textContent).toContain(`to be merged: ${ids[2]} + ${ids[5]} + ${ids[7]}`);
    named(`Do not merge units ${ids[2]} and ${ids[5]} and ${ids[7]}`).click();
    expect(sent.at(-1)).toMatchObject({ do: "clear", units: [ids[2], ids[5], ids[7]] });
  });
  it("proposals come as a queue: each answer shows the next one", () => {
    model.set("_proposals", [[ids[1], ids[2]], [ids[3], ids[4]]]);
    expect(el.textContent).toContain("2 proposed merges wait for an answer");
    named(`Accept to merge ${ids[1]} + ${ids[2]}`).click();
    const told = sent.findIndex((each) => each.do);
    expect(sent[told]).toMatchObject({ do: "suggest", units: [ids[1], ids[2]] });
    expect(store.selection).toEqual([3, 4]);
    model.set("_proposals", [[ids[3], ids[4]]]);
    reply(told, {}, []);
    named(`Reject to merge ${ids[3]} + ${ids[4]}`).click();
    expect(sent.at(-1)).toMatchObject({ do: "reject", units: [ids[3], ids[4]] });
  });
  it("says what the kernel refuses, where the answer would stand", () => {
    store.select([2]);
    reply(0, { error: "the spikes cannot be read" }, []);
    expect(el.textContent).toContain("the spikes cannot be read");
    expect(el.querySelectorAll("canvas").length).toBe(0);
  });
  it("says why a table of metrics has no pairs, and asks nothing", () => {
    model.set("_why_not", "This is a table of metrics.");
    store.select([2]);
    expect(el.textContent).toContain("This is a table of metrics.");
    expect(sent).toEqual([]);
  });
});

it("a saved page says that pairs need the notebook", async () => {
  const [{ store, stop }] = labelers();
  const el = document.createElement("div");
  const model = new PageModel({ _kind: "pair", _merges: [], _proposals: [], _why_not: "" });
  await VIEWS.pair.render({ model, el, signal: stop.signal, store, open: async () => store });
  expect(el.textContent).toBe("Pairs of units need the notebook: a saved page has no spike trains to compare.");
  stop.abort();
});
it("channels are drawn in columns and rows, the highest first", () => {
  expect(gridOf([0, 0, 32, 0, 0, 20])).toEqual({ columns: 2, rows: 2, at: [[0, 1], [1, 1], [0, 0]] });
});
it("scale bars are round numbers and times are said in words", () => {
  expect([730, 2, 0.34, 1].map(roundBelow)).toEqual([500, 2, 0.2, 1]);
  expect([inTime(41 * 60), inTime(90)]).toEqual(["41 min", "90 s"]);
});
