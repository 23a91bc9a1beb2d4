from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from xsample_tui.store.run import npz_arrays
from xsample_tui.store.run.npz_arrays import read_arrays, write_arrays
from xsample_tui.store.run.run_document import DamagedRun
from xsample_tui.training.image_reader import ImageReader

IMAGES = np.arange(4000, dtype=np.uint8).reshape(10, 20, 20, 1)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Map whatever is above a kilobyte."""
    monkeypatch.setattr(npz_arrays, "MAPPED_FROM", 1000)


def read(path: Path) -> dict[str, Any]:
    return read_arrays(path, ("pictures", "labels"), ("ids",), mapped=("pictures",))


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_many_images_are_mapped_and_the_rest_is_read(tmp_path: Path, dtype: Any) -> None:
    path = tmp_path / "dataset.npz"
    write_arrays(path, labels=np.arange(10), pictures=IMAGES.astype(dtype), ids=np.array(["a", "b"]))
    found = read(path)
    assert isinstance(found["pictures"], np.memmap)
    assert found["pictures"].dtype == dtype
    assert (found["pictures"] == IMAGES.astype(dtype)).all()
    assert found["labels"].tolist() == list(range(10))
    assert found["ids"].tolist() == ["a", "b"]
    assert not isinstance(read_arrays(path, ("pictures",))["pictures"], np.memmap)
    assert [entry.name for entry in tmp_path.iterdir()] == ["dataset.npz"]


def test_a_file_that_is_replaced_or_gone_is_read_on(tmp_path: Path) -> None:
    path = tmp_path / "dataset.npz"
    write_arrays(path, labels=np.arange(10), pictures=IMAGES)
    found = read(path)["pictures"]
    write_arrays(path, labels=np.arange(10), pictures=IMAGES + 1)
    path.unlink()
    assert (ImageReader(found).read(np.array([7, 1]), 0, 0, 20, 20) == IMAGES[[7, 1]]).all()
    assert (found == IMAGES).all()


@pytest.mark.parametrize("way", ["compressed", "by columns", "other dtype"])
def test_what_cannot_be_mapped_is_read(tmp_path: Path, way: str) -> None:
    path, images = tmp_path / "dataset.npz", IMAGES
    if way == "by columns":
        images = np.asfortranarray(IMAGES)
    if way == "other dtype":
        images = IMAGES.astype(np.int64)
    if way == "compressed":
        np.savez_compressed(path, pictures=np.random.default_rng(0).integers(0, 256, (10, 20, 20, 1)), labels=[1])
        with zipfile.ZipFile(path) as archive:
            assert archive.getinfo("pictures.npy").compress_type == zipfile.ZIP_DEFLATED
    else:
        np.savez(path, pictures=images, labels=[1])
    found = read(path)["pictures"]
    assert not isinstance(found, np.memmap)
    assert way == "compressed" or (found == IMAGES).all()


def test_damage_of_a_large_file_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "dataset.npz"
    write_arrays(path, pictures=IMAGES, labels=np.arange(10))
    whole = path.read_bytes()
    for harm in (whole[:-30], whole[:2000], b"no" + whole[2:], whole[:30] + b"x" * 60 + whole[90:]):
        path.write_bytes(harm)
        with pytest.raises(DamagedRun, match="damaged") as caught:
            read(path)
        assert not isinstance(caught.value.__cause__, OSError)


def test_a_system_s_error_is_no_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "dataset.npz"
    write_arrays(path, pictures=IMAGES, labels=np.arange(10))

    def refuse(*_: Any) -> None:
        raise OSError(12, "Cannot allocate memory")

    with monkeypatch.context() as patch:
        patch.setattr(np, "memmap", refuse)
        with pytest.raises(DamagedRun, match="cannot be read now: Cannot allocate memory") as caught:
            read(path)
    assert isinstance(caught.value.__cause__, OSError)
    path.unlink()
    with pytest.raises(DamagedRun, match="cannot be read now"):
        read(path)
