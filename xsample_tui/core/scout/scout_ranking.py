"""How well a scout ranked windows, by those that have been trained since."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .scout_estimate import ScoutEstimate

# A rank correlation of fewer says nothing.
LEAST_WINDOWS = 4
BEST = 5


@dataclass(frozen=True)
class ScoutRanking:
    """How an estimate's ranks agree with those of the trained windows, both by log-loss.

    Attributes:
        windows: how many windows were compared.
        spearman: Spearman's rank correlation; None where all are equal.
        within: the windows trained best are all among so many that the estimate puts first.
        best: how many best ones that counts.
        baseline: Spearman's correlation of a baseline evaluated under the masks; None where none was.
    """

    windows: int
    spearman: float | None
    within: int
    best: int
    baseline: float | None

    def facts(self) -> dict[str, Any]:
        """Return everything as plain values for JSON."""
        return asdict(self)

    def sentence(self) -> str:
        """Return it in words.

        >>> ScoutRanking(25, 0.9, 8, 5, None).sentence()
        'Scout: Spearman 0.90 with the 25 trained windows; the best 5 are among its first 8'
        """
        rho = "undefined" if self.spearman is None else f"{self.spearman:.2f}"
        text = f"Scout: Spearman {rho} with the {self.windows} trained windows"
        text += f"; the best {self.best} are among its first {self.within}"
        return text if self.baseline is None else f"{text}; a baseline under masks: {self.baseline:.2f}"


def scout_ranking(estimate: ScoutEstimate, trained: Mapping[str, float]) -> ScoutRanking | None:
    """Compare an estimate with what windows gave that were trained; None for fewer than 4.

    Args:
        estimate: the scout's.
        trained: the log-loss of each finished window by name; those that the estimate lacks are left out.
    """
    names = [name for name in estimate.windows if name in trained]
    if len(names) < LEAST_WINDOWS:
        return None
    own = [trained[name] for name in names]
    best = min(BEST, len(names) // 2)
    first = sorted(names, key=estimate.loss.__getitem__)
    top = sorted(names, key=trained.__getitem__)[:best]
    baseline = None
    if estimate.baseline is not None:
        unmasked = dict(zip(estimate.windows, estimate.baseline.loss, strict=True))
        baseline = spearman([unmasked[name] for name in names], own)
    return ScoutRanking(
        windows=len(names),
        spearman=spearman([estimate.loss[name] for name in names], own),
        within=1 + max(first.index(name) for name in top),
        best=best,
        baseline=baseline,
    )


def spearman(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Return Spearman's rank correlation, ties sharing their mean rank; None where either is constant."""
    if len(set(one)) < 2 or len(set(other)) < 2:
        return None
    # Imported here: a sweep does not need it.
    from scipy.stats import spearmanr

    found = float(spearmanr(one, other).statistic)
    return found if math.isfinite(found) else None
