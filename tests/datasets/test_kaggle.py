from __future__ import annotations

import gzip
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.datasets.sample import agrees, quick, refusal, samples, write_csv
from xsample_tui.core.data.reading_options import ReadingOptions
from xsample_tui.core.errors import InputError
from xsample_tui.datasets import csv_table, load, safe_open

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
    "header",
    [
        "digit,pixel0,pixel1,pixel2,pixel3",
        "label,1x1,1x2,2x1,2x2",
        "y,p1,p2,p3,p4",
        "what,a1,a2,a3,a4",
        "class,0,1,2,3",
        "",
    ],
)
def test_columns_may_be_called_otherwise(tmp_path: Path, header: str) -> None:
    # Counted from 0, the first line would be a header.
    rows = ROWS if header else ROWS[::-1]
    data = load(str(write(tmp_path, rows if header else rows[1:], header or rows[0])))
    assert sorted(data.images.reshape(-1).tolist()) == [*range(1, 16), 255]
    assert data.images[0].reshape(-1).tolist() == [int(cell) for cell in rows[0].split(",")[1:]]
    assert data.labels.tolist() == [int(row[0]) for row in rows]
    assert ("without a header" in data.notes[0]) == (not header)


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    rows = ["4,10,1,0,2,3,a", "8,11,5,1,6,7,a", "12,12,9,0,10,11,a", "255,13,13,1,14,15,a"]
    data = load(str(write(tmp_path, rows, "pixel3,id,pixel0,label,pixel1,pixel2,remark")))
    assert data.images.reshape(-1).tolist() == [*range(1, 16), 255]
    assert data.labels.tolist() == [0, 1, 0, 1]
    assert (data.ids, data.id_name) == (("10", "11", "12", "13"), "id")
    assert data.notes == (
        "train.csv, with a header: label is label; id is id; pixels are pixel0 to pixel3; not used: remark",
    )


def test_a_label_without_a_name_may_come_last_and_be_a_word(tmp_path: Path) -> None:
    rows = [f"0,0,{at},{at + 1},{'cat' if at % 2 else 'dog'}" for at in range(8)]
    data = load(str(write(tmp_path, rows[1:], rows[0])))
    assert data.class_names == ("cat", "dog")
    numbers = [row.replace("cat", "1").replace("dog", "0") for row in rows]
    data = load(str(write(tmp_path, numbers[1:], numbers[0])))
    assert data.labels.tolist() == [0, 1] * 4
    assert data.images[3].reshape(-1).tolist() == [0, 0, 3, 4]


@pytest.mark.parametrize(
    ("header", "field", "value"),
    [
        ("label,label,pixel0,pixel1,pixel2", "columns of train.csv", "two columns label"),
        ("label,pixel0,pixel1,pixel2,pixel3,pixel4", "pixel columns of train.csv", "5"),
        ("label,kind,where,remark", "train.csv image 1 column kind", "a"),
    ],
)
def test_a_wrong_column_is_named(tmp_path: Path, header: str, field: str, value: str) -> None:
    width = header.count(",")
    rows = ["0" + ",1" * width, "1" + ",1" * width] if "pixel" in header else ["0,a,b,c"]
    error = refusal(write(tmp_path, rows * 2, header))
    assert (error.field, str(error.value)) == (field, value)


def test_pixels_may_stand_in_one_cell_with_a_column_of_parts(tmp_path: Path) -> None:
    parts = ["Training"] * 4 + ["PublicTest", "PrivateTest"]
    rows = [f"{at % 2},{at} {at + 1} 3 4,{part}" for at, part in enumerate(parts)]
    (tmp_path / "faces.csv").write_text("\n".join(["emotion,pixels, Usage", *rows]))
    data = load(str(tmp_path / "faces.csv"))
    assert data.shape == (2, 2, 1)
    assert (data.train, data.select, len(data.labels)) == (5, 1, 6)
    assert data.images[:, 0, 0, 0].tolist() == [0, 1, 2, 3, 4, 5]
    (tmp_path / "faces.csv").write_text("\n".join(["emotion,pixels, Usage", *rows, "1,3 4 5,Training"]))
    error = refusal(tmp_path / "faces.csv")
    assert (error.field, error.value) == ("faces.csv image 7 column pixels", "3 pixels")


@pytest.mark.parametrize("interleaved", [False, True])
def test_three_channels_are_told_apart_by_their_neighbours(tmp_path: Path, interleaved: bool) -> None:
    ramp = np.arange(64).reshape(8, 8)
    images = [np.stack([ramp + at, 200 - ramp, np.full((8, 8), 90)], axis=2 if interleaved else 0) for at in range(4)]
    rows = [",".join(map(str, [at % 2, *image.reshape(-1)])) for at, image in enumerate(images)]
    data = load(str(write(tmp_path, rows[1:], rows[0])))
    assert data.shape == (8, 8, 3)
    assert data.images[1, 0, 0].tolist() == [1, 200, 90]


