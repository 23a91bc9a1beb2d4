"""The checkpoint format: whole or refused."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from xsample_tui.core.training.checkpoint_format import (
    HEADER_LIMIT,
    DamagedCheckpoint,
    decode,
    decode_record,
    encode,
    record_end,
    record_of,
)
from xsample_tui.core.training.early_stopping import StoppingState
from xsample_tui.core.training.epoch_metrics import EpochMetrics
from xsample_tui.core.training.trial_state import TrialState

finite = st.floats(-1e6, 1e6)
names = st.text("abcdefghij/0123456789", min_size=1, max_size=12).filter(lambda n: not n.startswith("/"))
shapes = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)
arrays: st.SearchStrategy[NDArray[Any]] = st.one_of(
    hnp.arrays(np.float32, shapes), hnp.arrays(np.int64, shapes), hnp.arrays(np.bool_, shapes)
)
metrics = st.builds(
    EpochMetrics,
    epoch=st.integers(1, 999),
    loss=finite,
    accuracy=finite,
    val_loss=finite,
    val_accuracy=finite,
    val_errors=st.integers(0, 10_000),
    stop_loss=st.none() | finite,
    stop_accuracy=st.none() | finite,
)
states = st.builds(
    TrialState,
    trial=st.sampled_from(["baseline-s00", "keep-r09-c10"]),
    epoch=st.integers(0, 999),
    weights=st.dictionaries(names, arrays, max_size=3),
    slots=st.dictionaries(names, arrays, max_size=3),
    stopping=st.builds(
        StoppingState, best=st.none() | finite, since=st.integers(0, 99), best_epoch=st.integers(0, 9)
    ),
    history=st.lists(metrics, max_size=4).map(tuple),
    seconds=st.lists(finite, max_size=4).map(tuple),
    stop_reason=st.none() | st.text(max_size=20),
    softmax=st.dictionaries(st.sampled_from(["select", "test"]), arrays, max_size=2),
    drifted=st.lists(st.text(max_size=9), max_size=2).map(tuple),
)


def example() -> TrialState:
    lot = np.random.default_rng(1)
    return TrialState(
        "keep-r09-c10",
        3,
        {"conv1/kernel": lot.random((3, 3, 1, 8), np.float32)},
        {"00-iteration": np.array(36)},
        StoppingState(),
        seconds=(1.0, 2.0, 3.0),
    )


@given(states)
def test_a_state_comes_back_as_it_was(state: TrialState) -> None:
    back = decode(encode(state))
    assert back.digest() == state.digest()
    assert (back.seconds, back.carried, back.drifted) == (state.seconds, state.carried, state.drifted)
    assert encode(back) == encode(state)


@given(states)
def test_the_record_needs_only_the_beginning(state: TrialState) -> None:
    data = encode(state)
    end = record_end(data[:HEADER_LIMIT])
    record, length = decode_record(data[:end])
    assert record == record_of(state)
    assert length == len(data)
    with pytest.raises(DamagedCheckpoint):
        decode_record(data[: end - 1])


@settings(max_examples=300)
@given(st.data())
def test_any_truncation_is_detected(data: st.DataObject) -> None:
    whole = encode(example())
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(DamagedCheckpoint):
        decode(whole[:cut])
    with pytest.raises(DamagedCheckpoint):
        decode(whole + b"x")


@settings(max_examples=500)
@given(st.data())
def test_any_flipped_bit_is_detected(data: st.DataObject) -> None:
    whole = bytearray(encode(example()))
    bit = data.draw(st.integers(0, 8 * len(whole) - 1))
    whole[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DamagedCheckpoint):
        decode(bytes(whole))


@given(st.binary(max_size=400))
def test_bytes_of_another_kind_are_refused(data: bytes) -> None:
    with pytest.raises(DamagedCheckpoint):
        decode(data)


def test_digest_leaves_out_wall_time_and_sees_all_else() -> None:
    state = example()
    same = TrialState(state.trial, 3, state.weights, state.slots, state.stopping, seconds=(9.0,))
    assert same.digest() == state.digest()
    moved = {"conv1/kernel": np.nextafter(state.weights["conv1/kernel"], np.float32(2))}
    assert TrialState(state.trial, 3, moved, state.slots, state.stopping).digest() != state.digest()
    assert TrialState(state.trial, 4, state.weights, state.slots, state.stopping).digest() != state.digest()


def test_metrics_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        EpochMetrics(epoch=1, loss=math.nan, accuracy=0, val_loss=0, val_accuracy=0, val_errors=0)
