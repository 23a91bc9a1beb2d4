from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.training import sample
from xsample_tui.core.training.checkpoint_format import decode, encode
from xsample_tui.core.training.early_stopping import StoppingState
from xsample_tui.core.training.epoch_metrics import LOSSES, errors
from xsample_tui.core.training.lease import LeaseOrder, LeaseResult, StateMissing, TrainingFailed
from xsample_tui.core.training.lease_stage import LeaseStage, current
from xsample_tui.core.training.trial_state import TrialState
from xsample_tui.training import lease_runner
from xsample_tui.training.lease_runner import run

SOURCE = sample.Source()
KINDS: list[Any] = ["keep", "occlude", "article"]
LONG = {"epochs": 6, "stopping": "patience", "patience": 2, "learning_rate": 0.03}


def state_of(result: LeaseResult) -> TrialState:
    assert result.state is not None
    return decode(result.state)


def at_once(order: LeaseOrder) -> TrialState:
    return state_of(run(order, SOURCE))


def in_pieces(order: LeaseOrder, lengths: list[int], *, cold: bool) -> TrialState:
    """Run an order in leases of some epochs; cold ones begin from checkpoint bytes, another trial in between."""
    data, epoch = None, 0
    for length in lengths:
        if cold and epoch:
            run(replace(order, trial=order.trial.model_copy(update={"name": "other"}), epochs=1), SOURCE)
        piece = replace(order, epoch=epoch, epochs=length, state=data if cold else None, want_state=True)
        result = run(piece, SOURCE)
        data, epoch = result.state, result.epoch
        if result.stop_reason is not None:
            break
    assert data is not None
    return decode(data)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cold", [True, False])
def test_cutting_a_trial_into_leases_changes_no_bit(kind: Any, cold: bool) -> None:
    order = sample.order(kind, training={"epochs": 4})
    expected = at_once(order)
    assert expected.stop_reason == "all 4 epochs"
    assert in_pieces(order, [1, 1, 1, 1], cold=cold).digest() == expected.digest()
    assert in_pieces(order, [2, 0, 1, 3], cold=cold).digest() == expected.digest()


@pytest.mark.parametrize("kind", ["keep", "occlude"])
def test_a_trial_in_bfloat16_resumes_with_the_same_bits(kind: Any) -> None:
    order = sample.order(kind, training={"epochs": 3, "precision": "bfloat16"})
    expected = at_once(order)
    assert in_pieces(order, [1, 2], cold=True).digest() == expected.digest()
    assert at_once(sample.order(kind, training={"epochs": 3})).digest() != expected.digest()


def test_a_trial_that_has_ended_with_its_optimizers_state_can_be_trained_on_with_the_same_bits() -> None:
    keep = {"keep_optimizer": True}
    longer = sample.order(training={"epochs": 4} | keep)
    expected = at_once(longer)
    ended = at_once(sample.order(training={"epochs": 2} | keep))
    assert ended.stop_reason == "all 2 epochs"
    assert ended.slots
    assert not at_once(sample.order(training={"epochs": 2})).slots
    begun = replace(ended, stop_reason=None, softmax={})
    went_on = run(replace(longer, epoch=2, epochs=2, state=encode(begun)), SOURCE)
    assert state_of(went_on).digest() == expected.digest()


@pytest.mark.parametrize("stopping", [LONG, LONG | {"stopping": "article", "epochs": 4}])
@pytest.mark.parametrize("cold", [True, False])
def test_stopping_rules_and_best_weights_survive_the_cuts(stopping: dict[str, Any], cold: bool) -> None:
    order = sample.order(training=stopping)
    expected = at_once(order)
    assert in_pieces(order, [1] * 6, cold=cold).digest() == expected.digest()


def test_a_new_worker_goes_on_with_the_same_bits() -> None:
    order = sample.order("keep")
    expected = at_once(order)
    half = run(replace(order, epochs=1), SOURCE)
    lease_runner._desk = lease_runner._Desk()
    rest = run(replace(order, epoch=1, epochs=2, state=half.state), SOURCE)
    assert state_of(rest).digest() == expected.digest()


def test_other_seeds_and_trials_give_other_bits() -> None:
    order = sample.order()
    digests = {
        at_once(order).digest(),
        at_once(replace(order, seed=8)).digest(),
        at_once(replace(order, trial=order.trial.model_copy(update={"name": "keep-r04-c06"}))).digest(),
        at_once(replace(order, trial=order.trial.model_copy(update={"init_seed": 12}))).digest(),
    }
    assert len(digests) == 4


def test_patience_ends_with_the_best_epoch_s_weights() -> None:
    state = at_once(sample.order(training=LONG | {"epochs": 30}))
    assert state.stop_reason == "no better stop-slice loss for 2 epochs"
    losses = [metrics.stop_loss for metrics in state.history]
    best = int(np.argmin([loss for loss in losses if loss is not None]))
    assert state.epoch == len(losses) == best + 3
    kept = state.history[best]
    _, split = SOURCE.open()
    labels = SOURCE.open()[0].labels[split.select]
    assert errors(state.softmax["select"], labels) == kept.val_errors
    assert LOSSES["categorical_crossentropy"](state.softmax["select"], labels) == pytest.approx(
        kept.val_loss, rel=1e-6
    )


def test_the_article_s_rule_takes_up_what_the_trial_before_left() -> None:
    carried = StoppingState(best=1.0, since=15)
    training = {"epochs": 3, "stopping": "article", "learning_rate": 1e-3}
    alone = at_once(sample.order(training=training))
    leaked = at_once(sample.order(training=training, carried=carried))
    assert alone.carried is None
    assert leaked.carried == carried
    assert leaked.stopping.since >= 16
    assert leaked.stopping != alone.stopping
    assert leaked.history[0] == alone.history[0]


