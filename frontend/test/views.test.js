// Every view can be drawn, follows a change, and leaves nothing behind.

import { describe, expect, it, vi } from "vitest";
import { PageModel } from "../src/state/page_model.js";
import { VIEWS } from "../src/views/index.js";
import { labelers } from "./models.js";

/** Something every view shows, or a part of it that can be found by its name. */
const SHOWN = {
  comparison: "units agree", contributions: "probability", hand_labels: "labeled", history: "undo", keep_units: "keep",
  label_counts: "noise", limits: null, missing_values: "counts as", scatter: "against", sensitivity: "gain units labeled",
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
it("no view is left out", () => expect([...kinds].sort()).toEqual(Object.keys(VIEWS).sort()));
