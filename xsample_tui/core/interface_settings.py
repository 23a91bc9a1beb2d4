"""Names of the environment variables that options of the command line set for the interface, and their values."""

from __future__ import annotations

from typing import Final, Literal, get_args

ASCII: Final = "XSAMPLE_TUI_ASCII"
NOTIFY: Final = "XSAMPLE_NOTIFY"
Way = Literal["auto", "osc9", "osc777", "bell", "off"]
WAYS: Final[tuple[Way, ...]] = get_args(Way)
