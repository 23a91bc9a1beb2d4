"""The columns of tables, whatever they are called."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.core.data.table_columns import NoColumns, find_columns, has_header, label_place, part_of

words = st.sampled_from(["label", "digit", "Class", "target", "y", "whatever"])


def rows(*lines: str) -> list[list[str]]:
    return [line.split(",") for line in lines]


@given(words, st.integers(4, 30), st.integers(0, 1), st.sampled_from(["pixel{}", "px_{}", "{}", "v{}"]), st.data())
def test_the_label_and_the_pixels_are_found_in_any_order(
    word: str, count: int, begin: int, pattern: str, data: st.DataObject
) -> None:
    names = [word, *(pattern.format(at + begin) for at in range(count))]
    order = data.draw(st.permutations(range(len(names))))
    header = [names[at] for at in order]
    found = find_columns([header, *([str(at) for at in order] for _ in range(3))], labelled=True)
    assert found.header
    assert found.label is not None
    assert header[found.label] == word
    assert [header[at] for at in found.pixels] == names[1:]
    assert found.ignored == ()


@given(st.lists(st.integers(0, 255).map(str), min_size=5, max_size=40), st.data())
def test_lines_of_numbers_have_no_header_unless_they_count(line: list[str], data: st.DataObject) -> None:
    other = data.draw(st.lists(st.integers(0, 255).map(str), min_size=len(line), max_size=len(line)))
    counts = [int(cell) for cell in line] in ([at + begin for at in range(len(line))] for begin in (0, 1))
    assert has_header([line, other]) == counts


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (("image_id,label", "a.png,3", "b.png,4"), {"file": 0, "label": 1}),
        (("id,breed", "00a1,pug", "00a2,boxer"), {"file": 0, "label": 1}),
        (("id,label", "1,frog", "2,truck"), {"file": 0, "label": 1}),
        (("a.png,cat", "b.png,dog"), {"file": 0, "label": 1, "header": False}),
        (("cat,x/a.JPG", "dog,x/b.JPG"), {"file": 1, "label": 0, "header": False}),
        (("Width,Height,ClassId,Path", "3,4,0,Train/0.png"), {"file": 3, "label": 2}),
        (("image,MEL,NV,BCC", "i1,0,1,0", "i2,1,0,0"), {"file": 0, "one_hot": (1, 2, 3), "label": None}),
        ((",label,pixel0,pixel1,pixel2,pixel3", "0,7,1,2,3,4"), {"id": 0, "label": 1, "pixels": (2, 3, 4, 5)}),
        (("emotion,pixels,Usage", "0,1 2 3 4,Training"), {"label": 0, "packed": 1, "part": 2}),
        (("file_name,split,kind", "a.png,train,x", "b.png,test,y"), {"file": 0, "part": 1, "label": 2}),
        (("label,1x1,1x2,2x1,2x2,3x1,3x2", "7,1,2,3,4,5,6"), {"frame": (3, 2), "label": 0}),
        (("7,1,2,3,4", "3,1,2,3,4"), {"nameless": True, "label": None, "pixels": (0, 1, 2, 3, 4)}),
    ],
)
def test_tables_as_people_have_them(lines: tuple[str, ...], wanted: dict[str, Any]) -> None:
    found = find_columns(rows(*lines), labelled=True)
    assert {name: getattr(found, name) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("lines", "value"),
    [
        (("path,a,b", "x.png,cat,low", "y.png,dog,high"), "no column that must be the label (a, b)"),
        (("path", "x.png"), "no column that must be the label (no further column)"),
        (("label,label,p", "1,2,3"), "two columns label"),
        (("label", "1"), "no columns of pixels"),
    ],
)
def test_what_cannot_be_seen_is_asked_for(lines: tuple[str, ...], value: str) -> None:
    with pytest.raises(NoColumns) as caught:
        find_columns(rows(*lines), labelled=True)
    assert caught.value.value == value
    assert caught.value.remedy


def test_a_label_is_not_needed_where_images_are_to_be_labelled() -> None:
    found = find_columns(rows("id,pixel0,pixel1,pixel2,pixel3", "a,1,2,3,4"), labelled=False)
    assert (found.id, found.label, found.nameless, len(found.pixels)) == (0, None, False, 4)


@given(st.integers(2, 10), st.integers(20, 60), st.booleans())
def test_the_label_is_the_end_that_is_like_one(classes: int, count: int, last: bool) -> None:
    label = np.array([str(at % classes) for at in range(count)])
    for pixel in (np.full(count, "0"), np.array([str(at) for at in range(count)])):
        assert label_place(*((pixel, label) if last else (label, pixel))) == (-1 if last else 0)


def test_parts_have_their_names() -> None:
    named = ["Training", "val", "PublicTest", "TEST", "x"]
    assert [part_of(name) for name in named] == ["train", "select", "select", "test", None]
