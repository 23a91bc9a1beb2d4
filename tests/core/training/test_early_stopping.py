"""Stopping rules."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.core.training.early_stopping import StoppingKind, StoppingState, initial_state, observe
from xsample_tui.core.training.epoch_metrics import EpochMetrics


def metrics(epoch: int, accuracy: float = 0.5, val: float = 0.5, stop_loss: float | None = None) -> EpochMetrics:
    return EpochMetrics(
        epoch=epoch, loss=1, accuracy=accuracy, val_loss=1, val_accuracy=val, val_errors=1, stop_loss=stop_loss
    )


def play(kind: StoppingKind, state: StoppingState, epochs: list[EpochMetrics]) -> tuple[StoppingState, int | None]:
    for done in epochs:
        state, reason = observe(kind, state, done, patience=3)
        if reason:
            return state, done.epoch
    return state, None


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=80), st.booleans())
def test_article_is_the_articles_loop_line_by_line(run: list[tuple[float, float]], leaked: bool) -> None:
    carried = StoppingState(best=0.99, since=14) if leaked else None
    max_accu, s0 = (0.99, 14) if leaked else (0, 0)
    expected = None
    for epoch, (current_accu, val_accu) in enumerate(run, 1):
        if val_accu > max_accu:
            s0 = 0
            max_accu = val_accu
        else:
            s0 += 1
        if current_accu * 0.995 > val_accu and s0 > 15:
            expected = epoch
            break
    epochs = [metrics(e, a, v) for e, (a, v) in enumerate(run, 1)]
    state, stopped = play("article", initial_state("article", carried), epochs)
    assert stopped == expected
    assert (state.best or 0, state.since) == (max_accu, s0)


def test_the_leak_makes_the_second_trial_stop_without_patience() -> None:
    first, stopped = play("article", initial_state("article"), [metrics(e, 1.0, 0.9) for e in range(1, 40)])
    assert stopped == 17
    _, stopped = play("article", initial_state("article", first), [metrics(e, 1.0, 0.8) for e in range(1, 40)])
    assert stopped == 1
    _, stopped = play("article", initial_state("article"), [metrics(e, 1.0, 0.8) for e in range(1, 40)])
    assert stopped == 17


@given(st.lists(st.floats(0, 9), min_size=1, max_size=40))
def test_patience_stops_three_epochs_after_the_best(losses: list[float]) -> None:
    state, stopped = play(
        "patience", initial_state("patience"), [metrics(e, stop_loss=x) for e, x in enumerate(losses, 1)]
    )
    seen = losses[: stopped or len(losses)]
    assert state.best_epoch == int(np.argmin(seen)) + 1
    if stopped:
        assert stopped == state.best_epoch + 3
    else:
        assert len(losses) - state.best_epoch < 3


@pytest.mark.parametrize("count", [1, 500])
def test_fixed_epochs_never_stop_by_themselves(count: int) -> None:
    _, stopped = play("epochs", initial_state("epochs"), [metrics(e, 1.0, 0.0) for e in range(1, count + 1)])
    assert stopped is None
