"""The study made of the bundled recording: eight analyzers, two of them unlike the others."""

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AlreadyExistsError


def test_eight_small_analyzers_of_four_mice_of_which_one_is_noisy_and_one_drifts(tmp_path):
    folder = nbl.demo_study(tmp_path / "study")
    found = nbl.find_analyzers(folder)
    assert len(found) == 8
    assert set(found["units"]) == {60}
    tables = {
        f"{path.parent.name}/{path.stem}": nbl.load(path).get_metrics_extension_data()
        for path in folder.glob("*/*.zarr")
    }
    snr = {name: float(np.median(table["snr"])) for name, table in tables.items()}
    drift = {name: float(np.nanmedian(table["drift_ptp"])) for name, table in tables.items()}
    assert min(snr, key=snr.get) == "mouse2/day2"
    assert max(drift, key=drift.get) == "mouse4/day1"
    with pytest.raises(AlreadyExistsError, match="is there already"):
        nbl.demo_study(folder)
