"""Which label each unit is given, of all the ways to say it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..errors import LabelsError
from ..labels import canonical, in_spelling_of
from ..labels_by_unit import given_labels
from ..unit_ids import as_text, refuse_repeated


def labels_to_give(unit_ids: Any, label: Any) -> list[tuple[Any, Any]]:
    """Return unit ids with the label that each is given.

    Parameters
    ----------
    unit_ids : unit id, list of them, or labels by unit id (dict, Series, or DataFrame with ``label``)
        Units without a label (None, NaN, "", "unsorted") are left out.
    label : str or None
        Not with labels by unit id.

    Raises
    ------
    LabelsError
        If no label is given, or two are, or it stands for none, or a unit is named twice.
    """
    if hasattr(unit_ids, "items"):
        if label is not None:
            raise LabelsError("labels by unit id need no other label: override({unit_id: 'noise'}).")
        ids, labels = given_labels(unit_ids)
        refuse_repeated([as_text(unit) for unit in ids or []], "these labels")
        return [(unit, own) for unit, own in zip(ids or [], labels, strict=True) if canonical(own)]
    if label is None:
        raise LabelsError("say which label: override(unit_id, 'noise'), or clear_override(unit_id).")
    if isinstance(label, str) and canonical(label) is None:
        raise LabelsError(
            f"a label is text that says something; {label!r} stands for none. Or: clear_override(unit_id)."
        )
    return [(unit, label) for unit in one_or_many(unit_ids)]


def in_words_of(label: Any, labels: Iterable[str]) -> Any:
    """Return a label as a method with these labels spells it; what is no text stays, and is refused later."""
    if isinstance(label, bytes):
        label = label.decode("utf-8", "backslashreplace")
    return in_spelling_of(label, list(labels)) if isinstance(label, str) else label


def one_or_many(unit_ids: Any) -> list[Any]:
    """Return one unit id, or several, as a list."""
    if isinstance(unit_ids, str) or not isinstance(unit_ids, Iterable):
        return [unit_ids]
    return list(unit_ids)
