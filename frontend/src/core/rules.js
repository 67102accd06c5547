// The rules as nb_autolabel.rules.trace applies them with numpy: the browser's half of every label.

/** @import { Limits } from "./axis.js" */

/**
 * @typedef {{metric: string, min: number|null, max: number|null, abs: boolean,
 *   nan: "fail"|"pass"|"ignore", section: string, group: string}} Criterion
 * @typedef {{any?: string, all?: string, missing?: string, and?: Condition[], or?: Condition[]}} Condition
 * @typedef {{label: string, when: Condition, among: string[]}} Rule
 * @typedef {{criteria: Criterion[], rules: Rule[], labels: string[], default: string}} RuleSet
 * @typedef {{codes: Uint8Array, ruleCodes: Uint8Array, states: Uint8Array[], active: boolean[], absent: boolean[], manual: Set<number>, reasons: Uint8Array[]}} Trace
 */

export const PASS = 0;

export const FAIL = 1;

export const NAN = 2;

export const INACTIVE = 3;

/** A limit as it was before JSON, which knows no infinity: the largest number stands for it. @param {number} limit */
export const unbounded = (limit) => (Math.abs(limit) >= Number.MAX_VALUE ? Math.sign(limit) * Infinity : limit);

/**
 * State of every unit under one criterion.
 * @param {Criterion} criterion
 * @param {Limits} limits
 * @param {Float64Array} values
 * @param {boolean} missing whether the metric is not in the table at all
 * @param {Uint8Array|null} [gone] units whose recording does not have the metric: there the criterion is inactive
 * @returns {Uint8Array}
 */
export function judge(criterion, limits, values, missing, gone = null) {
  const [min, max] = limits.map((x) => (x === null ? null : unbounded(x)));
  const states = new Uint8Array(values.length);
  if (missing || (min === null && max === null)) return states.fill(INACTIVE);
  for (let i = 0; i < values.length; i++) {
    const value = criterion.abs ? Math.abs(values[i]) : values[i];
    if (value !== value) states[i] = NAN;
    else if ((min !== null && value < min) || (max !== null && value > max)) states[i] = FAIL;
  }
  if (gone) for (let i = 0; i < values.length; i++) if (gone[i]) states[i] = INACTIVE;
  return states;
}

/** Whether a state counts as failed; "ignore" depends on how its group is combined. @type {(state: number, policy: string, every: boolean) => boolean} */
export function counts(state, policy, every) {
  return state === FAIL || (state === NAN && (policy === "fail" || (policy === "ignore" && every)));
}

/** Whether a criterion meets a condition on its group. @type {(state: number, policy: string, condition: Condition) => boolean} */
function meets(state, policy, condition) {
  if (condition.missing !== undefined) return state === NAN || state === INACTIVE;
  return counts(state, policy, condition.all !== undefined);
}

/** Whether a condition asks for missing values and nothing else. @type {(condition: Condition) => boolean} */
export function asksForMissing(condition) {
  return condition.missing !== undefined || (condition.and !== undefined && condition.and.every(asksForMissing));
}

/**
 * Where a condition holds, or null if nothing in it is active.
 * @param {RuleSet} rules @param {Uint8Array[]} states @param {boolean[]} active @param {boolean[]} absent
 * @param {number} n units @param {Condition} condition
 * @returns {Uint8Array|null}
 */
function holds(rules, states, active, absent, n, condition) {
  const group = condition.any ?? condition.all ?? condition.missing;
  const every = condition.any === undefined && condition.or === undefined;
  /** @type {Uint8Array|null} */
  let result = null;
  if (group !== undefined) {
    // Where a recording lacks the metric of a criterion, the others of "all" decide; where it lacks all, none does.
    const judged = condition.all !== undefined ? new Uint8Array(n) : null;
    for (let k = 0; k < rules.criteria.length; k++) {
      const { group: own, nan } = rules.criteria[k];
      // A criterion whose metric is not there has no value of any unit.
      if (own === group && condition.missing !== undefined && absent[k] && !result) result = new Uint8Array(n).fill(1);
      if (own !== group || !active[k]) continue;
      const mine = states[k];
      if (!result) result = new Uint8Array(mine.length).fill(every ? 1 : 0);
      for (let i = 0; i < mine.length; i++) {
        if (judged) {
          if (mine[i] === INACTIVE) continue;
          judged[i] = 1;
        }
        if ((result[i] === 1) === every && meets(mine[i], nan, condition) !== every) result[i] = every ? 0 : 1;
      }
    }
    if (judged && result) for (let i = 0; i < n; i++) result[i] &= judged[i];
    return result;
  }
  for (const part of condition.and ?? condition.or ?? []) {
    const mask = holds(rules, states, active, absent, n, part);
    if (!mask) {
      if (every && !asksForMissing(condition)) return null;
      continue;
    }
    if (!result) result = mask.slice();
    else for (let i = 0; i < mask.length; i++) result[i] = every ? result[i] & mask[i] : result[i] | mask[i];
  }
  return result;
}

/**
 * Label of each unit, as an index into the labels.
 * @param {RuleSet} rules @param {Uint8Array[]} states @param {boolean[]} active @param {boolean[]} absent @param {number} n
 * @returns {Uint8Array}
 */
