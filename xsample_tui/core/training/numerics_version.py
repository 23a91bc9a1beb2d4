"""The version of the arithmetic: it changes when training computes other bits."""

from __future__ import annotations

from typing import Final

# Raised when tests/training/test_golden_bits.py must change: the same orders then give other bits, and runs that
# were begun before may only resume with --allow-drift.
NUMERICS_VERSION: Final = 1
