"""Two sweeps side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..core.comparison.comparison_text import facts, sentences
from ..core.comparison.run_comparison import RunComparison
from ..core.shell_command import RUNS
from ..services.run_comparison_table import comparison_frame
from ..stacking.findings.comparison_sides import contrast_of
from .sweep_object import Sweep

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


class ComparisonResult:
    """Two sweeps compared: specs, baselines, windows at the same place. A gain is what B errs less than A."""

    def __init__(self, found: RunComparison) -> None:
        self._found = found

    def to_frame(self) -> pd.DataFrame:
        """Return the windows that both have, a row each: error rates, gain, noise, p-values, standing, trainings."""
        return comparison_frame(self._found)

    def sentences(self) -> list[str]:
        """Return the result of the comparison, and what it cannot resolve."""
        return sentences(self._found)

    def to_dict(self) -> dict[str, Any]:
        """Return everything that ``xsample-tui compare --json`` prints."""
        return facts(self._found)

    def __repr__(self) -> str:
        found = self._found
        return f"<ComparisonResult of {found.b.name} with {found.a.name}: {len(found.windows)} windows>"


def compare(a: Sweep | str, b: Sweep | str, *, runs_dir: str | Path = RUNS) -> ComparisonResult:
    """Compare two sweeps.

    Args:
        a: the sweep to compare with, or its name.
        b: the sweep that is compared, or its name.
        runs_dir: folder that holds the runs, for names.

    Raises:
        InputError: there is none of that name.
    """
    one, other = (Sweep.load(s, runs_dir=runs_dir) if isinstance(s, str) else s for s in (a, b))
    return ComparisonResult(contrast_of(one._folder, other._folder))
