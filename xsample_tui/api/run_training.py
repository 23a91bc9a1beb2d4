"""Trains a run from a notebook or a script: progress line, interrupts, background process."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable

from ..core.errors import XSampleError
from ..core.run_state.run_events import Event
from ..core.run_state.session_limits import SessionLimits
from ..services.arm_question import trials_left
from ..store.control.heartbeat import read_heartbeat
from ..store.control.run_lock import held
from ..store.run.run_folder import RunFolder
from ..sweep.cluster.cluster_address import ClusterAddress
from ..sweep.detached_sweep import send_to_background
from ..sweep.machine.logout_rules import ended_by_logout
from ..sweep.run_setup import controller
from .keyboard_interrupt import interruptible
from .progress_line import ProgressLine, watched

LOOK_EVERY = 0.2
# Who asks for something, in a run's log and in its ledger.
SENDER = "notebook"
OnEvent = Callable[[Event], None]


def train(
    folder: RunFolder,
    *,
    allow_drift: bool,
    cluster: ClusterAddress | None,
    on_event: OnEvent | None,
    progress: bool | None,
    limits: SessionLimits | None = None,
    on_finish: str | None = None,
    log: str | None = None,
) -> None:
    """Train a run until its end, or until it is stopped.

    Raises:
        KeyboardInterrupt: it was interrupted and has stopped.
        RunBusy: something else trains it now.
        InputError: the machine or its software has changed, and ``allow_drift`` is False.
    """
    line = ProgressLine(show=watched() if progress is None else progress)

    def pass_on(event: Event) -> None:
        line(event)
        if on_event is not None:
            on_event(event)

    work = controller(
        folder,
        pass_on,
        allow_drift=allow_drift,
        cluster=cluster,
        limits=limits,
        on_finish=on_finish,
        log=log,
    )
    line.progress = lambda: work.progress
    try:
        with interruptible(work):
            work.work()
    finally:
        line.close()


def train_to_end(
    folder: RunFolder,
    *,
    allow_drift: bool,
    cluster: ClusterAddress | None,
    on_event: OnEvent | None,
    progress: bool | None,
    limits: SessionLimits | None = None,
) -> None:
    """Train a run to its end, for what follows needs all of it.

    Raises:
        XSampleError: another process stopped it before its end, or its deadline has come.
    """
    if not trials_left(folder):
        return
    late = limits is not None and limits.reached
    if not late:
        train(folder, allow_drift=allow_drift, cluster=cluster, on_event=on_event, progress=progress, limits=limits)
    if trials_left(folder):
        raise XSampleError(f"run {folder.name} was stopped before its end; call this again to continue")


def train_in_background(
    folder: RunFolder,
    *,
    allow_drift: bool,
    cluster: ClusterAddress | None,
    limits: SessionLimits | None = None,
    on_finish: str | None = None,
    log: str | None = None,
) -> None:
    """Start a process that trains a run, and return once it takes requests.

    Raises:
        RunBusy: something else trains it now.
        BackgroundFailed: it ended at once; the message gives its last line.
    """
    address = cluster.text if cluster else None
    pid = send_to_background(
        folder, allow_drift=allow_drift, cluster=address, limits=limits, on_finish=on_finish, log=log
    )
    if why := ended_by_logout():
        warnings.warn(why, stacklevel=3)
    # Until its first heartbeat it takes requests for those of an earlier session, and drops them.
    while held(folder.path, unknown=True) and (
        (heartbeat := read_heartbeat(folder.path)) is None or heartbeat.pid != pid
    ):
        time.sleep(LOOK_EVERY)
