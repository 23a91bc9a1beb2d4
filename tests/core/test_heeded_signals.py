"""Which signals are heeded."""

import signal

import pytest

from xsample_tui.core.heeded_signals import heeded

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.mark.parametrize("ignored", NUMBERS)
def test_what_a_process_was_started_to_ignore_is_not_heeded(ignored: signal.Signals) -> None:
    before = {number: signal.signal(number, signal.SIG_DFL) for number in NUMBERS}
    try:
        assert heeded(NUMBERS) == NUMBERS
        signal.signal(ignored, signal.SIG_IGN)
        assert heeded(NUMBERS) == tuple(number for number in NUMBERS if number != ignored)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
