"""A run's copy of its images and labels, ``dataset.npz``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    arrays: dict[str, Any] = {"pictures": dataset.images, "labels": dataset.labels, "train": np.int64(dataset.train)}
    if dataset.ids:
        arrays |= {"ids": np.array(dataset.ids), "id_name": np.array(dataset.id_name)}
    write_arrays(folder / FILE, **arrays)


def read_images(folder: Path, document: RunDocument) -> Dataset:
    """Return the images of the run in ``folder``, checked against their hash.

    Raises:
        DamagedRun: they cannot be read, or are not those the run was laid out with.
    """
    arrays = read_arrays(folder / FILE, ("pictures", "labels", "train"), ("ids", "id_name"))
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
        raise DamagedRun(f"run {folder.name}: {FILE} does not match its hash; restore it from a copy")
    return dataset
