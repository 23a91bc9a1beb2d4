"""Two sweeps window by window, or several side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, overload

from ..core.comparison.comparison_text import facts, sentences
from ..core.comparison.run_comparison import RunComparison
from ..core.shell_command import RUNS
from ..services.run_comparison_table import beside_facts, comparison_frame, windows_frame
from ..stacking.findings.comparison_sides import contrast_of
from ..stacking.findings.runs_beside import RunBeside, runs_beside
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


class RunsComparisonResult:
    """Up to six sweeps side by side: their blends, and each but the first compared with the first."""

    def __init__(self, found: Sequence[RunBeside]) -> None:
        self._found = list(found)

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each sweep: the blend of its best windows, their best, its baselines and their blend."""
        import pandas as pd

        rows = [
            {
                "run": run.name,
                "blend_accuracy": None if run.windows is None else run.windows.accuracy,
                "blend_errors": None if run.windows is None else run.windows.errors,
                "blend_log_loss": None if run.windows is None else run.windows.log_loss,
                "best_window": None if run.best is None else run.best[0],
                "best_window_accuracy": None if run.best is None else run.best[1],
                "baselines_accuracy": run.baseline,
                "baselines_blend_accuracy": None if run.seeds is None else run.seeds.accuracy,
                "images": run.images,
                "same_images": run.same_images,
            }
            for run in self._found
        ]
        return pd.DataFrame(rows)

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


def compare(
    a: Sweep | str, b: Sweep | str, *more: Sweep | str, runs_dir: str | Path = RUNS
) -> ComparisonResult | RunsComparisonResult:
    """Compare two sweeps, or up to six with the first.

    Args:
        a: the sweep to compare with, or its name.
        b: the sweep that is compared, or its name.
        more: further sweeps, or their names.
        runs_dir: folder that holds the runs, for names.

    Raises:
        InputError: there is none of that name, there are more than six, or one is named twice.
    """
    sweeps = [Sweep.load(s, runs_dir=runs_dir) if isinstance(s, str) else s for s in (a, b, *more)]
    if more:
        return RunsComparisonResult(runs_beside([sweep._folder for sweep in sweeps]))
    return ComparisonResult(contrast_of(*(sweep._folder for sweep in sweeps)))
