"""The bundled analyzer is what the tutorials say it is."""

import numpy as np
import pytest

import nb_autolabel as nbl


@pytest.fixture(scope="module")
def demo():
    return nbl.demo_analyzer()


def test_it_has_the_shape_of_the_how_to(demo):
    assert demo.get_num_channels() == 96
    assert demo.get_num_units() == 142
    assert demo.is_sparse()
    assert str(demo).splitlines()[1].startswith("Loaded 14 extensions: amplitude_scalings, correlograms,")


def test_its_channels_lie_on_a_neuropixels_2_shank(demo):
    x, y = demo.get_channel_locations().T
    assert len(np.unique(x)) == 2
    assert np.ptp(x) == 32
    assert np.unique(np.diff(np.unique(y))) == pytest.approx(15)


def test_every_label_of_bombcell_occurs_in_sensible_numbers(demo):
    labels = nbl.bombcell_label_units(demo, split_non_somatic_good_mua=True)["label"]
    counts = labels.value_counts()
    assert set(counts.index) == {"good", "mua", "noise", "non_soma_good", "non_soma_mua"}
    assert counts.drop(["non_soma_good", "non_soma_mua"]).min() >= 20
    assert counts.min() >= 2


def test_it_says_how_each_unit_was_made(demo):
    truth = demo.get_sorting_property("ground_truth")
    assert set(truth) == {"single", "merged", "contaminated", "noise", "few_spikes", "axonal"}


def test_the_truth_and_the_labels_have_to_do_with_each_other(demo):
    truth = demo.get_sorting_property("ground_truth")
    labels = nbl.bombcell_label_units(demo)["label"].to_numpy()
    assert np.mean(labels[truth == "noise"] == "noise") > 0.5
    assert np.mean(labels[truth == "single"] == "good") > 0.5
    assert np.mean(labels[truth == "axonal"] == "non_soma") > 0.5
    assert np.mean(labels[truth == "few_spikes"] == "good") == 0


def test_it_holds_no_object_array(demo):
    for name in demo.extension_names:
        assert demo.get_extension(name).opaque_names == []
