"""What is expected of windows that are not trained yet."""

import doctest

import pytest

from xsample_tui.tui.view_models import window_estimates as module
from xsample_tui.tui.view_models.window_estimates import expected_values

LOSS = {f"w{number}": 1.0 + number for number in range(6)}


def test_examples() -> None:
    assert doctest.testmod(module).failed == 0


def test_on_a_line_through_the_trained_ones() -> None:
    found = expected_values(LOSS, {"w0": 10.0, "w2": 6.0, "w4": 2.0, "other": 99.0})
    assert found == pytest.approx({"w1": 8.0, "w3": 4.0, "w5": 0.0})


def test_with_too_few_or_with_equal_losses() -> None:
    assert expected_values(LOSS, {"w0": 10.0, "w2": 6.0}) == {}
    flat = dict.fromkeys(LOSS, 2.0)
    assert expected_values(flat, {"w0": 1.0, "w1": 2.0, "w2": 6.0}) == {"w3": 3.0, "w4": 3.0, "w5": 3.0}


def test_no_line_goes_through_windows_of_which_the_scout_expects_nearly_the_same() -> None:
    many = {f"w{number}": number / 100 for number in range(100)}
    # The best are trained first, and noise has it that the worse of them are the better.
    best = {f"w{number}": 5.0 - number for number in range(25)}
    assert expected_values(many, best) == {}
    found = expected_values(many, best | {"w70": 20.0, "w90": 21.0})
    assert found["w60"] < found["w80"]
