"""Parquet files of images, as hubs of data sets have them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.datasets.sample import quick, refusal
from xsample_tui.core.data.reading_options import ReadingOptions
from xsample_tui.core.errors import InputError
from xsample_tui.datasets import load, parquet_images

pa: Any = pytest.importorskip("pyarrow")
parquet: Any = pytest.importorskip("pyarrow.parquet")

NAMES = ["frog", "cat", "bird 10", "bird 9"]


def png(value: int, size: tuple[int, int] = (4, 5), ending: str = "PNG") -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.full(size, value, np.uint8)).save(stream, ending)
    return stream.getvalue()


def write(
    path: Path, values: list[int], labels: list[Any], names: list[str] | None = None, plain: bool = False, **more: Any
) -> Path:
    """Write images of one value each; ``plain``: as bytes alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    cells = [png(value) if plain else {"bytes": png(value), "path": f"{value}.png"} for value in values]
    table = pa.table({"image": cells, "label": labels, **more})
    if names is not None:
        features = {"image": {"_type": "Image"}, "label": {"names": names, "_type": "ClassLabel"}}
        table = table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})})
    parquet.write_table(table, path)
    return path


def values(data: Any) -> list[int]:
    return [int(image[0, 0, 0]) for image in data.images]


@pytest.mark.parametrize("plain", [False, True])
def test_a_file_is_read_with_the_names_that_it_describes(tmp_path: Path, plain: bool) -> None:
    path = write(tmp_path / "set.parquet", [1, 2, 3, 4, 5, 6], [0, 1, 3, 3, 1, 0], NAMES, plain)
    data = load(str(path))
    assert data.class_names == ("bird 9", "cat", "frog")
    assert (data.labels.tolist(), values(data)) == ([2, 1, 0, 0, 1, 2], [1, 2, 3, 4, 5, 6])
    assert data.notes[0] == "image is image; label is label"


@pytest.mark.parametrize("down", ["", "data"])
def test_parts_and_shards_are_joined_in_their_order(tmp_path: Path, down: str) -> None:
    place = tmp_path / down
    write(place / "train-00001-of-00002-ab12.parquet", [3, 4], [0, 1])
    write(place / "train-00000-of-00002-cd34.parquet", [1, 2], [0, 1])
    write(place / "validation-00000-of-00001.parquet", [5], [1])
    write(place / "test-00000-of-00001.parquet", [6], [0])
    data = load(str(tmp_path))
    assert values(data) == [1, 2, 3, 4, 5, 6]
    assert (data.train, data.select, data.class_names) == (5, 1, ())


def test_digits_named_by_themselves_have_no_names(tmp_path: Path) -> None:
    path = write(tmp_path / "set.parquet", [1, 2, 3, 4], [0, 1, 0, 1], ["0", "1"])
    assert load(str(path)).class_names == ()


@pytest.mark.parametrize("labels", [["b", "a", "a", "b"], [True, False, False, True]])
def test_labels_may_be_texts_or_bool_and_other_columns_are_named(tmp_path: Path, labels: list[Any]) -> None:
    data = load(str(write(tmp_path / "set.parquet", [1, 2, 3, 4], labels, where=list("wxyz"))))
    assert data.labels.tolist() == [1, 0, 0, 1]
    assert data.notes[0] == "image is image; label is label; not used: where"


def test_images_that_cannot_be_read_are_named_or_left_out(tmp_path: Path) -> None:
    cells = [{"bytes": png(at), "path": None} for at in range(4)]
    cells += [
        {"bytes": b"no image", "path": None},
        {"bytes": None, "path": None},
        {"bytes": png(9)[:40], "path": None},
    ]
    path = tmp_path / "set.parquet"
    parquet.write_table(pa.table({"img": cells, "label": [0, 1, 0, 1, 0, 1, 0]}), path)
    assert "image 5 of set.parquet" in refusal(path).remedy
    data = load(str(path), ReadingOptions(skip_bad=True))
    assert (values(data), data.labels.tolist()) == ([0, 1, 2, 3], [0, 1, 0, 1])
    assert "3 files that cannot be read left out" in data.notes


@pytest.mark.parametrize(
    ("columns", "value", "remedy"),
    [
        ({"x": [1, 2]}, "x", "no column of encoded images"),
        ({"image": [b"a", b"b"]}, "no other column", "call it label"),
        ({"image": [b"a", b"b"], "fine": [1, 2], "coarse": [1, 2]}, "fine, coarse", "call it label"),
        ({"image": [b"a", b"b"], "label": [1, None]}, "empty", "needs a label"),
        ({"image": [{"bytes": None, "path": "x.png"}], "label": [1]}, "x.png", "only a path"),
    ],
)
def test_columns_that_are_missing_are_named(tmp_path: Path, columns: Any, value: str, remedy: str) -> None:
    parquet.write_table(pa.table(columns), tmp_path / "set.parquet")
    error = refusal(tmp_path / "set.parquet")
    assert (error.value, remedy in error.remedy) == (value, True)


def test_a_label_that_has_no_name_is_refused(tmp_path: Path) -> None:
    error = refusal(write(tmp_path / "set.parquet", [1, 2, 3, 4], [0, 1, 0, 2], ["a", "b"]))
    assert (error.field, error.value) == ("column label of set.parquet", 2)


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    write(tmp_path / "train-00001-of-00003.parquet", [3, 4], [0, 1])
    assert refusal(tmp_path).value == "train-00000-of-00003.parquet"


def test_several_sets_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for name in ("small", "large"):
        write(tmp_path / name / "train.parquet", [1, 2, 3, 4], [0, 1, 0, 1])
    assert "large, small" in refusal(tmp_path).remedy
    assert load(str(tmp_path / "small")).train == 4


def test_what_unpacks_to_too_much_is_refused_by_its_own_account(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "set.parquet", [1, 2, 3, 4], [0, 1, 0, 1])
    monkeypatch.setattr(parquet_images, "LIMIT", 100)
    assert "GiB" in refusal(path).remedy


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "set.parquet", [1, 2, 3, 4], [0, 1, 0, 1])
    monkeypatch.setattr(parquet_images, "find_spec", lambda name: None)
    assert "xsample-tui[parquet]" in refusal(path).remedy


@quick
@given(content=st.binary(max_size=200))
def test_random_bytes_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "set.parquet").write_bytes(b"PAR1" + content + b"PAR1")
    refusal(tmp_path / "set.parquet")


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "set.parquet", [1, 2, 3, 4], [0, 1, 0, 1])
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        refusal(path)


def test_the_label_s_column_may_be_chosen(tmp_path: Path) -> None:
    path = write(tmp_path / "set.parquet", [1, 2, 3, 4], [0, 1, 0, 1], sort=["a", "a", "b", "b"])
    assert load(str(path), ReadingOptions(label_column="sort")).class_names == ("a", "b")
    with pytest.raises(InputError, match="choose one of label, sort"):
        load(str(path), ReadingOptions(label_column="kind"))
