// Two units beside each other: one cell that was split, or two cells? And merges that are suggested.

import { short } from "../core/format.js";
import { floats } from "../core/plain.js";
import { REST } from "../state/queue.js";
import { Requests } from "../state/requests.js";
import { onLook, penOf } from "../ui/canvas.js";
import { button, fillMenu, make } from "../ui/dom.js";
import { keepKeys } from "../ui/keys.js";
import { MergeQueue } from "../ui/merge_queue.js";
import { mergedTable } from "../ui/merged_table.js";
import { drawAmplitudeTrains, drawCorrelogram, drawLogCorrelogram, drawTemplates } from "../ui/pair_pictures.js";
import { atRest, listen, perFrame } from "../ui/schedule.js";
/** @import { Context } from "../state/types.js" */

const NO_KERNEL = "Pairs of units need the notebook: a saved page has no spike trains to compare.";

/** @param {Context} context */
export async function render({ model, el, signal, store }) {
  el.classList.add("nbl-view", "nbl-pair");
  el.tabIndex = 0;
  keepKeys(el, store);
  if (!model.get("_asks")) {
    el.append(make("div", "nbl-soft", NO_KERNEL));
    return;
  }
  const { ids } = store;
  const bar = make("div", "nbl-bar");
  const title = make("strong", "nbl-card-title");
  title.setAttribute("aria-live", "polite");
  const menu = /** @type {HTMLSelectElement} */ (make("select", "nbl-select"));
  menu.setAttribute("aria-label", "Unit to compare with");
  const wait = make("span", "nbl-soft");
  wait.setAttribute("role", "status");
  const steps = [
    button("◀", "Previous neighbour", () => step(-1)),
    menu,
    button("▶", "Next neighbour", () => step(1)),
    button("next in the list", "Compare with the next unit of the list", () => { const next = nextInList(); if (next >= 0) look(next); }),
    button("go there", "Select the other unit", () => { if (now.other >= 0) store.select([now.other]); }),
  ];
  bar.append(title, make("span", "nbl-soft", "beside"), ...steps, wait);
  const said = make("div", "nbl-pair-said");
  const deeds = make("div", "nbl-bar");
  const parts = make("div", "nbl-pair-parts");
  const table = make("div", "nbl-pair-merged");

  /** What is compared: positions; `other` is -1 until the kernel has chosen the most alike. */
  const now = { unit: -1, other: -1, key: "" };
  /** @type {Map<string, any>} what the kernel has sent, by pair */
  const known = new Map();
  /** @type {any} what is drawn: the last answer stays until the next one is there */
  let shown = null;
  /** What the pictures are of: labels change in every frame of a drag, they do not. @type {any} */
  let drawn = null;
  let drawnAt = 0;
  /** What the kernel refused, of the pair that is asked for. */
  let failed = "";
  const requests = new Requests(model, signal);
  /** The pair that was asked for last: an answer to another one is kept, not shown. */
  let asked = "";
  const name = (/** @type {number} */ unit) => ids[unit];
  const keyOf = () => `${now.unit} ${now.other}`;

  /** Follow the selection: the last two of several units, else the last one and its most similar neighbour. */
  const follow = () => {
    const { selection } = store;
    const key = selection.slice(-2).join(" ");
    if (key === now.key) return;
    now.key = key;
    now.unit = selection.length > 1 ? selection[selection.length - 2] : selection[0] ?? -1;
    now.other = selection.length > 1 ? selection[selection.length - 1] : -1;
    shown = null;
    failed = "";
  };
  const look = (/** @type {number} */ other) => {
    now.other = other;
    failed = "";
    refresh();
  };
  const nextInList = () => {
    const order = (store.listed ?? ids.map((_, i) => i)).filter((unit) => store.isShown(unit) && unit !== now.unit);
    const all = store.listed ?? ids.map((_, i) => i);
    const after = all.slice(all.indexOf(now.other >= 0 ? now.other : now.unit) + 1).find((unit) => order.includes(unit));
    return after ?? order[0] ?? -1;
  };
  const step = (/** @type {number} */ by) => {
    const near = (shown?.neighbours ?? []).map((/** @type {any[]} */ [id]) => ids.indexOf(id)).filter((/** @type {number} */ unit) => unit >= 0);
    if (!near.length) return;
    const at = near.indexOf(now.other);
    look(near[at < 0 ? 0 : (at + by + near.length) % near.length]);
  };

  const ask = () => {
    const key = keyOf();
    if (now.unit < 0 || known.has(key) || asked === key) return;
    asked = key;
    const { unit } = now;
    wait.textContent = "waiting for the kernel …";
    requests.ask({ unit: name(now.unit), other: now.other < 0 ? null : name(now.other) }, {
      onAnswer: (content, buffers) => take(key, unit, content, buffers),
      onSilence: (text) => { if (asked === key) { asked = ""; wait.textContent = text; } },
    });
  };
  /** @param {string} key @param {number} unit @param {any} content @param {DataView[]} buffers */
  const take = (key, unit, content, buffers) => {
    const mine = asked === key;
    if (mine) asked = "";
    if (content.error) {
      if (mine) { shown = null; wait.textContent = ""; failed = content.error; paint(); }
      return;
    }
    const arrays = Object.fromEntries((content.arrays ?? []).map((/** @type {string} */ part, /** @type {number} */ at) => [part, floats(buffers[at])]));
    const answer = { ...content, ...arrays };
    const other = content.other === undefined ? -1 : ids.indexOf(content.other);
    known.set(key, answer);
    known.set(`${unit} ${other}`, answer);
    if (known.size > 100) known.delete(known.keys().next().value ?? "");
    if (mine && keyOf() === key) { now.other = other; show(); askMerged(); }
  };
  /** What the merged unit would be takes longer, and depends on the limits: asked once the pair is there. */
  const askMerged = () => {
    const answer = known.get(keyOf());
    if (!answer?.ccg || (answer.merged && !answer.stale) || answer.waits) return;
    answer.waits = true;
    requests.ask({ merged: [now.unit, now.other].map(name) }, {
      onAnswer: (content) => {
        answer.waits = answer.stale = false;
        if (content.error) answer.missing = [...answer.missing, content.error];
        else answer.merged = content.merged;
        if (content.error) drawn = null;
        if (shown === answer) paint();
      },
      onSilence: () => { answer.waits = false; },
    });
  };
  const show = () => {
    const found = known.get(keyOf());
    if (found) {
      shown = found;
      wait.textContent = failed = "";
      if (now.other < 0 && found.other !== undefined) now.other = ids.indexOf(found.other);
    }
    paint();
  };

  /** Suggest a merge, take one back, or answer a proposal. @param {string} deed @param {number[]} units @param {(refused: string) => void} [then] */
  const tell = (deed, units, then) => {
    wait.textContent = "waiting for the kernel …";
    requests.ask({ do: deed, units: units.map(name) }, {
      onAnswer: (content) => {
        wait.textContent = String(content.error ?? "");
        then?.(wait.textContent);
      },
      // What was asked is done when the kernel is free: the answer still comes.
      onSilence: (text) => { wait.textContent = text; },
    });
  };
  /** Groups of positions. @param {string} trait @returns {number[][]} */
  const groups = (trait) => (model.get(trait) ?? []).map((/** @type {string[]} */ group) => group.map((id) => ids.indexOf(id)).filter((at) => at >= 0));

  const isReady = () => shown?.ccg && shown.unit === name(now.unit) && shown.other === name(now.other);
  const merging = new MergeQueue({
    store, groups, tell,
    pair: () => ({ units: now.unit < 0 || now.other < 0 ? [] : [now.unit, now.other], isSeen: isReady() && performance.now() - drawnAt >= REST }),
    again: () => { paintDeeds(); merging.paint(); },
  }, el, signal);
  el.append(bar, merging.proposals, said, deeds, parts, table, merging.suggested);

  const paintDeeds = () => {
    deeds.replaceChildren();
    if (now.unit < 0 || now.other < 0) return;
    const group = groups("_merges").find((each) => each.includes(now.unit) && each.includes(now.other));
    if (group) {
      deeds.append(
        make("span", "nbl-pair-merge", `to be merged: ${group.map(name).join(" + ")}`),
        button("take it back", `Do not merge units ${group.map(name).join(" and ")}`, () => tell("clear", group)),
      );
    } else {
      const key = merging.waiting.length || merging.isAnswered ? "" : store.mergeKeys.accept;
      deeds.append(button(`suggest a merge${key ? ` (${key})` : ""}`, `Suggest to merge units ${name(now.unit)} and ${name(now.other)}`, () => tell("suggest", [now.unit, now.other])));
    }
    deeds.append(make("span", "nbl-soft", "Exports to a curation write it; no data are merged here. Ctrl+Z takes it back."));
  };
  /** @type {(figure: string, caption: string, height: number, draw: (paper: import("../ui/pair_pictures.js").Paper) => void, label?: string) => () => void} */
  const picture = (figure, caption, height, draw, label = caption) => {
    const box = make("figure", `nbl-part ${figure}`);
    const canvas = /** @type {HTMLCanvasElement} */ (make("canvas", ""));
    canvas.style.height = `${height}px`;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    box.append(make("figcaption", "nbl-soft", caption), canvas);
    parts.append(box);
    return () => {
      const drawing = penOf(canvas);
      if (!drawing) return;
      drawing.pen.scale(drawing.ratio, drawing.ratio);
      draw({ pen: drawing.pen, width: canvas.clientWidth, height: canvas.clientHeight, style: getComputedStyle(el) });
    };
  };
  /** @type {() => [string, string]} */
  const colors = () => {
    const style = getComputedStyle(el);
    return [style.getPropertyValue("--nbl-one") || "#0072b2", style.getPropertyValue("--nbl-other") || "#d55e00"];
  };

  const paintPictures = () => {
    if (drawn === shown && shown) return;
    drawn = shown;
    drawnAt = performance.now();
    parts.replaceChildren();
    if (!shown || now.other < 0) return;
    const data = shown;
    const [one, other] = [name(now.unit), name(now.other)];
    const two = colors();
    /** @type {(() => void)[]} */
    const drawings = [];
    if (data.template_one) drawings.push(picture("nbl-pair-half", `templates of ${one} and ${other} by channel`, 250, (paper) => drawTemplates(paper, data, two)));
    if (data.amplitudes_one?.length || data.amplitudes_other?.length) {
      drawings.push(picture("nbl-pair-half", `amplitudes over time (${data.amplitude_unit})`, 250, (paper) => drawAmplitudeTrains(paper, data, two)));
    }
    if (data.ccg) {
      const mixed = getComputedStyle(el).getPropertyValue("--nbl-soft");
      const each = [
        { caption: "autocorrelogram", label: `autocorrelogram of ${one}`, of: "acg_one", at: 1, color: two[0], same: true },
        { caption: `${other} around ${one}`, label: `cross-correlogram of ${one} and ${other}`, of: "ccg", at: 0, color: mixed, same: false },
        { caption: "autocorrelogram", label: `autocorrelogram of ${other}`, of: "acg_other", at: 2, color: two[1], same: true },
      ];
      for (const { caption, label, of, at, color, same } of each) {
        const near = { counts: data[of], binMs: data.bin_ms, reachMs: 10, chance: data.chance[at], spikes: data.around[at], color, same };
        drawings.push(picture("nbl-pair-third", `${caption}, ±10 ms`, 104, (paper) => drawCorrelogram(paper, near), `${label}, ±10 ms`));
      }
      for (const { label, of, at, color } of each) {
        const chance = data.chance[at];
        const wide = { counts: data[`${of}_log`], edges: data.log_edges, chanceMs: chance === null ? null : chance / data.bin_ms, spikes: data.around[at], color };
        drawings.push(picture("nbl-pair-third", "±50 ms, log", 104, (paper) => drawLogCorrelogram(paper, wide), `${label}, ±50 ms on a logarithmic axis`));
      }
    }
    for (const text of data.missing ?? []) parts.append(make("div", "nbl-soft nbl-part nbl-pair-wide", text));
    if (data.ccg) parts.append(make("div", "nbl-soft nbl-part nbl-pair-wide", "Spikes per second. Dashed: the rate expected if the units fired independently of each other; grey: two standard deviations of it. Correlograms never reach across segments."));
    for (const draw of drawings) draw();
  };

  const paint = () => {
    const ready = shown && now.other >= 0 && shown.unit === name(now.unit);
    title.replaceChildren();
    bar.hidden = false;
    for (const part of steps) /** @type {HTMLButtonElement} */ (part).disabled = now.unit < 0;
    if (model.get("_why_not")) {
      title.textContent = model.get("_why_not");
      for (const part of [...bar.children]) /** @type {HTMLElement} */ (part).hidden = part !== title;
      for (const part of [said, deeds, parts, table]) part.replaceChildren();
      merging.paint();
      return;
    }
    for (const part of [...bar.children]) /** @type {HTMLElement} */ (part).hidden = false;
    if (now.unit < 0) {
      title.textContent = "No unit is selected";
      wait.textContent = "Click a waveform, a row or a point; of several selected units the last two are compared.";
      for (const part of [said, deeds, parts, table]) part.replaceChildren();
      fillMenu(menu, []);
      merging.paint();
      return;
    }
    const labelOf = (/** @type {number} */ unit) => store.label(unit);
    const first = make("span", "nbl-pair-one", `unit ${name(now.unit)}`);
    title.append(first, ` ${labelOf(now.unit)}`);
    const near = /** @type {[string, number|null, number|null][]} */ (shown?.unit === name(now.unit) ? shown.neighbours ?? [] : []);
    const entries = near.map(([id, alike, away]) => {
      const facts = [alike === null ? "" : `${alike.toFixed(2)} alike`, away === null ? "" : `${short(Math.round(away))} µm`].filter((text) => text);
      return [id, `${id} ${labelOf(ids.indexOf(id))}${facts.length ? ` (${facts.join(", ")})` : ""}`];
    });
    if (now.other >= 0 && !near.some(([id]) => id === name(now.other))) entries.unshift([name(now.other), `${name(now.other)} ${labelOf(now.other)}`]);
    fillMenu(menu, entries, now.other >= 0 ? name(now.other) : undefined);
    if (ready) {
      const facts = [shown.similarity === null ? "" : `templates ${shown.similarity.toFixed(2)} alike`, shown.distance === null ? "" : `${short(shown.distance)} µm apart`,
        `${short(shown.spikes[0])} and ${short(shown.spikes[1])} spikes`].filter((text) => text);
      const words = make("div", "nbl-pair-verdict", shown.said);
      words.dataset.verdict = shown.verdict;
      const legend = make("div", "nbl-soft");
      legend.append(make("span", "nbl-pair-one", `■ ${name(now.unit)}`), " ", make("span", "nbl-pair-other", `■ ${name(now.other)}`), ` ${facts.join(", ")}`);
      said.replaceChildren(words, legend);
      table.replaceChildren(shown.merged ? mergedTable(store, shown.merged, now) : make("div", "nbl-soft", "What the merged unit would be: waiting for the kernel …"));
    } else if (shown && !shown.ccg) {
      said.replaceChildren(...(shown.missing ?? []).map((/** @type {string} */ text) => make("div", "nbl-soft", text)));
    } else said.replaceChildren(...(failed ? [make("div", "nbl-error", failed)] : []));
    if (!ready) table.replaceChildren();
    paintDeeds();
    paintPictures();
    merging.paint();
  };

  const refresh = () => {
    follow();
    if (!model.get("_why_not")) ask();
    show();
    askMerged();
  };
  menu.addEventListener("change", () => look(ids.indexOf(menu.value)));
  const schedule = perFrame(refresh, signal, el);
  // What the merged unit would be depends on the limits: asked again once the hand rests.
  const renew = atRest(() => {
    for (const answer of known.values()) answer.stale = true;
    schedule();
  }, signal);
  onLook(el, () => { drawn = null; schedule(); }, signal);
  listen(model, "change:_merges change:_proposals change:_rejected change:_why_not", schedule, signal);
  store.on("selection structure hand scope", schedule, signal);
  store.on("trace", () => { schedule(); if (now.unit >= 0) renew(); }, signal);
  schedule();
}
