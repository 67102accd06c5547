"""Model files changed at random, in every part: usable classifiers or named errors, and nothing else ever."""

from __future__ import annotations

import copy
import json
import os
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from nb_autolabel.classifiers.rebuilt.allowlist import ALLOWED, LOADERS
from nb_autolabel.classifiers.skops_file import load_skops
from nb_autolabel.errors import ModelError, UnsafeDataError

from .model_kinds import KINDS, load_npy, members, npy, plain, rezipped, rows_and_labels, written

#: Changes tried for each kind; NB_AUTOLABEL_FUZZ multiplies them.
CHANGES = 150 * int(os.environ.get("NB_AUTOLABEL_FUZZ", "1"))
KINDS_CHANGED = [
    *(
        "logistic",
        "tree",
        "extra_tree",
        "forest",
        "extra_forest_with_gaps",
        "gradient",
        "gradient_zero",
        "ada",
    ),
    *("network", "dummy", "boosting", "indicator", "constant", "robust", "min_max_clip", "power", "quantile"),
]
NUMBERS = [0, 1, -1, -2, 2, 3, 7, 255, 2**31 - 1, -(2**31), 2**53, 2**63 - 1, -(2**63), 10**30, 0.5, -0.0]
NUMBERS += [1e308, -1e308, 1e-320, float("nan"), float("inf"), float("-inf")]
TYPES = ["<f8", "<f4", "<f2", ">f8", "<i8", "<i4", "|i1", "|u1", "<u8", "|b1", "<U3", ">i4"]


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in a schema, as the keys that lead there; not what says which type keys have."""
    yield path
    if isinstance(value, dict | list):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inside in entries:
            if key not in ("key_types", "__id__"):
                yield from _places(inside, (*path, key))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _another(draw: random.Random, schema: Any, places: list[tuple[Any, ...]], files: list[str]) -> Any:
    """Something else for a place in a schema."""
    module = draw.choice(sorted(ALLOWED))
    return draw.choice(
        [
            lambda: plain(draw.choice(NUMBERS)),
            lambda: plain(
                draw.choice([None, True, "", "x", "zero", "deprecated", "multinomial", "\ud800", "a" * 2000])
            ),
            lambda: json.dumps(draw.choice(NUMBERS)),
            lambda: draw.choice(
                [None, -1, 10**400, "", "null", [], {}, [[[]]], "[" * 3000, "0x", {"content": None}]
            ),
            lambda: copy.deepcopy(_at(schema, draw.choice(places))),
            lambda: draw.choice(files),
            lambda: draw.choice(sorted(LOADERS)),
            lambda: draw.choice([module, *sorted(ALLOWED[module])]),
        ]
    )()


def change_schema(draw: random.Random, held: dict[str, bytes]) -> None:
    schema = json.loads(held["schema.json"])
    for _ in range(draw.choice([1, 1, 2, 3])):
        places = [path for path in _places(schema) if path]
        path = draw.choice(places)
        parent, key = _at(schema, path[:-1]), path[-1]
        way = draw.randrange(4)
        if way == 0:
            del parent[key]
        elif way == 1 and isinstance(parent, list):
            parent.insert(draw.randrange(len(parent) + 1), copy.deepcopy(parent[key]))
        else:
            parent[key] = _another(draw, schema, places, sorted(held))
    held["schema.json"] = json.dumps(schema).encode()


def change_array(draw: random.Random, held: dict[str, bytes]) -> None:
    name = draw.choice(sorted(name for name in held if name.endswith(".npy")))
    array = load_npy(held[name])
    way = draw.randrange(5)
    if way <= 1 and array.size:
        flat = array.reshape(-1)
        for _ in range(draw.choice([1, 1, 4])):
            column = draw.choice(array.dtype.names) if array.dtype.names else None
            part, at = (flat[column] if column else flat), draw.randrange(array.size)
            if part.dtype.kind in "iu":
                least, most = np.iinfo(part.dtype).min, np.iinfo(part.dtype).max
                whole = [int(n) for n in NUMBERS if n == n and abs(n) < 1e20] + [
                    at,
                    at + 1,
                    at - 1,
                    len(part),
                ]
                part[at] = min(max(draw.choice(whole), least), most)
            elif part.dtype.kind == "f":
                with np.errstate(over="ignore"):
                    part[at] = draw.choice(NUMBERS)
    elif way == 2 and array.dtype.names is None:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            array = array.astype(draw.choice(TYPES))
    elif way == 3 and array.ndim:
        array = draw.choice([array[:-1], array[None], array.reshape(-1), array[..., :0]])
    else:
        array = draw.choice([np.zeros(0), np.float64(3), np.array(["a", "b"]), np.asfortranarray(array)])
    held[name] = npy(array)


def change_bytes(draw: random.Random, held: dict[str, bytes]) -> None:
    name = draw.choice(sorted(held))
    data = bytearray(held[name])
    for _ in range(draw.choice([1, 2, 8])):
        # Most of what a header says lies in front.
        data[draw.randrange(min(len(data), draw.choice([128, 10**9])))] = draw.randrange(256)
    held[name] = bytes(data[: draw.choice([len(data), len(data), draw.randrange(len(data))])])


def change_members(draw: random.Random, held: dict[str, bytes]) -> None:
    one, other = draw.choice(sorted(held)), draw.choice(sorted(held))
    held[one], held[other] = held[other], held[one]
    if draw.random() < 0.3:
        del held[one]


WAYS: list[Callable[[random.Random, dict[str, bytes]], None]] = [
    change_schema,
    change_schema,
    change_array,
    change_array,
    change_bytes,
    change_members,
]


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """What honest files of the kinds hold, made once."""
    made: dict[str, dict[str, bytes]] = {}
    folder = tmp_path_factory.mktemp("originals")

    def held(kind: str) -> dict[str, bytes]:
        if kind not in made:
            made[kind] = members(written(kind, folder / f"{kind}.skops"))
        return made[kind]

    return held


def hostile_rows() -> np.ndarray:
    rows = rows_and_labels()[0][:12].copy()
    rows[0], rows[1], rows[2] = np.nan, 3e38, -3e38
    return rows


def try_file(path: Any, rows: np.ndarray) -> str:
    """Load a file and ask it; returns what came of it."""
    try:
        model = load_skops(path)
    except (ModelError, UnsafeDataError) as error:
        assert path.name in str(error) or "trees" in str(error), error
        return "refused"
    try:
        found = model.predict_proba(
            rows[:, :1].repeat(model.n_features_in_, axis=1) if model.n_features_in_ != 4 else rows
        )
    except ModelError:
        return "no answer"
    assert np.isfinite(found).all()
    assert ((found >= 0) & (found <= 1)).all()
    return "answered"


@pytest.mark.parametrize("kind", KINDS_CHANGED)
def test_a_file_changed_at_random_is_refused_by_name_or_answers_probabilities(kind, originals, tmp_path):
    draw = random.Random(f"changes of {kind}")
    rows = hostile_rows()
    path = tmp_path / "changed.skops"
    ends = {"refused": 0, "no answer": 0, "answered": 0}
    for _ in range(CHANGES):
        held = dict(originals(kind))
        draw.choice(WAYS)(draw, held)
        rezipped(path, held)
        if draw.random() < 0.1:
            data = bytearray(path.read_bytes())
            data[draw.randrange(len(data))] = draw.randrange(256)
            path.write_bytes(data[: draw.choice([len(data), draw.randrange(len(data))])])
        ends[try_file(path, rows)] += 1
    assert ends["refused"] > CHANGES / 20, "some changes matter"
    assert ends["answered"] > CHANGES / 20, "and some do not"


def test_every_kind_of_classifier_and_step_is_changed():
    assert set(KINDS_CHANGED) <= set(KINDS)
