"""Compare the metrics of the demo's units with those of real units, class by class.

``python scripts/demo_beside_real.py demo.zarr.zip`` prints, for single units, multi-units and noise, the quartiles of every
metric of ``real_units.csv`` beside those of the demo, and whether the demo's median lies within the real spread
(10th to 90th percentile). ``--write`` makes ``real_units.csv`` again, from the units that curators labeled and that the
package ships as training data of its classifiers (from UnitRefine, MIT License, see NOTICE).

A demo of five minutes cannot be like recordings of an hour in everything: :data:`EXCUSED` says in what, and why.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
TABLE, TRAINING = HERE / "real_units.csv", HERE.parent / "nb_autolabel/classifiers/bundled/training.npz"
QUANTILES = {"p10": 0.1, "p25": 0.25, "median": 0.5, "p75": 0.75, "p90": 0.9}
#: What a curator calls units that were made in a way. Axonal spikes are left out: the real labels know no such class.
CLASS_OF = {"single": "good", "merged": "mua", "contaminated": "mua", "few_spikes": "mua", "noise": "noise"}
RARE = "too few spikes: five minutes give it for hardly any noise unit"
ALIKE = "not reached: the spikes of simulated units lie further apart in the principal components than those of real ones"
NOTES = (
    "amplitude_median is compared by its size: the real ones have no sign, those of the demo are negative.\n"
    "num_spikes, firing rates and counts of violations are those of five minutes beside an hour or so: within the spread,\n"
    "since rates are high in the demo, not because the recordings are alike in this."
)
#: (class, metric) or metric: why the demo's median need not lie within the spread of real units.
EXCUSED: dict[str | tuple[str, str], str] = {
    "amplitude_cutoff": "its smallest step is one spike, in five minutes 1 of 1,000 rather than 1 of 10,000",
    ("good", "nn_hit_rate"): ALIKE,
    ("good", "silhouette"): ALIKE,
    (
        "mua",
        "drift_std",
    ): "all simulated units share one drift; a little larger than that of most real multi-units",
    ("noise", "amplitude_cv_range"): RARE,
    ("noise", "drift_std"): RARE,
    ("noise", "sliding_rp_violation"): RARE,
}


def real_quantiles() -> pd.DataFrame:
    """Return quantiles of every metric of every class of the real units, and the share that lacks it."""
    with np.load(TRAINING) as data:
        rows = pd.DataFrame(data["rows"].astype("float64"), columns=data["features"].tolist())
        classes = np.array(["noise", "mua", "good"])[data["truth"]]
    rows["amplitude_median"] = rows["amplitude_median"].abs()
    return _quantiles(rows, classes)


def _quantiles(metrics: pd.DataFrame, classes: np.ndarray) -> pd.DataFrame:
    parts = {}
    for name in ("good", "mua", "noise"):
        of_class = metrics[classes == name]
        found = of_class.quantile(list(QUANTILES.values())).T.set_axis(list(QUANTILES), axis=1)
        parts[name] = found.assign(missing=of_class.isna().mean(), units=len(of_class))
    return pd.concat(parts, names=["class", "metric"])


def beside_real(metrics: pd.DataFrame, truth: np.ndarray) -> pd.DataFrame:
    """Return the quartiles of real units and of the demo, and how well they fit.

    Parameters
    ----------
    metrics : DataFrame
        Metrics of the demo's units, by SpikeInterface's names.
    truth : array of str
        ``ground_truth`` of the units.

    Returns
    -------
    DataFrame
        Index (class, metric). ``fits``: "quartiles", "10 to 90 %", or "no"; ``why``: what excuses a "no".
    """
    real = pd.read_csv(TABLE, index_col=["class", "metric"])
    names = real.index.unique("metric")
    chosen = metrics[names].apply(pd.to_numeric).assign(amplitude_median=metrics["amplitude_median"].abs())
    classes = pd.Series(truth).map(CLASS_OF).to_numpy()
    demo = _quantiles(chosen, classes).loc[real.index]
    shown = demo[["p25", "median", "p75", "missing"]].add_suffix("_demo")
    table = real.drop(columns="units").join(shown)
    middle = demo["median"]
    fits = np.where(middle.between(real["p10"], real["p90"]), "10 to 90 %", "no")
    table["fits"] = np.where(middle.between(real["p25"], real["p75"]), "quartiles", fits)
    reasons = [EXCUSED.get(key, EXCUSED.get(key[1], "")) for key in real.index]
    table["why"] = np.where(table["fits"] == "no", reasons, "")
    return table


def as_text(table: pd.DataFrame) -> str:
    """Return the table as printed, with a count of what fits."""
    counts = table["fits"].value_counts()
    told = ", ".join(f"{counts.get(kind, 0)} {kind}" for kind in ("quartiles", "10 to 90 %", "no"))
    shown = table.to_string(float_format=lambda value: f"{value:.4g}")
    return f"{shown}\nmedians of the demo within the spread of real units: {told}\n{NOTES}"


def main() -> None:
    """Print the comparison, or write the table of real units."""
    parser = argparse.ArgumentParser(description="Compare the demo's metrics with those of real units.")
    parser.add_argument("path", nargs="?", help="the demo, a .zarr.zip")
    parser.add_argument("--write", action="store_true", help="make real_units.csv again")
    args = parser.parse_args()
    if args.write:
        real_quantiles().to_csv(TABLE, float_format="%.4g", lineterminator="\n")
    if args.path:
        import nb_autolabel as nbl

        analyzer = nbl.load(args.path)
        truth = np.asarray(analyzer.get_sorting_property("ground_truth"))
        print(as_text(beside_real(analyzer.get_metrics_extension_data(), truth)))


if __name__ == "__main__":
    main()
