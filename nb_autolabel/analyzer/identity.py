"""The identity of a sorting: its unit ids and a digest of each unit's spike train."""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..errors import AutolabelError, SourceChangedError
from ..unit_ids import UnitIndex, as_text
from .header import Header

if TYPE_CHECKING:
    from .analyzer import Analyzer

#: Spikes that are digested at once; each needs 24 bytes of temporary memory.
BLOCK = 2**20


def fingerprint(unit_ids: Iterable[Any], of: str = "") -> str:
    """Return 16 hexadecimal digits of unit ids in their order, and of what else is said of a sorting."""
    texts = [str(unit) for unit in unit_ids]
    return hashlib.sha256(
        "\n".join([*texts, *([of] if of else [])]).encode("utf-8", "surrogatepass")
    ).hexdigest()[:16]


@dataclass(frozen=True)
class Identity:
    """The identity of the units of a sorting, independent of where and in which format it is stored.

    Attributes
    ----------
    unit_ids : tuple
        In the order of the sorting.
    trains : tuple of str
        Digest of each unit's spike train: how many spikes, in which segments, at which samples; of a table of metrics, of
        the unit's row. The order of the spikes and the other units do not matter, so a selection, another order or
        another format changes none.
        Of a unit without spikes, and where spikes cannot be read, what is recorded of the recording stands for it.
        Empty where nothing but the ids is known.
    recording : str
        Digest of the recording: channel ids, sampling frequency, number of samples.
    known_as : tuple of str
        Fingerprints by which earlier versions of this package called the sorting.
    """

    unit_ids: tuple[Any, ...]
    trains: tuple[str, ...] = ()
    recording: str = ""
    known_as: tuple[str, ...] = ()

    @cached_property
    def index(self) -> UnitIndex:
        """Positions of the units by id."""
        return UnitIndex(self.unit_ids, "this sorting")

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits; the same for another order of the same units.

        Where only ids are known, of these in their order.
        """
        if not self.trains:
            return self.known_as[0] if self.known_as else fingerprint([], "trains")
        return fingerprint(
            sorted(f"{as_text(u)}\t{t}" for u, t in zip(self.unit_ids, self.trains, strict=True)), "trains"
        )

    @classmethod
    def of_ids(cls, unit_ids: Iterable[Any], of: str = "") -> Identity:
        """Return the identity of a sorting of which only the unit ids are known, and a description at most."""
        ids = unit_ids.tolist() if hasattr(unit_ids, "tolist") else list(unit_ids)
        return cls(tuple(ids), known_as=(fingerprint(ids, of),))


#: Identities computed so far, so that the spikes of an analyzer are read once for it.
_known: weakref.WeakKeyDictionary[Analyzer, Identity] = weakref.WeakKeyDictionary()


def identity_of(analyzer: Analyzer) -> Identity:
    """Return the identity of the units of an analyzer.

    Reads all spikes, once an analyzer, and keeps 16 characters a unit of them.

    Parameters
    ----------
    analyzer : Analyzer

    Returns
    -------
    Identity
    """
    found = _known.get(analyzer)
    if found is None:
        header = analyzer.header
        ids = analyzer.unit_ids.tolist()
        if analyzer.only_metrics:
            found = _known[analyzer] = Identity(tuple(ids), tuple(row_digests(analyzer)), _short("table"))
            return found
        samples = header.recording_attributes.get("num_samples")
        before = f"{analyzer.sampling_frequency:g} Hz, {samples} samples"
        recording = recording_digest(header)
        try:
            source = analyzer.source
            # Not kept: a card or a page that shows spikes keeps them when it needs them.
            spikes = source.kept_spikes if source.has_kept_spikes else source.spikes()
            trains = train_digests(spikes, len(ids), recording)
        except SourceChangedError:
            raise
        except (AutolabelError, OSError, ValueError, LookupError):
            trains = [_short(f"no spikes\n{recording}")] * len(ids)
        known_as = (fingerprint(ids, before), fingerprint(ids))
        found = _known[analyzer] = Identity(tuple(ids), tuple(trains), recording, known_as)
    return found


def recording_digest(header: Header) -> str:
    """Return 16 hexadecimal digits of the recording that was sorted, of what every format stores of it."""
    samples = header.recording_attributes.get("num_samples")
    lengths = np.atleast_1d(np.asarray([] if samples is None else samples, dtype=object)).ravel().tolist()
    channels = [as_text(channel) for channel in header.channel_ids.tolist()]
    return _short("\n".join([*channels, repr(float(header.sampling_frequency)), *map(as_text, lengths)]))


def train_digests(spikes: npt.NDArray[Any], n_units: int, recording: str = "") -> list[str]:
    """Return a digest of each unit's spike train.

    Parameters
    ----------
    spikes : structured ndarray, shape (n_spikes,)
        Fields sample_index, unit_index, segment_index.
    n_units : int
    recording : str, default: ""
        Stands for the train of a unit without spikes.

    Returns
    -------
    list of str, length n_units
    """
    counts = np.zeros(n_units, dtype=np.int64)
    # A sum of scrambled times modulo 2**64 for each unit: no order of the spikes, and no other unit, changes it.
    sums = np.zeros((2, n_units), dtype=np.uint64)
    for start in range(0, len(spikes), BLOCK):
        block = spikes[start : start + BLOCK]
        units = np.ascontiguousarray(block["unit_index"])
        counts += np.bincount(units, minlength=n_units)
        times = block["sample_index"].astype(np.uint64) + (
            block["segment_index"].astype(np.uint64) << np.uint64(48)
        )
        np.add.at(sums[0], units, _scrambled(times))
        np.add.at(sums[1], units, _scrambled(times ^ np.uint64(0x5851F42D4C957F2D)))
    return [
        _short(f"{count} {a:016x} {b:016x}" if count else f"no spikes\n{recording}")
        for count, a, b in zip(counts.tolist(), *sums.tolist(), strict=True)
    ]


def row_digests(analyzer: Analyzer) -> list[str]:
    """Return a digest of each unit's metrics, which stands for its spike train where there is a table alone.

    Two tables that number their units alike are told apart by it; other units, and their order, do not matter.

    Parameters
    ----------
    analyzer : Analyzer

    Returns
    -------
    list of str, length n_units
    """
    frame = analyzer.get_metrics_extension_data()
    frame = frame[sorted(frame.columns)]
    rows = np.ascontiguousarray(frame.to_numpy(dtype="<f8", na_value=np.nan))
    rows = np.where(np.isnan(rows), np.nan, rows + 0.0)  # one kind of NaN, one kind of zero
    names = "\n".join(frame.columns).encode("utf-8", "surrogatepass")
    return [hashlib.sha256(names + row.tobytes()).hexdigest()[:16] for row in rows]


def _scrambled(values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Return 64 bits for each value that look drawn at random (the finaliser of splitmix64).

    References
    ----------
    Steele, Lea, Flood (2014), Fast splittable pseudorandom number generators. OOPSLA.
    """
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
