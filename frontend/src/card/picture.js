// One picture of the card: a title, words, a canvas, and when it is painted.

import { penOf } from "../ui/canvas.js";
import { make } from "../ui/dom.js";
/** @import { Known } from "../state/evidence.js" */
/** @import { Store } from "../state/store.js" */
/** @import { Sheet } from "./plot.js" */

/** What a picture is made of: the unit's data, and where labels and limits are. @typedef {{data: Known, unit: number, store: Store, volt: string, probe: Float32Array, again: () => void}} Subject */
/**
 * @typedef {object} Picture
 * @property {string} name title, and for those who cannot see it
 * @property {(sheet: Sheet) => void} draw
 * @property {string} [size] "tall", "wide", or nothing
 * @property {() => string} [words] below the picture; asked again when labels or limits change
 * @property {HTMLElement[]} [tools] beside the title
 * @property {boolean} [live] whether it shows limits, so that it follows them
 */

/** A picture on the page. */
export class Figure {
  /** @param {Picture} picture @param {Subject} subject */
  constructor(picture, { unit, store }) {
    this.picture = picture;
    this.element = make("figure", `nbl-part${picture.size ? ` nbl-part-${picture.size}` : ""}`);
    const head = make("figcaption", "nbl-part-head");
    head.append(make("span", "", picture.name), ...(picture.tools ?? []));
    this.canvas = /** @type {HTMLCanvasElement} */ (make("canvas", ""));
    this.canvas.setAttribute("role", "img");
    this.words = make("div", "nbl-soft nbl-part-words");
    this.element.append(head, this.canvas, this.words);
    this.name = `${picture.name} of unit ${store.ids[unit]}`;
    this.say();
  }
  say() {
    const words = this.picture.words?.() ?? "";
    if (this.words.textContent !== words) this.words.textContent = words;
    this.words.hidden = !words;
    this.canvas.setAttribute("aria-label", words ? `${this.name}: ${words}` : this.name);
  }
  /** @param {CSSStyleDeclaration} style @param {string} color */
  paint(style, color) {
    const drawing = penOf(this.canvas);
    if (!drawing) return;
    const { pen, ratio } = drawing;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.picture.draw({ pen, width: drawing.width / ratio, height: drawing.height / ratio, style, color });
  }
}
