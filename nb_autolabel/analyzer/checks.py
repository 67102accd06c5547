"""Checks of what was read: shapes, ids, text, rows of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import DamagedDataError

if TYPE_CHECKING:
    import pandas as pd


def check_rows(shape: tuple[int, ...], count: int, where: str, what: str = "unit") -> None:
    """Refuse an array that does not have one row a unit (or a spike).

    Raises
    ------
    DamagedDataError
    """
    if shape[:1] != (count,):
        raise DamagedDataError(f"array {where} has shape {shape}, expected {count} rows (one a {what}).")


def legible(values: npt.NDArray[Any], where: str) -> npt.NDArray[Any]:
    """Return an array unless it holds text with characters that do not exist, which pandas could not keep.

    Raises
    ------
    DamagedDataError
    """
    if values.dtype.kind == "U" and values.size and values.dtype.itemsize:
        codes = np.ascontiguousarray(values).view(np.dtype(np.uint32).newbyteorder(values.dtype.byteorder))
        if bool(((codes > 0x10FFFF) | ((codes >= 0xD800) & (codes <= 0xDFFF))).any()):
            raise DamagedDataError(f"{where} holds text that is no Unicode.")
    return values


def as_ids(values: Any, what: str) -> npt.NDArray[Any]:
    """Return ids as an array of integers or of text; ids of bytes are read as UTF-8.

    Parameters
    ----------
    values : list or ndarray
    what : str
        For messages.

    Raises
    ------
    DamagedDataError
    """
    try:
        ids = np.asarray(values)
        if ids.dtype.kind == "S":
            ids = np.char.decode(ids, "utf-8") if ids.size else ids.astype("<U1")
    except (ValueError, OverflowError, RecursionError) as error:
        raise DamagedDataError(f"{what} cannot be read: {error}.") from error
    if ids.ndim == 1 and not ids.size and ids.dtype.kind not in "iuU":
        # numpy makes an empty list an array of floats.
        ids = ids.astype("<i8")
    if ids.ndim != 1 or ids.dtype.kind not in "iuU":
        raise DamagedDataError(
            f"{what} is {ids.dtype} {ids.shape}, expected a list of whole numbers or of names."
        )
    return legible(ids, what)


def indexed(frame: pd.DataFrame, unit_ids: npt.NDArray[Any], where: str) -> pd.DataFrame:
    """Return a frame with the unit ids as index, in their order.

    Raises
    ------
    DamagedDataError
        If the frame's rows are not the analyzer's units.
    """
    import pandas as pd

    want = pd.Index(unit_ids)
    if frame.index.dtype == want.dtype and want.dtype != object and frame.index.equals(want):
        # As almost always: nothing has to be compared as text.
        return frame.set_axis(want) if frame.index.name is not None else frame
    have = frame.index.map(_as_text)
    want_text = want.map(_as_text)
    if not have.equals(want_text) and (len(want) or len(have)):
        if len(have) != len(want) or set(have) != set(want_text):
            raise DamagedDataError(
                f"{where}: its {len(have)} rows are not the analyzer's {len(want)} units. "
                "Compute it again for all units, or select these units with SpikeInterface first."
            )
        frame = frame.iloc[have.get_indexer(want_text)]
    frame.index = want
    return frame


def _as_text(unit: Any) -> str:
    return unit.decode("utf-8", "replace") if isinstance(unit, bytes) else str(unit)


def json_dict(data: Any, where: str) -> dict[str, Any]:
    """Return JSON data that must be a dictionary.

    Raises
    ------
    DamagedDataError
    """
    if not isinstance(data, dict):
        raise DamagedDataError(f"{where} should hold a JSON dictionary, not {type(data).__name__}.")
    return data
