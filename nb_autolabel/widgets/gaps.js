// Where values are missing, what a missing value counts as, and which labels hang on it.

export default {
  /** @param {{model: any, el: HTMLElement, signal: AbortSignal}} context */
  async render({ model, el, signal }) {
    const { engine, derived } = await session(model);
    el.classList.add("nbl-view", "nbl-gaps");
    el.tabIndex = 0;
    keepKeys(el, engine);
    const said = make("div", "nbl-soft");
    const table = make("table", "nbl-card-criteria");
    table.setAttribute("aria-label", "Missing values");
    el.append(said, table);

    const update = () => {
      if (!derived.nbl || derived.nbl.active.length !== engine.get("limits").length) return;
      const { rules, missing, values, trace } = methodOf(engine, derived);
      const n = trace.codes.length;
      const head = make("tr", "");
      for (const text of ["criterion", "missing", "counts as", "labels decided"]) head.append(make("th", "", text));
      let decidedUnits = 0;
      const rows = rules.criteria.map((c, k) => {
        const gaps = missing[k] ? [] : Array.from(values[k].keys()).filter((i) => values[k][i] !== values[k][i]);
        const row = make("tr", "");
        const name = make("td", "", keyOf(c));
        const units = make("td", "");
        const policy = make("td", "");
        const decides = make("td", "");
        if (missing[k]) {
          units.textContent = engine.get("_unusable")[c.metric] ? "in arbitrary units" : "not in this analyzer";
          units.title = engine.get("_unusable")[c.metric] ?? "";
          units.className = "nbl-failing";
        } else if (!gaps.length) units.textContent = "0";
        else units.append(button(String(gaps.length), `Select the ${gaps.length} units without ${c.metric}`, () => select(engine, gaps)));
        if (!missing[k] && !trace.active[k]) policy.textContent = "off";
        else if (!missing[k]) {
          const choice = /** @type {HTMLSelectElement} */ (make("select", "nbl-select"));
          choice.setAttribute("aria-label", `A missing ${keyOf(c)} counts as`);
          fillMenu(choice, [["fail", "failed"], ["pass", "passed"], ["ignore", "ignored"]], c.nan);
          choice.addEventListener("change", () => setNan(engine, k, choice.value));
          policy.append(choice);
        }
        if (gaps.length && trace.active[k]) {
          const states = trace.states.slice();
          states[k] = trace.states[k].map((s) => (s !== NAN ? s : c.nan === "pass" ? FAIL : PASS));
          const other = labelUnits(rules, states, trace.active, n);
          const changed = gaps.filter((i) => other[i] !== trace.ruleCodes[i] && !trace.manual.has(i));
          decidedUnits += changed.length;
          const word = c.nan === "pass" ? "if it failed" : "if it passed";
          if (changed.length) decides.append(button(`${changed.length} would change ${word}`, `Select the ${changed.length} units that a missing ${c.metric} decides`, () => select(engine, changed)));
          else decides.textContent = "none";
        }
        row.append(name, units, policy, decides);
        return row;
      });
      const absent = missing.filter((gone) => gone).length;
      said.textContent = `${decidedUnits} labels hang on a missing value` + (absent ? `; ${absent} criteria are left out, because their metric is not in this analyzer or cannot be judged.` : ".");
      table.replaceChildren(head, ...rows);
    };
    const schedule = perFrame(update, signal, el);
    const later = atRest(schedule, signal);
    schedule();
    listen(signal, [[derived, "nbl:derived", later], [engine, "change:_rules", later]]);
  },
};