def test_a_finished_state_keeps_weights_and_outputs_only() -> None:
    result = run(sample.order(want_state=False), SOURCE)
    state = state_of(result)
    assert result.stop_reason == state.stop_reason == "all 3 epochs"
    assert len(result.metrics) == len(result.seconds) == len(state.seconds) == 3
    assert (state.slots, state.best) == ({}, {})
    assert {name: weight.shape for name, weight in state.weights.items()} == sample.NETWORK.parameter_shapes()
    _, split = SOURCE.open()
    assert {name: len(out) for name, out in state.softmax.items()} == {
        "select": len(split.select),
        "test": len(split.test),
    }
    assert np.allclose(state.softmax["test"].sum(1), 1, atol=1e-5)


def test_metrics_are_of_the_weights_after_the_epoch() -> None:
    order = sample.order(training={"epochs": 1})
    result = run(order, SOURCE)
    state = state_of(result)
    data, split = SOURCE.open()
    labels = data.labels[split.select]
    (metrics,) = result.metrics
    assert metrics.val_errors == errors(state.softmax["select"], labels)
    assert metrics.val_accuracy == 1 - metrics.val_errors / len(labels)
    assert metrics.val_loss == pytest.approx(LOSSES["categorical_crossentropy"](state.softmax["select"], labels))
    assert metrics.stop_loss is None


def test_images_that_a_sweep_s_rungs_read_are_measured_and_change_no_weight() -> None:
    order = sample.order(training={"epochs": 1})
    plain, measured = (run(replace(order, measure_stop=wanted), SOURCE) for wanted in (False, True))
    (metrics,) = measured.metrics
    assert metrics.stop_loss is not None
    assert replace(metrics, stop_loss=None, stop_accuracy=None) == plain.metrics[0]
    one, other = state_of(plain), state_of(measured)
    assert all(np.array_equal(one.weights[name], other.weights[name]) for name in one.weights)


def test_no_state_is_sent_unless_it_is_wanted() -> None:
    order = sample.order(epochs=1, want_state=False)
    result = run(order, SOURCE)
    assert (result.epoch, result.state, result.stop_reason) == (1, None, None)
    fetched = run(replace(order, epoch=1, epochs=0, want_state=True), SOURCE)
    assert state_of(fetched).epoch == 1
    assert fetched.metrics == ()
    assert state_of(fetched).digest() == state_of(run(replace(order, want_state=True), SOURCE)).digest()


def test_drift_is_noted_in_the_state() -> None:
    order = sample.order(epochs=1, drifted=("numpy: 1 -> 2",))
    first = run(order, SOURCE)
    second = run(replace(order, epoch=1, epochs=2, state=first.state, drifted=("keras: 3 -> 4",)), SOURCE)
    assert state_of(second).drifted == ("numpy: 1 -> 2", "keras: 3 -> 4")


def test_a_state_that_is_not_held_is_asked_for() -> None:
    order = sample.order(epochs=1)
    lease_runner._desk = lease_runner._Desk()
    with pytest.raises(StateMissing):
        run(replace(order, epoch=1), SOURCE)
    run(order, SOURCE)
    with pytest.raises(StateMissing):
        run(replace(order, epoch=2), SOURCE)
    run(order, SOURCE)
    with pytest.raises(StateMissing):
        run(replace(sample.order("occlude"), epoch=1), SOURCE)


def test_a_state_of_another_epoch_or_trial_is_refused() -> None:
    order = sample.order(epochs=1)
    state = run(order, SOURCE).state
    with pytest.raises(StateMissing):
        run(replace(order, epoch=2, state=state), SOURCE)
    with pytest.raises(StateMissing):
        run(replace(sample.order("occlude"), epoch=1, state=state), SOURCE)


def test_nothing_is_held_after_a_failure_or_an_end() -> None:
    order = sample.order(training={"epochs": 1})
    run(order, SOURCE)
    with pytest.raises(StateMissing):
        run(replace(order, epoch=1, epochs=0), SOURCE)


def test_a_loss_that_is_not_finite_fails_the_trial() -> None:
    order = sample.order(epochs=1)
    state = state_of(run(order, SOURCE))
    broken = {name: np.full_like(weight, np.nan) for name, weight in state.weights.items()}
    bad = replace(order, epoch=1, epochs=1, state=encode(replace(state, weights=broken)))
    with pytest.raises(TrainingFailed, match="learning rate"):
        run(bad, SOURCE)


def test_one_trainer_serves_a_whole_sweep() -> None:
    lease_runner._desk = lease_runner._Desk()
    run(sample.order("keep"), SOURCE)
    trainer = lease_runner._desk.trainer
    run(sample.order("occlude"), SOURCE)
    assert lease_runner._desk.trainer is trainer
    run(sample.order("occlude"), sample.Source("other images"))
    assert lease_runner._desk.trainer is not trainer


def test_another_thread_sees_how_far_an_epoch_is_and_what_comes_before() -> None:
    seen: set[LeaseStage] = set()
    ended = threading.Event()

    def look() -> None:
        while not ended.is_set():
            seen.add(current.get())

    def unseen(*_: object) -> bool:
        return len({stage.share for stage in seen if stage.name == "training"}) < 2

    looks = threading.Thread(target=look)
    looks.start()
    try:
        # Epochs of milliseconds, as many as it takes to be seen within some.
        run(sample.order(training={"epochs": 5_000}), sample.Source("looked at"), unseen)
    finally:
        ended.set()
        looks.join()
    assert current.get() == LeaseStage()
    assert LeaseStage("compiling") in seen
    assert not unseen()
    assert all(0 < stage.share <= 1 for stage in seen if stage.name == "training")