@pytest.mark.parametrize("names", [("mnist_train.csv", "mnist_test.csv"), ("Train.csv", "Test.csv")])
def test_tables_are_found_by_the_words_in_their_names(tmp_path: Path, names: tuple[str, str]) -> None:
    write(tmp_path, ROWS, name=names[0])
    write(tmp_path, ROWS[:2], name=names[1])
    (tmp_path / "sample_submission.csv").write_text("id,label\n1,0\n")
    data = load(str(tmp_path))
    assert (data.train, data.labels.tolist()) == (4, [0, 1, 0, 1, 0, 1])


def test_a_file_is_a_source(tmp_path: Path) -> None:
    write(tmp_path, [row.replace(",", ";") for row in ROWS], HEADER.replace(",", ";"), name="digits.csv")
    assert load(str(tmp_path / "digits.csv")).train == 4


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


def test_labels_of_a_test_file_are_used(tmp_path: Path) -> None:
    write(tmp_path, ROWS)
    write(tmp_path, ROWS[1:2], name="test.csv")
    assert load(str(tmp_path)).labels.tolist() == [0, 1, 0, 1, 1]


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


def test_a_line_of_too_many_columns_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("," * 2**21 + "\n1\n")
    error = refusal(tmp_path)
    assert (error.field, error.value) == ("columns of train.csv", "2,097,153")


def test_pixels_that_need_too_much_memory_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "LIMIT", 15)
    assert "GiB" in refusal(write(tmp_path, ROWS)).remedy


def packed(folder: Path, rows: list[str], header: str, name: str) -> Path:
    """Write a gzipped table."""
    path = folder / name
    path.write_bytes(gzip.compress("\n".join([header, *rows]).encode()))
    return path


@pytest.mark.parametrize("coding", ["utf-16", "latin-1"])
def test_another_coding_of_text_is_named(tmp_path: Path, coding: str) -> None:
    path = tmp_path / "train.csv"
    path.write_bytes("file,étiquette\na.png,café\n".encode(coding))
    assert refusal(path).remedy.endswith("save it as UTF-8")


def test_tables_may_be_gzipped(tmp_path: Path) -> None:
    packed(tmp_path, ROWS, HEADER, "train.csv.gz")
    packed(tmp_path, ["1,1,2,3,4"], HEADER, "test.csv.gz")
    data = load(str(tmp_path))
    assert (data.train, data.labels.tolist()) == (4, [0, 1, 0, 1, 1])
    assert data.images[3].reshape(-1).tolist() == [13, 14, 15, 255]
    assert load(str(tmp_path / "train.csv.gz")).train == 4


def test_a_damaged_or_bottomless_gzip_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = packed(tmp_path, ROWS * 2000, HEADER, "digits.csv.gz")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert "cut short or damaged" in refusal(path).remedy
    path.write_bytes(whole)
    monkeypatch.setattr(safe_open, "LIMIT", 70_000)
    assert "unpacks to more than" in refusal(path).remedy


def test_the_label_s_column_may_be_chosen(tmp_path: Path) -> None:
    rows = [f"{kind},{row.partition(',')[2]},{note}" for kind, row, note in zip("abab", ROWS, "xxyy", strict=True)]
    write(tmp_path, rows, HEADER.replace("label", "kind") + ",note", "t.csv")
    path = tmp_path / "t.csv"
    assert "label_column" in refusal(path).remedy
    assert load(str(path), ReadingOptions(label_column="kind")).labels.tolist() == [0, 1, 0, 1]
    assert load(str(path), ReadingOptions(label_column="note")).labels.tolist() == [0, 0, 1, 1]
    with pytest.raises(InputError, match=r"has no such column; choose one of kind, pixel0") as caught:
        load(str(path), ReadingOptions(label_column="sort"))
    assert caught.value.field == "label_column"
    with pytest.raises(InputError, match="is for tables only"):
        load("demo", ReadingOptions(label_column="kind"))


def test_emnist_s_tables_are_transposed(tmp_path: Path) -> None:
    write(tmp_path, ROWS, name="emnist-balanced-train.csv")
    path = str(tmp_path / "emnist-balanced-train.csv")
    data = load(path)
    assert data.images[0, :, :, 0].tolist() == [[1, 3], [2, 4]]
    assert "pass --no-transpose" in data.notes[-1]
    assert load(path, ReadingOptions(transpose=False)).images[0, :, :, 0].tolist() == [[1, 2], [3, 4]]
