"""The base class of ``Sweep`` that trains a run, shows its state and sends requests to its controller."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from ..core.errors import ArgumentError
from ..core.run_state.requests import Action
from ..core.run_state.run_events import Event, RunState
from ..core.run_state.session_limits import MOST_JOBS, session_limits
from ..core.training.sweep_spec import SweepSpec
from ..stacking.pool.run_extension import extend_run
from ..store.control.run_lock import held
from ..store.run.run_folder import RunFolder
from ..store.run.run_notes import RunNotes, change_notes, run_notes
from ..store.run_renaming import rename_run
from ..store.send_request import send_request
from ..sweep.cluster.cluster_address import wanted_address
from .deprecated_names import renamed
from .run_training import LOOK_EVERY, train, train_in_background
from .sweep_status import SweepStatus, read_status

SENDER = "notebook"


class TrainableRun:
    """A run that can be trained, and steered wherever it is trained."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._status: SweepStatus | None = None

    @property
    def name(self) -> str:
        """The run's name."""
        return self._folder.name

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self._folder.path

    @property
    def spec(self) -> SweepSpec:
        """Everything that shapes its results."""
        return self._folder.spec

    @property
    def notes(self) -> RunNotes:
        """Its tags, its note and whether it is archived, as they are now."""
        return run_notes(self.path)

    def tag(self, *changes: str) -> RunNotes:
        """Add tags, ``+word``, and remove them, ``-word``; return its notes. No result changes.

        Raises:
            InputError: a change has no sign, its word is no tag, or the run's folder cannot be written.
        """
        return change_notes(self.path, lambda notes: notes.retagged(changes))

    def note(self, text: str) -> RunNotes:
        """Keep a note with it, in one line; an empty text removes it. Return its notes.

        Raises:
            InputError: the text is too long, or the run's folder cannot be written.
        """
        return change_notes(self.path, lambda notes: notes.noted(text))

    def archive(self, archived: bool = True) -> RunNotes:
        """Leave it out of lists, or list it again; return its notes.

        Raises:
            InputError: the run's folder cannot be written.
        """
        return change_notes(self.path, lambda notes: replace(notes, archived=archived))

    def rename(self, name: str) -> Self:
        """Rename it, with the control runs that were trained beside it, and return it.

        Raises:
            RunBusy: it, or one of these, is being trained.
            InputError: the name is taken or not safe, or the runs folder cannot be written.
        """
        rename_run(self.path.parent, self.name, name)
        self._folder = RunFolder(self.path.parent / name)
        self._status = None
        return self

    def extend(
        self,
        *,
        stride: int | None = None,
        windows: Sequence[str] = (),
        baselines: int | None = None,
        epochs: int | None = None,
        parked: bool = False,
    ) -> Self:
        """Add to it and return it; :meth:`run` trains what is new, and what exists keeps its bits.

        Args:
            stride: adds every window of the grid with this stride.
            windows: names of windows to add, at any place of the image.
            baselines: how many baselines there are to be.
            epochs: how many epochs every trial is to have, those of the control runs too.
            parked: train windows that successive halving has parked on to their end, and park no more.

        Raises:
            RunBusy: it is being trained.
            InputError: a value out of range, no such window, or a trial has ended without its optimizer's state.
        """
        found = extend_run(
            self._folder,
            stride=stride,
            windows=tuple(windows),
            baselines=baselines,
            epochs=epochs,
            parked=parked,
        )
        self._folder, self._status = found.folder, None
        return self

    @property
    def status(self) -> SweepStatus:
        """How far it was when that was last read: at first use, by :meth:`refresh`, or after training here."""
        return self._status or self.refresh()

    def refresh(self) -> SweepStatus:
        """Read how far it is, whoever trains it, and return that.

        Raises:
            OSError: its files cannot be read.
        """
        self._status = read_status(self._folder)
        return self._status

    def run(
        self,
        *,
        wait: bool = True,
        allow_drift: bool = False,
        cluster: str | None = None,
        max_hours: float | None = None,
        on_event: Callable[[Event], None] | None = None,
        progress: bool | None = None,
    ) -> Self:
        """Train it to its end, from wherever it is, and return it.

        Ctrl-C, or the notebook's stop button, stops it after the current epochs, a second time at once; call
        this again to resume. The environment's ``XSAMPLE_ON_FINISH`` is the command for its end, failure or stall.

        Args:
            wait: whether to return only when it has ended. Without, it trains in a process of its own, which
                outlives this one; see :meth:`refresh`, or :meth:`wait`.
            allow_drift: resume although the machine or its software has changed; later results are marked.
            cluster: train on a Dask cluster: ``local:N``, ``tcp://HOST:PORT``, ``tls://HOST:PORT``, ``slurm``,
                ``pbs`` or ``kubernetes``; None for this machine.
            max_hours: stop after so many hours, once the current epochs are saved.
            on_event: receives every event (:mod:`xsample_tui.events`), in this thread; only with ``wait``.
            progress: whether to write a line of progress; by default in notebooks and terminals.

        Raises:
            KeyboardInterrupt: it was interrupted and has stopped.
            RunBusy: something else trains it now.
            InputError: the machine or its software has changed, and ``allow_drift`` is False; or no such cluster.
        """
        where = wanted_address(cluster)
        limits = session_limits(max_hours)
        try:
            if wait:
                train(
                    self._folder,
                    allow_drift=allow_drift,
                    cluster=where,
                    on_event=on_event,
                    progress=progress,
                    limits=limits,
                )
            else:
                train_in_background(self._folder, allow_drift=allow_drift, cluster=where, limits=limits)
        finally:
            self._status = None
        return self

    @renamed("Sweep.resume", "Sweep.run")
    def resume(self, **arguments: Any) -> Self:
        """Train it."""
        return self.run(**arguments)

    def pause(self) -> None:
        """Pause it after the current epochs; the process that trains it stays.

        Raises:
            InputError: nothing trains it now.
        """
        self._ask("pause")

    def unpause(self) -> None:
        """Continue after a pause.

        Raises:
            InputError: nothing trains it now.
        """
        self._ask("unpause")

    def stop(self, *, now: bool = False) -> None:
        """Stop it after the current epochs, or immediately.

        Raises:
            InputError: nothing trains it now.
        """
        self._ask("stop-now" if now else "stop")

    def use_workers(self, jobs: int) -> None:
        """Train with so many workers from now on, while it is being trained on one machine.

        Raises:
            InputError: nothing trains it now, or the number is out of range.
        """
        if not 1 <= jobs <= MOST_JOBS:
            raise ArgumentError("jobs", jobs, f"choose from 1 to {MOST_JOBS:,}")
        send_request(self._folder, "workers", SENDER, "resume it with run()", jobs=jobs)

    def wait(self, timeout: float | None = None) -> RunState:
        """Wait until nothing trains it any more, or for ``timeout`` seconds; return its state."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while held(self.path, unknown=True) and (deadline is None or time.monotonic() < deadline):
            time.sleep(LOOK_EVERY)
        return self.refresh().state

    def _ask(self, action: Action) -> None:
        send_request(self._folder, action, SENDER, "resume it with run()")
        self._status = None

    def __repr__(self) -> str:
        status = self.status
        return f"<Sweep {self.name}: {status.state}, {status.done} of {status.trials} trials done>"
