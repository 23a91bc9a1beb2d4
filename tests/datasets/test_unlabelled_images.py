"""New images for a model, with their ids."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.datasets.sample import write_npz
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.data.reading_options import ReadingOptions
from xsample_tui.core.errors import InputError
from xsample_tui.datasets.unlabelled_images import load_unlabelled

VALUES = [1, 2, 3]


def dataset(shape: tuple[int, int, int] = (2, 2, 1), **more: Any) -> Dataset:
    return Dataset("made", np.zeros((4, *shape), np.uint8), np.array([0, 1, 0, 1]), 2, 4, **more)


def grey(value: int) -> Any:
    return np.full((2, 2), value, np.uint8)


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_folder_is_read_in_natural_order_and_its_names_are_ids(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    for name, value in (("i10.png", 10), ("i9.png", 9), ("more/a.png", 1), (".hidden.png", 5)):
        Image.fromarray(grey(value)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("none")
    found = load_unlabelled(tmp_path, dataset())
    assert (found.ids, found.id_name) == (("i9.png", "i10.png", "more/a.png"), "file")
    assert found.images[:, 0, 0, 0].tolist() == [9, 10, 1]
    colours = load_unlabelled(tmp_path, dataset((2, 2, 3)))
    assert colours.images[1].reshape(-1).tolist() == [10] * 12
    resized = load_unlabelled(tmp_path, dataset((3, 5, 1)), ReadingOptions((3, 5)))
    assert resized.images.shape == (3, 3, 5, 1)
    with pytest.raises(InputError, match=r"2x2x1.*3x5x1"):
        load_unlabelled(tmp_path, dataset((3, 5, 1)))


@pytest.mark.parametrize(
    ("lines", "ids", "named"),
    [
        (("pixel0,pixel1,pixel2,pixel3", *(f"{v},0,0,0" for v in VALUES)), (), ""),
        (("id,pixel0,pixel1,pixel2,pixel3", *(f"00{v},{v},0,0,0" for v in VALUES)), ("001", "002", "003"), "id"),
        (
            ("pixel0,pixel1,pixel2,pixel3,ImageId", *(f"{v},0,0,0,a{v}" for v in VALUES)),
            ("a1", "a2", "a3"),
            "ImageId",
        ),
        (("label,pixel0,pixel1,pixel2,pixel3", *(f"7,{v},0,0,0" for v in VALUES)), (), ""),
        (tuple(f"{v},0,0,0" for v in VALUES), (), ""),
    ],
)
def test_tables_keep_their_ids(tmp_path: Path, lines: tuple[str, ...], ids: tuple[str, ...], named: str) -> None:
    found = load_unlabelled(write(tmp_path / "new.csv", *lines), dataset())
    assert (found.ids, found.id_name) == (ids, named)
    assert found.images[:, 0, 0, 0].tolist() == VALUES


def test_without_a_header_the_surplus_column_is_the_id(tmp_path: Path) -> None:
    path = write(tmp_path / "new.csv", "5,1,0,0,0", "9,2,0,0,0", "7,3,0,0,0")
    found = load_unlabelled(path, dataset())
    assert found.ids == ("5", "9", "7")
    assert found.images[:, 0, 0, 0].tolist() == VALUES
    write(path, "5,1,0,0,0", "5,2,0,0,0")
    with pytest.raises(InputError, match="must be an id"):
        load_unlabelled(path, dataset())


def test_a_table_of_files_names_them(tmp_path: Path) -> None:
    for value in VALUES:
        Image.fromarray(grey(value)).save(tmp_path / f"i{value}.png")
    found = load_unlabelled(write(tmp_path / "new.csv", "image_id,label", "i2,a", "i1,b"), dataset())
    assert (found.ids, found.id_name) == (("i2", "i1"), "image_id")
    assert found.images[:, 0, 0, 0].tolist() == [2, 1]


def test_values_are_stretched_as_the_run_s_were(tmp_path: Path) -> None:
    path = write_npz(tmp_path, images=np.full((2, 1, 2, 2), 0.5))
    found = load_unlabelled(path, dataset(value_range=((-1.0, 3.0),)))
    assert found.images.reshape(-1).tolist() == [0.375] * 8


@pytest.mark.parametrize("name", ["new.txt", "empty"])
def test_what_holds_no_images_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "new.txt").write_text("none")
    with pytest.raises(InputError, match="folder of images"):
        load_unlabelled(tmp_path / name, dataset())


def test_new_images_are_read_as_those_of_the_run_were(tmp_path: Path) -> None:
    lines = ["kind,p1,p2,p3,p4", "a,1,2,3,4", "b,5,6,7,8"]
    path = write(tmp_path / "emnist-test.csv", *lines)
    reading = ReadingOptions(skip_bad=True, label_column="kind")
    found = load_unlabelled(path, dataset(), reading)
    assert found.images[0, :, :, 0].tolist() == [[1, 3], [2, 4]]
    assert "transposed" in found.notes[-1]
    plain = load_unlabelled(path, dataset(), ReadingOptions(label_column="kind", transpose=False))
    assert plain.images[0, :, :, 0].tolist() == [[1, 2], [3, 4]]
    without = write(tmp_path / "new.csv", *(line.partition(",")[2] for line in lines))
    assert len(load_unlabelled(without, dataset(), reading).images) == 2
