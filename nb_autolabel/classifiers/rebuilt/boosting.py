"""Trees of ``HistGradientBoostingClassifier``, read and checked."""

from __future__ import annotations

import numpy as np

from ...errors import ModelError
from ..tree_checks import depth_of
from ..trees import Trees
from .cart import MAX_LEAF, MAX_TREES, joined
from .forests import Forest
from .nodes import Node

_FIELDS = {"value": "f", "feature_idx": "iu", "num_threshold": "f", "missing_go_to_left": "iub"}
_FIELDS |= {"left": "iu", "right": "iu", "is_leaf": "iub", "is_categorical": "iub"}


def hist_gradient_boosting(node: Node, width: int) -> Forest:
    """Rebuild a ``HistGradientBoostingClassifier`` without categories."""
    classes = node.attribute("classes_").labels()
    node.attribute("loss").text("log_loss")
    if node.has("_preprocessor") or node.has("is_categorical_"):
        raise node.wrong("was fitted on columns of categories; metrics are numbers")
    baseline = float(node.attribute("_baseline_prediction").numbers(1, 1)[0, 0])
    stages = node.attribute("_predictors").items()
    if not 0 < len(stages) <= MAX_TREES:
        raise node.wrong(f"has {len(stages)} stages; 1 to {MAX_TREES} are read")
    parts, deepest = [], 0
    for stage in stages:
        inside = stage.items()
        # scikit-learn writes as many results a row as a stage has trees; two classes have one.
        if len(inside) != 1 or inside[0].kind != "TreePredictor":
            raise stage.wrong("is not one tree")
        tree, depth = _one(inside[0], width)
        parts.append(tree)
        deepest = max(deepest, depth)
    return Forest(joined(parts, deepest, baseline, node), classes, single=False, takes_missing=True)


def _one(predictor: Node, width: int) -> tuple[Trees, int]:
    nodes = predictor.attribute("nodes").array()
    names = nodes.dtype.names
    if (
        nodes.ndim != 1
        or names is None
        or any(name not in names or nodes.dtype[name].kind not in kinds for name, kinds in _FIELDS.items())
    ):
        raise predictor.wrong("does not hold the nodes of a tree")
    leaf = nodes["is_leaf"] != 0
    try:
        depth = depth_of(nodes["left"], nodes["right"], leaf, [0])
    except ModelError as error:
        raise predictor.wrong(f"is no tree: {error}") from None
    inner = nodes[~leaf]
    if (inner["is_categorical"] != 0).any():
        raise predictor.wrong("splits by categories; metrics are numbers")
    feature = nodes["feature_idx"]
    if len(inner) and not (feature[~leaf].min() >= 0 and feature[~leaf].max() < width):
        raise predictor.wrong(f"asks for a column beyond the {width} that come")
    threshold, value = nodes["num_threshold"].astype(np.float64), nodes["value"].astype(np.float64)
    if np.isnan(threshold[~leaf]).any() or not (np.abs(value[leaf]) <= MAX_LEAF).all():
        raise predictor.wrong("has a split or a leaf at no number")
    here = np.arange(len(nodes))
    trees = Trees(
        feature=np.where(leaf, -1, feature).astype(np.int16),
        threshold=np.where(leaf, 0.0, threshold),
        left=np.where(leaf, here, nodes["left"]).astype(np.int32),
        right=np.where(leaf, here, nodes["right"]).astype(np.int32),
        missing_left=nodes["missing_go_to_left"] != 0,
        value=np.where(leaf, value, 0.0),
        roots=np.zeros(1, dtype=np.int32),
        baseline=0.0,
    )
    return trees, depth
