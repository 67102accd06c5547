// The part of the kernel that a saved page plays: history, limits and labels by hand.

import { own } from "../core/plain.js";
/** @import { Limits } from "../core/axis.js" */
/** @import { EngineState, Message } from "./types.js" */
/** @import { PageModel } from "./page_model.js" */

/** @typedef {Pick<EngineState, "limits"|"by_hand"|"_hand_notes"|"_notes"|"_rules"|"_order"|"_options"|"selection"|"_queue"|"_place"|"_last">} Inputs */

/**
 * Answer the messages of the store as the kernel would.
 * @param {PageModel<EngineState>} engine @param {Record<string, Limits>} defaults limits that "reset" goes back to, by key
 */
export function playKernel(engine, defaults) {
  /** @type {Pick<Inputs, "limits"|"by_hand"|"_hand_notes"|"_notes"|"_rules"|"_order"|"_options">[]} */
  const past = [];
  /** @type {typeof past} */
  const future = [];
  let gesture = "";
  /** Labels that "take_back" takes back, the last one last. @type {{units: string[], before: typeof past[0]}[]} */
  let given = [];
  const now = () => ({ limits: engine.get("limits"), by_hand: engine.get("by_hand"), _hand_notes: engine.get("_hand_notes"), _notes: engine.get("_notes"), _rules: engine.get("_rules"), _order: engine.get("_order"), _options: engine.get("_options") });
  /** Take new inputs, as one step of undo. @param {Partial<Inputs>} inputs @param {string} [step] */
  const take = (inputs, step = "") => {
    const before = now();
    if (JSON.stringify({ ...before, ...inputs }) === JSON.stringify(before)) return {};
    if (!step || step !== gesture) past.push(before);
    gesture = step;
    future.length = 0;
    return inputs;
  };
  /** @param {typeof past} from @param {typeof past} to */
  const travel = (from, to) => {
    const found = from.pop();
    if (!found) return {};
    to.push(now());
    gesture = "";
    return found;
  };

  /** @param {Message} message @returns {Partial<Inputs & {error: string}>} what changes */
  const changes = (message) => {
    switch (message.type) {
      case "undo": return travel(past, future);
      case "redo": return travel(future, past);
      case "reset": return take({ limits: { ...engine.get("limits"), ...defaults } });
      case "select": return { selection: message.units.map((id) => engine.get("_ids").indexOf(id)) };
      case "set": {
        const rules = engine.get("_rules");
        const keys = engine.get("_keys");
        const criteria = rules.criteria.map((c, k) => ({ ...c, nan: /** @type {typeof c.nan} */ (own(message.missing, keys[k]) ?? c.nan) }));
        return take({ limits: { ...engine.get("limits"), ...message.limits }, _rules: { ...rules, criteria } }, message.gesture);
      }
      case "option": return take({ _options: { ...engine.get("_options"), [message.name]: message.value } }, message.gesture && `option ${message.gesture}`);
      case "label": {
        given = [...given.slice(-200), { units: message.units, before: now() }];
        return { ...take(labeled(message.units, message.label, message.note)), _last: lastOf(given) };
      }
      case "review": return reviewed(message.order, message.units);
      case "show": return { selection: message.unit === null ? [] : [engine.get("_ids").indexOf(message.unit)], _place: message.unit };
      case "take_back": {
        const step = given[given.length - 1];
        if (!step?.units.includes(message.unit)) return { error: `nothing was taken back: the label of unit ${message.unit} is not the last one.` };
        given = given.slice(0, -1);
        return { ...take(asBefore(step)), _last: lastOf(given), selection: [engine.get("_ids").indexOf(message.unit)], _place: message.unit };
      }
      default: return {};
    }
  };

  /** Id of the unit whose label was given last. @param {{units: string[]}[]} steps */
  const lastOf = (steps) => steps[steps.length - 1]?.units.at(-1) ?? null;

  /** @param {string|null} order @param {string[]|null} units @returns {Partial<Inputs & {error: string}>} */
  const reviewed = (order, units) => {
    const number = (engine.get("_queue")?.number ?? 0) + 1;
    if (order === null) return { _queue: { number }, _place: null };
    if (!units) return { error: `the order "${order}" needs a kernel: run the notebook.` };
    if (!units.length) return { error: "the review was not started: no unit is selected or listed." };
    const place = units.find((id) => engine.get("by_hand")[engine.get("_ids").indexOf(id)] === undefined) ?? units[0];
    const title = engine.get("_orders").find(([name]) => name === order)?.[1] ?? order;
    return { _place: place, _queue: { number, order, title, units }, selection: [engine.get("_ids").indexOf(place)] };
  };

  /** The labels of some units as they were. @param {{units: string[], before: typeof past[0]}} step @returns {Partial<Inputs>} */
  const asBefore = ({ units, before }) => {
    const [hand, words, notes] = [{ ...engine.get("by_hand") }, { ...engine.get("_hand_notes") }, { ...engine.get("_notes") }];
    for (const id of units) {
      const at = engine.get("_ids").indexOf(id);
      for (const [map, old] of /** @type {[Record<string, string>, Record<string, string>][]} */ ([[hand, before.by_hand], [words, before._hand_notes], [notes, before._notes]])) {
        if (old[at] === undefined) delete map[at];
        else map[at] = old[at];
      }
    }
    return { by_hand: hand, _hand_notes: words, _notes: notes };
  };

  /** @param {string[]} units ids @param {string|null} label @param {string} note @returns {Partial<Inputs>} */
  const labeled = (units, label, note) => {
    const given = { ...engine.get("by_hand") };
    const notes = { ...engine.get("_hand_notes") };
    const texts = { ...engine.get("_notes") };
    const day = new Date().toISOString().slice(0, 16).replace("T", " ");
    for (const id of units) {
      const at = engine.get("_ids").indexOf(id);
      if (label === null) {
        delete given[at];
        delete notes[at];
        delete texts[at];
      } else {
        given[at] = label;
        notes[at] = `by hand in this page, ${day}${note ? `: ${note}` : ""}`;
        texts[at] = note;
      }
    }
    const rules = engine.get("_rules");
    if (label === null || rules.labels.includes(label)) return { by_hand: given, _hand_notes: notes, _notes: texts };
    return { by_hand: given, _hand_notes: notes, _notes: texts, _rules: { ...rules, labels: [...rules.labels, label] }, _order: [...engine.get("_order"), label] };
  };

  engine.receive = (/** @type {Message & {client: string, id: number}} */ message) => {
    const changed = changes(message);
    const structure = changed._rules && JSON.stringify(changed._rules) !== JSON.stringify(engine.get("_rules"));
    engine.set({
      error: "",
      ...changed,
      ...(structure ? { _revision: engine.get("_revision") + 1 } : {}),
      _acknowledged: [message.client, message.id],
      _history: [past.length, future.length],
    });
  };
}
