// The workshop in the browser: the end of a session is said, labels are downloaded without a kernel, wrong units open.

import { expect, it, vi } from "vitest";
import { labelsCsv } from "../src/core/labels_csv.js";
import { PageModel } from "../src/state/page_model.js";
import { VIEWS } from "../src/views/index.js";
import { labelers } from "./models.js";

vi.stubGlobal("requestAnimationFrame", (work) => { work(); return 1; });

/** @param {string} kind */
const drawn = async (kind) => {
  const [{ engine, store, views, stop }] = labelers();
  const model = new PageModel({ ...views.find((view) => view._kind === kind), _file: "anna.csv", _after: "Hand them in." });
  const el = document.createElement("div");
  document.body.append(el);
  await VIEWS[kind].render({ model, el, signal: stop.signal, store, open: async () => store });
  return { engine, store, el, stop, model };
};

it("says that all units are labeled, and takes it back when one label is", async () => {
  const { engine, store, el, stop } = await drawn("hand_labels");
  const done = el.querySelector(".nbl-hand-done");
  expect(done.hidden).toBe(true);
  engine.set("by_hand", Object.fromEntries(store.ids.map((_, i) => [i, "good"])));
  expect(done.textContent).toBe("✓ Done: all 15 units are labeled. Hand them in.");
  expect([done.hidden, done.getAttribute("role")]).toEqual([false, "status"]);
  engine.set("by_hand", { 0: "good" });
  expect(done.hidden).toBe(true);
  stop.abort();
});

it("downloads the labels in the order of the units, without asking the kernel", async () => {
  const { engine, store, el, stop, model } = await drawn("hand_labels");
  const sent = [];
  model.receive = (content) => sent.push(content);
  const save = [...el.querySelectorAll("button")].find((each) => each.textContent.startsWith("download"));
  expect(save.disabled).toBe(true);
  engine.set("by_hand", { 2: "mua", 0: "good" });
  let name = "";
  /** @type {Blob[]} */
  const blobs = [];
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => { blobs.push(blob); return "blob:x"; });
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function click() { name = this.download; });
  save.click();
  expect(name).toBe("anna.csv");
  expect(await blobs[0].text()).toBe(`"unit_id","label"\n"${store.ids[0]}","good"\n"${store.ids[2]}","mua"\n`);
  expect(sent).toEqual([]);
  vi.restoreAllMocks();
  stop.abort();
});

it("writes ids that are numbers without quotes, and doubles quotes", () => {
  expect(labelsCsv(["7", "8"], { 1: "good" }, false)).toBe('"unit_id","label"\n8,"good"\n');
  expect(labelsCsv(['a"b,c'], { 0: 'my "own"' }, true)).toBe('"unit_id","label"\n"a""b,c","my ""own"""\n');
});

it("shows a wrong unit and its clue on a click", async () => {
  const { store, el, stop } = await drawn("score");
  const [wrong] = el.querySelectorAll(".nbl-score-list button");
  store.select([0]);
  const clue = el.querySelector(".nbl-score-clue");
  expect([clue.hidden, wrong.getAttribute("aria-pressed")]).toEqual([true, "false"]);
  wrong.click();
  expect(store.selection).toEqual([1]);
  expect(wrong.getAttribute("aria-pressed")).toBe("true");
  expect(clue.textContent).toBe(`Unit ${store.ids[1]}: you said good, it is mua (merged): two clouds of amplitudes`);
  stop.abort();
});
