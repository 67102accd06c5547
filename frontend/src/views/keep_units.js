// Keep the units of some labels: a variable in the notebook, or the code that makes it.

import { Requests } from "../state/requests.js";
import { button, fillMenu, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
/** @import { Context } from "../state/types.js" */

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-keep");
  keepKeys(el, store);
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
    ask({ create: name.value, keep: kept(), overwrite: create.dataset.sure === name.value });
  });
  const copy = button("Copy code", "Copy code", () => ask({ code: name.value, keep: kept() }));
  row.append(make("span", "nbl-soft", "variable"), name, create, copy);
  const code = make("pre", "nbl-keep-code");
  code.hidden = true;
  /** @type {[string, string, string][]} format, its name, the place that is offered */
  const formats = model.get("formats") ?? [];
  const format = /** @type {HTMLSelectElement} */ (make("select", "nbl-select"));
  format.setAttribute("aria-label", "Format of the export");
  fillMenu(format, formats.map(([value, text]) => [value, text]), formats[0]?.[0]);
  const place = /** @type {HTMLInputElement} */ (make("input", "nbl-filter"));
  place.type = "text";
  place.value = formats[0]?.[2] ?? "";
  place.spellcheck = false;
  place.setAttribute("aria-label", "Where to export to");
  place.title = "A file, or a folder for phy; from the folder of the notebook on";
  const write = button("Export", "Export the labels of all units", () => ask({ export: format.value, path: place.value, overwrite: write.dataset.sure === sure() }));
  const sure = () => `${format.value} ${place.value}`;
  const calm = () => { delete write.dataset.sure; write.textContent = "Export"; write.setAttribute("aria-label", "Export the labels of all units"); };
  format.addEventListener("change", () => {
    // What a person has typed stays.
    if (formats.some(([, , offered]) => offered === place.value)) place.value = formats.find(([value]) => value === format.value)?.[2] ?? "";
    calm();
  });
  place.addEventListener("input", calm);
  const writing = make("div", "nbl-bar");
  writing.append(make("span", "nbl-soft", "labels of all units"), format, place, write);
  el.append(boxes, row, writing, said, code);

  const dropped = new Set(store.order.filter((label) => store.isNoise(label)));
  const kept = () => store.order.filter((/** @type {string} */ label) => !dropped.has(label));
  const build = () => {
    boxes.replaceChildren(make("span", "nbl-soft", "keep"), ...store.order.map((/** @type {string} */ label) => {
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
  /** @type {Uint8Array|null} labels that the variable was made with */
  let made = null;
  const update = () => {
    const { codes } = store.trace;
    const { labels } = store.rules;
    let sum = 0;
    for (const number of /** @type {NodeListOf<HTMLElement>} */ (boxes.querySelectorAll("[data-keep]"))) {
      const count = store.counts[labels.indexOf(number.dataset.keep ?? "")] ?? 0;
      number.textContent = `(${count})`;
      if (!dropped.has(number.dataset.keep ?? "")) sum += count;
    }
    if (made?.some((code, i) => code !== codes[i])) {
      made = null;
      said.textContent += " The labels have changed since; create it again to follow.";
    }
    create.title = `Create a variable with ${sum} units`;
  };

  const requests = new Requests(model, signal);
  /** @param {object} content */
  const ask = (content) => {
    made = null;
    said.classList.remove("nbl-error");
    said.textContent = "waiting for the kernel …";
    const codes = store.trace.codes.slice();
    requests.ask(content, {
      onAnswer: (answer) => { show(/** @type {Parameters<typeof show>[0]} */ (answer)); if (answer.made) made = codes; update(); },
      onSilence: (text) => { said.textContent = text; said.classList.add("nbl-error"); },
    });
  };
  /** @param {import("../state/requests.js").Answer & {said?: string, error?: boolean, ask?: boolean, code?: string, exported?: boolean}} answer */
  const show = (answer) => {
    said.textContent = answer.said ?? "";
    said.classList.toggle("nbl-error", Boolean(answer.error));
    calm();
    if (answer.exported !== undefined) {
      if (!answer.ask) return;
      write.textContent = "Replace it";
      write.setAttribute("aria-label", "Replace it");
      write.dataset.sure = sure();
      return;
    }
    create.textContent = answer.ask ? "Overwrite it" : "Create variable";
    create.setAttribute("aria-label", create.textContent);
    if (answer.ask) create.dataset.sure = name.value;
    else delete create.dataset.sure;
    if (answer.code !== undefined) {
      code.hidden = false;
      code.textContent = answer.code;
      copyText(answer.code).then((done) => { said.textContent = done ? "The code is on the clipboard." : "Copy the code below."; });
    }
  };
  name.addEventListener("input", () => { delete create.dataset.sure; create.textContent = "Create variable"; create.setAttribute("aria-label", "Create variable"); });
  build();
  update();
  store.on("trace", update, signal);
  store.on("structure", () => { build(); update(); }, signal);
}

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
