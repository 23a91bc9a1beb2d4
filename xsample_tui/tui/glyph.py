"""Glyphs and words of every state, so that each looks the same wherever it is shown, with colour or without."""

from __future__ import annotations

from typing import Final, Literal

from ..core.event import RunState, TrialStatus
from .noise import Verdict

ViewState = RunState | Literal["stalled"]

RUN: Final[dict[ViewState, str]] = {
    "starting": "○",
    "running": "▸",
    "pausing": "▹",
    "paused": "‖",
    "stopping": "▽",
    "stopped": "■",
    "stalled": "!",
    "finished": "✓",
    "crashed": "✗",
}
RUN_MEANING: Final[dict[ViewState, str]] = {
    "starting": "the controller gets ready: workers start, checkpoints are read",
    "running": "trials are being trained",
    "pausing": "no further epoch begins; those under way are finished and stored",
    "paused": "nothing is being trained; the workers wait with their trials",
    "stopping": "the epochs under way are finished and stored, then the controller ends",
    "stopped": "the controller has ended before the sweep was done; it can be resumed",
    "stalled": "for 15 seconds no sign of life of the controller, or of any worker",
    "finished": "every trial is done, failed or skipped",
    "crashed": "the controller ended without saying so; it can be resumed",
}
TRIAL: Final[dict[TrialStatus, str]] = {
    "pending": "·",
    "running": "▸",
    "paused": "‖",
    "failed": "✗",
    "skipped": "⨯",
    "done": "✓",
}
TRIAL_MEANING: Final[dict[TrialStatus, str]] = {
    "pending": "waits in the queue",
    "running": "a worker trains it",
    "paused": "has epochs behind it and waits to go on",
    "failed": "cannot go on; its message says why, and r tries it again",
    "skipped": "left out until r takes it back",
    "done": "trained to its end",
}
VERDICT: Final[dict[Verdict, str]] = {
    "better": "+",
    "worse": "−",
    "uncorrected": "¿",
    "noise": "≈",
    "unknown": "✓",
}
VERDICT_MEANING: Final[dict[Verdict, str]] = {
    "better": "more pictures right than the baselines, beyond their noise",
    "worse": "fewer pictures right than the baselines, beyond their noise",
    "uncorrected": "beyond the noise by itself, but not significant after correction for all windows",
    "noise": "the difference is within the baselines' noise",
    "unknown": "trained, but there are too few baselines to compare with",
}


def run_style(state: ViewState) -> str:
    """Return the name of the theme colour of a run's state."""
    match state:
        case "running" | "finished":
            return "success"
        case "crashed" | "stalled":
            return "error"
        case "pausing" | "paused" | "stopping":
            return "warning"
        case _:
            return "secondary"


def trial_style(status: TrialStatus) -> str:
    """Return the name of the theme colour of a trial's status."""
    match status:
        case "running":
            return "accent"
        case "paused":
            return "warning"
        case "failed":
            return "error"
        case "done":
            return "success"
        case _:
            return "foreground-muted"
