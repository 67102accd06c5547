// Joint probabilities of noise, multi unit and single unit as one bar.

import { chanceOf } from "../core/agreement.js";
import { make } from "../ui/dom.js";
/** @import { Store } from "../state/store.js" */

/** @param {Store} store @param {number} unit @returns {HTMLElement|null} null where a method gives no probabilities */
export const chances = (store, unit) => {
  // Who is to judge should not be told first.
  if (!store.trace || !store.handLabels.length) return null;
  const parts = ["noise", "mua", "sua"]
    .map((label) => ({ label, chance: chanceOf(store.rules, store.values, label, unit) }))
    .filter(({ chance }) => chance === chance);
  if (!parts.length) return null;
  const bar = make("div", "nbl-chances");
  bar.setAttribute("role", "img");
  bar.setAttribute("aria-label", `Probabilities: ${parts.map(({ label, chance }) => `${label} ${chance.toFixed(2)}`).join(", ")}`);
  for (const { label, chance } of parts) {
    const part = make("span", "nbl-chance", chance >= 0.12 ? `${label} ${Math.round(100 * chance)} %` : "");
    part.style.flexGrow = String(Math.max(chance, 0.002));
    part.style.background = store.look(label).color;
    part.title = `${label} ${(100 * chance).toFixed(1)} %`;
    bar.append(part);
  }
  return bar;
};
