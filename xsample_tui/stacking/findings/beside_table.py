"""The table of blends of several runs: the columns, and a run's cells."""

from __future__ import annotations

from ...core.errors import printable
from ...core.table_text import TextColumn
from .runs_beside import RunBeside

BESIDE_COLUMNS = (
    TextColumn("run", least=12),
    TextColumn("blend", right=True),
    TextColumn("errors", right=True, rank=1),
    TextColumn("log-loss", right=True, rank=3),
    TextColumn("best window", right=True, rank=2),
    TextColumn("baselines", right=True),
    TextColumn("their blend", right=True, rank=4),
    TextColumn("images", right=True, rank=5),
)
_MISSING = "–"


def blend_cells(run: RunBeside, name: str = "") -> list[str]:
    """Return a run's cells.

    Args:
        run: the run.
        name: what its row is called; by default its name.
    """
    blend, seeds = run.windows, run.seeds
    return [
        printable(name or run.name, 80),
        _MISSING if blend is None else f"{blend.accuracy:.4f}",
        _MISSING if blend is None else f"{blend.errors:,}",
        _MISSING if blend is None else f"{blend.log_loss:.4f}",
        _MISSING if run.best is None else f"{run.best[0]} {run.best[1]:.4f}",
        _MISSING if run.baseline is None else f"{run.baseline:.4f}",
        _MISSING if seeds is None else f"{seeds.accuracy:.4f}",
        f"{run.images:,}",
    ]
