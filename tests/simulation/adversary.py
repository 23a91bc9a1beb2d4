"""The adversary: does to a simulated sweep what happens to real ones, at times and places that a seed decides."""

from __future__ import annotations

import errno
import os
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from xsample_tui.core.run_state.requests import Action, Request
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.control.run_lock import RunBusy, RunLock

from .clock import Clock
from .disk import READS, WRITES, Disk, Killed, Trouble
from .workers import BLIND, STARVED, WITHOUT, Worker, Workers

_CODES = (
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EMFILE,
    errno.ENFILE,
    errno.EIO,
    errno.ESTALE,
    errno.EACCES,
    errno.EROFS,
    errno.ETIMEDOUT,
    errno.ENOMEM,
)
# What a service manager or a user deletes from a run's folder in the belief that nobody needs it.
_UNPAUSES = 20
_DELETABLE = ("logs", "events.jsonl", "events.1.jsonl", "pulse.json", "owner.lock", "requests")


class PowerCut(Killed):
    """The machine's power is gone."""


class Adversary:
    """Disturbs a sweep for a while.

    Args:
        run: the run's folder.
        clock, disk: of the machine.
        chance: what decides.
        every: mean seconds between two faults.
        until: monotonic time of the last one.
        may_skip: whether it may ask for trials to be skipped; under the article's stopping rule that changes the
            results of those that follow.
        kinds: faults to choose among, by name; all where there is none.

    Attributes:
        counts: faults that happened, by kind; those of system calls are the disk's to count.
        wrong: what was seen that must not be.
        hung: trials whose worker was hung.
        workers: of the current session.
        stop: asks the current controller to stop.
    """

    def __init__(
        self,
        run: Path,
        clock: Clock,
        disk: Disk,
        chance: Random,
        every: float,
        until: float,
        *,
        may_skip: bool = True,
        kinds: Sequence[str] = (),
    ) -> None:
        self.counts: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.workers: Workers | None = None
        self.stop: Callable[[bool], None] = lambda now: None
        self.hung: set[str] = set()
        self._unpaused = 0
        self._run = run
        self._away = run.with_name("elsewhere")
        self._clock = clock
        self._disk = disk
        self._chance = chance
        self._every = every
        self._may_skip = may_skip
        self._kinds = tuple(kinds) or tuple(_FAULTS)
        # Whether the lock's file was removed while it was held: then another controller may come first.
        self._unlocked = False
        self._suspended = False
        self.until = until
        self._plot()

    @property
    def over(self) -> bool:
        """Whether the adversary has done its last."""
        return self._clock.now >= self.until

    @property
    def away(self) -> bool:
        """Whether the run's folder is not in its place."""
        with self._disk.calm():
            return self._away.exists()

    def make_peace(self) -> None:
        """Take back what lasts."""
        self._disk.troubles, self._disk.slow, self._disk.die_in = [], 0.0, None
        with self._disk.calm():
            self._put_back()

    def _plot(self) -> None:
        if not self.over:
            self._clock.after(self._chance.expovariate(1 / self._every), self._strike)

    def _strike(self) -> None:
        if self.over:
            return
        # Before the fault, which may end whoever waits.
        self._plot()
        name = self._chance.choice(self._kinds)
        if self._session_has_controller() and _FAULTS[name](self):
            self.counts[name] += 1

    def _session_has_controller(self) -> bool:
        return self.workers is not None

    # -- workers -------------------------------------------------------------------------------------------------

    def _worker(self) -> Worker:
        assert self.workers is not None
        return self._chance.choice(self.workers.workers)

    def kill_worker(self) -> bool:
        return self._worker().die()

    def kill_worker_again(self) -> bool:
        """Kill a worker several times, as a machine short of memory does."""
        worker = self._worker()
        for times in range(self._chance.choice((3, 6))):
            self._clock.after(times * self._chance.uniform(5, 40), worker.die)
        return True

    def hang_worker(self) -> bool:
        worker = self._worker()
        if not worker.hang():
            return False
        self.hung.add(worker.trial)
        return True

    def suspend_worker(self) -> bool:
        # Shorter than the silence that is allowed, and not at once again: a longer one is a hang.
        worker = self._worker()
        if self._clock.now < worker.suspended_until + 5:
            return False
        worker.suspend(self._chance.uniform(1, 50))
        return True

    def refuse_workers(self) -> bool:
        assert self.workers is not None
        for worker in self.workers.workers:
            worker.refuses_until = self._clock.now + self._chance.uniform(1, 300)
        return True

    def blind_worker(self) -> bool:
        return self._worker().lack(BLIND, self._chance.uniform(1, 100))

    def starve_worker(self) -> bool:
        """Its machine has no memory, or no thread, to give."""
        return self._worker().lack(self._chance.choice(STARVED), self._chance.uniform(1, 100))

    def take_packages(self) -> bool:
        """Its packages are being upgraded, or the file server that they are on is away."""
        return self._worker().lack(self._chance.choice(WITHOUT), self._chance.uniform(1, 100))

    def lose_worker(self) -> bool:
        assert self.workers is not None
        if not self.workers.cluster:
            return False
        self._worker().leave()
        return True

    # -- the controller and its machine --------------------------------------------------------------------------

    def kill_controller(self) -> bool:
        # At the next system call of some kind, or at once.
        self._disk.die_in = self._chance.choice((0, 1, 2, 3, 5, 8, 13, 21, 34))
        return True

    def cut_power(self) -> bool:
        # A folder's change of name is there as a whole or not at all; it is not.
        self._put_back()
        raise PowerCut

    def stop_sweep(self) -> bool:
        self.stop(self._chance.random() < 0.3)
        return True

    def suspend_controller(self) -> bool:
        """SIGSTOP and SIGCONT: the workers go on meanwhile."""
        return self._suspend(self._chance.choice((1, 30, 65, 300)))

    def _suspend(self, seconds: float) -> bool:
        """Let time pass without the controller; return whether that is done: not while it is suspended."""
        if self._suspended:
            return False
        self._suspended = True
        try:
            self._clock.sleep(seconds)
        finally:
            self._suspended = False
        return True

    def suspend_all(self) -> bool:
        """SIGSTOP and SIGCONT to the controller and its workers; these are let go a moment later."""
        assert self.workers is not None
        seconds = self._chance.choice((1, 30, 65, 3600))
        if self._suspended:
            return False
        for worker in self.workers.workers:
            worker.suspend(seconds + 0.5)
        return self._suspend(seconds)

    def close_lid(self) -> bool:
        """The machine sleeps: its monotonic clock stands still, its wall clock does not."""
        seconds = self._chance.choice((60.0, 3600.0, 86400.0))
        self._clock.step += seconds
        self._clock.asleep += seconds
        return True

    def set_clock(self) -> bool:
        self._clock.step += self._chance.choice((-86400.0, -100.0, -1.0, 1.0, 100.0, 86400.0))
        return True

    def second_controller(self) -> bool:
        """Another process wants the run: it must be refused, as long as the folder is in its place."""
        with self._disk.calm():
            if not (self._run / "owner.lock").exists():
                return False
            before = self._clock.now
            try:
                RunLock(self._run).release()
            except RunBusy:
                return True
            finally:
                self._clock.now = max(before, self._clock.now)
        with self._disk.calm():
            if (self._run / "spec.json").exists() and not self.away and not self._unlocked:
                self.wrong.append("a second controller got the run")
        return True

    # -- disk ----------------------------------------------------------------------------------------------------

    def trouble(self) -> bool:
        code = self._chance.choice(_CODES)
        calls = self._chance.choice((READS, WRITES, frozenset[str](), frozenset({"fsync"}), frozenset({"replace"})))
        until = self._clock.now + self._chance.choice((0.5, 5, 60, 200))
        self._disk.troubles.append(Trouble(calls, code, self._chance.choice((0.05, 0.5, 1.0)), until))
        return True

    def slow_disk(self) -> bool:
        self._disk.slow = self._chance.choice((0.001, 0.05, 2.0))
        self._clock.after(self._chance.uniform(1, 60), self._quick_disk)
        return True

    def _quick_disk(self) -> None:
        self._disk.slow = 0.0

    def move_folder(self) -> bool:
        with self._disk.calm():
            if self._away.exists() or not self._run.exists():
                return False
            os.rename(self._run, self._away)
            if self._chance.random() < 0.3:
                # Something else takes its place.
                shutil.copytree(self._away, self._run)
                self._marker().write_text("")
        self._clock.after(self._chance.uniform(0.05, 120), self._put_back)
        return True

    def _marker(self) -> Path:
        return self._run / "not-the-run"

    def _put_back(self) -> None:
        with self._disk.calm():
            if not self._away.exists():
                return
            if self._run.exists():
                if not self._marker().exists():
                    made = sorted(str(p.relative_to(self._run)) for p in self._run.rglob("*"))
                    self.wrong.append(f"written where the run was: {made}")
                elif (different := self._differs()) is not None:
                    self.wrong.append(f"written into another folder: {different}")
                shutil.rmtree(self._run)
            os.rename(self._away, self._run)

    def _differs(self) -> str | None:
        """Return what a folder that took the run's place has more than it had."""
        for path in self._run.glob("trials/*/*"):
            if not (self._away / path.relative_to(self._run)).exists() and not path.name.endswith(".tmp"):
                return str(path.relative_to(self._run))
        return None

    def delete(self) -> bool:
        name = self._chance.choice(_DELETABLE)
        with self._disk.calm():
            path = self._run / name
            if path.is_dir():
                shutil.rmtree(path)
            elif path.exists():
                path.unlink()
                self._unlocked |= name == "owner.lock"
            else:
                return False
        return True

    # -- requests ------------------------------------------------------------------------------------------------

    def request(self) -> bool:
        action: Action = self._chance.choice(("pause", "unpause", "front", "skip", "retry", "stop", "stop-now"))
        if action == "skip" and not self._may_skip:
            return False
        with self._disk.calm():
            if not self._run.exists():
                return False
            names = sorted(path.name for path in (self._run / "trials").glob("*")) or ["nothing"]
            trials = (self._chance.choice(names),) if action in ("front", "skip", "retry") else ()
            request = Request(action=action, trials=trials, sender="adversary")
            for _ in range(self._chance.choice((1, 1, 2))):
                RequestInbox(self._run).put(request)
        if action == "pause":
            self._unpaused = 0
            self._clock.after(self._chance.uniform(1, 60), self._unpause)
        return True

    def _unpause(self) -> None:
        """Ask that the sweep goes on, again and again: the request may get lost with its folder."""
        with self._disk.calm():
            if self._run.exists() and self.workers is not None:
                RequestInbox(self._run).put(Request(action="unpause", trials=(), sender="adversary"))
        if self._unpaused < _UNPAUSES:
            self._unpaused += 1
            self._clock.after(120, self._unpause)

    def garbage(self) -> bool:
        with self._disk.calm():
            if not self._run.exists():
                return False
            folder = self._run / "requests"
            folder.mkdir(exist_ok=True)
            name = f"{self._clock.now:020.3f}-1-{self._chance.random()}.json"
            kind = self._chance.choice(("text", "folder", "empty", "large"))
            if kind == "folder":
                (folder / name).mkdir()
            else:
                size = {"text": "{", "empty": "", "large": "x" * ((1 << 20) + 1)}[kind]
                (folder / name).write_text(size)
        return True


_FAULTS: dict[str, Callable[[Adversary], bool]] = {
    "worker killed": Adversary.kill_worker,
    "worker killed several times": Adversary.kill_worker_again,
    "worker hung": Adversary.hang_worker,
    "worker suspended": Adversary.suspend_worker,
    "workers cannot start": Adversary.refuse_workers,
    "worker cannot read the images": Adversary.blind_worker,
    "worker lacks memory or threads": Adversary.starve_worker,
    "packages are away": Adversary.take_packages,
    "worker left the cluster": Adversary.lose_worker,
    "controller killed": Adversary.kill_controller,
    "power cut": Adversary.cut_power,
    "sweep stopped": Adversary.stop_sweep,
    "controller suspended": Adversary.suspend_controller,
    "all suspended": Adversary.suspend_all,
    "machine asleep": Adversary.close_lid,
    "wall clock set": Adversary.set_clock,
    "second controller": Adversary.second_controller,
    "system calls fail": Adversary.trouble,
    "system calls fail again": Adversary.trouble,
    "disk slow": Adversary.slow_disk,
    "folder moved": Adversary.move_folder,
    "file deleted": Adversary.delete,
    "request": Adversary.request,
    "garbage among requests": Adversary.garbage,
}
