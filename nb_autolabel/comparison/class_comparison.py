"""The labels of a class side by side: each student by itself, and every pair on the units that both have labeled."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import LabelsError, listing, suggestion
from ..labels import broad
from ..unit_ids import as_index, as_text
from .agreement import Kappa, cohen_kappa, confusion
from .class_truth import ClassTruth
from .intervals import wilson
from .shown_class import class_as_html, class_as_text, plot_class

if TYPE_CHECKING:
    import pandas as pd

    from ..plots.figure import Plot

#: Units of the heat map at most.
MOST_UNITS = 40


class ClassComparison:
    """Labels of a class whose members labeled different units, and not all of theirs.

    Parameters
    ----------
    labels : dict of str to pandas.Series
        By student; a Series by unit id, in one spelling, each unit once.
    truth : ClassTruth, optional
    skipped : dict of str to str, optional
        Files that are left out, and why.

    Attributes
    ----------
    labels : pandas.DataFrame
        Index: unit ids; one column a student; None where a student has not labeled the unit.
    truth : pandas.Series or None
        True label by unit id of ``labels``, None where it is not known; None for the whole where there is no truth.
    skipped : dict of str to str
        Files that are left out, and why.
    same : dict of str to tuple of str
        Students whose labels and units are all equal to those of others, and these others. They stay students; nobody can
        say who copied or whose file was sent twice, so their agreement with each other counts as no evidence.

    Raises
    ------
    LabelsError
        If there are fewer than two students.
    """

    def __init__(
        self,
        labels: Mapping[str, pd.Series[Any]],
        truth: ClassTruth | None = None,
        skipped: Mapping[str, str] | None = None,
    ) -> None:
        import pandas as pd

        if len(labels) < 2:
            raise LabelsError(f"a class has two students or more; labels of {len(labels)} were given.")
        self.skipped = dict(skipped or {})
        self._truth = truth
        spelled: dict[str, Any] = {}
        for series in labels.values():
            for unit in series.index:
                spelled.setdefault(as_text(unit), unit)
        order = sorted(spelled, key=natural)
        columns = {}
        alike: dict[tuple[Any, ...], list[str]] = {}
        for name, series in labels.items():
            own = {as_text(unit): label for unit, label in zip(series.index, series, strict=True)}
            columns[name] = [own.get(unit) for unit in order]
            alike.setdefault(tuple(columns[name]), []).append(name)
        self.same = {
            name: tuple(other for other in group if other != name)
            for group in alike.values()
            for name in group
            if len(group) > 1
        }
        self._ids = order
        self.labels = pd.DataFrame(columns, index=as_index([spelled[unit] for unit in order]), dtype=object)
        self.truth = (
            None
            if truth is None
            else pd.Series(
                [truth.labels.get(unit) for unit in order],
                index=self.labels.index,
                name="truth",
                dtype=object,
            )
        )

    @property
    def names(self) -> list[str]:
        """Names of the students."""
        return [str(name) for name in self.labels.columns]

    @property
    def left_out(self) -> list[Any]:
        """Units that some student has not labeled; they count in the pairs that have labeled them."""
        return self.labels.index[self.labels.isna().any(axis=1)].tolist()

    @property
    def against(self) -> str:
        """What ``kappa`` of :attr:`students` compares a student's labels with, in words."""
        if self.truth is None:
            return "the label that most of the others gave"
        return "the truth"

    def matrix(self, first: str | None = None, second: str | None = None) -> pd.DataFrame:
        """Count the units that two students (default: the first two) have labeled, by their labels.

        Raises
        ------
        LabelsError
        """
        return confusion(*self._both(first or self.names[0], second or self.names[1]))

    def kappa(self, first: str | None = None, second: str | None = None) -> Kappa:
        """Return the agreement of two students on the units that both have labeled.

        Raises
        ------
        LabelsError
        """
        return cohen_kappa(self.matrix(first, second))

    @cached_property
    def agreement(self) -> pd.DataFrame:
        """Kappa, its 95 % interval and the share of equal labels of every pair, on the units both have labeled.

        The interval is NaN for pairs with fewer than 10 units in common, which are too few. Of pairs in :attr:`same`,
        ``same`` is True and everything but ``n_units`` is NaN.
        """
        import pandas as pd

        pairs = list(combinations(self.names, 2))
        rows = [self.kappa(*pair)._asdict() for pair in pairs]
        made = pd.DataFrame(rows, index=pd.MultiIndex.from_tuples(pairs, names=["first", "second"]))
        same = np.array([second in self.same.get(first, ()) for first, second in pairs], dtype=bool)
        made.loc[same, [name for name in made if name != "n_units"]] = np.nan
        return made.assign(same=same)

    @cached_property
    def students(self) -> pd.DataFrame:
        """One row a student.

        ``labeled``: units; ``scored``: those whose truth is known; ``right``, ``share`` with the ends of its 95 % interval
        ``share_low`` and ``share_high``; ``compared``: units that ``kappa`` rests on (see :attr:`against`), ``kappa`` with
        ``kappa_low`` and ``kappa_high``, NaN below 10 units, which are too few; ``same_as``: others with all labels equal
        (see :attr:`same`). Without a truth ``scored`` and ``right`` are missing.
        """
        import pandas as pd

        rows = []
        for name in self.names:
            given = self.labels[name].dropna().map(broad)
            other = self._other(name).reindex(given.index).dropna()
            mine = given.reindex(other.index).rename(name)
            found = cohen_kappa(confusion(mine, other))
            row: dict[str, Any] = {
                "labeled": len(given),
                "scored": np.nan,
                "right": np.nan,
                "share": np.nan,
                "share_low": np.nan,
                "share_high": np.nan,
            }
            if self.truth is not None:
                right = int((mine == other).sum())
                low, high = wilson(right, len(other))
                row |= {
                    "scored": len(other),
                    "right": right,
                    "share": right / len(other) if len(other) else np.nan,
                    "share_low": float(low),
                    "share_high": float(high),
                }
            row |= {
                "compared": found.n_units,
                "kappa": found.value,
                "kappa_low": found.low,
                "kappa_high": found.high,
                "same_as": ", ".join(self.same.get(name, ())),
            }
            rows.append(row)
        return pd.DataFrame(rows, index=pd.Index(self.names, name="student"))

    @cached_property
    def shared(self) -> list[Any]:
        """Units that many have labeled, for the heat map.

        Those that at least half as many students have labeled as the most labeled one, and at least two; 40 at most.
        """
        many = self.labels.notna().sum(axis=1)
        kept = many[many >= max(2, many.max() / 2)].sort_values(ascending=False, kind="stable")
        chosen = set(map(as_text, kept.index[:MOST_UNITS]))
        return [unit for unit in self.labels.index if as_text(unit) in chosen]

    @cached_property
    def hardest(self) -> pd.DataFrame:
        """Units that at least two have labeled, the hardest first.

        With a truth: by the share of right labels (by the upper end of its 95 % interval); ``labeled``, ``right``,
        ``share``, ``truth``, ``kind``, ``given`` (labels that were given, with their numbers), ``clue``, ``evidence``
        (values of the metrics that show it). Without: by the share of the most frequent label, in ``share``; ``right``,
        ``truth`` and what follows from it are missing or empty.
        """
        import pandas as pd

        rows, index = [], []
        for at, unit in enumerate(self.labels.index):
            given = Counter(broad(label) for label in self.labels.iloc[at] if label is not None)
            true = None if self.truth is None else self.truth.iloc[at]
            if given.total() < 2 or (self.truth is not None and true is None):
                continue
            right = given.most_common(1)[0][1] if true is None else given[true]
            rows.append(
                {
                    "labeled": given.total(),
                    "right": np.nan if true is None else right,
                    "share": right / given.total(),
                    "truth": true,
                    "kind": "" if self._truth is None else self._truth.kinds.get(self._ids[at], ""),
                    "given": ", ".join(f"{label} {many}" for label, many in given.most_common()),
                    "clue": "" if self._truth is None else self._truth.clue(self._ids[at]),
                }
            )
            index.append(unit)
        columns = ["labeled", "right", "share", "truth", "kind", "given", "clue"]
        frame = pd.DataFrame(rows, index=as_index(index), columns=columns)
        # By the upper end of the share's interval: 5 of 11 says more than 1 of 3.
        shares = frame["share"].to_numpy(dtype=float)
        _, most = wilson(shares * frame["labeled"], frame["labeled"])
        frame = frame.iloc[np.argsort(most, kind="stable")]
        units = list(map(as_text, frame.index))
        return frame.assign(
            evidence=[""] * len(units) if self._truth is None else self._truth.evidence(units)
        )

    @cached_property
    def disagreements(self) -> pd.DataFrame:
        """Labels of the units that two students or more labeled differently, the most divided first."""
        counts = [Counter(label for label in row if label is not None) for row in self.labels.to_numpy()]
        differ = np.array([len(given) > 1 for given in counts], dtype=bool)
        shares = np.array([max(given.values()) / given.total() for given in counts if len(given) > 1])
        return self.labels.loc[differ].iloc[np.argsort(shares, kind="stable")]

    def consensus(self) -> pd.DataFrame:
        """Return the label that most of those who labeled a unit gave; of ties the one that was given first.

        Returns
        -------
        pandas.DataFrame
            Index unit ids; ``label``, ``votes`` (share of those who labeled it), ``labeled`` (their number).
        """
        import pandas as pd

        rows = []
        for row in self.labels.to_numpy():
            given = Counter(label for label in row if label is not None)
            (label, many), *_ = given.most_common(1)
            rows.append((label, many / given.total(), given.total()))
        return pd.DataFrame(rows, index=self.labels.index, columns=["label", "votes", "labeled"])

    def plot(self, figsize: tuple[float, float] | None = None) -> Plot:
        """Draw the labels of all students on the shared units: one row a student, one column a unit.

        Parameters
        ----------
        figsize : tuple of float, optional
            In inches.

        Returns
        -------
        Plot
        """
        return plot_class(self, figsize)

    def __repr__(self) -> str:
        return class_as_text(self)

    def _repr_html_(self) -> str:
        return class_as_html(self)

    def _is_repeated(self, name: str) -> bool:
        """Whether a student before has all the same labels."""
        return any(self.names.index(other) < self.names.index(name) for other in self.same.get(name, ()))

    def _both(self, first: str, second: str) -> tuple[pd.Series[Any], pd.Series[Any]]:
        for name in (first, second):
            if name not in self.names:
                raise LabelsError(
                    f"there is no student {name!r}.{suggestion(name, self.names)} There are: {listing(self.names)}."
                )
        kept = self.labels[first].notna() & self.labels[second].notna()
        return self.labels[first][kept], self.labels[second][kept]

    def _other(self, name: str) -> pd.Series[Any]:
        """Return what a student's labels are compared with: the truth, or what most of the others say.

        Those with the same labels are no others, and have one vote together in what is said to third ones.
        """
        import pandas as pd

        if self.truth is not None:
            return self.truth
        said = []
        twins = self.same.get(name, ())
        once = [each for each in self.names if not self._is_repeated(each)]
        others = [each for each in once if each != name and each not in twins]
        for row in self.labels[others].to_numpy():
            given = Counter(broad(label) for label in row if label is not None).most_common(2)
            tied = len(given) == 2 and given[0][1] == given[1][1]
            said.append(None if not given or tied else given[0][0])
        return pd.Series(said, index=self.labels.index, name="others", dtype=object)


def natural(text: str) -> tuple[Any, ...]:
    """Key by which ids and names are in the order of the numbers in them: "2" before "10"."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part)
        for part in re.split(r"(\d{1,18})", text)
        if part
    )
