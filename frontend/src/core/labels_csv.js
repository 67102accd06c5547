// Labels as a CSV file that import_labels reads, made in the browser: no kernel is needed.

/** A cell of a CSV file that is text. @param {string} word */
export const quoted = (word) => `"${word.replaceAll('"', '""')}"`;

/**
 * @param {string[]} ids @param {Record<string, string>} given labels by position
 * @param {boolean} textIds whether ids are text, which is quoted so that "7" is not taken for a number
 * @returns {string}
 */
export const labelsCsv = (ids, given, textIds) => {
  const places = Object.keys(given).map(Number).filter((at) => at in ids).sort((a, b) => a - b);
  const lines = places.map((at) => `${textIds ? quoted(ids[at]) : ids[at]},${quoted(given[at])}\n`);
  return `"unit_id","label"\n${lines.join("")}`;
};
