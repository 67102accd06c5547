// The view of many recordings: its rows are what the labels say, sorted and grouped, and a click limits every view.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { partOf } from "../src/core/part.js";
import { CountsByRecording, gainInWords, gains, grouped, orderOf } from "../src/core/recordings.js";
import { curvesOf, countsAt } from "../src/core/sensitivity.js";
import { PageModel } from "../src/state/page_model.js";
import { VIEWS } from "../src/views/index.js";
import { labelers } from "./models.js";

vi.stubGlobal("IntersectionObserver", class {
  constructor(tell) { this.tell = tell; }
  observe() { this.tell([{ isIntersecting: true }]); }
  disconnect() {}
});
vi.stubGlobal("requestAnimationFrame", (work) => { work(); return 1; });
beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => vi.useRealTimers());

/** Units 0-4 are of r10 (mouse m1), 5-9 of r2 (m2), 10-14 of r1 (m1). */
const RECORDINGS = ["r10", "r2", "r1"];
const MOUSE_1 = [0, 1, 2, 3, 4, 10, 11, 12, 13, 14];

const drawn = async (change = {}) => {
  const { store, views, engine } = labelers()[0];
  const stop = new AbortController();
  const draw = async (kind, more = {}) => {
    const el = document.createElement("div");
    document.body.append(el);
    const model = new PageModel({ ...views.find((view) => view._kind === kind), ...more });
    await VIEWS[kind].render({ model, el, signal: stop.signal, store, open: async () => store });
    return { el, model };
  };
  const { el, model } = await draw("recordings", change);
  const lines = () => [...el.querySelectorAll("tbody tr:not(.nbl-recordings-why)")];
  return {
    store, engine, draw, el, model, lines,
    names: () => lines().map((line) => line.querySelector("button").textContent),
    line: (name) => lines().find((line) => line.querySelector("button").textContent === name),
    sort: (name) => el.querySelector(`thead [aria-label="Sort by ${name}"]`).click(),
    group: (value) => {
      const menu = el.querySelector("select");
      menu.value = value;
      menu.dispatchEvent(new Event("change"));
    },
  };
};
/** Counts by label of some units, counted the plain way. */
const counted = (store, units) => Object.fromEntries(store.rules.labels.map((label) => [label, units.filter((unit) => store.label(unit) === label).length]));
const unitsOf = (name) => Array.from({ length: 5 }, (_, at) => 5 * RECORDINGS.indexOf(name) + at);
const shares = (line) => [...line.querySelectorAll("td.nbl-recordings-share")].map((cell) => cell.textContent);

describe("rows", () => {
  it("say units and the share of each label, as the labels of the recording's units are", async () => {
    const { store, line, el } = await drawn();
    const shown = [...el.querySelectorAll("thead th.nbl-recordings-share")].map((cell) => cell.textContent);
    for (const name of RECORDINGS) {
      const many = counted(store, unitsOf(name));
      expect(line(name).querySelector(".nbl-recordings-units").textContent).toBe("5");
      expect(shares(line(name))).toEqual(shown.map((label) => `${Math.round(20 * many[label])} %`));
      const parts = [...line(name).querySelectorAll(".nbl-recordings-stack span")];
      expect(parts.map((part) => part.style.flexGrow)).toEqual(shown.map((label) => String(many[label])));
      expect(parts.map((part) => part.className)).toEqual(shown.map((label) => `nbl-hatch-${store.look(label).hatch}`));
    }
  });
  it("follow a limit and labels by hand, and say the change since the defaults", async () => {
    const { store, line } = await drawn();
    expect(line("r2").querySelector("td.nbl-recordings-change").textContent).toBe("");
    store.override(unitsOf("r2"), "noise", "");
    const before = line("r2").querySelector("td.nbl-recordings-change").textContent;
    expect(before).toMatch(/^\+\d noise$/);
    expect(shares(line("r2")).at(-1)).toBe("100 %");
    store.override(unitsOf("r2"), null, "");
    store.drag(store.position("mua/snr"), [1e6, null], "one");
    for (const name of RECORDINGS) expect(shares(line(name))[0]).toBe("0 %");
  });
  it("that stand out, were not read or lack metrics have the reason below them, which their button refers to", async () => {
    const change = { _stands_out: ["", "56 % fail mua/snr, 17 % elsewhere", ""], _problems: ["no metrics", "", ""], _lacking: ["", "", "snr"] };
    const { el, line } = await drawn(change);
    const why = [...el.querySelectorAll(".nbl-recordings-why td")].map((cell) => [cell.id, cell.textContent]);
    const said = (name) => why.find(([id]) => id === line(name).querySelector("button").getAttribute("aria-describedby"))[1];
    expect([said("r2"), said("r10"), said("r1")]).toEqual(["▲ 56 % fail mua/snr, 17 % elsewhere", "× not read: no metrics", "lacks snr"]);
    expect(el.querySelector("[role=status]").textContent).toBe("3 recordings, 1 stands out (▲, at the defaults), 1 could not be read");
  });
  it("of other defaults are drawn again", async () => {
    const { model, line, store } = await drawn();
    const none = Object.fromEntries(store.rules.labels.map((label) => [label, [0, 0, 0]]));
    model.set("_default_counts", { ...none, noise: [5, 5, 5] });
    const best = gains(Int32Array.from(store.rules.labels, (label) => counted(store, unitsOf("r2"))[label]), store.rules.labels, { noise: 5 })[0];
    expect(line("r2").querySelector("td.nbl-recordings-change").textContent).toBe(gainInWords(best));
  });
});

