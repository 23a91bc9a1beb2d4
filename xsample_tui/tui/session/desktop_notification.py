"""Notifies the desktop, through the terminal, that a sweep has ended, failed or stalls."""

from __future__ import annotations

from collections.abc import Mapping

from ...core.errors import printable
from ...core.interface_settings import NOTIFY, WAYS, Way
from ...core.run_state.run_progress import Progress
from ..theme.symbols import ViewState

AT_WORK: tuple[ViewState, ...] = ("starting", "running", "pausing", "paused", "stopping", "stalled")
_OSC9 = ("KITTY_WINDOW_ID", "WEZTERM_PANE", "ITERM_SESSION_ID", "WT_SESSION", "GHOSTTY_RESOURCES_DIR")
_TITLE = "xsample-tui"


def way_of(environment: Mapping[str, str]) -> Way:
    """Return how to notify: as ``XSAMPLE_NOTIFY`` says, else in a way that the terminal supports."""
    for way in WAYS:
        if way == environment.get(NOTIFY, "") and way != "auto":
            return way
    # screen and the Linux console support nothing else.
    if environment.get("STY") or environment.get("TERM", "") in ("", "linux", "dumb"):
        return "bell"
    if any(environment.get(name) for name in _OSC9):
        return "osc9"
    if environment.get("VTE_VERSION") or environment.get("TERM", "").startswith(("foot", "rxvt")):
        return "osc777"
    return "bell"


def sequence(words: str, environment: Mapping[str, str]) -> str:
    """Return the escape sequence that makes the terminal notify; empty for no notification.

    Inside tmux it is wrapped to be passed through; if tmux does not allow that, it is dropped.

    Args:
        words: the message; control characters are escaped.
        environment: variables, by name.
    """
    text = printable(words, 200)
    match way_of(environment):
        case "osc9":
            found = f"\x1b]9;{text}\x07"
        case "osc777":
            found = f"\x1b]777;notify;{_TITLE};{text.replace(';', ',')}\x07"
        case "bell":
            # tmux shows a bell itself, as a mark on the window.
            return "\x07"
        case _:
            return ""
    if environment.get("TMUX"):
        doubled = found.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    return found


class Watcher:
    """Finds events worth a notification, once each: an active sweep that ended, crashed or stalls."""

    def __init__(self) -> None:
        self._last: ViewState | None = None

    def check(self, name: str, state: ViewState, progress: Progress) -> str | None:
        """Compare a run's state with the last one; return a message if it is worth a notification.

        Args:
            name: the run's name.
            state: its current state.
            progress: its trials.
        """
        before, self._last = self._last, state
        if before is None or before == state or before not in AT_WORK:
            return None
        counts = progress.counts()
        if state == "finished":
            failed = f", {counts['failed']} failed" if counts["failed"] else ""
            return f"{name}: finished, {counts['done']} of {len(progress.trials)} trials done{failed}"
        if state in ("crashed", "stalled"):
            return f"{name}: {state}, {counts['done']} of {len(progress.trials)} trials done"
        return None
