// A filter finds the same units in the browser as in Python, in the units that are shown, and says the same of what it cannot read.

import { describe, expect, it } from "vitest";
import { parseFilter } from "../src/core/filter.js";
import { WORDS, hintOn, nameOf } from "../src/core/unit_words.js";
import { corpus } from "./corpus.js";
import { labelerOf } from "./models.js";

/** @param {import("../src/state/store.js").Store} store */
const labeledOf = (store) => ({
  ids: store.ids, rules: store.rules, trace: store.trace, values: store.values, byHand: store.byHand, notes: store.notes,
  isPending: (unit) => store.pending.has(unit), metric: (name) => store.metric(name), meanings: store.metricUnits,
});

for (const [method, { engine, found }] of corpus("filters").entries()) {
  const { store } = labelerOf(engine);
  const labeled = labeledOf(store);
  const names = [...WORDS, ...store.metricNames, ...store.rules.labels.map((name) => `"${name}"`)];
  const units = Array.from({ length: store.n }, (_, i) => i);
  describe(`method ${method}`, () => {
    for (const [text, expected] of Object.entries(found)) {
      it(text.slice(0, 60) || "nothing", () => {
        let said;
        try {
          said = units.filter(parseFilter(text, (name) => nameOf(labeled, name), names));
        } catch (error) {
          said = error.message;
        }
        expect(said).toEqual(expected);
      });
    }
  });
}

it("a limit in the stored unit, and a sign where magnitudes are compared, are said", () => {
  const labeled = labeledOf(labelerOf(corpus("filters")[0].engine).store);
  expect(hintOn(labeled, "peak_to_trough_duration > 0.0005")).toBe("peak_to_trough_duration is compared in ms: write peak_to_trough_duration > 0.5 for the stored value 0.0005");
  expect(hintOn(labeled, "snr > 5 and trough_half_width <= 0.00015")).toContain("compared in ms: write trough_half_width <= 0.15");
  expect(hintOn(labeled, "amplitude_median < -40")).toContain("as a magnitude");
  for (const right of ["peak_to_trough_duration > 0.5", "rp_contamination > 10", "amplitude_median > 40", "snr > 0.0005"]) expect(hintOn(labeled, right)).toBe("");
});
