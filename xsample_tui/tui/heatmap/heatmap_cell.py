"""Determines the text and colour of a grid cell, and describes a trial in words."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.errors import printable
from ...core.run_state.run_events import TrialStatus
from ...core.run_state.run_progress import TrialProgress
from ...core.stats.significance import WORDS
from ...core.training.trial_plan import Trial
from ..session.run_session import RunSession
from ..theme import symbols
from ..theme.colors import Tone
from ..view_models import number_format
from .heatmap_metrics import Metric
from .heatmap_scale import Scale, shortened


@dataclass(frozen=True)
class HeatmapCell:
    """What a grid cell shows.

    Attributes:
        sign: the symbol of its verdict once done, else of its status.
        words: its value as text, the longest form first; empty if there is none.
        accuracy: its selection accuracy as text, for large cells; empty likewise.
        tone: the kind of its colour scale.
        step: its step on that scale; None if it has no such colour.
        status: its trial's status.
        sure: whether its difference is significant after Holm's correction, where not all cells' are.
        badges: the symbols of its mark and pin; empty for neither.
        hidden: whether the table's filter hides its trial.
        best: whether it is among the best windows.
        lent: the step of the nearest finished window, or the one that the scout lets one expect, while its own is not
            known.
        estimate: the tenth of the scout's ranking that it is in, 9 for the best, while its own result is not known.
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
    best: bool = False
    lent: int | None = None
    estimate: int | None = None


def cell_of(run_session: RunSession, entry: TrialProgress, scale: Scale) -> HeatmapCell:
    """Return the cell of a window on a scale."""
    metric = scale.metric
    step, value = scale.step(run_session, entry), metric.value(run_session, entry)
    done = entry.status == "done"
    sign = symbols.TRIAL[entry.status]
    sure = False
    if done and metric.compared:
        sign = symbols.VERDICT[run_session.baseline_test.verdict(entry, metric.measure)]
        # Signs that all cells share are in the title.
        sure = scale.tone == "gain" and not scale.shared and entry.trial.name in survivors(run_session, metric)
    if step is None or value is None:
        return HeatmapCell(sign, (), "", scale.tone, None, entry.status, sure)
    accuracy = number_format.accuracy(entry.kept.val_accuracy) if entry.kept and metric.name != "accuracy" else ""
    return HeatmapCell(sign, shortened(metric.words(value), scale), accuracy, scale.tone, step, entry.status, sure)


def survivors(run_session: RunSession, metric: Metric) -> frozenset[str]:
    """Return the windows whose difference is significant after Holm's correction; none for other metrics."""
    return run_session.baseline_test.survivors(metric.measure) if metric.compared else frozenset()


def place(trial: Trial) -> str:
    """Return the position of a window, in pixels."""
    if trial.row is None or trial.col is None:
        return "whole image"
    return f"row {trial.row}, column {trial.col}"


def judgement(run_session: RunSession, entry: TrialProgress) -> list[str]:
    """Return what an entry's gain means, in parts; empty while there is nothing to compare with."""
    gain, level = run_session.baseline_test.gain(entry), run_session.baseline_test.level_of(entry)
    if gain is None or level is None:
        return []
    text = f"{number_format.gain(gain)} images"
    if entry.trial.is_baseline:
        return [f"{text} vs the baselines' mean"]
    if level.band is None:
        return [text, "noise unknown"]
    if level.sd:
        text += f", {number_format.signed(gain / level.sd, 1)} SD"
    verdict = run_session.baseline_test.verdict(entry)
    parts = [text]
    paired = run_session.progress.paired_gain(entry.trial.name)
    if paired is not None:
        parts.append(f"{number_format.gain(paired)} vs its twin")
    if verdict == "uncorrected":
        parts.append(WORDS[verdict])
    else:
        band = level.band_of("errors", errors=entry.kept.val_errors if entry.kept else None)
        parts.append(f"{'within' if verdict == 'noise' else 'beyond'} noise (±{band or 0:,.0f})")
    if entry.status == "done" and entry.trial.name in run_session.baseline_test.survivors():
        parts.append("significant (Holm)")
    return parts


def description(run_session: RunSession, entry: TrialProgress) -> list[tuple[str, str]]:
    """Return an entry in words: parts to arrange in lines, each with the name of a theme colour."""
    kept = entry.kept
    parts = [
        (entry.trial.name, "primary"),
        (f"{symbols.TRIAL[entry.status]} {entry.status}", symbols.trial_style(entry.status)),
        (f"epoch {number_format.epochs(len(entry.history), run_session.run.spec.training.epochs)}", "foreground"),
    ]
    if kept is not None:
        of = f" of epoch {kept.epoch}" if kept is not entry.last else ""
        parts.append((f"val acc {number_format.accuracy(kept.val_accuracy)}{of}", "foreground"))
        parts.append((f"val loss {number_format.accuracy(kept.val_loss)}", "foreground"))
    parts += [(words, "foreground") for words in judgement(run_session, entry)]
    estimate = run_session.progress.estimate
    if kept is None and estimate is not None and (rank := estimate.rank.get(entry.trial.name)) is not None:
        loss = number_format.accuracy(estimate.loss[entry.trial.name])
        parts.append((f"{symbols.ESTIMATE} estimate by the scout: rank {rank} of {len(estimate.rank)}", "foreground"))
        parts.append((f"scout's log-loss {loss}", "foreground-muted"))
    if not entry.trial.is_baseline:
        parts.append((f"ink removed {number_format.percent(entry.trial.ink_removed)}", "foreground"))
    if entry.status in ("failed", "skipped", "paused", "parked") and entry.message:
        parts.append((printable(entry.message, 200), "error" if entry.status == "failed" else "foreground-muted"))
    return parts
