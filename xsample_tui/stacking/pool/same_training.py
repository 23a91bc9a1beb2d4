"""Finds finished trials of other runs that are, bit for bit, what a new run would train.

A training is a function of images, split, mask, stream, network and settings on one machine. So the whole-image
twins of one sweep are those of the next with another mask, and are copied instead of trained again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from ...core.errors import XSampleError
from ...store.environment_fingerprint import differences
from ...store.run.access_rights import is_run
from ...store.run.run_folder import RunFolder


def copy_same_trainings(folder: RunFolder, names: Collection[str] | None = None) -> dict[str, str]:
    """Copy what other runs of the same runs folder have finished of a new run's trials.

    Args:
        folder: the new run, which nobody trains yet.
        names: of the trials that are not trained yet; None for all.

    Returns:
        The name of each trial that was copied, and the run that it was copied from.

    Raises:
        OSError: a copy cannot be written.
    """
    found: dict[str, str] = {}
    for other in _alike(folder):
        theirs = {trial.name: trial for trial in other.document.trials}
        for trial in folder.document.trials:
            if names is not None and trial.name not in names:
                continue
            if trial.name in found or (their := theirs.get(trial.name)) is None:
                continue
            # At which rung it joined changes no training.
            if their.model_copy(update={"joined": trial.joined}) != trial:
                continue
            if not np.array_equal(other.plan.mask(trial.name), folder.plan.mask(trial.name)):
                continue
            state, _ = other.latest(trial.name)
            if state is None or not state.finished or state.drifted:
                continue
            data = (other.path / "trials" / trial.name / f"{state.epoch:06d}.ckpt").read_bytes()
            folder.commit(trial.name, state.epoch, data, finished=True)
            found[trial.name] = other.name
    return found


def _alike(folder: RunFolder) -> Iterator[RunFolder]:
    """Yield the other runs whose trials would have the same bits where their masks and streams agree."""
    spec, document = folder.spec, folder.document
    if spec.streams == "named" or spec.leaks:
        return
    for path in sorted(folder.path.parent.iterdir()):
        if path.name == folder.name or not is_run(path):
            continue
        try:
            other = RunFolder(path)
            its, theirs = other.spec, other.document
            same = (
                (its.seed, its.streams, its.training) == (spec.seed, spec.streams, spec.training)
                and its.article_protocol == spec.article_protocol
                and theirs.dataset_digest == document.dataset_digest
                and theirs.split_digest == document.split_digest
                and theirs.network == document.network
                and not differences(theirs.fingerprint, document.fingerprint)
            )
            if same:
                # Read now, so that one that is damaged is passed over.
                other.plan  # noqa: B018
                yield other
        except (XSampleError, OSError):
            continue
