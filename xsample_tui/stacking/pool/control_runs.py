"""Control runs: runs beside a run, on the same images, that hold the controls for the arms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from ...core.data.pixel_mass import InkMap
from ...core.errors import InputError, XSampleError, printable
from ...core.masks.mask_kinds import Canvas, Mask, MaskKind, draw, random_like
from ...core.run_state.run_progress import Progress, TrialProgress
from ...core.seeding import generator
from ...core.training.sweep_spec import SweepSpec, Windows, spec_beside
from ...core.training.trial_plan import Plan, Trial, baseline, masked, replicate_of, window_name
from ...store.control.run_lock import RunLock
from ...store.control_run_names import CONTROL_KINDS, ControlKind, beside
from ...store.run.access_rights import is_run
from ...store.run.run_folder import RunFolder
from ...store.run.stored_inputs import extend_stored, plan_in
from .same_training import copy_same_trainings

REPLICATES = 2
_MASKS: dict[ControlKind, MaskKind] = {"random": "random", "placebo": "placebo"}


@dataclass(frozen=True)
class Missing:
    """What is still to be trained before all arms can be compared.

    Attributes:
        trials: how many control runs of each kind, unfinished ones included.
        seconds: about how long all of them take on the run's workers; None while unknown.
    """

    trials: dict[ControlKind, int]
    seconds: float | None


def missing(run: RunFolder, k: int = 5, replicates: int = REPLICATES) -> Missing:
    """Return what is to be trained for controls of all of a run's windows.

    Args:
        run: the run.
        k: members of each arm; the best 2k windows are replicated.
        replicates: further trainings of each of these, and as many of its twin.

    Raises:
        InputError: as :func:`control_runs_of`.
    """
    found, count = control_runs_of(run), window_count(run)
    trials: dict[ControlKind, int] = {}
    for kind in CONTROL_KINDS:
        entries = [entry for folder in found[kind] for entry in folder.progress().trials.values()]
        known = _known(run, kind, [entry.trial for entry in entries])
        if kind == "replicates":
            wanted = 0 if run.spec.streams == "named" else 2 * min(2 * k, count) * replicates
            absent = max(0, wanted - len(entries))
        else:
            absent = sum(trial.name not in known for trial in _wanted(run, kind, count))
        trials[kind] = absent + sum(entry.status in ("pending", "paused", "running") for entry in entries)
    return Missing(trials, seconds_needed(run, sum(trials.values())))


def control_run_name(run: RunFolder, kind: ControlKind, number: int = 1) -> str:
    """Return the name of a control run: the run's and the kind; from the second of a kind on with its number."""
    return beside(run.name, kind, number)


def control_runs_of(run: RunFolder) -> dict[ControlKind, tuple[RunFolder, ...]]:
    """Return the control runs of a run that exist, by kind, oldest first. Every kind is a key.

    Raises:
        InputError: one was trained otherwise than the run, so that they cannot be compared.
    """
    found: dict[ControlKind, tuple[RunFolder, ...]] = {}
    for kind in CONTROL_KINDS:
        folders: list[RunFolder] = []
        while is_run(run.path.parent / (name := control_run_name(run, kind, len(folders) + 1))):
            folders.append(_checked(run, RunFolder.open(run.path.parent, name)))
        found[kind] = tuple(folders)
    return found


def lay_out_control_runs(
    run: RunFolder,
    kind: ControlKind,
    count: int,
    *,
    replicated: Sequence[str] = (),
    replicates: int = REPLICATES,
    say: Callable[[str], None] = lambda line: None,
) -> tuple[RunFolder, ...]:
    """Return the control runs of a kind, with a further one for the trials that none of them holds.

    They have the run's images, split, seed, epochs and machine, so that their trials differ from the run's in their
    mask or their stream alone.

    Args:
        run: the run.
        kind: ``seeds``: whole-image networks of the windows' streams, their twins. ``replicates``: the windows of
            ``replicated`` from further streams, each with its twin. ``random``: random pixels that remove as much
            ink as the windows' masks, of the windows' streams. ``placebo``: masks that remove next to nothing.
        count: how many trials there are to be, the run's own among them; fewer windows are drawn at random.
        replicated: names of windows, for ``replicates``.
        replicates: trainings of each of these, and of its twin.
        say: receives what another run has trained already, which is copied.

    Raises:
        InputError: as :func:`control_runs_of`, a window that the run does not have, or the folder cannot be written.
    """
    existing = control_runs_of(run)[kind]
    known = _known(run, kind, [trial for folder in existing for trial in folder.document.trials])
    trials = [t for t in _wanted(run, kind, count, replicated, replicates) if t.name not in known]
    if not trials:
        return existing
    if existing and existing[0].spec.has_rungs:
        # All of a kind go through the same rungs together.
        held = {trial.name for trial in existing[0].document.trials}
        folder = _extend(run, kind, existing[0], _wanted(run, kind, count), say)
        trials = [trial for trial in folder.document.trials if trial.name not in held]
        found = (folder, *existing[1:])
    else:
        part = Plan(run.plan.split, *_drawn(run, kind, trials))
        folder = run.beside(_spec(run, kind, control_run_name(run, kind, len(existing) + 1), part.trials), part)
        found = (*existing, folder)
    copied = copy_same_trainings(folder, {trial.name for trial in trials})
    for name, copies in Counter(copied.values()).items():
        say(f"{folder.name}: {copies} of {len(trials)} trials are the same training as in {name} and were copied")
    return found


