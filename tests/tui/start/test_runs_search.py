"""Searching the list of runs."""

from __future__ import annotations

import pytest

from tests.harness.run_rows import ROWS, names, row
from xsample_tui.store.run.run_notes import RunNotes
from xsample_tui.tui.start.runs_search import chosen_rows


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["delta", "beta", "beta-random", "beta-seeds", "alpha"]),
        ("ALPHA", ["alpha"]),
        ("mnist", ["delta"]),
        ("demo helps", ["beta", "beta-random", "beta-seeds"]),
        ("#pap", ["beta", "beta-random", "beta-seeds"]),
        ("failed", ["beta", "beta-random", "beta-seeds"]),
        ("seeds", ["beta", "beta-seeds"]),
        ("!beta !running", ["alpha"]),
        ("twice", []),
        ("#", ["beta", "beta-random", "beta-seeds"]),
        ("!", ["delta", "beta", "beta-random", "beta-seeds", "alpha"]),
    ],
)
def test_every_word_must_be_found_somewhere(text: str, found: list[str]) -> None:
    assert names(chosen_rows(ROWS, text, archived=False)) == found


def test_archived_runs_are_there_when_asked_for() -> None:
    assert names(chosen_rows(ROWS, "twice", archived=True)) == ["gamma"]
    assert names(chosen_rows(ROWS, "archived", archived=True)) == ["gamma"]
    put_away = [row("a", notes=RunNotes(archived=True)), row("a-seeds", under="a"), row("b")]
    assert names(chosen_rows(put_away, "", archived=False)) == ["b"]
