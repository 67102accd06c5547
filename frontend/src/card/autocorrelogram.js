// The autocorrelogram, with the refractory period and what a limit of contamination allows in it.

import { allowed, inForce, rateOf } from "../core/contamination.js";
import { short } from "../core/format.js";
import { lagAxis, lagRates } from "../core/lags.js";
import { own } from "../core/plain.js";
import { button } from "../ui/dom.js";
import { Plot, most } from "./plot.js";
/** @import { Picture, Subject } from "./picture.js" */
/** @import { Store } from "../state/store.js" */

/** Whether lags up to 50 ms are shown, on a logarithmic axis; for all units alike. */
let wide = false;

/** The criterion of contamination, its refractory period, and what its limit allows. @param {Subject} subject */
export const judged = ({ data, store }) => {
  const { known, limit, at } = inForce(store.rules.criteria.map((c) => c.metric), store.limits.map(([, high]) => high));
  // A sliding period has no end of its own: the usual one is shaded.
  const computation = known.computation === "sliding_rp_violation" ? "rp_violation" : known.computation;
  const period = data.refractory[computation];
  const train = { spikes: data.spikes, duration: data.duration, until: period.until, since: period.since };
  const pairs = limit === null ? NaN : allowed(known.meaning, limit, train);
  return { known, limit, at, period, computation, pairs, train, level: rateOf(pairs, train) };
};

/** @param {Store} store @param {number} at position of the criterion @param {number} limit in stored units */
const limitInWords = (store, at, limit) => {
  const shown = own(store.metricUnits, store.rules.criteria[at].metric);
  return `${short(limit * (shown?.factor ?? 1))}${shown?.unit ? ` ${shown.unit}` : ""}`;
};

/** @param {Subject} subject */
export const violationsInWords = (subject) => {
  const { known, limit, at, period, computation, pairs, train } = judged(subject);
  const one = period.violations === 1 ? "" : "s";
  const what = computation === "isi_violation" ? `interval${one} shorter than` : `pair${one} of spikes within`;
  const seconds = (train.until - train.since) / 1000;
  const random = subject.data.rate * train.spikes * seconds;
  const count = `${period.exact ? "" : "about "}${short(period.violations)} ${what} ${short(period.until)} ms`;
  const chance = `${short(random < 10 ? Number(random.toPrecision(2)) : Math.round(random))} if spikes came at random`;
  const bound = limit === null || at < 0 ? "no limit of contamination is set"
    : `${Number.isFinite(pairs) ? short(Math.floor(pairs + 1e-9)) : "any number"} at the limit ${limitInWords(subject.store, at, limit)} of ${known.metric}`;
  return `${count}; ${chance}, ${bound}.${period.stored ? "" : ` ${short(period.until)} ms is SpikeInterface's default; no setting is stored.`}`;
};

/** @param {Subject} subject @returns {Picture|null} */
export const autocorrelogram = (subject) => {
  const { data } = subject;
  if (!data.acg) return null;
  const tool = button("to 50 ms, log", "Show lags up to 50 ms on a logarithmic axis", () => { wide = !wide; subject.again(); });
  tool.setAttribute("aria-pressed", String(wide));
  return {
    name: "autocorrelogram",
    tools: [tool],
    live: true,
    words: () => `${violationsInWords(subject)}${data.acg_exact ? "" : " Drawn from a random part of the spikes: there are too many pairs."}`,
    draw: (sheet) => {
      const bin = data.acg_bin_ms;
      const reach = data.acg.length * bin;
      const axis = lagAxis(data.acg_log_edges, false);
      const rates = wide ? lagRates(data.acg_log, data.acg_log_edges, data.spikes) : Array.from(data.acg, (count) => count / (data.spikes * (bin / 1000)));
      const { period, level } = judged(subject);
      const top = 1.12 * Math.max(most(rates), data.rate, 1e-9);
      const plot = new Plot(sheet, wide ? axis.ends : [-reach, reach], [0, top]);
      if (wide) {
        plot.band(axis.ends[0], axis.place(Math.max(period.until, data.acg_log_edges[0])), plot.accent, 0.16);
        rates.forEach((rate, b) => plot.bars([rate], axis.bins[b][0], axis.bins[b][1], sheet.color));
        plot.below("ms", axis.marks.map(([lag, at]) => [at, short(lag)]));
      } else {
        plot.band(-period.until, period.until, plot.accent, 0.16);
        plot.bars([...rates].reverse(), -reach, 0, sheet.color);
        plot.bars(rates, 0, reach, sheet.color);
        plot.below("ms", [-10, -5, 0, 5, 10].map((lag) => [lag, short(lag)]));
      }
      plot.beside("spikes/s");
      plot.level(data.rate, plot.soft, [5, 3]);
      plot.label("at random", plot.right - 2, plot.y(data.rate) - 3, { align: "right" });
      if (level === level && level <= top) {
        plot.level(level, plot.accent);
        plot.label("limit", plot.left + 4, plot.y(level) - 3, { color: plot.accent });
      }
    },
  };
};
