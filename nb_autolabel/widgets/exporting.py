"""What the panel Keep writes: the labels in a format, to a place that a person names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import AlreadyExistsError, ForeignTargetError, MessageError

#: Formats by name: what the menu calls them, and the place that is offered.
FORMATS: dict[str, tuple[str, str]] = {
    "csv": ("CSV table", "labels.csv"),
    "curation_json": ("curation JSON (SpikeInterface)", "curation.json"),
    "phy": ("phy folder (cluster_*.tsv)", "phy"),
    "parquet": ("Parquet table", "labels.parquet"),
    "nwb": ("NWB file (columns of its units)", "session.nwb"),
}
#: Characters of a path at most.
_LONGEST_PATH = 4096


def export(content: dict[str, Any], write: Callable[..., Any], count: Callable[[], int]) -> dict[str, Any]:
    """Carry out a request to write labels; return the answer.

    Parameters
    ----------
    content : dict
        Parts ``export`` (format), ``path``, ``overwrite``.
    write : callable
        ``write(path, format, overwrite=...)`` writes the labels and returns the place.
    count : callable
        Returns the number of units.

    Raises
    ------
    MessageError
        If the request makes no sense. What `write` raises is raised here, but for a file of the same kind that is there
        already: then the answer asks.
    """
    kind, path, overwrite = content.get("export"), content.get("path"), content.get("overwrite", False)
    if not isinstance(kind, str) or kind not in FORMATS:
        raise MessageError(f"labels are exported as {', '.join(FORMATS)}; not as {str(kind)[:60]!r}.")
    if not isinstance(path, str) or not path.strip() or len(path) > _LONGEST_PATH:
        raise MessageError("say where to: the path of a file, or of a folder for phy.")
    if not isinstance(overwrite, bool):
        raise MessageError("whether to replace what is there is said with true or false.")
    try:
        written = write(path.strip(), kind, overwrite=overwrite)
    except ForeignTargetError:
        raise
    except AlreadyExistsError:
        said = f"{path.strip()} has labels already. Press again to replace them."
        return {"said": said, "ask": True, "exported": False}
    many = count()
    return {"said": f"Written: {written} ({many} {'unit' if many == 1 else 'units'}).", "exported": True}