describe("order", () => {
  it("is by name with numbers in their order, and turns round at a second press", async () => {
    const { el, names, sort } = await drawn();
    expect(names()).toEqual(["r1", "r2", "r10"]);
    sort("recording");
    expect(names()).toEqual(["r10", "r2", "r1"]);
    const sorts = [...el.querySelectorAll("thead th[aria-sort]")].map((cell) => cell.getAttribute("aria-sort"));
    expect(sorts.filter((sort) => sort !== "none")).toEqual(["descending"]);
  });
  it("by a share has the largest first, and follows a limit once the hand rests", async () => {
    const { store, names, sort } = await drawn();
    sort("share of noise");
    store.override(unitsOf("r10"), "noise", "");
    store.override([...unitsOf("r2"), ...unitsOf("r1")], "good", "");
    vi.advanceTimersByTime(200);
    expect(names()[0]).toBe("r10");
    store.override(unitsOf("r10"), "good", "");
    store.override(unitsOf("r1"), "noise", "");
    vi.advanceTimersByTime(200);
    expect(names()[0]).toBe("r1");
  });
  it("by what describes recordings, and in groups of it", async () => {
    const { names, sort, group, line, store } = await drawn();
    sort("mouse");
    expect(names().at(-1)).toBe("r2");
    sort("recording");
    group("0");
    expect(names()).toEqual(["mouse m1", "r1", "r10", "mouse m2", "r2"]);
    expect(line("mouse m1").querySelector(".nbl-recordings-units").textContent).toBe("10");
    const noise = counted(store, MOUSE_1).noise;
    expect(shares(line("mouse m1")).at(-1)).toBe(`${10 * noise} %`);
    group("");
    expect(names()).toEqual(["r1", "r2", "r10"]);
  });
  it("leaves missing values for the end, whichever way", () => {
    expect(orderOf([3, null, 1, NaN], false)).toEqual([2, 0, 1, 3]);
    expect(orderOf([3, null, 1, NaN], true)).toEqual([0, 2, 1, 3]);
    expect(orderOf(["b10", "", "b9"], false)).toEqual([2, 0, 1]);
    expect(grouped([7, "7", null, ""]).map(({ members }) => members)).toEqual([[0, 1], [2, 3]]);
  });
});

