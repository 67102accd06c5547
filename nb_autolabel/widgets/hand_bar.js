// Labels by hand from any view: buttons, a note, and keys g, m, n, s; Backspace leaves a unit to the rules.

/**
 * @param {HTMLElement} el whose keys count @param {any} engine @param {any} derived @param {AbortSignal} signal
 * @returns {HTMLElement}
 */
const labelBar = (el, engine, derived, signal) => {
  const bar = make("div", "nbl-bar");
  bar.setAttribute("role", "group");
  bar.setAttribute("aria-label", "Label by hand");
  const note = /** @type {HTMLInputElement} */ (make("input", "nbl-filter nbl-note"));
  note.type = "text";
  note.placeholder = "note (optional)";
  note.setAttribute("aria-label", "Note for the label by hand");
  const said = make("span", "nbl-soft");
  const give = (/** @type {string|null} */ label) => {
    const units = engine.get("selection");
    if (!units.length) return;
    override(engine, units, label, note.value.trim());
    note.value = "";
    el.focus();
  };
  const build = () => {
    const labels = engine.get("_hand_labels");
    bar.hidden = !labels.length;
    bar.style.display = bar.hidden ? "none" : "";
    const buttons = labels.map((/** @type {string} */ label) => {
      const key = own(engine.get("_hand_keys"), label);
      const made = button(key ? `${label} (${key})` : label, `Label the selected units ${label} by hand`, () => give(label));
      made.style.borderLeft = `6px solid ${own(engine.get("_looks"), label)?.color ?? "#888"}`;
      made.dataset.hand = label;
      return made;
    });
    const back = button("rules decide", "Leave the selected units to the rules", () => give(null));
    back.dataset.hand = "";
    bar.replaceChildren(make("span", "nbl-soft", "by hand:"), ...buttons, back, note, said);
    update();
  };
  const update = () => {
    const units = engine.get("selection");
    const given = engine.get("by_hand");
    const labels = new Set(units.map((/** @type {number} */ unit) => given[unit] ?? ""));
    for (const made of /** @type {NodeListOf<HTMLButtonElement>} */ (bar.querySelectorAll("button"))) {
      made.setAttribute("aria-pressed", String(labels.size === 1 && labels.has(made.dataset.hand ?? "") && made.dataset.hand !== ""));
      made.disabled = !units.length || (made.dataset.hand === "" && !units.some((/** @type {number} */ unit) => given[unit] !== undefined));
    }
    said.textContent = units.length > 1 ? `all ${units.length} selected` : "";
  };
  el.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.target instanceof HTMLInputElement || bar.hidden) return;
    const label = engine.get("_hand_labels").find((/** @type {string} */ name) => own(engine.get("_hand_keys"), name) === event.key.toLowerCase());
    if (label) give(label);
    else if (event.key === "Backspace") give(null);
    else return;
    event.preventDefault();
  });
  listen(signal, [
    [engine, "change:_hand_labels change:_looks", build],
    [engine, "change:selection change:by_hand", update],
  ]);
  build();
  return bar;
};
