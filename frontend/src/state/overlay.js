// What the browser has changed and the kernel has not acknowledged yet: it wins over what the kernel says meanwhile.

/** A message that has not been sent. */
const UNSENT = Infinity;

/** Changes by name, each with the number of the message that tells the kernel of it. */
export class Overlay {
  constructor() {
    /** @type {Map<string, {value: unknown, message: number, since: number}>} */
    this.changes = new Map();
  }
  /** @param {string} name @param {unknown} value @param {number} [message] not given: it is told later */
  put(name, value, message = UNSENT) {
    this.changes.set(name, { value, message, since: performance.now() });
  }
  /** The value of a change that is still pending, else the other. @template T @param {string} name @param {T} otherwise @returns {T} */
  get(name, otherwise) {
    const known = this.changes.get(name);
    return known ? /** @type {T} */ (known.value) : otherwise;
  }
  /** Names that begin with a prefix, without it. @param {string} prefix @returns {string[]} */
  under(prefix) {
    return [...this.changes.keys()].filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length));
  }
  /** Seconds since the oldest change that is told and not acknowledged. @param {string} prefix @returns {number} */
  age(prefix) {
    const since = [...this.changes].filter(([name]) => name.startsWith(prefix)).map(([, change]) => change.since);
    return since.length ? (performance.now() - Math.min(...since)) / 1000 : 0;
  }
  /** Changes that no message tells yet, marked as told by this one. @param {string} prefix @param {number} message @returns {string[]} */
  told(prefix, message) {
    return this.under(prefix).filter((name) => {
      const change = this.changes.get(prefix + name);
      if (!change || change.message !== UNSENT) return false;
      change.message = message;
      return true;
    });
  }
  /** Forget what the kernel has dealt with. @param {number} message @returns {string[]} names of these changes */
  acknowledge(message) {
    const dropped = [...this.changes].filter(([, change]) => change.message <= message).map(([name]) => name);
    for (const name of dropped) this.changes.delete(name);
    return dropped;
  }
}