describe("a click", () => {
  it("limits all views to a recording, and a second one ends that", async () => {
    const { store, line, draw } = await drawn();
    const { el: table } = await draw("unit_table");
    const { el: counts } = await draw("label_counts");
    const { el: waveforms } = await draw("waveforms");
    const { el: upset } = await draw("upset");
    const { el: scatter } = await draw("scatter");
    line("r2").click();
    const many = counted(store, unitsOf("r2"));
    expect(table.textContent).toContain("5 units");
    expect(counts.querySelector(".nbl-scope").hidden).toBe(false);
    expect(counts.textContent).toContain("recording r2, 5 units");
    for (const [label, count] of Object.entries(many)) {
      const number = counts.querySelector(`[data-label="${label}"]`);
      if (number) expect(number.textContent).toBe(String(count));
    }
    expect(waveforms.textContent).toContain(`noise (${many.noise}`);
    expect(upset.textContent).toContain(many.noise ? `${many.noise} units` : "No unit is labeled noise");
    expect(scatter.querySelector("canvas")).not.toBe(null);
    store.drag(store.position("mua/snr"), [1e6, null], "one");
    expect(counts.querySelector('[data-label="good"]').textContent).toBe("0");
    expect([...store.shown.counts].reduce((sum, n) => sum + n, 0)).toBe(5);
    line("r2").click();
    expect(store.scope).toBe(null);
    expect(table.textContent).toContain("15 units");
    expect(counts.querySelector(".nbl-scope").hidden).toBe(true);
  });
  it("on a group limits them to the group, until all recordings are asked for", async () => {
    const { store, line, group, el } = await drawn();
    group("0");
    line("mouse m1").querySelector("button").click();
    expect([...store.scope.units]).toEqual(MOUSE_1);
    expect(line("mouse m1").querySelector("button").getAttribute("aria-pressed")).toBe("true");
    const all = el.querySelector(".nbl-bar button");
    expect(all.disabled).toBe(false);
    all.click();
    expect(store.scope).toBe(null);
    expect(all.disabled).toBe(true);
  });
  it("leaves no unit selected that nobody sees, and Alt+arrows go through the units that are shown", async () => {
    const { store, line } = await drawn();
    store.select([1, 6, 12]);
    line("r2").click();
    expect(store.selection).toEqual([6]);
    store.step(-1);
    store.step(-1);
    expect(store.selection).toEqual([9]);
  });
  it("keeps the histograms to its units: bars, and what one criterion alone decides", async () => {
    const { store, line, draw } = await drawn();
    line("r2").click();
    const only = store.rules.criteria.map((_, k) => unitsOf("r2").filter((unit) => store.trace.reasons.every((row, other) => (other === k) === Boolean(row[unit]))).length);
    expect(store.shown.only).toEqual(only);
    const { el } = await draw("limits", { criterion: "mua/snr" });
    const alone = only[store.position("mua/snr")];
    expect(el.textContent.includes("on its own")).toBe(alone > 0);
  });
});

it("the arrow keys go from row to row, which are one stop of the tab key", async () => {
  const { lines } = await drawn();
  const open = lines().map((line) => line.querySelector("button"));
  expect(open.map((button) => button.tabIndex)).toEqual([0, -1, -1]);
  open[0].focus();
  open[0].dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
  expect(document.activeElement).toBe(open[1]);
  open[1].dispatchEvent(new KeyboardEvent("keydown", { key: "End", bubbles: true }));
  expect(open.map((button) => button.tabIndex)).toEqual([-1, -1, 0]);
});
it("counts that follow moved limits are those of counting anew", () => {
  const { store } = labelers()[0];
  const of = Int32Array.from({ length: store.n }, (_, unit) => unit % 4);
  const following = new CountsByRecording(of, 4, store.rules.labels.length);
  following.follow(store.trace.codes, null);
  let some = 0;
  store.addEventListener("trace", (event) => {
    following.follow(store.trace.codes, event.detail);
    if (event.detail) some++;
  });
  for (let at = 0; at < 60; at++) store.drag(store.position("mua/snr"), [1 + ((at * 7) % 20), null], "one");
  const anew = new CountsByRecording(of, 4, store.rules.labels.length);
  anew.follow(store.trace.codes, null);
  expect(following.table).toEqual(anew.table);
  expect(some).toBeGreaterThan(0);
});
it("what if: the curves of a part are those of its units alone", () => {
  const { store } = labelers()[0];
  store.override([6, 12], "noise", "");
  const units = Int32Array.from([5, 6, 7, 8, 9]);
  const { method, byHand } = partOf(store.method, store.byHand, units);
  expect(byHand).toEqual({ 1: "noise" });
  store.rules.criteria.forEach((_, k) => {
    for (const curve of curvesOf(method, k, byHand)) {
      const now = countsAt(curve, store.limits[k][curve.bound]);
      expect([...now]).toEqual(store.rules.labels.map((label) => counted(store, [...units])[label]));
    }
  });
});
