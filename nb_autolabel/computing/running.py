"""Running a plan step by step, and gathering what SpikeInterface has computed, by unit id."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analyzer.analyzer import Analyzer
from ..analyzer.computed_source import ComputedExtension, ComputedSource
from ..metrics.registry import metric
from .building import build
from .catalogue import QUALITY, TEMPLATE, Computation
from .plan import Plan
from .recording import Given
from .spike_places import SpikePlaces

if TYPE_CHECKING:
    import pandas as pd

#: Seed of everything random, so that the same metrics come out again.
SEED = 0
_PARAMS: dict[str, dict[str, Any]] = {
    "random_spikes": {"seed": SEED},
    "noise_levels": {"random_slices_kwargs": {"seed": SEED}},
    "spike_locations": {"seed": SEED},
}
#: Settings of metrics other than SpikeInterface's defaults.
_METRIC_PARAMS: dict[str, dict[str, Any]] = {"nn_advanced": {"seed": SEED}}
#: Extensions that hold something for each spike: not kept where spikes behind the recording's end were left out.
_OF_SPIKES = ("random_spikes", "waveforms", "principal_components", "spike_amplitudes", "spike_locations")
_OF_RANDOM_SPIKES = ("random_spikes", "waveforms", "principal_components")
#: Extensions that hold voltages, or depend on their unit.
_VOLTAGES = ("waveforms", "principal_components", "templates", "spike_amplitudes", "noise_levels")


class Cancelled(Exception):  # noqa: N818 (no error: it was asked for)
    """A computation was stopped because somebody asked for it; nothing of it is kept."""


OnStep = Callable[[str, int, int], None]
"""Called before each step with its name, how many are done and how many there are; may raise :class:`Cancelled`."""


class Run:
    """One computation of what an analyzer lacks.

    Parameters
    ----------
    analyzer : Analyzer
    plan : Plan
    given : Given or None
        The recording.
    version : str
        Of SpikeInterface.
    """

    def __init__(self, analyzer: Analyzer, plan: Plan, given: Given | None, version: str) -> None:
        self.analyzer = analyzer
        self.plan = plan
        self.given = given
        self.version = version
        self.failed: dict[str, str] = {}
        """Why a computation failed, by its name."""
        self._columns: dict[str, pd.Series[Any]] = {}
        self._params: dict[str, dict[str, Any]] = {QUALITY: {}, TEMPLATE: {}}

    def __call__(self, on_step: OnStep) -> Analyzer:
        """Compute, and return a new analyzer.

        Raises
        ------
        Cancelled
            As `on_step` raises it.
        """
        import spikeinterface.metrics
        import spikeinterface.postprocessing  # noqa: F401 (both register their extensions)

        steps = self.plan.steps
        total = len(steps) + 1
        on_step("units and spikes", 0, total)
        # What SpikeInterface cannot compute of some units is NaN in the table; its warnings say no more.
        with warnings.catch_warnings(action="ignore"):
            self._places = SpikePlaces(self.analyzer, self.given)
            built = build(self.analyzer, self.given, self.plan.stock, self._places)
        for done, step in enumerate(steps, 1):
            on_step(step, done, total)
            with warnings.catch_warnings(action="ignore"):
                if step in self.plan.extensions:
                    built.compute(step, progress_bar=False, **_PARAMS.get(step, {}))
                elif step == TEMPLATE:
                    self._of_templates(built)
                elif (
                    self.plan.of_step(step)[0].step != step
                    or "principal_components" in self.plan.of_step(step)[0].needs
                ):
                    self._together(built, self.plan.of_step(step))
                else:
                    self._alone(built, self.plan.of_step(step)[0])
        on_step("", total, total)
        return self._gathered(built)

    def _alone(self, built: Any, computation: Computation) -> None:
        """Compute one metric that needs nothing prepared."""
        from spikeinterface.metrics.quality.quality_metrics import ComputeQualityMetrics

        found = ComputeQualityMetrics.get_metric_by_name(computation.name)
        params = copy.deepcopy(found.metric_params) | _METRIC_PARAMS.get(computation.name, {})
        self._params[QUALITY][computation.name] = params
        try:
            results = found.compute(
                built, built.unit_ids, params, tmp_data={}, job_kwargs={"progress_bar": False}
            )
        except Exception as error:  # whatever SpikeInterface makes of unusual data
            self.failed[computation.name] = f"{type(error).__name__}: {error}"
            return
        several = [results] if isinstance(results, dict) else list(results)
        for column, values in zip(found.metric_columns, several, strict=True):
            self._keep(column, values)

    def _together(self, built: Any, computations: list[Computation]) -> None:
        """Compute the metrics of principal components, which share what is prepared for them."""
        names = [c.name for c in computations]
        self._through(built, QUALITY, computations, metric_names=names, seed=SEED)

    def _of_templates(self, built: Any) -> None:
        """Compute the metrics of templates, of the units that have one."""
        from spikeinterface.metrics.template.template_metrics import get_multi_channel_template_metric_names

        computations = self.plan.of_step(TEMPLATE)
        several = get_multi_channel_template_metric_names()
        names = [c.name for c in computations if c.name not in several]
        templates = built.get_extension("templates").data
        operator = "average" if "average" in templates else "median"
        usable = np.isfinite(templates[operator]).all(axis=(1, 2)) & (templates[operator] != 0).any(
            axis=(1, 2)
        )
        if not usable.any():
            self.failed |= {c.name: "no unit has a template" for c in computations}
            return
        some = built if usable.all() else built.select_units(built.unit_ids[usable])
        self._through(
            some,
            TEMPLATE,
            computations,
            metric_names=names,
            include_multi_channel_metrics=any(c.name in several for c in computations),
            template_operator=operator,
        )

    def _through(self, built: Any, extension: str, computations: list[Computation], **params: Any) -> None:
        own = {c.name: _METRIC_PARAMS[c.name] for c in computations if c.name in _METRIC_PARAMS}
        if own:
            params["metric_params"] = own
        try:
            made = built.compute(extension, progress_bar=False, delete_existing_metrics=True, **params)
        except Exception as error:  # whatever SpikeInterface makes of unusual data
            self.failed |= {c.name: f"{type(error).__name__}: {error}" for c in computations}
            return
        frame = made.data["metrics"]
        kept = {
            key: value for key, value in made.params.items() if key not in ("metric_names", "metric_params")
        }
        self._params[extension] |= {c.name: made.params["metric_params"][c.name] for c in computations}
        self._params[extension] |= {
            "": {k: v for k, v in kept.items() if k not in ("metrics_to_compute", "periods")}
        }
        for computation in computations:
            for column in computation.columns:
                self._keep(column, frame[column].to_dict())
        built.delete_extension(extension)

    def _keep(self, column: str, values: Any) -> None:
        """Keep a column, by unit id."""
        import pandas as pd

        if column not in self.plan.columns:
            return
        ids = self.analyzer.unit_ids.tolist()
        known = {_plain(unit): value for unit, value in dict(values).items()}
        numbers = np.array([known.get(unit, np.nan) for unit in ids], dtype=np.float64)
        if metric(column).whole and np.isfinite(numbers).all():
            numbers = numbers.astype(np.int64)
        self._columns[column] = pd.Series(numbers, index=pd.Index(self.analyzer.unit_ids))

    # ------------------------------------------------------------------ what is kept

    def _gathered(self, built: Any) -> Analyzer:
        computed: dict[str, ComputedExtension] = {}
        header = self.analyzer.header if self.given is None else self.given.header
        complete, drawn = self._places.complete, None
        there = set(self.analyzer.extension_names)
        if self.given is not None and built.sparsity is not None and header.sparsity_mask is None:
            # A Kilosort folder names no channels of its units; waveforms are kept on these.
            header = replace(header, sparsity_mask=np.array(built.sparsity.mask))
        unknown = self.given is not None and bool(self.given.unit_unknown)
        if "random_spikes" in self.plan.extensions:
            drawn = built.extensions["random_spikes"].data["random_spikes_indices"]
        for name in self.plan.extensions:
            if name in there or (name in _OF_SPIKES and not complete) or (name in _VOLTAGES and unknown):
                continue
            if name in _OF_RANDOM_SPIKES and there.intersection(_OF_RANDOM_SPIKES) - self.plan.stock.stored:
                continue
            made = built.extensions[name]
            data = {key: value for key, value in made.data.items() if isinstance(value, np.ndarray)}
            data = self._places.back(name, data, drawn)
            computed[name] = ComputedExtension(_jsonable(made.params), self._info(made), data)
        for extension in (QUALITY, TEMPLATE):
            columns = [x for c in self.plan.computations if c.extension == extension for x in c.columns]
            found = {x: self._columns[x] for x in columns if x in self._columns}
            if found:
                computed[extension] = self._metrics(extension, found)
        source = ComputedSource(
            self.analyzer.source,
            header,
            computed,
            list(self._columns),
            self.given is not None and not self.given.own,
        )
        return Analyzer(source)

    def _metrics(self, extension: str, found: dict[str, pd.Series[Any]]) -> ComputedExtension:
        """Return the table of an extension with the computed columns; those that were there stay, but for these."""
        import pandas as pd

        frame, params = pd.DataFrame(index=pd.Index(self.analyzer.unit_ids)), {}
        if self.analyzer.has_extension(extension):
            stored = self.analyzer.get_extension(extension)
            params = copy.deepcopy(stored.params)
            if "metrics" in stored.data_names:
                frame = stored.get_data("metrics")
        frame = frame.assign(**found)
        settings = {name: value for name, value in self._params[extension].items() if name}
        names = [c.name for c in self.plan.computations if c.extension == extension and c.name in settings]
        before = params.get("metric_names")
        before = [name for name in before if isinstance(name, str)] if isinstance(before, list) else []
        stored_settings = (
            params[k] for k in ("metric_params", "qm_params") if isinstance(params.get(k), dict)
        )
        known: dict[str, Any] = next(stored_settings, {})
        params.pop("qm_params", None)
        params = {**self._params[extension].get("", {}), **params}
        params["metric_names"] = list(dict.fromkeys([*before, *names]))
        params["metric_params"] = {**known, **settings}
        params["computed_with"] = {
            "spikeinterface": self.version,
            "metrics": list(found),
            "recording": self.given.said if self.given is not None else "none",
            "earlier_version": self._stored_version(extension),
        }
        info = {
            "module": "spikeinterface",
            "version": self.version,
            "class": {
                QUALITY: "spikeinterface.metrics.quality.quality_metrics.ComputeQualityMetrics",
                TEMPLATE: "spikeinterface.metrics.template.template_metrics.ComputeTemplateMetrics",
            }[extension],
        }
        return ComputedExtension(_jsonable(params), info, {"metrics": frame})

    def _stored_version(self, extension: str) -> str:
        if not self.analyzer.has_extension(extension):
            return ""
        return str(self.analyzer.get_extension(extension).info.get("version") or self.analyzer.header.version)

    def _info(self, made: Any) -> dict[str, Any]:
        kind = type(made)
        return {
            "module": "spikeinterface",
            "class": f"{kind.__module__}.{kind.__name__}",
            "version": self.version,
        }


def _plain(unit: Any) -> Any:
    return unit.item() if isinstance(unit, np.generic) else unit


def _jsonable(value: Any) -> Any:
    """Return settings as JSON has them."""
    if isinstance(value, dict):
        return {str(key): _jsonable(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.dtype):
        return value.str
    if isinstance(value, np.generic):
        return value.item()
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
