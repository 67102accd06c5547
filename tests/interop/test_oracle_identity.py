"""A sorting keeps its identity, and its labels by hand, through SpikeInterface."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import nb_autolabel as nbl
from nb_autolabel.analyzer.identity import identity_of

from ..conftest import shared
from .test_oracle_live import KINDS, live  # noqa: F401
from .test_oracle_selection import pickles_allowed  # noqa: F401

si = pytest.importorskip("spikeinterface", reason="needs a live SortingAnalyzer")

pytestmark = [
    pytest.mark.oracle,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.usefixtures("pickles_allowed"),
]


def by_unit(analyzer: nbl.Analyzer) -> dict[str, str]:
    """Digest of each spike train by the unit's id."""
    identity = identity_of(analyzer)
    return dict(zip(map(str, identity.unit_ids), identity.trains, strict=True))


def test_a_live_analyzer_has_the_identity_of_its_files(live: Any) -> None:  # noqa: F811
    assert len(KINDS) == 4
    one, stored = identity_of(nbl.load(live)), identity_of(nbl.load(shared("formats/si0.105.3.zarr")))
    assert (one.fingerprint, one.trains, one.recording) == (
        stored.fingerprint,
        stored.trains,
        stored.recording,
    )


@pytest.mark.parametrize("format", ["zarr", "binary_folder"])
@pytest.mark.parametrize("name", ["formats/si0.105.3.zarr", "formats/si0.105.3_two_segments_binary"])
def test_what_spikeinterface_saves_again_has_the_same_identity(
    tmp_path: Path, format: str, name: str
) -> None:
    folder = tmp_path / ("again.zarr" if format == "zarr" else "again")
    si.load(shared(name)).save_as(format=format, folder=folder)
    one, other = identity_of(nbl.load(folder)), identity_of(nbl.load(shared(name)))
    assert (one.fingerprint, one.trains, one.recording) == (other.fingerprint, other.trains, other.recording)


def test_labels_follow_units_that_spikeinterface_selected_and_merged(tmp_path: Path) -> None:
    whole = si.load(shared("formats/si0.105.3.zarr")).copy()
    ids = whole.unit_ids.tolist()
    merged = whole.merge_units([ids[:2]], merging_mode="soft")
    few = whole.select_units(ids[::-2])
    labeler = nbl.BombcellLabeler(whole, journal=tmp_path / "labels.jsonl")
    labeler.override(ids, "mua")
    assert labeler.overrides.index.tolist() == ids
    for live_one in (merged, few):
        now = nbl.load(live_one)
        other = nbl.BombcellLabeler(now, journal=tmp_path / "labels.jsonl")
        assert set(other.overrides.index) == set(ids) & set(now.unit_ids.tolist())
        other.close()
    assert len(set(ids) & set(merged.unit_ids.tolist())) == len(ids) - 2
    changed = set(by_unit(nbl.load(merged)).values()) - set(by_unit(nbl.load(whole)).values())
    assert len(changed) == 1, "only the merged unit has another spike train"
    labeler.close()
