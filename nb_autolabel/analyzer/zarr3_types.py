"""Types and fill values as format 3 writes them."""

from __future__ import annotations

import re
import struct
from typing import Any

import numpy as np

from ..errors import DamagedDataError, UnsafeDataError
from .codecs import shortened
from .zarr_metadata import MAX_FIELDS, MAX_ITEM_BYTES, fill_value_of

#: Numbers, by name; the ``bytes`` codec has their byte order.
NUMBERS = {
    "bool": "?", "int8": "i1", "int16": "i2", "int32": "i4", "int64": "i8", "uint8": "u1", "uint16": "u2",
    "uint32": "u4", "uint64": "u8", "float16": "f2", "float32": "f4", "float64": "f8", "complex64": "c8",
    "complex128": "c16",
}  # fmt: skip
#: Texts and bytes of a fixed length, with numpy's letter and the bytes of one character.
FIXED = {"fixed_length_utf32": ("U", 4), "null_terminated_bytes": ("S", 1), "raw_bytes": ("V", 1)}
#: Text of any length; each value is stored with its length.
TEXT = "string"


def dtype3_of(spec: Any, depth: int = 0) -> np.dtype[Any]:
    """Return the numpy type for a ``data_type``, in the byte order of this machine; objects for texts of any length.

    Raises
    ------
    DamagedDataError
        If it is no type, or its values are too large.
    UnsafeDataError
        If it is a type that is not on the list.
    """
    name = spec.get("name") if isinstance(spec, dict) else spec
    options = spec.get("configuration", {}) if isinstance(spec, dict) else {}
    if not isinstance(name, str) or not isinstance(options, dict):
        raise DamagedDataError(f"data_type {shortened(spec)} is not a type.")
    if name == TEXT and depth == 0:
        return np.dtype(object)
    if name in NUMBERS:
        return np.dtype(NUMBERS[name])
    if name in FIXED:
        letter, width = FIXED[name]
        length = options.get("length_bytes")
        if type(length) is not int or not 0 <= length <= MAX_ITEM_BYTES or length % width:
            raise DamagedDataError(f"data_type {shortened(spec)} has no length.")
        return np.dtype(f"{letter}{max(1, length // width)}")
    raw = re.fullmatch(r"r([1-9][0-9]{0,7})", name)
    if raw and not int(raw[1]) % 8 and int(raw[1]) // 8 <= MAX_ITEM_BYTES:
        return np.dtype(f"V{int(raw[1]) // 8}")
    if name in ("structured", "struct") and depth < 4:
        fields = options.get("fields")
        if not isinstance(fields, list) or not 0 < len(fields) <= MAX_FIELDS:
            raise DamagedDataError(f"data_type {shortened(spec)} has no list of fields.")
        made = np.dtype([_field(field, depth) for field in fields])
        if made.itemsize > MAX_ITEM_BYTES:
            raise DamagedDataError(f"data_type {shortened(spec)} has values of {made.itemsize} bytes.")
        return made
    listed = ", ".join(sorted([*NUMBERS, *FIXED, TEXT, "structured"]))
    raise UnsafeDataError(f"data_type {shortened(name)} is not one of {listed}; it stays bytes.")


def _field(field: Any, depth: int) -> tuple[str, np.dtype[Any]]:
    if isinstance(field, dict):
        field = [field.get("name"), field.get("data_type")]
    if not isinstance(field, list) or len(field) != 2 or not isinstance(field[0], str) or not field[0]:
        raise DamagedDataError(f"field {shortened(field)} is no name and type.")
    return field[0], dtype3_of(field[1], depth + 1)


def fill_value3_of(value: Any, dtype: np.dtype[Any]) -> Any:
    """Return the value that chunks stand for which are not stored.

    Raises
    ------
    DamagedDataError, TypeError, ValueError, OverflowError
        If it is no value of the type.
    """
    if dtype.hasobject:
        if not isinstance(value, str):
            raise DamagedDataError(f"fill_value {shortened(value)} is no text.")
        return value
    if isinstance(value, str) and dtype.kind == "f" and value.startswith("0x"):
        bits = bytes.fromhex(value[2:])
        if len(bits) != dtype.itemsize:
            raise DamagedDataError(f"fill_value {shortened(value)} is not a value of its type.")
        return dtype.type(struct.unpack({2: ">e", 4: ">f", 8: ">d"}[len(bits)], bits)[0])
    if dtype.kind == "c" and isinstance(value, list) and len(value) == 2:
        return dtype.type(complex(float(value[0]), float(value[1])))
    if dtype.kind == "U" and isinstance(value, str):
        return np.array(value, dtype=dtype)[()]
    if dtype.kind == "V" and isinstance(value, list | dict):
        return np.zeros((), dtype)[()]
    return fill_value_of(value, dtype)
