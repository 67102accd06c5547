// Templates of all units on their best channels, overlaid, one panel a label.

/** @param {any} data @returns {Uint8Array} */
const bytes = (data) => (data instanceof Uint8Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
/** @param {any} data @returns {Float32Array} */
const floats = (data) => new Float32Array(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));

export default {
  /** @param {{model: any, el: HTMLElement, signal: AbortSignal}} context */
  async render({ model, el, signal }) {
    const follow = (/** @type {string} */ ref) => model.widget_manager.get_model(ref.replace("IPY_MODEL_", ""));
    const engine = await follow(model.get("engine"));
    const derived = await follow(engine.get("_derived"));
    const templates = floats(model.get("_templates"));
    const n = model.get("_ids").length;
    const samples = n ? templates.length / n : 0;
    const times = model.get("_times");
    const [low, high] = model.get("_ylim");
    el.classList.add("nbl-waveforms");
    el.dataset.lmSuppressShortcuts = "true";
    const say = document.createElement("div");
    say.className = "nbl-waveforms-hover";
    say.setAttribute("aria-live", "polite");

    /** @type {{label: string, canvas: HTMLCanvasElement, title: HTMLElement, units: number[], key: string}[]} */
    let panels = [];
    const build = () => {
      el.replaceChildren();
      panels = engine.get("_order").map((/** @type {string} */ label) => {
        const panel = document.createElement("figure");
        panel.className = "nbl-panel";
        const title = document.createElement("figcaption");
        const canvas = document.createElement("canvas");
        canvas.setAttribute("role", "img");
        panel.append(title, canvas);
        el.append(panel);
        const entry = { label, canvas, title, units: /** @type {number[]} */ ([]), key: "" };
        canvas.addEventListener("pointermove", (event) => hover(entry, event));
        canvas.addEventListener("pointerleave", () => { say.textContent = ""; mark(-1); });
        canvas.addEventListener("click", (event) => {
          const unit = nearest(entry, event);
          const selection = unit < 0 ? [] : [unit];
          engine.set("selection", selection);
          engine.send({ set: { selection } });
        });
        return entry;
      });
      el.append(say);
    };

    let hovered = -1;
    /** @type {(unit: number) => void} */
    const mark = (unit) => {
      if (unit === hovered) return;
      hovered = unit;
      for (const panel of panels) panel.key = "";
      schedule();
    };
    /** @type {(entry: any, event: PointerEvent|MouseEvent) => number} nearest unit to the pointer, within 12 px */
    const nearest = (entry, event) => {
      const box = entry.canvas.getBoundingClientRect();
      const at = Math.round(((event.clientX - box.left) / box.width) * (samples - 1));
      if (at < 0 || at >= samples) return -1;
      const perPixel = (high - low) / box.height;
      const value = high - (event.clientY - box.top) * perPixel;
      let best = -1;
      let gap = 12 * perPixel;
      for (const unit of entry.units) {
        const distance = Math.abs(templates[unit * samples + at] - value);
        if (distance < gap) { gap = distance; best = unit; }
      }
      return best;
    };
    /** @type {(entry: any, event: PointerEvent) => void} */
    const hover = (entry, event) => {
      const unit = nearest(entry, event);
      say.textContent = unit < 0 ? "" : `unit ${model.get("_ids")[unit]}`;
      mark(unit);
    };

    /** @type {(panel: any) => void} */
    const draw = (panel) => {
      const { canvas, units } = panel;
      const ratio = window.devicePixelRatio || 1;
      const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
      const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
      const pen = canvas.getContext("2d");
      if (!pen) return;
      const style = getComputedStyle(el);
      const look = engine.get("_looks")[panel.label];
      pen.clearRect(0, 0, width, height);
      const y = (/** @type {number} */ value) => ((high - value) / (high - low)) * height;
      const x = (/** @type {number} */ s) => (s / (samples - 1)) * width;
      pen.strokeStyle = style.getPropertyValue("--nbl-faint");
      pen.lineWidth = ratio;
      pen.beginPath();
      pen.moveTo(0, y(0));
      pen.lineTo(width, y(0));
      pen.stroke();
      const trace = (/** @type {(s: number) => number} */ value) => {
        pen.beginPath();
        for (let s = 0; s < samples; s++) s ? pen.lineTo(x(s), y(value(s))) : pen.moveTo(x(s), y(value(s)));
        pen.stroke();
      };
      pen.strokeStyle = look.color;
      pen.globalAlpha = Math.min(0.7, Math.max(0.12, 12 / Math.max(1, units.length)));
      pen.lineWidth = 0.9 * ratio;
      for (const unit of units) trace((s) => templates[unit * samples + s]);
      pen.globalAlpha = 1;
      if (units.length) {
        const mean = new Float64Array(samples);
        for (const unit of units) for (let s = 0; s < samples; s++) mean[s] += templates[unit * samples + s];
        pen.strokeStyle = style.getPropertyValue("--nbl-ink");
        pen.lineWidth = 2 * ratio;
        trace((s) => mean[s] / units.length);
      }
      const chosen = new Set([...engine.get("selection"), hovered]);
      pen.strokeStyle = "#D55E00";
      pen.lineWidth = 1.8 * ratio;
      for (const unit of units) if (chosen.has(unit)) trace((s) => templates[unit * samples + s]);
      drawScale(pen, width, height, ratio, style);
    };
    /** @type {(pen: CanvasRenderingContext2D, width: number, height: number, ratio: number, style: CSSStyleDeclaration) => void} */
    const drawScale = (pen, width, height, ratio, style) => {
      // A bar of 0.5 ms and one of round microvolts say the scale in every panel.
      const volts = 10 ** Math.floor(Math.log10((high - low) / 2));
      const round = [5, 2, 1].map((f) => f * volts).find((v) => v <= (high - low) / 3) ?? volts;
      const tall = (round / (high - low)) * height;
      const wide = (0.5 / (times[times.length - 1] - times[0])) * width;
      const right = width - 6 * ratio;
      const bottom = height - 16 * ratio;
      pen.strokeStyle = pen.fillStyle = style.getPropertyValue("--nbl-soft");
      pen.lineWidth = 1.5 * ratio;
      pen.beginPath();
      pen.moveTo(right - wide, bottom);
      pen.lineTo(right, bottom);
      pen.lineTo(right, bottom - tall);
      pen.stroke();
      pen.font = `${10 * ratio}px sans-serif`;
      pen.textAlign = "right";
      pen.fillText(`0.5 ms, ${round} µV`, right, bottom + 12 * ratio);
    };

    let frame = 0;
    const update = () => {
      const codes = bytes(derived.get("codes"));
      const labels = engine.get("_rules").labels;
      for (const panel of panels) {
        const code = labels.indexOf(panel.label);
        const units = [];
        for (let i = 0; i < codes.length; i++) if (codes[i] === code) units.push(i);
        const text = `${panel.label} (${units.length})`;
        if (panel.title.textContent !== text) {
          panel.title.textContent = text;
          panel.title.style.setProperty("--nbl-label", engine.get("_looks")[panel.label].color);
          panel.canvas.setAttribute("aria-label", `Waveforms of ${units.length} units labeled ${panel.label}`);
        }
        const key = `${units.join()}|${panel.canvas.clientWidth}x${panel.canvas.clientHeight}|${engine.get("selection")}|${hovered}`;
        if (key === panel.key) continue;
        panel.key = key;
        panel.units = units;
        draw(panel);
      }
    };
    const schedule = () => { cancelAnimationFrame(frame); frame = requestAnimationFrame(update); };
    const rebuild = () => { build(); schedule(); };
    build();
    const watch = new ResizeObserver(schedule);
    watch.observe(el);
    // A canvas keeps its colours when the theme changes.
    const repaint = () => { for (const panel of panels) panel.key = ""; schedule(); };
    const theme = new MutationObserver(repaint);
    theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-name", "data-jp-theme-light", "class"] });
    const scheme = window.matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", repaint);
    derived.on("change:codes", schedule);
    engine.on("change:selection", schedule);
    engine.on("change:_order change:_looks", rebuild);
    signal?.addEventListener("abort", () => {
      watch.disconnect();
      theme.disconnect();
      scheme.removeEventListener("change", repaint);
      cancelAnimationFrame(frame);
      derived.off("change:codes", schedule);
      engine.off("change:selection", schedule);
      engine.off("change:_order change:_looks", rebuild);
    });
    schedule();
  },
};
