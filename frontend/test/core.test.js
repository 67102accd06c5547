// What the browser computes is what Python computes, over the common corpus.

import { describe, expect, it } from "vitest";
import { flowOf, kappaOf } from "../src/core/agreement.js";
import { binAt, binOf, limitPlaces } from "../src/core/axis.js";
import { combinationsOf } from "../src/core/combinations.js";
import { smallestChanges } from "../src/core/explanation.js";
import { parseFilter } from "../src/core/filter.js";
import { short, ticks } from "../src/core/format.js";
import { stack } from "../src/core/histogram.js";
import { decidedByMissing, effectOfMissing, withoutMetricInWords } from "../src/core/missing.js";
import { Labeling } from "../src/core/relabel.js";
import { applyRules, onlyReason } from "../src/core/rules.js";
import { curvesOf, gainOf } from "../src/core/sensitivity.js";
import { corpus, doubles } from "./corpus.js";

describe("labels", () => {
  for (const [at, { rules, limits, values, missing, gone, byHand, expected }] of corpus("rules").entries()) {
    it(`case ${at}: labels, states, reasons, combinations and missing values`, () => {
      const rows = doubles(values);
      const n = expected.codes.length;
      const trace = applyRules(rules, limits, rows, missing, byHand, n, gone);
      expect([...trace.codes]).toEqual(expected.codes);
      expect(trace.states.map((row) => [...row])).toEqual(expected.states);
      expect(trace.reasons.map((row) => [...row])).toEqual(expected.reasons);
      expect(onlyReason(trace.reasons)).toEqual(expected.only);
      rules.labels.forEach((label, code) => {
        const found = combinationsOf(trace.codes, code, trace.reasons, "size").map(({ criteria, units }) => [criteria, units.length]);
        const key = (one) => JSON.stringify(one);
        expect(found.map(key).sort()).toEqual(expected.combinations[label].map(key).sort());
      });
      expect(withoutMetricInWords(rules, limits, missing, {})).toEqual(expected.lacking);
      const method = { rules, limits, values: rows, missing, trace };
      rules.criteria.forEach((_, k) => {
        const effect = effectOfMissing(rules, k);
        expect([effect.counts, effect.said]).toEqual(expected.effects[k]);
        const { gaps, decided } = decidedByMissing(method, k);
        if (!missing[k]) expect(gaps.length).toBe(expected.missing[k]);
        expect(decided.length).toBe(expected.decided[k]);
      });
    });
  }

  it("limits that move one after another give the labels of judging all units anew", () => {
    let incremental = 0;
    for (const { rules, limits, values, missing, gone, byHand, expected } of corpus("rules")) {
      const rows = doubles(values);
      const n = expected.codes.length;
      const labeling = new Labeling(rules, rows, missing, n, gone);
      let now = limits;
      let seed = 7;
      const random = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
      for (let step = 0; step < 30; step++) {
        const changed = labeling.update(now, byHand);
        if (changed) incremental += changed.units.length;
        const anew = applyRules(rules, now, rows, missing, byHand, n, gone);
        for (const part of ["codes", "ruleCodes", "active"]) expect([...labeling.trace[part]]).toEqual([...anew[part]]);
        for (const part of ["states", "reasons"]) expect(labeling.trace[part].map((row) => [...row])).toEqual(anew[part].map((row) => [...row]));
        expect(labeling.only).toEqual(onlyReason(anew.reasons));
        const counts = rules.labels.map((_, code) => anew.codes.filter((c) => c === code).length);
        expect([...labeling.counts]).toEqual(counts);
        const k = Math.floor(random() * rules.criteria.length);
        const bound = Math.floor(random() * 2);
        const choices = [...rows[k]].filter((v) => v === v);
        const value = random() < 0.15 ? null : random() < 0.1 ? Number.MAX_VALUE * Math.sign(random() - 0.5) : choices.length && random() < 0.6 ? choices[Math.floor(random() * choices.length)] : 3 * random() - 1.5;
        now = now.map((pair, at) => (at === k ? pair.map((limit, b) => (b === bound ? value : limit)) : pair));
      }
    }
    expect(incremental).toBeGreaterThan(100);
  });
});

