// What anywidget loads for every view: the code of all views came with the engine.

/**
 * @typedef {{exports: import("./widget.js").Exports}} Engine
 * @typedef {{getWidget: (ref: string) => Promise<Engine>}} Host
 */

export default {
  /** @param {{model: any, el: HTMLElement, signal: AbortSignal, host: Host}} context */
  async render({ model, el, signal, host }) {
    const open = async (/** @type {string} */ ref) => (await host.getWidget(ref)).exports.store;
    const { exports } = await host.getWidget(model.get("engine"));
    if (!signal.aborted) await exports.render(model.get("_kind"), { model, el, signal, store: exports.store, open });
  },
};
