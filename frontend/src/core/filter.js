// A filter as people write it: snr > 5 and label == "mua". Parsed here; nothing is evaluated as code.

/**
 * @typedef {(unit: number) => boolean} Test
 * @typedef {(unit: number) => number|string} Value
 */

/**
 * Turn text into a test of one unit.
 * @param {string} text
 * @param {(name: string) => Value|null} lookUp how a name is read for a unit; null if it is not known
 * @returns {Test}
 * @throws {Error} that says in words what cannot be read
 */
export function parseFilter(text, lookUp) {
  const pattern = /\s*(?:(\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)|([A-Za-z_]\w*)|"([^"]*)"|'([^']*)'|(<=|>=|==|!=|<|>|\(|\)|-))/gy;
  /** @type {{kind: string, text: string}[]} */
  const tokens = [];
  while (pattern.lastIndex < text.length) {
    const start = pattern.lastIndex;
    const found = pattern.exec(text);
    if (!found) {
      if (!text.slice(start).trim()) break;
      throw new Error(`cannot read "${text.slice(start).trim().slice(0, 12)}"`);
    }
    const [, number, name, double, single, sign] = found;
    if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (name !== undefined) tokens.push({ kind: ["and", "or", "not"].includes(name) ? name : "name", text: name });
    else if (sign !== undefined) tokens.push({ kind: sign, text: sign });
    else tokens.push({ kind: "text", text: double ?? single });
  }
  let at = 0;
  const peek = () => tokens[at]?.kind;
  const take = () => tokens[at++];

  /** @returns {Test} */
  const either = () => {
    let left = both();
    while (peek() === "or") {
      take();
      const a = left;
      const b = both();
      left = (unit) => a(unit) || b(unit);
    }
    return left;
  };
  /** @returns {Test} */
  const both = () => {
    let left = single();
    while (peek() === "and") {
      take();
      const a = left;
      const b = single();
      left = (unit) => a(unit) && b(unit);
    }
    return left;
  };
  /** @returns {Test} */
  const single = () => {
    if (peek() === "not") {
      take();
      const test = single();
      return (unit) => !test(unit);
    }
    if (peek() === "(") {
      take();
      const test = either();
      if (take()?.kind !== ")") throw new Error("a ) is missing");
      return test;
    }
    const left = value();
    const sign = take();
    if (!sign || !(sign.kind in COMPARE)) throw new Error("a comparison is missing: <, <=, >, >=, ==, !=");
    const right = value();
    const compare = COMPARE[sign.kind];
    return (unit) => compare(left(unit), right(unit));
  };
  /** @returns {Value} */
  const value = () => {
    const token = take();
    if (!token) throw new Error("it ends too early");
    if (token.kind === "-") {
      const inner = value();
      return (unit) => -Number(inner(unit));
    }
    if (token.kind === "number") return () => Number(token.text);
    if (token.kind === "text") return () => token.text;
    if (token.kind === "name") {
      const read = lookUp(token.text);
      if (!read) throw new Error(`there is no "${token.text}"`);
      return read;
    }
    throw new Error(`"${token.text}" is not expected there`);
  };

  const test = either();
  if (at < tokens.length) throw new Error(`"${tokens[at].text}" is not expected there`);
  return test;
}

/** @type {Record<string, (a: number|string, b: number|string) => boolean>} */
const COMPARE = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "==": (a, b) => a === b || String(a) === String(b),
  "!=": (a, b) => !(a === b || String(a) === String(b)),
};
