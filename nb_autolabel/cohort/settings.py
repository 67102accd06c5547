"""How the metrics of each recording were computed, against the others: settings, versions, metrics that are missing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ..metrics.settings import STORED, Settings


def other_settings(several: Sequence[Settings]) -> list[list[str]]:
    """Say for each recording which settings of its metrics differ from those of most.

    Parameters
    ----------
    several : sequence of dict
        ``{extension: {metric: {setting: value}}}`` of each recording; what one does not tell is not compared.

    Returns
    -------
    list of list of str
        "isi_violation: isi_threshold_ms 3, elsewhere 1.5"; of two values that are as frequent the first is the usual one.
    """
    told: dict[tuple[str, str, str], dict[int, str]] = {}
    for at, settings in enumerate(several):
        for extension in STORED:
            for metric, values in settings.get(extension, {}).items():
                for key, value in values.items():
                    told.setdefault((extension, metric, key), {})[at] = _text(value)
    said: list[list[str]] = [[] for _ in several]
    for (_, metric, key), texts in told.items():
        usual, _many = Counter(texts.values()).most_common(1)[0]
        for at, text in texts.items():
            if text != usual:
                said[at].append(f"{metric}: {key} {_short(text)}, elsewhere {_short(usual)}")
    return said


def other_versions(versions: Sequence[str]) -> list[str]:
    """Return for each recording its version of SpikeInterface where most have another one, else "".

    Parameters
    ----------
    versions : sequence of str
        "" where it is not known.
    """
    known = Counter(version for version in versions if version)
    if not known:
        return ["" for _ in versions]
    usual = known.most_common(1)[0][0]
    return [f"{version}, elsewhere {usual}" if version not in ("", usual) else "" for version in versions]


def _text(value: Any) -> str:
    if value is None or type(value) in (bool, int, str):
        return _plain_text(type(value).__name__, value)
    # 0.104 and before store a list of methods where 0.105 stores its only one.
    alone = value[0] if isinstance(value, list) and len(value) == 1 else value
    if isinstance(alone, float) and alone.is_integer():
        alone = int(alone)
    return json.dumps(alone, sort_keys=True, default=str)


@lru_cache(maxsize=4096)
def _plain_text(kind: str, value: Any) -> str:
    """Return the text of a plain value; the type is told apart, since True and 1 are equal."""
    del kind
    return json.dumps(value)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:37]}..."
