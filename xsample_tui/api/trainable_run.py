"""The base class of ``Sweep`` that trains a run, shows its state and sends requests to its controller."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ..core.run_state.requests import Action
from ..core.run_state.run_events import Event, RunState
from ..core.run_state.session_limits import session_limits
from ..core.training.sweep_spec import SweepSpec
from ..services.run_control.run_additions import add_to_run
from ..services.run_control.worker_count import ask_for_workers, check_jobs, workers_now
from ..store.control.heartbeat import WorkerStatus
from ..store.control.run_lock import held
from ..store.run.run_folder import RunFolder
from ..store.run.run_notes import RunNotes, change_notes, run_notes
from ..store.run_renaming import rename_run
from ..store.send_request import send_request
from ..sweep.cluster.cluster_address import wanted_address
from ..sweep.log_exports.log_kinds import check_log
from .deprecated_names import renamed
from .run_training import LOOK_EVERY, SENDER, train, train_in_background, train_to_end
from .sweep_status import SweepStatus, read_status

if TYPE_CHECKING:
    import pandas as pd

_RESUME = "resume it with run()"


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
        replicates: int = 0,
        parked: bool = False,
        train: bool = False,
        allow_drift: bool = False,
        cluster: str | None = None,
        max_hours: float | None = None,
        until: str | None = None,
        on_event: Callable[[Event], None] | None = None,
        progress: bool | None = None,
    ) -> Self:
        """Add to it and return it; :meth:`run` trains what is new, and what exists keeps its bits.

        Args:
            stride: adds every window of the grid with this stride.
            windows: names of windows to add, at any place of the image.
            baselines: how many baselines there are to be.
            epochs: how many epochs every trial is to have, those of the control runs too.
            replicates: how many more times to train every window, or those of ``windows``, each with a twin, in a
                run beside this one.
            parked: train windows that successive halving has parked on to their end, and park no more.
            train: whether to train what is new, in the runs beside it too.
            allow_drift, cluster, max_hours, until, on_event, progress: as of :meth:`run`, with ``train``.

        Raises:
            RunBusy: it is being trained.
            InputError: nothing is to be added, a value is out of range, there is no such window, or a trial has ended
                without its optimizer's state.
        """
        where, limits = wanted_address(cluster), session_limits(max_hours, until)
        found = add_to_run(
            self._folder,
            stride=stride,
            windows=windows,
            baselines=baselines,
            epochs=epochs,
            replicates=replicates,
            parked=parked,
        )
        self._folder, self._status = found.folder, None
        for folder in found.folders if train else ():
            train_to_end(
                folder, allow_drift=allow_drift, cluster=where, on_event=on_event, progress=progress, limits=limits
            )
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
        jobs: int | None = None,
        max_hours: float | None = None,
        until: str | None = None,
        on_finish: str | None = None,
        log: str | None = None,
        on_event: Callable[[Event], None] | None = None,
        progress: bool | None = None,
    ) -> Self:
        """Train it to its end, from wherever it is, and return it.

        Ctrl-C, or the notebook's stop button, stops it after the current epochs, a second time at once; call
        this again to resume.

        Args:
            wait: whether to return only when it has ended. Without, it trains in a process of its own, which
                outlives this one; see :meth:`refresh`, or :meth:`wait`.
            allow_drift: resume although the machine or its software has changed; later results are marked.
            cluster: train on a Dask cluster: ``local:N``, ``tcp://HOST:PORT``, ``tls://HOST:PORT``, ``slurm``,
                ``pbs`` or ``kubernetes``; None for this machine.
            jobs: worker processes for this session; results do not depend on it. As many as the spec says if None.
            max_hours: stop after so many hours, once the current epochs are saved.
            until: stop at this local time: ``23:30``, or ``2026-12-01 07:00``.
            on_finish: shell command for its end, failure or stall; None for the environment's ``XSAMPLE_ON_FINISH``.
            log: ``tensorboard`` to write epochs and map for it too; None for the environment's ``XSAMPLE_LOG``.
            on_event: receives every event (:mod:`xsample_tui.events`), in this thread; only with ``wait``.
            progress: whether to write a line of progress; by default in notebooks and terminals.

        Raises:
            KeyboardInterrupt: it was interrupted and has stopped.
            RunBusy: something else trains it now.
            InputError: the machine or its software has changed, and ``allow_drift`` is False; or no such cluster or
                log, or ``jobs`` cannot be chosen.
        """
        where = wanted_address(cluster)
        own = check_jobs(self.spec, jobs, cluster=where is not None)
        limits = replace(session_limits(max_hours, until), jobs=own)
        check_log(log or "")
        given: dict[str, Any] = {"allow_drift": allow_drift, "cluster": where, "limits": limits}
        given |= {"on_finish": on_finish, "log": log}
        try:
            if wait:
                train(self._folder, on_event=on_event, progress=progress, **given)
            else:
                train_in_background(self._folder, **given)
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
            InputError: nothing trains it now, the number is out of range, or it is the cluster's to choose.
        """
        ask_for_workers(self._folder, jobs, SENDER, _RESUME)

    def workers_dataframe(self) -> pd.DataFrame:
        """Return the workers that train it now, a row each.

        Columns: slot, name, host, state, trial, rate (images a second), silence (seconds), stage, share of the epoch.

        Raises:
            InputError: nothing trains it now.
        """
        import pandas as pd

        found = [worker.model_dump() for worker in workers_now(self._folder, _RESUME)]
        return pd.DataFrame(found, columns=list(WorkerStatus.model_fields))

    def wait(self, timeout: float | None = None) -> RunState:
        """Wait until nothing trains it any more, or for ``timeout`` seconds; return its state."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while held(self.path, unknown=True) and (deadline is None or time.monotonic() < deadline):
            time.sleep(LOOK_EVERY)
        return self.refresh().state

    def _ask(self, action: Action) -> None:
        send_request(self._folder, action, SENDER, _RESUME)
        self._status = None

    def __repr__(self) -> str:
        status = self.status
        return f"<Sweep {self.name}: {status.state}, {status.done} of {status.trials} trials done>"
