"""The oldest and the newest supported scikit-learn give the same labels."""

import json

import numpy as np

import nb_autolabel as nbl

CODE = """
import json, sys, warnings
warnings.simplefilter("ignore")
import nb_autolabel as nbl, sklearn
found = nbl.unitrefine_label_units(nbl.demo_analyzer())
print(json.dumps([sklearn.__version__, found["label"].tolist(), found["probability"].tolist()]))
"""


def test_the_bundled_pair_says_the_same_in_both_environments(oracle):
    version, labels, chances = json.loads(oracle(CODE).splitlines()[-1])
    assert version.startswith("1.6.")
    ours = nbl.unitrefine_label_units(nbl.demo_analyzer())
    assert labels == ours["label"].tolist()
    np.testing.assert_array_equal(chances, ours["probability"])
