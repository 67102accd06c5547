"""Writing a file beside its place and renaming it, so that nothing is half-written or lost."""

from __future__ import annotations

import os
from pathlib import Path

from ..analyzer.placing import beside
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
    with beside(target, overwrite=True) as partial, partial.open("xb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
