"""A unit is found by its number or its text, whichever is typed, at every place where a unit is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AutolabelError

from ..kilosort_folder import make_kilosort_folder


@pytest.fixture(params=["text", "number"])
def analyzer(request: pytest.FixtureRequest, tmp_path: Path) -> nbl.Analyzer:
    """One whose ids are text, and one whose ids are numbers."""
    if request.param == "text":
        return nbl.demo_analyzer()
    return nbl.load(make_kilosort_folder(tmp_path / "kilosort4").folder)


def selected(live: nbl.LiveLabels, unit: Any) -> list[Any]:
    live.selection = [unit]
    return live.selection


def given(live: nbl.LiveLabels, units: Any, *label: str) -> list[Any]:
    live.override(units, *label)
    return live.overrides.index.tolist()


def taken_back(live: nbl.LiveLabels, unit: Any) -> list[Any]:
    live.override(live.analyzer.unit_ids[3], "noise")
    live.clear_override(unit)
    return live.overrides.index.tolist()


WAYS: dict[str, Callable[[nbl.LiveLabels, Any], Any]] = {
    "explain": lambda live, unit: live.explain(unit).unit_id,
    "trace": lambda live, unit: live.trace.position(unit),
    "selection": selected,
    "override": lambda live, unit: given(live, unit, "noise"),
    "override a list": lambda live, unit: given(live, [unit], "noise"),
    "override a mapping": lambda live, unit: given(live, {unit: "noise"}),
    "override a series": lambda live, unit: given(live, pd.Series({unit: "noise"})),
    "clear": taken_back,
    "select_units": lambda live, unit: live.analyzer.select_units([unit]).unit_ids.tolist(),
    "remove_units": lambda live, unit: live.analyzer.remove_units([unit]).unit_ids.tolist(),
    "spike train": lambda live, unit: live.analyzer.get_unit_spike_train(unit).tolist(),
    "spike rows": lambda live, unit: live.analyzer.get_unit_spike_rows(unit).tolist(),
    "template": lambda live, unit: live.analyzer.get_unit_template(unit).tolist(),
    "templates": lambda live, unit: live.analyzer.get_templates([unit]).tolist(),
    "channels": lambda live, unit: list(live.analyzer.get_unit_channel_ids(unit)),
    "amplitudes": lambda live, unit: live.analyzer.get_unit_spike_data(
        unit, "spike_amplitudes", "amplitudes"
    ).tolist(),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_unit_is_found_by_number_and_by_text(way: str, analyzer: nbl.Analyzer):
    own = analyzer.unit_ids[3].item()
    ask = WAYS[way]
    expected = ask(nbl.LiveBombcell(analyzer, journal=None), own)
    for typed in (int(own), str(own), np.int64(own), np.str_(own), float(own)):
        assert ask(nbl.LiveBombcell(analyzer, journal=None), typed) == expected


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_unit_that_is_not_there_is_an_error_and_not_the_one_at_that_position(
    way: str, analyzer: nbl.Analyzer
):
    live = nbl.LiveBombcell(analyzer.select_units(analyzer.unit_ids[2:]), journal=None)
    for typed in (0, "0", -1, "3 ", True):
        with pytest.raises(AutolabelError):
            WAYS[way](live, typed)
