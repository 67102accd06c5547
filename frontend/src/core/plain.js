// Plain data: what stands under a name, and the arrays in a message.

/**
 * What stands under a name that somebody else chose: "constructor" stands under nothing of its own.
 * @param {Record<string, any>} map @param {string} name @returns {any}
 */
export const own = (map, name) => (Object.hasOwn(map, name) ? map[name] : undefined);

/** @param {any} data @returns {Uint8Array} */
export const bytes = (data) =>
  data instanceof Uint8Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** @param {any} data @returns {ArrayBuffer} */
export const copied = (data) => data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);

/** @param {any} data @returns {Float32Array} */
export const floats = (data) => new Float32Array(copied(data));

/** @param {any} data @returns {Float64Array} */
export const doubles = (data) => new Float64Array(copied(data));
