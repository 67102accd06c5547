"""The methods against each other, live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import traitlets
from ipywidgets import widget_serialization

from ..comparison.sources import ALIKE, labeling
from ..errors import LabelsError
from ..plots.palette import LOOKS
from ..unit_ids import UnitIndex
from .assets import view_module
from .labeler import Labeler
from .views import View


class Compare(View):
    """Agreement of labelers and other labels: matrix, kappa, flow, disagreements; linked with the labelers.

    Methods are compared by their rules alone; labels given by hand are a labeling of their own.

    Parameters
    ----------
    labelers : dict of str to Labeler
        On the same units in the same order.
    others : dict of str to labels, optional
        Ground truth, curators: Series, dict or DataFrame by unit id; units may be missing.

    Raises
    ------
    LabelsError
        If the labelers do not have the same units.
    """

    _esm = view_module("compare")

    _engines = traitlets.List().tag(sync=True, **widget_serialization)
    _names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _others = traitlets.List().tag(sync=True)
    _order = traitlets.List(list(LOOKS)).tag(sync=True)
    """All usual labels in the order in which they are shown."""
    _merge = traitlets.Dict(ALIKE).tag(sync=True)
    _confidence = traitlets.List().tag(sync=True)
    """float32 by unit, one buffer a labeler, as it was when this was made."""

    def __init__(self, labelers: Mapping[str, Labeler], others: Mapping[str, Any] | None = None) -> None:
        ids = next(iter(labelers.values())).analyzer.unit_ids
        if any(labeler.analyzer.unit_ids.tolist() != ids.tolist() for labeler in labelers.values()):
            raise LabelsError(
                "the labelers have different units. Compare labels by unit id: nbl.compare(...)."
            )
        engines = [labeler._parts["_engine"] for labeler in labelers.values()]
        super().__init__(
            engines[0],
            _engines=engines,
            _names=list(labelers),
            _others=[
                {"name": name, "labels": _by_unit(name, given, ids)} for name, given in (others or {}).items()
            ],
            _confidence=[_confidence(name, labeler) for name, labeler in labelers.items()],
        )


def _by_unit(name: str, given: Any, ids: Any) -> list[str]:
    labels = labeling(given, name).labels
    places = UnitIndex(labels.index, f"'{name}'").positions(ids.tolist(), others="mark")
    found = [str(labels.iloc[at]) if at >= 0 else "" for at in places]
    if not any(found):
        raise LabelsError(f"'{name}' labels none of the {len(ids)} units.")
    return found


def _confidence(name: str, labeler: Labeler) -> bytes:
    known = labeling(labeler, name).confidence
    values = np.full(len(labeler.analyzer.unit_ids), np.nan) if known is None else known.to_numpy(dtype=float)
    return values.astype("<f4").tobytes()
