"""A method's thresholds as JSON, in both ways people write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from ..analyzer.file_kinds import THRESHOLDS
from ..errors import LabelsError
from ..rules.threshold_io import write_thresholds
from .records import Records
from .writing import target_file, write_file


def write_thresholds_json(
    found: Records,
    path: Any,
    overwrite: bool,
    *,
    dialect: Literal["min/max", "greater/less"] = "greater/less",
) -> Path:
    """Write the thresholds of a labeler or trace.

    Parameters
    ----------
    found : Records
    path : path
    overwrite : bool
    dialect : {"greater/less", "min/max"}, default: "greater/less"
        SpikeInterface 0.105 reads "greater/less", 0.104 "min/max"; this package both.

    Raises
    ------
    AlreadyExistsError, ForeignTargetError, WriteError, RuleError
    LabelsError
        If there are labels only, and no method.
    """
    if found.rule_set is None:
        raise LabelsError("only a method has thresholds: export a labeler or a trace.")
    content = json.dumps(write_thresholds(found.rule_set.criteria, dialect), indent=2) + "\n"
    target = target_file(path, overwrite, THRESHOLDS)
    write_file(target, content, THRESHOLDS, overwrite)
    return target
