"""The verdict on a difference: helps, hurts, no difference or not resolved."""

from __future__ import annotations

from typing import Literal

from .two_way_variance import ALPHA, Effect

Verdict = Literal["helps", "hurts", "no difference", "not resolved", "no verdict"]
MARGIN = 0.001


def verdict(
    effect: Effect, margin: float = MARGIN, *, mcnemar_p: float | None = None, p: float | None = None
) -> Verdict:
    """Return the verdict on a difference in accuracy.

    ``helps`` and ``hurts``: the two-sided test finds it at 5 %, and so does McNemar's where one is given.
    ``no difference``: none larger than the margin, by two one-sided tests at 5 % each (Schuirmann 1987): the 90 %
    interval lies within it. ``not resolved``: neither; it does not say that there is no difference.

    Args:
        effect: the difference.
        margin: the largest difference that does not matter, above 0.
        mcnemar_p: of McNemar's test of the same two blends, where their members are fixed.
        p: the effect's p-value after a correction; its own without one.
    """
    found = (effect.p if p is None else p) < ALPHA and (mcnemar_p is None or mcnemar_p < ALPHA)
    if found and effect.difference:
        return "helps" if effect.difference > 0 else "hurts"
    return "no difference" if -margin < effect.narrow_low and effect.narrow_high < margin else "not resolved"
