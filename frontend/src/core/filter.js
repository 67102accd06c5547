// A filter as people write it: snr > 5 and label == "mua". Read here; nothing is evaluated as code. Its twin in Python is
// nb_autolabel/session/filter_text.py.

/**
 * @typedef {number|string|boolean|string[]} Said what a name is for a unit
 * @typedef {(unit: number) => boolean} Test
 * @typedef {(unit: number) => Said} Value
 * @typedef {{read: Value, bare?: boolean}} Name bare: it says something without a comparison
 */

const WORDS = ["and", "or", "not", "in"];
/** Signs of other languages, and how they are written here. @type {[string, string][]} */
const OTHERWISE = [["&&", "and"], ["&", "and"], ["||", "or"], ["|", "or"], ["!", "not"], ["=", "=="]];
/** Deepest nesting of parentheses, "not" and "-". */
const DEEPEST = 100;

/** @type {Record<string, (a: number, b: number) => boolean>} */
const COMPARE = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** @param {string} text @returns {{kind: string, text: string}[]} */
const tokensOf = (text) => {
  const pattern = /\s*(?:(\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)|([A-Za-z_]\w*)|"([^"]*)"|'([^']*)'|(<=|>=|==|!=|<|>|\(|\)|-))/gy;
  const tokens = [];
  while (pattern.lastIndex < text.length) {
    const start = pattern.lastIndex;
    const found = pattern.exec(text);
    if (!found) {
      const rest = text.slice(start).trim();
      if (!rest) break;
      const [sign, instead] = OTHERWISE.find(([known]) => rest.startsWith(known)) ?? [];
      throw new Error(`cannot read "${rest.slice(0, 12)}"${sign ? `: write "${instead}" for "${sign}"` : ""}`);
    }
    const [, number, name, double, single, sign] = found;
    if (number !== undefined) tokens.push({ kind: "number", text: number });
    else if (name !== undefined) tokens.push({ kind: WORDS.includes(name) ? name : "name", text: name });
    else if (sign !== undefined) tokens.push({ kind: sign, text: sign });
    else tokens.push({ kind: "text", text: double ?? single });
  }
  return tokens;
};

/**
 * Turn text into a test of one unit.
 * @param {string} text
 * @param {(name: string) => Name|Value|null} lookUp what a name stands for; null if it is not known
 * @param {string[]} [names] that are proposed for one that is not known; labels stand in quotes
 * @returns {Test}
 * @throws {Error} that says in words what cannot be read
 */
export function parseFilter(text, lookUp, names = []) {
  const tokens = tokensOf(text);
  let at = 0;
  let depth = 0;
  const peek = () => tokens[at]?.kind;
  const take = () => tokens[at++];
  const deeper = () => {
    depth += 1;
    if (depth > DEEPEST) throw new Error(`it is nested more than ${DEEPEST} deep`);
  };
  /** @param {string} word @param {() => Test} part @param {(tests: Test[]) => Test} joined @returns {Test} */
  const several = (word, part, joined) => {
    const tests = [part()];
    while (peek() === word) {
      take();
      tests.push(part());
    }
    return tests.length === 1 ? tests[0] : joined(tests);
  };
  /** @returns {Test} */
  const either = () => several("or", both, (tests) => (unit) => tests.some((test) => test(unit)));
  /** @returns {Test} */
  const both = () => several("and", single, (tests) => (unit) => tests.every((test) => test(unit)));
  /** @returns {Test} */
  const single = () => {
    deeper();
    const found = one();
    depth -= 1;
    return found;
  };
  /** @returns {Test} */
  const one = () => {
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
    const sign = peek();
    if (!sign || !(Object.hasOwn(COMPARE, sign) || ["==", "!=", "in"].includes(sign))) {
      if (!left.bare) throw new Error("a comparison is missing: <, <=, >, >=, ==, !=, in");
      return (unit) => isSaid(left.read(unit));
    }
    take();
    const right = value();
    return (unit) => compare(sign, left.read(unit), right.read(unit));
  };
  /** @returns {Name} */
  const value = () => {
    const token = take();
    if (!token) throw new Error("it ends too early");
    if (token.kind === "-") {
      deeper();
      const inner = value();
      depth -= 1;
      return { read: (unit) => -asNumber(inner.read(unit)) };
    }
    if (token.kind === "number") return { read: () => Number(token.text) };
    if (token.kind === "text") return { read: () => token.text };
    if (token.kind === "name") {
      const known = lookUp(token.text);
      if (!known) throw new Error(unknown(token.text, names));
      return typeof known === "function" ? { read: known } : known;
    }
    throw new Error(`"${token.text}" is not expected there`);
  };

  const test = either();
  if (at < tokens.length) throw new Error(`"${tokens[at].text}" is not expected there`);
  return test;
}