def _extend(
    run: RunFolder, kind: ControlKind, folder: RunFolder, trials: list[Trial], say: Callable[[str], None]
) -> RunFolder:
    """Give a control run all of these trials, its own among them; what is trained stays as it is.

    Raises:
        RunBusy: it is being trained.
        OSError: it cannot be written.
    """
    lock = RunLock(folder.path, say)
    try:
        folder.reread()
        document, before = folder.document, folder.plan
        wanted = {trial.name for trial in trials}
        # What the run has no window for any more cannot be: windows are never taken away.
        every = [*trials, *(trial for trial in before.trials if trial.name not in wanted)]
        every.sort(key=lambda trial: (not trial.is_baseline, trial.stream or 0))
        plan = Plan(before.split, *_drawn(run, kind, every))
        spec = _spec(run, kind, folder.name, plan.trials)
        laid = document.laid_out or document.spec
        extend_stored(
            folder.path, plan_in(document.model_copy(update={"spec": spec, "laid_out": laid}), plan), plan, before
        )
        folder.reread()
    finally:
        lock.release()
    return folder


def progress_with_controls(run: RunFolder, progress: Progress | None = None) -> Progress:
    """Return what the trials' files say of a run, with the twins that were trained beside it.

    Where these cannot be read, they are left out, and the progress says so.

    Args:
        run: the run.
        progress: the run's, where it has been read already.

    Raises:
        OSError: the run's own files cannot be read.
    """
    progress = run.progress() if progress is None else progress
    found: list[Progress] = []
    try:
        for folder in control_runs_of(run)["seeds"]:
            beside = folder.progress()
            if beside.counts()["parked"]:
                # Chosen ones are no measure of how much whole-image networks vary.
                continue
            found.append(beside)
            progress.doubts |= {f"{folder.name}/{name}": why for name, why in beside.doubts.items()}
            progress.damages |= {f"{folder.name}/{name}": what for name, what in beside.damages.items()}
    except (XSampleError, OSError) as error:
        cause = error if isinstance(error, OSError) else error.__cause__
        if isinstance(cause, OSError):
            progress.doubts["what was trained beside it"] = printable(cause.strerror or cause)
        elif not isinstance(error, InputError):
            # One that was trained otherwise is none of this run's.
            progress.damages["what was trained beside it"] = printable(error, 300)
        return progress
    progress.controls = {entry.trial.name: entry for beside in found for entry in beside.trials.values()}
    return progress


def replicates_of(run: RunFolder) -> tuple[TrialProgress, ...]:
    """Return the further trainings of a run's windows that were laid out beside it; none where these cannot be read.

    :func:`progress_with_controls` says why.
    """
    try:
        found = [folder.progress() for folder in control_runs_of(run)["replicates"]]
    except (XSampleError, OSError):
        return ()
    return tuple(entry for beside in found for entry in beside.windows)


def window_count(run: RunFolder) -> int:
    """Return how many windows a run has."""
    return len(_windows(run))


def seconds_needed(run: RunFolder, trials: int) -> float | None:
    """Return how long so many whole-image trials take on the run's workers, in seconds; None while unknown.

    Random and placebo masks leave no crop to save time on, so that each takes as long as a baseline.
    """
    took = [sum(entry.seconds) for entry in run.progress().baselines if entry.status == "done"]
    return fmean(took) * trials / run.spec.machine.jobs if took else None


def replicate_trials(run: RunFolder, windows: Sequence[str], replicates: int, first: int = 1) -> list[Trial]:
    """Return further trainings of some windows, without their twins.

    Args:
        run: the run.
        windows: names of its windows.
        replicates: trainings of each.
        first: number of the first replicate, at least 1.

    Raises:
        InputError: the run has no such window, or was laid out by 0.1.0, whose trials have no streams.
    """
    if run.spec.streams == "named":
        raise InputError("run", run.name, "was created by 0.1.0, whose windows have no streams to replicate")
    own = {trial.name: trial for trial in _windows(run)}
    for name in windows:
        if name not in own:
            raise InputError("window", name, f"run {run.name} has no such window")
    return [replicate_of(run.spec, own[n], r) for n in windows for r in range(first, first + replicates)]


def _known(run: RunFolder, kind: ControlKind, trials: Sequence[Trial]) -> set[str]:
    """Return the names of the trials that need no other control run.

    Where windows go through rungs their twins do too, all of them together: the run's own baselines, which are never
    parked, are among these once more, and are copied.
    """
    own = () if kind == "seeds" and run.spec.has_rungs else run.document.trials
    return {trial.name for trial in (*trials, *own)}


