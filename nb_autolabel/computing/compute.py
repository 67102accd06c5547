"""Computing what an analyzer lacks: the one function, and the same in two parts for those who show its progress."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from ..analyzer.analyzer import Analyzer
from ..analyzer.load import load
from ..errors import UnknownFormatError
from .catalogue import in_words
from .plan import Plan, Stock, plan_of
from .recording import guessed_duration, recording_for
from .running import OnStep, Run
from .spikeinterface_there import require_spikeinterface


def compute_metrics(
    analyzer: Any,
    metrics: Iterable[str] | None = None,
    recording: Any = None,
    progress: bool = True,
) -> Analyzer:
    """Compute the metrics that an analyzer lacks, with SpikeInterface.

    SpikeInterface gets arrays that this package has read, in memory: nothing in a file is run, and nothing of yours is
    changed or written. ``save_as`` keeps the result.

    Parameters
    ----------
    analyzer : Analyzer, spikeinterface.SortingAnalyzer or path
        Also the folder of Kilosort or phy.
    metrics : list of str, optional
        Metrics, or computations as SpikeInterface calls them ("isi_violation"); what is named is computed even if it is
        there, and what SpikeInterface computes together comes together. None computes all that are missing and can be
        had, but for those that SpikeInterface leaves out too because they take very long ("nn_advanced").
    recording : spikeinterface.BaseRecording or path, optional
        What was sorted. A recording of SpikeInterface is used as it is, so it should be filtered; a binary file with its
        parameters in ``params.py`` beside it (or that, or its folder) is high-pass filtered at 300 Hz with the common
        median taken away, unless they say ``hp_filtered = True``. None takes the recording of a live SortingAnalyzer.
        Without one there are no signal-to-noise ratios, waveforms and metrics of principal components, unless the
        analyzer has what they are computed from.
    progress : bool, default: True
        Show what is computed, and say in the end what was not and why.

    Returns
    -------
    Analyzer
        A new one, with everything that the given one has, what was computed, and extensions that were needed for it.
        Settings and the version of SpikeInterface stand in ``get_extension("quality_metrics").params["computed_with"]``.

    Raises
    ------
    MissingDependencyError
        If SpikeInterface is not installed; the message says how to get it and what it would give.
    MissingMetricError
        If a metric is named that is none, or cannot be computed of this analyzer.
    RecordingError
        If the recording cannot be read, or does not fit: channels, rate, segments, duration.
    UnknownFormatError
        For a table of metrics, which has no spikes.

    Examples
    --------
    >>> analyzer = nbl.compute_metrics("kilosort4/")  # doctest: +SKIP
    >>> analyzer.save_as(folder="kilosort4_metrics.zarr")  # doctest: +SKIP
    """
    run = prepared(analyzer, metrics, recording)
    if not progress:
        found = run(lambda step, done, total: None)
    else:
        from tqdm.auto import tqdm

        with tqdm(total=len(run.plan.steps) + 1, desc="computing metrics") as bar:

            def on_step(step: str, done: int, total: int) -> None:
                del total
                bar.update(done - bar.n)
                bar.set_postfix_str(step)

            found = run(on_step)
        if run.plan.impossible:
            print(run.plan.left_out_in_words())
    if run.failed:
        said = "; ".join(f"{name} ({why})" for name, why in run.failed.items())
        warnings.warn(f"SpikeInterface could not compute: {said}.", UserWarning, stacklevel=2)
    return found


def prepared(analyzer: Any, metrics: Iterable[str] | None = None, recording: Any = None) -> Run:
    """Check everything that can be checked before work begins; see :func:`compute_metrics`.

    Returns
    -------
    Run
        Called with a function that is told of each step, it computes.

    Raises
    ------
    MissingDependencyError, MissingMetricError, RecordingError, UnknownFormatError
    """
    analyzer = load(analyzer)
    if analyzer.only_metrics:
        raise UnknownFormatError(
            f"{analyzer.only_metrics}: metrics are computed from spikes and templates, which it does not have. Open the "
            "analyzer or the folder of Kilosort instead: nbl.compute_metrics('kilosort4/')."
        )
    version = require_spikeinterface(would_become_available(analyzer, recording is not None))
    given = recording_for(analyzer, recording)
    stock = (
        Stock.of(analyzer, False)
        if given is None
        else Stock.of(analyzer, True, given.own, given.unit_unknown)
    )
    longer = given is not None and not given.own and guessed_duration(analyzer)
    renewed = frozenset({"firing_rate"} if longer else ())
    return Run(analyzer, plan_of(analyzer, metrics, stock, renewed), given, version)


def would_become_available(analyzer: Analyzer, recording: bool = False) -> str:
    """Say which missing metrics can be computed, with the methods that use them; empty if there are none.

    Parameters
    ----------
    analyzer : Analyzer
    recording : bool
        Whether there is a recording.
    """
    from ..analyzer.live import LiveSource

    origin = analyzer.source.origin
    own = isinstance(origin, LiveSource) and origin.recording is not None
    plan: Plan = plan_of(analyzer, None, Stock.of(analyzer, recording or own, own and not recording))
    columns = [x for c in plan.computations for x in c.columns if x in plan.columns]
    said = in_words(columns) if columns else ""
    if plan.impossible and not (recording or own):
        more = in_words(plan.impossible)
        said += f"{'; ' if said else ''}with a recording also {more}"
    return said


__all__ = ["OnStep", "compute_metrics", "prepared", "would_become_available"]
