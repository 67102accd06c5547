"""What was found at a path, what is missing there and how to get it, and who reads it; as text, HTML and a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import escape
from typing import TYPE_CHECKING

from ..errors import listing
from ..metrics.shown_table import Row, folded_html, html_table, on_screen

if TYPE_CHECKING:
    import pandas as pd

#: Exit statuses of the command: all there; cannot be opened; nothing there; something that labels depend on is missing.
ALL_THERE, NOT_OPENED, NOTHING_THERE, LACKING = 0, 1, 2, 3


@dataclass(frozen=True)
class Gap:
    """Something that is missing.

    Attributes
    ----------
    what : str
    means : str
        What cannot be done without it.
    line : str
        The line that gets it; empty where nothing does.
    needed : bool
        Whether labels depend on it.
    """

    what: str
    means: str
    line: str = ""
    needed: bool = False


@dataclass(frozen=True)
class Reader:
    """Whether a program reads what lies there, judged from its documented requirements; the program is not run.

    Attributes
    ----------
    name : str
    reads : bool or None
        None where it cannot be told.
    why : str
        How it is opened, or what is in the way.
    version : str
        Of what is installed; empty where nothing is.
    """

    name: str
    reads: bool | None
    why: str
    version: str = ""

    @property
    def sign(self) -> str:
        """✓, ✗ or ?."""
        return "?" if self.reads is None else "✓" if self.reads else "✗"

    @property
    def installed(self) -> str:
        """The version that is installed, in words."""
        return f"{self.version} is installed" if self.version else "not installed"


@dataclass(frozen=True)
class Diagnosis:
    """What :func:`nb_autolabel.doctor` says of a path.

    Attributes
    ----------
    path : str
        Without passwords.
    kind : str
        What lies there, in words.
    problem : str
        Why it cannot be opened; empty if it can be.
    there : tuple of (str, str)
        What is there, and how much of it.
    missing : tuple of Gap
    readers : tuple of Reader
    notes : tuple of str
        What was noticed besides.
    recordings : tuple of Diagnosis
        Of a folder of several.
    exists : bool
    """

    path: str
    kind: str
    problem: str = ""
    there: tuple[tuple[str, str], ...] = ()
    missing: tuple[Gap, ...] = ()
    readers: tuple[Reader, ...] = ()
    notes: tuple[str, ...] = ()
    recordings: tuple[Diagnosis, ...] = field(default=(), repr=False)
    exists: bool = True

    def of_variable(self, name: str) -> Diagnosis:
        """Return the same with a variable's name where lines would have the path: something in memory has none."""
        quoted = repr(self.path)
        return replace(
            self,
            missing=tuple(replace(gap, line=gap.line.replace(quoted, name)) for gap in self.missing),
            readers=tuple(replace(each, why=each.why.replace(quoted, name)) for each in self.readers),
        )

    @property
    def status(self) -> int:
        """Exit status of ``nb-autolabel doctor``.

        0: it opens, and every criterion of Bombcell can be judged. 1: it cannot be opened (of several recordings: some
        cannot). 2: nothing is there, or it cannot be reached. 3: it opens, and something that labels depend on is missing.
        """
        if not self.exists:
            return NOTHING_THERE
        if self.problem:
            return NOT_OPENED
        inner = {one.status for one in self.recordings}
        if inner - {ALL_THERE, LACKING}:
            return NOT_OPENED
        lacking = LACKING in inner or any(gap.needed for gap in self.missing)
        return LACKING if lacking else ALL_THERE

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        if self.problem:
            return self.problem
        if self.recordings:
            bad = sum(one.status == NOT_OPENED for one in self.recordings)
            lacking = sum(one.status == LACKING for one in self.recordings)
            good = len(self.recordings) - bad - lacking
            return (
                f"{len(self.recordings)} recordings: {good} can be labeled by every criterion, "
                f"{lacking} lack metrics that labels depend on, {bad} cannot be opened."
            )
        if self.status == LACKING:
            return "It opens, but metrics that Bombcell's labels depend on are missing."
        return "It opens, and every criterion of Bombcell can be judged."

    @property
    def table(self) -> pd.DataFrame:
        """All findings: ``topic`` (there, missing, reader, note, recording), ``name``, ``says``, ``line``."""
        import pandas as pd

        rows = [("problem", self.path, self.problem, "")] if self.problem else []
        rows += [("there", name, says, "") for name, says in self.there]
        rows += [("missing", gap.what, gap.means, gap.line) for gap in self.missing]
        rows += [("reader", each.name, f"{each.sign} {each.why}", each.installed) for each in self.readers]
        rows += [("note", "", note, "") for note in self.notes]
        rows += [
            ("recording", one.path, f"{one.kind}: {one.sentence}", _line(one)) for one in self.recordings
        ]
        return pd.DataFrame(rows, columns=["topic", "name", "says", "line"])

    @property
    def text(self) -> str:
        """Everything, in full."""
        lines = [f"{self.path}: {self.kind}", self.sentence]
        if self.there:
            lines += ["", "Found:", *(f"  {name}: {says}" for name, says in self.there)]
        if self.missing:
            lines += ["", "Missing (the indented lines are Python, after: import nb_autolabel as nbl):"]
            for gap in self.missing:
                lines.append(f"  {gap.what}: {gap.means}")
                lines += [f"      {line}" for line in gap.line.splitlines()]
        if self.readers:
            lines += ["", "Which programs open it:"]
            for each in self.readers:
                why = "see above." if each.why == self.problem else each.why
                lines.append(f"  {each.sign} {each.name} ({each.installed}): {why}")
        if self.notes:
            lines += ["", "Noticed:", *(f"  {note}" for note in self.notes)]
        if self.recordings:
            lines.append("")
            for row in _recordings(self)[1]:
                name, kind, says, line = row.cells
                lines.append(f"{name} ({kind}): {says}")
                lines += [f"    {part}" for part in line.splitlines()]
        return "\n".join(lines)

    def __repr__(self) -> str:
        return on_screen(self.text, ".text")

    def _repr_html_(self) -> str:
        tone = "pass" if self.status == ALL_THERE else "warn" if self.status == LACKING else "fail"
        parts = [html_table([self.path, self.kind], [Row((self.sentence, ""), tone)])]
        if self.missing:
            rows = [
                Row((gap.what, gap.means, gap.line), "warn" if gap.needed else "pass") for gap in self.missing
            ]
            parts.append(html_table(["missing", "what that means", "the line that gets it"], rows))
        if self.readers:
            reading = [
                Row(
                    (each.sign, f"{each.name} ({each.installed})", each.why),
                    "fail" if each.reads is False else "pass",
                )
                for each in self.readers
            ]
            parts.append(html_table(["", "reader", "how, or why not"], reading))
        if self.recordings:
            parts.append(html_table(*_recordings(self)))
        there = html_table(["there", ""], [Row(item) for item in self.there]) if self.there else ""
        parts.append(folded_html(f"{len(self.there)} things are there", there))
        parts += [f"<p>{escape(note)}</p>" for note in self.notes]
        return "".join(parts)


def noticed_in(several: Sequence[Diagnosis]) -> list[str]:
    """Return what was noticed in several recordings, each with the paths of which it was.

    Parameters
    ----------
    several : sequence of Diagnosis
    """
    where: dict[str, list[str]] = {}
    for each in several:
        for note in each.notes:
            where.setdefault(note, []).append(each.path)
    return [f"{listing(paths, 5)}: {note}" for note, paths in where.items()]


def _recordings(found: Diagnosis) -> tuple[list[str], list[Row]]:
    tones = {ALL_THERE: "pass", LACKING: "warn"}
    start = f"{found.path.rstrip('/')}/"
    rows = [
        Row((one.path.removeprefix(start), one.kind, one.sentence, _line(one)), tones.get(one.status, "fail"))
        for one in found.recordings
    ]
    return ["recording", "kind", "result", "the line that gets it"], rows


def _line(found: Diagnosis) -> str:
    return next((gap.line for gap in found.missing if gap.needed and gap.line), "")
