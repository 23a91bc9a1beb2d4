"""Exit codes."""

from __future__ import annotations

import doctest

from xsample_tui.core import exit_codes as codes
from xsample_tui.core.exit_codes import exit_code


def test_examples_in_the_docstrings() -> None:
    assert doctest.testmod(codes).attempted > 0
    assert doctest.testmod(codes).failed == 0


def test_a_sweep_that_was_stopped_has_not_failed_yet() -> None:
    assert exit_code("stopped", 3) == exit_code("crashed", 0) == codes.STOPPED
