// How many units have each label, as numbers and as a bar of shares.

/** @param {any} data @returns {Uint8Array} */
const bytes = (data) => (data instanceof Uint8Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength));

export default {
  /** @param {{model: any, el: HTMLElement, signal: AbortSignal}} context */
  async render({ model, el, signal }) {
    const follow = (/** @type {string} */ ref) => model.widget_manager.get_model(ref.replace("IPY_MODEL_", ""));
    const engine = await follow(model.get("engine"));
    const derived = await follow(engine.get("_derived"));
    el.classList.add("nbl-counts");
    const bar = document.createElement("div");
    bar.className = "nbl-counts-bar";
    bar.setAttribute("aria-hidden", "true");
    const list = document.createElement("div");
    list.className = "nbl-counts-list";
    list.setAttribute("role", "group");
    list.setAttribute("aria-label", "Units per label");
    el.append(list, bar);
    /** @type {Map<string, {number: HTMLElement, part: HTMLElement}>} */
    let parts = new Map();

    const build = () => {
      list.replaceChildren();
      bar.replaceChildren();
      parts = new Map();
      for (const label of engine.get("_order")) {
        const look = engine.get("_looks")[label];
        const item = document.createElement("span");
        item.className = "nbl-count";
        const swatch = document.createElement("span");
        swatch.className = `nbl-swatch nbl-hatch-${look.hatch}`;
        swatch.style.backgroundColor = look.color;
        const name = document.createElement("span");
        name.textContent = label;
        const number = document.createElement("span");
        number.className = "nbl-count-number";
        number.dataset.label = label;
        item.append(swatch, name, number);
        list.append(item);
        const part = document.createElement("span");
        part.className = `nbl-hatch-${look.hatch}`;
        part.style.backgroundColor = look.color;
        part.title = label;
        bar.append(part);
        parts.set(label, { number, part });
      }
    };

    const update = () => {
      const labels = engine.get("_rules").labels;
      const codes = bytes(derived.get("codes"));
      const counts = new Array(labels.length).fill(0);
      for (const code of codes) counts[code]++;
      labels.forEach((/** @type {string} */ label, /** @type {number} */ code) => {
        const part = parts.get(label);
        if (!part) return;
        const text = String(counts[code]);
        if (part.number.textContent !== text) part.number.textContent = text;
        part.part.style.flexGrow = text;
      });
    };

    build();
    update();
    const rebuild = () => { build(); update(); };
    derived.on("change:codes", update);
    engine.on("change:_order change:_looks", rebuild);
    signal?.addEventListener("abort", () => {
      derived.off("change:codes", update);
      engine.off("change:_order change:_looks", rebuild);
    });
  },
};
