"""The question before the arms' controls are trained: what there is to train, and about how long it takes."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from ..core.duration import duration
from ..stacking.companion import Missing
from .question import Question

_KINDS = {
    "seeds": "whole-picture twins of the windows",
    "replicates": "replicates of the best windows, and their twins",
    "random": "random masks",
    "placebo": "placebo masks",
}


class ArmsQuestion(Question[bool]):
    """Asks whether to train the controls in the background; True for yes.

    Args:
        run: the run's name.
        missing: what is to be trained.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "t,y", "answer('train')", "Train", tooltip="train the arms' controls in the background", id="train.train"
        ),
        Binding("escape,c,q", "answer('cancel')", "Cancel", id="train.cancel"),
    ]
    ANSWERS = (("train", "train them"), ("cancel", "cancel"))
    title_text = "Train the arms' controls in the background?"

    def __init__(self, run: str, missing: Missing) -> None:
        super().__init__()
        self._run = run
        self._missing = missing

    def words(self) -> list[Content]:
        """Return how many of each would be trained, and about how long that takes."""
        lines = [f"  {count:>4} {_KINDS[kind]}" for kind, count in self._missing.trials.items() if count]
        seconds = self._missing.seconds
        if seconds is not None:
            lines.append(f"about {duration(seconds)}, if each takes as long as a baseline")
        lines.append(f"as runs of their own ({self._run}-seeds, ..): attach to them, pause, resume")
        return [Content(line) for line in lines]

    def meaning(self, name: str) -> bool:
        """Return whether to train."""
        return name == "train"
