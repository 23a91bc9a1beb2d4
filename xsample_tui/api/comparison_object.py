"""Two sweeps window by window, or several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from ..core.comparison.comparison_text import facts, sentences
from ..core.comparison.run_comparison import RunComparison
from ..core.errors import InputError
from ..core.shell_command import RUNS
from ..services.run_comparison_table import beside_facts, blends_frame, comparison_frame, windows_frame
from ..services.run_selection import runs_to_compare
from ..stacking.findings.comparison_sides import contrast_of
from ..stacking.findings.runs_beside import RunBeside, runs_beside
from .sweep_object import Sweep

if TYPE_CHECKING:
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


class RunsComparisonResult:
    """Up to six sweeps side by side: their blends, and each but the first compared with the first."""

    def __init__(self, found: Sequence[RunBeside]) -> None:
        self._found = list(found)

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each sweep: the blend of its best windows, their best, its baselines and their blend."""
        return blends_frame(self._found)

    def windows(self) -> pd.DataFrame:
        """Return the windows that each sweep shares with the first, a row each, as ``compare --csv`` writes them."""
        return windows_frame(self._found)

    def pairs(self) -> dict[str, ComparisonResult]:
        """Return the comparison of each sweep with the first, by its name, where the two can be compared."""
        return {run.name: ComparisonResult(run.contrast) for run in self._found if run.contrast is not None}

    def to_dict(self) -> list[dict[str, Any]]:
        """Return everything that ``xsample-tui compare --json`` prints, the first sweep first."""
        return [beside_facts(run) for run in self._found]

    def __repr__(self) -> str:
        first, *others = (run.name for run in self._found)
        return f"<RunsComparisonResult of {', '.join(others)} with {first}>"


@overload
def compare(a: Sweep | str, b: Sweep | str, *, runs_dir: str | Path = RUNS) -> ComparisonResult: ...


@overload
def compare(
    a: Sweep | str, b: Sweep | str, c: Sweep | str, /, *more: Sweep | str, runs_dir: str | Path = RUNS
) -> RunsComparisonResult: ...


@overload
def compare(
    *sweeps: Sweep | str, tags: Sequence[str], runs_dir: str | Path = RUNS
) -> ComparisonResult | RunsComparisonResult: ...


def compare(
    *sweeps: Sweep | str,
    a: Sweep | str | None = None,
    b: Sweep | str | None = None,
    tags: Sequence[str] = (),
    runs_dir: str | Path = RUNS,
) -> ComparisonResult | RunsComparisonResult:
    """Compare two sweeps, or up to six with the first.

    Args:
        sweeps: the sweep to compare with, and those that are compared, or their names.
        a, b: the first two, by name.
        tags: also all sweeps that have all of these, the oldest first.
        runs_dir: folder that holds the runs, for names and tags.

    Raises:
        InputError: there are fewer than two, none of a name, more than six, or one is named twice.
    """
    given = [one for one in (a, b, *sweeps) if one is not None]
    try:
        chosen = runs_to_compare(Path(runs_dir), [one if isinstance(one, str) else one.name for one in given], tags)
    except InputError as error:
        raise error.renamed(tag="tags") from error
    every = [*given, *chosen[len(given) :]]
    folders = [(Sweep.load(one, runs_dir=runs_dir) if isinstance(one, str) else one)._folder for one in every]
    return RunsComparisonResult(runs_beside(folders)) if len(folders) > 2 else ComparisonResult(contrast_of(*folders))
