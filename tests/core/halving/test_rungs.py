"""The rungs of successive halving: at which epochs they are, and how many windows go on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.core.halving.rungs import places, rung_epochs, rungs_text, totals


@given(st.integers(1, 2000), st.integers(2, 9), st.integers(1, 500), st.integers(1, 20))
def test_rungs_rise_and_fewer_windows_go_on_at_each(epochs: int, factor: int, windows: int, least: int) -> None:
    at = rung_epochs(epochs, factor)
    assert list(at) == sorted(set(at))
    assert all(1 <= epoch < epochs for epoch in at)
    counts = places(windows, factor, least, len(at))
    assert list(counts) == sorted(counts, reverse=True)
    assert all(min(least, windows) <= count <= windows for count in counts)
    assert windows <= totals(windows, epochs, factor, least).epochs <= windows * epochs


@pytest.mark.parametrize(
    ("windows", "epochs", "factor", "expected"),
    [(400, 8, 4, 1.625), (400, 8, 2, 2.5), (10, 8, 4, 8.0), (50, 1, 4, 1)],
)
def test_the_saved_epochs_are_known_beforehand(windows: int, epochs: int, factor: int, expected: float) -> None:
    assert totals(windows, epochs, factor, 10).epochs / windows == expected


def test_the_rungs_are_said_in_words() -> None:
    assert rungs_text(36, 8, 4, 10) == (
        "of 36 windows 10 go on after epoch 1, 10 after epoch 2; on average 2.9 of 8 epochs are trained"
    )
    assert rungs_text(36, 1, 4, 10) == "no rung within 1 epochs; on average 1.0 of 1 epochs are trained"


@given(st.integers(1, 200), st.integers(1, 60), st.integers(2, 5), st.integers(1, 20), st.lists(st.integers(0, 400)))
def test_what_joins_is_trained_once_and_parked_or_finished(
    windows: int, epochs: int, factor: int, least: int, finer: list[int]
) -> None:
    found = totals(windows, epochs, factor, least, finer)
    every = windows + sum(found.joined)
    finished = found.on[-1] if found.at else windows
    assert found.parked + finished == every
    assert len(found.joined) <= max(len(found.at) - 1, 0)
    assert all(joined <= min(8 * on, most) for joined, on, most in zip(found.joined, found.on, finer, strict=False))
    assert finished * epochs + found.parked <= found.epochs <= every * epochs


def test_what_joins_is_said_in_words() -> None:
    assert rungs_text(25, 8, 4, 10, [75]) == (
        "of 25 windows 10 go on after epoch 1, up to 75 join, up to 22 go on after epoch 2; "
        "on average at most 3.2 of 8 epochs are trained"
    )
