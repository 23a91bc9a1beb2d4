"""What a run was laid out with: its images, ``dataset.npz``, and its plan, ``plan.npz``: the split and the masks.

A plan that is extended is written before the spec that names it, and holds the masks before it too: a process that is
killed in between leaves a run that opens as it was.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.data.data_splits import Split
from ...core.data.dataset import Dataset
from ...core.data.mapped_images import MAPPED_FROM
from ...core.training.trial_plan import Plan
from ..files import atomic_write
from .npz_arrays import read_arrays, write_arrays
from .run_document import DamagedRun, RunDocument, document_bytes

IMAGES, PLAN = "dataset.npz", "plan.npz"


def store_images(folder: Path, dataset: Dataset, source: Path | None = None) -> None:
    """Write the images and labels of a run that is being laid out.

    Args:
        folder: the run's.
        dataset: the images.
        source: the folder of a run that has the same; where they are many, both share one file, which stays as long
            as either run does.

    Raises:
        OSError: they cannot be written.
    """
    if source is not None and _shared(source / IMAGES, folder / IMAGES):
        return
    arrays: dict[str, Any] = {"pictures": dataset.images, "labels": dataset.labels, "train": np.int64(dataset.train)}
    if dataset.ids:
        arrays |= {"ids": np.array(dataset.ids), "id_name": np.array(dataset.id_name)}
    write_arrays(folder / IMAGES, **arrays)


def _shared(file: Path, to: Path) -> bool:
    """Give a large file a second name; return whether it has one.

    Runs are read with their hash checked, and no file of theirs is written into: a new one takes its place. So
    neither run can change the other. Some file systems know no second names, and none reaches into another one.
    """
    try:
        if os.stat(file).st_size <= MAPPED_FROM:
            return False
        os.link(file, to)
    except OSError:
        return False
    return True


def stored_size(folder: Path) -> tuple[int, int]:
    """Return the bytes of a run's images, and how many runs share them; 0 of 0 where they cannot be read."""
    try:
        found = os.stat(folder / IMAGES)
    except OSError:
        return 0, 0
    return found.st_size, found.st_nlink


def unshared_size(folder: Path) -> int:
    """Return the bytes of a run's images where they are many and no other run has the same file; else 0."""
    size, runs = stored_size(folder)
    return size if runs == 1 and size > MAPPED_FROM else 0


def read_images(folder: Path, document: RunDocument) -> Dataset:
    """Return the images of the run in ``folder``, checked against their hash; many are mapped, not read.

    Raises:
        DamagedRun: they cannot be read, or are not those the run was laid out with.
    """
    arrays = read_arrays(folder / IMAGES, ("pictures", "labels", "train"), ("ids", "id_name"), mapped=("pictures",))
    dataset = Dataset(
        document.spec.source,
        arrays["pictures"],
        arrays["labels"],
        document.classes,
        int(arrays["train"]),
        class_names=document.class_names,
        value_range=document.value_range,
        # Runs that were laid out before have none.
        ids=tuple(arrays["ids"].tolist()) if "ids" in arrays else (),
        id_name=str(arrays.get("id_name", "")),
    )
    if dataset.digest() != document.dataset_digest:
        raise DamagedRun(f"run {folder.name}: {IMAGES} does not match its hash; restore it from a copy")
    return dataset


def masks_digest(masks: NDArray[np.bool_]) -> str:
    """Return the SHA-256 of masks, (trials, height, width) bool."""
    return hashlib.sha256(f"{masks.shape}|".encode() + np.packbits(masks).tobytes()).hexdigest()


def store_plan(folder: Path, plan: Plan, before: NDArray[np.bool_] | None = None) -> None:
    """Write a plan into a run's folder.

    Args:
        folder: the run's.
        plan: the plan.
        before: the masks that the spec on disk names, where these are others.

    Raises:
        OSError: it cannot be written.
    """
    cut = plan.split
    parts = {"fit": cut.fit, "stop": cut.stop, "select": cut.select, "test": cut.test}
    more = {} if before is None else {"before": before}
    write_arrays(folder / PLAN, masks=plan.masks, **parts, **more)


def read_plan(folder: Path, document: RunDocument) -> Plan:
    """Return the plan of a run, checked against the hashes in its spec.

    Raises:
        DamagedRun: it cannot be read, or is not the one that the spec names.
    """
    arrays = read_arrays(folder / PLAN, ("masks", "fit", "stop", "select", "test"), also=("before",))
    cut = Split(arrays["fit"], arrays["stop"], arrays["select"], arrays["test"])
    found = [arrays[name] for name in ("masks", "before") if name in arrays]
    masks = next((masks for masks in found if masks_digest(masks) == document.masks_digest), None)
    if masks is None or cut.digest() != document.split_digest:
        raise DamagedRun(f"run {folder.name}: {PLAN} does not match its hash; restore it from a copy")
    return Plan(cut, document.trials, masks, document.order)


def plan_in(document: RunDocument, plan: Plan) -> RunDocument:
    """Return a run's document with another plan: its trials, their order and the hash of their masks."""
    changes = {"trials": plan.trials, "order": plan.order, "masks_digest": masks_digest(plan.masks)}
    return document.model_copy(update=changes)


def extend_stored(folder: Path, document: RunDocument, plan: Plan, before: Plan) -> None:
    """Write an extended plan, and then the document that names it.

    Args:
        folder: of a run that the caller holds.
        document: the run's document, with its new spec, trials and hash.
        plan: the extended plan.
        before: the plan that the document on disk names.

    Raises:
        OSError: one cannot be written; the run is what it was.
    """
    store_plan(folder, plan, before.masks)
    atomic_write.failpoint("extend")
    atomic_write.write(folder / "spec.json", document_bytes(document))
