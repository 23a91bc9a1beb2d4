"""Labels new images with a blend: probabilities, and tables of them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.data.dataset import Dataset, Images
from ..core.data.image_shifts import shifted, shifts
from ..core.errors import ArgumentError, XSampleError
from ..datasets.class_folders import images_in
from ..datasets.labelled_images import LabelledImages, pixels
from ..stacking.blending.blend import Blend
from ..stacking.blending.new_image_prediction import KAGGLE_IMAGES, leak_warning, predict
from ..stacking.blending.prediction_export import id_column, named_classes, probability_columns
from ..stacking.pool.model_pool import ModelPool
from ..store.run.run_folder import RunFolder
from ..sweep.workers.worker_slot import ProcessSlot

FORMATS = ("kaggle", "plain")


def checked_images(images: NDArray[Any], dataset: Dataset) -> Images:
    """Return images as a model takes them, (n, height, width, channels), uint8 in 0..255 or float32 in 0..1.

    Args:
        images: (n, height, width, channels), (n, height, width) of one channel, (n, channels, height, width), or
            (n, height x width x channels); values as those of ``dataset`` were before they were converted.
        dataset: the images that the model was trained on.

    Raises:
        InputError: another shape, dtype or range; NaN or infinity.
    """
    array, shape = np.asarray(images), dataset.shape
    if array.ndim == 2 and array.shape[1] == int(np.prod(shape)):
        array = array.reshape(-1, *shape)
    found = pixels(LabelledImages(array, None, "X", "X"), shape, dataset.value_range)
    if found.shape[1:] != shape:
        size = "x".join(map(str, found.shape[1:]))
        raise ArgumentError("X", f"images of {size}", f"the model was trained on {'x'.join(map(str, shape))}")
    return found


def predict_images(
    models: ModelPool,
    blend: Blend,
    images: Images,
    on_member: Callable[[str], None] = lambda name: None,
    shift: int = 0,
    refits: Mapping[str, RunFolder] | None = None,
) -> NDArray[np.float32]:
    """Return a blend's probabilities for new images, (n, classes) float32; a worker process computes them.

    Args:
        models: the run's members.
        blend: fitted on select.
        images: of :func:`checked_images`.
        on_member: receives each shift where there are some, and each member's name, as it begins.
        shift: the images are also moved by up to so many pixels down, up, left and right, under masks that stay, and
            the probabilities averaged: 9 predictions of every image for 1. How well that does was not measured on the
            selection images.

        refits: as of :func:`~xsample_tui.stacking.blending.new_image_prediction.predict`.

    Raises:
        ArgumentError: the shift is below 0 or too large.
        PredictionFailed: a member's weights cannot be read, or the worker ended.
    """
    moves = shifts(shift)
    slot = ProcessSlot(models.run.path.resolve() / "logs" / "predict.log", models.run.spec.machine)
    try:
        total = np.zeros((len(images), models.run.network.classes))
        for number, (down, right) in enumerate(moves, 1):
            if shift:
                on_member(f"shift {number} of {len(moves)}, {down:+d} down, {right:+d} right")
            total += predict(models, blend.whole, shifted(images, down, right), slot, on_member, refits=refits)
        return (total / len(moves)).astype(np.float32)
    finally:
        slot.close()


def kaggle_warnings(models: ModelPool, images: int, *, named: bool = False) -> list[str]:
    """Return why a submission to Kaggle's Digit Recognizer may be no honest one, or none at all.

    Args:
        models: the run's members.
        images: how many are labelled.
        named: whether they have ids, which those of Digit Recognizer have not.
    """
    found = []
    if warning := leak_warning(models.run.dataset):
        found.append(f"this run was {warning}")
    if images != KAGGLE_IMAGES and not named:
        found.append(f"{images} images, where Digit Recognizer's test.csv has {KAGGLE_IMAGES}")
    return found


def prediction_table(
    probabilities: NDArray[np.float32],
    layout: str,
    class_names: Sequence[str] = (),
    ids: Sequence[str] = (),
    id_name: str = "",
) -> bytes:
    """Return the labels of new images as CSV, a row an image.

    Args:
        probabilities: (n, classes).
        layout: ``kaggle``: ImageId from 1, Label. ``plain``: image from 0, predicted, p0, p1, ...
        class_names: the classes' names by label, which then stand for the labels; empty where they are the labels.
        ids: what the images are called, one for each; empty where nothing says it. With ``kaggle`` they stand for
            ImageId, and Label is written as their name is, ``id,label``; with ``plain`` they follow its number.
        id_name: what their column is called.

    Raises:
        XSampleError: the table has not a row for each image.
    """
    import pandas as pd

    predicted: Any = probabilities.argmax(axis=1)
    if class_names:
        predicted = named_classes(predicted, class_names)
    rows = np.arange(len(predicted))
    if layout == "kaggle":
        label = "label" if ids and id_name.islower() else "Label"
        frame = pd.DataFrame({id_name or "ImageId": list(ids) or rows + 1, label: predicted})
    else:
        names = probability_columns(probabilities.shape[1], class_names)
        every = {name: probabilities[:, label] for label, name in enumerate(names)}
        frame = pd.DataFrame({"picture": rows, **id_column(id_name, ids), "predicted": predicted, **every})
    data = bytes(frame.to_csv(index=False).encode("utf-8", "surrogateescape"))
    # Read back: what is submitted must have a row for each image.
    if (found := len(pd.read_csv(io.BytesIO(data)))) != len(rows):
        raise XSampleError(f"{found} rows came out for {len(rows)} images; nothing was written")
    return data


def source_sha256(path: Path) -> str:
    """Return a file's SHA-256; a folder's is that of the names and the SHA-256 of the images within, a line each."""
    if path.is_dir():
        lines = [f"{file.relative_to(path).as_posix()} {source_sha256(file)}\n" for file in images_in(path)]
        return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
