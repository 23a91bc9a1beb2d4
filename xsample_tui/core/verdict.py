"""The verdict on a difference, and what a set of pictures can tell apart at all."""

from __future__ import annotations

from typing import Literal

from .bootstrap import PairedDifference
from .paired import mcnemar

Verdict = Literal["helps", "hurts", "not resolved"]


def verdict(difference: PairedDifference) -> Verdict:
    """Return ``helps`` or ``hurts`` where the whole interval lies on one side of zero, else ``not resolved``."""
    if difference.low > 0:
        return "helps"
    return "hurts" if difference.high < 0 else "not resolved"


def least_net_gain(alpha: float = 0.05) -> int:
    """Return the least net gain, in pictures, that McNemar's exact test can call significant: all of it one-sided.

    Five pictures cannot: five to none has p = 0.0625. The answer at 0.05 is 6, on any number of pictures.
    """
    net = 1
    while float(mcnemar(net, 0)) >= alpha:
        net += 1
    return net
