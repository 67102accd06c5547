"""Reading text and numbers from an object array that numpy pickled into an ``.npy`` file, without unpickling.

SpikeInterface stores properties like phy's groups in that way. The bytes of a pickle are a list of
instructions. Here those that put a text, a number or a list on the stack are followed, and those that
name or call something only leave a mark; nothing is imported or called. What is not exactly an array of
plain values is not understood.
"""

from __future__ import annotations

import pickletools
from typing import Any

import numpy as np
import numpy.typing as npt

from .plain_values import without_objects

#: Values times characters of the longest one; the array takes four bytes for each.
MAX_CHARACTERS = 2**24
_PUSH = {"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8", "BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT"}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_TUPLES = {"EMPTY_TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_ARRAYS = ("numpy.core.multiarray _reconstruct", "numpy._core.multiarray _reconstruct")


class _Mark:
    """Stands for an object that unpickling would have made; `state` is what it would have been filled with."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.state: Any = None


def plain_array(data: bytes) -> npt.NDArray[Any] | None:
    """Return the array of text or numbers in a pickle of an object array.

    Parameters
    ----------
    data : bytes
        What follows the header of the ``.npy`` file.

    Returns
    -------
    ndarray or None
        One-dimensional, without Python objects. None if it is anything else.
    """
    try:
        found = _followed(data)
        version, shape, _, _, values = found.state
    except (ValueError, IndexError, KeyError, TypeError, AttributeError):
        return None
    if found.name not in _ARRAYS or version != 1 or not isinstance(values, list) or shape != (len(values),):
        return None
    if not all(value is None or isinstance(value, str | int | float) for value in values):
        return None
    if len(values) * max((len(v) for v in values if isinstance(v, str)), default=0) > MAX_CHARACTERS:
        return None
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return without_objects(array)


def _followed(data: bytes) -> _Mark:  # noqa: PLR0912 (one branch an instruction)
    """Follow the instructions; raise one of Python's errors where one is not known or makes no sense."""
    stack: list[Any] = []
    begun: list[int] = []
    memo: dict[int, Any] = {}
    argument: Any
    for opcode, argument, _ in pickletools.genops(data):
        name = opcode.name
        if name in ("PROTO", "FRAME"):
            continue
        if name in _PUSH:
            stack.append(argument)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name])
        elif name in ("SHORT_BINBYTES", "BINBYTES"):
            stack.append(_Mark())
        elif name == "MEMOIZE":
            memo[len(memo)] = stack[-1]
        elif name in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        elif name == "MARK":
            begun.append(len(stack))
        elif name == "EMPTY_LIST":
            stack.append([])
        elif name in ("APPEND", "APPENDS"):
            taken = _taken(stack, begun.pop() if name == "APPENDS" else len(stack) - 1)
            if type(stack[-1]) is not list:
                raise ValueError(name)
            stack[-1].extend(taken)
        elif name == "TUPLE":
            stack.append(tuple(_taken(stack, begun.pop())))
        elif name in _TUPLES:
            stack.append(tuple(_taken(stack, len(stack) - _TUPLES[name])))
        elif name == "GLOBAL":
            stack.append(_Mark(str(argument)))
        elif name == "STACK_GLOBAL":
            module, attribute = _taken(stack, len(stack) - 2)
            stack.append(_Mark(f"{module} {attribute}"))
        elif name == "REDUCE":
            called, _ = _taken(stack, len(stack) - 2)
            stack.append(_Mark(called.name))
        elif name == "BUILD":
            state = stack.pop()
            stack[-1].state = state
        elif name == "STOP" and len(stack) == 1 and isinstance(stack[0], _Mark):
            return stack[0]
        else:
            raise ValueError(name)
    raise ValueError("STOP")


def _taken(stack: list[Any], start: int) -> list[Any]:
    if start < 0 or start > len(stack):
        raise ValueError("stack")
    taken = stack[start:]
    del stack[start:]
    return taken
