// What the models of a labeler hold and what is said between browser and kernel; docs/protocol.md describes it.

/** @import { Axis, Limits } from "../core/axis.js" */
/** @import { Undecided } from "../core/expected_error.js" */
/** @import { RuleSet } from "../core/rules.js" */

/**
 * @typedef {{color: string, hatch: string}} Look
 * @typedef {{unit: string, factor: number, scale: string, magnitude: boolean, whole: boolean}} Meaning of a metric
 *
 * @typedef {object} EngineState what the kernel sends
 * @property {number} _revision grows with every change of criteria, rules or labels
 * @property {[string, number]} _acknowledged the client and the number of its last message that was dealt with
 * @property {string[]} _keys of the criteria, in their order
 * @property {Record<string, Limits>} limits by key
 * @property {number[]} selection positions of the selected units, the last one selected last
 * @property {Record<string, string>} by_hand labels by position
 * @property {Record<string, string>} _hand_notes who gave them and when, by position
 * @property {string[]} _hand_labels that can be given by hand; empty where none can
 * @property {string[]} _key_labels that keys and buttons give; also where views show values alone, and _hand_labels is empty
 * @property {Record<string, string>} _hand_keys key by label
 * @property {Record<string, string>} _merge_keys keys that accept and reject a proposal to merge units
 * @property {RuleSet & {name: string}} _rules
 * @property {DataView|Uint8Array} _values float64, one row a criterion
 * @property {DataView|Uint8Array} _bins int16, one row a criterion
 * @property {number} _n_units
 * @property {boolean[]} _missing whether the metric of a criterion is not there
 * @property {DataView|Uint8Array} _gone units whose recording does not have the metric, one row a criterion; empty: none
 * @property {Record<string, string>} _unusable why a metric cannot be judged
 * @property {(Axis|null)[]} _axes
 * @property {[number, boolean][]} _steps of each criterion: how large, and whether it multiplies
 * @property {string[]} _order in which labels are shown
 * @property {Record<string, Look>} _looks by label
 * @property {string[]} _ids
 * @property {number[]} _default_counts by label
 * @property {string[]} _metric_names
 * @property {DataView|Uint8Array} _metric_values float64, one row a metric
 * @property {Record<string, Meaning>} _metric_units
 * @property {[number, number]} _history steps that can be undone and redone
 * @property {Record<string, any>} _options of the method that the browser can change; empty for most methods
 * @property {Undecided} _undecided what is known of units besides their probabilities; empty for most methods
 * @property {string} error what went wrong last
 * @property {string} _snapshot
 * @property {{number?: number, order?: string, title?: string, units?: string[], drawn?: string[], why?: {drawn: string, asked: string}, place?: string|null, said?: string}} _queue what is gone through
 * @property {string|null} _place id of the unit of the queue that is shown
 * @property {number[]} _seconds that units took
 * @property {[string, string][]} _orders name and title
 * @property {string|null} _last id of the unit whose label undo takes back
 * @property {number} _displayed how often a cell displayed the labeler
 * @property {Record<string, string>} _notes by position
 * @property {{labels: {name: string, kind: number|null, by_hand: boolean, broad: string}[]}} _vocabulary of labels, from nb_autolabel.labels
 */

/**
 * What a model of ipywidgets, or of a saved page, can do.
 * @template {object} State
 * @typedef {object} Model
 * @property {<K extends keyof State & string>(name: K) => State[K]} get
 * @property {(name: keyof State & string, value: unknown) => void} set
 * @property {(names: string, listener: (...values: never[]) => void) => void} on
 * @property {(names: string, listener: (...values: never[]) => void) => void} off
 * @property {(content: object) => void} send
 * @property {() => void} save_changes
 */

/** @typedef {Model<EngineState>} EngineModel */

/**
 * What the browser may ask of the kernel. Every message also has `client` and `id`.
 * @typedef {{type: "set", revision: number, limits: Record<string, Limits>, missing: Record<string, string>, gesture: string}} SetCriteria
 *   limits, and what missing values count as, by key of the criterion; the others stay. Messages of one gesture are one
 *   step of undo.
 * @typedef {{type: "select", units: string[]}} Select ids
 * @typedef {{type: "label", units: string[], label: string|null, note: string}} Label null leaves the units to the rules
 * @typedef {{type: "option", name: string, value: any, gesture: string}} SetOption an option of the method; messages of
 *   one gesture are one step of undo
 * @typedef {{type: "undo"}|{type: "redo"}|{type: "reset"}} Travel
 * @typedef {{type: "review", order: string|null, units: string[]|null}} StartReview order null ends it; units where the browser knows them
 * @typedef {{type: "show", unit: string|null, seconds: number|null}} ShowUnit of a review, and the seconds that the one before took
 * @typedef {{type: "take_back", unit: string}} TakeBack the last label by hand, if it is that of this unit
 * @typedef {SetCriteria|Select|Label|SetOption|Travel|StartReview|ShowUnit|TakeBack} Message
 */

/** The state of a view, which each view knows itself. @typedef {Record<string, any>} ViewState */

/** What every view gets. @typedef {{model: Model<ViewState> & {widget_manager?: {get_model: (id: string) => Promise<{comm_live?: boolean}>}}, el: HTMLElement, signal: AbortSignal, store: import("./store.js").Store, open: (ref: string) => Promise<import("./store.js").Store>}} Context */

export {};
