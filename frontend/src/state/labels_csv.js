// The labels of a saved page as a CSV file, with who gave them and the notes.

import { quoted } from "../core/labels_csv.js";
/** @import { Store } from "./store.js" */

/**
 * One row a unit: its id, its label, "by hand" or "rules", who gave the label and when, and the note.
 * @param {Pick<Store, "ids"|"label"|"byHand"|"handNotes">} store @param {boolean} textIds whether ids are texts: then they are quoted
 * @returns {string}
 */
export function labelsCsv(store, textIds) {
  const lines = store.ids.map((id, unit) => {
    const given = Object.hasOwn(store.byHand, unit);
    // "by hand, 2024-05-31 14:05: a note": the words before the first colon with a blank say who and when.
    const [, who, note] = (given && /^(.*?)(?:: (.*))?$/s.exec(store.handNotes[unit] ?? "")) || ["", "", ""];
    return [textIds ? quoted(id) : id, quoted(store.label(unit)), quoted(given ? "by hand" : "rules"), quoted(who ?? ""), quoted(note ?? "")].join(",");
  });
  return `unit_id,label,source,given,note\n${lines.join("\n")}\n`;
}
