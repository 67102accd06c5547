// Pictures of the unit card: what a limit allows, what is asked for when, and that each picture can be drawn.

import { describe, expect, it, vi } from "vitest";
import { amplitudes, depths } from "../src/card/density.js";
import { autocorrelogram, violationsInWords } from "../src/card/autocorrelogram.js";
import { chances } from "../src/card/chances.js";
import { clouds } from "../src/card/clouds.js";
import { curated, neighbours } from "../src/card/curated.js";
import { decay } from "../src/card/decay.js";
import { intervals } from "../src/card/intervals.js";
import { overTime } from "../src/card/over_time.js";
import { Figure } from "../src/card/picture.js";
import { place } from "../src/card/place.js";
import { template } from "../src/card/template.js";
import { allowed, inForce, rateOf } from "../src/core/contamination.js";
import { Evidence, PARTS } from "../src/state/evidence.js";
import { PageModel } from "../src/state/page_model.js";
import { VIEWS } from "../src/views/index.js";
import { labelers } from "./models.js";

vi.stubGlobal("IntersectionObserver", class {
  constructor(tell) { this.tell = tell; }
  observe() { this.tell([{ isIntersecting: true }]); }
  disconnect() {}
});
vi.stubGlobal("requestAnimationFrame", (work) => { work(); return 1; });
HTMLCanvasElement.prototype.getContext = () => null;

const floats = (...values) => Float32Array.from(values);

/** Everything that can be known of a unit. */
const whole = () => ({
  missing: [], samples: 4, main: 1, ms: 0.1, volt: "µV", channels: ["a", "b"], marks: [1.5, null, 3],
  widths: [[1, 2, 0.5, 2.5], [null, null, null, null], [2, 3, null, null]], baseline: [0, 2],
  template: floats(0, -1, 1, 0, 0, -5, 3, 0), places: floats(0, 0, 0, 20), template_sd: floats(1, 1, 1, 1, 1, 1, 1, 1),
  place: [10, 200], probe: floats(0, 190, 0, 210), neighbours: [[2, 0.9], [3, 0.5]],
  decay: { linear: false, normalized: false, fit: [0.02, 5, 0], r2: 0.9, accepted: true, reason: "" },
  decay_distances: floats(0, 20, 900), decay_amplitudes: floats(5, 3, 0),
  spikes: 1000, duration: 100, breaks: [40], rate: 10, acg: floats(1, 2, 3), acg_log: floats(4, 5), acg_log_edges: floats(0.3, 4, 50), acg_bin_ms: 0.25,
  acg_exact: true, isi: floats(1, 2, 3), isi_range: [0.1, 1e5],
  refractory: {
    rp_violation: { until: 1, since: 0, stored: true, exact: true, violations: 7 },
    isi_violation: { until: 1.5, since: 0, stored: false, exact: true, violations: 9 },
    sliding_rp_violation: { until: 10, since: 0.5, stored: false, exact: true },
  },
  rates: floats(9, 11), present: Uint8Array.of(1, 0), presence_edges: floats(0, 50, 100), presence_bin_s: 50, presence_ratio: 0.5,
  amplitude_unit: "µV", amplitude: { low: -90, high: 0, outside: 2, shape: [2, 2], floor: -20, no_floor: "" },
  amplitude_density: Uint8Array.of(255, 0, 10, 90), amplitude_histogram: floats(5, 6),
  depth: { low: 0, high: 100, outside: 0, shape: [2, 2] }, depth_density: Uint8Array.of(255, 0, 10, 90), depth_histogram: floats(5, 6),
  singles: { count: 2, stored: 9, samples: 4, channels: [1], scale: 0.01 }, singles_waves: Int16Array.of(0, -500, 300, 0, 0, -400, 200, 0),
  clouds: { units: [1, 2], sizes: [2, 1], axes: ["component 1 on a", "component 1 on b"] }, cloud_points: floats(0, 0, 1, 1, 2, 2),
  curated: { labels: ["good", "mua", "good"], recordings: ["m1", "m2", "m3"], distances: [0.1, 0.2, 0.3], usual: 0.4, metrics: 30 },
});
const subjectOf = (store, data = whole()) => ({ data, unit: 1, store, volt: "µV", probe: floats(), again: () => {} });

