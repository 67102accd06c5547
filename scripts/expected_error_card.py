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
            f"| {row['question']} | {100 * row['budget']:.0f} % | {row['own']} | {percent(row['share'])} | {percent(row['error'])} "
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
        lines.append(
            f"| {question}, {own} own labels, {100 * budget:.0f} %: {100 * share:.0f} % accepted"
            f"{', in every mouse at most the budget wrong' if every else ''} "
            f"| {percent(row['share'])} accepted, {percent(row['error'])} wrong, {percent(error)} in the worst mouse ({mouse}) |"
        )
    return "\n".join(lines)


def text(found: dict[str, Any]) -> str:
    """Return the part between the marks."""
    strange, told = found["unfamiliar"], found["noise_share"]
    noise, label = strange["error"]["noise or not"], strange["error"]["label"]
    models = "; ".join(
        f"{q}: slope {m['slope']:.2f}, intercept {m['intercept']:.2f}, spread {m['spread']:.2f}"
        for q, m in found["questions"].items()
    )


    def best(question: str, budget: str) -> str:
        shares = found["ceiling"][question][budget]
        return ", ".join(f"{100 * share:.0f} % of {mouse}" for mouse, share in shares.items())

    return f"""{BEGIN}
One mouse is left out in turn, and everything is learnt on the other two: the trees, the model of being right (each of the two
mice left out once for it), what is unlike the training. Own labels are drawn at random from the left-out recording, ten
times; with them the pair is adapted, and each of them calibrates as if it had not been labeled. "Accepted" and "wrong" are
counted over all other units. A run is one recording and one draw; shares are over all runs together.

{table(found)}

{goals(found)}

What keeps "good or not" and the whole label from more is the ranking, not the model of being right: with a cut chosen with
knowledge of the true labels, so that at most 5 % of the accepted are wrong, "good or not" would accept
{best("good or not", "0.05")} without own labels; the whole label at 10 % would accept {best("label", "0.1")}.
Without own labels the intervals are too narrow: seven recordings of three mice say little of how much recordings differ.

Learnt on all seven recordings, and in use: {models}.

**Unlike the training.** A unit that is not called noise and whose waveform metrics are further from the {strange["neighbour"]}th nearest
neural training unit (root mean square difference of ranks) than {100 * (1 - strange["level"]):.0f} % of those are from units of other
recordings is unsure. Of the left-out mice these are {percent(strange["share"]["all"])} ({strange["units"]} units):
{percent(noise["unfamiliar"])} of them are wrong about noise, of the other neural ones {percent(noise["others"])}; of their whole labels
{percent(label["unfamiliar"])} are wrong, of the others {percent(label["others"])}: so it warns of noise that looks neural, and hardly of
anything else. The metrics and the level were chosen with a look at these same mice.

**Told share of noise.** Accuracy over the left-out mice: {percent(told["not told"])} without it, {percent(told["true share"])} if the true share is
told, {percent(told["rounded to 20 %"])} if it is rounded to the next 20 %, {percent(told["10 points too much"])} if 10 points too much,
{percent(told["10 points too little"])} if 10 points too little.
{END}"""


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
