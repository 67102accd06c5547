// Every view can be drawn, follows a change, and leaves nothing behind.

import { describe, expect, it, vi } from "vitest";
import { PageModel } from "../src/state/page_model.js";
import { VIEWS } from "../src/views/index.js";
import { labelers } from "./models.js";

/** Something every view shows, or a part of it that can be found by its name. */
const SHOWN = {
  accepting: "Accept labels",
  comparison: "units agree", contributions: "probability", hand_labels: "labeled", hardest: "hardest units", history: "undo", keep_units: "keep",
  label_counts: "noise", limits: null, missing_values: "counts as", pair: "need the notebook", recordings: "3 recordings", scatter: "against", score: "labels are right", sections: "fail", sensitivity: "gain units labeled",
  unit_card: "unit", unit_table: "15 units", upset: "units", waveforms: "noise",
};

/** happy-dom lays nothing out: everything is seen, and a frame comes at once. */
vi.stubGlobal("IntersectionObserver", class {
  constructor(tell) { this.tell = tell; }
  observe() { this.tell([{ isIntersecting: true }]); }
  disconnect() {}
});
vi.stubGlobal("requestAnimationFrame", (work) => { work(); return 1; });

const kinds = new Set();
for (const [method, { store, views, stop }] of labelers().entries()) {
  describe(`method ${method}`, () => {
    for (const [at, state] of views.entries()) {
      it(`${state._kind} ${state.criterion ?? at}`, async () => {
        const box = document.createElement("div");
        box.className = "nbl-histogram";
        const el = document.createElement("div");
        box.append(el);
        document.body.append(box);
        const leaving = new AbortController();
        const model = new PageModel(state);
        await VIEWS[state._kind].render({ model, el, signal: leaving.signal, store, open: async () => store });
        kinds.add(state._kind);
        if (SHOWN[state._kind]) expect(el.textContent).toContain(SHOWN[state._kind]);
        else expect(box.querySelectorAll("[role=slider]").length).toBe(2);
        store.select([1]);
        store.set([[0, [null, 1]]]);
        store.override([1], "noise", "");
        const count = el.outerHTML;
        leaving.abort();
        store.select([2]);
        store.set([[0, [null, 2]]]);
        expect(el.outerHTML).toBe(count);
        expect([...model.listeners.values()].every((heard) => heard.size === 0)).toBe(true);
        box.remove();
      });
    }
    it("the store lets go of its model", () => {
      stop.abort();
      expect([...store.model.listeners.values()].every((heard) => heard.size === 0)).toBe(true);
    });
  });
}
it("counts say which criteria have no metric, and stop when their limits are off", async () => {
  const [{ engine, store, views, stop }] = labelers();
  const mua = engine.get("_rules").criteria.map((c) => c.section === "mua");
  engine.set("_missing", mua);
  engine.set("_revision", engine.get("_revision") + 1);
  const el = document.createElement("div");
  const model = new PageModel(views.find((view) => view._kind === "label_counts"));
  await VIEWS.label_counts.render({ model, el, signal: stop.signal, store, open: async () => store });
  const banner = el.querySelector(".nbl-banner");
  expect(banner.textContent).toBe("7 of 7 multi-unit criteria have no metric: these units are unjudged, not good.");
  expect(store.rules.labels.map((label, code) => [label, store.counts[code]]).find(([label]) => label === "good")[1]).toBe(0);
  store.set(mua.flatMap((yes, k) => (yes ? [[k, [null, null]]] : [])));
  expect(banner.hidden).toBe(true);
  expect(el.querySelector(".nbl-banner-way").hidden).toBe(true);
  stop.abort();
});
it("no view is left out", () => expect([...kinds].sort()).toEqual(Object.keys(VIEWS).sort()));
it("what is missing is computed on a click, said as it goes on, and can be cancelled", async () => {
  const [{ store, stop }] = labelers();
  const el = document.createElement("div");
  const now = { lacking: "snr (Bombcell)", running: false, said: "", failed: false, done: 0, total: 0 };
  const model = new PageModel({ _kind: "missing_values", _computing: now });
  const sent = [];
  model.receive = (content) => sent.push(content);
  await VIEWS.missing_values.render({ model, el, signal: stop.signal, store, open: async () => store });
  const [start, cancel] = el.querySelectorAll(".nbl-computing button");
  const said = el.querySelector(".nbl-computing [role=status]");
  expect(start.title).toContain("snr (Bombcell)");
  expect(cancel.hidden).toBe(true);
  start.click();
  expect(sent).toEqual([{ do: "compute", request: 1 }]);
  model.trigger("msg:custom", { request: 1, said: "pip install", error: true }, []);
  expect(said.textContent).toBe("pip install");
  expect(said.className).toContain("nbl-error");
  model.set("_computing", { ...now, running: true, said: "Computing drift (2 of 5)", done: 2, total: 5 });
  expect(said.textContent).toBe("Computing drift (2 of 5)");
  expect(said.className).not.toContain("nbl-error");
  expect([start.disabled, cancel.hidden, el.querySelector("progress").value]).toEqual([true, false, 2]);
  cancel.click();
  expect(sent[1]).toEqual({ do: "cancel", request: 2 });
  model.set("_computing", { ...now, lacking: "", said: "Done." });
  expect([start.hidden, el.querySelector(".nbl-computing").hidden]).toEqual([true, false]);
  stop.abort();
});
it("a saved page, where no kernel computes, offers nothing", async () => {
  const [{ store, stop }] = labelers();
  const el = document.createElement("div");
  const model = new PageModel({ _kind: "missing_values" });
  await VIEWS.missing_values.render({ model, el, signal: stop.signal, store, open: async () => store });
  expect(el.querySelector(".nbl-computing").hidden).toBe(true);
  stop.abort();
});
