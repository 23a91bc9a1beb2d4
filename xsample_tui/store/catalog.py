"""The catalog: which runs there are in a runs folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.errors import XSampleError, printable
from ..core.event import RunState
from ..core.progress import Progress
from ..core.spec import SweepSpec
from .access import denied, is_run, may_not
from .folder import RunFolder
from .owner import certainly_held
from .pulse import Pulse, read_pulse


@dataclass(frozen=True)
class RunSummary:
    """One run of a runs folder.

    Attributes:
        name: the run's name.
        state: what its controller is doing; ``crashed`` where it ended without saying so.
        progress: what is known of its trials; None where the run cannot be read.
        pulse: its controller's last heartbeat.
        created: Unix time in seconds; 0 where the run cannot be read.
        problem: why it, or its controller's lock, cannot be read.
        denied: whether that is because this user may not read it.
    """

    name: str
    state: RunState
    progress: Progress | None
    pulse: Pulse | None
    created: float
    problem: str = ""
    denied: bool = False


def state_of(run: RunFolder, progress: Progress, pulse: Pulse | None) -> RunState:
    """Return a run's state as seen from outside: the controller's word while it lives, else what its files show."""
    counts = progress.counts()
    return _state(run.path, counts["pending"] + counts["paused"] + counts["running"], pulse)


def _state(path: Path, left: int, pulse: Pulse | None) -> RunState:
    try:
        trained = certainly_held(path)
    except OSError:
        # The last word of its controller counts, as of one that is there.
        trained = pulse is not None and pulse.state not in ("stopped", "finished")
    if trained:
        return pulse.state if pulse else "starting"
    if left == 0:
        return "finished"
    return "stopped" if pulse is None or pulse.state in ("stopped", "finished") else "crashed"


def summary(run: RunFolder) -> RunSummary:
    """Return a run's summary."""
    progress = run.progress()
    pulse = read_pulse(run.path)
    progress.state = state_of(run, progress, pulse)
    problem = ""
    try:
        certainly_held(run.path)
    except OSError as error:
        problem = f"whether it is trained now cannot be read: {error.strerror}"
    return RunSummary(run.name, progress.state, progress, pulse, run.document.created, problem)


@dataclass(frozen=True)
class Entry:
    """A run in a list: what is shown of it, without its histories.

    Attributes:
        name, state, created, problem, denied: as of :class:`RunSummary`; the state is None until the trials are read.
        spec: its spec; None where it cannot be read.
        pulse: its controller's last heartbeat.
        trials, done, left: trials in all, trained to their end, and still to be trained.
        best: validation accuracy of the best finished trial, and that trial's name; None before the first.
    """

    name: str
    state: RunState | None = None
    created: float = 0.0
    problem: str = ""
    denied: bool = False
    spec: SweepSpec | None = None
    pulse: Pulse | None = None
    trials: int = 0
    done: int = 0
    left: int = 0
    best: tuple[float, str] | None = None

    @property
    def article(self) -> bool:
        """Whether the article's protocol makes its scores too good."""
        return self.spec is not None and (self.spec.article_protocol or self.spec.preset == "article")


def entry_of(run: RunSummary) -> Entry:
    """Return a summary as a list has it."""
    if run.progress is None:
        return Entry(run.name, run.state, run.created, run.problem, run.denied)
    counts = run.progress.counts()
    finished = [
        (entry.kept.val_accuracy, entry.trial.name)
        for entry in run.progress.trials.values()
        if entry.status == "done" and entry.kept is not None
    ]
    return Entry(
        name=run.name,
        state=run.state,
        created=run.created,
        spec=run.progress.spec,
        pulse=run.pulse,
        trials=len(run.progress.trials),
        done=counts["done"],
        left=counts["pending"] + counts["paused"] + counts["running"],
        best=max(finished, key=lambda found: found[0], default=None),
    )


class Catalog:
    """The runs of a folder; what looks like a run but cannot be read is listed with why.

    Args:
        runs: the runs folder.
    """

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._known: dict[str, tuple[object, Entry]] = {}

    def summaries(self) -> list[RunSummary]:
        """Return the runs as they are now, newest first.

        Raises:
            OSError: the folder cannot be read.
        """
        return sorted(map(self._summary, self._names()), key=lambda run: -run.created)

    def read(self) -> Iterator[list[Entry]]:
        """Yield the runs for a list that is shown for long: one is read again only when its files changed.

        They come newest first: at once what is known of each, then again after each that had to be read.

        Raises:
            OSError: the folder cannot be read.
        """
        paths = {name: self._runs / name for name in self._names()}
        self._known = {name: known for name, known in self._known.items() if name in paths}
        marks = {name: _mark(path) for name, path in paths.items()}
        stale = [name for name in paths if name not in self._known or self._known[name][0] != marks[name]]
        for name in stale:
            if name not in self._known:
                self._known[name] = (None, self._first(name))
        for name, (mark, entry) in self._known.items():
            if name not in stale and not entry.problem:
                # Heartbeat and lock change without a trace in the other files.
                pulse = read_pulse(paths[name])
                now = replace(entry, pulse=pulse, state=_state(paths[name], entry.left, pulse))
                self._known[name] = (mark, now)
        yield self._listed()
        for name in sorted(stale, key=lambda name: -self._known[name][1].created):
            self._known[name] = (marks[name], entry_of(self._summary(name)))
            yield self._listed()

    def _names(self) -> list[str]:
        paths = sorted(self._runs.iterdir()) if self._runs.is_dir() else []
        return [path.name for path in paths if is_run(path)]

    def _summary(self, name: str) -> RunSummary:
        try:
            return summary(RunFolder.open(self._runs, name))
        except (XSampleError, OSError) as error:
            return RunSummary(name, "crashed", None, None, 0.0, *self._problem(name, error))

    def _first(self, name: str) -> Entry:
        """Return what the spec alone says of a run."""
        try:
            run = RunFolder.open(self._runs, name)
        except (XSampleError, OSError) as error:
            return Entry(name, "crashed", 0.0, *self._problem(name, error))
        return Entry(name, created=run.document.created, spec=run.spec, trials=len(run.document.trials))

    def _problem(self, name: str, error: Exception) -> tuple[str, bool]:
        """Return why a run cannot be read, and whether because this user may not."""
        if may_not(error):
            return denied(self._runs / name), True
        return printable(error, 400), False

    def _listed(self) -> list[Entry]:
        return sorted((entry for _, entry in self._known.values()), key=lambda run: -run.created)


def _mark(path: Path) -> tuple[object, ...]:
    """Return what changes whenever a trial's record or mark does: the feed tells of each, after it is on disk."""
    found: list[object] = []
    for name in ("spec.json", "events.jsonl", "trials"):
        try:
            stat = os.stat(path / name)
        except OSError:
            found.append(None)
        else:
            found.append((stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(found)
