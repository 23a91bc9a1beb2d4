"""Lists the runs of a runs folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.errors import XSampleError, printable
from ..core.run_state.run_events import RunState
from ..core.run_state.run_progress import Progress
from ..core.training.sweep_spec import SweepSpec
from .control.heartbeat import Heartbeat, read_heartbeat
from .control.run_lock import certainly_held
from .run.access_rights import denied, is_run, may_not
from .run.run_folder import RunFolder
from .run.run_notes import NAME as NOTES
from .run.run_notes import NO_NOTES, RunNotes, run_notes
from .run.stored_answer import NAME, StoredAnswer, stored_answer


@dataclass(frozen=True)
class RunSummary:
    """One run of a runs folder.

    Attributes:
        name: the run's name.
        state: what its controller is doing; ``crashed`` where it died unexpectedly.
        progress: what is known of its trials; None where the run cannot be read.
        heartbeat: its controller's last heartbeat.
        created: Unix time in seconds; 0 where the run cannot be read.
        problem: why it, or its controller's lock, cannot be read.
        denied: whether that is because this user may not read it.
        notes: tags, note and whether it is archived.
    """

    name: str
    state: RunState
    progress: Progress | None
    heartbeat: Heartbeat | None
    created: float
    problem: str = ""
    denied: bool = False
    notes: RunNotes = NO_NOTES


def state_of(run: RunFolder, progress: Progress, heartbeat: Heartbeat | None) -> RunState:
    """Return a run's state as seen from outside: the controller's word while it lives, else what its files show."""
    counts = progress.counts()
    return _state(run.path, counts["pending"] + counts["paused"] + counts["running"], heartbeat)


def _state(path: Path, left: int, heartbeat: Heartbeat | None) -> RunState:
    try:
        trained = certainly_held(path)
    except OSError:
        # The last word of its controller counts, as of one that is there.
        trained = heartbeat is not None and heartbeat.state not in ("stopped", "finished")
    if trained:
        return heartbeat.state if heartbeat else "starting"
    if left == 0:
        return "finished"
    return "stopped" if heartbeat is None or heartbeat.state in ("stopped", "finished") else "crashed"


def summary(run: RunFolder) -> RunSummary:
    """Return a run's summary."""
    progress = run.progress()
    heartbeat = read_heartbeat(run.path)
    progress.state = state_of(run, progress, heartbeat)
    problem = ""
    try:
        certainly_held(run.path)
    except OSError as error:
        problem = f"cannot read whether it is being trained: {error.strerror}"
    notes = run_notes(run.path)
    return RunSummary(run.name, progress.state, progress, heartbeat, run.document.created, problem, notes=notes)


@dataclass(frozen=True)
class Entry:
    """A run in a list: what is shown of it, without its histories.

    Attributes:
        name, state, created, problem, denied: as of :class:`RunSummary`; the state is None until the trials are read.
        spec: its spec; None where it cannot be read.
        heartbeat: its controller's last heartbeat.
        trials, done, left: trials in all, trained to their end, and still to be trained.
        failed: trials that failed.
        best: selection accuracy of the best finished trial, and that trial's name; None before the first.
        window: name, selection accuracy and gain on the baselines' mean, in images, of the finished window with the
            most right; the gain is None without a baseline; None before the first.
        windows: row, column and selection accuracy of each finished window.
        answer: the summary's first sentence as it was last computed; None where it was not.
        unreadable: which of its trials, or that its controller's lock, cannot be read now; empty where all can.
        damaged: which of its trials' newest checkpoints are damaged; empty where all are whole.
        notes: tags, note and whether it is archived.
    """

    name: str
    state: RunState | None = None
    created: float = 0.0
    problem: str = ""
    denied: bool = False
    spec: SweepSpec | None = None
    heartbeat: Heartbeat | None = None
    trials: int = 0
    done: int = 0
    left: int = 0
    failed: int = 0
    best: tuple[float, str] | None = None
    window: tuple[str, float, float | None] | None = None
    windows: tuple[tuple[int, int, float], ...] = ()
    answer: StoredAnswer | None = None
    unreadable: str = ""
    damaged: str = ""
    notes: RunNotes = NO_NOTES

    @property
    def article(self) -> bool:
        """Whether the article's protocol biases its scores upwards."""
        return self.spec is not None and (self.spec.article_protocol or self.spec.preset == "article")


