"""A cell of the grid: what it says and which colour it has, and the same in words."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.errors import printable
from ..core.progress import TrialProgress
from ..core.trial import Trial
from . import figure, glyph
from .link import Link
from .palette import round_limit, step_of


@dataclass(frozen=True)
class Cell:
    """What a grid cell shows.

    Attributes:
        sign: its glyph.
        gain: its gain in pictures as text; empty where it has none to show.
        accuracy: its validation accuracy as text, likewise.
        step: its step on the scale of gains; None where it has no such colour.
        status: its trial's status.
    """

    sign: str
    gain: str
    accuracy: str
    step: int | None
    status: str


def scale_limit(link: Link) -> int:
    """Return where the scale of gains ends, in pictures: a round number not below any gain of a coloured cell."""
    gains = [
        abs(gain)
        for entry in link.progress.windows
        if entry.status in ("done", "running") and (gain := link.yardstick.gain(entry)) is not None
    ]
    return round_limit(max(gains, default=0.0))


def cell_of(link: Link, entry: TrialProgress, limit: int) -> Cell:
    """Return what a window's cell shows, on a scale that ends at ``limit`` pictures."""
    gain = link.yardstick.gain(entry)
    verdict = link.yardstick.verdict(entry)
    done = entry.status == "done"
    sign = glyph.VERDICT[verdict] if done else glyph.TRIAL[entry.status]
    step = None
    if gain is not None and entry.status in ("done", "running"):
        step = 0 if verdict == "noise" or round(gain) == 0 else step_of(gain, limit)
    if step is None or entry.kept is None:
        return Cell(sign, "", "", None, entry.status)
    return Cell(sign, figure.gain(gain), figure.accuracy(entry.kept.val_accuracy), step, entry.status)


def place(trial: Trial) -> str:
    """Return where a window lies, in pixels."""
    if trial.row is None or trial.col is None:
        return "whole picture"
    return f"row {trial.row}, column {trial.col}"


def judgement(link: Link, entry: TrialProgress) -> str:
    """Return what an entry's gain amounts to, in words; empty while there is nothing to compare."""
    gain, kept = link.yardstick.gain(entry), entry.kept
    if gain is None or kept is None:
        return ""
    text = f"{figure.gain(gain)} images"
    level = link.yardstick.level(kept.epoch)
    if entry.trial.is_baseline:
        return f"{text} to the baselines' mean"
    if level is None or level.band is None:
        return f"{text}, noise unknown"
    within = "within" if link.yardstick.verdict(entry) == "noise" else "beyond"
    return f"{text}, {within} noise (±{level.band:,.0f})"


def description(link: Link, entry: TrialProgress) -> list[tuple[str, str]]:
    """Return an entry in words: parts to be set side by side, each with the name of a theme colour."""
    kept = entry.kept
    parts = [
        (entry.trial.name, "primary"),
        (f"{glyph.TRIAL[entry.status]} {entry.status}", glyph.trial_style(entry.status)),
        (f"epoch {figure.epochs(len(entry.history), link.run.spec.training.epochs)}", "foreground"),
    ]
    if kept is not None:
        of = f" of epoch {kept.epoch}" if kept is not entry.last else ""
        parts.append((f"val acc {figure.accuracy(kept.val_accuracy)}{of}", "foreground"))
    if words := judgement(link, entry):
        parts.append((words, "foreground"))
    if not entry.trial.is_baseline:
        parts.append((f"ink removed {figure.percent(entry.trial.ink_removed)}", "foreground"))
    if entry.status in ("failed", "skipped", "paused") and entry.message:
        parts.append((printable(entry.message, 200), "error" if entry.status == "failed" else "foreground-muted"))
    return parts