export function labelUnits(rules, states, active, absent, n) {
  const codes = new Uint8Array(n).fill(rules.labels.indexOf(rules.default));
  for (const rule of rules.rules) {
    const held = holds(rules, states, active, absent, n, rule.when);
    if (held === null) continue;
    const among = rule.among.map((label) => rules.labels.indexOf(label));
    const code = rules.labels.indexOf(rule.label);
    for (let i = 0; i < n; i++) if (held[i] && among.includes(codes[i])) codes[i] = code;
  }
  return codes;
}

/**
 * A criterion is a reason where it counted as failed in a part of the label's condition that held, or had no value where
 * that was asked for.
 * @param {RuleSet} rules @param {Uint8Array[]} states @param {boolean[]} active @param {boolean[]} absent
 * @param {Uint8Array} codes
 * @returns {Uint8Array[]}
 */
export function reasonsOf(rules, states, active, absent, codes) {
  const n = codes.length;
  const reasons = rules.criteria.map(() => new Uint8Array(n));
  /** @type {(condition: Condition, among: Uint8Array) => void} */
  const blame = (condition, among) => {
    const held = holds(rules, states, active, absent, n, condition);
    if (held === null) return;
    const here = among.map((yes, i) => yes & held[i]);
    const group = condition.any ?? condition.all ?? condition.missing;
    if (group !== undefined) {
      rules.criteria.forEach((c, k) => {
        const gone = condition.missing !== undefined && absent[k];
        if (c.group !== group || !(active[k] || gone)) return;
        for (let i = 0; i < n; i++) if (here[i] && (gone || meets(states[k][i], c.nan, condition))) reasons[k][i] = 1;
      });
    }
    for (const part of condition.and ?? condition.or ?? []) blame(part, here);
  };
  for (const rule of rules.rules) {
    const code = rules.labels.indexOf(rule.label);
    blame(rule.when, codes.map((c) => (c === code ? 1 : 0)));
  }
  return reasons;
}

/**
 * Say it where a criterion cannot decide anything, as nb_autolabel.rules.missing does; else "".
 * @param {RuleSet} rules @param {Limits[]} limits @param {number} k @returns {string}
 */
export function neverDecides(rules, limits, k) {
  if (!rules.criteria[k] || !limits[k]) return ""; // the rest of a new structure is on its way
  const { metric, group } = rules.criteria[k];
  if (metric !== "peak_before_to_trough_ratio" || group !== "ratio") return "";
  const at = rules.criteria.findIndex((c) => c.metric === "main_peak_to_trough_ratio" && c.group === "main peak");
  const [min, max] = limits[k];
  const enough = at < 0 ? null : limits[at][1];
  if (enough === null || max === null || min !== null || enough > max) return "";
  return `decides nothing: beyond ${Number(max.toPrecision(6))} ${rules.criteria[at].metric} is above ${Number(enough.toPrecision(6))}, which is enough`;
}

/** Whether each criterion is judged at all. @type {(limits: Limits[], missing: boolean[]) => boolean[]} */
export function activeOf(limits, missing) {
  return limits.map(([low, high], k) => !missing[k] && (low !== null || high !== null));
}

/** Whether each criterion has a limit and no metric. @type {(limits: Limits[], missing: boolean[]) => boolean[]} */
export function absentOf(limits, missing) {
  return limits.map(([low, high], k) => missing[k] && (low !== null || high !== null));
}

/**
 * Apply a rule set. Labels by hand win, and have no reasons.
 * @param {RuleSet} rules
 * @param {Limits[]} limits one pair a criterion, in stored units
 * @param {Float64Array[]} values one array a criterion
 * @param {boolean[]} missing
 * @param {Record<string, string>} byHand labels by position of the unit
 * @param {number} n units
 * @param {(Uint8Array|null)[]} [gone] units whose recording does not have the metric, one array a criterion
 * @returns {Trace}
 */
export function applyRules(rules, limits, values, missing, byHand, n, gone = []) {
  const states = rules.criteria.map((c, k) => judge(c, limits[k], values[k], missing[k], gone[k]));
  const active = activeOf(limits, missing);
  const absent = absentOf(limits, missing);
  const ruleCodes = labelUnits(rules, states, active, absent, n);
  const codes = ruleCodes.slice();
  const blamed = ruleCodes.slice();
  const manual = new Set(Object.keys(byHand).map(Number));
  for (const [at, label] of Object.entries(byHand)) {
    codes[Number(at)] = rules.labels.indexOf(label);
    blamed[Number(at)] = 255;
  }
  return { codes, ruleCodes, states, active, absent, manual, reasons: reasonsOf(rules, states, active, absent, blamed) };
}

/**
 * How many units have a criterion as their only reason.
 * @param {Uint8Array[]} reasons @returns {number[]}
 */
export function onlyReason(reasons) {
  const only = reasons.map(() => 0);
  const n = reasons.length ? reasons[0].length : 0;
  for (let i = 0; i < n; i++) {
    let count = 0;
    let last = 0;
    for (let k = 0; k < reasons.length; k++) if (reasons[k][i]) { count++; last = k; }
    if (count === 1) only[last]++;
  }
  return only;
}
