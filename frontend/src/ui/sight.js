// What stays in sight while a notebook or a page scrolls: the counts on top, and the tabs beside the histograms.

/** Whether an element scrolls what is in it. @param {Element} element @returns {boolean} */
const scrolls = (element) => /auto|scroll/.test(getComputedStyle(element).overflowY) && element.scrollHeight > element.clientHeight + 1;

/** The element that scrolls a view: the nearest that does, or the page. @param {Element} el @returns {Element} */
const scrollerOf = (el) => {
  for (let above = el.parentElement; above && above !== document.body; above = above.parentElement) if (scrolls(above)) return above;
  return document.documentElement;
};

/**
 * Keep parts of a labeler in sight. A sticky element holds on to the nearest ancestor whose overflow is not visible, and
 * outputs of a notebook cut off what reaches out: in the labeler's own cell they no longer do.
 * @param {HTMLElement} el the counts of a labeler, or the bar of a labeling session @param {AbortSignal} signal
 */
export const keepInSight = (el, signal) => {
  /** @type {Element[]} */
  let opened = [];
  const open = (/** @type {Element} */ root) => {
    const cell = root.closest(".jp-Cell") ?? root.closest(".jp-LinkedOutputView");
    for (let above = root.parentElement; cell && above && cell.contains(above); above = above.parentElement) {
      if (scrolls(above) && !opened.includes(above)) break; // a reader has asked for an output that scrolls
      if (getComputedStyle(above).overflow === "visible") continue;
      above.classList.add("nbl-unclipped");
      opened.push(above);
    }
  };
  /** Tabs that are higher than the window stay with their lower end in sight. */
  const place = () => {
    const root = /** @type {HTMLElement|null} */ (el.closest(".nbl-labeler, .nbl-session"));
    if (!root || !el.offsetHeight) return;
    if (!opened.length) open(root);
    const tabs = /** @type {HTMLElement|null} */ (root.querySelector(".nbl-tabs"));
    const top = el.offsetHeight;
    root.style.setProperty("--nbl-top", `${top}px`);
    const room = scrollerOf(root).clientHeight;
    if (tabs && room) root.style.setProperty("--nbl-tabs-top", `${Math.min(top, room - tabs.offsetHeight - 8)}px`);
  };
  const size = new ResizeObserver(() => {
    const tabs = el.closest(".nbl-labeler")?.querySelector(".nbl-tabs");
    if (tabs) size.observe(tabs);
    place();
  });
  size.observe(el);
  window.addEventListener("resize", place, { signal });
  signal.addEventListener("abort", () => {
    size.disconnect();
    for (const element of opened) element.classList.remove("nbl-unclipped");
    opened = [];
  });
};
