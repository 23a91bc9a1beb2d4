"""One sweep of real processes: controllers, one after the other, under an adversary; and what must hold of it."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from unittest import mock

from tests.harness.runs import digests, make_run, work
from xsample_tui.core.errors import XSampleError
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run_catalog import summary

from .adversary import Adversary
from .controller import BYTES, PACE, ControllerProcess, wait_for_end
from .place import Place

# Seconds in which a sweep that nothing disturbs any more must be over, and a process that must end has ended.
PATIENCE = 240.0
_TICK = 0.05
_FEED = {"events.jsonl", "events.1.jsonl"}
_OURS = {"spec.json", "dataset.npz", "plan.npz", "trials", "logs", "requests", "owner.lock", "pulse.json"} | _FEED


@dataclass
class Report:
    """What became of a sweep.

    Attributes:
        seed: of it.
        faults: that happened, by kind.
        codes: how its controllers ended, by exit code.
        seconds: that it took.
        given_up: workers that were given up as silent.
        wrong: what must not be; empty if all is well.
    """

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    codes: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    given_up: int = 0
    wrong: list[str] = field(default_factory=list)


class Hopeless(Exception):
    """Something does not come to be, although nothing disturbs it."""


class DisturbedSweep:
    """A sweep under an adversary.

    Args:
        seed: decides on the faults.
        faults: how many there are to be.
        place: an empty place.
        every: mean seconds between two faults.
        kinds: the adversary's faults, by name; all where there is none.
    """

    def __init__(self, seed: int, faults: int, place: Place, every: float, kinds: Sequence[str] = ()) -> None:
        self.report = Report(seed)
        self._chance = Random(seed)
        self._faults = faults
        self._place = place
        self._every = every
        # So many epochs that the sweep takes about as long as its disturbance.
        self._epochs = max(8, round(0.4 * faults))
        self._set_pace(every / 2)
        self._run = self._make(place.runs)
        self._controllers: list[ControllerProcess] = []
        self._ended: list[ControllerProcess] = []
        self._adversary = Adversary(place, self._chance, self._controllers, self._start, kinds)
        # The newest epoch on disk that was seen of each trial.
        self._committed: dict[str, int] = {}

    def run(self) -> Report:
        """Disturb the sweep until all faults have been done, let it finish, and check what is there."""
        began = time.monotonic()
        try:
            self._disturb()
            self._adversary.make_peace()
            self._finish()
            self._look_at_the_end()
        except Hopeless as error:
            self.report.wrong.append(str(error))
        finally:
            for controller in self._controllers + self._ended:
                controller.end()
        self.report.faults = self._adversary.counts
        self.report.seconds = time.monotonic() - began
        self.report.wrong += self._adversary.wrong
        return self.report

    def _make(self, folder: Path) -> RunFolder:
        training = {"epochs": self._epochs}
        return make_run(folder, jobs=2, windows={"stride": 2}, training=training, checkpoint_seconds=0.1)

    def _set_pace(self, seconds: float) -> None:
        """Let an epoch take some seconds from now on."""
        new = self._place.beside / f"{PACE}.new"
        new.write_text(str(seconds))
        new.replace(self._place.beside / PACE)

    # -- controllers ---------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._look_at_the_disk()
        controller = ControllerProcess(self._place, len(self._controllers) + len(self._ended) + 1)
        controller.disturbed = self._adversary.disk.in_the_way
        self._controllers.append(controller)

    def _bury(self) -> None:
        """Take those who have ended from the list, and check how."""
        self._look_for_two()
        for controller in [c for c in self._controllers if c.ended()]:
            self._controllers.remove(controller)
            self._ended.append(controller)
            self.report.codes[controller.code] += 1
            number = len(self._ended)
            self.report.wrong += [f"controller {number}: {what}" for what in controller.wrongs()]
            self.report.given_up += controller.said.count("no sign of life")
            self._look_at_the_disk()

    def _look_for_two(self) -> None:
        """At no time two controllers work on the run, unless its lock was taken away."""
        working = [c for c in self._controllers if c.begun and not c.unlocked]
        if len(working) > 1 and all(c.works and not c.ended() for c in working):
            self.report.wrong.append("two controllers work on the run")

    # -- the disturbance and the end -----------------------------------------------------------------------------

    def _disturb(self) -> None:
        adversary = self._adversary
        strike_at = time.monotonic()
        end = time.monotonic() + 60 + 20 * self._every * self._faults
        while sum(adversary.counts.values()) < self._faults:
            if time.monotonic() > end:
                raise Hopeless(f"only {sum(adversary.counts.values())} faults could be done")
            adversary.go_on()
            self._bury()
            if not self._controllers:
                if self.report.codes[0] and self._finished():
                    return
                if not adversary.disk.replaced:
                    self._start()
            if time.monotonic() >= strike_at:
                strike_at = time.monotonic() + min(self._chance.expovariate(1 / self._every), 5 * self._every)
                # Mostly those who have begun are struck; who starts is struck too, but must get somewhere.
                if any(c.begun for c in self._controllers) or self._chance.random() < 0.2:
                    adversary.strike()
            self._look_at_the_disk()
            time.sleep(_TICK)

    def _finished(self) -> bool:
        try:
            progress = RunFolder(self._run.path).progress()
        except (XSampleError, OSError):
            return False
        return all(entry.status == "done" for entry in progress.trials.values())

    def _finish(self) -> None:
        self._set_pace(0)
        self._own_again()
        end = time.monotonic() + PATIENCE
        while True:
            self._bury()
            if not self._controllers:
                if self._finished():
                    break
                self._start()
            if time.monotonic() > end:
                first = self._controllers[0]
                said = f"{first.said[-1500:]}\nits processes: {first.family()}\n{first.where()}"
                raise Hopeless(f"not finished {PATIENCE:.0f} s after the last fault: {said}")
            self._adversary.requests.ask_to_go_on()
            time.sleep(10 * _TICK)
        # A last session, on a run that is finished: it says so, and clears up.
        self._start()
        last = self._controllers[-1]
        while not last.ended():
            if time.monotonic() > end:
                raise Hopeless("a session on a finished run does not end")
            time.sleep(_TICK)
        self._bury()
        if last.code != 0:
            self.report.wrong.append(f"a session on a finished run ends with exit code {last.code}")
        if not wait_for_end(self._ended, PATIENCE):
            left = [pid for c in self._ended for pid in c.family()]
            self.report.wrong.append(f"processes are left over: {left}")

    def _own_again(self) -> None:
        """Give requests of strangers, which nobody else can remove, to their folder's owner."""
        for folder, _, names in os.walk(self._run.path / "requests"):
            for name in names:
                path = Path(folder, name)
                if not path.is_symlink():
                    if os.geteuid() == 0:
                        os.chown(path, 0, 0)
                    path.chmod(0o600)

    # -- what must hold ------------------------------------------------------------------------------------------

    def _look_at_the_disk(self) -> None:
        """What was committed once is there for good."""
        adversary = self._adversary
        if adversary.away or (adversary.disk.protected and os.geteuid() != 0):
            return
        for trial in self._run.document.trials:
            seen, epoch = self._committed.get(trial.name, 0), 0
            # The file that is the newest now may be gone when it is opened, for one that is newer still.
            for _ in range(5):
                record = self._run.record(trial.name)
                epoch = record.epoch if record is not None else 0
                if epoch >= seen:
                    break
            if epoch < seen:
                self.report.wrong.append(f"{trial.name}: epoch {seen} was on disk, now it is {epoch}")
            self._committed[trial.name] = epoch

    def _look_at_the_end(self) -> None:
        wrong = self.report.wrong
        reference = self._make(self._place.beside)
        with mock.patch.dict(os.environ, {"FAKE_BYTES": BYTES}):
            assert work(reference) == "finished"
        expected, found = digests(reference), digests(self._run)
        for name in expected:
            if found.get(name) != expected[name]:
                wrong.append(f"{name}: other weights than undisturbed")
        seen = summary(self._run)
        if seen.state != "finished":
            wrong.append(f"a viewer is told {seen.state}")
        if self.report.given_up > self._adversary.processes.hung:
            wrong.append(
                f"{self.report.given_up} workers were given up as silent, {self._adversary.processes.hung} were"
            )
        path = self._run.path
        left = [name for name in os.listdir(path) if name not in _OURS]
        left += [str(p.relative_to(path)) for p in path.rglob(".*")]
        left += [str(p.relative_to(path)) for p in path.glob("requests/*") if p.name != "refused"]
        for trial in self._run.document.trials:
            names = sorted(os.listdir(path / "trials" / trial.name))
            if [n for n in names if n != "mark.json"] != [f"{self._epochs:06d}.ckpt"]:
                left.append(f"trials/{trial.name}: {names}")
        left += [p.name for p in self._place.runs.iterdir() if p.name != "r"]
        wrong += [f"left over: {name}" for name in left]


def disturb(seed: int, faults: int, place: Place, every: float = 0.6, kinds: Sequence[str] = ()) -> Report:
    """Return what becomes of the sweep of a seed.

    Args:
        seed, faults, every, kinds: as of :class:`DisturbedSweep`.
        place: what is in it is removed afterwards.
    """
    try:
        return DisturbedSweep(seed, faults, place, every, kinds).run()
    finally:
        for folder in (place.runs, place.beside):
            for path in folder.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
