// Keys that count in every view, and on the whole widget around them; none reaches the notebook.

import { own } from "../core/plain.js";
import { closeHelp, isHelpOpen, toggleHelp } from "./key_help.js";
/** @import { Store } from "../state/store.js" */

/** What is around the views of a labeler or a labeling session. */
const ROOT = ".nbl-root";
/** Where labels are given when a view stands alone. */
const ALONE = ".nbl-card, .nbl-hand, .nbl-table, .nbl-pair";

/** Stores whose keys an element listens to. @type {WeakMap<HTMLElement, WeakSet<Store>>} */
const heard = new WeakMap();

/** True for what takes keys itself: a text field, a menu, a cell's editor. @param {EventTarget|null} target */
export const takesKeys = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement ||
    target.closest("[role=textbox], .cm-editor") !== null ||
    (target instanceof HTMLInputElement && !["button", "checkbox", "radio", "range", "submit", "reset"].includes(target.type)));

/** The widget around a view, or the view alone. @param {HTMLElement} el @returns {HTMLElement} */
export const rootOf = (el) => /** @type {HTMLElement|null} */ (el.closest(ROOT)) ?? el;

/**
 * Keep keys in the widget: JupyterLab would take a bare "a" or "d d" as its own shortcut.
 * Ctrl+Z and Ctrl+Shift+Z undo and redo a change, Alt+arrows go through the units.
 * @param {HTMLElement} el @param {Store} store @param {AbortSignal} [signal] where the element outlives the view
 */
export const keepKeys = (el, store, signal) => {
  el.dataset.lmSuppressShortcuts = "true";
  el.addEventListener("keydown", (event) => onKey(event, store), { signal });
  whenConnected(el, () => {
    const root = rootOf(el);
    if (root === el && !el.matches(ALONE)) return;
    const known = heard.get(root) ?? new WeakSet();
    if (known.has(store)) return;
    known.add(store);
    heard.set(root, known);
    listen(root, store);
  });
};

/** @param {HTMLElement} el @param {() => void} work once it is in the page */
const whenConnected = (el, work) => {
  const sight = new IntersectionObserver(() => {
    if (!el.isConnected) return;
    sight.disconnect();
    work();
  });
  sight.observe(el);
};

/** @param {KeyboardEvent} event @param {Store} store */
const onKey = (event, store) => {
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
};

/** Take keys on a whole widget, from the time that it is shown and after any click in it. @param {HTMLElement} root @param {Store} store */
const listen = (root, store) => {
  // First of all listeners inside, whichever part has the focus; what is left over stays in the widget.
  root.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || !handKey(event, root, store)) return;
    event.preventDefault();
    event.stopPropagation();
  }, { capture: true });
  if (root.matches(ROOT)) {
    root.dataset.lmSuppressShortcuts = "true";
    if (root !== document.body) root.tabIndex = -1;
    root.addEventListener("keydown", (event) => onKey(event, store));
  }
  root.addEventListener("pointerup", (event) => {
    if (takesKeys(event.target)) return;
    window.setTimeout(() => {
      if (!root.contains(document.activeElement)) root.focus({ preventScroll: true });
    });
  });
  if (isJustRun(root, store)) root.focus({ preventScroll: true });
};

/**
 * Do what a bare key asks for; false if it asks for nothing here.
 * @param {KeyboardEvent} event @param {HTMLElement} root @param {Store} store @returns {boolean}
 */
const handKey = (event, root, store) => {
  if (event.ctrlKey || event.metaKey || event.altKey || takesKeys(event.target)) return false;
  if (event.key === "Escape" && isHelpOpen(root)) {
    closeHelp(root);
    return true;
  }
  if (!store.keyLabels.length) return false;
  const { queue } = store;
  const key = event.key.toLowerCase();
  // A key of the top row says its digit whatever Shift makes of it.
  const digit = /^Digit[1-9]$/.test(event.code) ? event.code.slice(-1) : key;
  const label = store.keyLabels.find((name) => own(store.handKeys, name) === key || (event.shiftKey && own(store.handKeys, name) === digit));
  const deed = label === undefined ? store.deeds.of(key) : undefined;
  const onControl = event.target instanceof HTMLElement && event.target.closest("button, summary, input, a, [role=slider], [role=tab], [role=button]") !== null;
  if (label === undefined && !deed && !["u", "?", " ", "enter", "backspace"].includes(key)) return false;
  // Space and Enter press what has the focus.
  if ((key === " " || key === "enter") && onControl) return false;
  // A key that is held down asks once.
  if (event.repeat) return true;
  if (label !== undefined) queue.give(label, event.shiftKey);
  else if (deed) deed.run();
  else if (key === "backspace") queue.give(null, event.shiftKey);
  else if (key === "u") queue.undo();
  else if (key === "?") toggleHelp(root, store);
  else store.step(event.shiftKey ? -1 : 1);
  return true;
};

/**
 * Whether a cell that was just run shows the widget, and nobody is typing: then keys count at once.
 * @param {HTMLElement} root @param {Store} store @returns {boolean}
 */
const isJustRun = (root, store) => {
  const displayed = store.model.get("_displayed") ?? 0;
  const name = `nbl-shown-${store.model.get("_snapshot")}`;
  let before = 0;
  try {
    // A page that is loaded again shows what was run long ago.
    before = Number(sessionStorage.getItem(name) ?? 0);
    sessionStorage.setItem(name, String(displayed));
  } catch { /* no storage: as if it was never shown */ }
  if (displayed <= before) return false;
  const now = document.activeElement;
  if (takesKeys(now)) return false;
  const notebook = root.closest(".jp-Notebook");
  return now === null || now === document.body || (notebook !== null && (notebook.contains(now) || now.contains(notebook)));
};
