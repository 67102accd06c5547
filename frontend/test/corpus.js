// The cases that pytest writes, with what Python says of them.

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** @param {unknown} value @returns {any} */
const plain = (value) => {
  if (value === "inf") return Infinity;
  if (value === "-inf") return -Infinity;
  if (Array.isArray(value)) return value.map(plain);
  if (value && typeof value === "object") return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, plain(part)]));
  return value;
};

/** @param {string} name @returns {any[]} */
export const corpus = (name) => plain(JSON.parse(readFileSync(join(process.cwd(), "..", "tests", "conformance", `${name}.json`), "utf8")));

/** One array a row; null is a missing value. @param {(number|null)[][]} rows @returns {Float64Array[]} */
export const doubles = (rows) => rows.map((row) => Float64Array.from(row, (value) => value ?? NaN));
