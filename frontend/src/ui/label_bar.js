// Labels by hand, and going through units: buttons with their keys, a note, progress, and what the kernel did not take.

import { own } from "../core/plain.js";
import { PATIENCE, REST } from "../state/queue.js";
import { button, fillMenu, make } from "./dom.js";
import { toggleHelp } from "./key_help.js";
import { rootOf } from "./keys.js";
/** @import { Store } from "../state/store.js" */

/** Orders whose units the browser knows. @type {Record<string, (store: Store) => number[]>} */
const HERE = {
  selection: (store) => store.selection,
  filter: (store) => [...(store.listed ?? Array.from({ length: store.n }, (_, i) => i))].filter((unit) => store.isShown(unit)),
};

/** What is said of the units that are selected: which one is shown, and that it is saved yet. @param {Store} store @param {string} words of the one shown */
export const titleOf = (store, words) => {
  const chosen = store.selection;
  const now = chosen[chosen.length - 1];
  const saving = store.pending.has(now) ? ", saving …" : "";
  return chosen.length > 1 ? `${chosen.length} units selected (showing ${words})${saving}` : `unit ${words}${saving}`;
};

/**
 * A button that is seen while keys do not go to the widget. @param {HTMLElement} el in it @param {() => boolean} isWanted @param {AbortSignal} signal
 */
export const clickHere = (el, isWanted, signal) => {
  const here = button("Click here to label with keys", "Click here to label with keys", () => rootOf(el).focus({ preventScroll: true }));
  here.classList.add("nbl-hand-here");
  // Where it is not wanted it takes no place; where it is, its place is kept, so that nothing moves at a click.
  const onFocus = () => { here.hidden = !isWanted(); here.style.visibility = rootOf(el).contains(document.activeElement) || !isWanted() ? "hidden" : "visible"; };
  for (const name of ["focusin", "focusout", "click"]) document.addEventListener(name, () => window.setTimeout(onFocus), { signal });
  const first = window.setTimeout(onFocus, 200);
  signal.addEventListener("abort", () => clearTimeout(first));
  return here;
};

/** How far it is, in words. @param {Store} store @returns {string} */
const progressOf = (store) => {
  const { queue } = store;
  const labeled = queue.labeled;
  const n = queue.active ? queue.units.length : store.n;
  /** @type {Map<string, number>} */
  const by = new Map();
  for (const unit of labeled) by.set(store.byHand[unit], (by.get(store.byHand[unit]) ?? 0) + 1);
  const order = store.keyLabels;
  const counts = [...by].sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0])).map(([name, many]) => `${many} ${name}`);
  const said = `${labeled.length} of ${n} labeled${counts.length ? `: ${counts.join(", ")}` : ""}`;
  const { pace } = queue;
  if (!queue.active || pace !== pace) return said;
  const minutes = (pace * (n - labeled.length)) / 60;
  return `${said}; ${pace < 10 ? pace.toFixed(1) : Math.round(pace)} s a unit${labeled.length < n ? `, ${minutes < 1 ? "less than 1" : `about ${Math.round(minutes)}`} min left` : ""}`;
};

