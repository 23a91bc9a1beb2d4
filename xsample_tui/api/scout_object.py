"""The result of ``scout`` in Python: the windows as one network estimates them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..services.run_control.scout_run import ScoutAnswer

if TYPE_CHECKING:
    import pandas as pd


class ScoutResult:
    """An estimate of a sweep's map, no result: one network under all windows in turn, on train images.

    :meth:`Sweep.scout <xsample_tui.api.sweep_object.Sweep.scout>` makes it.
    """

    def __init__(self, found: ScoutAnswer) -> None:
        self._found = found

    @property
    def spearman(self) -> float | None:
        """Spearman's rank correlation with the trained windows; None with fewer than 4, or where all are equal."""
        return None if self._found.ranking is None else self._found.ranking.spearman

    def to_frame(self) -> pd.DataFrame:
        """Return the windows, the least log-loss first: rank, window, row, col, log_loss (nats), errors,
        baseline_log_loss: of a baseline that never saw a mask.
        """
        import pandas as pd

        return pd.DataFrame(self._found.rows())

    def to_dict(self) -> dict[str, Any]:
        """Return everything that ``xsample-tui scout --json`` prints."""
        return self._found.facts()

    def __repr__(self) -> str:
        return f"<ScoutResult of {self._found.run.name}: {len(self._found.estimate.windows)} windows>"
