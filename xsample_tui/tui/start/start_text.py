"""The texts of the start screen: its title, and what stands in place of a list without runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual.content import Content

from ...core.errors import printable
from .run_row import RunRow

_EMPTY = """No runs yet in {runs}

A run is one sweep: one network is trained for each window of the image. \
Other networks, the baselines, are trained on whole images. The windows are then compared with the baselines.

Press n for a new sweep. The preset "quick" trains 25 windows on handwritten digits; no download is needed."""


def title_text(runs: Path, rows: Sequence[RunRow], *, found: int | None, hidden: int, marked: int) -> Content:
    """Return the title.

    Args:
        runs: the runs folder.
        rows: all of its runs.
        found: how many a search leaves; None without a search.
        hidden: how many are archived and not shown.
        marked: how many are marked.
    """
    at_work = sum(row.held for row in rows)
    parts = [f"{len(rows):,} runs"] if len(rows) > 1 else []
    parts += [f"{found:,} found"] if found is not None and rows else []
    parts += [f"{at_work} active"] if at_work else []
    parts += [f"{marked} marked (c compares)"] if marked else []
    parts += [f"{hidden:,} archived (A shows)"] if hidden else []
    return Content.assemble(
        ("xsample-tui", "bold $primary"),
        ("  Which part of an image does a network need?\n", "$foreground-muted"),
        ("runs in ", "$foreground-muted"),
        printable(runs, 200),
        (" · " + ", ".join(parts) if parts else "", "$foreground-muted"),
    )


def empty_text(runs: Path, rows: Sequence[RunRow], search: str, problem: str) -> Content:
    """Return what stands in place of the table where it has no rows.

    Args:
        runs: the runs folder.
        rows: all of its runs.
        search: the words that are searched for.
        problem: why the folder cannot be read.
    """
    if problem:
        return Content.styled(f"✗ {problem}", "$error")
    if not rows:
        return Content(_EMPTY.format(runs=printable(runs, 200)))
    if search:
        return Content(f"No run matches {printable(search, 60)}. Escape shows all runs.")
    return Content("All runs are archived. A shows them.")
