// Numbers of a saved page come back, columns fit into their place, and notes count the units that are shown.

import { describe, expect, it } from "vitest";
import { noteOf } from "../src/core/histogram.js";
import { unpackedCurves, unpackedRows } from "../src/core/packed.js";
import { fitted } from "../src/core/recordings.js";

/** Bytes of numbers, the first of all before the second of all, as `packing.by_place` puts them. */
const byPlace = (numbers) => {
  const bytes = new Uint8Array(numbers.buffer);
  const size = numbers.BYTES_PER_ELEMENT;
  return Array.from({ length: size }, (_, place) => [...numbers.keys()].map((i) => bytes[i * size + place])).flat();
};

describe("rows in a page", () => {
  it("come back as doubles, whether they were stored as such or in four bytes, and also where a row was stored once", () => {
    const short = byPlace(new Float32Array([1.5, NaN, -2]));
    const whole = byPlace(new Float64Array([0.1, 1e300, -Infinity]));
    const blob = new Uint8Array([...short, 0, 0, 0, 0, ...whole]).buffer;
    const found = unpackedRows([3, [["f4", 0, 12], ["f8", 16, 24], ["f4", 0, 12]]], blob);
    expect([...new Float64Array(found.buffer)]).toEqual([1.5, NaN, -2, 0.1, 1e300, -Infinity, 1.5, NaN, -2]);
  });
  it("may be none", () => expect(unpackedRows([0, []], new ArrayBuffer(0)).length).toBe(0));
});

describe("curves in a page", () => {
  it("come back in steps of their own size, with what is missing", () => {
    const blob = new Uint8Array([...byPlace(new Float32Array([0.5, 2])), ...new Uint8Array(new Int8Array([127, -1, 0, -128]).buffer)]).buffer;
    const found = unpackedCurves([2, [0, 8], [8, 4]], blob);
    expect([...new Float32Array(found.buffer)]).toEqual([63.5, -0.5, 0, NaN]);
  });
});

describe("columns", () => {
  const columns = [{ width: 100, least: 80 }, { width: 60, least: 20 }, { width: 40, least: 40 }];
  it("are as wide as they want where there is room", () => expect(fitted(columns, 500)).toEqual([100, 60, 40]));
  it("give up width by how far each can shrink", () => expect(fitted(columns, 170)).toEqual([90, 40, 40]));
  it("leave those out that can be spared where there is less room than all need", () => {
    const some = columns.map((each, at) => ({ ...each, spare: at === 1 }));
    expect(fitted(some, 140)).toEqual([80, 20, 40]);
    expect(fitted(some, 139)).toEqual([99, 0, 40]);
    expect(fitted(some, 50)).toEqual([80, 0, 40]);
  });
  it("keep what they need where there is less room than that", () => expect(fitted(columns, 50)).toEqual([80, 20, 40]));
});

describe("what bars do not show", () => {
  const axis = { factor: 10, log: false, whole: false, half: 0, low: 0, high: 100, from: 0, bins: 10, missing: true, tallest: 1, saturated: true, saturates: 200 };
  const values = new Float64Array([-1, 5, 11, NaN, 20, Infinity]);
  it("is counted of all units, or of some", () => {
    expect(noteOf(axis, values, false, values.keys())).toBe("1 missing, 1 below the axis, 3 beyond the axis, 2 saturated (▾)");
    expect(noteOf(axis, values, true, [0, 1, 2])).toBe("1 beyond the axis");
    expect(noteOf(axis, values, false, [1])).toBe("");
  });
  it("counts neither zero nor less on a logarithmic axis as below it: they have a bin", () =>
    expect(noteOf({ ...axis, factor: 1, log: true, low: 0, high: 1, saturated: false }, new Float64Array([0, -3, 0.5, 100]), false, [0, 1, 2, 3])).toBe("1 below the axis, 1 beyond the axis"));
});
