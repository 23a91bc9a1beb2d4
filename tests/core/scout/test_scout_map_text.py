"""The scout's estimate drawn as text."""

import doctest

from xsample_tui.core.scout import scout_map_text as module
from xsample_tui.core.scout.scout_map_text import level_of_rank, scout_map


def test_examples() -> None:
    assert doctest.testmod(module).failed == 0


def test_every_level_is_used_evenly() -> None:
    levels = [level_of_rank(rank, 100) for rank in range(1, 101)]
    assert levels == sorted(levels, reverse=True)
    assert {levels.count(level) for level in range(1, 9)} == {11}
    assert level_of_rank(1, 1) == 9


def test_windows_without_an_estimate_are_blank() -> None:
    assert scout_map({"a": (0, 0), "b": (0, 12), "c": (10, 0)}, {"a": 1, "c": 2}) == [
        "      0 12",
        "  0   9",
        " 10   0",
    ]
