"""What could be had at best where a group of metrics is missing: forests that were grown without it.

    python benchmarks/ceilings.py LABELLED_UNITS

The bundled pair is grown with copies of the units in which groups of metrics are hidden. Here each group is taken out
of the data and the same five forests are grown on what is left: a pair for users who lack it. Such pairs are bundled for
the three groups that cost most when they are only hidden. Each mouse is left out in turn. Like
``benchmarks/recompute.py``, whose functions it uses, it shares no code with the package. Prints accuracy, macro-F1 and
log-loss of both.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from recompute import BUNDLED, FORESTS, both, chance, left_over, odds, read, score, without

SHOWN = ("accuracy", "macro_f1", "log_loss")


def main():
    """Print both for each group."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("labelled_units", type=Path)
    metrics, truth, mice, _ = read(parser.parse_args().labelled_units)
    groups = {n: g["features"] for n, g in json.loads((BUNDLED / "noise.json").read_text())["groups"].items()}
    hidden = {name: np.zeros((2, len(truth))) for name in groups}
    never = {name: np.zeros((2, len(truth))) for name in groups}
    for mouse in sorted(set(mice)):
        out = mice == mouse
        pairs = [both(metrics[~out], truth[~out], groups, name) for name in FORESTS]
        for name, gone in groups.items():
            rows = without(metrics[out], gone)
            hidden[name][:, out] = chance(np.mean([odds(pair, rows) for pair in pairs], axis=0))
            left, others = left_over(metrics, groups, name)
            grown = [both(left[~out], truth[~out], others, forest) for forest in FORESTS]
            never[name][:, out] = chance(np.mean([odds(pair, left[out]) for pair in grown], axis=0))
        print(mouse, file=sys.stderr, flush=True)
    print(f"{'missing':<22s} {'hidden from the pair':<22s} grown without ({', '.join(SHOWN)})")
    for name in groups:
        cells = [" ".join(f"{score(truth, c[name])[s]:.4f}" for s in SHOWN) for c in (hidden, never)]
        print(f"{name:<22s} {cells[0]:<22s} {cells[1]}")


if __name__ == "__main__":
    main()
