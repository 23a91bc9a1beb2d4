"""Images and labels that a program holds as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.data.dataset import Dataset
from ..core.errors import ArgumentError
from ..datasets.labelled_images import LabelledImages, validated
from ..datasets.source_detection import ARRAYS


def from_arrays(images: Any, labels: Any, *, select: Any = None, test: Any = None) -> Dataset:
    """Check arrays and join them into one dataset, as :func:`~xsample_tui.datasets.labelled_images.validated` does.

    Args:
        images: the training images, anything that numpy takes for an array of a form that a file may hold.
        labels: their labels, one for each, or one-hot.
        select: images and labels that are set apart for selection, a pair; None where they are to be split off.
        test: those of a test set, likewise.

    Raises:
        InputError: labels are missing, ``select`` or ``test`` is no pair, or as ``validated``.
    """
    if images is None or labels is None:
        missing = "images" if images is None else "labels"
        raise ArgumentError(missing, None, "give both images and labels")
    pairs = [("select", select), ("test", test)]
    others = {name: _split(f"{name} ", *_pair(name, given)) for name, given in pairs if given is not None}
    return validated(ARRAYS, _split("", images, labels), others.get("test"), others.get("select"))


def given_dataset(data: str | None, images: Any, labels: Any, select: Any, test: Any) -> Dataset | None:
    """Return what arrays hold, as of :func:`from_arrays`; None where there are none.

    Raises:
        InputError: ``data`` names a source too, or as :func:`from_arrays`.
    """
    if images is None and labels is None and select is None and test is None:
        return None
    if data is not None:
        raise ArgumentError("data", data, "images are given as arrays; leave one of both out")
    return from_arrays(images, labels, select=select, test=test)


def _pair(name: str, given: Any) -> tuple[Any, Any]:
    if not isinstance(given, tuple | list) or len(given) != 2:
        raise ArgumentError(name, type(given).__name__, "give a pair: (images, labels)")
    return given[0], given[1]


def _split(part: str, images: Any, labels: Any) -> LabelledImages:
    return LabelledImages(
        _array(f"{part}images", images), _array(f"{part}labels", labels), f"{part}images", f"{part}labels"
    )


def _array(name: str, given: Any) -> Any:
    try:
        return np.asarray(given)
    # Rows of several lengths, or what another library says of its tensors.
    except Exception as error:
        raise ArgumentError(name, type(given).__name__, "numpy cannot make an array of it; pass an array") from error