/** A pen that notes what it is asked for, and takes any number only if it is one. */
const penThatNotes = () => {
  const texts = [];
  const pen = new Proxy({ canvas: null }, {
    get: (kept, name) => {
      if (name === "measureText") return () => ({ width: 10 });
      if (name in kept) return kept[name];
      return (...values) => {
        if (name === "fillText") texts.push(values[0]);
        for (const value of values) if (typeof value === "number") expect(Number.isFinite(value), `${String(name)}(${values})`).toBe(true);
      };
    },
    set: (kept, name, value) => { kept[name] = value; return true; },
  });
  return { pen, texts };
};

const PICTURES = { template, autocorrelogram, intervals, overTime, amplitudes, depths, clouds, decay, place };
const TEXTS = { template: "ms", autocorrelogram: "spikes/s", intervals: "1 ms", overTime: "spikes/s", amplitudes: "5 × noise", depths: "µm", clouds: "(this)", decay: "µm", place: "µm" };

describe("each picture", () => {
  const [{ store }] = labelers();
  for (const [name, make] of Object.entries(PICTURES)) {
    it(`${name} is drawn of what is known, with its units, at any size`, () => {
      const picture = make(subjectOf(store));
      for (const [width, height] of [[300, 180], [900, 620], [1, 1]]) {
        const { pen, texts } = penThatNotes();
        picture.draw({ pen, width, height, style: getComputedStyle(document.body), color: "#123456" });
        if (width === 900) expect(texts.join(" ")).toContain(TEXTS[name]);
      }
      const figure = new Figure(picture, subjectOf(store));
      expect(figure.canvas.getAttribute("aria-label")).toContain(`of unit ${store.ids[1]}`);
    });
    it(`${name} is left out where its data are not there`, () => expect(make(subjectOf(store, { missing: [] }))).toBe(null));
  }
  it("of a unit with one spike, flat templates and no fit is drawn too", () => {
    const data = { ...whole(), spikes: 1, acg: floats(0, 0, 0), acg_log: floats(0, 0), isi: floats(0, 0, 0), rates: floats(0, 0), present: Uint8Array.of(), presence_ratio: null,
      template: new Float32Array(8), template_sd: undefined, singles: undefined, widths: [[null, null, null, null]], marks: [null, null, null], baseline: null,
      decay: { linear: false, normalized: false, fit: null, r2: null, accepted: false, reason: "no curve" }, decay_amplitudes: floats(0, 0, 0),
      amplitude: { low: -1, high: 1, outside: 0, shape: [2, 2], floor: null, no_floor: "no noise" }, amplitude_histogram: floats(0, 1) };
    for (const make of Object.values(PICTURES)) {
      const { pen } = penThatNotes();
      const picture = make(subjectOf(store, data));
      picture.draw({ pen, width: 300, height: 200, style: getComputedStyle(document.body), color: "#123456" });
      expect(picture.words?.() ?? "").not.toContain("NaN");
    }
  });
  it("a place that was estimated far off the probe is said to be doubtful, and the probe is drawn all the same", () => {
    const far = place(subjectOf(store, { ...whole(), place: [10, -400] }));
    expect(far.words()).toBe("Depth -400 µm. Estimated 590 µm from the nearest channel: hardly where it is.");
    const { pen, texts } = penThatNotes();
    far.draw({ pen, width: 300, height: 180, style: getComputedStyle(document.body), color: "#123456" });
    expect(texts).toContain("200");
    expect(place(subjectOf(store)).words()).toBe("Depth 200 µm.");
  });
  it("words name counts, neighbours and curated units", () => {
    const subject = subjectOf(store);
    expect(overTime(subject).words()).toContain("Fires in 50 % of 2 bins of 50 s");
    expect(overTime(subject).words()).toContain("2 segments");
    expect(curated(subject).textContent).toContain("2 good, 1 mua");
    expect(neighbours(subject).querySelectorAll("button").length).toBe(2);
    expect(decay(subject).words()).toContain("beyond 300 µm are fitted, too, and not drawn: 1.");
    expect(curated(subjectOf(store, { missing: [] }))).toBe(null);
  });
  it("violations are said in words, with what the limit in force allows", () => {
    for (const { store: any } of labelers()) {
      const words = violationsInWords(subjectOf(any));
      expect(words).toMatch(/^(7 pairs of spikes within 1 ms|9 intervals shorter than 1\.5 ms); 1[05] if spikes came at random/);
    }
  });
  it("one violation is one pair of spikes, or one interval", () => {
    const data = whole();
    for (const period of Object.values(data.refractory)) if (period.violations) period.violations = 1;
    for (const { store: any } of labelers()) expect(violationsInWords(subjectOf(any, data))).toMatch(/^1 (pair of spikes within|interval shorter than) /);
  });
  it("the line of the limit moves with it", () => {
    const { store: moved } = labelers().find(({ store: any }) => any.rules.criteria.some((c) => c.metric === "rp_contamination")) ?? {};
    if (!moved) return;
    const at = moved.rules.criteria.findIndex((c) => c.metric === "rp_contamination");
    moved.set([[at, [null, 0.1]]]);
    const before = violationsInWords(subjectOf(moved));
    moved.set([[at, [null, 0.5]]]);
    expect(violationsInWords(subjectOf(moved))).not.toBe(before);
    moved.set([[at, [null, 0.1]]]);
  });
  it("probabilities are a bar where a method gives them", () => {
    const bars = labelers().map(({ store: any }) => [any.rules.name, chances(any, 0)]);
    for (const [name, bar] of bars) expect(bar !== null, name).toBe(name === "unitrefine");
  });
});

