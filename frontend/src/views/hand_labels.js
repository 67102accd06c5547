// Labels by hand: a key or a button each, progress, undo. Every message names its unit, and until the kernel has
// answered and the next unit is shown no further key is taken: nobody labels a unit that nobody saw.
import { listen } from "../ui/schedule.js";

import { button, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
/** @import { Context } from "../state/types.js" */

/** ms from the kernel's answer until keys count again: a key pressed within them was meant for the unit before. */
const REST = 120;

/**
 * Call once the element is in the page, with the widget around it that keys and clicks are listened to on.
 * @param {HTMLElement} el @param {AbortSignal} signal @param {(root: HTMLElement) => void} work
 */
const whenShown = (el, signal, work) => {
  if (signal.aborted) return;
  if (el.isConnected) work(/** @type {HTMLElement|null} */ (el.closest(".nbl-session")) ?? el);
  else requestAnimationFrame(() => whenShown(el, signal, work));
};

/** True for what takes keys itself: a text field, a menu, a cell's editor. @param {EventTarget|null} target */
const takesKeys = (target) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && !["button", "checkbox", "radio", "range"].includes(target.type)));

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-hand");
  el.tabIndex = 0;
  el.setAttribute("aria-label", "Label units by hand");
  // Whether the connection is open only the manager's model says.
  const raw = await model.widget_manager?.get_model(model.get("engine").replace("anywidget:", ""));
  const keys = model.get("_keys");
  const n = store.n;
  const ids = store.ids;
  let root = el;
  /** @type {{n: number, text: string, label: string|undefined}|null} what the kernel has been asked and is not shown yet */
  let pending = null;
  let asked = 0;
  const title = make("strong", "nbl-card-title");
  title.setAttribute("aria-live", "polite");
  const buttons = Object.entries(keys).map(([key, label]) => {
    const made = button(`${label} (${key})`, `Label ${label}, key ${key}`, () => give(label));
    made.dataset.key = key;
    return made;
  });
  const undo = button("↶ undo (u)", "Undo the last label, key u", () => takeBack());
  const next = button("skip (space)", "Skip to the next unit, key space", () => skip());
  const here = button("Click here to label with keys", "Click here to label with keys", () => root.focus({ preventScroll: true }));
  here.classList.add("nbl-hand-here");
  const why = make("span", "nbl-soft nbl-hand-why");
  const bar = make("div", "nbl-bar");
  bar.append(title, ...buttons, next, undo, why);
  const progress = /** @type {HTMLProgressElement} */ (make("progress", "nbl-hand-progress"));
  progress.max = n;
  progress.setAttribute("aria-label", "Units labeled");
  const said = make("span", "nbl-soft");
  const wrong = make("span", "nbl-error");
  wrong.setAttribute("role", "alert");
  const foot = make("div", "nbl-bar");
  foot.append(progress, said, here, wrong);
  el.append(bar, foot);

  const unit = () => {
    const selection = store.selection;
    return selection.length ? selection[selection.length - 1] : -1;
  };
  /** @type {(content: Record<string, any>, text: string) => void} */
  const ask = (content, text) => {
    root.focus({ preventScroll: true });
    if (pending) return;
    asked += 1;
    pending = { n: asked, text, label: content.label };
    update();
    try {
      if (raw?.comm_live === false) throw new Error("the kernel does not run");
      model.send({ ...content, n: asked });
    } catch (error) {
      pending = null;
      update();
      wrong.textContent = `nothing was labeled: ${error instanceof Error ? error.message : error}`;
    }
  };
  const give = (/** @type {string} */ label) => {
    if (unit() >= 0) ask({ label, unit: ids[unit()] }, `unit ${ids[unit()]}: ${label}, saving …`);
  };
  const skip = () => {
    if (unit() >= 0) ask({ do: "next", unit: ids[unit()] }, `unit ${ids[unit()]} is skipped …`);
  };
  const takeBack = () => {
    const last = model.get("last");
    if (last !== null) ask({ do: "undo", unit: last }, `unit ${last}: its label is taken back …`);
  };
  /** @param {any} content */
  const onAnswer = (content) => {
    if (!pending || content.n !== pending.n) return;
    window.setTimeout(() => {
      pending = null;
      if (!signal.aborted) update();
    }, REST);
  };

  const onKey = (/** @type {KeyboardEvent} */ event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || takesKeys(event.target)) return;
    const key = event.key.toLowerCase();
    const onButton = event.target instanceof HTMLButtonElement;
    if (!keys[key] && key !== "u" && (key !== " " || onButton)) return;
    // Also a key held down or pressed too early goes no further: the notebook has other plans for it.
    event.preventDefault();
    event.stopPropagation();
    if (event.repeat || pending) return;
    if (keys[key]) give(keys[key]);
    else if (key === "u") takeBack();
    else skip();
  };

  const update = () => {
    const given = store.byHand;
    const now = unit();
    const label = pending ? pending.label : now < 0 ? undefined : given[now];
    title.textContent = pending ? pending.text
      : now < 0 ? (Object.keys(given).length < n ? "no unit is selected" : "all units are labeled")
      : `unit ${ids[now]}${label ? `: ${label}` : ""}`;
    el.classList.toggle("nbl-hand-pending", pending !== null);
    for (const made of buttons) {
      made.setAttribute("aria-pressed", String(keys[made.dataset.key ?? ""] === label));
      made.disabled = pending !== null || now < 0;
    }
    next.disabled = pending !== null || now < 0;
    undo.disabled = pending !== null || model.get("last") === null;
    why.textContent = pending || now < 0 ? "" : model.get("why") ?? "";
    if (pending) return; // the rest follows together with the next unit
    const count = Object.keys(given).length;
    progress.value = count;
    /** @type {Map<string, number>} */
    const by = new Map();
    for (const each of Object.values(given)) by.set(each, (by.get(each) ?? 0) + 1);
    const order = Object.values(keys);
    const parts = [...by].sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0])).map(([name, many]) => `${many} ${name}`);
    said.textContent = `${count} of ${n} labeled${parts.length ? `: ${parts.join(", ")}` : ""}`;
    wrong.textContent = model.get("said");
  };
  const onFocus = () => { here.style.visibility = root.contains(document.activeElement) ? "hidden" : "visible"; };

  whenShown(el, signal, (found) => {
    root = found;
    if (root !== el) root.tabIndex = -1;
    // First of all listeners inside, whichever part was clicked; what is left over stays in the session.
    root.addEventListener("keydown", onKey, { capture: true, signal });
    keepKeys(root, store, signal);
    root.addEventListener("pointerup", (event) => {
      if (!takesKeys(event.target)) window.setTimeout(() => {
        if (!root.contains(document.activeElement)) root.focus({ preventScroll: true });
      });
    }, { signal });
    for (const name of ["focusin", "focusout"]) document.addEventListener(name, () => window.setTimeout(onFocus), { signal });
    // Shown after its cell was run: keys count at once, unless somebody is typing.
    if (!takesKeys(document.activeElement)) root.focus({ preventScroll: true });
    onFocus();
  });
  update();
  model.on("msg:custom", onAnswer);
  signal.addEventListener("abort", () => model.off("msg:custom", onAnswer));
  listen(model, "change:said change:last change:why", update, signal);
  store.on("hand selection", update, signal);
}
