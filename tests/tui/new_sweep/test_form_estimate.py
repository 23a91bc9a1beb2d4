"""What the form says of a sweep's time."""

from __future__ import annotations

from dataclasses import replace

from tests.tui.conftest import FORECAST
from xsample_tui.tui.new_sweep.form_estimate import time_words


def test_a_scout_s_part_of_the_time_is_named() -> None:
    assert "scout" not in time_words(FORECAST, ()).plain
    found = time_words(replace(FORECAST, scout=61.0), ()).plain
    assert found.startswith("about 5 min (4 min to 6 min), the scout about 1 min, from a 12 s benchmark")
