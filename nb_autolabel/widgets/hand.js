// Labels by hand: a key or a button each, progress, undo.

export default {
  /** @param {{model: any, el: HTMLElement, signal: AbortSignal}} context */
  async render({ model, el, signal }) {
    const { engine } = await session(model);
    el.classList.add("nbl-view", "nbl-hand");
    el.tabIndex = 0;
    el.setAttribute("aria-label", "Label units by hand");
    keepKeys(el, engine);
    const keys = model.get("_keys");
    const n = engine.get("_n_units");
    const ids = engine.get("_ids");
    const title = make("strong", "nbl-card-title");
    title.setAttribute("aria-live", "polite");
    const buttons = Object.entries(keys).map(([key, label]) => {
      const made = button(`${label} (${key})`, `Label ${label}, key ${key}`, () => give(label));
      made.dataset.key = key;
      return made;
    });
    const undo = button("↶ undo (u)", "Undo the last label, key u", () => tell(model, { do: "undo" }));
    const next = button("skip (space)", "Skip to the next unit, key space", () => tell(model, { do: "next" }));
    const bar = make("div", "nbl-bar");
    bar.append(title, ...buttons, next, undo);
    const progress = /** @type {HTMLProgressElement} */ (make("progress", "nbl-hand-progress"));
    progress.max = n;
    progress.setAttribute("aria-label", "Units labeled");
    const said = make("span", "nbl-soft");
    const wrong = make("span", "nbl-error");
    wrong.setAttribute("role", "alert");
    const foot = make("div", "nbl-bar");
    foot.append(progress, said, wrong);
    el.append(bar, foot);

    const give = (/** @type {string} */ label) => {
      tell(model, { label });
      el.focus();
    };
    el.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const key = event.key.toLowerCase();
      if (keys[key]) give(keys[key]);
      else if (key === "u") tell(model, { do: "undo" });
      else if (key === " " && event.target === el) tell(model, { do: "next" });
      else return;
      event.preventDefault();
    });
    const update = () => {
      const given = engine.get("by_hand");
      const selection = engine.get("selection");
      const unit = selection.length ? selection[selection.length - 1] : -1;
      const label = unit < 0 ? "" : given[unit];
      title.textContent = unit < 0 ? "all units are labeled" : `unit ${ids[unit]}${label ? `: ${label}` : ""}`;
      for (const made of buttons) made.setAttribute("aria-pressed", String(keys[made.dataset.key ?? ""] === label));
      const count = Object.keys(given).length;
      progress.value = count;
      /** @type {Map<string, number>} */
      const by = new Map();
      for (const each of Object.values(given)) by.set(each, (by.get(each) ?? 0) + 1);
      const order = Object.values(keys);
      const parts = [...by].sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0])).map(([name, many]) => `${many} ${name}`);
      said.textContent = `${count} of ${n} labeled${parts.length ? `: ${parts.join(", ")}` : ""}`;
      wrong.textContent = model.get("_said");
    };
    update();
    listen(signal, [
      [model, "change:_said", update],
      [engine, "change:by_hand change:selection", update],
    ]);
  },
};
