"""Starts the training of the arms' missing controls, after asking, with their number and the estimated time."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content

from ...core.duration_text import duration
from ...core.errors import XSampleError, printable
from ...stacking.pool.control_runs import Missing, missing
from ...store.run.run_folder import RunFolder
from ...sweep.detached_sweep import start_in_background
from ...sweep.machine.logout_rules import ended_by_logout
from ..latest_only import Latest, LatestOnly
from ..widgets.base_screen import BaseScreen
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
            "T,t,y",
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


class ArmTraining:
    """Trains what the arms of a run lack, in the background, by a key of the stack screen.

    Args:
        screen: the screen.
        run: the run.
    """

    def __init__(self, screen: BaseScreen, run: RunFolder) -> None:
        self._screen, self._run = screen, run
        self._lacking: LatestOnly[RunFolder] = LatestOnly(screen, "stack-missing", self._find_lacking)

    def close(self) -> None:
        """Find out no more what is missing."""
        self._lacking.close()

    def action_train_arms(self) -> None:
        """Ask whether to train the missing controls of the arms."""
        self._lacking.ask(self._run)

    def _find_lacking(self, run: RunFolder, latest: Latest) -> None:
        screen = self._screen
        try:
            question = question_about(run)
        except (XSampleError, OSError) as error:
            screen.call_later(screen.notify, printable(error, 400), severity="warning", markup=False)
            return
        if question is None:
            screen.call_later(screen.notify, "all arms are trained; 5 compares them", markup=False)
        elif latest():
            screen.app.call_later(screen.app.push_screen, question, self._answered)

    def _answered(self, yes: bool | None) -> None:
        if not yes:
            return
        try:
            pid = start_in_background(self._run, ["arms", self._run.name, "--headless"])
        except OSError as error:
            self._screen.notify(f"Cannot start the training: {printable(error)}", severity="error", markup=False)
            return
        words = f"Training in process {pid}; see the list of runs. Press r to read finished trials."
        self._screen.notify(words, markup=False)
        if why := ended_by_logout():
            self._screen.notify(why, severity="warning", markup=False)
