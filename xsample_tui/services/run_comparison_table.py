"""The comparison of two runs as a table, one row per window position, and that of several with the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..core.comparison.comparison_text import facts, table
from ..core.comparison.run_comparison import RunComparison
from ..stacking.findings.runs_beside import RunBeside

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "trial", "row", "col", "error_rate_a", "error_rate_b", "gain", "low", "high", "noise_sd", "p", "p_holm",
    "mcnemar_holm", "net_of_baselines", "standing", "trainings",
)  # fmt: skip


def comparison_frame(found: RunComparison) -> pd.DataFrame:
    """Return the windows that both runs have; rates and gains are shares of images, what is not known is NA."""
    # Imported late: sentences and JSON do without.
    import pandas as pd

    frame = pd.DataFrame(table(found), columns=list(COLUMNS))
    for column in ("row", "col"):
        frame[column] = frame[column].astype("Int64")
    return frame


def windows_frame(found: Sequence[RunBeside]) -> pd.DataFrame:
    """Return the windows that each run shares with the first, as of :func:`comparison_frame`, with the run's name."""
    import pandas as pd

    frames = []
    for run in found:
        if run.contrast is not None:
            frames.append(comparison_frame(run.contrast))
            frames[-1].insert(0, "run", run.name)
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["run", *COLUMNS])


def blends_frame(found: Sequence[RunBeside]) -> pd.DataFrame:
    """Return a row a run: the blend of its best windows, its best window, its baselines and their blend."""
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
        for run in found
    ]
    return pd.DataFrame(rows)


def beside_facts(run: RunBeside) -> dict[str, Any]:
    """Return what is known of one of several runs, and how it differs from the first."""
    return {
        "name": run.name,
        "images": run.images,
        "same_images": run.same_images,
        "best_window": None if run.best is None else {"trial": run.best[0], "accuracy": run.best[1]},
        "baselines_accuracy": run.baseline,
        "blend": None if run.windows is None else asdict(run.windows),
        "baselines_blend": None if run.seeds is None else asdict(run.seeds),
        "against_first": None if run.contrast is None else facts(run.contrast),
        "problem": run.problem or None,
    }
