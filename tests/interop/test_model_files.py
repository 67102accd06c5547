"""Model files of the oldest supported scikit-learn say the same in the environment of the newest, and as they did."""

import json

import numpy as np

from nb_autolabel.classifiers.skops_file import load_skops

CODE = """
import json, sys, warnings
warnings.simplefilter("ignore")
from pathlib import Path
import skops.io, sklearn
from tests.unit.model_kinds import KINDS, fitted
folder, told = Path(sys.argv[1]), {}
for kind in KINDS:
    model, rows = fitted(kind, single=True)
    skops.io.dump(model, folder / f"{kind}.skops")
    told[kind] = [rows.tolist(), model.predict_proba(rows.copy()).tolist()]
print(json.dumps([sklearn.__version__, told]))
"""


def test_every_kind_fitted_by_the_oldest_scikit_learn_answers_as_it_did_there(oracle, tmp_path):
    version, told = json.loads(oracle(CODE, tmp_path).splitlines()[-1])
    assert version.startswith("1.6.")
    assert len(told) > 40
    for kind, (rows, expected) in told.items():
        found = load_skops(tmp_path / f"{kind}.skops").predict_proba(np.array(rows, dtype=np.float32))
        exact = 1e-12 if found.dtype == np.float64 else 5e-7
        assert np.abs(found - expected).max() <= exact, kind
