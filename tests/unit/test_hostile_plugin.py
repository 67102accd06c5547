"""A codec that an installed package offers is not looked up because a file names it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numcodecs
import numcodecs.registry
import numpy as np
import pytest

from nb_autolabel.errors import UnsafeDataError

from .test_hostile_payload import Trap, use_everything
from .test_reader_arrays import consolidate, put_array
from .test_reader_layout import write_zarr


@pytest.fixture
def evil_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Trap]:
    """An installed package that offers numcodecs a codec named 'evil'."""
    trap, site = Trap(tmp_path / "marker"), tmp_path / "site"
    trap.module(site, "evil_codec")
    info = site / "evil_codec-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evil_codec\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[numcodecs.codecs]\nevil = evil_codec:Evil\n")
    monkeypatch.syspath_prepend(site)
    numcodecs.registry.run_entrypoints()
    yield trap
    monkeypatch.undo()
    numcodecs.registry.codec_registry.pop("evil", None)
    numcodecs.registry.run_entrypoints()


def test_the_codec_springs_when_numcodecs_looks_it_up(evil_plugin: Trap):
    numcodecs.get_codec({"id": "evil"})

    assert evil_plugin.sprung


@pytest.mark.parametrize("place", [{"filters": [{"id": "evil"}]}, {"compressor": {"id": "evil"}}], ids=str)
def test_a_codec_that_a_plug_in_offers_is_not_looked_up(place: Any, evil_plugin: Trap, tmp_path: Path):
    assert "evil" in numcodecs.registry.entries
    folder = write_zarr(tmp_path / "small.zarr")
    put_array(folder, "extensions/waveforms/waveforms", np.zeros((24, 10, 2), "f4"), described=place)
    put_array(folder, "sorting/properties/quality", np.zeros(6), described=place)
    put_array(folder, "extensions/quality_metrics/metrics/firing_rate", np.zeros(6), described=place)
    consolidate(folder)

    analyzer = use_everything(folder, tmp_path / "saved")

    assert not evil_plugin.sprung
    assert "firing_rate" not in analyzer.get_metrics_extension_data()
    with pytest.raises(UnsafeDataError, match="codec 'evil'"):
        analyzer.get_extension("waveforms").get_data()
