"""Finding the file system for an address, with the options that a user gave for it."""

from __future__ import annotations

import importlib
from functools import partial
from typing import Any

from ..errors import MissingDependencyError, UnknownFormatError, listing
from .address import BUCKETS, HTTP, PROTOCOLS, Address
from .bucket_access import ANONYMOUS, HOW, family, says_who
from .bucket_files import BucketFiles
from .reading_display import ReadingDisplay
from .remote_files import RemoteFiles
from .traffic import Traffic

#: Options that would lead to another protocol, or to another way of calling.
_LEADING_ELSEWHERE = frozenset(
    [
        "protocol",
        "target_protocol",
        "remote_protocol",
        "target_options",
        "remote_options",
        "fo",
        "fs",
        "asynchronous",
        "loop",
    ]
)


def files_at(
    address: Address,
    storage_options: dict[str, Any] | None,
    timeout: float,
    traffic: Traffic,
    display: ReadingDisplay,
) -> RemoteFiles:
    """Return the files below an address, whose server is given up after so many seconds.

    Where the options do not say with whose access a bucket is read, it is read with the credentials that its package
    finds, or else anonymously.

    Raises
    ------
    UnknownFormatError
        For options that are not taken.
    MissingDependencyError
        If the package for the protocol is not installed.
    """
    options = checked_options(address.protocol, storage_options)
    if address.protocol in HTTP:
        from .http_files import HttpFiles

        return HttpFiles(address, options, timeout, traffic, display)
    package, name = BUCKETS[address.protocol]
    try:
        # A fixed name: what an installed plug-in offers for the protocol is not looked up.
        kind = getattr(importlib.import_module(package), name)
    except ImportError as error:
        raise MissingDependencyError(
            f"cannot open the address {address.shown()}: {address.protocol}:// needs the package {package}. "
            f"Install it: pip install {package}"
        ) from error
    # What was listed before is not what is there now, and connections are this store's own.
    given = {"use_listings_cache": False, "skip_instance_cache": True, **options}
    made = partial(kind, **kind._get_kwargs_from_urls(address.location))
    own = family(address.protocol)
    return BucketFiles(
        made(**given),
        str(kind._strip_protocol(address.location)),
        timeout,
        traffic,
        display,
        None if says_who(address.protocol, options) else partial(made, **given, **ANONYMOUS[own]),
        HOW[own],
    )


def checked_options(protocol: str, storage_options: Any) -> dict[str, Any]:
    """Return storage options as the protocol's file system takes them.

    Options below the protocol's own name (``{"s3": {...}}``) are taken as they are there.

    Raises
    ------
    UnknownFormatError
        If they are no dictionary, or lead to another protocol.
    """
    if storage_options is None:
        return {}
    if not isinstance(storage_options, dict) or not all(isinstance(name, str) for name in storage_options):
        raise UnknownFormatError(
            f"storage_options is a {type(storage_options).__name__}, expected a dictionary by names of options."
        )
    from fsspec.registry import known_implementations

    options = dict(storage_options)
    own = options.pop(protocol, {})
    options.update(own if isinstance(own, dict) else {protocol: own})
    elsewhere = sorted(set(options) & (_LEADING_ELSEWHERE | set(known_implementations) | set(PROTOCOLS)))
    if elsewhere:
        raise UnknownFormatError(
            f"storage_options holds {listing(map(repr, elsewhere))}, which would lead to another protocol or way "
            f"of calling. Give options of {protocol}:// only, and the whole address to load."
        )
    return options
