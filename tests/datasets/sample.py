"""Writers of small sources, independent of the code under test, and strategies for what is in them."""

from __future__ import annotations

import gzip
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from xsample_tui.core.errors import InputError
from xsample_tui.datasets import load

Array = NDArray[Any]

# The folder's files are overwritten by each example, so that one folder for all of them does no harm.
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@dataclass(frozen=True)
class Sample:
    """Arrays under Keras's names; the test pair may be missing."""

    x_train: Array
    y_train: Array
    x_test: Array | None = None
    y_test: Array | None = None


def small(channels: int = 0, count: int = 6) -> Sample:
    """Return ``count`` images of 4x5 in two classes and three test images, all different."""
    tail = (channels,) if channels else ()
    size = (count + 3) * 20 * max(channels, 1)
    images = (np.arange(size) * 7 % 256).astype(np.uint8).reshape(count + 3, 4, 5, *tail)
    labels = (np.arange(count + 3) % 2).astype(np.uint8)
    return Sample(images[:count], labels[:count], images[count:], labels[count:])


@st.composite
def samples(draw: st.DrawFn, grey: bool = False, square: bool = False) -> Sample:
    """Images of any small size as bytes, with any labels a data set may have."""
    height = draw(st.integers(1, 4))
    width = height if square else draw(st.integers(1, 4))
    tail = () if grey else draw(st.sampled_from([(), (1,), (3,)]))
    classes = draw(st.integers(2, 4))
    extra = draw(st.lists(st.integers(0, classes - 1), max_size=4))
    labels = np.array(draw(st.permutations([*range(classes), *range(classes), *extra])), dtype=np.uint8)
    own = np.array(draw(st.lists(st.integers(0, classes - 1), max_size=4)), dtype=np.uint8)
    everything = draw(hnp.arrays(np.uint8, (len(labels) + len(own), height, width, *tail)))
    x_train, x_test = everything[: len(labels)], everything[len(labels) :]
    return Sample(x_train, labels, x_test, own) if len(own) else Sample(x_train, labels)


def idx_bytes(array: Array) -> bytes:
    """Return an array of bytes in the IDX format."""
    head = struct.pack(f">I{array.ndim}I", 0x800 | array.ndim, *array.shape)
    return head + array.astype(np.uint8).tobytes()


def write_npz(folder: Path, packed: bool = False, **arrays: Array) -> Path:
    """Write arrays to set.npz."""
    path = folder / "set.npz"
    save: Any = np.savez_compressed if packed else np.savez
    save(path, **arrays)
    return path


def write_sample(folder: Path, sample: Sample, packed: bool = False) -> Path:
    """Write a sample to set.npz under Keras's names."""
    named = {name: array for name, array in vars(sample).items() if array is not None}
    return write_npz(folder, packed, **named)


def write_idx(folder: Path, sample: Sample, dot: str = "-", packed: bool = False) -> Path:
    """Write a sample as a folder of IDX files, leaving files of an earlier call that are not replaced."""
    folder.mkdir(exist_ok=True)
    pairs = [("train", sample.x_train, sample.y_train), ("t10k", sample.x_test, sample.y_test)]
    for name, images, labels in pairs:
        for kind, array in (("images", images), ("labels", labels)):
            if array is not None:
                path = folder / f"{name}-{kind}{dot}idx{array.ndim}-ubyte{'.gz' if packed else ''}"
                path.write_bytes(gzip.compress(idx_bytes(array)) if packed else idx_bytes(array))
    return folder


def write_csv(folder: Path, sample: Sample) -> Path:
    """Write a sample as Kaggle does: the labels of the test images are left out."""
    folder.mkdir(exist_ok=True)
    for name, images, labels in (("train", sample.x_train, sample.y_train), ("test", sample.x_test, None)):
        if images is None:
            continue
        rows = images.reshape(len(images), -1).tolist()
        header = [f"pixel{index}" for index in range(len(rows[0]))]
        if labels is not None:
            header = ["label", *header]
            rows = [[label, *row] for label, row in zip(labels.tolist(), rows, strict=True)]
        lines = [",".join(map(str, line)) for line in [header, *rows]]
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
    return folder


def agrees(source: Path, sample: Sample, known: bool = True) -> None:
    """Assert that a source loads as the sample it was written from; ``known``: test labels are in it."""
    data = load(str(source))
    own = [array for array in (sample.x_test,) if array is not None]
    images = np.concatenate([sample.x_train, *own])
    labels = sample.y_train.astype(np.int64)
    if sample.x_test is not None and sample.y_test is not None:
        tail = sample.y_test if known else np.full(len(sample.x_test), -1)
        labels = np.concatenate([labels, tail.astype(np.int64)])
    if images.ndim == 3:
        images = images[..., None]
    assert data.source == str(source)
    assert data.images.dtype == np.uint8
    assert data.images.flags.c_contiguous
    assert np.array_equal(data.images, images)
    assert data.labels.dtype == np.int64
    assert np.array_equal(data.labels, labels)
    assert data.train == len(sample.x_train)
    assert data.classes == sample.y_train.max() + 1


def refusal(source: object) -> InputError:
    """Return the error that loading ends with; anything but one clear line fails the test."""
    with pytest.raises(InputError) as caught:
        load(str(source))
    error = caught.value
    assert str(error).isprintable()
    assert "\\n" not in error.remedy
    assert error.field
    assert error.remedy
    return error
