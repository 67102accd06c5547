// What options of UnitRefine do in the browser is what they do in Python, over the common corpus; and the store shows it.

import { describe, expect, it } from "vitest";
import { heldUnits, movedBy, posterior, shiftFor, within } from "../src/core/expected_error.js";
import { applyRules } from "../src/core/rules.js";
import { corpus, doubles } from "./corpus.js";
import { answered, labelers } from "./models.js";

const near = (found, wanted, digits = 9) => {
  if (wanted === null || wanted === undefined) expect(found).toBeNaN();
  else expect(found).toBeCloseTo(wanted, digits);
};

describe("units left undecided", () => {
  for (const [at, { rules, limits, noise, sua, options, byHand, known, expected }] of corpus("undecided").entries()) {
    it(`case ${at}: ${options.accept?.question ?? "nothing accepted"}`, () => {
      const n = expected.codes.length;
      const [raw, single] = [noise, sua].map((row) => (row ? doubles([row])[0] : null));
      const shift = raw ? shiftFor(raw, options.noise_share) : 0;
      near(shift, expected.shift);
      const moved = raw && raw.map((p) => movedBy(p, shift));
      moved?.forEach((p, i) => near(p, expected.shifted[i], 12));
      const values = rules.criteria.map((c) => (c.metric === "noise_probability" ? moved : single));
      const trace = applyRules(rules, limits, values, rules.criteria.map(() => false), {}, n);
      expect([...trace.ruleCodes]).toEqual(expected.ruleCodes);
      const { held, cut } = heldUnits(known, { rules, limits, noise: moved, sua: single, codes: trace.ruleCodes, byHand }, options, shift);
      expect([...held.keys()].sort((a, b) => a - b)).toEqual(expected.held);
      if (!expected.cut) expect(cut).toBe(null);
      else {
        expect([...cut.accepted]).toEqual(expected.cut.accepted);
        for (const name of ["errors", "safeErrors"]) cut[name].forEach((value, i) => near(value, expected.cut[name][i]));
        for (const name of ["expected", "low", "high", "intercept", "spread"]) near(cut[name], expected.cut[name]);
      }
      const fixed = { ...Object.fromEntries(expected.held.map((i) => [i, "unsure"])), ...byHand };
      expect([...applyRules(rules, limits, values, rules.criteria.map(() => false), fixed, n).codes]).toEqual(expected.codes);
    });
  }
});

describe("what is accepted", () => {
  it("is the first units of equal errors, up to the first mean above the budget, and never one without an error", () => {
    expect([...within(Float64Array.of(0.1, 0.1, 0.1, 0.1), 0.1)]).toEqual([1, 1, 0, 0]);
    expect([...within(Float64Array.of(0.1, NaN, 0.1, 0), 0.06)]).toEqual([1, 0, 0, 1]);
    expect([...within(Float64Array.of(0.5, NaN), 0.1)]).toEqual([0, 0]);
    expect([...within(new Float64Array(0), 0.1)]).toEqual([]);
  });
  it("rests on a posterior that is found where Newton's steps come back to where they were", () => {
    const odds = Array.from({ length: 999 }, (_, i) => [-13.8, 0, 13.8][i % 3]);
    const right = odds.map((_, i) => i % 2 === 0);
    const found = posterior([0.85, 0.17, 0.21, 1.4], odds, right);
    const at = Array.from({ length: 60001 }, (_, i) => -3 + i / 10000);
    const log = at.map((d) => (-d * d) / 2 / 0.21 ** 2 - [-13.8, 0, 13.8].reduce((sum, odd) => {
      const line = 0.17 + 0.85 * odd + d * (1 + 1.4 * odd);
      const soft = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
      const hits = odds.filter((one, i) => one === odd && right[i]).length;
      return sum + hits * soft(-line) + (333 - hits) * soft(line);
    }, 0));
    const top = log.reduce((most, one) => Math.max(most, one));
    const weights = log.map((one) => Math.exp(one - top));
    const total = weights.reduce((sum, one) => sum + one, 0);
    const mean = weights.reduce((sum, one, i) => sum + one * at[i], 0) / total;
    expect(found.mean).toBeCloseTo(0.17 + mean, 5);
  });
});

