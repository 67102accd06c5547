"""The parts of the unit card, each an answer to the browser, the quickest first."""

from __future__ import annotations

from collections.abc import Callable

from .card_asked import Arrays, Asked, Known
from .card_shape import read_neighbours, read_place, read_template
from .card_spread import read_clouds, read_curated, read_decay, read_singles
from .card_train import read_amplitudes, read_depths, read_train

Reader = Callable[[Asked, Known, Arrays], None]

#: What is read for each part of the card: the name for messages, and what reads it. A part is one answer to the browser.
PARTS: dict[str, tuple[tuple[str, Reader], ...]] = {
    "shape": (
        ("template", read_template),
        ("place on the probe", read_place),
        ("similar templates", read_neighbours),
    ),
    "train": (
        ("spike train", read_train),
        ("amplitudes", read_amplitudes),
        ("depths over time", read_depths),
    ),
    "spread": (
        ("single waveforms", read_singles),
        ("fit of amplitude against distance", read_decay),
        ("principal components", read_clouds),
        ("curated units to compare with", read_curated),
    ),
}
