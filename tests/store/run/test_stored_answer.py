"""A run's answer as it was last computed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest

from xsample_tui.core.stats.effect_verdict import Verdict
from xsample_tui.store.run.stored_answer import NAME, StoredAnswer, store_answer, stored_answer


@pytest.mark.parametrize("verdict", [*get_args(Verdict), None])
def test_it_is_read_as_it_was_stored(tmp_path: Path, verdict: Verdict | None) -> None:
    # The sentence is free: nothing is read out of it.
    answer = StoredAnswer("The best five windows make", 28, verdict)
    store_answer(tmp_path, answer)
    assert stored_answer(tmp_path) == answer


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("Blending windows helps: the best", "helps"),
        ("Blending windows hurts: the best", "hurts"),
        ("No difference larger than 0.001: the best", "no difference"),
        ("Not resolved: the best", "not resolved"),
        ("No verdict on blending windows: two", "no verdict"),
        ("All 25 windows are significantly worse", None),
    ],
)
def test_a_file_without_a_verdict_has_it_in_its_sentence(
    tmp_path: Path, sentence: str, verdict: Verdict | None
) -> None:
    (tmp_path / NAME).write_text(json.dumps({"sentence": sentence, "done": 3}))
    assert stored_answer(tmp_path) == StoredAnswer(sentence, 3, verdict)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"sentence": "x", "done": null}',
        '{"sentence": "x", "done": 1, "verdict": "maybe"}',
        '{"sentence": "x", "done": 1, "verdict": ["helps"]}',
        "\xff",
    ],
)
def test_what_is_damaged_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / NAME).write_text(text)
    assert stored_answer(tmp_path) is None


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    store_answer(tmp_path / "gone", StoredAnswer("x", 1))
    assert stored_answer(tmp_path / "gone") is None
