"""The traps that the other hostile tests lay: proof that they do spring where someone opens them."""

from __future__ import annotations

import importlib
import json
import os
import pickle
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import UnsafeDataError

from .test_reader_layout import WRITE, extensions


class Trap:
    """Something whose unpickling, import or call makes a folder, so that it can be seen.

    Parameters
    ----------
    marker : Path
        The folder that appears.
    """

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    @classmethod
    def laid(cls, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Trap:
        """Make one in a folder, whose module can be imported from here."""
        made = cls(folder / "marker")
        made.module(folder / "site")
        monkeypatch.syspath_prepend(folder / "site")
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.marker),)

    @property
    def pickled(self) -> bytes:
        """Bytes that spring when they are unpickled."""
        return pickle.dumps(self)

    @property
    def npy(self) -> np.ndarray[Any, Any]:
        """An object array; ``numpy.save`` pickles the trap into the file."""
        return np.array([self] * 10, dtype=object)

    def module(self, site: Path, name: str = "evil_extractor") -> str:
        """Write a module that springs when it is imported; `site` must be put on sys.path."""
        site.mkdir(exist_ok=True)
        code = f"import os\nos.makedirs({str(self.marker)!r})\nclass Evil:\n    from_config = dict\n"
        (site / f"{name}.py").write_text(code)
        return name

    def description(self, module: str = "evil_extractor") -> dict[str, Any]:
        """A recording or sorting as SpikeInterface describes it: it would import the class and call it."""
        return {"class": f"{module}.Evil", "module": module, "version": "1", "kwargs": {}, "annotations": {}}

    @property
    def sprung(self) -> bool:
        return self.marker.exists()

    def lay_again(self) -> None:
        """Remove the marker and forget the module."""
        self.marker.rmdir()
        for name in [n for n in sys.modules if n.startswith("evil_")]:
            del sys.modules[name]


def use_everything(path: Path, target: Path) -> nbl.Analyzer:
    """Do with an analyzer whatever a user can do; unreadable pieces must say that they are unsafe."""
    analyzer = nbl.load(path)
    _look(analyzer)
    chosen = analyzer.select_units(analyzer.unit_ids[::-2])
    _look(chosen)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "(chosen|whole).* is saved without", UserWarning)
        _look(chosen.save_as("zarr", target / "chosen"))
        _look(analyzer.save_as("binary_folder", target / "whole"))
    return analyzer


def _look(analyzer: nbl.Analyzer) -> None:
    assert "SortingAnalyzer" in repr(analyzer)
    assert "SortingAnalyzer" in analyzer._repr_html_()
    assert len(analyzer.get_metrics_extension_data()) == analyzer.get_num_units()
    assert len(analyzer.spikes) > 0
    assert len(analyzer.main_channel_ids) == analyzer.get_num_units()
    for key in analyzer.get_sorting_property_keys():
        assert len(analyzer.get_sorting_property(key)) == analyzer.get_num_units()
    for name in analyzer.extension_names:
        extension = analyzer.get_extension(name)
        assert name in repr(extension)
        for key in extension.data_names:
            extension.get_data(key)
        for key in extension.opaque_names:
            with pytest.raises(UnsafeDataError, match=key):
                extension.get_data(key)


def test_the_pickle_springs_when_it_is_unpickled(tmp_path: Path):
    trap = Trap(tmp_path / "marker")

    pickle.loads(trap.pickled)

    assert trap.sprung


def test_the_object_array_springs_when_numpy_is_allowed_to_unpickle(tmp_path: Path):
    trap = Trap(tmp_path / "marker")
    np.save(tmp_path / "property.npy", trap.npy[:1], allow_pickle=True)

    np.load(tmp_path / "property.npy", allow_pickle=True)

    assert trap.sprung


def test_the_class_springs_when_it_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    trap = Trap(tmp_path / "marker")
    monkeypatch.syspath_prepend(tmp_path / "site")

    importlib.import_module(trap.module(tmp_path / "site"))

    assert trap.sprung
    trap.lay_again()
    assert not trap.sprung


def test_the_json_description_names_the_class_that_springs(tmp_path: Path):
    described = json.loads(json.dumps(Trap(tmp_path / "marker").description()))

    assert described["class"] == "evil_extractor.Evil"


@pytest.mark.parametrize("format", WRITE)
def test_looking_at_everything_meets_every_piece_of_an_untouched_analyzer(format: str, tmp_path: Path):
    """So that the hostile tests do not pass because nothing was looked at."""
    analyzer = use_everything(WRITE[format](tmp_path / "small.zarr"), tmp_path / "saved")

    assert set(analyzer.extension_names) == set(extensions())
    assert sorted(p.name for p in (tmp_path / "saved").iterdir()) == ["chosen.zarr", "whole"]
