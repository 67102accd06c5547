"""One cell or two: the rules, each with its reason.

The rules look, in this order, at

1. **the number of spikes.** With fewer than :data:`FEWEST_SPIKES` a template is mostly noise and a correlogram is empty.
   (SpikeInterface's automatic merging asks for 100 by default; here a curator looks, and is told the number.)
2. **spikes counted twice.** One spike that was found twice is a pair of spikes within half a millisecond. Distinct cells
   that fire together share a few per cent of their spikes at such lags; where more than :data:`TWICE` of the smaller
   unit's spikes do so beyond chance, they are the same spikes. Farther apart than :data:`NEAR_UM` they are rather an
   artefact that is seen on the whole probe.
3. **place and shape.** Units farther apart than :data:`NEAR_UM`, or with templates less alike than :data:`ALIKE`, are two
   cells. A cell that drifts or bursts keeps most of its shape: the cosine of its templates mostly stays above 0.9.
4. **the dip in the cross-correlogram.** A cell does not fire twice within its refractory period, so the parts of a cell
   do not either; two cells do by chance. Lags of 0.5 to 1.5 ms count: at shorter ones sorters miss or double spikes
   whatever the cells are, and fast cells fire again after 1.5 ms. It is a dip if the number of pairs is less than
   :data:`DIP` of chance, with 95 % confidence (Poisson) and on both sides of zero: inhibition from one cell to the other
   acts on one side. A half allows a quarter of foreign spikes in each part (0.25 x (2 - 0.25) = 0.44). It is no dip if
   there are more than :data:`NO_DIP` of chance, with the same confidence. Where fewer than six pairs are expected, none
   at all would be no dip yet. That there is no dip says nothing where neither unit has a refractory period itself. A cell
   whose spikes get smaller in bursts loses less than half of them: where the spikes of one unit are more than
   :data:`LARGER` times as large, a dip alone does not make them one cell (it can be inhibition).
5. **the dip is as long as the units' own.** Where both units are silent longer than 1.5 ms after their own spikes, parts of
   one cell are so after each other's spikes as well. If each fires at those lags as by chance, before and after the
   other, they are two cells, and the short dip is the sorter's: spikes that overlap are missed. A cell that bursts and is
   split by amplitude fires there on one side only, the large spike first.
6. **one takes over from the other.** Where they hardly fire at the same time, the cross-correlogram cannot tell. A cell
   that has drifted from one template to another goes on with the same amplitude: if the medians before and after the
   moment differ by less than a quarter and the templates are alike to :data:`VERY_ALIKE`, it is probably one cell.

What none of them decides cannot be told, and it is said what is lacking. All words are "probably": two cells can be
alike, and inhibit each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from .cross_correlogram import Correlogram, InWindow
from .take_over import TakeOver

#: Spikes of the smaller unit, at least.
FEWEST_SPIKES = 50
#: Share of the smaller unit's spikes that coincide with the other's, beyond chance, where spikes are counted twice.
TWICE = 0.2
#: Lags that count as the same spike, and lags within the refractory period, in ms.
SAME_MS = 0.5
REFRACTORY_MS = 1.5
#: Cells are seen up to this distance, in µm; SpikeInterface's automatic merging looks as far.
NEAR_UM = 150.0
#: Cosine of the templates of one cell, at least, and where nothing else but its amplitude speaks for one cell.
ALIKE, VERY_ALIKE = 0.8, 0.9
#: Of the pairs expected by chance: less is a dip, more is none.
DIP, NO_DIP = 0.5, 0.6
#: On each side alone, where there are half as many.
DIP_ON_A_SIDE = 0.7
#: The spikes of one part of a cell are at most so many times as large as those of the other.
LARGER = 2.0
#: The longest refractory period that is looked for, and the steps, in ms.
LONGEST_MS, STEP_MS = 6.0, 0.5
#: From here on one unit takes over from the other.
TAKES_OVER = 0.8
#: Amplitudes before and after that moment differ by less than this factor.
SAME_AMPLITUDE = 1.25
_CONFIDENCE = 0.95

Kind = Literal["one cell", "counted twice", "two cells", "cannot be told"]
Dip = Literal["dip", "partial", "none", "too few"]


@dataclass(frozen=True)
class Evidence:
    """What is known of a pair of units.

    Attributes
    ----------
    names : (str, str)
        Ids of the units.
    spikes : (int, int)
        Of each unit.
    same : InWindow
        Pairs within :data:`SAME_MS`.
    refractory : InWindow
        Pairs between :data:`SAME_MS` and :data:`REFRACTORY_MS`.
    own : (InWindow, InWindow)
        The same lags of each unit's spikes among themselves.
    over : TakeOver or None
    similarity : float or None
        Cosine of the templates.
    distance : float or None
        In µm.
    sizes : (float, float) or None
        How large the spikes of each unit are: median amplitude, else the template's largest value; in one unit, above zero.
    part : float
        Share of the spikes of the first unit of which pairs were counted.
    silent_ms : float
        How long both units are silent after their own spikes, if that is longer than :data:`REFRACTORY_MS`; else 0.
    beyond : InWindow or None
        Pairs between :data:`REFRACTORY_MS` and `silent_ms`.
    """

    names: tuple[str, str]
    spikes: tuple[int, int]
    same: InWindow
    refractory: InWindow
    own: tuple[InWindow, InWindow]
    over: TakeOver | None = None
    similarity: float | None = None
    distance: float | None = None
    sizes: tuple[float, float] | None = None
    part: float = 1.0
    silent_ms: float = 0.0
    beyond: InWindow | None = None


@dataclass(frozen=True)
class Verdict:
    """What a pair of units probably is.

    Attributes
    ----------
    kind : {"one cell", "counted twice", "two cells", "cannot be told"}
    reasons : tuple of str
    """

    kind: Kind
    reasons: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        said = {
            "one cell": "probably one cell split",
            "counted twice": "probably one cell whose spikes are counted twice",
            "two cells": "probably two cells",
            "cannot be told": "cannot be told",
        }[self.kind]
        return f"{said}: {', '.join(self.reasons)}"


def bounds(count: int) -> tuple[float, float]:
    """Return the lower and the upper limit of a Poisson mean, each with 95 % confidence.

    Parameters
    ----------
    count : int
        Counted once.
    """
    from scipy.special import gammaincinv

    low = float(gammaincinv(count, 1 - _CONFIDENCE)) if count else 0.0
    return low, float(gammaincinv(count + 1, _CONFIDENCE))


def dip_of(found: InWindow) -> Dip:
    """Say whether there are fewer pairs of spikes than by chance."""
    low, high = bounds(found.count)
    if high < DIP * found.chance and max(found.before, found.after) < DIP_ON_A_SIDE * found.chance / 2:
        return "dip"
    if low > NO_DIP * found.chance:
        return "none" if found.chance >= 1 else "too few"
    return "too few" if bounds(0)[1] >= DIP * found.chance else "partial"


def judge(seen: Evidence) -> Verdict:
    """Say what a pair of units probably is, by the rules of this module.

    Parameters
    ----------
    seen : Evidence

    Returns
    -------
    Verdict
    """
    fewest = min(seen.spikes)
    small = seen.names[seen.spikes.index(fewest)]
    if fewest < FEWEST_SPIKES:
        return Verdict("cannot be told", (f"unit {small} has {_spikes(fewest)}",))
    coincident = seen.same.count / seen.part
    twice = (coincident - seen.same.chance / seen.part) / fewest
    if twice >= TWICE and bounds(seen.same.count)[0] > 2 * seen.same.chance:
        share = f"{100 * min(coincident / fewest, 1):.0f} % of the spikes of unit {small} coincide with the other's"
        if seen.distance is not None and seen.distance > NEAR_UM:
            why = f"{share} {seen.distance:.0f} µm away, as an artefact on the whole probe would"
            return Verdict("cannot be told", (why,))
        return Verdict("counted twice", (share, *_alike(seen)))
    if seen.distance is not None and seen.distance > NEAR_UM:
        return Verdict("two cells", (f"{seen.distance:.0f} µm apart", *_alike(seen)))
    if seen.similarity is not None and seen.similarity < ALIKE:
        return Verdict("two cells", _alike(seen))
    return _by_dip(seen)


def _by_dip(seen: Evidence) -> Verdict:
    dip = dip_of(seen.refractory)
    count, chance = seen.refractory.count, seen.refractory.chance
    many = "1 pair" if count == 1 else f"{count} pairs"
    pairs = f"{many} of spikes {SAME_MS:g} to {REFRACTORY_MS:g} ms apart, {_about(chance)} by chance"
    if dip == "none":
        if all(dip_of(own) in ("none", "partial") for own in seen.own):
            return Verdict(
                "cannot be told", (*_alike(seen), "but neither unit has a refractory period of its own")
            )
        return Verdict("two cells", (*_alike(seen), f"but no dip in the cross-correlogram ({pairs})"))
    if seen.similarity is None:
        return Verdict("cannot be told", ("no templates to compare", *_dip_in_words(dip, pairs)))
    if dip == "dip" and seen.beyond is not None and _fires_on_both_sides(seen.beyond):
        found, silent = seen.beyond, f"{seen.silent_ms:g} ms for which each is silent after its own spikes"
        why = f"but the dip in the cross-correlogram ends before the {silent}"
        many = f"({found.count} pairs {REFRACTORY_MS:g} to {seen.silent_ms:g} ms apart, {_about(found.chance)} by chance)"
        return Verdict("two cells", (*_alike(seen), f"{why} {many}"))
    if dip == "dip" and _differ_in_size(seen):
        one, other = seen.sizes or (0.0, 0.0)
        why = f"dip in the cross-correlogram ({pairs}), but spikes of very different size ({one:.3g} and {other:.3g})"
        return Verdict("cannot be told", (*_alike(seen), why))
    if dip == "dip":
        words = (*_alike(seen), f"dip in the cross-correlogram ({pairs})", *_over_in_words(seen.over))
        return Verdict("one cell", words)
    if dip == "partial":
        why = f"a dip in the cross-correlogram can neither be seen nor excluded ({pairs})"
        return Verdict("cannot be told", (*_alike(seen), why))
    over = seen.over
    if over is None or over.share < TAKES_OVER:
        return Verdict("cannot be told", (*_alike(seen), f"too few spikes to see a dip ({pairs})"))
    if over.amplitudes is None:
        why = f"they take turns at {moment(over.time)}, and amplitudes are not known"
        return Verdict("cannot be told", (*_alike(seen), why))
    if not _goes_on(over.amplitudes):
        before, after = over.amplitudes
        why = f"one takes over at {moment(over.time)}, with another amplitude ({before:.3g} and {after:.3g})"
        return Verdict("cannot be told", (*_alike(seen), why))
    if seen.similarity < VERY_ALIKE:
        return Verdict("cannot be told", (*_alike(seen), *_over_in_words(over)))
    return Verdict(
        "one cell", (*_alike(seen), *_over_in_words(over), "hardly ever both at once, so no dip can show")
    )


def moment(seconds: float) -> str:
    """Return a time in words: "41 min", or in seconds below three minutes."""
    return f"{seconds / 60:.0f} min" if seconds >= 180 else f"{seconds:.0f} s"


def _goes_on(amplitudes: Sequence[float]) -> bool:
    before, after = amplitudes
    if before * after <= 0:
        return False
    return 1 / SAME_AMPLITUDE < before / after < SAME_AMPLITUDE


def silence(autos: Sequence[Correlogram]) -> float:
    """Return how long, in ms, all of some units are silent after their own spikes; 0 if not longer than the shortest.

    Parameters
    ----------
    autos : sequence of Correlogram
        Their autocorrelograms.
    """
    shortest = LONGEST_MS
    for auto in autos:
        end = REFRACTORY_MS
        while end < shortest:
            step = auto.between(end, end + STEP_MS)
            if step.count > DIP * step.chance:
                break
            end += STEP_MS
        shortest = min(shortest, end)
    if shortest <= REFRACTORY_MS:
        return 0.0
    sure = all(bounds(own.after)[1] < DIP * own.chance / 2 for own in _beyond(autos, shortest))
    return shortest if sure else 0.0


def _beyond(autos: Sequence[Correlogram], end: float) -> list[InWindow]:
    return [auto.between(REFRACTORY_MS, end) for auto in autos]


def _fires_on_both_sides(found: InWindow) -> bool:
    """Whether there is no dip, with confidence, and none on either side."""
    no_dip = bounds(found.count)[0] > NO_DIP * found.chance
    return no_dip and min(found.before, found.after) > DIP * found.chance / 2


def _differ_in_size(seen: Evidence) -> bool:
    """Whether the spikes of one unit are much larger; where one takes over, they may have become so in the meantime."""
    takes_over = seen.over is not None and seen.over.share >= TAKES_OVER
    if takes_over or seen.sizes is None or min(seen.sizes) <= 0:
        return False
    return max(seen.sizes) / min(seen.sizes) > LARGER


def _over_in_words(over: TakeOver | None) -> tuple[str, ...]:
    if over is None or over.share < TAKES_OVER:
        return ()
    if over.amplitudes is None or not _goes_on(over.amplitudes):
        return (f"one takes over at {moment(over.time)}",)
    return (f"amplitudes take over at {moment(over.time)}",)


def _dip_in_words(dip: Dip, pairs: str) -> tuple[str, ...]:
    return (f"dip in the cross-correlogram ({pairs})",) if dip == "dip" else ()


def _about(chance: float) -> str:
    return f"{chance:.0f}" if chance >= 1.5 or not chance else f"{chance:.1f}"


def _alike(seen: Evidence) -> tuple[str, ...]:
    return () if seen.similarity is None else (f"templates {seen.similarity:.2f} alike",)


def _spikes(count: int) -> str:
    return "1 spike" if count == 1 else f"{count} spikes"
