"""Types and fill values as format 3 writes them."""

from __future__ import annotations

import base64
import binascii
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
#: Times and durations, with numpy's letter, and the units that they are counted in.
TIMES = {"numpy.datetime64": "M", "numpy.timedelta64": "m"}
TIME_UNITS = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "μs", "ns", "ps", "fs", "as", "generic")
#: Records of named fields.
RECORDS = ("structured", "struct")
#: Text of any length; each value is stored with its length.
TEXT = "string"
#: Records in records, at most so deep.
MAX_RECORDS = 4


def named(value: Any, what: str) -> tuple[str, dict[str, Any]]:
    """Return the name and the configuration of a type, codec, grid or encoding; a name may stand alone.

    Raises
    ------
    DamagedDataError
        If it has no name.
    """
    name = value.get("name") if isinstance(value, dict) else value
    options = (value.get("configuration") or {}) if isinstance(value, dict) else {}
    if not isinstance(name, str) or not isinstance(options, dict):
        raise DamagedDataError(f"{what} {shortened(value)} has no name.")
    return name, options


def is_text(spec: Any) -> bool:
    """Whether a ``data_type`` is text of any length."""
    return (spec.get("name") if isinstance(spec, dict) else spec) == TEXT


def dtype3_of(spec: Any, depth: int = 0) -> np.dtype[Any]:
    """Return the numpy type for a ``data_type`` that has a length, in the byte order of this machine.

    Raises
    ------
    DamagedDataError
        If it is no type, or its values are too large.
    UnsafeDataError
        If it is a type that is not on the list.
    """
    name, options = named(spec, "data_type")
    if name in NUMBERS:
        return np.dtype(NUMBERS[name])
    if name in FIXED:
        letter, width = FIXED[name]
        length = options.get("length_bytes")
        if type(length) is not int or not 0 < length <= MAX_ITEM_BYTES or length % width:
            raise DamagedDataError(
                f"data_type {shortened(spec)} has the length_bytes {shortened(length)}, "
                f"expected 1 to {MAX_ITEM_BYTES}, a multiple of {width}."
            )
        return np.dtype(f"{letter}{length // width}")
    if name in TIMES:
        return _time(TIMES[name], options, spec)
    raw = re.fullmatch(r"r([1-9][0-9]{0,7})", name, re.ASCII)
    if raw and not int(raw[1]) % 8 and int(raw[1]) // 8 <= MAX_ITEM_BYTES:
        return np.dtype(f"V{int(raw[1]) // 8}")
    if name in RECORDS and depth < MAX_RECORDS:
        fields = options.get("fields")
        if not isinstance(fields, list) or not 0 < len(fields) <= MAX_FIELDS:
            raise DamagedDataError(f"data_type {shortened(spec)} has no list of at most {MAX_FIELDS} fields.")
        made = np.dtype([_field(field, depth) for field in fields])
        if made.itemsize > MAX_ITEM_BYTES:
            raise DamagedDataError(f"data_type {shortened(spec)} has values of {made.itemsize} bytes.")
        return made
    listed = ", ".join([*NUMBERS, *FIXED, *TIMES, "r8, r16 ...", RECORDS[0], *([TEXT] if not depth else [])])
    raise UnsafeDataError(f"data_type {shortened(name)} is not one of {listed}; it stays bytes.")


def _time(letter: str, options: dict[str, Any], spec: Any) -> np.dtype[Any]:
    unit, factor = options.get("unit"), options.get("scale_factor", 1)
    if unit not in TIME_UNITS or type(factor) is not int or not 0 < factor < 2**31:
        raise DamagedDataError(
            f"data_type {shortened(spec)} has the unit {shortened(unit)} times {shortened(factor)}, "
            f"expected one of {', '.join(TIME_UNITS)} times a whole number."
        )
    return np.dtype(f"{letter}8" if unit == "generic" else f"{letter}8[{factor}{unit}]")


