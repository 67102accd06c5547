"""The objects that a ``.skops`` file describes, read one by one and only as what they should be."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import ModelError
from .archive import WAY_OUT, Archive, printable

#: Most input columns that a classifier may have.
MAX_COLUMNS = 10_000
_MAX_TEXT = 1000


@dataclass(frozen=True)
class Node:
    """One object of the schema; nothing is built from it but numbers, texts and arrays.

    Attributes
    ----------
    state : object
        Its part of the schema, as JSON.
    archive : Archive
    where : str
        How it is reached from the whole, for messages.
    """

    state: Any
    archive: Archive
    where: str

    def wrong(self, text: str) -> ModelError:
        """Return an error that says what is wrong with this object."""
        return ModelError(
            f"{printable(self.archive.name)} holds no classifier that can be used: {self.where} {text}. {WAY_OUT}"
        )

    @property
    def loader(self) -> str:
        """How skops would build it."""
        return self._said("__loader__")

    @property
    def kind(self) -> str:
        """Name of its class."""
        return self._said("__class__")

    def _said(self, key: str) -> str:
        found = self.state.get(key) if isinstance(self.state, dict) else None
        return found if isinstance(found, str) else ""

    @property
    def attributes(self) -> dict[str, Any]:
        """Attributes of an object, or entries of a dictionary, as JSON."""
        state = self.state
        if self.loader in ("ObjectNode", "TreeNode"):
            state = state.get("content")
        content = state.get("content") if isinstance(state, dict) else None
        if not isinstance(content, dict) or state.get("__loader__") != "DictNode":
            raise self.wrong("is not an object with attributes")
        return content

    def has(self, name: str) -> bool:
        """Return whether it has an attribute that is not None."""
        state = self.attributes.get(name)
        return state is not None and not (isinstance(state, dict) and state.get("content") == "null")

    def attribute(self, name: str) -> Node:
        """Return one of its attributes."""
        found = self.attributes.get(name)
        if not isinstance(found, dict):
            raise self.wrong(f"lacks {name}")
        return Node(found, self.archive, f"{self.where}.{name}")

    def items(self) -> list[Node]:
        """Return what a list, a tuple or an array of objects holds."""
        listed = self.loader in ("ListNode", "TupleNode") or (
            self.loader == "NdArrayNode" and self.state.get("type") == "json"
        )
        content = self.state.get("content") if listed else None
        if not isinstance(content, list):
            raise self.wrong("is not a list")
        return [Node(state, self.archive, f"{self.where}[{at}]") for at, state in enumerate(content)]

    def value(self) -> Any:
        """Return a number, a text, True, False or None."""
        if self.loader == "NdArrayNode" and self.state.get("type") == "numpy":
            found = self.array()
            if found.shape != ():
                raise self.wrong("is not a single value")
            return found.item()
        text = self.state.get("content") if self.loader == "JsonNode" else None
        if not isinstance(text, str) or len(text) > _MAX_TEXT or text.lstrip()[:1] in ("[", "{"):
            raise self.wrong("is not a single value")
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self.wrong(f"cannot be read: {printable(str(error))}") from None

    def number(self) -> float:
        """Return a finite number."""
        found = self.value()
        if isinstance(found, bool) or not isinstance(found, int | float) or not abs(found) < 1e300:
            raise self.wrong("is not a finite number")
        return float(found)

    def whole(self, most: int) -> int:
        """Return a whole number from 1 to `most`."""
        found = self.value()
        if isinstance(found, bool) or not isinstance(found, int) or not 1 <= found <= most:
            raise self.wrong(f"is not a whole number from 1 to {most}")
        return found

    def flag(self) -> bool:
        """Return True or False."""
        found = self.value()
        if not isinstance(found, bool):
            raise self.wrong("is neither true nor false")
        return found

    def text(self, *accepted: str) -> str:
        """Return a text, one of those accepted."""
        found = self.value()
        if found not in accepted or not isinstance(found, str):
            raise self.wrong(f"is {printable(found)!r}; read here is: {', '.join(accepted)}")
        return found

    def array(self) -> npt.NDArray[Any]:
        """Return an array of the archive, read only, of any type of number or text."""
        if self.loader != "NdArrayNode" or self.state.get("type") != "numpy":
            raise self.wrong("is not an array")
        return self.archive.array(self.state.get("file"))

    def precision(self) -> np.dtype[np.floating[Any]]:
        """Return the precision that a stored type of numbers means: single, or else double."""
        content = self.state.get("content") if self.loader == "DTypeNode" else None
        found = Node(content, self.archive, self.where).array().dtype
        return np.dtype(np.float32 if found == np.float32 else np.float64)

    def numbers(self, *shape: int, gaps: bool = False) -> npt.NDArray[np.floating[Any]]:
        """Return an array of floating-point numbers in its own precision.

        Parameters
        ----------
        *shape : int
            It must have this shape.
        gaps : bool, default: False
            Whether NaN is accepted. Infinity never is.
        """
        if self.loader == "NdArrayNode" and self.state.get("type") == "numpy":
            found = self.array()
        elif self.loader == "JsonNode":
            found = np.array([self._real()])
        else:
            found = np.array([item._real() for item in self.items()], dtype=np.float64)
        if found.dtype.kind not in "iuf":
            raise self.wrong("is not an array of numbers")
        if found.dtype not in (np.float32, np.float64):
            found = found.astype(np.float64)
        if found.shape != shape and not (found.size == 1 and math.prod(shape) == 1):
            raise self.wrong(f"has the shape {found.shape}, not {shape}")
        bad = np.isinf(found) if gaps else ~np.isfinite(found)
        if bad.any():
            raise self.wrong("is not finite")
        return frozen(found.reshape(shape))

    def _real(self) -> float:
        found = self.value()
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise self.wrong("is not a number")
        return float(found) if abs(found) < 1e300 else math.nan

    def labels(self) -> npt.NDArray[Any]:
        """Return the two classes, as numbers or texts."""
        if self.loader == "NdArrayNode" and self.state.get("type") == "numpy":
            found = self.array()
            if found.ndim != 1 or found.dtype.kind not in "biufU":
                raise self.wrong("is not a list of classes")
            values = self._listed(found)
        else:
            values = [item.value() for item in self.items()]
        if len(values) != 2:
            raise self.wrong(f"has {len(values)} classes; a classifier between two classes is needed")
        for value in values:
            plain = isinstance(value, bool | int | str) or (isinstance(value, float) and math.isfinite(value))
            if not plain or (isinstance(value, str) and not _is_text(value)):
                raise self.wrong("holds a class that is neither a number nor a text")
        if values[0] == values[1] or type(values[0]) is not type(values[1]):
            raise self.wrong("does not name two different classes")
        return np.array(values)

    def names(self, count: int) -> tuple[str, ...]:
        """Return the names of columns."""
        if self.loader == "NdArrayNode" and self.state.get("type") == "numpy":
            found = self._listed(self.array())
        else:
            found = [item.value() for item in self.items()]
        if len(found) != count or not all(isinstance(name, str) and _is_text(name) for name in found):
            raise self.wrong(f"does not name {count} columns")
        return tuple(found)

    def _listed(self, found: npt.NDArray[Any]) -> list[Any]:
        try:
            return list(found.tolist()) if found.ndim == 1 and found.size <= MAX_COLUMNS else []
        except (ValueError, SystemError, OverflowError):
            raise self.wrong("holds characters that there are not") from None

    def version(self) -> tuple[int, int]:
        """Return the version of scikit-learn that fitted this object, (1, 6) if it does not say."""
        found = self.attribute("_sklearn_version").value() if self.has("_sklearn_version") else ""
        parts = found.split(".")[:2] if isinstance(found, str) else []
        if len(parts) == 2 and all(part.isascii() and part.isdigit() and len(part) < 4 for part in parts):
            return int(parts[0]), int(parts[1])
        return 1, 6


def frozen(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return an array that cannot be written to."""
    array = array.view()
    array.flags.writeable = False
    return array


def _is_text(text: str) -> bool:
    return 0 < len(text) <= _MAX_TEXT and not any("\ud800" <= c <= "\udfff" or c == "\0" for c in text)
