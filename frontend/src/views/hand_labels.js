// The bar of a labeling session: the unit that is shown, labels by hand, progress. Keys count everywhere in the session.

import { make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { labelBar, titleOf } from "../ui/label_bar.js";
import { listen } from "../ui/schedule.js";
/** @import { Context } from "../state/types.js" */

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-hand");
  el.tabIndex = 0;
  el.setAttribute("aria-label", "Label units by hand");
  const title = make("strong", "nbl-card-title");
  title.setAttribute("aria-live", "polite");
  const said = make("div", "nbl-soft");
  el.append(title, labelBar(el, store, signal), said);
  keepKeys(el, store);
  const update = () => {
    const now = store.queue.shown;
    const label = now < 0 ? undefined : store.byHand[now];
    title.textContent = now >= 0 ? titleOf(store, `${store.ids[now]}${label ? `: ${label}` : ""}`)
      : Object.keys(store.byHand).length < store.n ? "no unit is selected" : "all units are labeled";
    el.classList.toggle("nbl-hand-pending", store.pending.has(now));
    said.textContent = model.get("said") ?? "";
  };
  update();
  listen(model, "change:said", update, signal);
  store.on("hand selection queue", update, signal);
}
