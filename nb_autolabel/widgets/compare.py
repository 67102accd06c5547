"""The methods against each other, live."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import traitlets

from ..comparison.sources import ALIKE, labeling
from ..errors import LabelsError
from ..plots.palette import LOOKS
from ..unit_ids import UnitIndex, as_text
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

    _kind = traitlets.Unicode("comparison").tag(sync=True)

    _engines = traitlets.List(traitlets.Unicode()).tag(sync=True)
    """References to the engines of the labelers, as anywidget reads them."""
    _names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _others = traitlets.List().tag(sync=True)
    _order = traitlets.List(list(LOOKS)).tag(sync=True)
    """All usual labels in the order in which they are shown."""
    _merge = traitlets.Dict(ALIKE).tag(sync=True)

    def __init__(self, labelers: Mapping[str, Labeler], others: Mapping[str, Any] | None = None) -> None:
        ids = next(iter(labelers.values())).analyzer.unit_ids
        if any(labeler.analyzer.unit_ids.tolist() != ids.tolist() for labeler in labelers.values()):
            raise LabelsError(
                "the labelers have different units. Compare labels by unit id: nbl.compare(...)."
            )
        engines = [labeler.engine for labeler in labelers.values()]
        super().__init__(
            engines[0],
            _engines=[f"anywidget:{engine.model_id}" for engine in engines],
            _names=list(labelers),
            _others=[_other(name, given, ids) for name, given in (others or {}).items()],
        )


def _other(name: str, given: Any, ids: Any) -> dict[str, Any]:
    """Return labels, and probabilities where there are some (None where not), in the order of the units."""
    found = labeling(given, name)
    places = UnitIndex(found.labels.index, f"'{name}'").positions(ids.tolist(), others="mark")
    labels = [str(found.labels.iloc[at]) if at >= 0 else "" for at in places]
    if not any(labels):
        raise LabelsError(f"'{name}' labels none of the {len(ids)} units.")
    known = {} if found.confidence is None else found.confidence.items()
    chances = {as_text(unit): float(chance) for unit, chance in dict(known).items() if math.isfinite(chance)}
    return {"name": name, "labels": labels, "chances": [chances.get(as_text(unit)) for unit in ids.tolist()]}