/** @param {Said} value */
const isSaid = (value) => (Array.isArray(value) ? value.length > 0 : Boolean(value));

/** Yes and no as text. @param {Said} value */
const asSaid = (value) => (typeof value === "boolean" ? (value ? "yes" : "no") : value);

/** A number, or that which a text says; NaN for everything else. @param {Said} value @returns {number} */
const asNumber = (value) => {
  if (typeof value === "number" || typeof value === "boolean") return Number(value);
  return typeof value === "string" && /^ *[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)? *$/i.test(value) ? Number(value) : NaN;
};

/**
 * Text and numbers are equal where the text says the number, and only numbers are larger or smaller. Several texts equal a
 * text that is one of them; "in" looks for a text in several, or as a part of a text.
 * @param {string} sign @param {Said} left @param {Said} right @returns {boolean}
 */
export const compare = (sign, left, right) => {
  if (Object.hasOwn(COMPARE, sign)) return COMPARE[sign](asNumber(left), asNumber(right));
  if (sign === "in") {
    if (typeof right === "string") return right.includes(String(asSaid(left)));
    return Array.isArray(right) && right.includes(/** @type {string} */ (asSaid(left)));
  }
  for (const [one, other] of [[left, right], [right, left]]) {
    if (Array.isArray(one)) return one.includes(/** @type {string} */ (asSaid(other))) === (sign === "==");
  }
  const [first, second] = [asNumber(left), asNumber(right)];
  const numbers = first === first && second === second;
  return (numbers ? first === second : asSaid(left) === asSaid(right)) === (sign === "==");
};

/** That there is no such name, with the nearest one. @param {string} word @param {string[]} names */
const unknown = (word, names) => {
  if (names.includes(word)) return `this method has no "${word}"`;
  const near = nearest(word, names);
  return `there is no "${word}"${near ? `: ${near}` : ""}`;
};

/** The nearest name, as long as it is near: letters' case, or one letter in four wrong. @param {string} word @param {string[]} names */
const nearest = (word, names) => {
  let best = "";
  let least = Math.max(1, Math.floor(word.length / 4)) + 1;
  for (const name of names) {
    const plain = name.replace(/^"+|"+$/g, "");
    const away = distance(word.toLowerCase(), plain.toLowerCase(), least);
    if (away < least || (away === 0 && plain === word)) [best, least] = [name, away];
  }
  if (!best) return "";
  return best.startsWith('"') ? `a label stands in quotes, ${best}` : `did you mean ${best}?`;
};

/** How many letters must be changed, added or left out; most if it is that many or more. @param {string} one @param {string} other @param {number} most */
const distance = (one, other, most) => {
  const [left, right] = [[...one], [...other]];
  if (Math.abs(left.length - right.length) >= most) return most;
  let before = Array.from({ length: right.length + 1 }, (_, j) => j);
  for (let i = 1; i <= left.length; i++) {
    const now = [i];
    for (let j = 1; j <= right.length; j++) {
      now.push(Math.min(before[j] + 1, now[j - 1] + 1, before[j - 1] + Number(left[i - 1] !== right[j - 1])));
    }
    before = now;
  }
  return Math.min(before[right.length], most);
};
