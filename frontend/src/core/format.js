// Numbers as a person would write them, and round numbers for an axis.

/** Write a number as a person would. @param {number} value @returns {string} */
export const short = (value) => {
  if (value !== value) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(1);
  return String(Number(value.toPrecision(size >= 100 ? 4 : 3)));
};

/** Round numbers for an axis. @param {number} low @param {number} high @param {number} most @returns {number[]} */
export const ticks = (low, high, most) => {
  const raw = (high - low) / most;
  const size = 10 ** Math.floor(Math.log10(raw));
  const gap = [1, 2, 5, 10].map((f) => f * size).find((g) => g >= raw) ?? raw;
  const found = [];
  for (let t = Math.ceil(low / gap); t * gap <= high + 1e-9 * gap; t++) found.push(Number((t * gap).toPrecision(12)));
  return found;
};