describe("the store", () => {
  const made = () => {
    const [, { engine, store, stop }] = labelers();
    answered(engine);
    return { engine, store, stop };
  };
  it("holds units back at once, and lets them go with undo", () => {
    const { store, stop } = made();
    const before = [...store.trace.codes];
    store.setOption("accept", { error: 0.05, question: "noise or not", safe: 1 });
    expect(store.accepted.n + [...store.held].length + before.filter((code) => ["unsure", "unjudged"].includes(store.rules.labels[code])).length).toBeGreaterThanOrEqual(store.n);
    for (const unit of store.held.keys()) expect(store.label(unit)).toBe("unsure");
    const counted = store.rules.labels.map((_, code) => store.trace.codes.filter((c) => c === code).length);
    expect([...store.counts]).toEqual(counted);
    store.travel("undo");
    expect(store.options.accept).toBe(null);
    expect([...store.trace.codes]).toEqual(before);
    stop.abort();
  });
  it("a label by hand wins over being left undecided, and limits go on to drag", () => {
    const { store, stop } = made();
    store.setOption("accept", { error: 0.01, question: "label", safe: 1 });
    const [unit] = store.held.keys();
    store.override([unit], "noise", "");
    expect(store.label(unit)).toBe("noise");
    expect(store.held.has(unit)).toBe(false);
    expect(store.byHand[unit]).toBe("noise");
    expect(Object.keys(store.byHand).length).toBe(1);
    store.drag(0, [null, 0.2], "drag");
    store.drag(0, [null, 0.9], "drag");
    expect([...store.counts]).toEqual(store.rules.labels.map((_, code) => store.trace.codes.filter((c) => c === code).length));
    stop.abort();
  });
  it("a told share of noise shifts probabilities, bins and labels until it is taken back", () => {
    const { store, stop } = made();
    const raw = [...store.metric("noise_probability")];
    for (const section of ["noise", "unsure"]) expect(store.rules.criteria.some((c) => c.section === section && c.metric === "noise_probability")).toBe(true);
    const bins = [...new Uint8Array(store.bins.buffer.slice(store.bins.byteOffset, store.bins.byteOffset + store.bins.byteLength))];
    store.setOption("noise_share", 0.6, "share 1");
    const mean = store.metric("noise_probability").reduce((sum, p) => sum + p, 0) / store.n;
    expect(mean).toBeCloseTo(0.6, 9);
    expect([...store.values[store.position("noise/noise_probability")]]).toEqual([...store.metric("noise_probability")]);
    const places = new Int16Array(store.bins.buffer.slice(store.bins.byteOffset, store.bins.byteOffset + store.bins.byteLength));
    const rows = store.rules.criteria.flatMap((c, k) => (c.metric === "noise_probability" && store.axes[k] ? [k] : []));
    expect(rows.length).toBe(2);
    for (const k of rows) {
      const stacks = new Float64Array(store.axes[k].bins);
      for (let i = 0; i < store.n; i++) stacks[places[k * store.n + i]]++;
      expect(Math.max(...stacks)).toBe(store.axes[k].tallest);
      expect(places[k * store.n + [...store.metric("noise_probability")].indexOf(Math.max(...store.metric("noise_probability")))]).toBeGreaterThan(0);
    }
    store.setOption("noise_share", 0.7, "share 1");
    store.drop();
    expect(store.history[0]).toBe(1);
    store.travel("undo");
    expect([...store.metric("noise_probability")]).toEqual(raw);
    expect([...new Uint8Array(store.bins.buffer.slice(store.bins.byteOffset, store.bins.byteOffset + store.bins.byteLength))]).toEqual(bins);
    stop.abort();
  });
});
