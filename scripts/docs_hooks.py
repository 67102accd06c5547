"""What the documentation takes from elsewhere: the metric reference from the code, the pages of the notebooks."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

from nb_autolabel.metrics.formatting import limits_in_words
from nb_autolabel.metrics.registry import OLDER_NAMES, REGISTRY
from nb_autolabel.rules.methods import bombcell_rules
from nb_autolabel.rules.missing import never_decides

sys.path.insert(0, str(Path(__file__).parent))
from render_notebooks import PAGES, RENDERED, without_results


def on_files(files: Files, config: Any) -> Files:
    """Add the page of metrics, written from the registry, and a page of each notebook."""
    files.append(File.generated(config, "metrics.md", content=metrics_page()))
    for name in PAGES:
        page = RENDERED / f"{name}.md"
        text = page.read_text(encoding="utf-8") if page.is_file() else without_results(name)
        files.append(File.generated(config, f"notebooks/{name}.md", content=text))
        for file in sorted((RENDERED / name).glob("*.*")):
            if file.suffix in (".png", ".svg", ".html"):
                uri = f"notebooks/{name}/{file.name}"
                files.append(File.generated(config, uri, abs_src_path=str(file)))
    return files


def on_page_content(html: str, page: Any, config: Any, files: Files) -> str:
    """Take the roles of reStructuredText out of docstrings; what they name is code already."""
    del page, config, files
    return re.sub(r":(?:class|func|meth|mod):(?=<code)", "", html)


def metrics_page() -> str:
    """Return a table of every metric: unit, scale, what it asks, and Bombcell's default limits."""
    limits = {
        c.metric: f"{limits_in_words(c.metric, c.min, c.max)} ({c.section})"
        for c in bombcell_rules().criteria
    }
    scales = {
        "linear": "linear",
        "log": "logarithmic, zero apart",
        "clip": "linear, far tail gathered",
    }
    rules = bombcell_rules()
    idle = {c.metric: never_decides(rules, k) for k, c in enumerate(rules.criteria)}
    lines = [
        "# Metrics",
        "",
        "Names are those of SpikeInterface 0.105; names of 0.101 to 0.104 are found too. The same name does not",
        "mean an equal value: definitions and default settings changed between these versions. Any other",
        "numeric column works too, as a plain number. What [contamination](glossary.md#contamination),",
        "[presence](glossary.md#presence) and [drift](glossary.md#drift) are says the [glossary](glossary.md).",
        "",
        "| metric | asks | unit shown | axis | Bombcell's default |",
        "|---|---|---|---|---|",
    ]
    for metric in REGISTRY.values():
        note = " (magnitude)" if metric.magnitude else ""
        lines.append(
            f"| `{metric.name}` | {metric.meaning}{note} | {metric.unit} | {scales[metric.scale]} "
            f"| {limits.get(metric.name, '')}{f'; {text}' if (text := idle.get(metric.name)) else ''} |"
        )
    lines += ["", "## Older names", "", "| older | today | factor |", "|---|---|---|"]
    lines += [f"| `{old}` | `{new}` | {factor:g} |" for old, (new, factor) in OLDER_NAMES.items()]
    return "\n".join(lines) + "\n"
