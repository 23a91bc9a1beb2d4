"""Sorting the list of runs."""

from __future__ import annotations

import pytest

from tests.harness.run_rows import ROWS, names
from xsample_tui.tui.start.runs_order import RUNS_FIELDS, RunsField, RunsOrder, arranged


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


def test_orders_follow_the_columns_that_are_shown() -> None:
    shown: list[RunsField] = ["run", "state", "age"]
    assert RunsOrder().moved(1, shown) == RunsOrder("run")
    assert RunsOrder("run").moved(-1, shown) == RunsOrder("age")
    assert RunsOrder("verdict").moved(1, shown) == RunsOrder("run")
    assert RunsOrder("run").after_click("run") == RunsOrder("run", turned=True)
    assert RunsOrder("run", turned=True).after_click("done") == RunsOrder("done")