/**
 * @param {HTMLElement} el that the bar is a part of @param {Store} store @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
export const labelBar = (el, store, signal) => {
  const { queue } = store;
  const whole = make("div", "nbl-label-bar");
  // A labeling session, whose views show values alone, has one bar.
  if (!store.handLabels.length && !el.classList.contains("nbl-hand")) {
    whole.hidden = true;
    return whole;
  }
  const bar = make("div", "nbl-bar");
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Label by hand");
  const walk = make("div", "nbl-bar nbl-queue");
  walk.setAttribute("role", "group");
  walk.setAttribute("aria-label", "Go through units");
  const wrong = make("div", "nbl-queue-wrong");
  wrong.setAttribute("role", "alert");
  const note = /** @type {HTMLInputElement} */ (make("input", "nbl-filter nbl-note"));
  note.type = "text";
  note.placeholder = "note (optional)";
  note.setAttribute("aria-label", "Note for the label by hand");
  note.addEventListener("input", () => { queue.note = note.value.trim(); });
  note.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === "Escape") focus(); });
  const focus = () => rootOf(el).focus({ preventScroll: true });
  /** Do it, and let keys count again. @type {(work: (event: any) => void) => any} */
  const then = (work) => (/** @type {any} */ event) => { work(event); focus(); };

  const orders = /** @type {HTMLSelectElement} */ (make("select", "nbl-select"));
  orders.setAttribute("aria-label", "Go through units in an order");
  orders.addEventListener("change", () => {
    const order = orders.value;
    orders.value = "";
    queue.start(order, own(HERE, order)?.(store) ?? null);
    focus();
  });
  const back = button("◁ back", "Back to the unit before, keys Shift and Space", then(() => store.step(-1)));
  const next = button("next (space)", "Next unit, key space", then(() => store.step(1)));
  const undo = button("↶ undo (u)", "Take the last label by hand back, key u", then(() => queue.undo()));
  const end = button("end", "End going through units", then(() => queue.start(null)));
  const help = button("keys (?)", "List the keys", then(() => toggleHelp(rootOf(el), store)));
  const here = clickHere(el, () => true, signal);
  const progress = /** @type {HTMLProgressElement} */ (make("progress", "nbl-hand-progress"));
  progress.setAttribute("aria-label", "Units labeled");
  const place = make("strong", "nbl-queue-place");
  const why = make("span", "nbl-soft nbl-hand-why");
  const said = make("span", "nbl-soft");
  walk.append(orders, place, why, back, next, undo, end, help, progress, said, here);
  whole.append(walk, bar, wrong);

  const build = () => {
    const labels = store.keyLabels;
    whole.hidden = !labels.length;
    const buttons = labels.map((/** @type {string} */ label) => {
      const key = own(store.handKeys, label);
      const made = button(key ? `${label} (${key})` : label, `Label ${label}${key ? `, key ${key}` : ""}`, () => {});
      made.addEventListener("click", then((event) => queue.give(label, event.shiftKey)));
      made.style.borderLeft = `6px solid ${own(store.looks, label)?.color ?? "#888"}`;
      made.dataset.hand = label;
      return made;
    });
    const rules = button("clear manual label", "Clear the label by hand: the rules decide again, key Backspace", () => {});
    rules.addEventListener("click", then((event) => queue.give(null, event.shiftKey)));
    rules.dataset.hand = "";
    bar.replaceChildren(...buttons, rules, note);
    update();
  };
  let resting = 0;
  signal.addEventListener("abort", () => clearTimeout(resting));
  /** Say which unit keys label: for those who look from outside, once it has been on screen long enough. */
  const showSeen = () => {
    clearTimeout(resting);
    if (queue.shown >= 0 && queue.isSeen) whole.dataset.seen = store.ids[queue.shown];
    else {
      delete whole.dataset.seen;
      if (queue.shown >= 0) resting = window.setTimeout(showSeen, REST);
    }
  };
  const update = () => {
    showSeen();
    const now = queue.shown;
    const given = now < 0 ? undefined : store.byHand[now];
    for (const made of /** @type {NodeListOf<HTMLButtonElement>} */ (bar.querySelectorAll("button"))) {
      made.setAttribute("aria-pressed", String(made.dataset.hand !== "" && made.dataset.hand === given));
      made.disabled = now < 0 || (made.dataset.hand === "" && given === undefined);
    }
    if (note.value.trim() !== queue.note) note.value = queue.note;
    const known = store.model.get("_orders") ?? [];
    const chosen = document.activeElement === orders;
    if (!chosen) fillMenu(orders, [["", queue.active ? `going through: ${queue.title}` : "go through units …"], ...known], "");
    orders.hidden = !known.length;
    const n = queue.active ? queue.units.length : store.n;
    const finished = queue.active && now < 0 && queue.at >= n;
    place.textContent = !queue.active ? "" : finished ? `all ${n} reviewed` : `${Math.min(queue.at + 1, n)} of ${n}`;
    why.textContent = queue.why;
    end.hidden = !queue.active;
    back.disabled = queue.active && queue.at === 0;
    next.disabled = finished;
    undo.disabled = !store.pending.size && (store.model.get("_last") ?? null) === null;
    progress.max = n;
    progress.value = queue.labeled.length;
    said.textContent = progressOf(store);
    sayWrong();
  };
  const sayWrong = () => {
    const lines = queue.refused.map(({ unit, label, why }) => {
      const line = make("div", "nbl-error", `unit ${store.ids[unit]} was not ${label === null ? "given back to the rules" : `labeled ${label}`}: ${why} `);
      line.append(button("show it", `Show unit ${store.ids[unit]}`, then(() => store.select([unit]))));
      return line;
    });
    const waits = store.pending.size;
    if (store.waiting >= PATIENCE) {
      lines.push(make("div", "nbl-error", `${waits === 1 ? "1 label is" : `${waits} labels are`} not kept yet: the kernel has not answered for ${Math.round(store.waiting)} s, it is busy or gone.`));
    }
    const kept = store.model.get("_queue")?.said;
    if (kept) lines.push(make("div", "nbl-error", kept));
    if (queue.said) lines.push(make("div", "nbl-soft", queue.said));
    wrong.replaceChildren(...lines);
  };
  store.on("structure", build, signal);
  store.on("selection hand queue trace", update, signal);
  build();
  return whole;
};
