// What a missing value comes to under the rules, as nb_autolabel.rules has it.

import { FAIL, NAN, PASS, labelUnits } from "./rules.js";
/** @import { Method } from "./explanation.js" */
/** @import { Condition, RuleSet } from "./rules.js" */

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
    return { counts: "failed", said: `counts as failed, because every criterion${group ? ` of '${group}'` : ""} must fail and it does not stand in the way` };
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
