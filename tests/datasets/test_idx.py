from __future__ import annotations

import gzip
import struct
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.datasets.sample import Sample, agrees, idx_bytes, quick, refusal, samples, small, write_idx
from xsample_tui.core.data.reading_options import ReadingOptions
from xsample_tui.datasets import load

IMAGES = "train-images-idx3-ubyte"
LABELS = "train-labels-idx1-ubyte"


def plain() -> Sample:
    sample = small()
    return Sample(sample.x_train, sample.y_train)


@quick
@given(sample=samples(grey=True), dot=st.sampled_from("-."), packed=st.booleans())
def test_what_is_written_is_loaded(sample: Any, dot: str, packed: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        agrees(write_idx(Path(folder), sample, dot, packed), sample)


def test_names_may_be_mixed_and_gz_may_be_unpacked(tmp_path: Path) -> None:
    write_idx(tmp_path, plain(), packed=True)
    (tmp_path / f"{IMAGES}.gz").rename(tmp_path / "train-images.idx3-ubyte.gz")
    labels = tmp_path / f"{LABELS}.gz"
    labels.write_bytes(idx_bytes(plain().y_train))
    agrees(tmp_path, plain())


@pytest.mark.parametrize("missing", ["train-images", "train-labels", "t10k-images", "t10k-labels"])
def test_a_missing_half_of_a_pair_is_named(tmp_path: Path, missing: str) -> None:
    write_idx(tmp_path, small())
    for path in tmp_path.glob(f"{missing}*"):
        path.unlink()
    assert missing in refusal(tmp_path).remedy


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", [IMAGES, LABELS])
def test_every_truncation_is_refused(tmp_path: Path, name: str, packed: bool) -> None:
    write_idx(tmp_path, plain(), packed=packed)
    path = tmp_path / (f"{name}.gz" if packed else name)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        error = refusal(tmp_path)
        assert name in error.field or name in str(error.value)


@pytest.mark.parametrize("packed", [False, True])
def test_a_surplus_is_refused(tmp_path: Path, packed: bool) -> None:
    content = idx_bytes(small().x_train) + b"\0"
    write_idx(tmp_path, plain())
    (tmp_path / IMAGES).write_bytes(gzip.compress(content) if packed else content)
    error = refusal(tmp_path)
    assert error.field == IMAGES
    assert "holds more" in error.remedy


def test_a_flipped_bit_in_a_gzip_is_refused(tmp_path: Path) -> None:
    write_idx(tmp_path, plain(), packed=True)
    path = tmp_path / f"{IMAGES}.gz"
    whole = bytearray(path.read_bytes())
    whole[-6] ^= 1  # in its check sum
    path.write_bytes(whole)
    assert "CRC" in refusal(tmp_path).remedy


@pytest.mark.parametrize("magic", [0, 0x801, 0x802, 0x903, 0xD03, 0x03080000, 0xFFFFFFFF])
def test_a_wrong_magic_number_is_shown(tmp_path: Path, magic: int) -> None:
    write_idx(tmp_path, plain())
    (tmp_path / IMAGES).write_bytes(struct.pack(">I", magic) + idx_bytes(plain().x_train)[4:])
    error = refusal(tmp_path)
    assert (error.field, error.value) == (IMAGES, f"magic number 0x{magic:08x}")


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("shape", [(2**32 - 1,) * 3, (2**20, 2**6, 2**6), (60000, 28, 28)])
def test_an_absurd_size_is_refused_before_it_is_allocated(
    tmp_path: Path, shape: tuple[int, int, int], packed: bool
) -> None:
    write_idx(tmp_path, plain())
    content = struct.pack(">4I", 0x803, *shape) + bytes(100)
    (tmp_path / IMAGES).write_bytes(gzip.compress(content) if packed else content)
    error = refusal(tmp_path)
    assert error.field.startswith(f"{IMAGES} of {shape[0]}x") or "only 100" in error.remedy


def test_sizes_of_zero_are_refused(tmp_path: Path) -> None:
    write_idx(tmp_path, plain())
    (tmp_path / IMAGES).write_bytes(struct.pack(">4I", 0x803, 6, 0, 28))
    assert refusal(tmp_path).field == IMAGES


@quick
@given(content=st.binary(max_size=200), head=st.sampled_from([b"", b"\0\0\x08\x03", b"\x1f\x8b\x08\0"]))
def test_random_bytes_are_refused(tmp_path: Path, content: bytes, head: bytes) -> None:
    write_idx(tmp_path, plain())
    (tmp_path / IMAGES).write_bytes(head + content)
    refusal(tmp_path)


def test_unequal_counts_are_refused(tmp_path: Path) -> None:
    write_idx(tmp_path, plain())
    (tmp_path / LABELS).write_bytes(idx_bytes(small().y_train[:5]))
    assert refusal(tmp_path).field == LABELS


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    write_idx(tmp_path, plain())
    (tmp_path / LABELS).write_bytes(b"")
    assert "empty" in refusal(tmp_path).remedy


def test_a_folder_under_a_file_s_name_is_no_file(tmp_path: Path) -> None:
    (tmp_path / IMAGES).mkdir()
    write_idx(tmp_path, plain(), packed=True)
    assert load(str(tmp_path)).train == 6


@pytest.mark.parametrize("down", ["", "raw", "MNIST/raw"])
@pytest.mark.parametrize("prefix", ["", "other-digits-"])
@pytest.mark.parametrize("test", ["t10k", "test"])
def test_files_may_have_a_prefix_and_lie_two_folders_down(tmp_path: Path, down: str, prefix: str, test: str) -> None:
    (tmp_path / down).mkdir(parents=True, exist_ok=True)
    for path in write_idx(tmp_path / down, small(), packed=True).glob("*ubyte.gz"):
        path.rename(path.with_name(prefix + path.name.replace("t10k", test)))
    agrees(tmp_path, small())


def test_each_file_may_lie_in_a_folder_of_its_name(tmp_path: Path) -> None:
    for path in list(write_idx(tmp_path, small()).iterdir()):
        content = path.read_bytes()
        path.unlink()
        path.mkdir()
        (path / path.name).write_bytes(content)
    agrees(tmp_path, small())


def test_of_several_sets_one_is_asked_for(tmp_path: Path) -> None:
    for prefix in ("letters-", "digits-"):
        for path in list(write_idx(tmp_path, small()).glob("t*")):
            path.rename(path.with_name(prefix + path.name))
    error = refusal(tmp_path)
    assert "digits, letters" in error.remedy
    assert "digits-train-" in error.remedy
    file = tmp_path / f"letters-{LABELS}"
    assert load(str(file)).digest() == load(str(tmp_path / f"digits-{IMAGES}")).digest()


@pytest.mark.parametrize("wanted", [None, True, False])
@pytest.mark.parametrize("prefix", ["emnist-letters-", "EMNIST_", "kmnist-"])
def test_emnist_is_stored_by_columns(tmp_path: Path, prefix: str, wanted: bool | None) -> None:
    write_idx(tmp_path, small())
    for path in list(tmp_path.iterdir()):
        path.rename(tmp_path / f"{prefix}{path.name}")
    data = load(str(tmp_path), ReadingOptions(transpose=wanted))
    plain_images = np.concatenate([small().x_train, small().x_test])
    turned = prefix != "kmnist-" if wanted is None else wanted
    assert (data.images[..., 0] == (plain_images.swapaxes(1, 2) if turned else plain_images)).all()
    assert any("transposed" in note for note in data.notes) == turned
    assert any("--no-transpose" in note for note in data.notes) == (turned and wanted is None)
