"""The interface's own signal handlers."""

import signal

import pytest

from xsample_tui.tui.terminal.signal_handlers import Signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_what_the_program_was_started_to_ignore_stays_ignored(number: signal.Signals) -> None:
    before, seen = signal.signal(number, signal.SIG_IGN), list[int]()
    try:
        with Signals(seen.append):
            signal.raise_signal(number)
            signal.raise_signal(signal.SIGTERM)
        assert seen == [signal.SIGTERM]
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        signal.signal(number, before)
