"""Faults of processes: signals, suspensions, limits and the wall clock."""

from __future__ import annotations

import contextlib
import os
import resource
import signal

from .controller import SILENCE_ALLOWED, ControllerProcess
from .disturbed_run import DisturbedRun

# More deaths of workers in a row than this are a trial's own fault.
_MOST_DEATHS = 4
_LONG_ONES = 2


class ProcessFaults:
    """Disturbs the controllers and workers of a run.

    Args:
        on: the run.

    Attributes:
        hung: workers that were suspended for longer than the silence that is allowed.
    """

    def __init__(self, on: DisturbedRun) -> None:
        self._on = on
        self.hung = 0
        self._long = 0
        self._stopped: set[int] = set()
        self._few: set[tuple[int, int]] = set()

    def kill_controller(self) -> bool:
        return self._send(signal.SIGKILL)

    def kill_all(self) -> bool:
        return self._send(signal.SIGKILL, group=True)

    def terminate(self) -> bool:
        return self._send(signal.SIGTERM)

    def interrupt(self) -> bool:
        """Ctrl-C: the terminal sends it to the group."""
        return self._send(signal.SIGINT, group=True)

    def interrupt_twice(self) -> bool:
        controller = self._on.one()
        if controller is None:
            return False
        controller.send(signal.SIGINT)
        self._on.after(self._on.chance.uniform(0, 0.5), lambda: controller.send(signal.SIGINT))
        return True

    def hang_up(self) -> bool:
        """The terminal is closed: the system sends it to the group."""
        return self._send(signal.SIGHUP, group=True)

    def _send(self, number: signal.Signals, *, group: bool = False) -> bool:
        controller = self._on.one()
        if controller is None:
            return False
        controller.send(number, group=group)
        return True

    def kill_worker(self) -> bool:
        controller = self._on.one(begun=True)
        workers = controller.workers() if controller else []
        if controller is None or not workers or controller.deaths >= _MOST_DEATHS:
            return False
        controller.deaths += 1
        os.kill(self._on.chance.choice(workers), signal.SIGKILL)
        return True

    def suspend_controller(self) -> bool:
        controller = self._on.one()
        return controller is not None and self._suspend([controller.pid], self._on.chance.uniform(0.2, 3))

    def suspend_worker(self) -> bool:
        controller = self._on.one(begun=True)
        workers = controller.workers() if controller else []
        return bool(workers) and self._suspend([self._on.chance.choice(workers)], self._on.chance.uniform(0.2, 5))

    def suspend_all(self) -> bool:
        controller = self._on.one(begun=True)
        return controller is not None and self._suspend_all(controller, self._on.chance.uniform(0.2, 4))

    def suspend_all_for_long(self) -> bool:
        """Longer than workers may be silent, as a lid that is closed; seldom, for the time it takes."""
        controller = self._on.one(begun=True)
        if controller is None or self._long >= _LONG_ONES:
            return False
        self._long += 1
        return self._suspend_all(controller, SILENCE_ALLOWED + 3)

    def _suspend_all(self, controller: ControllerProcess, seconds: float) -> bool:
        """Suspend a controller and its workers, who go on half a second later."""
        workers = controller.workers()
        if not self._suspend([controller.pid], seconds):
            return False
        self._suspend(workers, seconds + 0.5)
        return True

    def hang_worker(self) -> bool:
        """Suspend a worker for so long that it is given up; seldom, for the time it takes."""
        controller = self._on.one(begun=True)
        workers = controller.workers() if controller else []
        if controller is None or not workers or controller.deaths >= _MOST_DEATHS or self.hung >= _LONG_ONES:
            return False
        if not self._suspend([self._on.chance.choice(workers)], 2 * SILENCE_ALLOWED):
            return False
        controller.deaths += 1
        self.hung += 1
        return True

    def _suspend(self, pids: list[int], seconds: float) -> bool:
        if not pids or any(pid in self._stopped for pid in pids):
            return False
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        self._stopped.update(pids)

        def resume() -> None:
            self._stopped.difference_update(pids)
            for pid in pids:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

        self._on.after(seconds, resume)
        return True

    def few_descriptors(self) -> bool:
        return self._limit(resource.RLIMIT_NOFILE, self._on.chance.choice((3, 8, 12, 16)))

    def small_files(self) -> bool:
        return self._limit(resource.RLIMIT_FSIZE, self._on.chance.choice((0, 4096, 65536)))

    def few_processes(self) -> bool:
        # Root has as many as it likes.
        return os.geteuid() != 0 and self._limit(resource.RLIMIT_NPROC, 1)

    def _limit(self, which: int, soft: int) -> bool:
        controller = self._on.one(begun=True)
        if controller is None or (controller.pid, which) in self._few:
            return False
        before = controller.limit(which)
        controller.set_limit(which, soft)
        self._few.add((controller.pid, which))

        def raise_again() -> None:
            self._few.discard((controller.pid, which))
            if not controller.ended():
                with contextlib.suppress(ProcessLookupError):
                    controller.set_limit(which, before)

        self._on.after(self._on.chance.uniform(0.3, 4), raise_again)
        return True

    def set_clock(self) -> bool:
        controller = self._on.one()
        if controller is None:
            return False
        controller.set_clock(self._on.chance.choice((-86400, -100, -1, 1, 100, 86400)))
        return True
