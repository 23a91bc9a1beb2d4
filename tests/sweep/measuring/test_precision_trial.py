"""bfloat16 is proposed only where it is faster and its errors agree within noise."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import Future
from typing import Any

import pytest

from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.sweep.measuring.autotune import Pace
from xsample_tui.sweep.measuring.precision_trial import PrecisionTrial, try_bfloat16
from xsample_tui.sweep.workers.worker_slot import Slot

PACE = Pace(3, 1, True, 250, 1000.0)
ERRORS = (800, 806, 795, 809, 801, 790, 803, 798)


def trial(window: float = 1.3, whole: float = 1.9, more: int = 0) -> PrecisionTrial:
    mixed = tuple(count + more + shift for count, shift in zip(ERRORS, (2, -3, 1, 0, -2, 3, -1, 0), strict=True))
    return PrecisionTrial(window, whole, ERRORS, mixed, 3000)


class FakeSlot(Slot):
    """A worker that is twice as fast in bfloat16 under a window, three times on whole images."""

    def __init__(self, log: list[tuple[Any, ...]]) -> None:
        self._log = log

    def submit(self, entry: str, *arguments: Any) -> Future[Any]:
        name = entry.rpartition(":")[2]
        self._log.append((name, *arguments))
        future: Future[Any] = Future()
        match name, arguments:
            case "count_errors", (seed, 250, precision):
                future.set_result((ERRORS[seed] + (precision == "bfloat16"), 3000))
            case "measure", (250, _, precision, whole):
                future.set_result(100.0 if precision == "float32" else 300.0 if whole else 200.0)
            case "prepare", _:
                future.set_result(250)
        return future

    def kill(self) -> None:
        self._log.append(("kill",))

    def close(self) -> None:
        self._log.append(("close",))


def test_both_precisions_are_measured_in_turn_with_the_same_seeds() -> None:
    log: list[tuple[Any, ...]] = []
    made: list[Machine] = []

    def make(number: int, setting: Machine) -> Slot:
        made.append(setting)
        return FakeSlot(log)

    found = try_bfloat16(make, PACE, seconds=1.0)
    assert made == [Machine(jobs=3)] * 3
    assert found == PrecisionTrial(2.0, 3.0, ERRORS, tuple(count + 1 for count in ERRORS), 3000)
    measured = [call[3] for call in log if call[0] == "measure"][:: PACE.jobs]
    assert measured == ["float32", "bfloat16"] * 4
    assert {call[2] for call in log if call[0] == "measure"} == {0.5}
    judged = Counter(call[1:2] + call[3:] for call in log if call[0] == "count_errors")
    assert judged == Counter((seed, precision) for seed in range(8) for precision in ("float32", "bfloat16"))
    assert log[-3:] == [("close",)] * 3


def test_faster_and_as_good_is_proposed_with_the_command() -> None:
    found = trial()
    assert found.proposed
    assert found.difference[0] == 0
    assert found.noise == pytest.approx(5.5, abs=0.1)
    assert found.sentence().startswith(
        "bfloat16: 1.30 times float32's images/s under a window, 1.90 times on whole images; under a window 800.2 of "
        "3,000 images wrong against 800.2, +0.0 (95 % -1.7 to +1.7), where seeds differ by 5."
    )
    assert found.sentence().endswith("use it with: xsample-tui run --precision bfloat16")


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (trial(window=1.02), "not faster; float32"),
        (trial(whole=0.9), "not faster; float32"),
        (trial(more=12), "errors do not clearly agree within noise; float32"),
        (trial(window=0.5, more=12), "not faster and errors do not clearly agree within noise; float32"),
    ],
)
def test_it_is_not_proposed_otherwise(found: PrecisionTrial, reason: str) -> None:
    assert not found.proposed
    assert f": {reason} is proposed" in found.sentence()
    assert "--precision" not in found.sentence()


def test_too_few_seeds_to_tell_propose_nothing() -> None:
    assert not PrecisionTrial(1.5, 1.5, (800, 806), (806, 799), 3000).proposed