describe("what a limit of contamination allows", () => {
  /** Spikes at random, of a neuron with a refractory period and of others without. */
  const simulated = (share, until, { rate = 40, duration = 4000, seed = 1 } = {}) => {
    let state = seed;
    const random = () => { state = (state * 1664525 + 1013904223) % 4294967296; return (state + 0.5) / 4294967296; };
    const train = (r, dead) => {
      const times = [];
      // The dead time lengthens intervals: the free rate makes up for it.
      for (let t = 0; ;) { t += dead - Math.log(random()) / (r / (1 - r * dead)); if (t > duration) return times; times.push(t); }
    };
    const times = [...train(rate * (1 - share), until / 1000), ...train(rate * share, 0)].sort((a, b) => a - b);
    let pairs = 0;
    for (let i = 0; i < times.length; i++) for (let j = i + 1; j < times.length && times[j] - times[i] <= until / 1000; j++) pairs++;
    return { pairs, train: { spikes: times.length, duration, until, since: 0 } };
  };
  it("is what a train with so many foreign spikes shows (share, Llobet)", () => {
    for (const share of [0.05, 0.2, 0.5]) {
      const { pairs, train } = simulated(share, 2);
      const expected = allowed("share", share, train);
      expect(Math.abs(pairs / expected - 1)).toBeLessThan(0.08);
      expect(rateOf(pairs, train) / rateOf(expected, train)).toBeCloseTo(pairs / expected, 6);
    }
  });
  it("is the mean rate where all spikes are foreign", () => {
    const { pairs, train } = simulated(1, 2);
    expect(rateOf(pairs, train) / (train.spikes / train.duration)).toBeGreaterThan(0.93);
    expect(rateOf(pairs, train) / (train.spikes / train.duration)).toBeLessThan(1.07);
    expect(allowed("share", 1, train)).toBe(Infinity);
  });
  it("turns the metrics' own formulas around", () => {
    const train = { spikes: 5000, duration: 600, until: 1.5, since: 0 };
    const pairs = allowed("ratio", 0.3, train);
    // Hill et al.: violations over twice the spikes and the period, over the rate.
    expect(pairs / (2 * train.spikes * 0.0015) / (train.spikes / train.duration)).toBeCloseTo(0.3, 12);
    const censored = { spikes: 5000, duration: 600, until: 2, since: 0.5 };
    const n = allowed("share", 0.1, censored);
    const c = 1 - Math.sqrt(1 - (n * (600 - 2 * 5000 * 0.0005)) / (5000 ** 2 * 0.0015));
    expect(c).toBeCloseTo(0.1, 12);
    expect(allowed("count", 12, train)).toBe(12);
  });
  it("is that of the first criterion with an upper limit", () => {
    expect(inForce(["snr", "isi_violations_ratio", "rp_contamination"], [null, 0.5, null])).toMatchObject({ at: 1, limit: 0.5, known: { metric: "isi_violations_ratio" } });
    expect(inForce(["rp_contamination", "rp_contamination"], [null, 0.1])).toMatchObject({ at: 1, limit: 0.1 });
    expect(inForce(["isi_violations_ratio"], [null])).toMatchObject({ at: 0, limit: null });
    expect(inForce(["snr"], [3])).toMatchObject({ at: -1, limit: null, known: { metric: "rp_contamination" } });
  });
});

