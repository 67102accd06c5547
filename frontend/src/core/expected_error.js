// Which labels are accepted by their expected error, as nb_autolabel.classifiers.expected_error and .undecided have it.

/** @import { Limits } from "./axis.js" */
/** @import { RuleSet } from "./rules.js" */

/**
 * @typedef {{error: number, question: string, safe: number}} Asked
 * @typedef {[slope: number, intercept: number, spread: number, tilt: number]} Calibration
 * @typedef {{calibrations: Record<string, Calibration>, unfamiliar: number[], left_out: Record<string, [number, number]>,
 *   audit: Record<string, string>}} Undecided
 * @typedef {{accepted: Uint8Array, errors: Float64Array, safeErrors: Float64Array, expected: number, low: number,
 *   high: number, intercept: number, spread: number, audit: number, n: number}} Cut
 */

/** What can be asked of a label. */
export const QUESTIONS = ["good or not", "noise or not", "label"];
/** Probabilities are kept this far from 0 and 1. */
const SMALLEST = 1e-6;
/** Of the normal distribution, for 95 %. */
const NORMAL_95 = 1.959963984540054;
const STEPS = 100;
const TOLERANCE = 1e-12;
/** Halvings of the interval in which a shift is looked for, and half its width. */
const HALVINGS = 60;
const WIDEST = 40;

/** @param {number} margin */
const logistic = (margin) => 1 / (1 + Math.exp(-Math.min(700, Math.max(-700, margin))));

/** The logit of a probability, as far as the model reads it; NaN stays. @param {number} p */
export const logOddsOf = (p) => {
  const kept = Math.min(1 - SMALLEST, Math.max(SMALLEST, p));
  return Math.log(kept) - Math.log1p(-kept);
};

