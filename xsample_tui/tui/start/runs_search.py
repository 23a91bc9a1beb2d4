"""Searches the list of runs; a run comes with its control runs."""

from __future__ import annotations

from collections.abc import Sequence

from .run_row import RunRow


def chosen_rows(rows: Sequence[RunRow], text: str, *, archived: bool) -> list[RunRow]:
    """Return the rows that a search matches: a run with its control runs, or a control run below its run.

    Args:
        rows: control runs below their run.
        text: words that must all be found: in the name, tags, note, state, verdict or settings; ``#word`` is a tag,
            ``!word`` must not be found.
        archived: whether archived runs are shown.
    """
    words = text.casefold().split()
    shown = [row for row in rows if archived or not row.notes.archived]
    names = {row.name for row in shown}
    shown = [row for row in shown if not row.under or row.under in names]
    met = {row.name for row in shown if all(_has(row, word) for word in words)}
    # Of a control run that matches alone, its run is shown too.
    kept = met | {row.under for row in shown if row.name in met and row.under}
    return [row for row in shown if row.name in kept or row.under in met]


def _has(row: RunRow, word: str) -> bool:
    if word.startswith("!"):
        return not _has(row, word[1:]) if len(word) > 1 else True
    if word.startswith("#"):
        return any(tag.casefold().startswith(word[1:]) for tag in row.notes.tags)
    state = "failed" if row.failed else ""
    archived = "archived" if row.notes.archived else ""
    texts = (row.name, *row.notes.tags, row.notes.note, row.state or "", state, row.verdict, row.about, archived)
    return any(word in text.casefold() for text in texts)
