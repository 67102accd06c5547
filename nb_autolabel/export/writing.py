"""Writing a file beside its place and renaming it, so that nothing is half-written or lost."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from ..errors import AlreadyExistsError


def target_file(path: str | os.PathLike[str], overwrite: bool) -> Path:
    """Return the absolute path of a file to write.

    Raises
    ------
    AlreadyExistsError
        If something lies there and `overwrite` is False.
    """
    target = Path(path).expanduser().absolute()
    if os.path.lexists(target) and not overwrite:
        raise AlreadyExistsError(
            f"{target} exists. Choose another name, or pass overwrite=True to replace it."
        )
    return target


def write_file(target: Path, content: str | bytes) -> None:
    """Write text (UTF-8) or bytes beside a file, then put it in the file's place."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial-{uuid.uuid4().hex[:8]}")
    try:
        with partial.open("xb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
