"""Folders of class folders, as people have them."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.datasets.sample import refusal, small, write_csv, write_idx
from xsample_tui.core.data.data_splits import split
from xsample_tui.core.data.reading_options import ReadingOptions
from xsample_tui.core.errors import InputError
from xsample_tui.datasets import image_files, load


def grey(value: int, size: tuple[int, int] = (4, 5)) -> Any:
    return np.full(size, value, np.uint8)


def put(path: Path, values: Any, mode: str | None = None, **options: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(values)
    (image.convert(mode) if mode else image).save(path, **options)
    return path


def tree(folder: Path, *classes: str, part: str = "", count: int = 3, base: int = 10) -> Path:
    """Write ``count`` images of each class; the value of each says which it is."""
    for at, name in enumerate(classes):
        for number in range(count):
            put(folder / part / name / f"{number}.png", grey(base + 10 * at + number))
    return folder


def values(data: Any) -> list[int]:
    return [int(image[0, 0, 0]) for image in data.images]


def test_classes_are_named_by_their_folders_in_natural_order(tmp_path: Path) -> None:
    data = load(str(tree(tmp_path, "b10", "b9", ".hidden")))
    assert data.class_names == ("b9", "b10")
    assert data.shape == (4, 5, 1)
    assert data.images.dtype == np.uint8
    assert list(zip(values(data), data.labels.tolist(), strict=True)) == [
        (20, 0), (21, 0), (22, 0), (10, 1), (11, 1), (12, 1),
    ]  # fmt: skip
    assert data.train == 6


def test_folders_0_and_1_are_the_labels_0_and_1(tmp_path: Path) -> None:
    data = load(str(tree(tmp_path, "1", "0")))
    assert data.class_names == ()
    assert data.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert values(data) == [20, 21, 22, 10, 11, 12]


@pytest.mark.parametrize("validation", ["", "val", "Validation"])
@pytest.mark.parametrize("test", ["", "test"])
def test_parts_that_come_along_keep_their_places(tmp_path: Path, validation: str, test: str) -> None:
    tree(tmp_path, "cat", "dog", part="Train", count=10)
    for part, base in ((validation, 100), (test, 200)):
        if part:
            tree(tmp_path, "cat", "dog", part=part, count=2, base=base)
    data = load(str(tmp_path))
    cut = split(data, 0)
    found = np.array(values(data))
    assert sorted(np.concatenate([cut.fit, cut.select, cut.test]).tolist()) == list(range(len(found)))
    if validation:
        assert found[cut.select].tolist() == [100, 101, 110, 111]
    if test:
        assert found[cut.test].tolist() == [200, 201, 210, 211]
    assert (found[cut.fit] < 100).all()
    if not validation and not test:
        assert cut.sizes() == {"fit": 12, "stop": 0, "select": 4, "test": 4}


def test_images_may_lie_deeper_and_other_files_are_passed_over(tmp_path: Path) -> None:
    tree(tmp_path, "a", "b")
    put(tmp_path / "a" / "more" / "x.JPG", grey(77))
    put(tmp_path / "a" / ".cache" / "x.png", grey(78))
    (tmp_path / "a" / "notes.txt").write_text("no image")
    (tmp_path / "a" / ".DS_Store").write_bytes(b"\0")
    (tmp_path / "README.md").write_text("about")
    data = load(str(tmp_path))
    assert values(data) == [10, 11, 12, 77, 20, 21, 22]
    assert (data.ids[2:4], data.id_name) == (("a/2.png", "a/more/x.JPG"), "file")


@pytest.mark.parametrize("ending", ["png", "jpg", "bmp", "tif", "webp"])
def test_every_format_gives_the_same_plain_image(tmp_path: Path, ending: str) -> None:
    for name in "ab":
        for number in range(2):
            put(tmp_path / name / f"{number}.{ending}", grey(120, (8, 8)))
    data = load(str(tmp_path))
    assert data.shape[:2] == (8, 8)
    assert np.abs(data.images.astype(int) - 120).max() <= 2


def test_colours_palettes_and_transparency(tmp_path: Path) -> None:
    red = np.zeros((4, 5, 3), np.uint8)
    red[..., 0] = 200
    clear = np.dstack([red, np.full((4, 5), 128, np.uint8)])
    put(tmp_path / "a" / "1.png", red)
    put(tmp_path / "a" / "2.png", clear)
    Image.fromarray(red).quantize(4).save(tmp_path / "a" / "3.png")
    put(tmp_path / "b" / "1.png", grey(50))
    put(tmp_path / "b" / "2.png", grey(50), "LA")
    put(tmp_path / "b" / "3.png", grey(200) > 100)
    data = load(str(tmp_path))
    assert [image[0, 0].tolist() for image in data.images] == [
        [200, 0, 0], [100, 0, 0], [200, 0, 0], [50, 50, 50], [50, 50, 50], [255, 255, 255],
    ]  # fmt: skip
    assert "3 grey images made colour images, as the others are" in data.notes
    assert "2 images with transparency laid over black" in data.notes


def test_a_palette_of_greys_is_grey(tmp_path: Path) -> None:
    tree(tmp_path, "a", "b")
    put(tmp_path / "a" / "9.png", grey(90), "P")
    assert load(str(tmp_path)).shape == (4, 5, 1)


@pytest.mark.parametrize(("top", "wanted"), [(65535, 255), (257 * 100, 100), (200, 200)])
def test_sixteen_bits(tmp_path: Path, top: int, wanted: int) -> None:
    for name in "ab":
        put(tmp_path / name / "1.png", np.full((4, 5), top, np.uint16))
        put(tmp_path / name / "2.tif", np.full((4, 5), 0, np.uint16))
    data = load(str(tmp_path))
    assert data.images.dtype == np.uint8
    assert sorted(set(values(data))) == [0, wanted]
    assert any(note.startswith("16-bit") for note in data.notes)


def test_what_a_camera_says_of_its_orientation_is_followed(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    sideways = grey(0, (5, 4))
    sideways[0] = 255
    put(tmp_path / "a" / "1.png", sideways, exif=exif)
    put(tmp_path / "a" / "2.png", grey(1))
    put(tmp_path / "b" / "1.png", grey(2))
    put(tmp_path / "b" / "2.png", grey(3))
    data = load(str(tmp_path))
    assert data.shape == (4, 5, 1)
    assert data.images[0, :, :, 0].tolist() == np.rot90(sideways, -1).tolist()


def test_other_sizes_are_refused_or_resized(tmp_path: Path) -> None:
    tree(tmp_path, "a", "b")
    put(tmp_path / "b" / "9.png", grey(30, (8, 10)))
    error = refusal(tmp_path)
    assert error.field == "data"
    assert "9.png has 8x10" in error.remedy
    assert "--size 4x5" in error.remedy
    data = load(str(tmp_path), ReadingOptions(size=(4, 5)))
    assert data.shape == (4, 5, 1)
    assert "1 of 7 images resized to 4x5" in data.notes
    assert load(str(tmp_path), ReadingOptions(size=(2, 2))).shape == (2, 2, 1)


def damaged(folder: Path) -> None:
    """Add files of every way to be wrong."""
    (folder / "a" / "empty.png").touch()
    (folder / "a" / "text.png").write_text("no image at all")
    whole = put(folder / "a" / "cut.png", np.random.default_rng(0).integers(0, 255, (4, 5), np.uint8)).read_bytes()
    (folder / "a" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (folder / "a" / "gone.png").symlink_to(folder / "nowhere")
    (folder / "a" / "svg.png").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")


def test_files_that_cannot_be_read_are_named_or_left_out(tmp_path: Path) -> None:
    tree(tmp_path, "a", "b")
    damaged(tmp_path)
    error = refusal(tmp_path)
    assert "of 11 files cannot be read" in error.remedy
    assert "skip_bad=True" in error.remedy
    data = load(str(tmp_path), ReadingOptions(skip_bad=True))
    assert values(data) == [10, 11, 12, 20, 21, 22]
    assert "5 files that cannot be read left out" in data.notes


def test_a_palette_is_read_without_unpacking_the_image(tmp_path: Path) -> None:
    """A BMP of 8 bits whose packed rows end before they begin: Pillow has an error of its own for that."""
    tree(tmp_path, "a", "b")
    info = struct.pack("<IiiHHIIiiII", 40, 8190, 8190, 1, 8, 1, 10, 0, 0, 256, 0)
    header = b"BM" + struct.pack("<IHHI", 100, 0, 0, 54 + 1024) + info
    (tmp_path / "a" / "packed.bmp").write_bytes(header + bytes(1024) + b"\0\1")
    assert "its images differ in size" in refusal(tmp_path).remedy
    with pytest.raises(InputError, match=r"1 of 7 files cannot be read: .*packed\.bmp: is damaged"):
        load(str(tmp_path), ReadingOptions(size=(8, 8)))


def test_a_link_to_itself_is_named(tmp_path: Path) -> None:
    (tree(tmp_path, "a", "b") / "c").symlink_to(tmp_path / "c")
    assert str(refusal(tmp_path)) == f"data: {tmp_path}/c: cannot be read: Too many levels of symbolic links"


def test_folders_far_down_and_links_to_those_above_are_no_matter(tmp_path: Path) -> None:
    tree(tmp_path, "a", "b")
    (tmp_path / "a" / "round").symlink_to(tmp_path)
    depth = 1200
    # Not by whole paths, of which the deepest are longer than the system allows.
    here = os.open(tmp_path / "b", os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        here, before = os.open("d", os.O_RDONLY, dir_fd=here), here
        os.close(before)
    os.close(here)
    try:
        put(Path(tmp_path, "b", *["d"] * 20, "far.png"), grey(99))
        assert values(load(str(tmp_path))) == [10, 11, 12, 20, 21, 22, 99]
    finally:
        # pytest's own removal is recursive.
        subprocess.run(["rm", "-r", str(tmp_path / "b")], check=True)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="no such permissions here")
def test_a_folder_that_may_not_be_read_is_not_passed_over(shared: Path, forbid: Callable[[str], None]) -> None:
    tree(shared, "a", "b")
    tree(shared / "b", "more")
    forbid("b/more")
    error = refusal(shared)
    assert "b/more" in str(error)
    assert "permission denied" in error.remedy.lower()


def test_where_all_are_bad_leaving_them_out_is_no_remedy(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_text("none")
    with pytest.raises(InputError, match="2 of 2 files"):
        load(str(tmp_path), ReadingOptions(skip_bad=True))


def test_a_huge_image_is_refused_by_its_header(tmp_path: Path) -> None:
    tree(tmp_path, "a", "b")
    header = bytearray(put(tmp_path / "a" / "huge.png", grey(1)).read_bytes())
    header[16:24] = (60_000).to_bytes(4, "big") * 2
    header[29:33] = zlib.crc32(header[12:29]).to_bytes(4, "big")
    (tmp_path / "a" / "huge.png").write_bytes(header)
    assert "pixels" in refusal(tmp_path).remedy


def test_more_than_fits_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_files, "LIMIT", 6 * 8192 * 8192 - 1)
    with pytest.raises(InputError, match="GiB"):
        load(str(tree(tmp_path, "a", "b")), ReadingOptions(size=(8192, 8192)))


@pytest.mark.parametrize("part", ["", "train"])
def test_a_class_without_images_is_named(tmp_path: Path, part: str) -> None:
    tree(tmp_path, "a", "b", part=part)
    (tmp_path / part / "c").mkdir()
    error = refusal(tmp_path)
    assert str(error.value).endswith("/c")
    assert "png" in error.remedy


def test_a_class_that_training_lacks(tmp_path: Path) -> None:
    tree(tmp_path, "a", "b", part="train")
    tree(tmp_path, "a", "c", part="test")
    error = refusal(tmp_path)
    assert (error.value, "class folders of test images" in error.field) == ("label c", True)


def test_sources_that_were_there_before_keep_their_meaning(tmp_path: Path) -> None:
    images = small(count=8)
    square = replace(images, x_train=images.x_train[:, :, :4], x_test=images.x_test[:, :, :4])  # type: ignore[index]
    for write in (write_csv, write_idx):
        folder = write(tmp_path / "set", square)
        before = load(str(folder)).digest()
        tree(folder, "a", "b", part="train")
        assert load(str(folder)).digest() == before
        shutil.rmtree(folder)


def test_options_are_not_left_unheeded() -> None:
    with pytest.raises(InputError, match="files of images only"):
        load("demo", ReadingOptions(size=(9, 9)))
    with pytest.raises(InputError, match="files of images only"):
        load("demo", ReadingOptions(skip_bad=True))
