// The sections that criteria stand in: how many criteria each has, and how many units have their label by it.

/** @import { Criterion } from "./rules.js" */

/**
 * Sections in the order of their criteria.
 * @param {Criterion[]} criteria @param {boolean[]} missing criteria without a metric, which have no histogram
 * @returns {{section: string, criteria: number[]}[]} positions of the criteria
 */
export function sectionsOf(criteria, missing) {
  /** @type {Map<string, number[]>} */
  const found = new Map();
  criteria.forEach(({ section }, k) => {
    if (!missing[k]) found.set(section, [...(found.get(section) ?? []), k]);
  });
  return Array.from(found, ([section, members]) => ({ section, criteria: members }));
}

/**
 * Units that have a label because of any of some criteria.
 * @param {Uint8Array[]} reasons one array a criterion @param {number[]} criteria positions
 * @param {(unit: number) => boolean} isShown @returns {number[]} positions of units
 */
export function unitsBy(reasons, criteria, isShown) {
  const rows = criteria.map((k) => reasons[k]).filter((row) => row !== undefined);
  /** @type {number[]} */
  const units = [];
  for (let i = 0; i < (rows[0]?.length ?? 0); i++) if (rows.some((row) => row[i]) && isShown(i)) units.push(i);
  return units;
}