describe("evidence", () => {
  const started = () => {
    const { store } = labelers()[0];
    const sent = [];
    const model = new PageModel({ _shown: 1 });
    model.receive = (message) => sent.push(message);
    const said = [];
    const stop = new AbortController();
    const evidence = new Evidence(model, store, stop.signal, (unit, text) => said.push([unit, text]));
    const answer = (message, more = {}) => model.trigger("msg:custom", { request: message.request, arrays: [], missing: [], ...more }, []);
    return { store, sent, model, said, evidence, answer, stop };
  };
  it("is asked for part by part, and the next two units quietly afterwards, one question at a time", () => {
    const { store, sent, evidence, answer } = started();
    store.select([4]);
    const next = store.nextUnits(2);
    store.select([4]);
    expect(evidence.want(4)).toBe(true);
    expect(sent.map(({ part }) => part)).toEqual(PARTS);
    evidence.want(4);
    expect(sent.length, "nothing is asked twice").toBe(3);
    for (const message of [...sent]) answer(message);
    const ahead = [];
    while (sent.length > 3 + ahead.length) { ahead.push(sent[sent.length - 1]); answer(sent[sent.length - 1]); }
    expect(ahead.map(({ unit, part }) => [unit, part])).toEqual(next.flatMap((unit) => PARTS.map((part) => [store.ids[unit], part])));
    expect(ahead.every((message) => message.ahead)).toBe(true);
    expect(evidence.want(next[0]), "the next unit is here already").toBe(false);
    expect(evidence.isWhole(next[0])).toBe(true);
  });
  it("of the next units is asked for all at once where answers are late, so that a curator is never ahead of them", () => {
    vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
    const { store, sent, evidence, answer } = started();
    // Each answer takes half a second.
    store.select([10]);
    evidence.want(10);
    for (let at = 0; at < sent.length; at++) { vi.advanceTimersByTime(500); answer(sent[at]); }
    expect(evidence.isFar).toBe(true);
    const before = sent.length;
    store.select([100]);
    evidence.want(100);
    const asked = sent.slice(before).map(({ unit, part, ahead = false }) => [unit, part, ahead]);
    const wanted = [100, ...store.nextUnits(4)].flatMap((unit, i) => PARTS.map((part) => [store.ids[unit], part, i > 0]));
    expect(asked, "without waiting for the unit that is shown").toEqual(wanted);
    vi.advanceTimersByTime(500);
    for (const message of sent.slice(before)) answer(message);
    for (const unit of store.nextUnits(4)) expect(evidence.isWhole(unit)).toBe(true);
    // The link is fast again: one question at a time.
    for (const unit of [20, 50, 80]) {
      store.select([unit]);
      evidence.want(unit);
      for (let at = before; at < sent.length; at++) answer(sent[at]);
    }
    expect(evidence.isFar).toBe(false);
    vi.useRealTimers();
  });
  it("of a unit that fails is asked for again when it is looked at again, and the words are shown", () => {
    const { sent, said, evidence, answer } = started();
    evidence.want(2);
    for (const message of [...sent]) answer(message, { error: "gone" });
    expect(said.every(([unit, text]) => unit === 2 && text === "gone")).toBe(true);
    evidence.want(2);
    expect(sent.length).toBe(6);
  });
  it("is forgotten when the kernel answers from another analyzer, and late answers with it", () => {
    const { sent, model, evidence, answer } = started();
    evidence.want(1);
    const late = sent[2];
    for (const message of sent.slice(0, 2)) answer(message);
    model.set("_shown", 2);
    expect(evidence.get(1)).toBe(undefined);
    answer(late);
    expect(evidence.get(1)).toBe(undefined);
  });
  it("is decoded by the type of each array", () => {
    const { sent, model, evidence } = started();
    evidence.want(1);
    const bytes = (array) => new DataView(array.buffer);
    model.trigger("msg:custom", { request: sent[0].request, arrays: ["a", "b", "c"], types: ["f4", "u1", "i2"], missing: ["x"] },
      [bytes(floats(1.5)), bytes(Uint8Array.of(200)), bytes(Int16Array.of(-3))]);
    const { data } = evidence.get(1);
    expect([data.a[0], data.b[0], data.c[0], data.missing]).toEqual([1.5, 200, -3, ["x"]]);
  });
  it("of the units after the last one begins again with the first, and of one unit alone there is none", () => {
    const { store } = started();
    store.select([store.n - 1]);
    expect(store.nextUnits(2)).toEqual([0, 1]);
    store.select([]);
    expect(store.nextUnits(2)).toEqual([0, 1]);
    store.step(-1);
    expect(store.selection).toEqual([store.n - 1]);
    store.listed = [3];
    store.select([3]);
    expect(store.nextUnits(2)).toEqual([]);
  });
});

