// What a labeler stands on in a saved page: models without a kernel, a layout, and the script's start.

import { PARTS } from "../state/evidence.js";
import { labelsCsv } from "../state/labels_csv.js";
import { unpackedCurves, unpackedRows } from "../core/packed.js";
import { playKernel } from "../state/page_kernel.js";
import { PageModel } from "../state/page_model.js";
import { Store } from "../state/store.js";
import { leftOf } from "../ui/bars.js";
import { button, make } from "../ui/dom.js";
import { download } from "../ui/download.js";
import { VIEWS } from "../views/index.js";
/** @import { Axis, Limits } from "../core/axis.js" */

/** @param {string} id @returns {Promise<ArrayBuffer>} */
const unpacked = async (id) => {
  const text = document.getElementById(id)?.textContent ?? "";
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
};

/** Put binary data back where they belong. @param {any} value @param {ArrayBuffer} blob @returns {any} */
const filled = (value, blob) => {
  if (Array.isArray(value)) return value.map((part) => filled(part, blob));
  if (value === null || typeof value !== "object") return value;
  if (Object.hasOwn(value, "$rows")) return unpackedRows(value.$rows, blob);
  if (Object.hasOwn(value, "$curves")) return unpackedCurves(value.$curves, blob);
  if (Object.hasOwn(value, "$at")) return new Uint8Array(blob, value.$at[0], value.$at[1]);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key.startsWith("$") ? key.slice(1) : key, filled(part, blob)]));
};

/**
 * Ticks under the bars of one criterion, in the place of bqplot's axis.
 * @param {HTMLElement} figure @param {Axis} axis @param {[number, string][]} ticks
 */
const drawTicks = (figure, axis, ticks) => {
  for (const [place, text] of ticks) {
    const tick = make("span", "nbl-page-tick", text);
    tick.style.left = leftOf(axis, place);
    figure.append(tick);
  }
};

/** Build the page. */
async function startPage() {
  const [text, blob] = await Promise.all([unpacked("nbl-state"), unpacked("nbl-blob")]);
  const state = filled(JSON.parse(new TextDecoder().decode(text)), blob);
  const { signal } = new AbortController();
  const engine = new PageModel(state.engine);
  /** @type {{state: {criterion: string, defaults: Limits}}[]} */
  const all = state.sections.flatMap((/** @type {[string, any[]]} */ [, members]) => members);
  const defaults = Object.fromEntries(all.map((member) => [member.state.criterion, member.state.defaults]));
  playKernel(engine, defaults);
  const store = new Store(/** @type {any} */ (engine), signal);
  const open = async () => store;

  const page = /** @type {HTMLElement} */ (document.getElementById("nbl-page"));
  page.classList.add("nbl-labeler");
  // Keys count on the whole page.
  document.body.classList.add("nbl-root");
  const name = make("h1", "nbl-page-title", state.name);
  const dates = [state.recorded && `recorded ${state.recorded}`, `${state.method} labels saved ${state.saved}`];
  page.append(name, make("p", "nbl-page-about", dates.filter((said) => said).join("; ")));
  const show = (/** @type {Record<string, any>} */ values) => {
    const el = make("div", "");
    const model = new PageModel(values);
    VIEWS[values._kind].render({ model, el, signal, store, open });
    return { el, model };
  };
  const head = make("div", "nbl-page-head nbl-view");
  head.append(show(state.tools).el);
  head.append(button("save labels (CSV)", "Save the labels as a CSV file", () => {
    download(`labels_${state.name.replace(/[^\p{L}\p{N}.-]+/gu, "_")}.csv`, labelsCsv(store, state.text_ids), "text/csv");
  }));
  page.append(head);
  for (const name of ["accepting", "counts", "waveforms"]) if (state.views[name]) page.append(show(state.views[name].state).el);

  const middle = make("div", "nbl-middle");
  const grid = make("div", "nbl-histograms");
  grid.append(show(state.bar).el);
  for (const [at, [title, members]] of state.sections.entries()) {
    const fold = /** @type {HTMLDetailsElement} */ (make("details", `nbl-fold nbl-fold-${at}`));
    fold.open = true;
    fold.append(make("summary", "", title));
    const cells = make("div", "nbl-cells");
    for (const member of members) {
      const cell = make("div", "nbl-histogram");
      const figure = make("div", "nbl-page-figure");
      cell.append(show(member.state).el, figure);
      const axis = store.axes[store.position(member.state.criterion)];
      if (axis) drawTicks(figure, axis, member.ticks);
      cells.append(cell);
    }
    fold.append(cells);
    grid.append(fold);
  }
  const side = make("div", "nbl-tabs nbl-page-side");
  const tabs = make("div", "nbl-page-tabs");
  tabs.setAttribute("role", "tablist");
  side.append(tabs);
  /** @type {HTMLElement[]} */
  const panels = [];
  const openTab = (/** @type {number} */ chosen) => panels.forEach((panel, at) => {
    panel.hidden = at !== chosen;
    tabs.children[at].setAttribute("aria-selected", String(at === chosen));
  });
  state.tabs.forEach((/** @type {[string, string]} */ [name, title], /** @type {number} */ at) => {
    const tab = button(title, title, () => openTab(at));
    tab.className = "";
    tab.setAttribute("role", "tab");
    const panel = make("div", "nbl-page-panel");
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-label", title);
    const view = state.views[name];
    if (view.html) panel.innerHTML = view.html;
    else {
      const { el, model } = show(view.state);
      if (name === "card") {
        model.receive = ({ unit, part, request }) => setTimeout(() => {
          const none = { arrays: [], missing: [state.no_card || "This unit's pictures are not in the page, which would be too large."], buffers: [] };
          // A page has a unit as a whole: its first part is all of it.
          const { buffers, ...content } = part !== PARTS[0] ? { buffers: [] } : state.units[store.ids.indexOf(unit)] ?? none;
          model.trigger("msg:custom", { ...content, request }, buffers);
        });
      }
      panel.append(el);
    }
    tabs.append(tab);
    side.append(panel);
    panels.push(panel);
  });
  openTab(0);
  middle.append(grid, side);
  page.append(middle, make("p", "nbl-page-foot", `${state.about} The policy of this page allows no connection: it loads nothing from elsewhere and submits no form.`));
}

startPage();
