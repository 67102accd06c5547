"""Many recordings as one: opened together, labeled by one set of limits, compared with one another."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..rules.trace import Trace
from .exporting import export_cohort
from .left_out_hand import written_labels
from .opened import OpenedCohort
from .parts import part_of
from .sessions import sessions_table, unreadable

if TYPE_CHECKING:
    import pandas as pd

    from ..rules.explanation import Explanation
    from ..rules.sensitivity import Sensitivity
    from ..session.live_labels import LiveLabels
    from .learning import How
    from .selections import Selections


class Cohort(OpenedCohort):
    """Many recordings, labeled together: ``nbl.BombcellLabeler(cohort)`` shows the units of all.

    Of each recording its metrics, the settings they were computed with, and the templates of the main channels are read;
    spikes and waveforms stay closed. A recording that cannot be read is a row of :attr:`problems`, and the others go on.

    Parameters
    ----------
    source : str, path, list of them, or pandas.DataFrame
        A folder or an address in which analyzers and folders of Kilosort or phy are searched, a pattern
        ("study/**", "study/mouse*/day?/*.zarr"; tables where it ends in ".csv" or ".parquet"), a list of paths or
        analyzers, a table with a column ``path`` and any columns that describe recordings (mouse, day, probe, region), or
        one table of metrics with a column that names the recording of each unit. Tables may be files.
    recording : str or list of str, optional
        Column, or columns together, that name the recording in a table of metrics; default: the usual names.
    storage_options : dict, optional
        For addresses, as for :func:`nb_autolabel.load`.
    cache : path, None or False, default: None
        Folder that keeps what was read, so that opening again reads only what changed. None: ``.nb_autolabel_cohort``
        beside the recordings (of addresses: in the user's cache folder). False keeps nothing. It can be deleted at any
        time.
    client : dask.distributed.Client, optional
        Reads on a cluster. Default: the active client, if there is one, else this machine.
    scheduler : {"threads", "processes", "forks", "one"}, default: "threads"
        How Dask reads on this machine. Two need no Dask: "one", and "forks", by which the command line reads, by copies of
        this process on each core (on Linux, where no other thread runs; not in a notebook).
    progress : bool, default: True
        Show a bar on stderr if reading takes more than a second.
    templates : bool, default: True
        Whether templates are read. Labels do not need them; widgets then show no waveforms.

    Attributes
    ----------
    names : list of str
        Recordings that could be read: the shortest parts of their paths that tell them apart.
    places : list of Place
        All recordings that were found, also those that could not be read.
    readings : list of Reading
        In the order of `names`.
    about : pandas.DataFrame
        Columns that describe the recordings; index: all recordings found.

    Raises
    ------
    AnalyzerNotFoundError
        If no recording is found.
    SelectionError
        If a table does not say which row is of which recording.
    UnknownFormatError
        If the source is nothing of these.
    MissingDependencyError
        If Dask is not installed.

    Examples
    --------
    >>> cohort = Cohort("study/**")
    >>> cohort.sessions[["units", "noise_share", "stands_out"]]
    >>> labeler = BombcellLabeler(cohort)
    """

    # ------------------------------------------------------------------ labels

    @cached_property
    def live(self) -> LiveLabels:
        """The method that :attr:`labels`, :attr:`sessions` and the others use: Bombcell's defaults, without labels by hand.

        Another one, with its own limits, can be assigned: ``cohort.live = LiveThresholds(cohort, {...})``; that of a
        labeler, ``cohort.live = labeler.live``, has its limits and labels by hand.
        """
        return self.default_live

    @cached_property
    def default_live(self) -> LiveLabels:
        """Bombcell's defaults, without labels by hand."""
        from ..session.live_methods import LiveBombcell

        return LiveBombcell(self.analyzer, journal=None)

    @property
    def trace(self) -> Trace:
        """The decision on every unit of every recording."""
        return self.live.trace

    @property
    def labels(self) -> pd.DataFrame:
        """Labels of all units: index "recording/unit"; columns recording, unit, label."""
        import pandas as pd

        names = np.array(self.names, dtype=object)[self.recording_of]
        columns = {"recording": names, "unit": pd.Series(self.source.units, dtype=object).to_numpy()}
        return pd.DataFrame(columns, index=self.trace.table.unit_ids).assign(label=self.trace.labels)

    @property
    def sessions(self) -> pd.DataFrame:
        """One row a recording, by :attr:`live`; see :meth:`sessions_for`."""
        return self.sessions_for(self.live) if self.readings else unreadable(self)

    def sessions_for(self, labels: Any) -> pd.DataFrame:
        """Return one row a recording: its labels, what decides them, how it was computed, and whether it stands out.

        Parameters
        ----------
        labels : LiveLabels, labeler, Trace, or labels by unit id
            Of this cohort. Of labels that no method gave (a curator's), also one a unit in the order of the cohort.

        Returns
        -------
        pandas.DataFrame
            Index: recording, also those that could not be read. First the columns that describe recordings, then

            - ``units``;
            - for each label its number, and ``<label>_share``, ``<label>_low``, ``<label>_high``: its share with the 95 %
              interval of Wilson;
            - ``decides``: the criteria that are reasons for most labels, with the units;
            - ``metrics_missing``: metrics of criteria that the recording does not have (nor has any of its units);
            - ``other_settings``: settings of metrics that differ from most recordings, with both values;
            - ``version``, ``other_version``: of SpikeInterface, and the same where most have another;
            - ``stands_out``: in which ways the recording differs from the others, "" if in none; see
              :func:`nb_autolabel.cohort.deviations.deviations`;
            - ``problem``: why it could not be read.

        Raises
        ------
        LabelsError
            If the labels are not of these units.
        """
        return sessions_table(self, labels)

    def explain(self, recording: str, unit: Any) -> Explanation:
        """Say why a unit has its label, and the smallest change that would give it each other one.

        Raises
        ------
        UnknownUnitError
        """
        return self.live.explain(self.unit_id(recording, unit))

    def sensitivity(self, target: str | None = None) -> Sensitivity:
        """Count the labels of all units as every single limit moves; see :meth:`LiveLabels.sensitivity`."""
        return self.live.sensitivity(target)

    def agreement(self, truth: Any, labels: Any = None) -> pd.DataFrame:
        """Return how well labels agree with others, such as a curator's, in each recording.

        Parameters
        ----------
        truth : labels by unit id, labeler, Trace, or name of a property or of a preset
            A property is a column of text of the tables, such as "majority_vote".
        labels : the same, optional
            Default: :attr:`live`.

        Returns
        -------
        pandas.DataFrame
            Index: recording, and "all". ``units`` that both label; ``agreement`` (share with the same label; "sua" is
            "good") with its 95 % interval ``low``, ``high``; Cohen's ``kappa`` with ``kappa_low``, ``kappa_high``.

        Raises
        ------
        LabelsError
        """
        from .agreeing import agreement_table

        return agreement_table(self, truth, self.live if labels is None else labels)

    def left_out(self, labels: Any, how: How = "adapt") -> pd.DataFrame:
        """Return what learning from labels by hand gains in each recording when its own labels are left out.

        To learn from all of them: ``nbl.adapt(cohort, labels)``, ``nbl.fit_thresholds(cohort, labels)``.

        Parameters
        ----------
        labels : Series, DataFrame with a column ``label``, or dict
            Label by unit id ("recording/unit"), of at least two recordings: "noise", "mua", "good" or "sua".
        how : {"adapt", "fit_thresholds"}, default: "adapt"
            See :func:`nb_autolabel.adapt` and :func:`nb_autolabel.fit_thresholds`.

        Returns
        -------
        pandas.DataFrame
            Index: labeled recordings, and "all". ``labels``; ``accuracy_before`` and ``macro_f1_before`` of the bundled
            classifiers (or the default limits), ``accuracy_after`` and ``macro_f1_after`` of what was learnt from the
            other recordings.

        Raises
        ------
        LabelsError, RuleError, MissingMetricError
        """
        from .learning import left_out_scores

        return left_out_scores(self, labels, how)

    # ------------------------------------------------------------------ what is written

    def export(
        self,
        out: str | os.PathLike[str] | None,
        format: str = "csv",
        *,
        labels: Any = None,
        overwrite: bool = False,
        recordings: Iterable[str] | None = None,
        **options: Any,
    ) -> pd.DataFrame:
        """Write the labels of each recording into a file of its own; one that fails is a row, and the others are written.

        What an earlier run has written and would be the same is left as it is, so a run that was stopped goes on where it
        stood. Each file is there whole or not at all.

        Parameters
        ----------
        out : path or None
            Folder; files are called as the recordings. None for "analyzer".
        format : str, default: "csv"
            Any of :func:`nb_autolabel.export_labels`. "phy" gives a folder for each recording; "nwb" adds to files of
            these names that are there; "analyzer" adds to the recordings themselves.
        labels : LiveLabels, labeler, Trace, or labels by unit id, optional
            Default: :attr:`live`.
        overwrite : bool, default: False
            Replace other files of the same kind.
        recordings : iterable of str, optional
            Some of them; default: all that could be read.
        **options
            Of the format; see :func:`nb_autolabel.export_labels`.

        Returns
        -------
        pandas.DataFrame
            Index: recording; file, state ("written", "there already", "failed"), problem.

        Raises
        ------
        UnknownFormatError, UnknownUnitError, WriteError

        Warns
        -----
        UserWarning
            If labels of a recording could not be written, or journals here have labels by hand that are not in them.
        """
        labels = written_labels(self, labels)
        return export_cohort(
            self, out, format, labels=labels, overwrite=overwrite, recordings=recordings, **options
        )

    def select_units(
        self,
        keep: str | Iterable[str] | None = None,
        drop: str | Iterable[str] | None = None,
        *,
        labels: LiveLabels | Trace | None = None,
    ) -> Selections:
        """Return analyzers with the units of some labels, one a recording, each opened when it is asked for.

        Parameters
        ----------
        keep, drop : str or iterable of str
            Labels to keep, or labels to leave out; exactly one of the two.
        labels : LiveLabels, labeler or Trace, optional
            Default: :attr:`live`.

        Returns
        -------
        Selections
            A mapping from recordings to analyzers.

        Raises
        ------
        SelectionError

        Warns
        -----
        UserWarning
            If journals here have labels by hand that are not in the labels.
        """
        from .selections import Selections

        labels = written_labels(self, labels)
        return Selections(self, labels if isinstance(labels, Trace) else labels.trace, keep, drop)

    def report(self, path: str | os.PathLike[str], *, by: str | None = None, overwrite: bool = False) -> Path:
        """Write a page that loads nothing: the table of recordings, those that stand out, distributions, words for a paper.

        Parameters
        ----------
        path : path
            Ending in ``.html``.
        by : str, optional
            Column that describes recordings, to group by; default: each that has a few values.
        overwrite : bool, default: False

        Returns
        -------
        pathlib.Path

        Raises
        ------
        UnknownFormatError, AlreadyExistsError, ForeignTargetError, WriteError, SelectionError, NoMetricsError
        """
        from .report import write_report

        return write_report(self, path, by=by, overwrite=overwrite)

    def part(self, recording: str, labels: Any = None) -> Any:
        """Return the labels of one recording as a labeler of it alone has them, with its own unit ids.

        Parameters
        ----------
        recording : str
        labels : LiveLabels, labeler, Trace, or labels by unit id, optional
            Default: :attr:`live`.

        Returns
        -------
        Part, or pandas.Series where no method gave the labels
        """
        return part_of(self, self.live if labels is None else labels, recording)
