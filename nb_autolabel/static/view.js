// src/hosts/view.js
var view_default = {
  /** @param {{model: any, el: HTMLElement, signal: AbortSignal, host: Host}} context */
  async render({ model, el, signal, host }) {
    const open = async (ref) => (await host.getWidget(ref)).exports.store;
    const { exports } = await host.getWidget(model.get("engine"));
    if (!signal.aborted) await exports.render(model.get("_kind"), { model, el, signal, store: exports.store, open });
  }
};
export {
  view_default as default
};
