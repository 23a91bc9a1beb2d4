"""Standings: what a difference to the baselines, or between two runs, amounts to."""

from __future__ import annotations

from typing import Final, Literal

Standing = Literal["better", "worse", "uncorrected", "noise", "unknown"]
# As people read them.
WORDS: Final[dict[Standing, str]] = {
    "better": "better",
    "worse": "worse",
    "uncorrected": "not significant after correction",
    "noise": "within noise",
    "unknown": "unknown",
}
