"""The adversary: does to real processes and their files what can be done from outside, as a seed decides."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random

from .controller import ControllerProcess
from .disk_faults import DiskFaults
from .disturbed_run import DisturbedRun
from .place import Place
from .process_faults import ProcessFaults
from .request_faults import RequestFaults


class Adversary:
    """Disturbs the controllers that work on the run ``r`` of a place.

    Args:
        place: where the run is.
        chance: what decides.
        controllers: that live; whoever starts and buries them keeps the list.
        start: starts another.
        kinds: faults to choose among, by name; all where there is none.

    Attributes:
        counts: faults that happened, by kind.
        wrong: what was seen that must not be.
        processes, disk, requests: what it can do, by subject.
    """

    def __init__(
        self,
        place: Place,
        chance: Random,
        controllers: list[ControllerProcess],
        start: Callable[[], None],
        kinds: Sequence[str] = (),
    ) -> None:
        self.counts: Counter[str] = Counter()
        self._on = DisturbedRun(place, chance, controllers)
        self.wrong = self._on.wrong
        self.processes = ProcessFaults(self._on)
        self.disk = DiskFaults(self._on)
        self.requests = RequestFaults(self._on, start)
        self._kinds = tuple(kinds) or tuple(FAULTS)

    @property
    def away(self) -> bool:
        """Whether the run's folder is not in its place."""
        return self._on.away

    def strike(self) -> str:
        """Do one fault, of a kind that can be done now; return its name."""
        for name in self._on.chance.sample(self._kinds, len(self._kinds)):
            try:
                happened = FAULTS[name](self)
            except OSError:
                # What an earlier fault left in its way.
                happened = False
            if happened:
                self.counts[name] += 1
                self._note()
                return name
        return ""

    def go_on(self) -> None:
        """Take back what has lasted long enough."""
        if self._on.take_back():
            self._note()

    def make_peace(self) -> None:
        """Take back what lasts."""
        end = time.monotonic() + 60
        while (lasting := self._on.end_all()) and time.monotonic() < end:
            self.go_on()
            if self._on.end_all():
                time.sleep(0.25)
        if lasting:
            self.wrong.append("the test could not take back what it did")

    def _note(self) -> None:
        """Take note of who starts while something is in the way."""
        for controller in self._on.controllers:
            if self.disk.in_the_way and not controller.begun:
                controller.disturbed = True


FAULTS: dict[str, Callable[[Adversary], bool]] = {
    "controller killed": lambda it: it.processes.kill_controller(),
    "all killed": lambda it: it.processes.kill_all(),
    "controller terminated": lambda it: it.processes.terminate(),
    "all interrupted": lambda it: it.processes.interrupt(),
    "controller interrupted twice": lambda it: it.processes.interrupt_twice(),
    "all hung up": lambda it: it.processes.hang_up(),
    "worker killed": lambda it: it.processes.kill_worker(),
    "worker killed again": lambda it: it.processes.kill_worker(),
    "worker suspended": lambda it: it.processes.suspend_worker(),
    "worker hung": lambda it: it.processes.hang_worker(),
    "controller suspended": lambda it: it.processes.suspend_controller(),
    "all suspended": lambda it: it.processes.suspend_all(),
    "all suspended for long": lambda it: it.processes.suspend_all_for_long(),
    "few descriptors": lambda it: it.processes.few_descriptors(),
    "small files only": lambda it: it.processes.small_files(),
    "few processes": lambda it: it.processes.few_processes(),
    "wall clock set": lambda it: it.processes.set_clock(),
    "disk full": lambda it: it.disk.fill_disk(),
    "inodes used up": lambda it: it.disk.use_up_inodes(),
    "folder moved": lambda it: it.disk.move_folder(),
    "rights taken": lambda it: it.disk.protect(),
    "file deleted": lambda it: it.disk.delete(),
    "request": lambda it: it.requests.request(),
    "garbage among requests": lambda it: it.requests.garbage(),
    "second controller": lambda it: it.requests.second_controller(),
}
