"""Unix time as files hold it: whatever a file says, it can be shown as a day."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field

_LATEST: Final = 9e9
"""In 2255: nanoseconds of pandas end in 2262, years of Python with 9999."""

Finite = Annotated[float, Field(allow_inf_nan=False)]
UnixTime = Annotated[Finite, AfterValidator(lambda at: min(max(at, 0.0), _LATEST))]
"""Seconds since 1970; a time that no calendar has is taken for the nearest that one has."""
