"""Refit runs: runs beside a run that train members of a blend again, on train and selection images together.

They only predict. Their own selection images are ones that they were trained on, so that their scores say nothing:
no pool of models, and so no verdict and no blend, counts them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from ...core.data.data_splits import Split
from ...core.errors import InputError, XSampleError
from ...core.training.sweep_spec import spec_beside
from ...core.training.trial_plan import Plan
from ...store.control_run_names import REFIT, beside, parts_of
from ...store.run.access_rights import is_run
from ...store.run.run_folder import RunFolder
from ...store.run.run_notes import RunNotes, change_notes
from .model_pool import Member, ModelPool
from .same_training import copy_same_trainings

NOTE = "only predicts: trained on train and selection images together, so its scores say nothing"


def lay_out_refits(
    models: ModelPool, members: Sequence[Member], say: Callable[[str], None] = lambda line: None
) -> dict[str, RunFolder]:
    """Return which run holds the refit of each member, by the member's name; what is missing is laid out.

    A refit has the member's mask, stream, network and epochs, and is trained on the images of ``fit`` and ``select``;
    those of ``stop`` and ``test`` stay what they are.

    Args:
        models: the pool of one run or of several.
        members: of it.
        say: receives what another run has trained already, which is copied.

    Raises:
        InputError: a run uses its test set for selection, a run of the name is no such refit, or the folder cannot be
            written.
    """
    found: dict[str, RunFolder] = {}
    for run in models.runs:
        own = [member for member in members if models.run_of(member) is run]
        if own:
            found |= _of_run(run, own, say)
    return found


def refit(
    models: ModelPool,
    members: Sequence[Member],
    train: Callable[[RunFolder], None],
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, RunFolder]:
    """Train members again, as far as that is not done; return which run holds each one's refit, by its name.

    Args:
        models, members, say: as of :func:`lay_out_refits`.
        train: trains what is left of a run.

    Raises:
        InputError: as of :func:`lay_out_refits`.
        XSampleError: a refit is not finished.
    """
    folders = lay_out_refits(models, members, say)
    for folder in {folder.path: folder for folder in folders.values()}.values():
        train(folder)
    return refitted(folders, members)


def refitted(folders: dict[str, RunFolder], members: Sequence[Member]) -> dict[str, RunFolder]:
    """Return the same, where every refit is finished.

    Raises:
        XSampleError: one is not.
    """
    for member in members:
        folder = folders[member.name]
        record = folder.record(member.trial.name)
        if record is None or not record.finished:
            again = folder.shell_command("resume", "--headless")
            raise XSampleError(f"{member.name}: its refit in {folder.name} is not finished; resume it with: {again}")
    return folders


def refit_of(folder: RunFolder) -> RunFolder | None:
    """Return the run whose members a run trained again; None where it is no refit.

    Raises:
        InputError: by its name it is one, and it is none of the run as it is now.
    """
    parts = parts_of(folder.name)
    if parts is None or parts[1] != REFIT or not is_run(folder.path.parent / parts[0]):
        return None
    run = RunFolder.open(folder.path.parent, parts[0])
    _checked(run, _together(run), folder)
    return run


def refits_left(models: ModelPool, members: Sequence[Member]) -> int:
    """Return how many members have no finished refit yet; nothing is laid out.

    Args:
        models, members: as of :func:`lay_out_refits`.

    Raises:
        InputError: as of :func:`lay_out_refits`.
    """
    left = 0
    for run in models.runs:
        own = [member for member in members if models.run_of(member) is run]
        found, *_ = _existing(run, own) if own else ({},)
        for member in own:
            record = found[member.name].record(member.trial.name) if member.name in found else None
            left += record is None or not record.finished
    return left


def _existing(run: RunFolder, members: Sequence[Member]) -> tuple[dict[str, RunFolder], Split, int]:
    """Return which run holds the refit of each member that has one, the split, and how many runs of refits exist."""
    if run.spec.article_protocol or run.spec.leaks:
        remedy = "its selection images are its test images, or its trials depend on each other; refit an honest run"
        raise InputError("run", run.name, remedy)
    split = _together(run)
    existing: list[RunFolder] = []
    while is_run(run.path.parent / (name := beside(run.name, REFIT, len(existing) + 1))):
        existing.append(_checked(run, split, RunFolder.open(run.path.parent, name)))
    found: dict[str, RunFolder] = {}
    for member in members:
        for folder in existing:
            if any(trial == member.trial for trial in folder.document.trials):
                found[member.name] = folder
    return found, split, len(existing)


def _of_run(run: RunFolder, members: Sequence[Member], say: Callable[[str], None]) -> dict[str, RunFolder]:
    found, split, count = _existing(run, members)
    missing = [member for member in members if member.name not in found]
    if missing:
        folder = _lay_out(run, split, beside(run.name, REFIT, count + 1), missing)
        for other, copied in Counter(copy_same_trainings(folder).values()).items():
            trials = f"{copied} of {len(missing)} trials"
            say(f"{folder.name}: {trials} are the same training as in {other} and were copied")
        found |= {member.name: folder for member in missing}
    return found


def _together(run: RunFolder) -> Split:
    own = run.plan.split
    return Split(np.sort(np.concatenate([own.fit, own.select])), own.stop, own.select, own.test)


def _lay_out(run: RunFolder, split: Split, name: str, members: Sequence[Member]) -> RunFolder:
    trials = tuple(member.trial for member in members)
    masks = np.stack([member.run.plan.mask(member.trial.name) for member in members])
    windows = tuple(trial.name for trial in trials if not trial.is_baseline)
    # `only` without a window: the plan holds baselines alone.
    laid = run.spec.windows.model_copy(update={"only": windows or (trials[0].name,)})
    spec = spec_beside(run.spec, name, baselines=len(trials) - len(windows), windows=laid)
    folder = run.beside(spec, Plan(split, trials, masks))
    change_notes(folder.path, lambda notes: RunNotes(notes.tags, NOTE, notes.archived))
    return folder


def _checked(run: RunFolder, split: Split, folder: RunFolder) -> RunFolder:
    document, spec = folder.document, folder.spec
    same = (
        document.split_digest == split.digest()
        and document.dataset_digest == run.document.dataset_digest
        and (spec.seed, spec.streams, spec.training) == (run.spec.seed, run.spec.streams, run.spec.training)
        and document.network == run.document.network
    )
    if not same:
        raise InputError("run", folder.name, f"is no refit of {run.name} as it is now; rename or remove it")
    return folder
