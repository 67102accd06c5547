// The part of the kernel that a saved page plays: history, limits and labels by hand.

import { own } from "../core/plain.js";
/** @import { Limits } from "../core/axis.js" */
/** @import { EngineState, Message } from "./types.js" */
/** @import { PageModel } from "./page_model.js" */

/** @typedef {Pick<EngineState, "limits"|"by_hand"|"_hand_notes"|"_rules"|"_order"|"_options"|"selection">} Inputs */

/**
 * Answer the messages of the store as the kernel would.
 * @param {PageModel<EngineState>} engine @param {Record<string, Limits>} defaults limits that "reset" goes back to, by key
 */
export function playKernel(engine, defaults) {
  /** @type {Pick<Inputs, "limits"|"by_hand"|"_hand_notes"|"_rules"|"_order"|"_options">[]} */
  const past = [];
  /** @type {typeof past} */
  const future = [];
  let gesture = "";
  const now = () => ({ limits: engine.get("limits"), by_hand: engine.get("by_hand"), _hand_notes: engine.get("_hand_notes"), _rules: engine.get("_rules"), _order: engine.get("_order"), _options: engine.get("_options") });
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

  /** @param {Message} message @returns {Partial<Inputs>} what changes */
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
      case "label": return take(labeled(message.units, message.label, message.note));
      default: return {};
    }
  };

  /** @param {string[]} units ids @param {string|null} label @param {string} note @returns {Partial<Inputs>} */
  const labeled = (units, label, note) => {
    const given = { ...engine.get("by_hand") };
    const notes = { ...engine.get("_hand_notes") };
    const day = new Date().toISOString().slice(0, 16).replace("T", " ");
    for (const id of units) {
      const at = engine.get("_ids").indexOf(id);
      if (label === null) {
        delete given[at];
        delete notes[at];
      } else {
        given[at] = label;
        notes[at] = `by hand in this page, ${day}${note ? `: ${note}` : ""}`;
      }
    }
    const rules = engine.get("_rules");
    if (label === null || rules.labels.includes(label)) return { by_hand: given, _hand_notes: notes };
    return { by_hand: given, _hand_notes: notes, _rules: { ...rules, labels: [...rules.labels, label] }, _order: [...engine.get("_order"), label] };
  };

  engine.receive = (/** @type {Message & {client: string, id: number}} */ message) => {
    const changed = changes(message);
    const structure = changed._rules && JSON.stringify(changed._rules) !== JSON.stringify(engine.get("_rules"));
    engine.set({
      ...changed,
      ...(structure ? { _revision: engine.get("_revision") + 1 } : {}),
      _acknowledged: [message.client, message.id],
      _history: [past.length, future.length],
    });
  };
}