it("the card shows nothing of another unit while the kernel has not answered, and then what came first", async () => {
  const { store, views } = labelers()[0];
  const el = document.createElement("div");
  document.body.append(el);
  const model = new PageModel(views.find(({ _kind }) => _kind === "unit_card"));
  const sent = [];
  model.receive = (message) => sent.push(message);
  const stop = new AbortController();
  await VIEWS.unit_card.render({ model, el, signal: stop.signal, store, open: async () => store });
  store.select([1]);
  expect(el.textContent).toContain("waiting for the kernel");
  const { template: wave, places, singles_waves: waves, ...rest } = whole();
  const of = (part) => sent.find((message) => message.unit === store.ids[1] && message.part === part);
  const bytes = (array) => new DataView(array.buffer);
  model.trigger("msg:custom", { request: of("shape").request, ...rest, spikes: undefined, acg: undefined, arrays: ["template", "places"], types: ["f4", "f4"] }, [bytes(wave), bytes(places)]);
  expect(el.textContent).toContain("template on its channels");
  expect(el.textContent).toContain("reading more");
  for (const part of ["train", "spread"]) model.trigger("msg:custom", { request: of(part).request, arrays: [], missing: [`No ${part}: because.`] }, []);
  expect(el.textContent).toContain("No train: because.");
  expect(el.textContent).not.toContain("reading more");
  store.select([2]);
  expect(el.textContent).not.toContain("No train: because.");
  expect(el.querySelectorAll("canvas").length).toBe(0);
  expect(waves.length).toBe(8);
  stop.abort();
  el.remove();
});
