// A model as the views know it, without a kernel behind it.

/** @template {object} State */
export class PageModel {
  /** @param {State} state */
  constructor(state) {
    this.state = state;
    /** @type {Map<string, Set<(...values: never[]) => void>>} */
    this.listeners = new Map();
    /** What takes the place of the kernel. @type {(content: never) => void} */
    this.receive = () => {};
  }
  /** @template {keyof State & string} K @param {K} name @returns {State[K]} */
  get(name) { return this.state[name]; }
  /** @param {(keyof State & string)|Partial<State>} name @param {unknown} [value] */
  set(name, value) {
    const values = typeof name === "string" ? /** @type {Partial<State>} */ ({ [name]: value }) : name;
    /** @type {string[]} */
    const changed = [];
    for (const key of /** @type {(keyof State & string)[]} */ (Object.keys(values))) {
      const [before, now] = [this.state[key], /** @type {State[typeof key]} */ (values[key])];
      if (before === now || (!ArrayBuffer.isView(now) && JSON.stringify(before) === JSON.stringify(now))) continue;
      this.state[key] = now;
      changed.push(key);
    }
    for (const key of changed) this.trigger(`change:${key}`);
  }
  /** @param {string} names @param {(...values: never[]) => void} listener */
  on(names, listener) {
    for (const name of names.split(" ")) {
      const known = this.listeners.get(name) ?? new Set();
      known.add(listener);
      this.listeners.set(name, known);
    }
  }
  /** @param {string} names @param {(...values: never[]) => void} listener */
  off(names, listener) { for (const name of names.split(" ")) this.listeners.get(name)?.delete(listener); }
  /** @param {string} name @param {unknown[]} values */
  trigger(name, ...values) {
    for (const listener of [...(this.listeners.get(name) ?? [])]) /** @type {(...values: unknown[]) => void} */ (listener)(...values);
  }
  /** @param {object} content */
  send(content) { /** @type {(content: object) => void} */ (this.receive)(content); }
  save_changes() {}
}
