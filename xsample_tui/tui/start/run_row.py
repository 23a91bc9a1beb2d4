"""A run as the list shows it, and which runs stand below which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ...core.count_text import counted
from ...core.duration_text import MINUTE, duration
from ...core.errors import printable
from ...core.training.sweep_spec import SweepSpec
from ...store.control.heartbeat import Heartbeat
from ...store.control_run_names import CONFIRM, REFIT, parts_of
from ...store.run.run_notes import NO_NOTES, RunNotes
from ...store.run_catalog import Entry
from ..session.run_view import STALLED_AFTER
from ..theme.symbols import ViewState
from ..view_models import number_format

AT_WORK: tuple[ViewState, ...] = ("starting", "running", "pausing", "paused", "stopping")
READING = "…"


@dataclass(frozen=True)
class RunRow:
    """A run as the table shows it.

    Attributes:
        name: the run's name, as its folder is called.
        state: its state; None until its trials are read.
        done: trials done of all, with an exclamation mark if there is a note.
        best: the best finished window and its gain in images, or its accuracy without baselines.
        verdict: whether blending windows helps, as the run's summary last said; empty where that is not known.
        answer: that sentence.
        failed: how many trials failed.
        shown: what its row calls it: for a control run, below its run, the kind of control.
        article: whether its scores are optimistic because of the article's protocol.
        age: the time since it was created.
        problem: why it cannot be read.
        about: its data, windows and training, in short.
        begun: whether a trial is fully trained.
        left: the number of unfinished trials.
        denied: whether this user has no permission to read it.
        note: which of its trials are damaged or cannot be read.
        under: the run that it is a control run of, if that is in the list.
        notes: its tags, its note and whether it is archived.
        spec: its spec; None where it cannot be read.
        created: Unix time in seconds.
        share: how much of it is done, 0 to 1.
        first: name, selection accuracy and gain in images of the best finished window; None before the first.
        windows: row, column and selection accuracy of each finished window.
    """

    name: str
    state: ViewState | None
    done: str
    best: str
    article: bool
    age: str
    problem: str
    verdict: str = ""
    answer: str = ""
    failed: int = 0
    shown: str = ""
    about: str = ""
    begun: bool = False
    left: int = 0
    denied: bool = False
    note: str = ""
    under: str = ""
    notes: RunNotes = NO_NOTES
    spec: SweepSpec | None = None
    created: float = 0.0
    share: float = 0.0
    first: tuple[str, float, float | None] | None = None
    windows: tuple[tuple[int, int, float], ...] = ()

    @property
    def held(self) -> bool:
        """Whether a controller is working on it."""
        return self.state in (*AT_WORK, "stalled")


def row_of(run: Entry, now: float, silence: float = 0.0) -> RunRow:
    """Return a run's row.

    Args:
        run: the run.
        now: Unix time in seconds.
        silence: seconds since its heartbeat changed, as far as it was checked.
    """
    if run.spec is None:
        missing = number_format.MISSING
        unread = RunRow(run.name, run.state, missing, missing, False, "", run.problem, denied=run.denied)
        return replace(unread, notes=run.notes)
    read = run.state is not None
    note = "; ".join(filter(None, (run.unreadable, run.damaged)))
    return RunRow(
        name=run.name,
        state=_state(run.state, run.heartbeat, silence),
        done=f"{run.done if read else READING}/{run.trials}{'!' if note else ''}",
        best=_best(run) if read else READING,
        article=run.article,
        age=duration(now - run.created) if now - run.created >= MINUTE else "now",
        problem="",
        verdict=(run.answer.verdict if run.answer else None) or "",
        answer=run.answer.sentence if run.answer else "",
        failed=run.failed,
        about=about(run.spec),
        begun=run.done > 0,
        left=run.left,
        note=note,
        notes=run.notes,
        spec=run.spec,
        created=run.created,
        share=run.done / run.trials if run.trials else 0.0,
        first=run.window,
        windows=run.windows,
    )


def _best(run: Entry) -> str:
    if run.window is None:
        return number_format.MISSING
    name, accuracy, gain = run.window
    figure = number_format.accuracy(accuracy) if gain is None else number_format.gain(gain)
    return f"{name} {figure}{'!' if run.article else ''}"


def grouped(runs: Sequence[Entry], rows: Sequence[RunRow]) -> list[RunRow]:
    """Return the rows with each control run below the run that it is of, and without answers that are out of date.

    Args:
        runs: the runs, newest first.
        rows: their rows.
    """
    of = {run.name: row for run, row in zip(runs, rows, strict=True)}
    done = {run.name: run.done for run in runs}
    below: dict[str, list[str]] = {}
    confirming: set[str] = set()
    for name in of:
        parts = parts_of(name)
        if parts is not None and parts[0] in of:
            below.setdefault(parts[0], []).append(name)
            if parts[1] in (CONFIRM, REFIT):
                confirming.add(name)
    controls = {name for names in below.values() for name in names}
    found = []
    for run in runs:
        if run.name in controls:
            continue
        names = sorted(below.get(run.name, ()))
        known = done[run.name] + sum(done[name] for name in names if name not in confirming)
        row = of[run.name]
        if run.answer is not None and run.answer.done != known:
            row = replace(row, verdict="", answer="")
        found.append(row)
        for name in names:
            last = name == names[-1]
            shown = f"{'└' if last else '├'} {name.removeprefix(run.name + '-')}"
            found.append(replace(of[name], shown=shown, under=run.name))
    return found


def about(spec: SweepSpec) -> str:
    """Return the data, windows and training of a sweep, in short."""
    lay, precision = spec.windows, spec.training.precision
    epochs, other = counted(spec.training.epochs, "epoch"), "" if precision == "float32" else f", {precision}"
    return (
        f"{printable(spec.source, 30)}, {lay.mask} {lay.height}x{lay.width}, stride {lay.stride}, {epochs}, "
        f"seed {spec.seed}{other}"
    )


def _state(state: ViewState | None, heartbeat: Heartbeat | None, silence: float) -> ViewState | None:
    return "stalled" if state in AT_WORK and heartbeat is not None and silence > STALLED_AFTER else state
