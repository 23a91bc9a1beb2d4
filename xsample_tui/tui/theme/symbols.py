"""Symbols, colours and explanations of the states of runs and trials and of results, the same on every screen."""

from __future__ import annotations

from typing import Final, Literal

from ...core.run_state.run_events import RunState, TrialStatus
from ..view_models.trial_significance import Verdict

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
    "starting": "workers start and checkpoints are read",
    "running": "trials are training",
    "pausing": "current epochs are finished and saved; no new epoch starts",
    "paused": "nothing trains; the workers keep their trials",
    "stopping": "current epochs are finished and saved, then the controller ends",
    "stopped": "the controller ended before the sweep was finished; the run can be resumed",
    "stalled": "no sign of life from the controller, or from any worker, for 15 seconds",
    "finished": "every trial is done, parked, failed or skipped",
    "crashed": "the process died unexpectedly; the run can be resumed",
}
TRIAL: Final[dict[TrialStatus, str]] = {
    "pending": "·",
    "running": "▸",
    "paused": "‖",
    "parked": "□",
    "failed": "✗",
    "skipped": "⊘",
    "done": "✓",
}
# Of a window that is not trained, whose colour the scout lets one expect.
ESTIMATE: Final = ":"
# Before what is asked for a trial and waits until the run is resumed.
ASKED: Final = "→"
TRIAL_MEANING: Final[dict[TrialStatus, str]] = {
    "pending": "waiting in the queue",
    "running": "training on a worker",
    "paused": "has some epochs done and waits to continue",
    "parked": "not promoted at a rung of successive halving; extend --parked trains it on",
    "failed": "stopped by an error (see its message); r retries it",
    "skipped": "left out; r puts it back into the queue",
    "done": "all epochs are trained",
}
VERDICT: Final[dict[Verdict, str]] = {
    "better": "+",
    "worse": "−",
    "uncorrected": "¿",
    "noise": "≈",
    "unknown": "✓",
}
VERDICT_MEANING: Final[dict[Verdict, str]] = {
    "better": "more images correct than the baselines, beyond noise",
    "worse": "fewer images correct than the baselines, beyond noise",
    "uncorrected": "beyond noise by itself, but not significant after correction for all windows",
    "noise": "the difference is within noise",
    "unknown": "trained, but too few baselines to compare with",
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
