"""Tables that name the files of images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.datasets.sample import refusal
from xsample_tui.core.data.reading_options import ReadingOptions
from xsample_tui.datasets import load


def put(path: Path, value: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((4, 5), value, np.uint8)).save(path)


def table(folder: Path, *lines: str, name: str = "train.csv") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / name


def values(source: Path, options: ReadingOptions | None = None) -> list[int]:
    return [int(image[0, 0, 0]) for image in load(str(source), options or ReadingOptions()).images]


def four(folder: Path, ending: str = "png") -> None:
    for at in range(4):
        put(folder / f"i{at}.{ending}", 10 + at)


@pytest.mark.parametrize(
    "written", ["images/i{}.png", "i{}.png", "i{}", "/home/other/set/images/i{}.png", "images\\i{}.png"]
)
def test_files_are_found_by_path_or_name(tmp_path: Path, written: str) -> None:
    four(tmp_path / "images")
    path = table(
        tmp_path, "image_id,label", *(f"{written.format(at)},{'cat' if at % 2 else 'dog'}" for at in range(4))
    )
    data = load(str(path))
    assert values(path) == values(tmp_path) == [10, 11, 12, 13]
    assert (data.class_names, data.labels.tolist()) == (("cat", "dog"), [1, 0, 1, 0])


def test_parts_may_share_names_and_lie_in_folders_of_their_own(tmp_path: Path) -> None:
    four(tmp_path / "train")
    put(tmp_path / "test" / "i0.png", 77)
    table(tmp_path, "id,label", *(f"i{at},{at % 2}" for at in range(4)))
    table(tmp_path, "id,label", "i0,1", name="test.csv")
    assert values(tmp_path) == [10, 11, 12, 13, 77]


def test_a_column_of_parts_is_followed(tmp_path: Path) -> None:
    four(tmp_path)
    put(tmp_path / "v.png", 50)
    put(tmp_path / "t.png", 60)
    lines = ["t.png,test,1", *(f"i{at}.png,train,{at % 2}" for at in range(4)), "v.png,val,0"]
    path = table(tmp_path, "path,split,label", *lines, name="all.csv")
    data = load(str(path))
    assert values(path) == [10, 11, 12, 13, 50, 60]
    assert (data.train, data.select) == (5, 1)
    assert data.ids[-2:] == ("v.png", "t.png")


def test_missing_files_are_named_or_left_out(tmp_path: Path) -> None:
    four(tmp_path)
    (tmp_path / "bad.png").write_text("no image")
    path = table(tmp_path, "path,label", "gone.png,0", *(f"i{at}.png,{at % 2}" for at in range(4)), "bad.png,1")
    assert "gone.png" in refusal(path).remedy
    data = load(str(path), ReadingOptions(skip_bad=True))
    assert [int(image[0, 0, 0]) for image in data.images] == [10, 11, 12, 13]
    assert data.labels.tolist() == [0, 1, 0, 1]
    assert (data.ids, data.id_name) == (("i0.png", "i1.png", "i2.png", "i3.png"), "path")
    assert "1 row of train.csv without a file left out" in data.notes


def test_one_name_for_two_files_is_refused(tmp_path: Path) -> None:
    four(tmp_path / "a")
    four(tmp_path / "b")
    path = table(tmp_path, "path,label", *(f"i{at}.png,{at % 2}" for at in range(4)), name="set.csv")
    error = refusal(path)
    assert (error.field, error.value) == ("column path of set.csv", "i0.png")
    assert "a/i0.png" in error.remedy


def test_one_file_of_two_classes_is_refused(tmp_path: Path) -> None:
    four(tmp_path)
    path = table(tmp_path, "path,label", *(f"i{at}.png,{at % 2}" for at in range(4)), "i0.png,1")
    error = refusal(path)
    assert (error.field, error.value) == ("column label of train.csv", "0 and 1")


def test_classes_in_columns_of_their_own(tmp_path: Path) -> None:
    four(tmp_path)
    path = table(tmp_path, "image,MEL,NV", *(f"i{at},{at % 2},{1 - at % 2}" for at in range(4)))
    data = load(str(path))
    assert (data.class_names, data.labels.tolist()) == (("MEL", "NV"), [1, 0, 1, 0])
    table(tmp_path, "image,MEL,NV", *(f"i{at},{at % 2},{1 - at % 2}" for at in range(25)), "i0,1,1")
    error = refusal(path)
    assert (error.field, error.value) == ("train.csv image 26 columns MEL to NV", "several classes")


def test_images_are_resized_on_demand(tmp_path: Path) -> None:
    four(tmp_path)
    path = table(tmp_path, "path,label", *(f"i{at}.png,{at % 2}" for at in range(4)))
    assert load(str(path), ReadingOptions(size=(2, 3))).shape == (2, 3, 1)
