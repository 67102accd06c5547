// Rows of criteria of about the same length, at every width and text size.

import { columnsFor } from "../core/columns.js";

/**
 * Give each section as many columns as fit, or fewer, so that no criterion stands alone in its last row.
 * @param {HTMLElement} el in the histograms, with their text size @param {AbortSignal} signal
 */
export const keepRowsEven = (el, signal) => {
  /** @type {WeakMap<HTMLElement, string>} what the columns were made for */
  const known = new WeakMap();
  const arrange = () => {
    for (const cells of /** @type {NodeListOf<HTMLElement>} */ (el.closest(".nbl-histograms")?.querySelectorAll(".nbl-cells") ?? [])) {
      const key = [cells.clientWidth, cells.childElementCount, getComputedStyle(el).fontSize].join();
      if (!cells.clientWidth || known.get(cells) === key) continue;
      known.set(cells, key);
      cells.style.gridTemplateColumns = "";
      const most = getComputedStyle(cells).gridTemplateColumns.split(" ").length;
      const columns = columnsFor(cells.childElementCount, most);
      if (columns < most) cells.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    }
  };
  const watch = new ResizeObserver(() => arrange());
  signal.addEventListener("abort", () => watch.disconnect());
  // The histograms are around the bar only after it was rendered.
  requestAnimationFrame(() => {
    const around = el.closest(".nbl-histograms");
    if (around && !signal.aborted) watch.observe(around);
  });
};
