"""Train a classifier of units on labels; its report scores held-out units only."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import LabelsError, MissingMetricError, ModelError, listing
from ..labels import PAIR_CLASSES, canonical
from ..labels_by_unit import matched_labels
from ..metrics.settings import STORED, Settings, common
from ..metrics.table import MetricTable
from .boosting import Growth, grow, training_statistics
from .model import SUA, UnitClassifier, as_single
from .model_folder import write_model_folder
from .report import TrainingReport, evaluate
from .trees import Trees

#: Fewest units of each class that a classifier is trained on.
FEWEST = 5


@dataclass(frozen=True)
class TrainedClassifier:
    """A classifier, what it was trained on, and how good it is on what it had not seen.

    Attributes
    ----------
    classifier : UnitClassifier
        To be given to :func:`nb_autolabel.unitrefine_label_units`.
    report : TrainingReport
    pipeline : sklearn.pipeline.Pipeline
        The same as an estimator of scikit-learn.
    """

    classifier: UnitClassifier
    report: TrainingReport
    pipeline: Any

    def __repr__(self) -> str:
        return f"TrainedClassifier({self.classifier!r}, {self.report!r})"

    def save(self, folder: str | Path, overwrite: bool = False) -> Path:
        """Write the folder that UnitRefine and SpikeInterface read: ``best_model.skops``, ``model_info.json``.

        Code of a labeler that uses the classifier loads it from there.

        Parameters
        ----------
        folder : str or Path
        overwrite : bool, default: False

        Returns
        -------
        Path

        Raises
        ------
        AlreadyExistsError
            If the folder exists and `overwrite` is False.
        ForeignTargetError
            If the folder holds anything but a model saved by this method, overwrite or not.
        WriteError
            If it cannot be written.
        """
        written = self._write(folder, overwrite)
        self.classifier.remember_address(str(written))
        return written

    def _write(self, folder: str | Path, overwrite: bool = False) -> Path:
        return write_model_folder(
            folder, overwrite, self.pipeline, self.classifier.info, self.report.markdown()
        )

    def push_to_hub(self, repo: str, private: bool = True) -> str:
        """Upload the model to the Hugging Face Hub; you must be logged in there.

        Parameters
        ----------
        repo : str
            "user/name"; made if it is not there.
        private : bool, default: True

        Returns
        -------
        str
            Address of the upload.

        Raises
        ------
        ModelError
            If the Hub refuses, or cannot be reached.
        """
        import tempfile

        import huggingface_hub as hub

        with tempfile.TemporaryDirectory() as scratch:
            folder = self._write(Path(scratch) / "model")
            try:
                api = hub.HfApi()
                api.create_repo(repo, private=private, exist_ok=True)
                done = api.upload_folder(repo_id=repo, folder_path=folder)
            except Exception as error:
                raise ModelError(
                    f"the model could not be uploaded to '{repo}': {type(error).__name__}: {error}"
                ) from error
        return str(getattr(done, "commit_url", done))


def train_unit_classifier(
    metrics: Any,
    labels: Any,
    *,
    positive: str | Iterable[str] = "noise",
    recordings: Sequence[Any] | None = None,
    features: Sequence[str] | None = None,
    growth: Growth | None = None,
    seed: int = 0,
) -> TrainedClassifier:
    """Train a classifier between two kinds of units, and report how good it is on recordings it has not seen.

    Parameters
    ----------
    metrics : Analyzer, DataFrame, or list of them
        One a recording; or one DataFrame with several recordings, named by `recordings`.
    labels : Series, DataFrame with a column ``label``, dict by unit id, list or array; or a list of them
        Matched with the units by id; a list or an array has one label a unit, in their order. Several
        recordings in one table, whose ids repeat, need labels with the same index. Units without
        a label (None, NaN, "", "unsorted") are left out.
    positive : str or iterable of str, default: "noise"
        Label whose probability is learnt. For "noise" all others are neural; for "sua" (or "good")
        noise is left out first and the others are mua.
    recordings : sequence, optional
        Recording of each row, when `metrics` is one table.
    features : sequence of str, optional
        Metrics to use; None takes all that most units of every recording have.
    growth : Growth, optional
        Settings of the trees.
    seed : int, default: 0
        For the folds, where there is one recording only.

    Returns
    -------
    TrainedClassifier

    Raises
    ------
    LabelsError
        If labels do not fit the units, or there are fewer than 5 of a class.
    MissingMetricError, NoMetricsError
    """
    from sklearn.pipeline import Pipeline

    tables, votes, groups = _gathered(metrics, labels, recordings)
    wanted = {canonical(label) or "" for label in ([positive] if isinstance(positive, str) else positive)}
    single = bool(wanted & set(SUA))
    wanted |= set(SUA) if single else set()
    rows, names = _rows(tables, features)
    known = np.array([isinstance(v, str) and v != "" for v in votes], dtype=bool)
    if single:
        known &= votes != "noise"
    target = np.isin(votes.astype(str), sorted(wanted))
    rows, target, groups = rows[known], target[known], groups[known]
    counts = int(target.sum()), int((~target).sum())
    if min(counts) < FEWEST:
        raise LabelsError(
            f"{counts[0]} units are labeled {listing(sorted(wanted))} and {counts[1]} are not; "
            f"at least {FEWEST} of each are needed. Labels: {listing(sorted({str(v) for v in votes[known]}))}."
        )
    classes = PAIR_CLASSES["sua" if single else "noise"]
    report = evaluate(rows, target, groups, names, classes, growth, seed)
    fitted = grow(rows, target, names, growth)
    trees = Trees.of(fitted)
    pipeline = Pipeline([("classifier", _named(fitted, names))])
    more = {"held_out": report.scores, "recordings": len(set(groups))}
    info = model_info(names, classes, rows, more, common(table.settings for table in tables))
    classifier = UnitClassifier(
        "this session", tuple(names), classes, trees=trees, info=info, origin="this session"
    )
    return TrainedClassifier(classifier, report, pipeline)


def model_info(
    names: Sequence[str],
    classes: tuple[str, str],
    rows: npt.NDArray[np.float64],
    more: Mapping[str, Any],
    settings: Settings,
) -> dict[str, Any]:
    """Return the description that UnitRefine keeps beside a model, with the statistics of its inputs."""
    import sklearn

    from .._version import __version__

    return {
        "metric_params": {
            STORED[extension]: {
                "metric_names": list(names) if extension == "quality_metrics" else [],
                "metric_params": settings.get(extension, {}),
            }
            for extension in STORED
        },
        "requirements": {"scikit-learn": sklearn.__version__, "nb_autolabel": __version__},
        "label_conversion": {"0": classes[0], "1": classes[1]},
        "statistics": training_statistics(rows, names),
        **more,
    }


def _named(fitted: Any, names: Sequence[str]) -> Any:
    """Let the estimator say which metrics it needs, as one fitted on a DataFrame does; classes as 0 and 1."""
    fitted.feature_names_in_ = np.array(names, dtype=object)
    fitted.classes_ = np.array([0, 1])
    return fitted


def _gathered(metrics: Any, labels: Any, recordings: Sequence[Any] | None) -> tuple[Any, Any, Any]:
    """Return tables, labels and recordings, one row a unit."""
    many = isinstance(metrics, list | tuple)
    tables = [MetricTable.of(m) for m in (metrics if many else [metrics])]
    given = labels if many else [labels]
    if not isinstance(given, list | tuple) or len(given) != len(tables):
        raise LabelsError(
            f"there are {len(tables)} tables of metrics, and labels for another number of them."
        )
    votes, groups = [], []
    for at, (table, part) in enumerate(zip(tables, given, strict=True)):
        matched = matched_labels(
            part, table.unit_ids, f"table {at + 1} of the metrics" if many else "these metrics"
        )
        votes += [matched.get(place) or "" for place in range(len(table))]
        groups += [f"recording {at + 1}"] * len(table)
    if recordings is not None:
        if len(recordings) != len(votes):
            raise LabelsError(f"there are {len(votes)} units and {len(recordings)} names of recordings.")
        groups = [str(r) for r in recordings]
    return tables, np.array(votes, dtype=object), np.array(groups, dtype=object)


def _rows(tables: list[MetricTable], features: Sequence[str] | None) -> tuple[Any, list[str]]:
    if features is None:
        features = [name for name in tables[0].names if all(t.find(name) for t in tables)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            features = [
                n
                for n in features
                if all(np.isfinite(_numbers(t, n)).mean() > 0.2 or len(t) == 0 for t in tables)
            ]
    for table in tables:
        for name in features:
            table.require(name)
    if not features:
        raise MissingMetricError("the recordings have no metric in common that most units have.")
    rows = np.concatenate([np.stack([_numbers(t, n) for n in features], axis=1) for t in tables])
    return as_single(rows), list(features)


def _numbers(table: MetricTable, name: str) -> npt.NDArray[np.float64]:
    return np.asarray(table.values(name), dtype=np.float64)
