"""Optuna as a method of ``benchmarks.answer``: it chooses windows, and ends trials early by its pruner."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from .answer_replay import Story

SAMPLERS = ("grid", "TPE")


class Pruned:
    """A study in a process of its own, to be used as a context.

    With the grid sampler every window is chosen once, in random order. With TPE, Optuna's default, there are as many
    choices as windows, and one that was chosen before gets its old values at no cost.

    Args:
        story: the full sweep.
        python: an interpreter that has Optuna.
        sampler: ``grid`` or ``TPE``.
        pruner: ``median`` or ``hyperband``.
        seed: of the sampler.

    Attributes:
        version: Optuna's.
    """

    def __init__(self, story: Story, python: str, sampler: str, pruner: str, seed: int) -> None:
        self._story = story
        self._baselines = iter(story.baselines)
        self._windows = {place: name for name, place in story.places.items()}
        rows, cols = (sorted({place[axis] for place in self._windows}) for axis in (0, 1))
        command = [python, "-m", "benchmarks.answer_peers"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        given = {"rows": rows, "cols": cols, "epochs": story.epochs}
        self.version = str(self._answer(**given, sampler=sampler, pruner=pruner, seed=seed))
        self._choices = iter(range(len(self._windows)))
        # Optuna's number of each window's trial, and what its trial reported when it ended.
        self._numbers: dict[str, int] = {}
        self._ended: dict[str, tuple[bool, tuple[float, ...]]] = {}

    def __enter__(self) -> Pruned:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()

    def ask(self) -> str | None:
        """Return the next baseline, then the next window that Optuna chooses."""
        return next(self._baselines, None) or next(self._chosen(), None)

    def told(self, trial: str, epoch: int, stop_loss: float) -> bool:
        """Report an epoch; return whether the pruner lets the trial go on."""
        if trial not in self._numbers:
            return True
        number = self._numbers[trial]
        if not self._answer(what="report", trial=number, epoch=epoch, value=stop_loss):
            return True
        self._end(trial, number, epoch, pruned=True)
        return False

    def ended(self, trial: str, stop_loss: float) -> None:
        """Report a window that is trained to the end."""
        if trial in self._numbers:
            number, epochs = self._numbers[trial], self._story.epochs
            self._answer(what="report", trial=number, epoch=epochs, value=stop_loss)
            self._end(trial, number, epochs, pruned=False)

    def _chosen(self) -> Iterator[str]:
        for _ in self._choices:
            number, row, col = self._answer(what="ask")
            window = self._windows[row, col]
            if window not in self._numbers:
                self._numbers[window] = number
                yield window
            else:
                self._again(window, number)

    def _again(self, window: str, number: int) -> None:
        """Tell what is known of a window that is chosen again; of one that is being trained, that it is left out."""
        pruned, values = self._ended.get(window, (True, ()))
        for epoch, value in enumerate(values, 1):
            self._answer(what="report", trial=number, epoch=epoch, value=value)
        self._answer(what="tell", trial=number, pruned=pruned, value=values[-1] if values else None)

    def _end(self, window: str, number: int, epoch: int, *, pruned: bool) -> None:
        values = self._story.trained[window].stop[:epoch]
        self._ended[window] = pruned, values
        self._answer(what="tell", trial=number, pruned=pruned, value=values[-1])

    def _answer(self, **order: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())
