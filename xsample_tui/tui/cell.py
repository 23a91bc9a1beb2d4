"""A cell of the grid: what it says and which colour it has, and the same in words."""

from __future__ import annotations

from dataclasses import dataclass

from ..core.errors import printable
from ..core.event import TrialStatus
from ..core.progress import TrialProgress
from ..core.stats.standing import WORDS
from ..core.trial import Trial
from . import figure, glyph
from .link import Link
from .metric import Scale
from .palette import Tone


@dataclass(frozen=True)
class Cell:
    """What a grid cell shows.

    Attributes:
        sign: its glyph: of its verdict once done, else of its status.
        words: its value as text, the longest form first; empty where it has none to show.
        accuracy: its validation accuracy as text, for cells with room to spare; empty likewise.
        tone: which scale its colour is of.
        step: its step on that scale; None where it has no such colour.
        status: its trial's status.
        sure: whether its difference survives Holm's correction.
        badges: the signs of its mark and its pin; empty for neither.
        hidden: whether the table's filter hides its trial.
    """

    sign: str
    words: tuple[str, ...]
    accuracy: str
    tone: Tone
    step: int | None
    status: TrialStatus
    sure: bool = False
    badges: str = ""
    hidden: bool = False


def cell_of(link: Link, entry: TrialProgress, scale: Scale) -> Cell:
    """Return what a window's cell shows on a scale."""
    metric = scale.metric
    step, value = scale.step(link, entry), metric.value(link, entry)
    done = entry.status == "done"
    sure = done and metric.tone == "gain" and entry.trial.name in link.yardstick.survivors(metric.measure)
    sign = glyph.VERDICT[link.yardstick.verdict(entry, metric.measure)] if done else glyph.TRIAL[entry.status]
    if step is None or value is None:
        return Cell(sign, (), "", metric.tone, None, entry.status, sure)
    accuracy = figure.accuracy(entry.kept.val_accuracy) if entry.kept and metric.name != "accuracy" else ""
    return Cell(sign, metric.words(value), accuracy, metric.tone, step, entry.status, sure)


def place(trial: Trial) -> str:
    """Return where a window lies, in pixels."""
    if trial.row is None or trial.col is None:
        return "whole picture"
    return f"row {trial.row}, column {trial.col}"


def judgement(link: Link, entry: TrialProgress) -> list[str]:
    """Return what an entry's gain amounts to, in parts; none while there is nothing to compare."""
    gain, level = link.yardstick.gain(entry), link.yardstick.level_of(entry)
    if gain is None or level is None:
        return []
    text = f"{figure.gain(gain)} images"
    if entry.trial.is_baseline:
        return [f"{text} to the baselines' mean"]
    if level.band is None:
        return [text, "noise unknown"]
    if level.sd:
        text += f", {figure.signed(gain / level.sd, 1)} SD"
    verdict = link.yardstick.verdict(entry)
    parts = [text]
    paired = link.progress.paired_gain(entry.trial.name)
    if paired is not None:
        parts.append(f"{figure.gain(paired)} to its twin")
    if verdict == "uncorrected":
        parts.append(WORDS[verdict])
    else:
        band = level.band_of("errors", errors=entry.kept.val_errors if entry.kept else None)
        parts.append(f"{'within' if verdict == 'noise' else 'beyond'} noise (±{band or 0:,.0f})")
    if entry.status == "done" and entry.trial.name in link.yardstick.survivors():
        parts.append("survives Holm")
    return parts


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
        parts.append((f"val loss {figure.accuracy(kept.val_loss)}", "foreground"))
    parts += [(words, "foreground") for words in judgement(link, entry)]
    if not entry.trial.is_baseline:
        parts.append((f"ink removed {figure.percent(entry.trial.ink_removed)}", "foreground"))
    if entry.status in ("failed", "skipped", "paused") and entry.message:
        parts.append((printable(entry.message, 200), "error" if entry.status == "failed" else "foreground-muted"))
    return parts
