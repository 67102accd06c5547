// Plain data: what stands under a name, and the arrays in a message.

/**
 * What stands under a name that somebody else chose: "constructor" stands under nothing of its own.
 * @template T @param {Record<string, T>} map @param {string} name @returns {T|undefined}
 */
export const own = (map, name) => (Object.hasOwn(map, name) ? map[name] : undefined);

/** @param {ArrayBufferView} data @returns {ArrayBufferLike} */
export const copied = (data) => data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength);

/** @param {ArrayBufferView} data @returns {Float32Array} */
export const floats = (data) => new Float32Array(copied(data));

/** @param {ArrayBufferView} data @returns {Float64Array} */
export const doubles = (data) => new Float64Array(copied(data));

/** Bytes as a browser got them. @param {DataView|Uint8Array|null|undefined} data @returns {Uint8Array} */
export const bytesOf = (data) => (data ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(0));
