// What every view is for anywidget; its own code came with the engine, once for all views.

export default {
  /** @param {{model: any, el: HTMLElement, signal: AbortSignal}} context */
  async render(context) {
    const { model, signal } = context;
    /** @type {(ref: string) => Promise<any>} */
    const follow = (ref) => model.widget_manager.get_model(ref.replace("IPY_MODEL_", ""));
    const derived = await follow((await follow(model.get("engine"))).get("_derived"));
    if (!derived.nblViews) await new Promise((ready) => derived.once("nbl:views", ready));
    if (!signal?.aborted) await derived.nblViews.NAME.render(context);
  },
};