describe("what if", () => {
  for (const [at, { rules, limits, values, missing, gone, byHand, metrics, steps, expected }] of corpus("whatif").entries()) {
    const rows = doubles(values);
    const trace = applyRules(rules, limits, rows, missing, byHand, rows[0].length, gone);
    const method = { rules, limits, values: rows, missing, trace };
    it(`case ${at}: the smallest changes of every unit`, () => {
      expected.changes.forEach((changes, unit) => {
        const found = smallestChanges(method, unit, (k) => metrics[k]);
        expect(found.map((change) => [change.label, change.others])).toEqual(changes.map((change) => [change.label, change.others]));
        found.forEach((change, c) => change.steps.forEach((step, s) => {
          const theirs = changes[c].steps[s];
          const bound = step.bound === -1 ? "nan" : ["min", "max"][step.bound];
          expect([step.k, [bound]]).toEqual([theirs.k, Object.keys(theirs.change)]);
          if (bound !== "nan") expect(Math.abs(step.limit - theirs.change[bound])).toBeLessThanOrEqual(1e-9 * Math.abs(step.limit));
        }));
      });
    });
    it(`case ${at}: counts along every limit`, () => {
      const best = rules.labels.indexOf(rules.default);
      const now = trace.codes.filter((code) => code === best).length;
      const found = rules.criteria.flatMap((_, k) => curvesOf(method, k, byHand).map((curve) => ({ k, ...curve })));
      const key = (one) => `${one.k} ${one.bound}`;
      expect(found.map(key).sort()).toEqual(expected.curves.map(key).sort());
      for (const curve of found) {
        const theirs = expected.curves.find((one) => key(one) === key(curve));
        expect([...curve.points]).toEqual(theirs.points);
        expect(curve.counts.map((row) => [...row])).toEqual(theirs.counts);
        const gain = gainOf(curve, best, limits[curve.k][curve.bound], steps[curve.k], now);
        expect(gain.most).toBe(theirs.most);
        expect(gain.perStep).toBeCloseTo(theirs.perStep, 9);
      }
    });
  }
});

describe("histograms", () => {
  it("stacks are what numpy counts, and every bin is found under the pointer", () => {
    for (const { axis, limits, places, codes, labels, expected } of corpus("histograms")) {
      const rows = stack(Int16Array.from(places), Uint8Array.from(codes), [...Array(labels).keys()], labels, axis.bins);
      expect(rows.map((row) => [...row])).toEqual(expected.heights);
      for (let bin = 0; bin < axis.bins; bin++) {
        const [left, width] = binOf(axis, bin);
        expect(binAt(axis, left + width / 2)).toBe(bin);
      }
      limitPlaces(axis, limits).forEach((place, bound) => {
        expect(place === null).toBe(limits[bound] === null);
        if (place !== null) expect(place >= axis.low && place <= axis.high).toBe(true);
      });
    }
  });
});

describe("numbers", () => {
  for (const { value, text, low, high, most, ticks: expected } of corpus("numbers")) {
    if (text !== undefined) it(`${value} is written ${text}`, () => expect(short(value ?? NaN)).toBe(text));
    else it(`${most} round numbers between ${low} and ${high}`, () => expect(ticks(low, high, most)).toEqual(expected));
  }
});

describe("agreement", () => {
  for (const [at, { table, first, second, labels, expected }] of corpus("agreement").entries()) {
    it(`case ${at}: kappa with its interval, and the flow of units`, () => {
      const found = kappaOf(table);
      for (const [mine, theirs] of [[found.value, expected.kappa], [found.low, expected.low], [found.high, expected.high]]) {
        if (theirs === null) expect(mine).toBeNaN();
        else expect(mine).toBeCloseTo(theirs, 12);
      }
      expect(flowOf(first, second, labels)).toEqual(table);
    });
  }
});

describe("filter", () => {
  const units = [{ unit: "7", label: "mua", snr: 4, rp: 0.2 }, { unit: "8", label: "good", snr: 9, rp: 0 }, { unit: "9", label: "mua", snr: 12, rp: NaN }];
  const found = (text) => {
    const test = parseFilter(text, (name) => (Object.hasOwn(units[0], name) ? (i) => units[i][name] : null));
    return [0, 1, 2].filter(test);
  };
  it.each([
    ['snr > 5 and label == "mua"', [2]],
    ["not (snr > 5) or rp == 0", [0, 1]],
    ["rp > 0", [0]],
    ["-snr < -9", [2]],
    ['unit != "8"', [0, 2]],
  ])("%s", (text, expected) => expect(found(text)).toEqual(expected));
  it.each(["snr >", "constructor > 1", "snr > 5)", "snr & 5"])("%s cannot be read", (text) => expect(() => found(text)).toThrow());
});
