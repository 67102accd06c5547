// Keys of a view besides those of labels: they count while the view is in sight, and are shown on its buttons and in the list of keys.

/** @typedef {{words: string, key: () => string|undefined, isOn: () => boolean, run: () => void}} Deed `words` for the list of keys */

export class Deeds {
  /** @type {Set<Deed>} */
  #known = new Set();

  /** @param {Deed} deed @param {AbortSignal} signal of the view */
  add(deed, signal) {
    this.#known.add(deed);
    signal.addEventListener("abort", () => this.#known.delete(deed));
  }

  /** What a key does now. @param {string} key @returns {Deed|undefined} */
  of(key) { return [...this.#known].find((deed) => deed.key() === key && deed.isOn()); }

  /** Keys and what they do, for the list of keys: of all views, seen or not. @returns {[string, string][]} */
  get list() {
    /** @type {Map<string, string>} */
    const found = new Map();
    for (const deed of this.#known) {
      const key = deed.key();
      if (key) found.set(key, deed.words);
    }
    return [...found];
  }
}
