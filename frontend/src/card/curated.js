// The curated units of the training data that a unit resembles most, and the units of this recording.

import { short } from "../core/format.js";
import { own } from "../core/plain.js";
import { button, make } from "../ui/dom.js";
/** @import { Subject } from "./picture.js" */

/** Share of curated units below which it is said that a unit lies far from all of them. */
const RARE = 0.01;

/** @param {Subject} subject @returns {HTMLElement|null} */
export const curated = ({ data, store }) => {
  const known = data.curated;
  if (!known || !store.handLabels.length) return null;
  const box = make("figure", "nbl-part");
  const counts = ["good", "mua", "noise"].map((label) => [label, known.labels.filter((/** @type {string} */ l) => l === label).length]);
  box.append(make("figcaption", "nbl-part-head", "curated units it resembles"));
  const row = make("div", "nbl-curated");
  known.labels.forEach((/** @type {string} */ label, /** @type {number} */ at) => {
    const chip = make("span", "nbl-curated-unit", label);
    // A single unit may have another name here.
    chip.style.borderColor = (own(store.looks, label) ?? own(store.looks, label === "good" ? "sua" : label) ?? store.look(label)).color;
    chip.title = `${label} for its curators, ${known.recordings[at]}; ranks differ by ${short(known.distances[at])} on average`;
    row.append(chip);
  });
  const said = counts.filter(([, count]) => count).map(([label, count]) => `${count} ${label}`).join(", ");
  const far = known.usual < RARE ? " It lies farther from them than nearly all curated units from their nearest, so they say little of it." : "";
  box.append(row, make("div", "nbl-soft nbl-part-words", `Of the ${known.labels.length} nearest units that the classifiers learned from, curators called ${said}; compared by the ranks of ${known.metrics} metrics.${far}`));
  return box;
};

/** @param {Subject} subject @returns {HTMLElement|null} */
export const neighbours = ({ data, store }) => {
  if (!data.neighbours) return null;
  const box = make("figure", "nbl-part");
  box.append(make("figcaption", "nbl-part-head", "most similar templates"));
  const row = make("div", "nbl-curated");
  box.append(row);
  for (const [other, similarity] of data.neighbours) {
    const its = store.handLabels.length ? ` (${store.label(other)})` : "";
    row.append(button(`${store.ids[other]}${its} ${short(similarity)}`, `Go to unit ${store.ids[other]}`, () => store.select([other])));
  }
  return box;
};
