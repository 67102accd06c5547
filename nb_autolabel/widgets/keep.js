// Keep the units of some labels: a variable in the notebook, or the code that makes it.

export default {
  /** @param {{model: any, el: HTMLElement, signal: AbortSignal}} context */
  async render({ model, el, signal }) {
    const { engine, derived } = await session(model);
    el.classList.add("nbl-view", "nbl-keep");
    keepKeys(el, engine);
    const boxes = make("div", "nbl-keep-labels");
    boxes.setAttribute("role", "group");
    boxes.setAttribute("aria-label", "Labels to keep");
    const row = make("div", "nbl-bar");
    const name = /** @type {HTMLInputElement} */ (make("input", "nbl-filter"));
    name.type = "text";
    name.value = model.get("variable");
    name.setAttribute("aria-label", "Name of the variable");
    name.spellcheck = false;
    const said = make("div", "nbl-keep-said");
    said.setAttribute("role", "status");
    const create = button("Create variable", "Create variable", () => {
      said.textContent = "waiting for the kernel …";
      tell(model, { create: name.value, keep: kept(), overwrite: create.dataset.sure === name.value });
    });
    const copy = button("Copy code", "Copy code", () => tell(model, { code: name.value, keep: kept() }));
    row.append(make("span", "nbl-soft", "variable"), name, create, copy);
    const code = make("pre", "nbl-keep-code");
    code.hidden = true;
    el.append(boxes, row, said, code);

    const dropped = new Set(["noise"]);
    const kept = () => engine.get("_order").filter((/** @type {string} */ label) => !dropped.has(label));
    const build = () => {
      boxes.replaceChildren(make("span", "nbl-soft", "keep"), ...engine.get("_order").map((/** @type {string} */ label) => {
        const holder = make("label", "nbl-keep-label");
        const box = /** @type {HTMLInputElement} */ (document.createElement("input"));
        box.type = "checkbox";
        box.checked = !dropped.has(label);
        box.addEventListener("change", () => { box.checked ? dropped.delete(label) : dropped.add(label); update(); });
        const number = make("span", "nbl-soft");
        number.dataset.keep = label;
        holder.append(box, ` ${label} `, number);
        return holder;
      }));
    };
    let counted = "";
    const update = () => {
      const codes = bytes(derived.get("codes"));
      const labels = engine.get("_rules").labels;
      let sum = 0;
      for (const number of /** @type {NodeListOf<HTMLElement>} */ (boxes.querySelectorAll("[data-keep]"))) {
        const at = labels.indexOf(number.dataset.keep);
        const count = codes.reduce((total, c) => total + (c === at ? 1 : 0), 0);
        number.textContent = `(${count})`;
        if (!dropped.has(number.dataset.keep ?? "")) sum += count;
      }
      const text = said.textContent ?? "";
      if (text.includes("Use it in any cell") && counted !== "" && counted !== String(codes)) {
        said.textContent = text.replace("Use it in any cell.", "The labels have changed since; create it again to follow.");
      }
      counted = String(codes);
      create.title = `Create a variable with ${sum} units`;
    };
    /** @param {any} content */
    const onMessage = (content) => {
      said.textContent = content.said ?? "";
      said.classList.toggle("nbl-error", Boolean(content.error));
      create.textContent = content.ask ? "Overwrite it" : "Create variable";
      create.setAttribute("aria-label", create.textContent);
      if (content.ask) create.dataset.sure = name.value;
      else delete create.dataset.sure;
      if (content.code !== undefined) {
        code.hidden = false;
        code.textContent = content.code;
        copyText(content.code).then((done) => { said.textContent = done ? "The code is on the clipboard." : "Copy the code below."; });
      }
    };
    name.addEventListener("input", () => { delete create.dataset.sure; create.textContent = "Create variable"; create.setAttribute("aria-label", "Create variable"); });
    model.on("msg:custom", onMessage);
    signal?.addEventListener("abort", () => model.off("msg:custom", onMessage));
    build();
    update();
    listen(signal, [
      [derived, "change:codes", update],
      [engine, "change:_order", () => { build(); update(); }],
    ]);
  },
};

/** @param {string} text @returns {Promise<boolean>} */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
