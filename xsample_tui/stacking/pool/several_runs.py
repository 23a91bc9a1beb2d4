"""Members from several runs on the same images and split: other windows, masks, networks or epochs.

What is asked of them together is a blend. The arms and the verdicts on windows are about one run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from ...core.errors import InputError, XSampleError, printable
from ...store.run.run_folder import RunFolder
from .control_runs import control_runs_of
from .model_pool import Member, ModelPool, open_pool
from .stream_pools import Pools

_Controls = Sequence[RunFolder]


def open_runs(runs: Sequence[RunFolder]) -> ModelPool:
    """Return the models of one run, or of several on the same images and split, for a blend of them.

    Args:
        runs: at least one. Of several, each one's baselines and windows count, and what ``arms`` trained beside it;
            members are named ``RUN/TRIAL``. Folds and draws follow the first.

    Raises:
        InputError: as :class:`~xsample_tui.stacking.pool.model_pool.ModelPool`; or of several runs one is named
            twice, is another's control run, lies in another folder, or was laid out on other images or another split.
    """
    if len(runs) == 1:
        return open_pool(runs[0])
    names = [run.name for run in runs]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise InputError("run", name, "is named twice; name each run once")
    problems: list[str] = []
    groups: list[tuple[RunFolder, _Controls]] = []
    for run in runs:
        _check_alike(runs[0], run)
        try:
            beside = [folder for folders in control_runs_of(run).values() for folder in folders]
        except XSampleError as error:
            problems.append(f"the controls of {run.name} are left out: {printable(error, 300)}")
            beside = []
        for folder in beside:
            if folder.name in names:
                remedy = f"is a control run of {run.name}, whose models count with it; leave it out"
                raise InputError("run", folder.name, remedy)
        groups.append((run, beside))
    models = RunsPool(groups)
    models.problems[:0] = problems
    return models


class RunsPool(ModelPool):
    """The members of several runs. A training that several of them hold counts once, in the first.

    Args:
        groups: each run with the runs beside it whose trials count. All have the same images and split.

    Raises:
        InputError: as :class:`~xsample_tui.stacking.pool.model_pool.ModelPool`.
    """

    def __init__(self, groups: Sequence[tuple[RunFolder, _Controls]]) -> None:
        self._asked = tuple(run for run, _ in groups)
        self._of = {folder.path: run for run, beside in groups for folder in (run, *beside)}
        # The runs first: a twin that was copied into a control run is the run's own.
        every = [*self._asked, *(folder for _, beside in groups for folder in beside)]
        super().__init__(every[0], every[1:])

    @property
    def runs(self) -> tuple[RunFolder, ...]:
        """The runs that are blended."""
        return self._asked

    @cached_property
    def streams(self) -> dict[int | None, int]:
        """Nothing: a stream of one run says nothing of another's."""
        return {}

    def pools(self, ink: tuple[float, float] | None = None, *, rungs: bool = False) -> Pools:
        """Refuse.

        Raises:
            InputError: always; twins belong to one run's windows.
        """
        raise InputError("run", self.title, "arms and verdicts are about one run's windows; name one run")

    def run_of(self, member: Member) -> RunFolder:
        """Return which of these runs a member belongs to."""
        return self._of[member.run.path]

    def _finished(self, runs: Sequence[RunFolder]) -> list[Member]:
        found: list[Member] = []
        settings = {run.path: _setting(run) for run in runs}
        known: set[tuple[object, ...]] = set()
        for member in super()._finished(runs):
            if (training := (settings[member.run.path], *_training(member))) in known:
                self.repeated += 1
            else:
                known.add(training)
                found.append(member)
        return found

    def _member_name(self, run: RunFolder, trial: str) -> str:
        return f"{run.name}/{trial}"


def _setting(run: RunFolder) -> str:
    """Return what the trainings of a run have in common, besides images, split and machine."""
    spec = run.spec
    # Where a stopping rule leaks, what a trial becomes depends on the trials before it.
    own = str(run.path) if spec.leaks else ""
    return f"{spec.seed}|{spec.streams}|{spec.article_protocol}|{spec.training!r}|{run.document.network!r}|{own}"


def _training(member: Member) -> tuple[object, ...]:
    """Return what makes a training another one within a setting."""
    trial = member.trial
    mask = member.run.plan.mask(trial.name).tobytes()
    return (trial.kind, trial.window, trial.init_seed, trial.draws_from, trial.replicate, mask)


def _check_alike(first: RunFolder, other: RunFolder) -> None:
    """Refuse a run that cannot be blended with the first.

    Raises:
        InputError: one line that names what differs.
    """
    if differs := "; ".join(_differences(first, other)):
        remedy = f"differs from {first.name} in {differs}; a blend needs runs on the same data and split"
        raise InputError("run", other.name, remedy)


def _differences(first: RunFolder, other: RunFolder) -> Iterator[str]:
    if first.path.parent.resolve() != other.path.parent.resolve():
        yield f"its folder {printable(other.path.parent)}, so that one ledger cannot count for both"
        return
    one, two = first.document, other.document
    if one.dataset_digest != two.dataset_digest:
        sources = [printable(document.spec.source, 60) for document in (two, one)]
        same = (
            "the images of " + sources[0]
            if sources[0] == sources[1]
            else f"its data, {sources[0]} and not {sources[1]}"
        )
        yield same
        return
    for what, name in (("class_names", "the names of its classes"), ("value_range", "what black and white were")):
        if getattr(one, what) != getattr(two, what):
            yield name
    if one.split_digest == two.split_digest:
        return
    if one.spec.article_protocol != two.spec.article_protocol:
        protocols = ["article" if document.spec.article_protocol else "honest" for document in (two, one)]
        yield f"its split, by the {protocols[0]} protocol and not the {protocols[1]} one"
        return
    values = [
        f"{name} {theirs} and not {ours}"
        for name, theirs, ours in (
            ("seed", two.spec.seed, one.spec.seed),
            ("limit", two.spec.limit or "none", one.spec.limit or "none"),
            ("stopping", two.spec.training.stopping, one.spec.training.stopping),
        )
        if theirs != ours
    ]
    sizes, ours = other.plan.split.sizes(), first.plan.split.sizes()
    values = values or [
        f"{part} {count:,} images and not {ours[part]:,}" for part, count in sizes.items() if count != ours[part]
    ]
    yield f"its split, {', '.join(values)}" if values else "its split"
