// What anywidget loads for the engine: the state of a labeler, and the code of every view once for all of them.

import { Store } from "../state/store.js";
import { VIEWS } from "../views/index.js";
/** @import { Context, EngineModel } from "../state/types.js" */

/** @typedef {{store: Store, render: (kind: string, context: Context) => Promise<void>}} Exports */

export default {
  /** @param {{model: EngineModel, signal: AbortSignal}} context @returns {Exports} */
  initialize({ model, signal }) {
    // While this lives, what the notebook keeps for later is not shown.
    const hide = document.createElement("style");
    hide.textContent = `.nbl-snapshot-${model.get("_snapshot")} { display: none; }`;
    document.head.append(hide);
    signal.addEventListener("abort", () => hide.remove());
    return { store: new Store(model, signal), render: (kind, context) => VIEWS[kind].render(context) };
  },
};
