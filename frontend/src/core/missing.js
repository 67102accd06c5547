// What a missing value comes to under the rules, as nb_autolabel.rules has it.

import { FAIL, NAN, PASS, asksForMissing, labelUnits } from "./rules.js";
/** @import { Method } from "./explanation.js" */
/** @import { Limits } from "./axis.js" */
/** @import { Condition, RuleSet } from "./rules.js" */

/** What sections of criteria are called in a sentence, where that is not their name. @type {Record<string, string>} */
const SECTION_WORDS = { mua: "multi-unit" };

/** Groups that a condition refers to. @type {(condition: Condition) => string[]} */
const groupsOf = ({ any, all, missing, and, or }) => {
  const own = any ?? all ?? missing;
  return [...(own === undefined ? [] : [own]), ...(and ?? []).flatMap(groupsOf), ...(or ?? []).flatMap(groupsOf)];
};

/**
 * Say which criteria cannot be judged of any unit, and what that means for the labels, as nb_autolabel.rules.missing does.
 * @param {RuleSet} rules @param {Limits[]} limits @param {boolean[]} missing
 * @param {Record<string, string>} unusable why a metric cannot be judged, by its name
 * @returns {string[]} one sentence a section
 */
export function withoutMetricInWords(rules, limits, missing, unusable) {
  const { criteria } = rules;
  /** @type {string[]} */
  const said = [];
  for (const section of new Set(criteria.map((c) => c.section))) {
    const limited = criteria.flatMap((c, k) => (c.section === section && limits[k] && (limits[k][0] !== null || limits[k][1] !== null) ? [k] : []));
    const gone = limited.filter((k) => missing[k]);
    if (!gone.length) continue;
    const cannot = gone.some((k) => unusable[criteria[k].metric]) ? "cannot be judged" : "have no metric";
    const words = [SECTION_WORDS[section] ?? section, "criteria"].filter(Boolean).join(" ");
    const means = gone.length < limited.length
      ? `they decide nothing (${gone.map((k) => criteria[k].metric).join(", ")})`
      : ofUnits(rules, new Set(gone.map((k) => criteria[k].group)));
    said.push(`${gone.length} of ${limited.length} ${words} ${cannot}: ${means}.`);
  }
  return said;
}

/** What becomes of units where no criterion of some groups can be judged. @type {(rules: RuleSet, groups: Set<string>) => string} */
function ofUnits(rules, groups) {
  const concerned = rules.rules.filter((rule) => groupsOf(rule.when).some((group) => groups.has(group)));
  const wanting = concerned.find((rule) => asksForMissing(rule.when));
  if (wanting) {
    const own = new Set([...rules.rules.map((rule) => rule.label), rules.default]);
    return `these units are ${wanting.label}, not ${[...own].filter((label) => wanting.among.includes(label)).join(" or ")}`;
  }
  const given = [...new Set(concerned.map((rule) => rule.label))];
  return given.length ? `no unit becomes ${given.join(" or ")} by them` : "they decide nothing";
}

/**
 * What a missing value of a criterion comes to, as nb_autolabel.rules.missing says it.
 * @param {RuleSet} rules @param {number} k @returns {{counts: string, said: string}}
 */
export function effectOfMissing(rules, k) {
  const { nan, group } = rules.criteria[k];
  /** @type {(condition: Condition, kind: "any"|"all") => boolean} */
  const combines = (condition, kind) =>
    condition[kind] === group || [...(condition.and ?? []), ...(condition.or ?? [])].some((part) => combines(part, kind));
  if (nan === "fail") return { counts: "failed", said: "counts as failed" };
  if (nan === "pass") return { counts: "passed", said: "counts as passed" };
  if (rules.rules.some((rule) => combines(rule.when, "all"))) {
    return { counts: "failed", said: `counts as failed, because all criteria${group ? ` of '${group}'` : ""} must fail and a missing value does not prevent it` };
  }
  const labels = [...new Set(rules.rules.filter((rule) => combines(rule.when, "any")).map((rule) => rule.label))];
  return { counts: "ignored", said: `is ignored${labels.length ? `: it makes no unit ${labels.join(" or ")}` : ""}` };
}

/**
 * Units without a value of a criterion, and those of them that would have another label if missing values passed (or,
 * where they pass, if they failed); as nb_autolabel.rules has them.
 * @param {Method} method @param {number} k @returns {{gaps: number[], decided: number[]}}
 */
export function decidedByMissing({ rules, missing, values, trace }, k) {
  const gaps = missing[k] ? [] : Array.from(values[k].keys()).filter((i) => values[k][i] !== values[k][i]);
  if (!gaps.length || !trace.active[k]) return { gaps, decided: [] };
  const states = trace.states.slice();
  states[k] = trace.states[k].map((s) => (s !== NAN ? s : rules.criteria[k].nan === "pass" ? FAIL : PASS));
  const other = labelUnits(rules, states, trace.active, trace.absent, trace.codes.length);
  return { gaps, decided: gaps.filter((i) => other[i] !== trace.ruleCodes[i] && !trace.manual.has(i)) };
}
