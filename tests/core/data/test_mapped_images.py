from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from xsample_tui.core.data import mapped_images
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.data.mapped_images import ChosenImages, blocks, chosen, is_mapped, release
from xsample_tui.core.data.pixel_mass import InkMap
from xsample_tui.core.maps.pixel_importance import mean_image


@pytest.fixture
def held() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (23, 5, 7, 3)).astype(np.uint8)


@pytest.fixture
def mapped(held: np.ndarray, tmp_path: Path) -> np.ndarray:
    np.save(tmp_path / "images.npy", held)
    found: np.ndarray = np.load(tmp_path / "images.npy", mmap_mode="r")
    return found


def test_blocks_are_all_images_in_order(held: np.ndarray, mapped: np.ndarray) -> None:
    most = 4 * held[:1].nbytes
    assert [len(part) for part in blocks(mapped, most=most)] == [4, 4, 4, 4, 4, 3]
    assert (np.concatenate(list(blocks(mapped, most=most))) == held).all()
    at = np.array([3, 22, 0, 3])
    assert (np.concatenate([np.array(part) for part in blocks(mapped, at, count=3)]) == held[at]).all()


def test_what_is_released_can_be_read_again(held: np.ndarray, mapped: np.ndarray) -> None:
    assert is_mapped(mapped)
    assert not is_mapped(held)
    release(held)
    release(mapped)
    assert (mapped == held).all()


def test_mapped_images_give_the_same_digest_ink_and_mean(
    held: np.ndarray, mapped: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapped_images, "_BLOCK", 4 * held[:1].nbytes)
    labels = np.arange(23) % 2
    assert Dataset("s", mapped, labels, 2, 23).digest() == Dataset("s", held, labels, 2, 23).digest()
    at = np.arange(0, 23, 2)
    assert (mean_image(mapped, at) == mean_image(held[at])).all()
    masks = np.random.default_rng(1).random((4, 5, 7)) < 0.5
    assert InkMap(mapped, at).figures(masks) == InkMap(held[at]).figures(masks)


def test_only_mapped_images_are_chosen_one_by_one(held: np.ndarray, mapped: np.ndarray) -> None:
    at = np.array([4, 2])
    assert isinstance(chosen(held, at), np.ndarray)
    found = chosen(mapped, at)
    assert isinstance(found, ChosenImages)
    assert len(found) == 2
    assert (found[1] == held[2]).all()
    assert not is_mapped(found[1])
