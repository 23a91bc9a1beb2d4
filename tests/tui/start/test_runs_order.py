"""Sorting and searching the list of runs."""

from __future__ import annotations

import pytest

from xsample_tui.store.run.run_notes import RunNotes
from xsample_tui.tui.start.run_row import RunRow
from xsample_tui.tui.start.runs_order import RUNS_FIELDS, RunsField, RunsOrder, arranged, chosen_rows


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


@pytest.mark.parametrize(
    ("order", "heads"),
    [
        (RunsOrder(), ["delta", "beta", "alpha", "gamma"]),
        (RunsOrder("age", turned=True), ["gamma", "alpha", "beta", "delta"]),
        (RunsOrder("run"), ["alpha", "beta", "delta", "gamma"]),
        (RunsOrder("state"), ["delta", "beta", "alpha", "gamma"]),
        (RunsOrder("best window"), ["alpha", "delta", "gamma", "beta"]),
        (RunsOrder("verdict"), ["beta", "alpha", "delta", "gamma"]),
        (RunsOrder("verdict", turned=True), ["alpha", "beta", "delta", "gamma"]),
        (RunsOrder("tags"), ["gamma", "beta", "delta", "alpha"]),
    ],
)
def test_runs_are_sorted_with_their_control_runs_below_them(order: RunsOrder, heads: list[str]) -> None:
    found = names(arranged(ROWS, order))
    assert [name for name in found if "-" not in name] == heads
    at = found.index("beta")
    assert found[at : at + 3] == ["beta", "beta-random", "beta-seeds"]


@pytest.mark.parametrize("field", RUNS_FIELDS)
@pytest.mark.parametrize("turned", [False, True])
def test_no_order_loses_a_run(field: RunsField, turned: bool) -> None:
    assert sorted(names(arranged(ROWS, RunsOrder(field, turned)))) == sorted(names(ROWS))


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


def test_orders_follow_the_columns_that_are_shown() -> None:
    shown: list[RunsField] = ["run", "state", "age"]
    assert RunsOrder().moved(1, shown) == RunsOrder("run")
    assert RunsOrder("run").moved(-1, shown) == RunsOrder("age")
    assert RunsOrder("verdict").moved(1, shown) == RunsOrder("run")
    assert RunsOrder("run").after_click("run") == RunsOrder("run", turned=True)
    assert RunsOrder("run", turned=True).after_click("done") == RunsOrder("done")
