// Every view by the name that its widget has in the kernel.

import * as accepting from "./accepting.js";
import * as comparison from "./comparison.js";
import * as contributions from "./contributions.js";
import * as hand_labels from "./hand_labels.js";
import * as hardest from "./hardest.js";
import * as history from "./history.js";
import * as keep_units from "./keep_units.js";
import * as label_counts from "./label_counts.js";
import * as limits from "./limits.js";
import * as missing_values from "./missing_values.js";
import * as pair from "./pair.js";
import * as recordings from "./recordings.js";
import * as scatter from "./scatter.js";
import * as score from "./score.js";
import * as sections from "./sections.js";
import * as sensitivity from "./sensitivity.js";
import * as unit_card from "./unit_card.js";
import * as unit_table from "./unit_table.js";
import * as upset from "./upset.js";
import * as waveforms from "./waveforms.js";

/** @import { Context } from "../state/types.js" */

/** @type {Record<string, {render: (context: Context) => Promise<void>}>} */
export const VIEWS = {
  accepting,
  comparison,
  contributions,
  hand_labels,
  hardest,
  history,
  keep_units,
  label_counts,
  limits,
  missing_values,
  pair,
  recordings,
  scatter,
  score,
  sections,
  sensitivity,
  unit_card,
  unit_table,
  upset,
  waveforms,
};
