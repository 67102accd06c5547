// Labels of many recordings: units of each label by recording, by group, since the defaults, and in which order they stand.

/** @import { Changed } from "./relabel.js" */

/** Units of each label in each recording; kept up to date as labels change. */
/**
 * Widths of columns that fit into a place: what is too much is taken off each by how far it can shrink; where that is not
 * enough, those that can be spared are left out (0).
 * @param {{width: number, least: number, spare?: boolean}[]} every wanted width of each and what it needs @param {number} room
 * @returns {number[]}
 */
export function fitted(every, room) {
  const tight = every.reduce((sum, { least }) => sum + least, 0) > room;
  const columns = tight ? every.map((each) => (each.spare ? { width: 0, least: 0 } : each)) : every;
  const wanted = columns.reduce((sum, { width }) => sum + width, 0);
  const slack = columns.reduce((sum, { width, least }) => sum + width - least, 0);
  const part = slack > 0 ? Math.min(1, Math.max(0, wanted - room) / slack) : 0;
  return columns.map(({ width, least }) => Math.floor(width - part * (width - least)));
}

export class CountsByRecording {
  /** @param {Int32Array} of recording of each unit @param {number} recordings @param {number} labels */
  constructor(of, recordings, labels) {
    this.of = of;
    this.labels = labels;
    this.recordings = recordings;
    /** One row a recording, one column a label. */
    this.table = new Int32Array(recordings * labels);
  }

  /** @param {Uint8Array} codes label of each unit @param {Changed|null} changed null: all may have */
  follow(codes, changed) {
    const { of, labels, table } = this;
    if (changed) {
      changed.units.forEach((unit, at) => {
        table[of[unit] * labels + changed.before[at]]--;
        table[of[unit] * labels + codes[unit]]++;
      });
      return;
    }
    table.fill(0);
    for (let unit = 0; unit < codes.length; unit++) table[of[unit] * labels + codes[unit]]++;
  }

  /** Counts by label of some recordings together. @param {number[]} members @returns {Int32Array} */
  sum(members) {
    const { labels, table } = this;
    const total = new Int32Array(labels);
    for (const r of members) for (let code = 0; code < labels; code++) total[code] += table[r * labels + code];
    return total;
  }
}

/** Units of some recordings, in their order. @param {Int32Array} of @param {number[]} members @returns {Int32Array} */
export const unitsOf = (of, members) => {
  const wanted = new Set(members);
  const units = [];
  for (let unit = 0; unit < of.length; unit++) if (wanted.has(of[unit])) units.push(unit);
  return Int32Array.from(units);
};

/** What is said of a column that describes recordings. @param {string|number|null} value @returns {string} */
export const described = (value) => (value === null || value === "" ? "–" : String(value));

/**
 * Recordings with the same value of a column, in the order in which the values come first.
 * @param {(string|number|null)[]} values one a recording @returns {{value: string|number|null, members: number[]}[]}
 */
export const grouped = (values) => {
  /** @type {Map<string, {value: string|number|null, members: number[]}>} */
  const groups = new Map();
  values.forEach((value, at) => {
    const group = groups.get(described(value)) ?? { value, members: [] };
    group.members.push(at);
    groups.set(described(value), group);
  });
  return [...groups.values()];
};

const words = new Intl.Collator("en", { numeric: true });

/** Whether a value is missing, and stands last either way. @param {string|number|null} value */
const isGap = (value) => value === null || value === "" || value !== value;

/**
 * Places of values in their order; "r2" comes before "r10", missing values come last, equal ones stay as they are.
 * @param {(string|number|null)[]} values @param {boolean} down @returns {number[]}
 */
export const orderOf = (values, down) =>
  values.map((_, at) => at).sort((a, b) => {
    const [x, y] = [values[a], values[b]];
    if (isGap(x) || isGap(y)) return Number(isGap(x)) - Number(isGap(y)) || a - b;
    const by = typeof x === "number" && typeof y === "number" ? x - y : words.compare(String(x), String(y));
    return (down ? -by : by) || a - b;
  });

/**
 * What labels gained since the defaults, most first. @param {Int32Array} counts by label @param {string[]} labels
 * @param {Record<string, number>} defaults by name @returns {{label: string, gain: number}[]}
 */
export const gains = (counts, labels, defaults) =>
  labels
    .map((label, code) => ({ label, gain: counts[code] - (Object.hasOwn(defaults, label) ? defaults[label] : 0) }))
    .filter(({ gain }) => gain !== 0)
    .sort((a, b) => b.gain - a.gain);

/** @param {{label: string, gain: number}} change @returns {string} */
export const gainInWords = ({ label, gain }) => `${gain < 0 ? "−" : "+"}${Math.abs(gain)} ${label}`;
