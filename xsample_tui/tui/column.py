"""The table's columns: which there are, how wide they are, and what each says of a trial."""

from __future__ import annotations

from typing import Literal

from ..core.progress import TrialProgress
from . import figure, glyph
from .link import Link

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
    "paired": "to twin",
    "ink": "ink removed",
}
# What a column is ordered by, in the filter language's words.
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
# From all columns down to what is always shown; the first set that fits is taken.
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


def text_of(link: Link, key: Key, entry: TrialProgress) -> str:
    """Return what a trial's row says in a column."""
    kept = entry.kept
    match key:
        case "glyph":
            return glyph.TRIAL[entry.status]
        case "state":
            return f"{glyph.TRIAL[entry.status]} {entry.status}"
        case "trial":
            return entry.trial.name
        case "epoch":
            return figure.epochs(len(entry.history), link.run.spec.training.epochs)
        case "done":
            return str(len(entry.history))
        case "gain":
            return figure.gain(link.yardstick.gain(entry))
        case "paired":
            paired = link.progress.paired_gain(entry.trial.name)
            return figure.MISSING if paired is None else figure.gain(paired)
        case "ink":
            return figure.MISSING if entry.trial.is_baseline else figure.percent(entry.trial.ink_removed)
        case _:
            return figure.accuracy(getattr(kept, key) if kept else None)
