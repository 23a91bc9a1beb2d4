from __future__ import annotations

import io
import struct
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.datasets.sample import Array, agrees, quick, refusal, samples, small, write_npz, write_sample
from xsample_tui.core.errors import InputError
from xsample_tui.datasets import load, npz, safe_open


def npy(array: Array) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def header(text: str) -> bytes:
    body = text.encode("latin1") + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(body)) + body


def write_members(folder: Path, method: int = zipfile.ZIP_STORED, **members: bytes) -> Path:
    """Write set.npz member by member; x_train and y_train are sound unless given."""
    sample = small()
    members = {"x_train": npy(sample.x_train), "y_train": npy(sample.y_train)} | members
    path = folder / "set.npz"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return path


@quick
@given(sample=samples(), packed=st.booleans())
def test_what_is_written_is_loaded(sample: Any, packed: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        agrees(write_sample(Path(folder), sample, packed), sample)


def test_labels_may_be_a_column_and_the_ending_capital(tmp_path: Path) -> None:
    sample = small()
    path = write_npz(tmp_path, x_train=sample.x_train, y_train=sample.y_train[:, None])
    data = load(str(path.rename(tmp_path / "SET.NPZ")))
    assert data.labels.tolist() == sample.y_train.tolist()


def test_a_fortran_ordered_array_keeps_its_pixels(tmp_path: Path) -> None:
    sample = small(channels=3)
    path = write_npz(tmp_path, x_train=np.asfortranarray(sample.x_train), y_train=sample.y_train)
    data = load(str(path))
    assert np.array_equal(data.images, sample.x_train)
    assert data.images.flags.c_contiguous


@pytest.mark.parametrize("missing", ["x_train", "y_train", "x_test", "y_test"])
def test_a_missing_key_is_named(tmp_path: Path, missing: str) -> None:
    arrays = vars(small()) | {}
    del arrays[missing]
    error = refusal(write_npz(tmp_path, **arrays))
    assert error.field == f"key {missing} in set.npz"


def test_objects_are_refused_and_never_unpickled(tmp_path: Path) -> None:
    trace = tmp_path / "executed"

    class Trap:
        def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
            return Path.touch, (trace,)  # type: ignore[return-value]

    path = write_npz(tmp_path, x_train=np.array([Trap()] * 6, dtype=object), y_train=small().y_train)
    assert refusal(path).field == "x_train in set.npz"
    assert not trace.exists()


@pytest.mark.parametrize("packed", [False, True])
def test_every_truncation_is_refused(tmp_path: Path, packed: bool) -> None:
    path = write_sample(tmp_path, small(), packed)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert refusal(path).field == "data"


@quick
@given(content=st.binary(max_size=400))
def test_random_bytes_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "set.npz"
    path.write_bytes(content)
    refusal(path)


@quick
@given(data=st.data(), packed=st.booleans())
def test_damage_is_refused_or_harmless(tmp_path: Path, data: st.DataObject, packed: bool) -> None:
    path = write_sample(tmp_path, small(), packed)
    whole = bytearray(path.read_bytes())
    before = load(str(path)).digest()
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(whole)
    try:
        after = load(str(path)).digest()
    except InputError:
        return
    # A damaged name of the test pair hides it; pixels never change unseen.
    small_train = write_npz(tmp_path, x_train=small().x_train, y_train=small().y_train)
    assert after in (before, load(str(small_train)).digest())


@quick
@given(text=st.text(st.characters(max_codepoint=255), max_size=120))
def test_any_array_header_is_refused(tmp_path: Path, text: str) -> None:
    path = write_members(tmp_path, x_train=header(text))
    assert refusal(path).field == "x_train in set.npz"


@pytest.mark.parametrize(
    "text",
    [
        "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000, 1000000, 1000000), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (6, 4, 6), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (6, 4, 4), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (-6, -4, 5), }",
        "{'descr': '|O', 'fortran_order': False, 'shape': (120,), }",
        "{'descr': [('a', '|u1')], 'fortran_order': False, 'shape': (6, 4, 5), }",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (" + "(" * 300,
        "__import__('os').abort()",
    ],
)
def test_a_header_that_does_not_fit_is_refused(tmp_path: Path, text: str) -> None:
    path = write_members(tmp_path, x_train=header(text) + bytes(120))
    assert refusal(path).field == "x_train in set.npz"


def test_an_empty_array_of_an_absurd_shape_is_refused(tmp_path: Path) -> None:
    text = "{'descr': '|u1', 'fortran_order': False, 'shape': (0, 1000000000000, 1000000000000), }"
    refusal(write_members(tmp_path, x_train=header(text)))


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = write_members(tmp_path, zipfile.ZIP_DEFLATED)
    whole = bytearray(path.read_bytes())
    entry = whole.index(b"PK\x01\x02")
    whole[entry + 24 : entry + 28] = struct.pack("<I", 0xFFFFFFF0)  # the size it claims to unpack to
    path.write_bytes(whole)
    error = refusal(path)
    assert error.field == "x_train in set.npz"
    assert error.value == "4294967280 bytes"


def test_an_array_above_the_limit_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_npz(tmp_path, packed=True, x_train=np.zeros((6, 50, 50)), y_train=small().y_train)
    monkeypatch.setattr(safe_open, "LIMIT", 50_000)
    assert path.stat().st_size < 50_000
    error = refusal(path)
    assert (error.field, error.value) == ("x_train in set.npz", f"{6 * 50 * 50 * 8 + 128} bytes")


def test_a_header_of_python_2_is_read_in_silence(tmp_path: Path) -> None:
    text = "{'descr': '|u1', 'fortran_order': False, 'shape': (6L, 4L, 5L), }"
    assert load(str(write_members(tmp_path, x_train=header(text) + bytes(120)))).train == 6


def test_an_archive_without_its_beginning_is_refused(tmp_path: Path) -> None:
    path = write_sample(tmp_path, small())
    content = path.read_bytes()
    path.write_bytes(content[content.index(b"PK\1\2") :])
    assert "cut short or damaged" in refusal(path).remedy


def test_another_compression_is_refused(tmp_path: Path) -> None:
    error = refusal(write_members(tmp_path, zipfile.ZIP_BZIP2))
    assert error.value == f"zip method {zipfile.ZIP_BZIP2}"


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = write_members(tmp_path)
    whole = bytearray(path.read_bytes())
    whole[whole.index(b"PK\x03\x04") + 6] |= 1
    whole[whole.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(whole)
    assert "encrypted" in refusal(path).remedy


def test_escape_codes_in_a_key_are_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("\x1b[2Jx.npy", npy(small().x_train))
    assert "\\x1b[2Jx" in str(refusal(path))


def test_a_single_array_is_no_npz(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    path.write_bytes(npy(small().x_train))
    assert refusal(path).field == "data"


@pytest.mark.parametrize(
    "keys",
    [
        ("train_images", "train_labels", "test_images", "test_labels"),
        ("X_train", "Y_train", "X_test", "Y_test"),
        ("trainImages", "trainLabels", "testImages", "testLabels"),
        ("arr_0", "arr_1", "arr_2", "arr_3"),
        ("images", "labels", "test-data", "test-targets"),
        ("X", "y", "xtest", "ytest"),
    ],
)
def test_keys_are_understood_by_their_words(tmp_path: Path, keys: tuple[str, ...]) -> None:
    arrays = [array for array in vars(small()).values() if array is not None]
    named: dict[str, Any] = dict(zip(keys, arrays, strict=True))
    agrees(write_npz(tmp_path, **named), small())


def test_a_validation_part_becomes_select_and_other_keys_are_named(tmp_path: Path) -> None:
    sample = small(count=8)
    path = write_npz(
        tmp_path,
        train_images=sample.x_train[:6],
        train_labels=sample.y_train[:6, None],
        val_images=sample.x_train[6:],
        val_labels=sample.y_train[6:, None],
        train_ids=np.arange(6),
    )
    data = load(str(path))
    assert (data.train, data.select, len(data.labels)) == (8, 2, 8)
    assert data.notes == ("not used: train_ids",)


def test_keras_names_go_before_others(tmp_path: Path) -> None:
    sample = small()
    named: dict[str, Any] = {**vars(sample), "images": sample.x_train[:0], "labels": np.zeros(3)}
    agrees(write_npz(tmp_path, **named), sample)


@pytest.mark.parametrize(
    ("arrays", "field", "value"),
    [
        (("images", "x", "labels"), "keys in set.npz", "images and x"),
        (("train_images",), "key y_train in set.npz", "missing"),
        (("whatever",), "keys in set.npz", "whatever"),
        (("train_images", "other"), "key y_train in set.npz", "missing"),
        (("images", "labels", "val_images"), "key y_val in set.npz", "missing"),
    ],
)
def test_keys_that_do_not_go_together_are_refused(
    tmp_path: Path, arrays: tuple[str, ...], field: str, value: str
) -> None:
    named: dict[str, Any] = dict.fromkeys(arrays, small().x_train)
    error = refusal(write_npz(tmp_path, **named))
    assert (error.field, error.value) == (field, value)


@pytest.mark.parametrize("ending", ["npz", "npy"])
def test_files_of_one_array_each_are_a_set(tmp_path: Path, ending: str) -> None:
    sample = small()
    names = ("train-imgs", "train-labels", "test-imgs", "test-labels")
    for name, array in zip(names, vars(sample).values(), strict=True):
        path = tmp_path / f"kmnist-{name}.{ending}"
        if ending == "npz":
            np.savez_compressed(path, array)
        else:
            np.save(path, array)
    agrees(tmp_path, sample)
    (tmp_path / f"kmnist-test-labels.{ending}").unlink()
    assert refusal(tmp_path).field.startswith("file in")
    (tmp_path / "k49-train-imgs.npy").write_bytes(npy(sample.x_train))
    assert "k49, kmnist" in refusal(tmp_path).remedy


def test_a_file_of_one_array_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "y_train.npy").write_bytes(npy(small().y_train))
    text = "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000, 1000000, 1000), }"
    (tmp_path / "x_train.npy").write_bytes(header(text) + bytes(100))
    error = refusal(tmp_path)
    assert error.field == "x_train.npy"
    assert "does not fit" in error.remedy


def test_arrays_that_together_are_too_large_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sample(tmp_path, small())
    monkeypatch.setattr(npz, "LIMIT", 400)
    assert "GiB" in refusal(path).remedy


def test_arrays_with_transparency_are_laid_over_black(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 4, 5, 4)).astype(np.uint8)
    data = load(str(write_npz(tmp_path, x_train=images, y_train=np.arange(6) % 2)))
    assert data.shape == (4, 5, 3)
    assert "transparency (4 channels) laid over black" in data.notes
