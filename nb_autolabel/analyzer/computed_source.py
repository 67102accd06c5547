"""A source with extensions that were computed later: what it had stays, nothing is written."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from .entry import Entry, StoredExtension
from .header import Header
from .source import Source
from .spikes_by_unit import SpikesByUnit


@dataclass(frozen=True)
class ComputedExtension:
    """An extension that was computed, in memory.

    Attributes
    ----------
    params : dict
        What it was computed with.
    info : dict
        Class and version that computed it.
    data : dict
        Arrays and tables by name; they win over those of the same name that the source has.
    run_info : dict
    """

    params: dict[str, Any]
    info: dict[str, Any]
    data: dict[str, Any]
    run_info: dict[str, Any] = field(default_factory=lambda: {"run_completed": True})


class ComputedSource(Source):
    """Another source, with extensions more.

    Parameters
    ----------
    base : Source
        Everything else is read from it.
    header : Header
        Its header, or one that says more of the recording.
    computed : dict of str to ComputedExtension
        By name. Data of an extension that `base` has too are added to its.
    metrics : list of str
        Metrics that were computed, for code that computes them again.
    with_recording : bool
        Whether that takes a recording.
    """

    format = "memory"
    location = None

    def __init__(
        self,
        base: Source,
        header: Header,
        computed: Mapping[str, ComputedExtension],
        metrics: list[str],
        with_recording: bool = False,
    ) -> None:
        self.base = base
        self.metrics = metrics
        self.with_recording = with_recording
        self._header = header
        self._computed = dict(computed)
        self.renamed = base.renamed

    @property
    def origin(self) -> Source:
        """See :attr:`Source.origin`."""
        return self.base.origin

    @property
    def has_options(self) -> bool:
        """See :attr:`Source.has_options`."""
        return self.base.has_options

    @property
    def header(self) -> Header:
        """What is known from opening."""
        return self._header

    @property
    def version(self) -> Hashable:
        """See :attr:`Source.version`."""
        return self.base.version

    def spikes(self) -> npt.NDArray[Any]:
        """Return all spikes; see :meth:`Source.spikes`."""
        return self.base.kept_spikes

    @property
    def kept_spikes(self) -> npt.NDArray[Any]:
        """See :attr:`Source.kept_spikes`."""
        return self.base.kept_spikes

    @property
    def has_kept_spikes(self) -> bool:
        """See :attr:`Source.has_kept_spikes`."""
        return self.base.has_kept_spikes

    @property
    def spikes_by_unit(self) -> SpikesByUnit:
        """See :attr:`Source.spikes_by_unit`."""
        return self.base.spikes_by_unit

    def property_names(self) -> list[str]:
        """Names of the sorting's properties."""
        return self.base.property_names()

    def read_property(self, name: str) -> npt.NDArray[Any]:
        """Return a property; see :meth:`Source.read_property`."""
        return self.base.read_property(name)

    def hidden_properties(self) -> dict[str, npt.NDArray[Any] | None]:
        """See :meth:`Source.hidden_properties`."""
        return self.base.hidden_properties()

    def unreadable(self) -> list[str]:
        """See :meth:`Source.unreadable`."""
        return self.base.unreadable()

    def extension_names(self) -> list[str]:
        """Names of the extensions of the base and of those that were computed."""
        return list(dict.fromkeys([*self.base.extension_names(), *self._computed]))

    def extension(self, name: str) -> StoredExtension:
        """Return an extension; see :meth:`Source.extension`."""
        computed = self._computed.get(name)
        if computed is None:
            return self.base.extension(name)
        entries: dict[str, Entry] = {}
        if name in self.base.extension_names():
            entries |= self.base.extension(name).entries
        entries |= {key: _entry(value, f"computed '{name}', '{key}'") for key, value in computed.data.items()}
        return StoredExtension(
            name, dict(computed.params), dict(computed.info), dict(computed.run_info), entries
        )


def _entry(value: Any, where: str) -> Entry:
    if hasattr(value, "columns") and hasattr(value, "loc"):
        return Entry("frame", lambda rows: value.copy(), where=where)
    return Entry.of(value, where)
