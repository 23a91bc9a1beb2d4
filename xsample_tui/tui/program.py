"""The program: what its screens may ask of the application that shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import App

from ..store.folder import RunFolder
from .keymap import Keymap
from .palette import Ramp


class Program(App[None]):
    """An application that shows runs and trains at most one.

    Attributes:
        VIEWS_ONLY: whether it must not steer, start or write anything.
        runs: the runs folder.
        clock: gives Unix time in seconds.
        keymap: the keys that the user's file gives.
        ascii_only: whether it draws in ASCII only.
        ramp: the colours of metrics that are not compared with the baselines.
    """

    VIEWS_ONLY: ClassVar[bool] = False
    runs: Path
    clock: Callable[[], float]
    keymap: Keymap
    ascii_only: bool
    ramp: Ramp

    def open_run(self, run: RunFolder, *, train: bool) -> None:
        """Show a run, and train it if asked to and nobody else does."""
        raise NotImplementedError

    def open_named(self, name: str, *, train: bool = False) -> object:
        """Open a run of the runs folder; it is only shown unless ``train``."""
        raise NotImplementedError

    def replay_named(self, name: str, speed: float = 0) -> object:
        """Show a run of the runs folder as it went, at ``speed`` recorded seconds a second, 0 for one that fits."""
        raise NotImplementedError

    def compare_named(self, a: str, b: str) -> object:
        """Compare two runs of the runs folder, B against A."""
        raise NotImplementedError

    def show_runs(self) -> None:
        """Show the list of runs."""
        raise NotImplementedError

    def show_form(self) -> None:
        """Show the form for a new sweep."""
        raise NotImplementedError

    def train(self) -> None:
        """Start this process's controller on the run that is shown."""
        raise NotImplementedError

    def toggle_ascii(self) -> None:
        """Draw in ASCII, or with every character again."""
        raise NotImplementedError

    def use_ramp(self, ramp: Ramp) -> None:
        """Take other colours for metrics that are not compared with the baselines."""
        raise NotImplementedError
