// Canvases: their size and pen, the looks of labels, and when to paint again.

/**
 * Size a canvas to its place on the screen and return its pen, cleared; null if it has none.
 * @param {HTMLCanvasElement} canvas
 * @returns {{pen: CanvasRenderingContext2D, width: number, height: number, ratio: number}|null}
 */
export const penOf = (canvas) => {
  const ratio = window.devicePixelRatio || 1;
  const size = sizeOf(canvas);
  const width = Math.max(1, Math.round(size.width * ratio));
  const height = Math.max(1, Math.round(size.height * ratio));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const pen = canvas.getContext("2d");
  if (!pen) return null;
  pen.clearRect(0, 0, width, height);
  return { pen, width, height, ratio };
};

/**
 * A font for texts on a canvas that grows with the texts around it.
 * @param {{fontSize: string}} style of the element, which has 13 px usually @param {number} px then
 * @param {number} ratio device pixels in a pixel, 1 where the pen is scaled @param {number} [most] times that it grows
 */
export const fontOf = ({ fontSize }, px, ratio, most = 2) => `${px * ratio * Math.min(most, Math.max(1, parseFloat(fontSize) / 13 || 1))}px sans-serif`;

/** @type {WeakMap<Element, {width: number, height: number}>} */
const sizes = new WeakMap();

/** One observer for all: asking an element for its size in every frame would lay the page out each time. */
const sizeObserver = new ResizeObserver((entries) => {
  for (const { target } of entries) sizes.set(target, { width: target.clientWidth, height: target.clientHeight });
});

/** Size of an element in px, as it was laid out last. @param {HTMLElement} element */
export const sizeOf = (element) => {
  const known = sizes.get(element);
  if (known) return known;
  const size = { width: element.clientWidth, height: element.clientHeight };
  if (size.width) {
    sizes.set(element, size);
    sizeObserver.observe(element);
  }
  return size;
};

/**
 * Call when the place of an element, or the theme, changes: a canvas keeps its colours otherwise.
 * @param {HTMLElement} el @param {() => void} repaint @param {AbortSignal} signal
 */
export const onLook = (el, repaint, signal) => {
  const size = new ResizeObserver(repaint);
  size.observe(el);
  const theme = new MutationObserver(repaint);
  theme.observe(document.body, {
    attributes: true,
    attributeFilter: ["data-jp-theme-name", "data-jp-theme-light", "class"],
  });
  const scheme = window.matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", repaint);
  signal.addEventListener("abort", () => {
    size.disconnect();
    theme.disconnect();
    scheme.removeEventListener("change", repaint);
  });
};

/**
 * Fill a rectangle in the look of a label: its colour and its hatch, as in the figures.
 * @param {CanvasRenderingContext2D} pen @param {{color: string, hatch: string}} look @param {number} ratio
 * @param {number} x @param {number} y @param {number} width @param {number} height
 */
export const fillLook = (pen, look, ratio, x, y, width, height) => {
  pen.fillStyle = look.color;
  pen.fillRect(x, y, width, height);
  const hatch = hatchOf(pen, look.hatch, ratio);
  if (!hatch) return;
  pen.fillStyle = hatch;
  pen.fillRect(x, y, width, height);
};

/** @type {Map<string, CanvasPattern|null>} */
const hatches = new Map();

/** @param {CanvasRenderingContext2D} pen @param {string} name @param {number} ratio @returns {CanvasPattern|null} */
const hatchOf = (pen, name, ratio) => {
  if (name === "plain") return null;
  const key = `${name} ${ratio}`;
  if (hatches.has(key)) return hatches.get(key) ?? null;
  const side = Math.round(5 * ratio);
  const tile = document.createElement("canvas");
  tile.width = tile.height = side;
  const ink = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  ink.strokeStyle = ink.fillStyle = "rgb(255 255 255 / 60%)";
  ink.lineWidth = 0.9 * ratio;
  /** @type {(...ends: number[][]) => void} */
  const lines = (...ends) => {
    for (const [x1, y1, x2, y2] of ends) { ink.beginPath(); ink.moveTo(x1, y1); ink.lineTo(x2, y2); ink.stroke(); }
  };
  const half = side / 2;
  // Each stroke once more beyond the corners, so that tiles meet without gaps.
  if (name === "stripes") lines([0, side, side, 0], [-half, half, half, -half], [half, side + half, side + half, half]);
  else if (name === "cross") lines([0, side, side, 0], [0, 0, side, side]);
  else if (name === "plus") lines([0, half, side, half], [half, 0, half, side]);
  else {
    ink.beginPath();
    ink.arc(half, half, (name === "rings" ? 1.5 : 1) * ratio, 0, 2 * Math.PI);
    name === "rings" ? ink.stroke() : ink.fill();
  }
  const made = pen.createPattern(tile, "repeat");
  hatches.set(key, made);
  return made;
};
