"""What the model card and the guide say of expected errors, from ``expected_error.json``.

    python scripts/expected_error_card.py

Replaces what stands between the marks in the card of the bundled classifiers and in ``docs/guides/expected_error.md``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BUNDLED = ROOT / "nb_autolabel" / "classifiers" / "bundled"
BEGIN, END = "<!-- expected errors: begin -->", "<!-- expected errors: end -->"
#: Question, budget, own labels, share to accept, whether every mouse has to keep the budget.
GOALS = (
    ("good or not", 0.05, 0, 0.70, True),
    ("good or not", 0.05, 25, 0.80, False),
    ("noise or not", 0.05, 50, 0.55, False),
    ("label", 0.1, 50, 0.50, False),
)


def percent(share: float) -> str:
    """Return a share in percent."""
    return f"{100 * share:.1f} %"


def worst(row: dict[str, Any], recordings: bool) -> tuple[str, float]:
    """Return the mouse, or the recording, with the largest error, and that."""
    some = {name: found["error"] for name, found in row["where"].items() if ("_" in name) == recordings}
    name = max(some, key=lambda each: some[each])
    return name, some[name]


def table(found: dict[str, Any]) -> str:
    """Return what was accepted, and how much of it was wrong."""
    lines = [
        "| question | budget | own labels | accepted | wrong among them | expected | worst mouse | worst recording "
        "| runs above the budget | error in the interval |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in found["table"]:
        mouse, recording = worst(row, recordings=False), worst(row, recordings=True)
        lines.append(
            f"| {row['question']} | {100 * row['budget']:.0f} % | {row['own']} | {percent(row['share'])} "
            f"| {percent(row['error'])} "
            f"| {percent(row['expected'])} | {percent(mouse[1])} ({mouse[0]}) | {percent(recording[1])} ({recording[0]}) "
            f"| {100 * row['above']:.0f} % | {100 * row['in_interval']:.0f} % |"
        )
    return "\n".join(lines)


def goals(found: dict[str, Any]) -> str:
    """Return what was aimed at, and by how much it is missed."""
    lines = ["| aimed at | reached |", "|---|---|"]
    for question, budget, own, share, every in GOALS:
        row = next(
            r for r in found["table"] if (r["question"], r["budget"], r["own"]) == (question, budget, own)
        )
        mouse, error = worst(row, recordings=False)
        also = ", in every mouse at most the budget wrong" if every else ""
        got = f"{percent(row['share'])} accepted, {percent(row['error'])} wrong"
        lines.append(
            f"| {question}, {own} own labels, {100 * budget:.0f} %: {percent(share)} accepted{also} "
            f"| {got}, {percent(error)} in the worst mouse ({mouse}) |"
        )
    return "\n".join(lines)


def text(found: dict[str, Any]) -> str:
    """Return the part between the marks."""
    strange = found["unfamiliar"]
    told = {what: percent(share) for what, share in found["noise_share"].items()}
    noise, label = (
        {which: percent(share) for which, share in strange["error"][q].items()}
        for q in ("noise or not", "label")
    )
    models = "; ".join(
        f"{q}: slope {m['slope']:.2f}, intercept {m['intercept']:.2f}, spread {m['spread']:.2f}, "
        f"tilt {m['tilt']:.2f}"
        for q, m in found["questions"].items()
    )

    def best(question: str, budget: str) -> str:
        shares = found["ceiling"][question][budget]
        return ", ".join(f"{percent(share)} of {mouse}" for mouse, share in shares.items())

    return TEXT.format(
        begin=BEGIN, end=END, table=table(found), goals=goals(found), good=best("good or not", "0.05"),
        whole=best("label", "0.1"), models=models, neighbour=strange["neighbour"],
        level=f"{100 * (1 - strange['level']):.0f}", share=percent(strange["share"]["all"]), units=strange["units"],
        noise=noise, label=label, told=told,
    )  # fmt: skip


TEXT = """{begin}
One mouse is left out in turn, and everything is learnt on the other two: the trees, the model of being right (each of
the two left out once for it), what is unlike the training. Own labels are drawn at random from the left-out recording,
ten times; with them the pair is adapted, and each of them calibrates as if it had not been labeled. "Accepted" and
"wrong" are counted over all other units. A run is one recording and one draw; shares are over all runs together.

{table}

{goals}

What keeps "good or not" and the whole label from more is the ranking, not the model of being right: with a cut chosen
with knowledge of the true labels, so that at most 5 % of the accepted are wrong, "good or not" would accept {good}
without own labels; the whole label at 10 % would accept {whole}.
Seven recordings of three mice say little of how much recordings differ, so without own labels little is accepted.

Learnt on all seven recordings, and in use: {models}.

**Unlike the training.** A unit that is not called noise is unsure if its waveform metrics are further from the
{neighbour}th nearest neural training unit (root mean square difference of ranks) than {level} % of those are from units of
other recordings. Of the left-out mice these are {share} ({units} units). {noise[unfamiliar]} of them are wrong about
noise, of the other neural ones {noise[others]}; of their whole labels {label[unfamiliar]} are wrong, of the others
{label[others]}. So it warns of noise that looks neural, and hardly of anything else. The metrics and the level were chosen
with a look at these same mice.

**Told share of noise.** Accuracy over the left-out mice: {told[not told]} without it, {told[true share]} if the true
share is told, {told[rounded to 20 %]} if it is rounded to the next 20 %, {told[10 points too much]} if 10 points too much,
{told[10 points too little]} if 10 points too little.
{end}"""


def put(path: Path, part: str) -> None:
    """Replace what stands between the marks of a file."""
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{part}{after}", encoding="utf-8")


def main() -> None:
    """Write both."""
    found = json.loads((BUNDLED / "expected_error.json").read_text(encoding="utf-8"))
    put(BUNDLED / "README.md", text(found))
    put(ROOT / "docs" / "guides" / "expected_error.md", text(found))


if __name__ == "__main__":
    main()
