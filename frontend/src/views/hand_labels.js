// The bar of a labeling session: the unit that is shown, labels by hand, progress. Keys count everywhere in the session.

import { labelsCsv } from "../core/labels_csv.js";
import { button, make } from "../ui/dom.js";
import { download } from "../ui/download.js";
import { keepKeys } from "../ui/keys.js";
import { labelBar, titleOf } from "../ui/label_bar.js";
import { listen } from "../ui/schedule.js";
import { keepInSight } from "../ui/sight.js";
/** @import { Context } from "../state/types.js" */

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-hand");
  el.tabIndex = 0;
  el.setAttribute("aria-label", "Label units by hand");
  const title = make("strong", "nbl-card-title");
  title.setAttribute("aria-live", "polite");
  const said = make("div", "nbl-soft");
  const save = button("download labels (CSV)", "Download the labels as a CSV file", () => {
    download(model.get("_file"), labelsCsv(store.ids, store.byHand, model.get("_text_ids")), "text/csv");
  });
  const foot = make("div", "nbl-bar");
  foot.append(save, said);
  const done = make("p", "nbl-hand-done");
  done.setAttribute("role", "status");
  el.append(title, labelBar(el, store, signal), foot, done);
  keepKeys(el, store);
  keepInSight(el, signal);
  const update = () => {
    const now = store.queue.shown;
    const label = now < 0 ? undefined : store.byHand[now];
    const count = Object.keys(store.byHand).length;
    title.textContent = now >= 0 ? titleOf(store, `${store.ids[now]}${label ? `: ${label}` : ""}`)
      : count < store.n ? "no unit is selected" : "all units are labeled";
    el.classList.toggle("nbl-hand-pending", store.pending.has(now));
    said.textContent = model.get("said") ?? "";
    save.disabled = !count;
    done.textContent = store.n && count >= store.n ? `✓ Done: all ${store.n} units are labeled. ${model.get("_after")}`.trim() : "";
    done.hidden = !done.textContent;
  };
  update();
  listen(model, "change:said", update, signal);
  store.on("hand selection queue", update, signal);
}