def _field(field: Any, depth: int) -> tuple[str, np.dtype[Any]]:
    if isinstance(field, dict):
        field = [field.get("name"), field.get("data_type")]
    if not isinstance(field, list) or len(field) != 2 or not isinstance(field[0], str) or not field[0]:
        raise DamagedDataError(f"field {shortened(field)} is no name and type.")
    return field[0], dtype3_of(field[1], depth + 1)


def text_fill(value: Any) -> np.str_:
    """Return the text that texts of any length are where none is stored.

    Raises
    ------
    DamagedDataError
        If it is no text, or longer than a value may be.
    """
    if not isinstance(value, str) or 4 * len(value) > MAX_ITEM_BYTES:
        raise DamagedDataError(f"fill_value {shortened(value)} is no text of at most {MAX_ITEM_BYTES} bytes.")
    return np.str_(value)


def fill_value3_of(value: Any, dtype: np.dtype[Any]) -> Any:
    """Return the value that chunks stand for which are not stored; None if there is none.

    Raises
    ------
    DamagedDataError, TypeError, ValueError, OverflowError
        If it is no value of the type.
    """
    if dtype.kind == "f":
        return None if value is None else _float(value, dtype)
    if dtype.kind == "c" and isinstance(value, list) and len(value) == 2:
        part = np.dtype(f"f{dtype.itemsize // 2}")
        made = np.empty((), dtype)
        made.real, made.imag = (_float(one, part) for one in value)
        return made[()]
    if dtype.kind == "U" and isinstance(value, str):
        return np.array(value, dtype=dtype)[()]
    if dtype.names and isinstance(value, dict):
        record = np.zeros((), dtype)
        for name in dtype.names:
            record[name] = fill_value3_of(value[name], dtype[name])
        return record[()]
    if dtype.kind in "SV" and isinstance(value, str):
        return _of_bytes(_decoded(value), dtype)
    if dtype.kind in "SV" and isinstance(value, list):
        return _of_bytes(bytes(value), dtype)
    whole = type(value) in (int, bool) or (type(value) is float and value.is_integer())
    if dtype.kind in "iub" and value is not None and not whole:
        raise DamagedDataError(f"fill_value {shortened(value)} is not a value of {dtype}.")
    if dtype.kind in "mM" and value != "NaT" and type(value) is not int:
        raise DamagedDataError(f"fill_value {shortened(value)} is neither a whole number nor NaT.")
    return fill_value_of(value, dtype)


def _float(value: Any, dtype: np.dtype[Any]) -> Any:
    """Return a number: as JSON has it, by name ("NaN", "Infinity", "-Infinity") or as its bits ("0x7fc00000")."""
    if isinstance(value, str) and value.startswith("0x"):
        bits = bytes.fromhex(value[2:])
        if len(bits) == dtype.itemsize:
            return dtype.type(struct.unpack({2: ">e", 4: ">f", 8: ">d"}[len(bits)], bits)[0])
    elif type(value) in (int, float) or value in ("NaN", "Infinity", "-Infinity"):
        with np.errstate(over="ignore"):
            return dtype.type(float(value))
    raise DamagedDataError(
        f"fill_value {shortened(value)} is not a value of {dtype}: a number, NaN, Infinity, -Infinity or the "
        f"{2 * dtype.itemsize} digits of its bits behind 0x are."
    )


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise DamagedDataError(f"fill_value {shortened(value)} is no base64 ({error}).") from error


def _of_bytes(raw: bytes, dtype: np.dtype[Any]) -> Any:
    """Return a value for its bytes; zeros at the end of a fixed length are not written."""
    if len(raw) > dtype.itemsize or (dtype.kind == "V" and raw and len(raw) != dtype.itemsize):
        raise DamagedDataError(f"fill_value has {len(raw)} bytes, expected {dtype.itemsize}.")
    return np.frombuffer(raw.ljust(dtype.itemsize, b"\0"), dtype)[0]
