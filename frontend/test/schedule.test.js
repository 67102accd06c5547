// Views that are not seen wait with drawing; what is printed is drawn all the same.

import { expect, it, vi } from "vitest";
import { perFrame } from "../src/ui/schedule.js";

vi.stubGlobal("IntersectionObserver", class {
  observe() {}
  disconnect() {}
});

it("a view out of sight is drawn before it is printed, once, and not after it was closed", () => {
  const work = vi.fn();
  const leaving = new AbortController();
  const schedule = perFrame(work, leaving.signal, document.createElement("div"));
  window.dispatchEvent(new Event("beforeprint"));
  expect(work).toHaveBeenCalledTimes(0); // nothing was asked for
  schedule();
  expect(work).toHaveBeenCalledTimes(0);
  window.dispatchEvent(new Event("beforeprint"));
  window.dispatchEvent(new Event("beforeprint"));
  expect(work).toHaveBeenCalledTimes(1);
  schedule();
  leaving.abort();
  window.dispatchEvent(new Event("beforeprint"));
  expect(work).toHaveBeenCalledTimes(1);
});
