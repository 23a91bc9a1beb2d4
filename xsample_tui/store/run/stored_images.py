"""A run's copy of its images and labels, ``dataset.npz``."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...core.data.dataset import Dataset
from .npz_arrays import read_arrays, write_arrays
from .run_document import DamagedRun, RunDocument

FILE = "dataset.npz"


def store_images(folder: Path, dataset: Dataset) -> None:
    """Write the images and labels of a run that is being laid out.

    Raises:
        OSError: they cannot be written.
    """
    arrays = {"pictures": dataset.images, "labels": dataset.labels, "train": np.int64(dataset.train)}
    write_arrays(folder / FILE, **arrays)


def read_images(folder: Path, document: RunDocument) -> Dataset:
    """Return the images of the run in ``folder``, checked against their hash.

    Raises:
        DamagedRun: they cannot be read, or are not those the run was laid out with.
    """
    arrays = read_arrays(folder / FILE, ("pictures", "labels", "train"))
    dataset = Dataset(
        document.spec.source,
        arrays["pictures"],
        arrays["labels"],
        document.classes,
        int(arrays["train"]),
        class_names=document.class_names,
        value_range=document.value_range,
    )
    if dataset.digest() != document.dataset_digest:
        raise DamagedRun(f"run {folder.name}: {FILE} does not match its hash; restore it from a copy")
    return dataset
