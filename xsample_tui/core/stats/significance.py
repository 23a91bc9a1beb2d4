"""The possible results of a test: better, worse, within noise, not significant after correction."""

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
