// What can be done to the whole: undo, redo, reset; and what went wrong, said where it is seen.

export default {
  /** @param {{model: any, el: HTMLElement, signal: AbortSignal}} context */
  async render({ model, el, signal }) {
    const { engine } = await session(model);
    el.classList.add("nbl-view", "nbl-tools");
    keepKeys(el, engine);
    const undo = button("↶ undo", "Undo", () => tell(engine, { do: "undo" }));
    const redo = button("↷ redo", "Redo", () => tell(engine, { do: "redo" }));
    const reset = button("reset all", "Reset all limits", () => tell(engine, { do: "reset" }));
    const said = make("span", "nbl-error");
    said.setAttribute("role", "alert");
    el.append(make("strong", "", model.get("title")), undo, redo, reset, said);
    const update = () => {
      const [back, forth] = engine.get("_history");
      /** @type {HTMLButtonElement} */ (undo).disabled = back === 0;
      /** @type {HTMLButtonElement} */ (redo).disabled = forth === 0;
      undo.title = back ? `Undo (Ctrl+Z), ${back} steps` : "Nothing to undo";
      said.textContent = engine.get("_error");
    };
    update();
    listen(signal, [[engine, "change:_history change:_error", update]]);
  },
};
