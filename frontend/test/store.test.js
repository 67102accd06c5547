// The store shows at once what was asked for, tells the kernel now and then, and gives way when it is acknowledged.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Requests } from "../src/state/requests.js";
import { PageModel } from "../src/state/page_model.js";
import { answered, labelers } from "./models.js";

beforeEach(() => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => vi.useRealTimers());

const made = () => labelers()[0];
const key = "mua/snr";
const acknowledge = (engine, { client, id }, state = {}) => engine.set({ ...state, _acknowledged: [client, id] });

describe("a drag", () => {
  it("relabels at every move and sends at most five messages a second", () => {
    const { store, sent } = made();
    const k = store.position(key);
    let relabeled = 0;
    store.addEventListener("trace", () => relabeled++);
    for (let ms = 0; ms < 2000; ms += 10) {
      store.drag(k, [5 + ms / 100, null], "one");
      vi.advanceTimersByTime(10);
    }
    store.drop();
    expect(relabeled).toBe(200);
    expect(sent.length).toBeLessThanOrEqual(12);
    expect(sent.at(-1)).toMatchObject({ type: "set", limits: { [key]: [24.9, null] }, gesture: "one" });
    expect(new Set(sent.map((message) => message.gesture))).toEqual(new Set(["one"]));
    expect(Object.keys(sent[0].limits)).toEqual([key]);
  });

  it("does not jump back when the kernel says what it was a moment ago", () => {
    const { engine, store, sent } = made();
    const k = store.position(key);
    store.drag(k, [6, null], "one");
    store.drag(k, [9, null], "one");
    acknowledge(engine, sent[0], { limits: { ...engine.get("limits"), [key]: [6, null] } });
    expect(store.limits[k]).toEqual([9, null]);
    vi.advanceTimersByTime(300);
    expect(sent.length).toBe(2);
    acknowledge(engine, sent[1], { limits: { ...engine.get("limits"), [key]: [9, null] } });
    engine.set("limits", { ...engine.get("limits"), [key]: [3, null] });
    expect(store.limits[k]).toEqual([3, null]);
  });

  it("gives way when the kernel refuses it", () => {
    const { engine, store, sent } = made();
    const k = store.position(key);
    const before = store.limits[k];
    const labels = [...store.trace.codes];
    store.drag(k, [1000, null], "one");
    expect([...store.trace.codes]).not.toEqual(labels);
    acknowledge(engine, sent[0], { error: "the criteria have changed since" });
    expect(store.limits[k]).toEqual(before);
    expect([...store.trace.codes]).toEqual(labels);
  });

  it("is not disturbed by a message that another window sent", () => {
    const { engine, store } = made();
    const k = store.position(key);
    store.drag(k, [1000, null], "one");
    engine.set("_acknowledged", ["another", 99]);
    expect(store.limits[k]).toEqual([1000, null]);
  });
});

describe("a selection", () => {
  it("in one tab is not overwritten by that of another tab which the kernel tells of meanwhile", () => {
    const { engine, store, sent } = made();
    store.select([2]);
    engine.set("selection", [1]);
    expect(store.selection).toEqual([2]);
    acknowledge(engine, sent[0], { selection: [2] });
    expect(store.selection).toEqual([2]);
    engine.set("selection", [3]);
    expect(store.selection).toEqual([3]);
  });
});

describe("labels by hand", () => {
  it("name units by their ids, show at once, and a new label is one of the method's then", () => {
    const { store, sent } = made();
    store.override([2, 3], "axon", "seen");
    expect(sent[0]).toMatchObject({ type: "label", units: [store.ids[2], store.ids[3]], label: "axon", note: "seen" });
    expect([store.label(2), store.label(3)]).toEqual(["axon", "axon"]);
    expect(store.order).toContain("axon");
    expect(store.look("axon").color).toMatch(/^#/);
    store.override([2], null, "");
    expect(store.label(2)).not.toBe("axon");
  });
});

describe("a new structure", () => {
  it("is taken as a whole, whichever attribute comes first", () => {
    const { engine, store } = made();
    const keys = engine.get("_keys").slice(0, 2);
    const rules = engine.get("_rules");
    const n = engine.get("_n_units");
    const values = engine.get("_values");
    store.addEventListener("trace", () => expect(store.limits.length).toBe(store.rules.criteria.length));
    engine.set({
      limits: Object.fromEntries(keys.map((name) => [name, [null, null]])),
      _keys: keys,
      _rules: { ...rules, criteria: rules.criteria.slice(0, 2) },
      _values: values.slice(0, 2 * n * 8),
      _missing: [false, false],
      _axes: engine.get("_axes").slice(0, 2),
      _revision: engine.get("_revision") + 1,
    });
    expect(store.keys).toEqual(keys);
    expect(store.limits).toEqual([[null, null], [null, null]]);
  });
});

describe("a saved page", () => {
  it("answers as the kernel would: undo, redo, reset, labels by hand", () => {
    const { engine, store } = made();
    answered(engine);
    const k = store.position(key);
    const [before, labels] = [store.limits[k], [...store.trace.codes]];
    store.drag(k, [7, null], "one");
    store.drag(k, [9, null], "one");
    store.drop();
    store.override([0], "axon", "");
    expect(store.history).toEqual([2, 0]);
    store.travel("undo");
    expect(store.label(0)).not.toBe("axon");
    store.travel("undo");
    expect(store.limits[k]).toEqual(before);
    expect([...store.trace.codes]).toEqual(labels);
    store.travel("redo");
    expect(store.limits[k]).toEqual([9, null]);
    store.travel("reset");
    expect(store.limits[k]).toEqual(before);
    store.set([], [[k, "pass"]]);
    expect(store.rules.criteria[k].nan).toBe("pass");
    store.travel("undo");
    expect(store.rules.criteria[k].nan).not.toBe("pass");
    store.select([3, 1]);
    expect(store.selection).toEqual([3, 1]);
  });
});

describe("a question to the kernel", () => {
  it("is answered by its number alone, and silence is said", () => {
    const model = new PageModel({});
    const asked = [];
    model.receive = (content) => asked.push(content);
    const heard = [];
    const requests = new Requests(model, new AbortController().signal, 10);
    requests.ask({ unit: "7" }, { onAnswer: (content) => heard.push(content.unit), onSilence: (text) => heard.push(text) });
    model.trigger("msg:custom", { request: 99, unit: "wrong" }, []);
    model.trigger("msg:custom", null, []);
    expect(heard).toEqual([]);
    vi.advanceTimersByTime(10_000);
    expect(heard[0]).toMatch(/has not answered for 10 s/);
    model.trigger("msg:custom", { request: asked[0].request, unit: "late" }, []);
    model.trigger("msg:custom", { request: asked[0].request, unit: "twice" }, []);
    expect(heard.slice(1)).toEqual(["late"]);
  });
});
