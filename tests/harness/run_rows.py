"""Rows of the list of runs."""

from __future__ import annotations

from xsample_tui.store.run.run_notes import RunNotes
from xsample_tui.tui.start.run_row import RunRow


def row(name: str, **changes: object) -> RunRow:
    fields = {"state": "finished", "done": "", "best": "", "article": False, "age": "", "problem": ""} | changes
    return RunRow(name, **fields)  # type: ignore[arg-type]


# Newest first, as the list is read.
ROWS = [
    row("delta", state="running", created=4.0, about="mnist, keep 9x9", first=("keep-r00-c00", 0.9, 7.0)),
    row("beta", failed=2, created=3.0, about="demo, keep 9x9", verdict="helps", notes=RunNotes(("paper",))),
    row("beta-random", created=3.5, under="beta", about="demo, random 9x9"),
    row("beta-seeds", created=3.6, under="beta", about="demo, keep 9x9"),
    row("alpha", created=2.0, verdict="hurts", first=("keep-r01-c00", 0.8, 9.0)),
    row(
        "gamma", created=1.0, first=("keep-r01-c00", 0.95, None), notes=RunNotes(("old", "paper"), "ran Twice", True)
    ),
]


def names(rows: list[RunRow]) -> list[str]:
    return [one.name for one in rows]
