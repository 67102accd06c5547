// The bar of sections, the legend of the scatter plot, and what lies off its scale.

import { afterEach, describe, expect, it, vi } from "vitest";
import { columnsFor } from "../src/core/columns.js";
import { unitsBy } from "../src/core/sections.js";
import { labelsCsv } from "../src/state/labels_csv.js";
import { PageModel } from "../src/state/page_model.js";
import { VIEWS } from "../src/views/index.js";
import { labelers } from "./models.js";

vi.stubGlobal("IntersectionObserver", class {
  constructor(tell) { this.tell = tell; }
  observe() { this.tell([{ isIntersecting: true }]); }
  disconnect() {}
});
vi.stubGlobal("requestAnimationFrame", (work) => { work(); return 1; });
afterEach(() => document.body.replaceChildren());

/** Draw a view of the first labeler, Bombcell's. */
const drawn = async (kind) => {
  const [one] = labelers();
  const el = document.createElement("div");
  document.body.append(el);
  const model = new PageModel(one.views.find((view) => view._kind === kind));
  await VIEWS[kind].render({ model, el, signal: one.stop.signal, store: one.store, open: async () => one.store });
  return { ...one, el, model };
};

describe("columns of criteria", () => {
  it("are as many as fit where the last row has two or more, or nothing can be gained", () => {
    for (const [cells, most] of [[6, 1], [6, 2], [6, 3], [6, 4], [6, 6], [6, 8], [7, 5], [7, 2], [7, 3], [1, 3], [5, 5]]) expect(columnsFor(cells, most)).toBe(most);
  });
  it("are fewer where one criterion would stand alone, in no more rows", () => {
    expect(columnsFor(6, 5)).toBe(3);
    expect(columnsFor(7, 6)).toBe(4);
    expect(columnsFor(5, 4)).toBe(3);
    expect(columnsFor(13, 4)).toBe(4);
  });
});

describe("the bar of sections", () => {
  it("names each section with its criteria and the units that fail there, as their labels say", async () => {
    const { el, store } = await drawn("sections");
    const links = [...el.querySelectorAll("button")];
    expect(links.map((link) => link.querySelector("b").textContent)).toEqual(["Noise", "Multi-unit", "Non-somatic"]);
    expect(links.map((link) => link.querySelector(".nbl-soft").textContent)).toEqual(["6", "7", "5"]);
    const many = (label) => store.shown.counts[store.rules.labels.indexOf(label)];
    expect(links[0].getAttribute("aria-label")).toContain(`6 criteria, ${many("noise")} unit`);
    expect(links[1].textContent).toContain(`${many("mua")} fail`);
  });
  it("follows a limit that moves", async () => {
    const { el, store } = await drawn("sections");
    const before = el.textContent;
    store.set(store.rules.criteria.flatMap((c, k) => (c.section === "mua" ? [[k, [null, null]]] : [])));
    expect(el.textContent).not.toBe(before);
    expect(el.querySelectorAll("button")[1].textContent).toContain("0 fail");
  });
  it("opens a section that is folded, and goes to it", async () => {
    const { el } = await drawn("sections");
    const grid = document.createElement("div");
    grid.className = "nbl-histograms";
    const fold = document.createElement("details");
    fold.className = "nbl-fold-1";
    const went = vi.fn();
    fold.scrollIntoView = went;
    grid.append(el, fold);
    document.body.append(grid);
    el.querySelectorAll("button")[1].click();
    expect(fold.open).toBe(true);
    expect(went).toHaveBeenCalledOnce();
  });
  it("counts only units that are shown", () => {
    const reasons = [Uint8Array.of(1, 0, 1), Uint8Array.of(0, 1, 0)];
    expect(unitsBy(reasons, [0, 1], () => true)).toEqual([0, 1, 2]);
    expect(unitsBy(reasons, [0], (unit) => unit > 0)).toEqual([2]);
    expect(unitsBy(reasons, [7], () => true)).toEqual([]);
  });
});

describe("the scatter plot", () => {
  it("has a legend with a sign for every label", async () => {
    const { el, store } = await drawn("scatter");
    const legend = el.querySelector(".nbl-scatter-legend");
    expect(legend.getAttribute("role")).toBe("group");
    for (const label of store.order) {
      const many = store.shown.counts[store.rules.labels.indexOf(label)];
      if (many) expect(legend.textContent).toContain(`${label} ${many}`);
    }
  });
});

describe("the CSV file of a saved page", () => {
  it("has who gave a label, when, and the note, whatever stands in it", () => {
    const store = {
      ids: ["1", 'a "b"', "3"], byHand: { 1: "mua", 2: "good" }, label: (unit) => ["noise", "mua", "good"][unit],
      handNotes: { 1: 'by hand in this page, 2024-05-31 14:05: two "bumps": see 4,\nand 5', 2: "by hand, 2024-05-31 14:06" },
    };
    expect(labelsCsv(store, true)).toBe(
      'unit_id,label,source,given,note\n"1","noise","rules","",""\n'
      + '"a ""b""","mua","by hand","by hand in this page, 2024-05-31 14:05","two ""bumps"": see 4,\nand 5"\n'
      + '"3","good","by hand","by hand, 2024-05-31 14:06",""\n',
    );
    expect(labelsCsv({ ...store, byHand: {} }, false).split("\n")[1]).toBe('1,"noise","rules","",""');
  });
});
