"""The model pool: the finished trials of a run and of its control runs, as members for blends.

:func:`open_pool` is the one place that decides which models count for a question; every front end uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError, InputError, XSampleError, printable
from ...core.run_state.rung_standings import decisions
from ...core.training.checkpoint_format import DamagedCheckpoint
from ...core.training.trial_plan import Trial
from ...store.run.run_folder import RunFolder
from ...store.run.stored_outputs import ScoredSplit, softmax
from .control_runs import control_runs_of
from .member_outputs import Indices, Outputs
from .select_folds import stratified_folds
from .shared_ledger import SharedLedger
from .stream_pools import Pools

PoolKind = Literal["windows", "baselines", "all"]
POOL_KINDS: tuple[PoolKind, ...] = get_args(PoolKind)
# Whose models count: the run's alone, or also those that `arms` trained for it.
Scope = Literal["run", "run and controls"]
Wanted = Callable[[Trial], bool]


@dataclass(frozen=True)
class Member:
    """A finished trial.

    Attributes:
        name: the trial's name, unique in its pool; ``RUN/TRIAL`` where it has members of several runs.
        run: which run it was trained in.
        trial: the plan's entry.
        epoch: epochs it was trained.
        seconds: how long that took, in seconds of wall time.
    """

    name: str
    run: RunFolder
    trial: Trial
    epoch: int
    seconds: float


def open_pool(run: RunFolder, scope: Scope = "run and controls", only: Wanted | None = None) -> ModelPool:
    """Return the models that count for a run.

    Every question about a run (judge, stack, predict, arms, summary, report, the screens) is asked of this pool,
    so that all give the same figures.

    Args:
        run: the run.
        scope: ``run and controls`` counts the twins, replicates, random masks and placebos that ``arms`` trained, as
            far as they are finished; where they cannot be read, the pool's ``problems`` say so. ``run`` leaves
            them out.
        only: which of these trials are read, for a question about few of many; None for all.

    Raises:
        InputError: as :class:`ModelPool`.
    """
    problems: list[str] = []
    others: list[RunFolder] = []
    if scope == "run and controls":
        try:
            others = [folder for folders in control_runs_of(run).values() for folder in folders]
            for other in others:
                _check_same(run, other)
        except XSampleError as error:
            others = []
            problems = [f"the controls are left out: {printable(error, 300)}"]
    models = ModelPool(run, others, only)
    models.problems[:0] = problems
    return models


class ModelPool:
    """Members with their stored outputs. Select is read at once, test only by :meth:`open_test`.

    Args:
        run: the run.
        controls: runs on the same images and split, whose trials are members too; of two trials of one name
            the first counts, since they are the same training.
        only: which trials are read; None for all.

    Attributes:
        members: in the plans' order.
        select: their outputs on select.
        problems: a line for each finished trial that is left out because its outputs are damaged.
        unfinished: how many trials of these runs are not finished.
        parked: of windows of the run that successive halving has parked, after how many epochs; they were judged too,
            by their loss, so that every correction counts them.
        repeated: how many finished trials are left out because another run has the same training.

    Raises:
        InputError: no trial is finished, or a control run was created on other images.
    """

    def __init__(self, run: RunFolder, controls: Sequence[RunFolder] = (), only: Wanted | None = None) -> None:
        self.run = run
        self._runs = [run, *controls]
        self.problems: list[str] = []
        self.unfinished = self.repeated = 0
        self.parked: list[int] = []
        # Of these runs' trials by name: whether they came through all rungs; and those of control runs with rungs.
        self._through: dict[str, bool] = {}
        self._chosen: set[str] = set()
        for other in controls:
            _check_same(run, other)
        cut, labels = run.plan.split, run.dataset.labels
        if np.intersect1d(cut.fit, cut.select).size:
            why = (
                "was trained on its selection images too: it only predicts, with predict --refit; name the run itself"
            )
            raise InputError("run", run.name, why)
        folds = stratified_folds(labels[cut.select], run.spec.seed)
        self._order: dict[ScoredSplit, Indices] = {
            "select": np.argsort(folds, kind="stable"),
            "test": np.arange(len(cut.test)),
        }
        ends = np.cumsum(np.bincount(folds))
        self._folds = tuple(slice(int(a), int(b)) for a, b in zip([0, *ends[:-1]], ends, strict=True))
        found = [member for member in self._finished(self._runs) if only is None or only(member.trial)]
        self.members, self.select = self._read(found, "select")
        if not self.members and self.problems:
            raise InputError("run", self.title, f"no finished trial can be read; {self.problems[0]}")
        if not self.members:
            raise InputError(
                "run", self.title, f"no trial is finished yet; resume it with: {run.shell_command('resume')}"
            )
        self.index = {member.name: index for index, member in enumerate(self.members)}
        self._test: Outputs | None = None

    @property
    def runs(self) -> tuple[RunFolder, ...]:
        """The runs that the question is about, without the runs beside them."""
        return (self.run,)

    @property
    def title(self) -> str:
        """The names of these runs."""
        return ", ".join(run.name for run in self.runs)

    @property
    def article(self) -> bool:
        """Whether select is the test set, as in the article, so that no score is sound."""
        return self.run.spec.article_protocol

    @cached_property
    def ledger(self) -> SharedLedger:
        """The ledger of the test set."""
        return SharedLedger(self.run)

    @cached_property
    def streams(self) -> dict[int | None, int]:
        """Each stream to the whole-image network that has it, as an index of members; no None among them."""
        found = ((m.trial.stream, i) for i, m in enumerate(self.members) if m.trial.is_baseline)
        return {stream: index for stream, index in found if stream is not None}

    @property
    def controls(self) -> tuple[str, ...]:
        """The names of the runs beside :attr:`runs` whose trials are members."""
        return tuple(other.name for other in self._runs[len(self.runs) :])

    def scope_words(self) -> str:
        """Say whose models count, in a few words."""
        return f"{self.title} and {', '.join(self.controls)}" if self.controls else f"{self.title} alone"

    def pool(self, kind: PoolKind | str) -> Indices:
        """Return the members of a kind, without replicates.

        Args:
            kind: ``windows``, ``baselines`` (the run's and the twins), ``all`` (both), or the kind of a mask.
        """

        def wanted(member: Member) -> bool:
            trial = member.trial
            match kind:
                case "windows":
                    return trial.kind == self._window_mask(member)
                case "baselines":
                    return trial.is_baseline
                case "all":
                    return trial.is_baseline or trial.kind == self._window_mask(member)
            return trial.kind == kind

        return np.flatnonzero([wanted(member) and not member.trial.replicate for member in self.members])

    @property
    def screened(self) -> int:
        """How many windows of the run went through rungs, the parked ones too; 0 without rungs."""
        return sum(not trial.is_baseline for trial in self.run.document.trials) if self.parked else 0

    @property
    def joined(self) -> int:
        """How many windows of the run joined it at a rung."""
        return sum(bool(trial.joined) and not trial.is_baseline for trial in self.run.document.trials)

    def pools(self, ink: tuple[float, float] | None = None, *, rungs: bool = False) -> Pools:
        """Return the members sorted by what they are to each other.

        Whole-image networks that came through rungs are chosen ones: they measure no noise, and are no twins.

        Args:
            ink: least and greatest share of ink, 0..1, that a window's mask may remove to count; None for all
                windows. Random and placebo masks count at the places of these windows.
            rungs: leave in only what came through rungs, of whole-image networks too, for arms that are matched.

        Raises:
            InputError: no finished window removes that much ink.
        """
        low, high = ink or (0.0, 1.0)
        counts = [self._counts(member, rungs=rungs) for member in self.members]
        windows = [
            int(i) for i in self.pool("windows") if low <= self.members[i].trial.ink_removed <= high and counts[i]
        ]
        if ink is not None and not windows:
            shares = [self.members[i].trial.ink_removed for i in self.pool("windows")]
            had = f"they remove {min(shares):.2%} to {max(shares):.2%}" if shares else "none is finished"
            raise ArgumentError("ink", f"{low:.4g}..{high:.4g}", f"no finished window is in this range; {had}")
        place = {self.members[i].trial.window: i for i in windows}
        own = self.run.spec.windows.mask
        again: dict[int, list[int]] = {}
        for index, member in enumerate(self.members):
            if member.trial.kind == own and member.trial.replicate and member.trial.window in place:
                again.setdefault(place[member.trial.window], []).append(index)
        streams = {stream: index for stream, index in self.streams.items() if counts[index]}
        pairs = [*windows, *(index for indices in again.values() for index in indices)]
        controls = {
            kind: tuple(
                int(i)
                for i in self.pool(kind)
                # At other places than the windows: each kind's best came through.
                if own != kind and counts[i] and (rungs or self.members[i].trial.window in place)
            )
            for kind in ("random", "placebo")
        }
        return Pools(
            windows=tuple(windows),
            seeds=tuple(int(i) for i in self.pool("baselines") if counts[i]),
            twins={i: streams[s] for i in pairs if (s := self.members[i].trial.stream) in streams},
            random=controls["random"],
            placebo=controls["placebo"],
            replicates={window: tuple(indices) for window, indices in again.items()},
            shared=self.run.spec.streams == "shared",
            named=self.run.spec.streams == "named",
            rungs=rungs,
        )

    def _counts(self, member: Member, *, rungs: bool) -> bool:
        """Whether a member belongs into the pools: one that came through rungs, or one that nothing has chosen."""
        if rungs:
            return bool(member.trial.replicate) or self._through.get(member.name, False)
        return not (member.trial.is_baseline and member.name in self._chosen)

    def named(self, names: Iterable[str]) -> Indices:
        """Return the members of these names, in the order given.

        Raises:
            InputError: there is no finished trial of that name, or it is named twice, or none is named.
        """
        chosen: list[int] = []
        for name in names:
            if name not in self.index:
                these = "this run" if len(self.runs) == 1 else "these runs"
                raise ArgumentError("members", name, f"no finished trial of {these}; one is {self.members[0].name}")
            if self.index[name] in chosen:
                raise ArgumentError("members", name, "is named twice; name each member once")
            chosen.append(self.index[name])
        if not chosen:
            raise ArgumentError("members", "", "name at least one finished trial")
        return np.array(chosen, np.intp)

    def open_test(self, command: str, what: str) -> Outputs:
        """Open the test set: write it into the ledger, then return the members' outputs on it.

        Args:
            command: which command opens it.
            what: what is to be judged on it.

        Raises:
            InputError: the data have no labelled test images, the ledger cannot be written, or a member's
                outputs are damaged.
        """
        if not len(self.run.plan.split.test):
            raise ArgumentError("open_test", "given", "the data have no labelled test images; leave it out")
        # It is every run's on the same images, so that one line does.
        self.ledger.enter(command, what, self.title)
        if self._test is None:
            before = len(self.problems)
            members, outputs = self._read(self.members, "test")
            if len(members) != len(self.members):
                raise ArgumentError("open_test", "given", f"{self.problems[before]}; restore the run from a copy")
            self._test = outputs
        return self._test

    def _finished(self, runs: Sequence[RunFolder]) -> list[Member]:
        found: dict[str, Member] = {}
        for run in runs:
            progress = run.progress()
            standings = decisions(progress).standings
            self._through |= {name: one.limit == run.spec.training.epochs for name, one in standings.items()}
            if run is not self.run and progress.counts()["parked"]:
                self._chosen |= standings.keys() - found.keys()
            for trial, entry in progress.trials.items():
                name = self._member_name(run, trial)
                if entry.status == "paused" and (trial in progress.doubts or trial in progress.damages):
                    self.problems.append(f"{name} is left out: {entry.message}")
                elif entry.status == "parked" and run is self.run:
                    self.parked.append(len(entry.history))
                elif entry.status != "done":
                    self.unfinished += entry.status in ("pending", "paused", "running")
                elif name not in found:
                    found[name] = Member(name, run, entry.trial, len(entry.history), sum(entry.seconds))
        return list(found.values())

    def run_of(self, member: Member) -> RunFolder:
        """Return which of :attr:`runs` a member belongs to: its own, or the one that it is a control of."""
        return self.run

    def _member_name(self, run: RunFolder, trial: str) -> str:
        """Return what a trial is called here."""
        return trial

    def _window_mask(self, member: Member) -> str:
        """Return the kind of mask that the windows have in the run whose question a member belongs to."""
        return self.run_of(member).spec.windows.mask

    def _read(self, found: Sequence[Member], split: ScoredSplit) -> tuple[tuple[Member, ...], Outputs]:
        images: NDArray[np.int64] = getattr(self.run.plan.split, split)
        order = self._order[split]
        matrices = np.empty((len(found), len(images), self.run.document.classes), np.float32)
        kept: list[Member] = []
        for member in found:
            try:
                array = softmax(member.run, member.trial.name, member.epoch, split, len(images))
            except DamagedCheckpoint as error:
                self.problems.append(f"{member.name} is left out: {printable(error, 200)}")
                continue
            matrices[len(kept)] = array[order]
            kept.append(member)
        chosen = images[order]
        folds = self._folds if split == "select" else ()
        outputs = Outputs(split, chosen, self.run.dataset.labels[chosen], matrices[: len(kept)], folds)
        return tuple(kept), outputs


def _check_same(run: RunFolder, other: RunFolder) -> None:
    for what in ("dataset_digest", "split_digest"):
        if getattr(other.document, what) != getattr(run.document, what):
            raise InputError("run", other.name, f"was created on other images than {run.name}; rename it")
