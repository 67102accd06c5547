// How well two labelings agree, and how sure a classifier is of a label, as the kernel says it.

/** @import { RuleSet } from "./rules.js" */

/** Units below which kappa has no interval. */
const FEWEST_FOR_INTERVAL = 10;

/** Of the normal distribution, for 95 %. */
const NORMAL_95 = 1.959963984540054;

/**
 * Cohen's kappa with its 95 % interval: the score interval (Wilson 1927) of the share of equal labels, with the
 * agreement expected by chance held, as nb_autolabel.comparison.agreement has it. NaN where there is none.
 * @param {number[][]} table @returns {{value: number, low: number, high: number, agreement: number, units: number}}
 */
export const kappaOf = (table) => {
  const units = table.flat().reduce((a, b) => a + b, 0);
  const p = table.map((row) => row.map((count) => count / units));
  const rows = p.map((row) => row.reduce((a, b) => a + b, 0));
  const columns = p.map((_, j) => p.reduce((sum, row) => sum + row[j], 0));
  const agreement = units ? table.reduce((sum, row, i) => sum + row[i], 0) / units : NaN;
  const chance = rows.reduce((sum, r, i) => sum + r * columns[i], 0);
  const none = { value: NaN, low: NaN, high: NaN, agreement, units };
  if (!units || Math.abs(1 - chance) < 1e-9) return none;
  const beyond = (/** @type {number} */ share) => (share - chance) / (1 - chance);
  const value = beyond(agreement);
  if (units < FEWEST_FOR_INTERVAL) return { ...none, value };
  const z2 = NORMAL_95 ** 2 / units;
  const middle = (agreement + z2 / 2) / (1 + z2);
  const half = (NORMAL_95 * Math.sqrt((agreement * (1 - agreement)) / units + z2 / units / 4)) / (1 + z2);
  return { ...none, value, low: Math.min(value, Math.max(-1, beyond(middle - half))), high: Math.max(value, Math.min(1, beyond(middle + half))) };
};

/** Kappa in words. @param {ReturnType<typeof kappaOf>} kappa @returns {string} */
export const kappaInWords = ({ value, low, high, units }) => {
  if (value !== value) return "Cohen's κ – (all units have one label)";
  const said = `Cohen's κ ${value.toFixed(2)}`;
  return low === low ? `${said} (95 %: ${low.toFixed(2)} to ${high.toFixed(2)})` : `${said} (${units} units are too few for an interval)`;
};

/**
 * The probability that a unit is what a label says, as nb_autolabel.classifiers.unitrefine.label_probability has it;
 * NaN for another method than UnitRefine, and for labels that are none of its classes.
 * @param {RuleSet & {name?: string}} rules @param {Float64Array[]} values one array a criterion @param {string} label @param {number} at
 * @returns {number}
 */
export const chanceOf = (rules, values, label, at) => {
  if (rules.name !== "unitrefine") return NaN;
  const column = (/** @type {string} */ name) => rules.criteria.findIndex((c) => c.metric === name);
  const [first, second] = [column("noise_probability"), column("sua_probability")];
  const noise = first < 0 ? 0 : values[first][at];
  const sua = second < 0 ? NaN : values[second][at];
  if (first >= 0 && label === "noise") return noise;
  if (first >= 0 && label === "neural") return 1 - noise;
  if (label === "sua" || label === "good") return (1 - noise) * sua;
  return label === "mua" ? (1 - noise) * (1 - sua) : NaN;
};

/**
 * How many units go from each label of one source to each of another, as nb_autolabel.comparison.flow counts them.
 * @param {string[]} from @param {string[]} to @param {string[]} labels in their order @returns {number[][]} rows: from
 */
export const flowOf = (from, to, labels) => {
  const place = new Map(labels.map((label, at) => [label, at]));
  const counts = labels.map(() => labels.map(() => 0));
  from.forEach((label, i) => {
    const [row, column] = [place.get(label), place.get(to[i])];
    if (row !== undefined && column !== undefined) counts[row][column]++;
  });
  return counts;
};
