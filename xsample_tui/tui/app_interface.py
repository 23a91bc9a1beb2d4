"""What screens may ask of the application that shows them, beyond how it draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from ..core.interface_settings import Way
from ..core.training.sweep_spec import SweepSpec
from ..store.run.run_folder import RunFolder
from .session.messages import Change
from .session.run_session import RunSession
from .theme.ramps import Ramp


class AppInterface(Protocol):
    """An application that shows runs and trains at most one.

    Attributes:
        runs: the runs folder.
        clock: gives Unix time in seconds.
    """

    runs: Path
    clock: Callable[[], float]

    def open_run(self, run: RunFolder, *, train: bool) -> None:
        """Show a run; with ``train``, train it unless another process does."""

    def open_named(self, name: str, *, train: bool = False) -> object:
        """Open a run of the runs folder; it is only shown unless ``train``."""

    def replay_named(self, name: str, speed: float = 0) -> object:
        """Replay a run of the runs folder at ``speed`` recorded seconds per second; 0 chooses a speed."""

    def compare_named(self, a: str, b: str) -> object:
        """Compare two runs of the runs folder, B against A."""

    def compare_many(self, names: Sequence[str]) -> object:
        """Show runs of the runs folder side by side; the first is what the others are compared with."""

    def show_runs(self) -> None:
        """Show the list of runs."""

    @property
    def training_beneath(self) -> str | None:
        """The name of the run that trains here while something else is shown; None without one."""

    def bring_back(self) -> None:
        """Show the sweep again that trains here, or has ended meanwhile."""

    def show_form(self, like: SweepSpec | None = None) -> None:
        """Show the form for a new sweep, with the settings of another where one is given."""

    def run_changed(self, run_session: RunSession, change: Change) -> None:
        """Take note that a run was read as a whole, or that its controller has ended."""

    def train(self) -> None:
        """Start this process's controller on the current run."""

    def toggle_ascii(self) -> None:
        """Switch between ASCII and all characters."""

    def use_ramp(self, ramp: Ramp) -> None:
        """Choose the colours of metrics that are not compared with the baselines."""

    def use_notification(self, way: Way) -> None:
        """Choose how the terminal notifies."""
