// Templates of all units on their best channels, overlaid, one panel a label.


export default {
  /** @param {{model: any, el: HTMLElement, signal: AbortSignal}} context */
  async render({ model, el, signal }) {
    const { engine, derived } = await session(model);
    const templates = floats(model.get("_templates"));
    const n = model.get("_ids").length;
    const samples = n ? templates.length / n : 0;
    const times = model.get("_times");
    const [low, high] = model.get("_ylim");
    el.classList.add("nbl-waveforms");
    el.tabIndex = 0;
    keepKeys(el, engine);
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
          const before = event.shiftKey || event.ctrlKey || event.metaKey ? engine.get("selection") : [];
          if (unit < 0) select(engine, before);
          else if (before.includes(unit)) select(engine, before.filter((/** @type {number} */ u) => u !== unit));
          else select(engine, [...before, unit]);
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
      const drawing = penOf(canvas);
      if (!drawing) return;
      const { pen, width, height, ratio } = drawing;
      const style = getComputedStyle(el);
      const look = engine.get("_looks")[panel.label];
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
    const schedule = perFrame(update, signal);
    const rebuild = () => { build(); schedule(); };
    const repaint = () => { for (const panel of panels) panel.key = ""; schedule(); };
    build();
    onLook(el, repaint, signal);
    listen(signal, [
      [derived, "change:codes", schedule],
      [engine, "change:selection", schedule],
      [engine, "change:_order change:_looks", rebuild],
    ]);
    schedule();
  },
};
