"""The exit codes of the program, and of a sweep."""

from __future__ import annotations

from typing import Final

FAILED: Final = 1
BAD_INPUT: Final = 2
STOPPED: Final = 3
INTERRUPTED: Final = 130


def exit_code(state: str, failed: int) -> int:
    """Return the exit code after a sweep.

    >>> exit_code("finished", 0), exit_code("finished", 2), exit_code("stopped", 0)
    (0, 1, 3)

    Args:
        state: how its controller ended, a :data:`~xsample_tui.core.run_state.run_events.RunState`.
        failed: how many trials have failed.
    """
    if state != "finished":
        return STOPPED
    return FAILED if failed else 0
