"""Extends a run that was trained: more windows, more baselines, more epochs. What exists keeps its bits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...core.count_text import counted
from ...core.errors import ArgumentError, InputError
from ...core.shell_command import shell_command
from ...core.training.plan_extension import extended
from ...core.training.sweep_spec import SweepSpec
from ...store.control.run_lock import RunLock
from ...store.control_run_names import control_runs_under, parts_of
from ...store.run.access_rights import is_run
from ...store.run.run_folder import RunFolder
from ...store.run.stored_answer import NAME as ANSWER
from ...store.run.stored_inputs import extend_stored, plan_in
from .same_training import copy_same_trainings


@dataclass(frozen=True)
class RunExtension:
    """What a run was extended by.

    Attributes:
        folder: the run, extended.
        windows, baselines: how many were added.
        windows_before: how many windows it had.
        epochs: the new number of epochs; 0 where it stays.
        parked: how many parked windows are trained on.
        controls: its control runs, where they were given more epochs too.
    """

    folder: RunFolder
    windows: int
    baselines: int
    windows_before: int
    epochs: int
    controls: tuple[RunFolder, ...] = ()
    parked: int = 0

    @property
    def line(self) -> str:
        """What was added, in a sentence: the number of windows is what every test is corrected for."""
        total = self.windows + self.windows_before
        said = []
        if self.windows:
            added = f"{counted(self.windows, 'window')} added to {self.windows_before:,}"
            said.append(f"{added}, tests are corrected for {total:,} from now on")
        if self.baselines:
            said.append(f"{counted(self.baselines, 'baseline')} added")
        if self.parked:
            said.append(f"{counted(self.parked, 'parked window')} trained on to the end, none is parked from now on")
        if self.epochs:
            said.append(f"every trial has {self.epochs:,} epochs")
        return f"{self.folder.name}: {'; '.join(said) or 'nothing to add, it has all of that'}"


def extend_run(
    run: RunFolder,
    *,
    stride: int | None = None,
    baselines: int | None = None,
    windows: tuple[str, ...] = (),
    epochs: int | None = None,
    parked: bool = False,
    say: Callable[[str], None] = lambda line: None,
) -> RunExtension:
    """Add trials to a run; nothing is trained yet.

    Args:
        run: the run.
        stride: adds every window of the grid with this stride.
        baselines: how many baselines there are to be.
        windows: names of windows to add, at any place of the image.
        epochs: how many epochs every trial is to have.
        parked: whether windows that successive halving has parked are trained on to their end, and no more is parked.
        say: receives what is waited for, and what another run has trained already, which is copied.

    Raises:
        RunBusy: it is being trained.
        InputError: a value out of range, there is no such window, or the run cannot be extended so.
        OSError: the run's folder cannot be written.
    """
    _check(run)
    controls = _control_runs(run) if epochs is not None or parked else []
    for control_run in controls:
        # Refused before anything is changed.
        _longer(control_run, epochs)
    found = _extend(run, epochs, say, stride=stride, baselines=baselines, names=windows, parked=parked)
    # Arms compare trainings of one length, all or none of which went through rungs.
    longer = tuple(_extend(control_run, epochs, say, parked=parked).folder for control_run in controls)
    return replace(found, controls=longer)


def _extend(
    run: RunFolder,
    epochs: int | None,
    say: Callable[[str], None],
    *,
    stride: int | None = None,
    baselines: int | None = None,
    names: tuple[str, ...] = (),
    parked: bool = False,
) -> RunExtension:
    lock = RunLock(run.path, say)
    try:
        # As it is now that nobody else changes it.
        run = RunFolder(run.path)
        document, before = run.document, run.plan
        laid, spec, plan = document.laid_out or document.spec, _longer(run, epochs), before
        if not (stride is None and baselines is None and not names):
            spec, plan = extended(spec, laid, before, run.dataset, stride=stride, baselines=baselines, names=names)
        known = {trial.name for trial in before.trials}
        added = [trial for trial in plan.trials if trial.name not in known]
        longer = spec.training.epochs if spec.training.epochs != document.spec.training.epochs else 0
        unparked = run.progress().counts()["parked"] if parked else 0
        if parked:
            spec = spec.model_copy(update={"search": "all"})
        if not added and not longer and spec.search == document.spec.search:
            return RunExtension(run, 0, 0, _windows(run), 0)
        changed = plan_in(document.model_copy(update={"spec": spec, "laid_out": laid}), plan)
        extend_stored(run.path, changed, plan, before)
        # It says nothing of what is new.
        (run.path / ANSWER).unlink(missing_ok=True)
        folder = RunFolder(run.path)
        copied = copy_same_trainings(folder, {trial.name for trial in added})
        for name in sorted(set(copied.values())):
            count = sum(other == name for other in copied.values())
            say(f"{folder.name}: {count} of {len(added)} trials are the same training as in {name} and were copied")
    finally:
        lock.release()
    baselines_added = sum(trial.is_baseline for trial in added)
    return RunExtension(folder, len(added) - baselines_added, baselines_added, _windows(run), longer, parked=unparked)


def _control_runs(run: RunFolder) -> list[RunFolder]:
    """Return what is trained beside a run, by its name, even where its trials have another length."""
    runs = run.path.parent
    names = [name for name in control_runs_under(runs, run.name) if (parts_of(name) or ("",))[0] == run.name]
    return [RunFolder(runs / name) for name in names]


def _windows(run: RunFolder) -> int:
    return sum(not trial.is_baseline for trial in run.document.trials)


def _check(run: RunFolder) -> None:
    """Refuse a run that cannot be extended.

    Raises:
        InputError: why.
    """
    if run.spec.leaks:
        why = "its stopping rule leaks from trial to trial, so that others would change; train a new run"
        raise InputError("run", run.name, why)
    parent = parts_of(run.name)
    if parent is not None and is_run(run.path.parent / parent[0]):
        raise InputError("run", run.name, f"is a control run of {parent[0]}; extend that one")


def _longer(run: RunFolder, epochs: int | None) -> SweepSpec:
    """Return a run's spec with more epochs, if that is wanted.

    Raises:
        InputError: they are not more, or a trial has ended whose optimizer's state is gone.
    """
    spec = run.spec
    if epochs is None or epochs == spec.training.epochs:
        return spec
    if spec.has_rungs:
        why = f"rungs follow from the epochs, {spec.training.epochs} here; train a new run, or choose parked first"
        raise ArgumentError("epochs", epochs, why)
    if epochs < spec.training.epochs:
        raise ArgumentError("epochs", epochs, f"the run has {spec.training.epochs}; choose more")
    ended = [trial.name for trial in run.document.trials if (r := run.record(trial.name)) is not None and r.finished]
    if spec.training.stopping != "epochs":
        raise ArgumentError("epochs", epochs, f"trials end by the rule {spec.training.stopping}; train a new run")
    if ended and not spec.training.keep_optimizer:
        words = f"{len(ended)} trials have ended" if len(ended) > 1 else f"{ended[0]} has ended"
        options = ("--like", run.name, "--epochs", str(epochs), "--keep-optimizer")
        again = f"train a new run: {shell_command('run', *options, runs=run.path.parent)}"
        raise ArgumentError("epochs", epochs, f"{words}, and their optimizer's state was not kept; {again}")
    training = spec.training.model_copy(update={"epochs": epochs})
    return SweepSpec.model_validate({**dict(spec), "training": training})
