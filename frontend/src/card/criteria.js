// The criteria of a unit: value, limit, margin; and what would give it each other label.

import { limitsAfter, smallestChanges } from "../core/explanation.js";
import { short } from "../core/format.js";
import { own } from "../core/plain.js";
import { changeInWords } from "../state/words.js";
import { button, make } from "../ui/dom.js";
/** @import { Store } from "../state/store.js" */

/** Fill the table of criteria. @param {HTMLElement} list @param {Store} store @param {number} now */
export const fillCriteria = (list, store, now) => {
  const rules = store.rules;
  const states = store.trace.states;
  const reasons = store.trace.reasons;
  const head = make("tr", "");
  const bare = !store.handLabels.length; // who is to judge sees values alone
  for (const text of bare ? ["metric", "value"] : ["criterion", "value", "limit", "margin"]) head.append(make("th", "", text));
  const rows = rules.criteria.flatMap((/** @type {any} */ c, /** @type {number} */ k) => {
    const axis = store.axes[k];
    if (!axis) return [];
    const [low, high] = store.limits[k];
    const stored = store.metric(c.metric)[now];
    const value = c.abs ? Math.abs(stored) : stored;
    const unitOf = own(store.metricUnits, c.metric)?.unit ?? "";
    const margin = Math.min(low === null ? Infinity : value - low, high === null ? Infinity : high - value);
    const limits = [low === null ? "" : `≥ ${short(low * axis.factor)}`, high === null ? "" : `≤ ${short(high * axis.factor)}`];
    const row = make("tr", states[k]?.[now] === 1 ? "nbl-failing" : "");
    const mark = reasons[k]?.[now] ? "✗ " : states[k]?.[now] === 1 ? "○ " : "";
    const name = make("td", "", mark + c.metric);
    name.title = reasons[k]?.[now] ? "a reason for the label" : "";
    row.append(name, make("td", "nbl-number", `${short(value * axis.factor)} ${unitOf}`));
    if (!bare) row.append(
      make("td", "nbl-number", limits.filter((t) => t).join(" ") || "off"),
      make("td", "nbl-number", low === null && high === null ? "" : short(margin * axis.factor))
    );
    return [row];
  });
  list.replaceChildren(...(rows.length ? [head, ...rows] : []));
};

/** Say what would give a unit each other label. @param {HTMLElement} changes @param {Store} store @param {number} now */
export const fillChanges = (changes, store, now) => {
  changes.replaceChildren();
  const trace = store.trace;
  if (now < 0 || !trace || trace.manual.has(now) || !store.handLabels.length) return;
  const method = store.method;
  const metric = (/** @type {number} */ k) => own(store.metricUnits, method.rules.criteria[k].metric) ?? { factor: 1, whole: false };
  for (const change of smallestChanges(method, now, metric)) {
    const { label, steps } = change;
    const row = make("div", "nbl-card-change");
    const text = changeInWords(store, change);
    if (!steps.length) row.append(text);
    else {
      const apply = button(`make ${label}`, `Make unit ${store.ids[now]} ${label}: it ${text}`, () => {
        const after = limitsAfter(method.limits, steps);
        store.set(
          steps.filter((one) => one.bound !== -1).map((one) => [one.k, after[one.k]]),
          steps.filter((one) => one.bound === -1).map((one) => [one.k, "pass"]),
        );
      });
      row.append(apply, ` ${text}`);
    }
    changes.append(row);
  }
};
