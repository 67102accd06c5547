"""What a labeler can say of its labels: why a unit has its own, and what limits and missing values decide."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..rules.trace import Trace
from .session import Session

if TYPE_CHECKING:
    import pandas as pd

    from ..rules.explanation import Explanation
    from ..rules.sensitivity import Sensitivity


class Explains:
    """The part of :class:`LiveLabels` that explains labels."""

    session: Session

    def explain(self, unit_id: Any) -> Explanation:
        """Say why a unit has its label, and the smallest change that would give it each other one.

        Raises
        ------
        UnknownUnitError
        """
        from ..rules.explanation import explain

        entry = self.session.by_hand.get(self._trace.position(unit_id))
        return explain(self._trace, unit_id, "" if entry is None else entry.words)

    def sensitivity(self, target: str | None = None) -> Sensitivity:
        """Count the labels as every single limit moves, ranked by the units gained per step.

        Parameters
        ----------
        target : str, optional
            Label to gain; default: the best one of the method ("good", "sua").

        Returns
        -------
        Sensitivity

        Raises
        ------
        RuleError
        """
        from ..rules.sensitivity import Sensitivity

        return Sensitivity(self._trace, target)

    def missing_values(self) -> pd.DataFrame:
        """Say where values are missing and what that decides; see :class:`MissingValues`."""
        from ..rules.missing import shown_missing_values

        return shown_missing_values(self._trace)

    @property
    def _trace(self) -> Trace:
        found: Trace = self.session.trace
        return found
