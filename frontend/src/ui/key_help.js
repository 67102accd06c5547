// The list of keys over a widget: ? opens it, Escape closes it.

import { own } from "../core/plain.js";
import { button, make } from "./dom.js";
/** @import { Store } from "../state/store.js" */

const SELECTOR = ":scope > .nbl-key-help";

/** @param {HTMLElement} root */
export const isHelpOpen = (root) => root.querySelector(SELECTOR) !== null;

/** @param {HTMLElement} root */
export const closeHelp = (root) => root.querySelector(SELECTOR)?.remove();

/** What keys do. @param {Store} store @returns {[string, string][]} */
export const keysOf = (store) => {
  const labels = store.keyLabels.filter((label) => own(store.handKeys, label) !== undefined);
  const list = labels.map((label) => /** @type {[string, string]} */ ([store.handKeys[label], `label it ${label}, and go on`]));
  return [
    ...list,
    ["Shift + one of these", "label all units that are selected"],
    ["Backspace", "leave the unit to the rules"],
    ["Space or Enter", "next unit"],
    ["Shift + Space", "back"],
    ["u", "take the last label back, and show its unit"],
    ["Alt + ↓ ↑", "next unit, and back"],
    ["Ctrl + Z, Ctrl + Shift + Z", "undo and redo a change, limits too"],
    ...store.deeds.list,
    ["?", "this list; Escape closes it"],
  ];
};

/** @param {HTMLElement} root @param {Store} store */
export const toggleHelp = (root, store) => {
  if (isHelpOpen(root)) {
    closeHelp(root);
    return;
  }
  const box = make("div", "nbl-view nbl-key-help");
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", "Keys");
  const table = make("table", "");
  for (const [key, words] of keysOf(store)) {
    const row = make("tr", "");
    const name = make("th", "");
    name.append(make("kbd", "", key));
    row.append(name, make("td", "", words));
    table.append(row);
  }
  const close = button("close (Escape)", "Close the list of keys", () => { closeHelp(root); root.focus({ preventScroll: true }); });
  const change = make("p", "nbl-soft", "Other keys: labeler.hand_keys = {\"b\": \"noise\"}; labels of your own get digits: labeler.hand_keys = [\"axon\"]; proposed merges: labeler.merge_keys = {\"accept\": \"j\"}.");
  box.append(make("strong", "", "Keys"), table, change, close);
  // Over the part of the widget that is in sight.
  const above = root.closest(".jp-WindowedPanel-outer, .jp-Notebook")?.getBoundingClientRect().top ?? 0;
  box.style.top = `${Math.max(0, above - root.getBoundingClientRect().top) + 12}px`;
  root.append(box);
};
