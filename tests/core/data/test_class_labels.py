"""Classes of any kind become 0, 1, ... and get their names back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.core.data.class_labels import Classes, NoLabels, class_name, natural, plain_labels

some = st.one_of(
    st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=20),
    st.lists(st.text(st.characters(exclude_characters="\x00"), max_size=6), min_size=1, max_size=20),
    st.lists(st.booleans(), min_size=1, max_size=20),
)


@given(some)
def test_every_label_gets_its_name_back(values: list[Any]) -> None:
    labels = plain_labels(np.array(values))
    classes = Classes.of(labels)
    numbered = classes.number(labels)
    assert numbered.min() >= 0
    assert set(numbered.tolist()) == set(range(len(classes.values)))
    assert [classes.values[at] for at in numbered.tolist()] == labels.tolist()
    assert [class_name(classes.names, at) for at in numbered.tolist()] == [str(value) for value in labels.tolist()]


@given(st.integers(2, 12), st.randoms())
def test_what_is_numbered_from_0_stays(classes: int, lot: Any) -> None:
    values = [*range(classes), *range(classes)]
    lot.shuffle(values)
    found = Classes.of(plain_labels(np.array(values)))
    assert found.numbered
    assert found.names == ()
    assert found.number(np.array(values)).tolist() == values


def test_what_is_no_class_is_below_0() -> None:
    classes = Classes.of(np.array(["a", "b"]))
    assert classes.number(np.array(["b", "c", "a"])).tolist() == [1, -1, 0]
    assert class_name(classes.names, -1) == "-1"
    assert class_name((), 3) == "3"


@pytest.mark.parametrize(
    ("labels", "value"),
    [
        (np.zeros((2, 2)), "shape (2, 2)"),
        (np.ones((2, 2)), "shape (2, 2)"),
        (np.array([1.5, 1.0]), "label 1.5"),
        (np.array([1j]), "dtype complex128"),
        (np.array([None, "a"], object), "dtype object"),
    ],
)
def test_what_names_no_class_is_refused(labels: Any, value: str) -> None:
    with pytest.raises(NoLabels) as caught:
        plain_labels(labels)
    assert caught.value.value == value


def test_numbers_in_texts_count() -> None:
    assert sorted(["b10", "b9", "B1", "2", "10", "a"], key=natural) == ["2", "10", "a", "B1", "b9", "b10"]
