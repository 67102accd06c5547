"""The folder made of the bundled recording opens like one of Kilosort, and says what it was made of."""

import numpy as np
import pytest

import nb_autolabel as nbl
from nb_autolabel.errors import AlreadyExistsError


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return nbl.demo_kilosort_folder(tmp_path_factory.mktemp("made") / "sorted" / "kilosort4")


def test_it_opens_with_the_units_spikes_and_templates_of_the_bundled_recording(folder):
    made, demo = nbl.load(folder, gain_to_uV=0.763), nbl.demo_analyzer()
    assert made.format == "phy"
    assert made.unit_ids.tolist() == list(range(142))
    for at in (0, 17, 141):
        assert np.array_equal(made.get_unit_spike_train(at), demo.get_unit_spike_train(demo.unit_ids[at]))
    np.testing.assert_allclose(made.get_templates(), demo.get_templates()[:, 10:71], atol=1e-3)
    assert made.voltage.unit == "µV"
    assert nbl.load(folder).voltage.unit == "a.u."
    assert set(nbl.import_labels(folder, name="KSLabel")["label"]) == {"good", "mua"}
    with pytest.raises(Exception, match="copy|nobody|Kilosort"):
        nbl.import_labels(folder)


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(AlreadyExistsError, match="is there already"):
        nbl.demo_kilosort_folder(tmp_path / "mine")
    assert list((tmp_path / "mine").iterdir()) == []
