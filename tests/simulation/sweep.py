"""One simulated sweep: sessions under an adversary until it is finished, and what must hold of it."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import math
import os
import shutil
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

from tests.harness.runs import LEASE, digests
from tests.simulation.templates import FAULTY, Template, failing_trial
from xsample_tui.core.errors import XSampleError
from xsample_tui.core.run_state.requests import Request
from xsample_tui.core.run_state.run_events import EpochDone, Event, Logged, RunChanged, TrialChanged
from xsample_tui.core.run_state.session_limits import session_limits
from xsample_tui.store.control.heartbeat import read_heartbeat
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.control.run_lock import RunBusy
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run_catalog import summary
from xsample_tui.sweep.controller import Controller

from .adversary import Adversary, PowerCut
from .clock import Clock
from .disk import Disk, Killed
from .workers import Workers

# Simulated seconds that a sweep may take once nothing disturbs it any more.
PATIENCE = 4 * 3600.0


@dataclass
class Report:
    """What became of a simulated sweep.

    Attributes:
        seed: that replays it.
        kind: of the sweep.
        faults: that happened, by kind.
        sessions: controllers that worked on it.
        seconds: of simulated time.
        wrong: what must not be; empty if all is well.
        trace: digest of everything that was said, in order.
        log: the last lines that were said.
    """

    seed: int
    kind: str
    faults: Counter[str] = field(default_factory=Counter)
    sessions: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)
    trace: str = ""
    log: list[str] = field(default_factory=list)


class Hopeless(Exception):
    """The sweep does not finish although nothing disturbs it."""


class Simulation:
    """A sweep under an adversary.

    Args:
        seed: decides everything.
        templates: what can be swept.
        folder: an empty folder, best in memory.
        kinds: the adversary's faults, by name; all where there is none.
    """

    def __init__(self, seed: int, templates: list[Template], folder: Path, kinds: Sequence[str] = ()) -> None:
        chance = Random(seed)
        self._template = chance.choice(templates)
        self._kind = self._template.kind
        self._root = folder / "runs"
        self._root.mkdir()
        shutil.copytree(self._template.path, self._root / "r")
        self._path = self._root / "r"
        self._chance = chance
        self._clock = Clock()
        self._disk = Disk(self._root, self._clock, chance)
        lasts = chance.choice((60, 200, 600))
        # So that the sweep takes about as long as its disturbance.
        self._pace = lasts / 60
        until = self._clock.now + lasts
        self._adversary = Adversary(
            self._path,
            self._clock,
            self._disk,
            chance,
            every=chance.choice((2, 5, 15)),
            until=until,
            may_skip=not self._kind.leaks,
            kinds=kinds,
        )
        self._trace = hashlib.sha256()
        self._pid = 100
        self._done: set[str] = set()
        # The last epoch of each trial whose commit was done.
        self._committed: dict[str, int] = {}
        self.report = Report(seed, self._kind.name)

    def run(self) -> Report:
        """Sweep until it is finished; return what became of it."""
        with contextlib.ExitStack() as stack:
            for patch in (*self._clock.patches(), *self._disk.patches()):
                stack.enter_context(patch)
            stack.enter_context(mock.patch.object(os, "getpid", self._process))
            # Simulated processes have numbers that real ones may have, on any machine.
            stack.enter_context(mock.patch("xsample_tui.store.files.leftover_files._alive", return_value=False))
            stack.enter_context(mock.patch("xsample_tui.store.files.leftover_files._place", return_value="0" * 8))
            stack.enter_context(mock.patch("xsample_tui.store.control.request_inbox._count", itertools.count()))
            stack.enter_context(mock.patch.object(RunFolder, "commit", self._noting_commits()))
            stack.enter_context(failing_trial(self._kind))
            try:
                self._sweep()
            except Hopeless as error:
                self.report.wrong.append(str(error))
        report = self.report
        report.faults = self._adversary.counts + self._disk.counts
        report.seconds = self._clock.now - 1000.0
        report.wrong += self._adversary.wrong
        report.trace = self._trace.hexdigest()
        return report

    def _process(self) -> int:
        return self._pid

    def _sweep(self) -> None:
        while True:
            undisturbed = self._adversary.over
            if undisturbed:
                self._adversary.make_peace()
                self._ask_again()
            if self._adversary.away:
                # Nobody would begin a run that is not there, or that is not the one it was.
                self._clock.sleep(1)
                continue
            ended = self._session()
            self._say(f"session {self.report.sessions}: {ended}")
            self.report.log.append(f"{self._clock.now:.1f} session {self.report.sessions}: {ended}")
            if ended == "finished":
                if undisturbed:
                    break
                self._adversary.until = self._clock.now
            if self.report.sessions > 2000:
                raise Hopeless("2000 sessions, and not finished")
            # Whoever looks after the sweep starts it again after a while.
            self._clock.sleep(self._chance.uniform(0.1, 5))
        # With a disk that fails, the last heartbeat may not have been taken: it is for viewers, who see the lock too.
        self._calm_at_end = not self._disk.troubles
        self._adversary.make_peace()
        self._look_at_the_end()

    def _ask_again(self) -> None:
        """Ask for what the adversary had skipped, and that a pause it asked for ends."""
        with self._disk.calm():
            trials = [n for n, e in RunFolder(self._path).progress().trials.items() if e.status == "skipped"]
            inbox = RequestInbox(self._path)
            inbox.take()
            if trials:
                inbox.put(Request(action="retry", trials=tuple(trials), sender="simulation"))

    def _session(self) -> str:
        """Let one controller work; return how it ended."""
        self._pid += 1
        self.report.sessions += 1
        adversary = self._adversary
        deaths: dict[str, int] = {}
        cut = self._begun = False
        self._look_at_the_beginning()
        try:
            run = RunFolder(self._path)
            workers = Workers(
                self._kind.jobs, self._clock, self._chance, deaths, cluster=self._kind.cluster, pace=self._pace
            )
            begun, hours = self._clock.up(), None if adversary.over else self._chance.choice((None, None, 0.05, 0.5))
            limits = session_limits(hours)
            # Simulated hours have fewer turns so.
            controller = Controller(run, workers, self._on_event, lease=LEASE, limits=limits, tick=0.5)
            adversary.workers, adversary.stop = workers, lambda now: controller.stop(now=now)
            limit = max(adversary.until, self._clock.now) + PATIENCE
            self._clock.at(limit, self._give_up(self.report.sessions))
            ended = controller.work()
            lasted = self._clock.up() - begun
            if controller.overdue and lasted < 3600 * (hours or math.inf) - 1:
                self.report.wrong.append(f"stopped by its deadline after {lasted:.0f} s of {hours} h")
            return ended
        except PowerCut:
            cut = True
            adversary.counts["power cut"] += 1
            return "power cut"
        except Killed:
            return "killed"
        except (XSampleError, OSError) as error:
            # As the command line ends then: with a line.
            if self._begun:
                self.report.wrong.append(
                    f"the controller ended by an error of the system: {traceback.format_exc(limit=-5)}"
                )
            if isinstance(error, RunBusy) and not adversary.away:
                self.report.wrong.append(f"refused though nobody holds it: {error}")
            return f"refused: {error}"
        except Hopeless:
            raise
        except Exception:
            self.report.wrong.append(f"the controller ended: {traceback.format_exc(limit=-4)}")
            return "ended by an error"
        finally:
            adversary.workers = None
            self._disk.end_process()
            if cut:
                self._disk.power_cut()

    def _look_at_the_beginning(self) -> None:
        """What was done is done for good, and what was committed is there, whatever happened since."""
        with self._disk.calm():
            run = RunFolder(self._path)
            for name, epoch in sorted(self._committed.items()):
                record = run.record(name)
                # What the disk could not give for a minute is put aside, and trained again.
                aside = any((self._path / "trials" / name).glob("*.damaged-*"))
                if not aside and (record is None or record.epoch < epoch):
                    self.report.wrong.append(f"{name}: epoch {epoch} was committed, and is not there any more")
            for name in sorted(self._done):
                record = run.record(name)
                if record is None or not record.finished:
                    self.report.wrong.append(f"{name}: was done, and is not any more")

    def _give_up(self, session: int) -> Any:
        def give_up() -> None:
            if session == self.report.sessions:
                raise Hopeless(f"not finished {PATIENCE / 3600:.0f} h after the last fault")

        return give_up

    # -- what must hold ------------------------------------------------------------------------------------------

    def _on_event(self, event: Event) -> None:
        """Check what viewers are shown against what is true."""
        self._say(event.model_dump_json())
        wrong = self.report.wrong
        match event:
            case EpochDone():
                expected = self._template.history.get((event.trial, event.metrics.epoch))
                if event.metrics != expected:
                    wrong.append(f"{event.trial} epoch {event.metrics.epoch}: told otherwise than it is")
            case TrialChanged(status="done") if not self._adversary.away:
                with self._disk.calm():
                    record = RunFolder(self._path).record(event.trial)
                if record is None or not record.finished:
                    wrong.append(f"{event.trial}: told done, and its last checkpoint is not on disk")
                self._done.add(event.trial)
            case TrialChanged(status="failed") if event.trial != FAULTY or not self._kind.faulty:
                wrong.append(f"{event.trial} failed, not by its own lease: {event.message}")
            case RunChanged():
                self._begun = True
            case Logged():
                name = event.text.partition(":")[0]
                if "no sign of life" in event.text and name not in self._adversary.hung:
                    wrong.append(f"a worker was given up that was well: {event.text}")
                self.report.log = [*self.report.log[-60:], f"{self._clock.now:.1f} {event.level}: {event.text}"]
            case TrialChanged():
                self.report.log = [*self.report.log[-60:], f"{self._clock.now:.1f} {event.trial} {event.status}"]
            case _:
                pass

    def _noting_commits(self) -> Callable[..., None]:
        """Return what commits a checkpoint and takes note of it once that has been done: not before it is durable."""
        commit = RunFolder.commit

        def commit_and_note(run: RunFolder, trial: str, epoch: int, data: bytes, *, finished: bool) -> None:
            commit(run, trial, epoch, data, finished=finished)
            if not self._adversary.away:
                self._committed[trial] = max(epoch, self._committed.get(trial, 0))

        return commit_and_note

    def _say(self, text: str) -> None:
        self._trace.update(text.replace(str(self._root), "").encode())

    def _look_at_the_end(self) -> None:
        wrong = self.report.wrong
        with self._disk.calm():
            run = RunFolder(self._path)
            found = digests(run)
            for name, expected in self._template.digests.items():
                if found.get(name) != expected:
                    wrong.append(f"{name}: other weights than undisturbed")
                generations = run.generations(name)
                if len(generations) != 1:
                    wrong.append(f"{name}: {len(generations)} checkpoints of a finished trial")
            seen = summary(run)
            assert seen.progress is not None
            if seen.state != "finished":
                wrong.append(f"a viewer is told {seen.state}")
            heartbeat = read_heartbeat(self._path)
            if self._calm_at_end and (heartbeat is None or heartbeat.state != "finished" or heartbeat.running):
                wrong.append(f"the pulse says {heartbeat}")
            for name, entry in seen.progress.trials.items():
                expected_status = "failed" if self._kind.faulty and name == FAULTY else "done"
                if entry.status != expected_status:
                    wrong.append(f"{name}: a viewer is told {entry.status}")
            ours = {"spec.json", "dataset.npz", "plan.npz", "trials", "logs", "requests", "owner.lock", "pulse.json"}
            ours |= {"events.jsonl", "events.1.jsonl"}
            for name in sorted(os.listdir(self._path)):
                if name not in ours and not name.endswith(".tmp"):
                    wrong.append(f"left over: {name}")
            # What is called finished is so for good.
            self._disk.power_cut()
            found = digests(RunFolder(self._path))
            for name, expected in self._template.digests.items():
                if found.get(name) != expected:
                    wrong.append(f"{name}: lost by a power cut after the end")


def simulate(seed: int, templates: list[Template], folder: Path, kinds: Sequence[str] = ()) -> Report:
    """Return what becomes of the sweep of a seed, in an empty folder that is removed afterwards.

    Args:
        seed, templates, kinds: as of :class:`Simulation`.
        folder: where the empty folder is made.
    """
    place = folder / f"seed-{seed}"
    place.mkdir()
    try:
        return Simulation(seed, templates, place, kinds).run()
    finally:
        shutil.rmtree(place, ignore_errors=True)
