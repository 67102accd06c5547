// Everything about one unit: template on the probe, correlogram, amplitudes, place, neighbours, criteria.

import { chanceOf } from "../core/agreement.js";
import { TOGETHER, limitsAfter, smallestChanges } from "../core/explanation.js";
import { short } from "../core/format.js";
import { floats, own } from "../core/plain.js";
import { Requests } from "../state/requests.js";
import { inWords, keyOf } from "../state/words.js";
import { onLook, penOf } from "../ui/canvas.js";
import { button, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { labelBar } from "../ui/label_bar.js";
import { atRest, perFrame } from "../ui/schedule.js";
/** @import { Context } from "../state/types.js" */

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  const ids = store.ids;
  el.classList.add("nbl-view", "nbl-card");
  el.tabIndex = 0;
  keepKeys(el, store);
  /** @type {Map<number, any>} what the kernel has sent, by unit */
  const known = new Map();
  const bar = make("div", "nbl-bar");
  const title = make("strong", "nbl-card-title");
  title.setAttribute("aria-live", "polite");
  const wait = make("span", "nbl-soft");
  bar.append(
    button("◀", "Previous unit", () => store.step(-1)),
    button("▶", "Next unit", () => store.step(1)),
    title,
    wait
  );
  const parts = make("div", "nbl-card-parts");
  const list = make("table", "nbl-card-criteria");
  const changes = make("div", "nbl-card-changes");
  el.append(bar, labelBar(el, store, signal), changes, parts, list);

  const unit = () => {
    const selection = store.selection;
    return selection.length ? selection[selection.length - 1] : -1;
  };
  const requests = new Requests(model, signal);
  /** @type {Set<number>} units that the kernel has been asked for and has not sent */
  const asked = new Set();
  const ask = () => {
    const now = unit();
    if (now < 0 || known.has(now) || asked.has(now)) return;
    asked.add(now);
    wait.textContent = "waiting for the kernel …";
    requests.ask({ unit: ids[now] }, {
      onAnswer: (content, buffers) => { asked.delete(now); take(now, content, buffers); },
      onSilence: (text) => { asked.delete(now); if (unit() === now) wait.textContent = text; },
    });
  };
  /** @param {number} at @param {any} content @param {DataView[]} buffers */
  const take = (at, content, buffers) => {
    if (content.error) {
      if (unit() === at) wait.textContent = content.error;
      return;
    }
    const arrays = Object.fromEntries((content.arrays ?? []).map((/** @type {string} */ name, /** @type {number} */ at) => [name, floats(buffers[at])]));
    known.set(at, { ...content, ...arrays });
    if (known.size > 200) known.delete(known.keys().next().value ?? -1);
    update();
  };

  /** @type {(() => void)[]} drawn when all parts are in their places: each changes the width of the others */
  let pending = [];
  /** @type {(name: string, draw: (pen: CanvasRenderingContext2D, width: number, height: number, style: CSSStyleDeclaration) => void, height?: number) => HTMLElement} */
  const picture = (name, draw, height = 120) => {
    const figure = make("figure", "nbl-part");
    const canvas = /** @type {HTMLCanvasElement} */ (make("canvas", ""));
    canvas.style.height = `${height}px`;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${name} of unit ${ids[unit()]}`);
    figure.append(make("figcaption", "nbl-soft", name), canvas);
    parts.append(figure);
    pending.push(() => {
      const drawing = penOf(canvas);
      if (!drawing) return;
      drawing.pen.scale(drawing.ratio, drawing.ratio);
      draw(drawing.pen, canvas.clientWidth, canvas.clientHeight, getComputedStyle(el));
    });
    return figure;
  };
  /** @type {(pen: CanvasRenderingContext2D, xs: ArrayLike<number>, ys: ArrayLike<number>) => void} */
  const line = (pen, xs, ys) => {
    pen.beginPath();
    for (let i = 0; i < xs.length; i++) i ? pen.lineTo(xs[i], ys[i]) : pen.moveTo(xs[i], ys[i]);
    pen.stroke();
  };

  /** @type {(data: any, color: string) => void} the template on its channels, laid out as on the probe */
  const drawTemplate = (data, color) => {
    picture("template (● trough, ▲ peak)", (pen, width, height, style) => {
      const { template, places, samples } = data;
      const channels = places.length / 2;
      const xs = Array.from({ length: channels }, (_, c) => places[2 * c]);
      const ys = Array.from({ length: channels }, (_, c) => places[2 * c + 1]);
      const span = (/** @type {number[]} */ v) => Math.max(...v) - Math.min(...v) || 1;
      const wide = Math.min(width / 3, (width - 20) / (new Set(xs).size + 0.3));
      const tallest = Math.max(...Array.from(template, (/** @type {any} */ v) => Math.abs(v)), 1e-9);
      const rows = new Set(ys).size;
      const tall = Math.min(46, ((height - 30) / Math.max(1, rows)) * 1.6);
      for (let c = 0; c < channels; c++) {
        const x0 = 10 + ((xs[c] - Math.min(...xs)) / span(xs)) * (width - 20 - wide);
        const y0 = height - 22 - ((ys[c] - Math.min(...ys)) / span(ys)) * (height - 44);
        const y = (/** @type {number} */ v) => y0 - (v / tallest) * tall;
        const one = template.subarray(c * samples, (c + 1) * samples);
        pen.strokeStyle = c === data.main ? color : style.getPropertyValue("--nbl-soft");
        pen.lineWidth = c === data.main ? 1.8 : 1;
        line(pen, Array.from(one, (_, s) => x0 + (s / (samples - 1)) * wide), Array.from(one, (/** @type {any} */ v) => y(v)));
        if (c === data.main) {
          // Places as the criteria measure them, in samples.
          const spot = (/** @type {number|null} */ s, /** @type {string} */ sign) => {
            if (s === null) return;
            pen.fillStyle = style.getPropertyValue("--nbl-ink");
            pen.font = "9px sans-serif";
            pen.textAlign = "center";
            pen.fillText(sign, x0 + (s / (samples - 1)) * wide, y(one[Math.min(Math.round(s), samples - 1)]) + (sign === "●" ? 9 : -3));
          };
          (data.marks ?? []).forEach((/** @type {number|null} */ s, /** @type {number} */ at) => spot(s, at ? "▲" : "●"));
        }
      }
    }, 210);
  };
  /** @type {(name: string, counts: Float32Array, first: number, last: number, color: string) => void} */
  const drawBars = (name, counts, first, last, color) => {
    picture(name, (pen, width, height, style) => {
      const most = Math.max(1, ...counts);
      pen.fillStyle = color;
      counts.forEach((count, b) => {
        const tall = ((height - 18) * count) / most;
        pen.fillRect((b / counts.length) * width, height - 14 - tall, Math.max(1, width / counts.length - 0.5), tall);
      });
      pen.fillStyle = style.getPropertyValue("--nbl-soft");
      pen.font = "10px sans-serif";
      pen.fillText(`${short(first)}`, 0, height - 2);
      pen.textAlign = "right";
      pen.fillText(`${short(last)} ms`, width, height - 2);
      if (first < 0) { pen.textAlign = "center"; pen.fillText("0", width / 2, height - 2); }
    });
  };
  /** @type {(data: any, color: string) => void} */
  const drawAmplitudes = (data, color) => {
    picture("amplitudes over time", (pen, width, height, style) => {
      const { amplitudes, times } = data;
      const low = Math.min(...amplitudes, 0);
      const high = Math.max(...amplitudes, 0);
      pen.fillStyle = color;
      pen.globalAlpha = 0.5;
      for (let s = 0; s < times.length; s++) {
        pen.fillRect((times[s] / data.duration) * (width - 2), 2 + ((high - amplitudes[s]) / (high - low || 1)) * (height - 20), 1.6, 1.6);
      }
      pen.globalAlpha = 1;
      pen.fillStyle = style.getPropertyValue("--nbl-soft");
      pen.font = "10px sans-serif";
      pen.fillText(`${short(low)} to ${short(high)} ${data.amplitude_unit ?? model.get("_volt")}${data.spikes > times.length ? `, ${times.length} of ${data.spikes} spikes` : ""}`, 0, height - 2);
      pen.textAlign = "right";
      pen.fillText(`${short(data.duration)} s`, width, height - 2);
    });
  };
  /** @type {(data: any, color: string) => void} */
  const drawPlace = (data, color) => {
    picture("place on the probe", (pen, width, height, style) => {
      const probe = data.probe ?? floats(model.get("_probe"));
      const [x, y] = data.place;
      const xs = [x, ...Array.from({ length: probe.length / 2 }, (_, c) => probe[2 * c])];
      const reach = 150;
      const scale = (height - 10) / (2 * reach);
      const middle = (Math.min(...xs) + Math.max(...xs)) / 2;
      pen.fillStyle = style.getPropertyValue("--nbl-faint");
      for (let c = 0; c < probe.length / 2; c++) {
        const up = probe[2 * c + 1] - y;
        if (Math.abs(up) > reach) continue;
        pen.fillRect(width / 2 + (probe[2 * c] - middle) * scale - 3, height / 2 - up * scale - 3, 6, 6);
      }
      pen.fillStyle = color;
      pen.beginPath();
      pen.arc(width / 2 + (x - middle) * scale, height / 2, 5, 0, 2 * Math.PI);
      pen.fill();
      pen.fillStyle = style.getPropertyValue("--nbl-soft");
      pen.font = "10px sans-serif";
      pen.fillText(`depth ${short(y)} µm`, 0, height - 2);
    }, 210);
  };

  const fillCriteria = (/** @type {number} */ now) => {
    const rules = store.rules;
    const states = store.trace.states;
    const reasons = store.trace.reasons;
    const head = make("tr", "");
    const bare = !store.handLabels.length; // who is to judge sees values alone
    for (const text of bare ? ["metric", "value"] : ["criterion", "value", "limit", "margin"]) head.append(make("th", "", text));
    const rows = rules.criteria.flatMap((/** @type {any} */ c, /** @type {number} */ k) => {
      const axis = store.axes[k];
      if (!axis) return [];
      const [low, high] = store.limits[k];
      const stored = store.metric(c.metric)[now];
      const value = c.abs ? Math.abs(stored) : stored;
      const unitOf = own(store.metricUnits, c.metric)?.unit ?? "";
      const margin = Math.min(low === null ? Infinity : value - low, high === null ? Infinity : high - value);
      const limits = [low === null ? "" : `≥ ${short(low * axis.factor)}`, high === null ? "" : `≤ ${short(high * axis.factor)}`];
      const row = make("tr", states[k]?.[now] === 1 ? "nbl-failing" : "");
      const mark = reasons[k]?.[now] ? "✗ " : states[k]?.[now] === 1 ? "○ " : "";
      const name = make("td", "", mark + c.metric);
      name.title = reasons[k]?.[now] ? "a reason for the label" : "";
      row.append(name, make("td", "nbl-number", `${short(value * axis.factor)} ${unitOf}`));
      if (!bare) row.append(
        make("td", "nbl-number", limits.filter((t) => t).join(" ") || "off"),
        make("td", "nbl-number", low === null && high === null ? "" : short(margin * axis.factor))
      );
      return [row];
    });
    list.replaceChildren(...(rows.length ? [head, ...rows] : []));
  };

  /** What would give the unit each other label. @param {number} now */
  const fillChanges = (now) => {
    changes.replaceChildren();
    const trace = store.trace;
    if (now < 0 || !trace || trace.manual.has(now) || !store.handLabels.length) return;
    const method = store.method;
    const metric = (/** @type {number} */ k) => own(store.metricUnits, method.rules.criteria[k].metric) ?? { factor: 1, whole: false };
    for (const { label, steps, others } of smallestChanges(method, now, metric)) {
      const row = make("div", "nbl-card-change");
      if (!steps.length) row.append(`to be ${label}: more than ${TOGETHER} criteria would have to change`);
      else {
        const texts = steps.map(({ k, bound, limit }) => {
          const name = keyOf(method.rules.criteria[k]);
          if (bound === -1) return `let a missing ${name} pass`;
          const old = /** @type {number} */ (method.limits[k][bound]);
          return `${limit > old ? "raise" : "lower"} ${bound ? "max" : "min"} of ${name} from ${inWords(store, k, old)} to ${inWords(store, k, limit)}`;
        });
        const text = texts.join(" and ");
        const apply = button(`to be ${label}`, `Make unit ${ids[now]} ${label}: ${text}`, () => {
          const after = limitsAfter(method.limits, steps);
          store.set(
            steps.filter((one) => one.bound !== -1).map((one) => [one.k, after[one.k]]),
            steps.filter((one) => one.bound === -1).map((one) => [one.k, "pass"]),
          );
        });
        row.append(apply, ` ${text}${others ? `; ${others} others change too` : ""}`);
      }
      changes.append(row);
    }
  };

  let explained = -1;
  const explain = () => { explained = unit(); fillChanges(explained); };
  const explainLater = atRest(explain, signal);

  const update = () => {
    const now = unit();
    now === explained ? explainLater() : explain();
    parts.replaceChildren();
    pending = [];
    if (now < 0) {
      title.textContent = "No unit is selected";
      wait.textContent = "Click a waveform, a row or a point; Alt and the arrow keys go through the units.";
      list.replaceChildren();
      return;
    }
    const label = store.rules.labels[store.trace.codes[now]];
    const color = store.looks[label].color;
    const held = store.held.get(now);
    const hand = Object.hasOwn(store.byHand, now) ? `, ${store.handNotes[now] ?? "by hand"}` : held ? ` ⚠ ${held}` : "";
    // Who is to judge should not be told first.
    const chance = store.trace ? chanceOf(store.rules, store.values, label, now) : NaN;
    const sure = chance === chance ? ` (probability ${chance.toFixed(2)})` : "";
    title.textContent = store.handLabels.length ? `unit ${ids[now]}: ${label}${sure}${hand}` : `unit ${ids[now]}`;
    const data = known.get(now);
    if (data) {
      wait.textContent = "";
      if (data.template) drawTemplate(data, color);
      if (data.place) drawPlace(data, color);
      if (data.acg) drawBars("autocorrelogram", data.acg, data.acg_range[0], data.acg_range[1], color);
      if (data.isi) drawBars("intervals between spikes", data.isi, data.isi_range[0], data.isi_range[1], color);
      if (data.amplitudes) drawAmplitudes(data, color);
      if (data.neighbours) {
        const box = make("figure", "nbl-part");
        box.append(make("figcaption", "nbl-soft", "most similar templates"));
        for (const [other, similarity] of data.neighbours) {
          const its = store.rules.labels[store.trace.codes[other]];
          box.append(button(`${ids[other]} (${its}) ${short(similarity)}`, `Go to unit ${ids[other]}`, () => store.select([other])));
        }
        parts.append(box);
      }
      for (const text of data.missing ?? []) parts.append(make("div", "nbl-soft nbl-part", text));
    }
    for (const draw of pending) draw();
    fillCriteria(now);
  };
  const schedule = perFrame(() => { ask(); update(); }, signal, el);
  onLook(el, schedule, signal);
  store.on("selection structure hand", schedule, signal);
  store.on("trace", schedule, signal);
  schedule();
}
