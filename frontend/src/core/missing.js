// What a missing value comes to under the rules, as nb_autolabel.rules has it.

/** @import { Condition, RuleSet } from "./rules.js" */

/**
 * What a missing value of a criterion comes to, as nb_autolabel.rules.gaps says it.
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
