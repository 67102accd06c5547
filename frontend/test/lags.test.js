// A logarithmic axis of lags: what is as far apart in ratio is as far apart on it, and bins of different widths show one rate.

import { describe, expect, it } from "vitest";
import { lagAxis, lagRates } from "../src/core/lags.js";

const EDGES = [0.3, 1, 3, 10, 50];

describe("an axis of lags", () => {
  it("on one side begins with the first lag and ends with the last", () => {
    const axis = lagAxis(EDGES, false);
    expect([axis.place(0.3), axis.place(50)]).toEqual(axis.ends);
    expect(axis.place(10) - axis.place(1)).toBeCloseTo(1, 12);
    expect(axis.bins.length).toBe(4);
    expect(axis.bins[0][1]).toBe(axis.bins[1][0]);
    expect(axis.marks.map(([lag]) => lag)).toEqual([0.3, 1, 3, 10, 30]);
  });
  it("on both sides is its own mirror image, with a gap where no logarithm is", () => {
    const axis = lagAxis(EDGES, true);
    expect(axis.ends[0]).toBe(-axis.ends[1]);
    expect(axis.place(-3)).toBe(-axis.place(3));
    expect(axis.bins.length).toBe(8);
    axis.bins.forEach(([a, b], i) => expect([-b, -a]).toEqual(axis.bins[7 - i]));
    expect(axis.bins[4][0] - axis.bins[3][1]).toBeGreaterThan(0);
    for (const [a, b] of axis.bins) expect(b).toBeGreaterThan(a);
  });
});

it("a rate is pairs a second of its bin, around each spike; bins before zero are in the order of their lags", () => {
  expect(lagRates([7, 20], [1, 2, 4], 100)).toEqual([70, 100]);
  expect(lagRates([20, 7, 7, 20], [1, 2, 4], 100)).toEqual([100, 70, 70, 100]);
  expect(lagRates([3], [1, 2], 0)).toEqual([3000]);
});
