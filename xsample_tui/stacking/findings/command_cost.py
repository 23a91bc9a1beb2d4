"""Says what a command would train or predict, and about how long that takes, before it begins."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from ...core.count_text import counted
from ...core.data.image_shifts import shifts
from ...core.duration_text import duration
from ...store.run.run_folder import RunFolder
from ..pool.control_runs import seconds_needed
from ..pool.model_pool import Member, ModelPool
from ..pool.refit_runs import refits_left
from .confirmation import check_protocol, trainings_left


def confirmation_cost(models: ModelPool, top: int, seeds: int) -> str:
    """Return what confirming the best windows would train, in a sentence.

    Args:
        models: the run's members.
        top: windows to confirm.
        seeds: new trainings of each.

    Raises:
        InputError: as of :func:`~xsample_tui.services.arm_question.confirmation_run`.
    """
    check_protocol(models.run)
    count, left = trainings_left(models, top, seeds)
    return _training_words(models.run, count, left)


def prediction_cost(
    models: ModelPool, members: Sequence[Member], images: int, shift: int = 0, *, refit: bool = False
) -> str:
    """Return what labelling new images would train and compute, in a sentence.

    Args:
        models: the pool of one run or of several.
        members: the blend's.
        images: how many are labelled.
        shift: as of :func:`~xsample_tui.services.new_image_labels.predict_images`.
        refit: whether the members are trained again first.

    Raises:
        InputError: as of :func:`~xsample_tui.stacking.pool.refit_runs.lay_out_refits`.
    """
    first = f"{_training_words(models.run, len(members), refits_left(models, members))}; then " if refit else ""
    copies = len(shifts(shift)) if shift else 1
    moved = "" if copies == 1 else f", each {copies} times"
    paces = [pace for run in models.runs if (pace := _seconds_an_image(run)) is not None]
    # A prediction is one forward pass; an epoch makes one and trains besides.
    most = None if not paces else max(paces) * images * copies * len(members)
    within = "" if most is None else f": within {duration(max(most, 1))} at the pace of their training"
    return f"{first}predicts {counted(images, 'image')}{moved}, by {counted(len(members), 'member')}{within}"


def _training_words(run: RunFolder, count: int, left: int) -> str:
    if not left:
        return f"trains nothing: {count:,} of {count:,} are trained already"
    some = counted(left, "network") if left == count else f"{left:,} of {counted(count, 'network')}"
    seconds = seconds_needed(run, left)
    if seconds is None:
        return f"trains {some}; how long that takes is known once a baseline is finished"
    return f"trains {some}, about {duration(seconds)} if each takes as long as a baseline"


def _seconds_an_image(run: RunFolder) -> float | None:
    """Return the seconds that an epoch took for each train image, of baselines, else of all; None while unknown."""
    progress = run.progress()
    for entries in (progress.baselines, progress.trials.values()):
        if took := [seconds for entry in entries for seconds in entry.seconds]:
            return fmean(took) / max(len(run.plan.split.fit), 1)
    return None