def entry_of(run: RunSummary, answer: StoredAnswer | None = None) -> Entry:
    """Return a summary as a list has it.

    Args:
        run: the summary.
        answer: as it is stored beside the run.
    """
    if run.progress is None:
        return Entry(run.name, run.state, run.created, run.problem, run.denied, notes=run.notes)
    counts = run.progress.counts()
    finished = [
        (entry.kept.val_accuracy, entry.trial.name)
        for entry in run.progress.trials.values()
        if entry.status == "done" and entry.kept is not None
    ]
    windows = [
        (entry.kept.val_accuracy, entry.trial.name)
        for entry in run.progress.windows
        if entry.status == "done" and entry.kept is not None
    ]
    first = max(windows, key=lambda found: found[0], default=None)
    return Entry(
        name=run.name,
        state=run.state,
        created=run.created,
        spec=run.progress.spec,
        heartbeat=run.heartbeat,
        trials=len(run.progress.trials),
        done=counts["done"],
        left=counts["pending"] + counts["paused"] + counts["running"],
        failed=counts["failed"],
        window=None if first is None else (first[1], first[0], run.progress.gain(first[1])),
        windows=tuple(
            (trial.row, trial.col, entry.kept.val_accuracy)
            for entry in run.progress.windows
            if entry.status == "done" and entry.kept is not None
            for trial in (entry.trial,)
            if trial.row is not None and trial.col is not None
        ),
        answer=answer,
        best=max(finished, key=lambda found: found[0], default=None),
        unreadable="; ".join(filter(None, (run.progress.doubtful, run.problem))),
        damaged=run.progress.damaged,
        notes=run.notes,
    )


class RunCatalog:
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

    def newest_first(self) -> list[Entry]:
        """Return what the specs alone say of the runs, newest first; no trial is read.

        Raises:
            OSError: the folder cannot be read.
        """
        return sorted(map(self._first, self._names()), key=lambda run: -run.created)

    def read(self) -> Iterator[list[Entry]]:
        """Yield the runs for a list that is shown for long: one is read again only when its files changed.

        They come newest first: at once what is known of each, then again after each that had to be read.

        Raises:
            OSError: the folder cannot be read.
        """
        paths = {name: self._runs / name for name in self._names()}
        self._known = {name: known for name, known in self._known.items() if name in paths}
        marks = {name: _mark(path) for name, path in paths.items()}
        # What could not be read leaves no trace where it can be read again.
        stale = [
            name
            for name in paths
            if name not in self._known or self._known[name][0] != marks[name] or self._known[name][1].unreadable
        ]
        for name in stale:
            if name not in self._known:
                self._known[name] = (None, self._first(name))
        for name, (mark, entry) in self._known.items():
            if name not in stale and not entry.problem:
                # Heartbeat and lock change without a trace in the other files.
                heartbeat = read_heartbeat(paths[name])
                now = replace(entry, heartbeat=heartbeat, state=_state(paths[name], entry.left, heartbeat))
                self._known[name] = (mark, now)
        yield self._listed()
        for name in sorted(stale, key=lambda name: -self._known[name][1].created):
            self._known[name] = (marks[name], entry_of(self._summary(name), stored_answer(paths[name])))
            yield self._listed()

    def _names(self) -> list[str]:
        paths = sorted(self._runs.iterdir()) if self._runs.is_dir() else []
        return [path.name for path in paths if is_run(path)]

    def _summary(self, name: str) -> RunSummary:
        try:
            return summary(RunFolder.open(self._runs, name))
        except (XSampleError, OSError) as error:
            notes = run_notes(self._runs / name)
            return RunSummary(name, "crashed", None, None, 0.0, *self._problem(name, error), notes)

    def _first(self, name: str) -> Entry:
        """Return what the spec alone says of a run."""
        try:
            run = RunFolder.open(self._runs, name)
        except (XSampleError, OSError) as error:
            return Entry(name, "crashed", 0.0, *self._problem(name, error), notes=run_notes(self._runs / name))
        trials, notes = len(run.document.trials), run_notes(run.path)
        return Entry(name, created=run.document.created, spec=run.spec, trials=trials, notes=notes)

    def _problem(self, name: str, error: Exception) -> tuple[str, bool]:
        """Return why a run cannot be read, and whether because this user may not."""
        if may_not(error):
            return denied(self._runs / name), True
        return printable(error, 400), False

    def _listed(self) -> list[Entry]:
        return sorted((entry for _, entry in self._known.values()), key=lambda run: -run.created)


def _mark(path: Path) -> tuple[object, ...]:
    """Return what changes whenever a trial's record or mark does, which the event log follows, or the notes."""
    found: list[object] = []
    for name in ("spec.json", "events.jsonl", "trials", NAME, NOTES):
        try:
            stat = os.stat(path / name)
        except OSError:
            found.append(None)
        else:
            found.append((stat.st_mtime_ns, stat.st_size, stat.st_ino))
    return tuple(found)
