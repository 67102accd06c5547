// A model as the views know it, without a kernel behind it.

/** A model as the views know it, without anything behind it. */
export class PageModel {
  /** @param {Record<string, any>} state */
  constructor(state) {
    this.state = state;
    /** @type {Map<string, Set<(...values: any[]) => void>>} */
    this.listeners = new Map();
    /** @type {(content: any) => void} */
    this.receive = () => {};
  }
  /** @param {string} name */
  get(name) { return this.state[name]; }
  /** @param {string|Record<string, any>} name @param {any} [value] */
  set(name, value) {
    const values = typeof name === "string" ? { [name]: value } : name;
    /** @type {string[]} */
    const changed = [];
    for (const [key, now] of Object.entries(values)) {
      const before = this.state[key];
      if (before === now || (!ArrayBuffer.isView(now) && JSON.stringify(before) === JSON.stringify(now))) continue;
      this.state[key] = now;
      changed.push(key);
    }
    for (const key of changed) this.trigger(`change:${key}`);
  }
  /** @param {string} names @param {(...values: any[]) => void} listener */
  on(names, listener) {
    for (const name of names.split(" ")) {
      const known = this.listeners.get(name) ?? new Set();
      known.add(listener);
      this.listeners.set(name, known);
    }
  }
  /** @param {string} names @param {(...values: any[]) => void} listener */
  off(names, listener) { for (const name of names.split(" ")) this.listeners.get(name)?.delete(listener); }
  /** @param {string} name @param {any[]} values */
  trigger(name, ...values) { for (const listener of [...(this.listeners.get(name) ?? [])]) listener(...values); }
  /** @param {any} content */
  send(content) { this.receive(content); }
  save_changes() {}
}
