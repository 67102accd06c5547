"""Metrics that are computed while labels are live: the labels follow, nothing else changes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import traitlets

from ..analyzer.analyzer import Analyzer
from ..errors import LabelsError
from ..metrics.table import MetricTable
from .observed import Observed
from .session import Session

if TYPE_CHECKING:
    from ..computing.running import Run


class ComputesMissing(Observed):
    """The part of :class:`LiveLabels` that computes metrics which the analyzer lacks."""

    analyzer: Any = traitlets.Any()
    """The analyzer whose units are labeled; another one once metrics were computed. Can be observed."""
    session: Session

    def compute_missing(
        self, metrics: Iterable[str] | None = None, recording: Any = None, *, progress: bool = True
    ) -> Analyzer:
        """Compute the metrics that the analyzer lacks, and label by them; returns when that is done.

        Criteria that were off for want of a metric become active. Limits, labels by hand and the history stay. The
        analyzer that was given and its files stay as they are: :attr:`analyzer` is a new one, ``save_as`` keeps it.

        Parameters
        ----------
        metrics : list of str, optional
        recording : spikeinterface.BaseRecording or path, optional
        progress : bool, default: True
            As for :func:`nb_autolabel.compute_metrics`.

        Returns
        -------
        Analyzer
            The new one, also in :attr:`analyzer`.

        Raises
        ------
        MissingDependencyError, MissingMetricError, RecordingError, UnknownFormatError
            Then nothing has changed.
        """
        from ..computing.compute import compute_metrics

        made = compute_metrics(self.analyzer, metrics, recording, progress)
        self.take_metrics(made)
        return made

    def prepare_missing(self, recording: Any = None) -> Run:
        """Check what can be computed, without computing it; for those who show the progress.

        Raises
        ------
        MissingDependencyError, RecordingError, UnknownFormatError
        """
        from ..computing.compute import prepared

        return prepared(self.analyzer, None, recording)

    def take_metrics(self, analyzer: Analyzer) -> None:
        """Label by the metrics of another analyzer of the same units.

        Raises
        ------
        LabelsError
            If it has other units, or the same in another order.
        """
        if analyzer is self.analyzer:
            return
        if analyzer.unit_ids.tolist() != self.analyzer.unit_ids.tolist():
            raise LabelsError("these metrics are of other units, or of the same in another order.")
        table = self.table_of(analyzer)
        self.analyzer = analyzer
        self.session.table = table

    def table_of(self, analyzer: Analyzer) -> MetricTable:
        """Return the metrics that the method labels by."""
        return MetricTable.of(analyzer)
