"""Defines the columns of the table of trials: their headings, widths, sort values and texts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ...core.errors import printable
from ...core.run_state.run_progress import TrialProgress
from ...core.table_text import shortened
from ..heatmap.heatmap_metrics import METRICS
from ..session.run_session import RunSession
from ..theme import symbols
from ..view_models import number_format

Key = Literal[
    "glyph",
    "state",
    "trial",
    "rank",
    "epoch",
    "done",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "gain",
    "class_gain",
    "z",
    "p",
    "p_holm",
    "paired",
    "ink",
    "seconds",
]


@dataclass(frozen=True)
class TrialColumn:
    """A column of the table.

    Attributes:
        heading: its heading.
        fact: what it is sorted by, a name of the filter language.
        width: characters, at least; a heading that is aligned to the right has room for an arrow where possible.
        dropped: 0 for a column that is always shown; of the others the one of the largest number is left out first.
        instead: the column that takes its place where it is left out.
    """

    heading: str
    fact: str
    width: int
    dropped: int = 0
    instead: Key | None = None


# From the left.
COLUMNS: Final[dict[Key, TrialColumn]] = {
    "glyph": TrialColumn("", "state", 1),
    "state": TrialColumn("state", "state", 9, 5, "glyph"),
    "trial": TrialColumn("trial", "name", 5),
    "epoch": TrialColumn("epoch", "epoch", 5, 4, "done"),
    "done": TrialColumn("epoch", "epoch", 5, 3),
    "loss": TrialColumn("loss", "train_loss", 6, 14),
    "accuracy": TrialColumn("accuracy", "train_acc", 9, 15),
    "val_loss": TrialColumn("val loss", "loss", 8, 12),
    "val_accuracy": TrialColumn("val acc", "acc", 7, 2),
    "gain": TrialColumn("gain", "gain", 6),
    "rank": TrialColumn("rank", "rank", 5, 8),
    "class_gain": TrialColumn("gain on", "class_gain", 8, 1),
    "z": TrialColumn("z", "z", 6, 10),
    "p": TrialColumn("p", "p", 8, 9),
    "p_holm": TrialColumn("Holm", "p_holm", 8, 6),
    "paired": TrialColumn("vs twin", "paired", 7, 11),
    "ink": TrialColumn("ink removed", "ink", 11, 7),
    "seconds": TrialColumn("seconds", "seconds", 8, 13),
}
LEFT: Final[frozenset[Key]] = frozenset({"glyph", "state", "trial"})
# The smallest set that the layout leaves room for.
LEAST: Final[tuple[Key, ...]] = ("glyph", "trial", "done", "val_accuracy", "gain")
# In place of others, where those do not fit.
_SUBSTITUTES: Final = frozenset(column.instead for column in COLUMNS.values() if column.instead)
# What is known once the run is judged.
_JUDGED: Final[frozenset[Key]] = frozenset({"rank", "p", "p_holm"})
_CLASS_WIDTH: Final = 14
_NUMBER: Final = ".2g"


def fields() -> set[str]:
    """Return what the table can be sorted by, names of the filter language."""
    return {column.fact for column in COLUMNS.values()}


def columns_of(run_session: RunSession) -> list[Key]:
    """Return the columns that have something to say of a run now, from the left, however little room there is."""
    test = run_session.baseline_test
    missing: set[Key] = set() if test.judged else {*_JUDGED}
    if test.classes is None:
        missing.add("class_gain")
    return [key for key in COLUMNS if key not in _SUBSTITUTES and key not in missing]


def heading_of(run_session: RunSession, key: Key) -> str:
    """Return a column's heading; that of the gain on a class names the class."""
    classes = run_session.baseline_test.classes
    if key != "class_gain" or classes is None:
        return COLUMNS[key].heading
    name = classes.classes[run_session.baseline_test.label]
    return shortened(f"{COLUMNS[key].heading} {printable(name, 40)}", _CLASS_WIDTH)


def with_arrow(heading: str, key: Key, width: int, *, falling: bool) -> str:
    """Return the heading of the column that the table is sorted by, with an arrow.

    It is on the side where the column's own texts are, so that it is not taken for a neighbour's; where it does not
    fit, without blanks.
    """
    arrow = "▼" if falling else "▲"
    text = f"{heading}{arrow}" if key in LEFT else f"{arrow}{heading}"
    return text if len(text) <= width else text.replace(" ", "")


def fitting(
    keys: Iterable[Key], widths: Mapping[Key, int], width: int, kept: Collection[Key] = ()
) -> tuple[tuple[Key, ...], int]:
    """Return the columns that fit, and the widest gap between them with which they do.

    Args:
        keys: the columns, from the left.
        widths: their widths, in characters.
        width: the room, in characters.
        kept: columns that are not left out.
    """
    shown = list(keys)

    def fits(gap: int) -> bool:
        return sum(widths[key] + gap for key in shown) - gap <= width

    while not fits(1):
        spare = [key for key in shown if COLUMNS[key].dropped and key not in kept]
        if not spare:
            break
        key = max(spare, key=lambda key: COLUMNS[key].dropped)
        instead = COLUMNS[key].instead
        shown[shown.index(key) : shown.index(key) + 1] = [instead] if instead else []
    return tuple(shown), next((gap for gap in (3, 2) if fits(gap)), 1)


def text_of(run_session: RunSession, key: Key, entry: TrialProgress) -> str:
    """Return the text of a trial in a column."""
    kept, test = entry.kept, run_session.baseline_test
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
        case "rank":
            return str(test.ranks.get(entry.trial.name, number_format.MISSING))
        case "epoch":
            return number_format.epochs(len(entry.history), run_session.run.spec.training.epochs)
        case "done":
            return str(len(entry.history))
        case "gain":
            return number_format.gain(test.gain(entry))
        case "class_gain":
            return number_format.gain(test.gain(entry, "class"))
        case "z":
            metric = METRICS["z"]
            value = metric.value(run_session, entry)
            words = () if value is None else metric.words(value)
            return next((text for text in words if len(text) <= COLUMNS[key].width), number_format.MISSING)
        case "p" | "p_holm":
            found = test.judged.get(entry.trial.name)
            # What is not known is nan.
            known = found is not None and getattr(found, key) == getattr(found, key)
            return f"{getattr(found, key):{_NUMBER}}" if known else number_format.MISSING
        case "paired":
            paired = run_session.progress.paired_gain(entry.trial.name)
            return number_format.MISSING if paired is None else number_format.gain(paired)
        case "ink":
            return (
                number_format.MISSING if entry.trial.is_baseline else number_format.percent(entry.trial.ink_removed)
            )
        case "seconds":
            return METRICS["seconds"].words(sum(entry.seconds))[0] if entry.seconds else number_format.MISSING
        case _:
            return number_format.accuracy(getattr(kept, key) if kept else None)
