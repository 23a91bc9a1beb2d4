"""What a worker says of its lease, in one byte."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.core.training.lease_stage import CurrentStage, LeaseStage, Stage, stage_of

NAMES: tuple[Stage, ...] = ("", "loading", "compiling", "measuring")


@given(st.binary(min_size=1, max_size=1))
def test_any_byte_says_something_or_nothing(sign: bytes) -> None:
    found = stage_of(sign)
    assert 0 <= found.share <= 1
    assert found.name in (*NAMES, "training")


@given(st.floats(0, 1))
def test_a_share_comes_back_to_one_per_cent(share: float) -> None:
    sign = LeaseStage("training", share).sign()
    assert len(sign) == 1
    assert stage_of(sign).name == "training"
    assert share - 0.01 <= stage_of(sign).share <= share + 1e-9


def test_each_name_comes_back() -> None:
    for name in NAMES:
        assert stage_of(LeaseStage(name).sign()) == LeaseStage(name)
    assert stage_of(LeaseStage("training", 7.0).sign()) == LeaseStage("training", 1.0)


def test_before_the_first_step_it_compiles_and_what_cannot_be_read_is_left_out() -> None:
    stage, share = CurrentStage(), [0.0]
    assert stage.get() == LeaseStage()
    stage.set("training", lambda: share[0])
    assert stage.get() == LeaseStage("compiling")
    share[0] = 0.25
    assert stage.get() == LeaseStage("training", 0.25)
    share.clear()
    assert stage.get() == LeaseStage("training")
    stage.set("")
    assert stage.get() == LeaseStage()
