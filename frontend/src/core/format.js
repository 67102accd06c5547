// Numbers as a person would write them, and round numbers for an axis.

/**
 * Write a number as it is shown everywhere, as nb_autolabel.metrics.formatting.number does: three significant digits, but a
 * whole part is never shortened.
 * @param {number} value @returns {string}
 */
export const short = (value) => {
  if (value !== value) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const size = Math.abs(value);
  if (size !== 0 && !(size >= 1e-3 && size < 1e6)) {
    const [digits, power] = value.toExponential(2).split("e");
    return `${Number(digits)}e${Number(power)}`;
  }
  const rounded = size < 1000 ? Number(value.toPrecision(3)) : Math.sign(value) * Math.round(size);
  const [whole, rest] = String(Math.abs(rounded)).split(".");
  return `${rounded < 0 ? "-" : ""}${whole.replace(/(?=(\d{3})+$)(?!^)/g, ",")}${rest ? `.${rest}` : ""}`;
};

/** Round numbers for an axis. @param {number} low @param {number} high @param {number} most @returns {number[]} */
export const ticks = (low, high, most) => {
  const raw = (high - low) / most;
  const size = 10 ** Math.floor(Math.log10(raw));
  // Engines differ in the last digit of a power.
  const gap = [1, 2, 5, 10].map((f) => f * size).find((g) => g >= raw * (1 - 1e-9)) ?? raw;
  const found = [];
  for (let t = Math.ceil(low / gap - 1e-9); t <= high / gap + 1e-9; t++) found.push(Number((t * gap).toPrecision(12)));
  return found;
};
