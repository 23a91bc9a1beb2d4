"""What is said of a scout that is being trained."""

from __future__ import annotations

import pytest

from xsample_tui.core.scout.scout_progress import ScoutProgress


@pytest.mark.parametrize(
    ("epoch", "evaluated", "words"),
    [
        (0, 0, "scout epoch 1/6"),
        (5, 0, "scout epoch 6/6"),
        (6, 0, "scout evaluated 0/400"),
        (6, 380, "scout evaluated 380/400"),
    ],
)
def test_it_says_what_is_done_now(epoch: int, evaluated: int, words: str) -> None:
    assert ScoutProgress(epoch=epoch, epochs=6, evaluated=evaluated, windows=400).words() == words
