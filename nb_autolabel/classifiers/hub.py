"""Classifiers from the Hugging Face Hub: from its cache at once, else downloaded once."""

from __future__ import annotations

import contextlib
import re
import socket
import sys
from pathlib import Path
from typing import Any

from ..errors import MissingDependencyError, ModelError, ModelNotFoundError, listing
from .description import INFO, MAX_INFO
from .rebuilt.archive import MAX_FILE, WAY_OUT

#: Seconds to wait for the Hub's first answer.
TIMEOUT = 3.0
#: Names of branches, tags and commits that are asked for; they are also names of files in the cache.
_REVISION = re.compile(r"[A-Za-z0-9_][\w.-]*(/[A-Za-z0-9_][\w.-]*)*")
#: By module, the errors of a connection that failed.
_CLIENTS = {
    "huggingface_hub.errors": ("LocalEntryNotFoundError", "OfflineModeIsEnabled"),
    "requests.exceptions": ("ConnectionError", "ConnectTimeout", "ReadTimeout"),
    "httpx": ("ConnectError", "TimeoutException", "ProxyError"),
}
_BUNDLED_HINT = "Without arguments the bundled classifiers are used, which need no network."


def download(repo: str, revision: str | None = None) -> tuple[Path, str]:
    """Return the folder of a model in the Hub's cache, downloading what is not there.

    Parameters
    ----------
    repo : str
        "user/name".
    revision : str, optional
        Branch, tag or commit; None is the main branch, as it was when it was first downloaded.

    Returns
    -------
    folder : Path
    source : str
        Repository and revision, for messages.

    Raises
    ------
    ModelNotFoundError
        If there is no such repository, or the Hub cannot be reached and the cache does not have it.
    ModelError
        If the repository holds no ``.skops`` file, its files are larger than what is read here (nothing is
        downloaded then), or the download broke off.
    """
    try:
        import huggingface_hub as hub
    except ImportError:
        raise MissingDependencyError(
            "classifiers of the Hub need huggingface_hub: pip install huggingface_hub"
        ) from None
    if revision is not None and not (isinstance(revision, str) and _REVISION.fullmatch(revision)):
        raise ModelNotFoundError(f"{revision!r} is no name of a branch, tag or commit.")
    source = f"'{repo}'" + (f" (revision {revision})" if revision else "")
    cached = _cached(repo, revision)
    if cached is not None:
        return cached, repo
    from huggingface_hub import errors

    try:
        # List the files first, with a short time-out: without a network, a download retries for a long time.
        listed = hub.HfApi().model_info(repo, revision=revision, timeout=TIMEOUT, files_metadata=True)
        sizes = {file.rfilename: file.size for file in listed.siblings or ()}
        wanted = _wanted(list(sizes), source)
        for name in wanted:
            size = sizes[name]
            _check_size(name, _size(repo, name, listed.sha or revision) if size is None else size, source)
        paths = [
            Path(hub.hf_hub_download(repo, name, revision=listed.sha or revision, etag_timeout=TIMEOUT))
            for name in wanted
        ]
    except errors.GatedRepoError as error:
        raise ModelNotFoundError(
            f"the model {source} is gated: accept its conditions on the Hub and log in (huggingface-cli login). "
            f"{_BUNDLED_HINT}"
        ) from error
    except errors.RevisionNotFoundError as error:
        raise ModelNotFoundError(f"the Hub has the model '{repo}', but no revision '{revision}'.") from error
    except errors.RepositoryNotFoundError as error:
        raise ModelNotFoundError(
            f"the Hub has no model {source}, or it is private and you are not logged in. {_BUNDLED_HINT}"
        ) from error
    except ModelError:
        raise
    except errors.HFValidationError as error:
        raise ModelNotFoundError(f"'{repo}' is no name of a repository: {error}") from error
    except Exception as error:
        if _is_network(error):
            raise ModelNotFoundError(
                f"the model {source} is not in the cache and the Hub cannot be reached "
                f"({type(error).__name__}). {_BUNDLED_HINT}"
            ) from error
        raise ModelError(
            f"the model {source} could not be downloaded: {type(error).__name__}: {error}"
        ) from error
    if listed.sha:
        _remember(repo, revision or "main", listed.sha)
    return paths[0].parent, repo


def _wanted(names: list[str], source: str) -> list[str]:
    """Choose the files of a model: the first ``.skops`` file, as SpikeInterface does, and its description."""
    models = sorted(name for name in names if name.endswith(".skops") and "/" not in name)
    if not models:
        raise ModelError(f"the model {source} holds no .skops file. It holds: {listing(names)}.")
    return [*([INFO] if INFO in names else []), models[0]]


def _size(repo: str, name: str, revision: str | None) -> int | None:
    """Ask for the size of a file that the list does not tell."""
    import huggingface_hub as hub

    address = hub.hf_hub_url(repo, name, revision=revision)
    return hub.get_hf_file_metadata(address, timeout=TIMEOUT).size


def _check_size(name: str, size: Any, source: str) -> None:
    """Refuse a file that is too large to be read, before it is downloaded."""
    most = MAX_INFO if name == INFO else MAX_FILE
    if not isinstance(size, int) or size > most:
        said = f"has {size} bytes" if isinstance(size, int) else "is of unknown size"
        raise ModelError(
            f"'{name}' of the model {source} {said}; at most {most} are downloaded. Nothing was. {WAY_OUT}"
        )


def _cached(repo: str, revision: str | None) -> Path | None:
    """Return the folder of a model that was downloaded before, whole; never asks the network."""
    import huggingface_hub as hub
    from huggingface_hub import errors

    try:
        folder = Path(
            hub.snapshot_download(repo, revision=revision, local_files_only=True, allow_patterns=[INFO])
        )
    except (errors.LocalEntryNotFoundError, errors.HFValidationError, OSError):
        return None
    # The .skops file is downloaded last. If it is in the cache, all other files are too.
    return folder if any(folder.glob("*.skops")) else None


def _remember(repo: str, revision: str, sha: str) -> None:
    """Note which commit a branch or tag was, where the layout of the Hub's cache has it."""
    from huggingface_hub import constants

    ref = Path(constants.HF_HUB_CACHE) / f"models--{repo.replace('/', '--')}" / "refs" / revision
    if not ref.exists() and revision != sha:
        with contextlib.suppress(
            OSError
        ):  # the cache may be read-only; then the Hub is asked again next time
            ref.parent.mkdir(parents=True, exist_ok=True)
            ref.write_text(sha, encoding="utf-8")


def _is_network(error: BaseException) -> bool:
    """Whether an error, or one that it was raised from, is of the connection and not of what was answered."""
    kinds = _network_errors()
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, kinds):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _network_errors() -> tuple[type[BaseException], ...]:
    """Return the errors by which Python and the clients that huggingface_hub uses say that nothing was reached."""
    from huggingface_hub import errors

    kinds: list[type[BaseException]] = [ConnectionError, TimeoutError, socket.gaierror]
    # Older versions of huggingface_hub ask through requests, newer ones through httpx.
    for module, names in _CLIENTS.items():
        # A module that was never imported cannot have raised its errors.
        client = errors if module == "huggingface_hub.errors" else sys.modules.get(module)
        kinds += [getattr(client, name) for name in names if hasattr(client, name)]
    return tuple(kinds)