/** What is added to the log-odds of noise so that their mean probability is the share. @param {ArrayLike<number>} noise @param {number|null} share */
export const shiftFor = (noise, share) => {
  const known = Array.from(noise).filter((p) => p === p).map(logOddsOf);
  if (share === null || !known.length) return 0;
  let [low, high] = [-WIDEST, WIDEST];
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    const mean = known.reduce((sum, margin) => sum + logistic(margin + middle), 0) / known.length;
    if (mean < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
};

/** A probability with its log-odds shifted. @param {number} p @param {number} shift */
export const movedBy = (p, shift) => (shift && p === p ? logistic(logOddsOf(p) + shift) : p);

/** @type {Record<string, string>} */
const CLASSES = { noise: "noise", mua: "mua", good: "good", sua: "good", non_soma: "good", non_soma_good: "good", non_soma_mua: "mua", neural: "neural" };
/** What a label says; "" if it is none of the classes. @param {string} label */
const classOf = (label) => (Object.hasOwn(CLASSES, label) ? CLASSES[label] : "");

/**
 * The joint probability that a label is right as to a question; NaN where nothing is said.
 * @param {string} label @param {number|null} noise null: there is no such classifier @param {number|null} sua @param {string} question
 */
export const askedProbability = (label, noise, sua, question) => {
  const said = classOf(label);
  const p = noise === null ? (question === "noise or not" ? NaN : 0) : noise;
  const single = sua === null ? NaN : sua;
  const good = (1 - p) * single;
  if (!said) return NaN;
  if (question === "noise or not") return said === "noise" ? p : 1 - p;
  if (question === "good or not") return said === "neural" ? NaN : said === "good" ? good : 1 - good;
  if (said === "good") return good;
  if (said === "mua") return (1 - p) * (1 - single);
  return noise === null ? NaN : said === "noise" ? p : 1 - p;
};

/** Whether a label is right as to a question, by a curator's; null where that says nothing of it. @param {string} label @param {string} truth @param {string} question @returns {boolean|null} */
export const isRight = (label, truth, question) => {
  const [said, real] = [classOf(label), classOf(truth)];
  if (!said || !real) return null;
  if (question === "noise or not") return (said === "noise") === (real === "noise");
  if (said === "neural" || real === "neural") return question === "label" && said === "neural" ? real !== "noise" : null;
  if (question === "good or not") return (said === "good") === (real === "good");
  return said === real;
};

/**
 * The label of one unit by the limits of the two probabilities, as if nothing could be unsure.
 * @param {RuleSet} rules @param {Limits[]} limits @param {number} noise @param {number} sua
 */
export const decidedBy = (rules, limits, noise, sua) => {
  for (const [section, value, label] of /** @type {[string, number, string][]} */ ([["noise", noise, "noise"], ["sua", sua, "mua"]])) {
    for (const [k, c] of rules.criteria.entries()) {
      if (c.section !== section || (c.metric !== "noise_probability" && c.metric !== "sua_probability")) continue;
      const [low, high] = limits[k];
      if ((low !== null && value < low) || (high !== null && value > high)) return label;
    }
  }
  return rules.default === "sua" ? "sua" : "neural";
};

/** Points and weights of Gauss-Hermite quadrature, for the standard normal distribution. */
const NODES = [
  -6.363947888829839, -5.190093591304781, -4.1962077112690155, -3.2890824243987664, -2.432436827009758, -1.6067100690287297, -0.799129068324548, 0.0, 0.799129068324548, 1.6067100690287297, 2.432436827009758, 3.2890824243987664, 4.1962077112690155, 5.190093591304781, 6.363947888829839,
];
const WEIGHTS = [
  2.1531059307602043e-09, 1.4978155716931977e-06, 0.00014142763708854477, 0.003928782634853378, 0.04352954135285795, 0.2241371742044197, 0.5826965579477281, 0.7977583071397493, 0.5826965579477281, 0.2241371742044197, 0.04352954135285795, 0.003928782634853378, 0.00014142763708854477, 1.4978155716931977e-06, 2.1531059307602043e-09,
];

/**
 * What is known of a recording's intercept after labels of units drawn at random: values, their probabilities, mean, spread.
 * @param {Calibration} calibration @param {number[]} logOdds @param {boolean[]} right
 * @returns {{intercepts: number[], weights: number[], mean: number, spread: number}}
 */
export const posterior = ([slope, intercept, width, tilt], logOdds, right) => {
  const precision = 1 / width ** 2;
  let [deviation, curve, low, high, step] = [0, precision, -Infinity, Infinity, 2];
  for (let tried = 0; tried < STEPS; tried++) {
    let pull = -precision * deviation;
    curve = precision;
    logOdds.forEach((margin, i) => {
      const moved = 1 + tilt * margin;
      const chance = logistic(intercept + slope * margin + deviation * moved);
      pull += ((right[i] ? 1 : 0) - chance) * moved;
      curve += chance * (1 - chance) * moved ** 2;
    });
    if (pull > 0) low = deviation;
    else high = deviation;
    // Newton's step may come back to where it was: one that leaves what is known, or hardly shortens, is replaced by the middle.
    const before = Math.abs(step);
    step = Math.min(1, Math.max(-1, pull / curve));
    const to = deviation + step;
    if (high - low < Infinity && !(low <= to && to <= high && Math.abs(step) <= before / 2)) step = (low + high) / 2 - deviation;
    deviation += step;
    if (Math.abs(step) < TOLERANCE) break;
  }
  const at = NODES.map((node) => deviation + node / Math.sqrt(curve));
  const logs = at.map((one) =>
    logOdds.reduce((sum, margin, i) => {
      const line = intercept + slope * margin + one * (1 + tilt * margin);
      return sum - softplus(right[i] ? -line : line);
    }, (-precision * one ** 2) / 2),
  );
  const top = Math.max(...logs);
  const each = NODES.map((node, k) => WEIGHTS[k] * Math.exp(node ** 2 / 2 + logs[k] - top));
  const total = each.reduce((sum, one) => sum + one, 0);
  const [intercepts, weights] = [at.map((one) => intercept + one), each.map((one) => one / total)];
  const mean = intercepts.reduce((sum, one, k) => sum + weights[k] * one, 0);
  const spread = Math.sqrt(intercepts.reduce((sum, one, k) => sum + weights[k] * (one - mean) ** 2, 0));
  return { intercepts, weights, mean, spread };
};

/** log(1 + exp(x)), also where exp(x) is too large. @param {number} x */
const softplus = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

/** The largest set with a mean error of at most the budget; NaN is never in it. @param {Float64Array} errors @param {number} budget */
export const within = (errors, budget) => {
  const sorted = errors.filter((error) => error === error).sort();
  let [n, sum] = [0, 0];
  while (n < sorted.length && (sum += sorted[n]) / (n + 1) <= budget) n++;
  const last = n ? sorted[n - 1] : -1;
  // Of those that are as large as the last one the first units are taken.
  let equal = n - sorted.indexOf(last);
  return Uint8Array.from(errors, (error) => (error < last || (error === last && equal-- > 0) ? 1 : 0));
};

/**
 * Accept the largest set of labels whose mean safe expected error is within the budget.
 * @param {Calibration} calibration @param {Float64Array} logOdds NaN: cannot be accepted @param {number} budget
 * @param {number[]} known @param {boolean[]} right the same of units drawn at random @param {number} safe
 * @returns {Cut}
 */
export const cutOf = (calibration, logOdds, budget, known, right, safe) => {
  const [slope, intercept, , tilt] = calibration;
  const { intercepts, weights, mean, spread } = posterior(calibration, known, right);
  const steep = (/** @type {number} */ at) => Math.max(0, slope + tilt * (at - intercept));
  const errorsAt = (/** @type {number} */ at) => {
    const slopeThere = steep(at);
    return logOdds.map((margin) => 1 - logistic(at + slopeThere * margin));
  };
  const slopes = intercepts.map(steep);
  const errors = logOdds.map((margin) => {
    let error = 0;
    for (let k = 0; k < slopes.length; k++) error += weights[k] * (1 - logistic(intercepts[k] + slopes[k] * margin));
    return error;
  });
  const safeErrors = errorsAt(mean - safe * spread);
  const accepted = within(safeErrors, budget);
  const some = [...accepted.keys()].filter((i) => accepted[i]);
  const n = some.length;
  const meanOf = (/** @type {Float64Array} */ values) => some.reduce((sum, i) => sum + values[i], 0) / n;
  const all = { accepted, errors, safeErrors, intercept: mean, spread, audit: known.length, n };
  if (!n) return { ...all, expected: NaN, low: NaN, high: NaN };
  const expected = meanOf(errors);
  const [best, worst] = [1, -1].map((sign) => meanOf(errorsAt(mean + sign * NORMAL_95 * spread)));
  const chance = (NORMAL_95 * Math.sqrt(some.reduce((sum, i) => sum + errors[i] * (1 - errors[i]), 0))) / n;
  return {
    ...all,
    expected,
    low: Math.max(0, expected - Math.hypot(expected - best, chance)),
    high: Math.min(1, expected + Math.hypot(worst - expected, chance)),
  };
};

/**
 * @typedef {object} Labeled units as the rules label them
 * @property {RuleSet} rules
 * @property {Limits[]} limits
 * @property {Float64Array|null} noise probability of each unit, shifted; null without this classifier
 * @property {Float64Array|null} sua
 * @property {ArrayLike<number>} codes labels by the rules
 * @property {Record<string, unknown>} byHand positions labeled by hand
 */

/** Units that are unlike the training, and not called noise. @param {Undecided} known @param {Labeled} labeled @param {string} policy @returns {Set<number>} */
export const strangeUnits = (known, { rules, codes }, policy) =>
  new Set(policy !== "unsure" ? [] : known.unfamiliar.filter((i) => ["mua", "sua", "neural"].includes(rules.labels[codes[i]])));

/**
 * Which labels are accepted.
 * @param {Undecided} known @param {Labeled} labeled @param {Asked} asked @param {string} policy on unfamiliar units
 * @param {number} shift of the noise stage @returns {Cut}
 */
export const acceptedOf = (known, labeled, asked, policy, shift) => {
  const { rules, limits, noise, sua, codes, byHand } = labeled;
  const strange = strangeUnits(known, labeled, policy);
  const logOdds = Float64Array.from(codes, (code, i) => {
    if (strange.has(i) || Object.hasOwn(byHand, i)) return NaN;
    return logOddsOf(askedProbability(rules.labels[code], noise && noise[i], sua && sua[i], asked.question));
  });
  /** @type {number[]} */
  const odds = [];
  /** @type {boolean[]} */
  const right = [];
  for (const [at, truth] of Object.entries(known.audit)) {
    const i = Number(at);
    const without = Object.hasOwn(known.left_out, at) ? known.left_out[at] : null;
    const pNoise = without ? movedBy(without[0], shift) : noise ? noise[i] : NaN;
    const pSua = without ? without[1] : sua ? sua[i] : NaN;
    const said = decidedBy(rules, limits, pNoise, pSua);
    const hit = isRight(said, truth, asked.question);
    const p = askedProbability(said, noise && pNoise, sua && pSua, asked.question);
    if (hit === null || p !== p) continue;
    odds.push(logOddsOf(p));
    right.push(hit);
  }
  return cutOf(known.calibrations[asked.question] ?? [1, 0, 1, 0], logOdds, asked.error, odds, right, asked.safe);
};

/** Why units that are unlike the training are left undecided; as nb_autolabel.classifiers.unfamiliar. */
export const UNFAMILIAR = "its waveform is unlike those of all neural units that the classifier learnt from";

/**
 * Why units are left undecided, by position.
 * @param {Undecided} known @param {Labeled} labeled @param {{accept: Asked|null, unfamiliar: string}} options
 * @param {number} shift @returns {{held: Map<number, string>, cut: Cut|null}}
 */
export const heldUnits = (known, labeled, options, shift) => {
  /** @type {Map<number, string>} */
  const held = new Map();
  for (const i of strangeUnits(known, labeled, options.unfamiliar)) if (!Object.hasOwn(labeled.byHand, i)) held.set(i, UNFAMILIAR);
  if (!options.accept) return { held, cut: null };
  const cut = acceptedOf(known, labeled, options.accept, options.unfamiliar, shift);
  for (let i = 0; i < cut.errors.length; i++) {
    if (cut.errors[i] !== cut.errors[i] || cut.accepted[i]) continue;
    held.set(i, `expected error ${cut.safeErrors[i].toFixed(2)} (${options.accept.question}): not accepted at ${options.accept.error}`);
  }
  return { held, cut };
};
