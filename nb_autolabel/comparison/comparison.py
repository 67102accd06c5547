"""Several labelings of the same units side by side."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ..errors import LabelsError, is_one_of, listing, suggestion
from ..labels import folded
from ..unit_ids import UnitIndex, as_index, as_text
from .agreement import Kappa, cohen_kappa, confusion
from .shown_comparison import comparison_html, comparison_text
from .sources import Labeling

if TYPE_CHECKING:
    import pandas as pd

    from ..plots.figure import Plot


class Comparison:
    """Labels of the units that all sources have labeled.

    Parameters
    ----------
    sources : list of Labeling

    Attributes
    ----------
    labels : pandas.DataFrame
        Index: unit ids; one column a source.
    left_out : list
        Units that some source has not labeled.

    Raises
    ------
    LabelsError
    """

    def __init__(self, sources: list[Labeling]) -> None:
        import pandas as pd

        indexes = [UnitIndex(source.labels.index, f"'{source.name}'") for source in sources]
        ids = indexes[0].ids
        places = np.stack([index.positions(ids, others="mark") for index in indexes])
        shared: list[bool] = np.all(places >= 0, axis=0).tolist()
        if not any(shared):
            raise LabelsError(
                f"no unit is labeled by all of {listing(s.name for s in sources)}. Do they belong to the same sorting?"
            )
        common = as_index([unit for unit, kept in zip(ids, shared, strict=True) if kept])
        self.left_out = [unit for unit, kept in zip(ids, shared, strict=True) if not kept]
        for index, found in zip(indexes[1:], places[1:], strict=True):
            named = {as_text(unit) for unit in self.left_out}
            rest = [index.ids[at] for at in sorted({*range(len(index))} - {*found.tolist()})]
            self.left_out += [unit for unit in rest if as_text(unit) not in named]
        spelled: dict[str, str] = {}
        columns = {
            source.name: [
                spelled.setdefault(folded(label), label) for label in source.labels.to_numpy()[found[shared]]
            ]
            for source, found in zip(sources, places, strict=True)
        }
        self.labels = pd.DataFrame(columns, index=common, dtype=object)
        # All sources get the unit ids of the first one.
        self.sources = {
            source.name: replace(
                source, labels=self.labels[source.name], confidence=_aligned(source.confidence, common)
            )
            for source in sources
        }

    @property
    def names(self) -> list[str]:
        """Names of the sources."""
        return list(self.sources)

    def _pair(self, first: str | None, second: str | None) -> tuple[str, str]:
        pair = (self.names[0] if first is None else first, self.names[1] if second is None else second)
        for name in pair:
            if not is_one_of(name, self.sources):
                raise LabelsError(
                    f"there is no labeling {name!r}.{suggestion(name, self.names)} There are: {listing(self.names)}."
                )
        return pair

    def matrix(self, first: str | None = None, second: str | None = None) -> pd.DataFrame:
        """Count the units by the labels of two sources (default: the first two).

        Raises
        ------
        LabelsError
        """
        one, other = self._pair(first, second)
        return confusion(self.labels[one], self.labels[other])

    def units(self, **labels: str) -> list[Any]:
        """Return the ids of the units with given labels: ``units(bombcell="good", unitrefine="noise")``.

        Raises
        ------
        LabelsError
        """
        kept = np.ones(len(self.labels), dtype=bool)
        for name, label in labels.items():
            self._pair(name, name)
            kept &= np.array([folded(given) == folded(label) for given in self.labels[name]], dtype=bool)
        found: list[Any] = self.labels.index[kept].tolist()
        return found

    def kappa(self, first: str | None = None, second: str | None = None) -> Kappa:
        """Return Cohen's kappa of two sources with its 95 % confidence interval; see :func:`cohen_kappa`.

        Raises
        ------
        LabelsError
        """
        return cohen_kappa(self.matrix(first, second))

    @cached_property
    def agreement(self) -> pd.DataFrame:
        """Kappa, its 95 % interval, and the share of equal labels for every pair of sources; see :class:`Kappa`."""
        import pandas as pd

        pairs = list(combinations(self.names, 2))
        rows = [self.kappa(*pair)._asdict() for pair in pairs]
        return pd.DataFrame(rows, index=pd.MultiIndex.from_tuples(pairs, names=["first", "second"]))

    @cached_property
    def confidence(self) -> pd.DataFrame:
        """How sure each source is of each unit's label, 0 to 1; NaN where nothing is known.

        The probability of its own label for classifiers, and for tables with a column ``probability``.
        Thresholds and people give none: how far a value is from a limit says hardly whether the label is
        right.
        """
        import pandas as pd

        known = {}
        for name, source in self.sources.items():
            if source.confidence is None:
                known[name] = np.full(len(self.labels), np.nan)
            else:
                series = source.confidence
                if series.index.dtype.kind != self.labels.index.dtype.kind:
                    series = series.rename(index=str)
                known[name] = series.reindex(self.labels.index).to_numpy(dtype=float)
        return pd.DataFrame(known, index=self.labels.index)

    @cached_property
    def disagreements(self) -> pd.DataFrame:
        """Units whose labels differ: the labels and ``confidence``; sorted as :attr:`disagreements_order` says.

        ``confidence`` is the probability that the classifier gives its own label, so that those come
        first where the other labels contradict a sure classifier; of several sources with
        probabilities that of the surest. NaN, and last, where no source knows one; units that do not
        differ in it stay in their order.
        """
        values = self.labels.to_numpy()
        differ = (values != values[:, :1]).any(axis=1)
        sure = self.confidence.loc[differ].max(axis=1)
        frame: pd.DataFrame = self.labels.loc[differ].assign(confidence=sure)
        return frame.sort_values("confidence", ascending=False, kind="stable")

    @property
    def disagreements_order(self) -> str:
        """In which order the disagreements stand, in words."""
        known = [name for name in self.names if self.confidence[name].notna().any()]
        if not known:
            return "in the order of the units, as no source gives probabilities"
        return f"most confident first (by the probability that {' or '.join(known)} gives its own label)"

    def consensus(self, how: Literal["majority", "noise if all agree"] = "majority") -> pd.DataFrame:
        """Return one label a unit.

        Parameters
        ----------
        how : {"majority", "noise if all agree"}
            The label most sources give; the source named first decides a tie. Or the same among the
            sources that do not say noise, and noise only where all do.

        Returns
        -------
        pandas.DataFrame
            Index unit ids; ``label``, ``votes`` (share of the sources that say so).

        Raises
        ------
        LabelsError
        """
        import pandas as pd

        if not is_one_of(how, ("majority", "noise if all agree")):
            raise LabelsError(f"how={how!r} is not known. Use 'majority' or 'noise if all agree'.")
        found = []
        for votes in self.labels.to_numpy():
            counted = [v for v in votes if v != "noise"] if how != "majority" else list(votes)
            counted = counted or list(votes)
            best = max(dict.fromkeys(counted), key=counted.count)
            found.append((best, list(votes).count(best) / len(votes)))
        return pd.DataFrame(found, index=self.labels.index, columns=["label", "votes"])

    @cached_property
    def flow(self) -> pd.DataFrame:
        """Units by the labels of all sources: one row a combination that occurs, with ``units``."""
        table = self.labels.groupby(self.names, sort=False).size().rename("units").reset_index()
        return table.sort_values("units", ascending=False, kind="stable", ignore_index=True)

    def moved(self, first: str | None = None, second: str | None = None) -> pd.DataFrame:
        """Say which criteria gave units another label in the second than in the first.

        Both are labelers, traces or presets. Where a criterion is a reason in one and not in the
        other, its limits, or the rule it belongs to, moved the unit.

        Returns
        -------
        pandas.DataFrame
            Index: units with other labels. ``from``, ``to``, ``because``: criteria (with their limits)
            that are a reason in one of both only.

        Raises
        ------
        LabelsError
            If a source has no rules.
        """
        import pandas as pd

        from ..metrics.formatting import limits_in_words

        one, other = self._pair(first, second)
        traces = [self.sources[name].trace for name in (one, other)]
        if any(trace is None for trace in traces):
            raise LabelsError("only methods have rules: compare two labelers, traces or presets.")
        reasons = [_reasons(trace) for trace in traces]
        rows, index = [], []
        for unit in self.labels.index[self.labels[one] != self.labels[other]]:
            said = [reason.get(as_text(unit), {}) for reason in reasons]
            parts = []
            for at, name in ((0, one), (1, other)):
                for metric, criterion in said[at].items():
                    if metric not in said[1 - at]:
                        words = limits_in_words(metric, criterion.min, criterion.max)
                        parts.append(f"{metric} ({words} in {name})")
            rows.append(
                (self.labels.loc[unit, one], self.labels.loc[unit, other], ", ".join(parts) or "other rules")
            )
            index.append(unit)
        return pd.DataFrame(rows, index=as_index(index), columns=["from", "to", "because"])

    def plot(self, figsize: tuple[float, float] | None = None) -> Plot:
        """Draw how the units flow between the labels of the sources.

        Parameters
        ----------
        figsize : tuple of float, optional
            In inches.

        Returns
        -------
        Plot
        """
        from .flow import plot_flow

        return plot_flow(self.labels, figsize)

    @property
    def table(self) -> pd.DataFrame:
        """The raw numbers: :attr:`agreement`."""
        return self.agreement

    def __repr__(self) -> str:
        return comparison_text(self)

    def _repr_html_(self) -> str:
        return comparison_html(self)


def _aligned(confidence: pd.Series[Any] | None, units: pd.Index[Any]) -> pd.Series[Any] | None:
    """Return a source's confidence under the ids of the comparison; NaN where it has none."""
    import pandas as pd

    if confidence is None:
        return None
    places = UnitIndex(confidence.index, "a confidence").positions(units, others="mark")
    values = np.append(confidence.to_numpy(dtype=float), np.nan)
    return pd.Series(values[places], index=units)


def _reasons(trace: Any) -> dict[str, dict[str, Any]]:
    """Criteria by metric that are a reason for each unit's label, by unit id as text."""
    return {
        as_text(unit): {trace.rule_set[key].metric: trace.rule_set[key] for key in keys}
        for unit, keys in zip(trace.table.unit_ids, trace.reason_keys, strict=True)
    }
