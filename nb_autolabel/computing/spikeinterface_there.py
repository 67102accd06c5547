"""Whether SpikeInterface is there to compute, and what to do where it is not."""

from __future__ import annotations

import importlib.util
import re
from importlib.metadata import PackageNotFoundError, version

from ..errors import MissingDependencyError

#: The version whose metrics the catalogue lists.
OLDEST = (0, 105)
INSTALL = "pip install 'nb_autolabel[compute]'"
_NEEDED = ("spikeinterface", "numba", "sklearn", "scipy")


def require_spikeinterface(would_give: str) -> str:
    """Return the version of SpikeInterface.

    Parameters
    ----------
    would_give : str
        What would become available, for the message.

    Raises
    ------
    MissingDependencyError
        If it is not installed, or too old.
    """
    gain = f" Then become available: {would_give}." if would_give else ""
    lacking = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if lacking:
        named = (
            "SpikeInterface" if "spikeinterface" in lacking else f"SpikeInterface with {', '.join(lacking)}"
        )
        raise MissingDependencyError(
            f"computing metrics needs {named}, which is not installed: {INSTALL}.{gain}"
        )
    try:
        found = version("spikeinterface")
    except PackageNotFoundError:
        found = "0"
    numbers = tuple(int(part) for part in re.findall(r"\d+", found)[:2])
    if numbers < OLDEST:
        raise MissingDependencyError(
            f"computing metrics needs SpikeInterface {'.'.join(map(str, OLDEST))} or later, and {found} is installed: "
            f"{INSTALL} --upgrade.{gain}"
        )
    return found
