"""Defines the columns of the table of trials: their headings, widths, sort values and texts."""

from __future__ import annotations

from typing import Literal

from ...core.run_state.run_progress import TrialProgress
from ..session.run_session import RunSession
from ..theme import symbols
from ..view_models import number_format

Key = Literal[
    "glyph",
    "state",
    "trial",
    "epoch",
    "done",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "gain",
    "paired",
    "ink",
]
LEFT: frozenset[Key] = frozenset({"glyph", "state", "trial"})
HEADINGS: dict[Key, str] = {
    "glyph": "",
    "state": "state",
    "trial": "trial",
    "epoch": "epoch",
    "done": "epoch",
    "loss": "loss",
    "accuracy": "accuracy",
    "val_loss": "val loss",
    "val_accuracy": "val acc",
    "gain": "gain",
    "paired": "vs twin",
    "ink": "ink removed",
}
# What a column is sorted by, by the names of the filter language.
FACTS: dict[Key, str] = {
    "glyph": "state",
    "state": "state",
    "trial": "name",
    "epoch": "epoch",
    "done": "epoch",
    "loss": "train_loss",
    "accuracy": "train_acc",
    "val_loss": "loss",
    "val_accuracy": "acc",
    "gain": "gain",
    "paired": "paired",
    "ink": "ink",
}
WIDTHS: dict[Key, int] = {
    "glyph": 1,
    "state": 9,
    "done": 5,
    "loss": 6,
    "accuracy": 8,
    "val_loss": 8,
    "val_accuracy": 7,
    "gain": 6,
    "paired": 7,
    "ink": 11,
}
# Sets of columns, the largest first; the first that fits is used.
SETS: tuple[tuple[Key, ...], ...] = (
    ("state", "trial", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "gain", "paired", "ink"),
    ("state", "trial", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "gain", "ink"),
    ("state", "trial", "epoch", "loss", "val_loss", "val_accuracy", "gain", "ink"),
    ("state", "trial", "epoch", "val_loss", "val_accuracy", "gain", "ink"),
    ("state", "trial", "epoch", "val_accuracy", "gain", "paired", "ink"),
    ("state", "trial", "epoch", "val_accuracy", "gain", "ink"),
    ("state", "trial", "epoch", "val_accuracy", "gain"),
    ("glyph", "trial", "epoch", "val_accuracy", "gain"),
    ("glyph", "trial", "done", "val_accuracy", "gain"),
)


def text_of(run_session: RunSession, key: Key, entry: TrialProgress) -> str:
    """Return the text of a trial in a column."""
    kept = entry.kept
    asked = run_session.waiting.get(entry.trial.name)
    match key:
        case "glyph" if asked:
            return symbols.ASKED
        case "state" if asked:
            return f"{symbols.ASKED} {asked}"
        case "glyph":
            return symbols.TRIAL[entry.status]
        case "state":
            return f"{symbols.TRIAL[entry.status]} {entry.status}"
        case "trial":
            return entry.trial.name
        case "epoch":
            return number_format.epochs(len(entry.history), run_session.run.spec.training.epochs)
        case "done":
            return str(len(entry.history))
        case "gain":
            return number_format.gain(run_session.baseline_test.gain(entry))
        case "paired":
            paired = run_session.progress.paired_gain(entry.trial.name)
            return number_format.MISSING if paired is None else number_format.gain(paired)
        case "ink":
            return (
                number_format.MISSING if entry.trial.is_baseline else number_format.percent(entry.trial.ink_removed)
            )
        case _:
            return number_format.accuracy(getattr(kept, key) if kept else None)
