from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.datasets.sample import agrees, quick, refusal, samples, write_csv
from xsample_tui.core.errors import InputError
from xsample_tui.datasets import load

HEADER = "label,pixel0,pixel1,pixel2,pixel3"
ROWS = ["0,1,2,3,4", "1,5,6,7,8", "0,9,10,11,12", "1,13,14,15,255"]


def write(folder: Path, rows: list[str], header: str = HEADER, name: str = "train.csv") -> Path:
    (folder / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return folder


@quick
@given(sample=samples(grey=True, square=True))
def test_what_is_written_is_loaded(sample: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        agrees(write_csv(Path(folder), sample), sample, known=False)


def test_test_images_have_the_label_minus_one(tmp_path: Path) -> None:
    write(tmp_path, ROWS)
    write(tmp_path, ["1,2,3,4"], HEADER.removeprefix("label,"), "test.csv")
    data = load(str(tmp_path))
    assert data.labels.tolist() == [0, 1, 0, 1, -1]
    assert data.train == 4


def test_a_file_of_many_lines_is_read_whole(tmp_path: Path) -> None:
    values = np.arange(5000) % 251
    write(tmp_path, [f"{index % 2},{value}" for index, value in enumerate(values)], "label,pixel0")
    data = load(str(tmp_path))
    assert data.images.reshape(-1).tolist() == values.tolist()


@pytest.mark.parametrize("text", ["\ufeff" + HEADER, HEADER + "\r", HEADER.replace("label", '"label"')])
def test_a_header_may_be_written_as_spreadsheets_do(tmp_path: Path, text: str) -> None:
    assert load(str(write(tmp_path, ROWS, text))).images.max() == 255


def test_a_float_label_leaves_pixels_bytes(tmp_path: Path) -> None:
    data = load(str(write(tmp_path, [*ROWS, "1.0,0,0,0,0"])))
    assert data.images.dtype == np.uint8
    assert data.labels.tolist() == [0, 1, 0, 1, 1]


@pytest.mark.parametrize(
    ("header", "column", "found"),
    [
        ("digit,pixel0,pixel1,pixel2,pixel3", 1, "digit"),
        ("label,pixel0,pixel1,pixel3,pixel2", 4, "pixel3"),
        ("label,pixel1,pixel2,pixel3,pixel4", 2, "pixel1"),
        ("pixel0,pixel1,pixel2,pixel3,label", 1, "pixel0"),
        ("label,label,pixel0,pixel1,pixel2", 2, "label.1"),
        ("label,pixel0,pixel1,pixel2,", 5, "Unnamed: 4"),
        ("0,1,2,3,4", 1, "0"),
    ],
)
def test_a_wrong_column_is_named(tmp_path: Path, header: str, column: int, found: str) -> None:
    error = refusal(write(tmp_path, ROWS, header))
    assert (error.field, error.value) == (f"train.csv column {column}", found)


@pytest.mark.parametrize("cell", ["x", "", "nan", "True", "1 2", "0x1f", "é", "1;2", "\x1b[2J"])
def test_a_cell_that_is_no_number_is_found(tmp_path: Path, cell: str) -> None:
    error = refusal(write(tmp_path, [*ROWS, f"1,0,{cell},0,0"]))
    assert error.field == "train.csv image 5 column pixel1"


def test_a_bad_cell_far_down_is_counted_from_the_top(tmp_path: Path) -> None:
    rows = ["0,1", "1,2"] * 2500
    rows[4321] = "1,two"
    error = refusal(write(tmp_path, rows, "label,pixel0"))
    assert (error.field, error.value) == ("train.csv image 4322 column pixel0", "two")


@pytest.mark.parametrize("cell", ["256", "-1", "inf", "-inf", "9" * 25, "9" * 400, "1e400", "255.5"])
def test_a_pixel_out_of_range_is_refused(tmp_path: Path, cell: str) -> None:
    assert refusal(write(tmp_path, [*ROWS, f"1,0,{cell},0,0"])).field == "train.csv"


@pytest.mark.parametrize("cell", ["-1", "1.5", "7", "9" * 25, "inf"])
def test_a_label_out_of_range_is_refused(tmp_path: Path, cell: str) -> None:
    assert refusal(write(tmp_path, [*ROWS, f"{cell},0,0,0,0"])).field == "column label of train.csv"


@pytest.mark.parametrize("row", ["1,0,0,0", "1,0,0,0,0,0", "1", "0,1,2,3,4,5,6,7"])
def test_a_line_of_another_length_is_refused(tmp_path: Path, row: str) -> None:
    refusal(write(tmp_path, [*ROWS, row]))


def test_surplus_cells_in_every_line_are_refused(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, [f"{row},0" for row in ROWS])).value == "surplus cells"


@pytest.mark.parametrize("header", ["label,pixel0,pixel1", "label"])
def test_columns_that_make_no_square_are_refused(tmp_path: Path, header: str) -> None:
    width = header.count(",")
    refusal(write(tmp_path, ["0" + ",1" * width, "1" + ",1" * width] * 2, header))


@pytest.mark.parametrize("content", [b"", b"\n", b"\n\n\n", HEADER.encode(), b"\0", b'"', b"\xff\xfe", b","])
def test_a_file_without_images_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "train.csv").write_bytes(content)
    refusal(tmp_path)


def test_a_header_alone_is_told(tmp_path: Path) -> None:
    assert "a header but no images" in refusal(write(tmp_path, [])).remedy


def test_a_test_file_of_another_size_is_refused(tmp_path: Path) -> None:
    write(tmp_path, ROWS)
    write(tmp_path, ["1"], "pixel0", "test.csv")
    assert refusal(tmp_path).field == "test.csv"


def test_a_test_file_with_labels_is_refused(tmp_path: Path) -> None:
    write(tmp_path, ROWS)
    write(tmp_path, ROWS, name="test.csv")
    assert refusal(tmp_path).field == "test.csv column 1"


@quick
@given(content=st.binary(max_size=200), header=st.sampled_from([b"", HEADER.encode() + b"\n"]))
def test_random_bytes_are_refused(tmp_path: Path, content: bytes, header: bytes) -> None:
    (tmp_path / "train.csv").write_bytes(header + content)
    refusal(tmp_path)


@quick
@given(text=st.text(alphabet="0123456789,.\n\r\"'-+eEnaif \0#;\t", max_size=80))
def test_random_cells_never_end_in_another_error(tmp_path: Path, text: str) -> None:
    write(tmp_path, [*ROWS, text])
    try:
        data = load(str(tmp_path))
    except InputError:
        return
    assert data.images.shape[1:] == (2, 2, 1)
    assert data.train >= 4
