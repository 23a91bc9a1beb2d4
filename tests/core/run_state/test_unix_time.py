"""Times of files: each can be shown as a day."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from pydantic import TypeAdapter, ValidationError

from xsample_tui.core.run_state.unix_time import Finite, UnixTime

TIME: TypeAdapter[float] = TypeAdapter(UnixTime)


@pytest.mark.parametrize("at", [0.0, 1_790_000_000.25, 9e9])
def test_a_time_is_itself(at: float) -> None:
    assert TIME.validate_python(at) == at


@pytest.mark.parametrize("at", [-1e300, -5.5, 3e11, 1e300])
def test_a_time_that_no_calendar_has_is_shown_as_the_nearest_that_one_has(at: float) -> None:
    found = TIME.validate_python(at)
    assert time.gmtime(found).tm_year == (1970 if at < 0 else 2255)
    assert pd.Timestamp(found, unit="s").year == time.gmtime(found).tm_year


@pytest.mark.parametrize("at", [float("nan"), float("inf"), "soon", None])
def test_what_is_no_number_is_no_time(at: object) -> None:
    for kind in (TIME, TypeAdapter(Finite)):
        with pytest.raises(ValidationError):
            kind.validate_python(at)
