"""The checks every source shares, through npz files, which can hold any array."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.datasets.sample import Array, quick, refusal, small, write_npz
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.errors import InputError
from xsample_tui.datasets import load

LABELS = np.array([0, 1, 0, 1])
ONES = np.ones((4, 2, 2), dtype=np.uint8)


def loaded(folder: Path, **arrays: Any) -> Dataset:
    return load(str(write_npz(folder, **({"x_train": ONES, "y_train": LABELS} | arrays))))


def refused(folder: Path, **arrays: Any) -> InputError:
    return refusal(write_npz(folder, **({"x_train": ONES, "y_train": LABELS} | arrays)))


@pytest.mark.parametrize("dtype", ["u1", "i2", ">i4", "u8", "i8"])
def test_integers_become_bytes(tmp_path: Path, dtype: str) -> None:
    images = np.array([0, 1, 127, 255], dtype=dtype).reshape(4, 1, 1)
    data = loaded(tmp_path, x_train=images)
    assert data.images.dtype == np.uint8
    assert data.images.reshape(-1).tolist() == [0, 1, 127, 255]


@pytest.mark.parametrize("dtype", ["f2", "f4", ">f4", "f8", "g"])
def test_floats_of_zero_to_one_stay(tmp_path: Path, dtype: str) -> None:
    images = np.array([0, 0.25, 0.5, 1], dtype=dtype).reshape(4, 1, 1)
    data = loaded(tmp_path, x_train=images)
    assert data.images.dtype == np.dtype("=f4")
    assert data.images.reshape(-1).tolist() == [0, 0.25, 0.5, 1]


def test_floats_up_to_255_are_divided(tmp_path: Path) -> None:
    data = loaded(tmp_path, x_train=np.array([0.0, 51.0, 127.5, 255.0]).reshape(4, 1, 1))
    assert data.images.dtype == np.float32
    assert data.images.reshape(-1).tolist() == pytest.approx([0, 0.2, 0.5, 1])


def test_both_splits_are_divided_alike(tmp_path: Path) -> None:
    data = loaded(
        tmp_path,
        x_train=np.array([0.0, 51.0, 127.5, 255.0]).reshape(4, 1, 1),
        x_test=np.array([1.0]).reshape(1, 1, 1),
        y_test=np.array([0]),
    )
    assert float(data.images[4, 0, 0, 0]) == pytest.approx(1 / 255)


def test_floats_just_above_one_are_not_taken_for_bytes(tmp_path: Path) -> None:
    assert "clip" in refused(tmp_path, x_train=ONES * np.float32(1.000001)).remedy


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -0.001, 255.1])
@pytest.mark.parametrize("split", ["train", "test"])
def test_a_float_out_of_range_is_refused(tmp_path: Path, value: float, split: str) -> None:
    images = ONES * 0.5
    bad = images.copy()
    bad[1, 1, 0] = value
    arrays = {"x_train": images, "x_test": images, "y_test": LABELS} | {f"x_{split}": bad}
    assert refused(tmp_path, **arrays).field == f"x_{split} in set.npz"


@pytest.mark.parametrize("value", [-1, 256, 2**40])
def test_an_integer_out_of_range_is_refused(tmp_path: Path, value: int) -> None:
    images = ONES.astype(np.int64)
    images[3, 1, 1] = value
    error = refused(tmp_path, x_train=images)
    assert (error.field, int(str(error.value))) == ("x_train in set.npz", value)


@pytest.mark.parametrize(
    ("key", "dtype"),
    [*(("x_train", dtype) for dtype in ["U1", "S1"]), *(("y_train", dtype) for dtype in ["c8", "M8[s]", "V3"])],
)
def test_arrays_of_something_else_are_refused(tmp_path: Path, dtype: str, key: str) -> None:
    shape = ONES.shape if key == "x_train" else LABELS.shape
    assert refused(tmp_path, **{key: np.zeros(shape, dtype=dtype)}).field == f"{key} in set.npz"


@pytest.mark.parametrize(
    ("images", "wanted", "note"),
    [
        (ONES.astype(bool), 255, "True and False became 255 and 0"),
        (ONES.astype(np.uint16) * 65535, 255, "uint16 images: 0..65,535 became 0..255"),
        (ONES.astype(np.uint16) * 2048, 128, "uint16 images: 0..4,095 became 0..255"),
        (ONES * -1.0, 0, "floats: -1..1 became 0..1"),
        (ONES * -0.5, 0.25, "floats: -1..1 became 0..1"),
        (np.concatenate([ONES[:2] * -2.0, ONES[2:] * 3.0]), 0, "standardised floats: -2..3 became 0..1"),
        (np.ones((4, 1, 2, 2), np.uint8), 1, "channels came first (1), now they come last"),
        (np.ones((4, 3, 4, 5), np.uint8), 1, "channels came first (3), now they come last"),
        (np.ones((4, 9), np.uint8), 1, "9 values a row became images of 3x3"),
        (np.ones((4, 48), np.uint8), 1, "48 values a row became images of 4x4 (three values a pixel)"),
    ],
)
def test_other_forms_are_converted_in_one_line(tmp_path: Path, images: Array, wanted: float, note: str) -> None:
    data = loaded(tmp_path, x_train=images, x_test=images, y_test=LABELS)
    assert data.images[0, 0, 0, 0] == wanted
    assert data.notes == (note,)
    assert bool(data.value_range) == ("float" in note or "uint16" in note)


def test_bytes_and_floats_are_not_mixed(tmp_path: Path) -> None:
    assert refused(tmp_path, x_test=ONES * 0.5, y_test=LABELS).field == "x_test in set.npz"


@pytest.mark.parametrize(
    "shape",
    [(), (4,), (4, 1), (4, 5), (4, 5, 5, 5), (4, 6, 2, 6), (4, 2, 2, 1, 1), (0, 2, 2), (4, 0, 2), (4, 2, 2, 0)],
)
def test_a_wrong_shape_is_shown(tmp_path: Path, shape: tuple[int, ...]) -> None:
    error = refused(tmp_path, x_train=np.zeros(shape, dtype=np.uint8))
    assert (error.field, error.value) == ("x_train in set.npz", f"shape {shape}")


@pytest.mark.parametrize("shape", [(), (4, 2), (1, 4), (4, 1, 1), (2, 2)])
def test_a_wrong_shape_of_labels_is_shown(tmp_path: Path, shape: tuple[int, ...]) -> None:
    error = refused(tmp_path, y_train=np.zeros(shape, dtype=np.uint8))
    assert (error.field, error.value) == ("y_train in set.npz", f"shape {shape}")


@pytest.mark.parametrize("count", [0, 3, 5])
@pytest.mark.parametrize("split", ["train", "test"])
def test_unequal_counts_are_refused(tmp_path: Path, count: int, split: str) -> None:
    arrays = {"x_test": ONES, "y_test": LABELS, f"y_{split}": np.zeros(count, dtype=int)}
    error = refused(tmp_path, **arrays)
    assert (error.field, error.value) == (f"y_{split} in set.npz", f"{count} labels")


@pytest.mark.parametrize("shape", [(4, 2, 3), (4, 3, 2), (4, 2, 2, 3)])
def test_test_images_of_another_shape_are_refused(tmp_path: Path, shape: tuple[int, ...]) -> None:
    error = refused(tmp_path, x_test=np.zeros(shape, dtype=np.uint8), y_test=LABELS)
    assert error.field == "x_test in set.npz"


@pytest.mark.parametrize(
    ("labels", "value"),
    [
        ([0, 0, 0, 0], "1 class"),
        ([1, 1, 1, 1], "1 class"),
        ([0, 0, 0, 1], "label 1"),
        ([0, 1, 1, 1], "label 0"),
        ([0, 0, 1, 4], "label 1"),
        ([0, 0, 1, 2**62], f"label {2**62}"),
        ([0, 0, 1, -1], "label -1"),
        ([0.0, 0.0, 1.0, 1.5], "label 1.5"),
        ([0.0, 0.0, 1.0, np.nan], "label nan"),
        ([0.0, 0.0, 1.0, np.inf], "label inf"),
        ([0.0, 0.0, 1.0, 1e300], "label 1e+300"),
    ],
)
def test_labels_that_make_no_classes_are_refused(tmp_path: Path, labels: list[float], value: str) -> None:
    error = refused(tmp_path, y_train=np.array(labels))
    assert (error.field, error.value) == ("y_train in set.npz", value)


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "i1", "u8", ">i2"])
def test_whole_labels_of_any_dtype_are_taken(tmp_path: Path, dtype: str) -> None:
    data = loaded(tmp_path, y_train=LABELS.astype(dtype))
    assert data.labels.dtype == np.int64
    assert data.labels.tolist() == LABELS.tolist()


@pytest.mark.parametrize("label", [-1, 2, 2**52])
def test_a_test_label_that_training_lacks_is_refused(tmp_path: Path, label: int) -> None:
    error = refused(tmp_path, x_test=ONES, y_test=np.array([0, 1, label, 1]))
    assert (error.field, error.value) == ("y_test in set.npz", f"label {label}")


def test_a_test_set_may_lack_a_class(tmp_path: Path) -> None:
    data = loaded(tmp_path, x_test=ONES[:1], y_test=np.array([1]))
    assert (data.classes, data.train, data.labels[-1]) == (2, 4, 1)


def test_many_classes_are_taken(tmp_path: Path) -> None:
    labels = np.repeat(np.arange(300), 2)
    assert loaded(tmp_path, x_train=np.zeros((600, 1, 1), dtype=np.uint8), y_train=labels).classes == 300


@pytest.mark.parametrize("channels", [0, 1, 3])
def test_images_get_a_channel_dimension(tmp_path: Path, channels: int) -> None:
    sample = small(channels)
    assert loaded(tmp_path, x_train=sample.x_train, y_train=sample.y_train).shape == (4, 5, channels or 1)


@quick
@given(
    images=hnp.arrays(
        st.one_of(hnp.integer_dtypes(), hnp.unsigned_integer_dtypes(), hnp.floating_dtypes()), (4, 1, 2)
    )
)
def test_every_array_is_loaded_within_range_or_refused(tmp_path: Path, images: Array) -> None:
    try:
        data = loaded(tmp_path, x_train=images)
    except InputError:
        wide = images.astype(np.float64)
        assert not (np.isfinite(wide).all() and wide.min() >= -1 and wide.max() <= 1) or -0.01 < wide.min() < 0
        return
    assert data.images.dtype == (np.float32 if images.dtype.kind == "f" else np.uint8)
    assert 0 <= data.images.min() <= data.images.max() <= (1 if images.dtype.kind == "f" else 255)


@quick
@given(labels=hnp.arrays(st.sampled_from([np.int8, np.int64, np.uint64, np.float64]), 4))
def test_every_labelling_is_loaded_whole_or_refused(tmp_path: Path, labels: Array) -> None:
    values = sorted(labels.astype(np.float64).tolist())
    assume(not (values[0] == values[1] < values[2] == values[3] and all(map(float.is_integer, values))))
    assert refused(tmp_path, y_train=labels).field == "y_train in set.npz"


@pytest.mark.parametrize(
    ("labels", "numbered", "names"),
    [
        ([1, 2, 1, 2], [0, 1, 0, 1], ("1", "2")),
        ([7, -1, -1, 7], [1, 0, 0, 1], ("-1", "7")),
        ([0.0, 3.0, 3.0, 0.0], [0, 1, 1, 0], ("0", "3")),
        ([True, False, False, True], [1, 0, 0, 1], ("False", "True")),
        (["b 10", "b 9", "b 9", "b 10"], [1, 0, 0, 1], ("b 9", "b 10")),
        ([b"dog", b"cat", b"dog", b"cat"], [1, 0, 1, 0], ("cat", "dog")),
        (["0", "1", "1", "0"], [0, 1, 1, 0], ("0", "1")),
        ([[1, 0], [0, 1], [0, 1], [1, 0]], [0, 1, 1, 0], ()),
        ([[0.0, 0, 1], [1, 0, 0], [1, 0, 0], [0, 0, 1]], [1, 0, 0, 1], ("0", "2")),
    ],
)
def test_classes_of_any_kind_are_numbered_and_keep_their_names(
    tmp_path: Path, labels: list[Any], numbered: list[int], names: tuple[str, ...]
) -> None:
    data = loaded(tmp_path, y_train=np.array(labels), x_test=ONES[:2], y_test=np.array(labels)[:2])
    assert data.labels.tolist() == numbered + numbered[:2]
    assert data.labels.dtype == np.int64
    assert (data.class_names, data.classes) == (names, 2)
    assert bool(data.notes) == (bool(names) or np.ndim(labels) == 2)
