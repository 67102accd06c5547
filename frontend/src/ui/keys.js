// Keys that count in every view.

/** @import { Store } from "../state/store.js" */


/**
 * Keep keys in the widget: JupyterLab would take a bare "a" or "d d" as its own shortcut.
 * Ctrl+Z and Ctrl+Shift+Z undo and redo a change of limits, Alt+arrows go through the units.
 * @param {HTMLElement} el @param {Store} store @param {AbortSignal} [signal] where the element outlives the view
 */
export const keepKeys = (el, store, signal) => {
  el.dataset.lmSuppressShortcuts = "true";
  el.addEventListener("keydown", (event) => {
    const typing = event.target instanceof HTMLInputElement && event.target.type === "text";
    const key = event.key.toLowerCase();
    if ((event.ctrlKey || event.metaKey) && !typing && (key === "z" || key === "y")) {
      store.travel(key === "y" || event.shiftKey ? "redo" : "undo");
      event.preventDefault();
    } else if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      store.step(event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
    }
    event.stopPropagation();
  }, { signal });
};