def _wanted(
    run: RunFolder, kind: ControlKind, count: int, replicated: Sequence[str] = (), replicates: int = REPLICATES
) -> list[Trial]:
    """Return the trials that the control runs of a kind are to hold together; of masked ones without figures."""
    spec = run.spec
    if kind == "replicates":
        again = replicate_trials(run, replicated, replicates) if replicated else []
        twins = [baseline(spec, t.stream, t.replicate) for t in again if t.stream is not None]
        return [*again, *twins]
    if kind == "seeds":
        if spec.streams == "named":
            return [baseline(spec, number) for number in range(count)]
        # A twin joins at the rung at which its window did.
        joined = {trial.stream: trial.joined for trial in _windows(run)}
        return [
            baseline(spec, stream).model_copy(update={"joined": joined.get(stream, 0)})
            for stream in _twin_streams(run, count)
        ]
    if spec.windows.mask == _MASKS[kind]:
        # The run's own windows are this control.
        return []
    # The mask changes neither the place nor the stream; its figures follow once it is drawn.
    return [
        trial.model_copy(update={"name": window_name(_MASKS[kind], trial.window), "kind": _MASKS[kind]})
        for trial in _chosen(run, count)
        if trial.window is not None
    ]


def _drawn(run: RunFolder, kind: ControlKind, trials: list[Trial]) -> tuple[tuple[Trial, ...], NDArray[np.bool_]]:
    """Return trials with their masks' figures, and the masks, (trials, height, width) bool."""
    dataset = run.dataset
    ink = InkMap(dataset.images, run.plan.split.fit)
    canvas = Canvas(ink.share, run.spec.seed)
    own = {trial.window: run.plan.mask(trial.name) for trial in _windows(run)}
    found: list[Trial] = []
    masks: list[Mask] = []
    for trial in trials:
        window = trial.window
        if window is None:
            mask = canvas.blank(True)
        elif kind == "random":
            mask = random_like(own[window], window, canvas)
        elif kind == "placebo":
            mask = draw("placebo", [window], canvas)[0]
        else:
            mask = own[window]
        if window is not None and kind in _MASKS:
            figures = ink.figures(mask[None])[0]
            joined = trial.joined
            trial = masked(run.spec, trial.kind, window, trial.stream or 0, figures)
            trial = trial.model_copy(update={"joined": joined})
        found.append(trial)
        masks.append(mask)
    return tuple(found), np.stack(masks)


def _spec(run: RunFolder, kind: ControlKind, name: str, trials: Sequence[Trial]) -> SweepSpec:
    lay = run.spec.windows
    names = tuple(trial.name for trial in trials if not trial.is_baseline)
    if kind in _MASKS:
        laid = Windows(mask=_MASKS[kind], height=lay.height, width=lay.width, stride=1, only=names)
    else:
        # `only` without a window: the plan holds baselines alone.
        laid = lay.model_copy(update={"only": names or (trials[0].name,)})
    # Arms are matched: what a blend chooses from has gone through the same rungs.
    # Windows join them where they joined the run's, and not by themselves.
    search = "halving" if run.spec.has_rungs and kind != "replicates" else "all"
    return spec_beside(run.spec, name, baselines=len(trials) - len(names), windows=laid, search=search)


def _windows(run: RunFolder) -> list[Trial]:
    return [trial for trial in run.document.trials if not trial.is_baseline]


def _chosen(run: RunFolder, count: int) -> list[Trial]:
    """Return so many of the run's windows, drawn at random, in the plan's order."""
    windows = _windows(run)
    order = generator(run.spec.seed, "companion").permutation(len(windows))[:count]
    return [windows[i] for i in sorted(order)]


def _twin_streams(run: RunFolder, count: int) -> list[int]:
    """Return the streams of so many windows: of those first whose twins are the run's own baselines, then at random.

    Which windows they belong to does not matter to a whole-image network. More than there are windows are new ones.
    """
    own = {trial.stream for trial in run.document.trials if trial.is_baseline}
    drawn = _chosen(run, window_count(run))
    order = generator(run.spec.seed, "companion").permutation(len(drawn))
    streams = [s for i in order if (s := drawn[i].stream) is not None]
    streams = sorted(streams, key=lambda stream: stream not in own)[:count]
    further = max((t.stream or 0 for t in run.document.trials), default=0) + 1
    return sorted(streams) + list(range(further, further + count - len(streams)))


def _checked(run: RunFolder, control_run: RunFolder) -> RunFolder:
    for what in ("seed", "streams", "limit", "network", "training", "article_protocol"):
        if getattr(control_run.spec, what) != getattr(run.spec, what):
            raise InputError("run", control_run.name, f"differs from {run.name} in its {what}; rename or remove it")
    return control_run
