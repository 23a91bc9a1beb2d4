"""Asks before the controls of the arms are trained, with their number and the estimated time."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from ...core.duration_text import duration
from ...core.errors import XSampleError, printable
from ...stacking.pool.control_runs import Missing, missing
from ...store.run.run_folder import RunFolder
from ..widgets.choice_dialog import ChoiceDialog

_KINDS = {
    "seeds": "whole-image twins of the windows",
    "replicates": "replicates of the best windows, and their twins",
    "random": "random masks",
    "placebo": "placebo masks",
}


class TrainControlsDialog(ChoiceDialog[bool]):
    """Asks whether to train the controls in the background; True for yes.

    Args:
        run: the run's name.
        missing: the controls to train.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "t,y",
            "answer('train')",
            "Train",
            tooltip="train the controls of the arms in the background",
            id="train.train",
        ),
        Binding("escape,c,q", "answer('cancel')", "Cancel", id="train.cancel"),
    ]
    ANSWERS = (("train", "train them"), ("cancel", "cancel"))
    title_text = "Train the controls of the arms in the background?"

    def __init__(self, run: str, missing: Missing) -> None:
        super().__init__()
        self._run = run
        self._missing = missing

    def words(self) -> list[Content]:
        """Return the number of each kind of control, and the estimated time."""
        lines = [f"  {count:>4} {_KINDS[kind]}" for kind, count in self._missing.trials.items() if count]
        seconds = self._missing.seconds
        if seconds is not None:
            lines.append(f"about {duration(seconds)} if each trains as long as a baseline")
        lines.append(f"They become separate runs ({self._run}-seeds, …) that you can attach to, pause and resume.")
        return [Content(line) for line in lines]

    def meaning(self, name: str) -> bool:
        """Return whether to train."""
        return name == "train"


def question_about(run: RunFolder) -> TrainControlsDialog | None:
    """Return the question whether to train what the arms of a run lack; None where nothing is missing.

    It reads files, so call it in a thread.

    Raises:
        XSampleError: the run has no arms, or cannot be read.
    """
    if run.spec.article_protocol:
        raise XSampleError("Arms need the honest protocol; this run uses test data for model selection.")
    lacking = missing(run)
    return TrainControlsDialog(printable(run.name, 40), lacking) if any(lacking.trials.values()) else None
