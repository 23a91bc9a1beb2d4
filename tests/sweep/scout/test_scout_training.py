"""A scout is trained lease by lease: killed and begun again it ends with the same estimate, and no trial changes."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.harness.inline_slot import InlineSlot
from tests.harness.runs import digests, make_run, work
from xsample_tui.core.scout.scout_estimate import ScoutEstimate, ScoutScores
from xsample_tui.core.scout.scout_order import ScoutEpoch, ScoutOrder
from xsample_tui.core.seeding import generator
from xsample_tui.core.training.checkpoint_format import decode, encode
from xsample_tui.core.training.early_stopping import StoppingState
from xsample_tui.core.training.lease import DataSource, TrainingFailed
from xsample_tui.core.training.trial_state import TrialState
from xsample_tui.store.files import atomic_write
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.scout_files import read_estimate
from xsample_tui.sweep.scout.scout_training import ScoutFailed, ScoutTraining
from xsample_tui.sweep.workers.worker_slot import WorkerDied

HERE = "tests.sweep.scout.test_scout_training"
ENTRIES = (f"{HERE}:train", f"{HERE}:score")
failing: list[Exception] = []


def train(order: ScoutOrder, source: DataSource) -> ScoutEpoch:
    """Train an epoch without TensorFlow: what it gives depends on the state before."""
    if failing:
        raise failing.pop()
    before = decode(order.state) if order.state is not None else None
    begun = before.weights["w"] if before is not None else generator(order.trial.init_seed).random(4, np.float32)
    weights = begun * np.float32(0.5) + generator(order.seed, order.epoch).random(4, np.float32)
    state = TrialState(order.trial.name, order.epoch + 1, {"w": weights}, {"m": np.ones(1)}, StoppingState())
    return ScoutEpoch(order.epoch + 1, float(weights.sum()), 0.5, encode(state))


def score(order: ScoutOrder, source: DataSource) -> ScoutScores:
    """Score windows by where they are and by the state."""
    if failing:
        raise failing.pop()
    assert order.state is not None
    state = decode(order.state)
    mean = float(state.weights["w"].mean())
    places = [int(np.flatnonzero(mask)[0]) for mask in order.masks]
    return ScoutScores(trained=state.trial, loss=tuple(mean + place / 100 for place in places), errors=tuple(places))


@pytest.fixture(autouse=True)
def nothing_fails() -> Iterator[None]:
    failing.clear()
    yield
    failing.clear()


def scout_of(run: RunFolder, epochs: int | None = None) -> tuple[ScoutTraining, list[str]]:
    said: list[str] = []
    return ScoutTraining(run, InlineSlot, said.append, epochs=epochs, entries=ENTRIES), said


def finished(made: ScoutTraining) -> ScoutEstimate:
    while not made.done:
        made.turn()
    assert made.estimate is not None
    return made.estimate


def test_it_ends_with_an_estimate_and_without_checkpoints(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    made, said = scout_of(run)
    found = finished(made)
    assert read_estimate(run.path) == found
    assert found.windows == tuple(trial.name for trial in run.document.trials if not trial.is_baseline)
    assert (found.epochs, found.images, found.baseline) == (3, 72, None)
    assert [path.name for path in (run.path / "scout").iterdir()] == ["estimate.json"]
    assert [line.split(" loss")[0] for line in said] == [
        "scout epoch 1/3",
        "scout epoch 2/3",
        "scout epoch 3/3",
        "scout evaluated under 4 of 4 windows",
    ]
    # Nothing is left to do, and nothing is done again.
    again, said = scout_of(run)
    assert again.done
    assert (finished(again), said) == (found, [])


@pytest.mark.parametrize("turns", range(1, 8))
def test_killed_after_any_turn_it_ends_with_the_same_estimate(tmp_path: Path, turns: int) -> None:
    whole = finished(scout_of(make_run(tmp_path, "whole"))[0])
    run = make_run(tmp_path, "r")
    killed, _ = scout_of(run)
    for _ in range(turns):
        killed.turn()
    assert finished(scout_of(run)[0]) == whole


def test_it_goes_on_from_its_checkpoint(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    killed, _ = scout_of(run)
    for _ in range(3):
        killed.turn()
    assert [path.name for path in (run.path / "scout").iterdir()] == ["000002.ckpt"]
    made, said = scout_of(run)
    finished(made)
    assert said[0].startswith("scout epoch 3/3 ")


def test_what_is_not_due_yet_is_kept_when_it_is_to_stop(tmp_path: Path) -> None:
    run = make_run(tmp_path, checkpoint_seconds=1000)
    made, _ = scout_of(run)
    for _ in range(3):
        made.turn()
    assert [path.name for path in (run.path / "scout").iterdir()] == ["000001.ckpt"]
    made.turn(go_on=False)
    assert made.future is None
    assert [path.name for path in (run.path / "scout").iterdir()] == ["000003.ckpt"]


def test_a_disk_that_is_full_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = finished(scout_of(make_run(tmp_path, "whole"))[0])
    run = make_run(tmp_path, "r")
    made, said = scout_of(run)
    refused = 0

    def full(point: str) -> None:
        nonlocal refused
        if point == "write" and refused % 2 == 0:
            refused += 1
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        refused += point == "write"

    monkeypatch.setattr(atomic_write, "failpoint", full)
    while not made.done:
        try:
            made.turn()
        except OSError:
            continue
    assert refused >= 6
    assert (made.estimate, len(said)) == (whole, 4)


def test_a_worker_that_dies_is_replaced_and_one_that_dies_again_and_again_is_said(tmp_path: Path) -> None:
    whole = finished(scout_of(make_run(tmp_path, "whole"))[0])
    failing.extend([WorkerDied("killed"), WorkerDied("killed")])
    made, said = scout_of(make_run(tmp_path, "r"))
    assert finished(made) == whole
    assert said[:2] == ["scout: killed; trying again"] * 2
    failing.extend([WorkerDied("killed")] * 3)
    with pytest.raises(ScoutFailed, match="died 3 times in a row: killed"):
        finished(scout_of(make_run(tmp_path, "other"))[0])
    failing[:] = [TrainingFailed("the loss is nan in epoch 1")]
    with pytest.raises(ScoutFailed, match="the scout failed: the loss is nan"):
        finished(scout_of(make_run(tmp_path, "third"))[0])


class KilledSlot(InlineSlot):
    """A slot whose executor has words of its own for a worker's death, as loky has."""

    def result(self, lease: Future[Any]) -> Any:
        try:
            return super().result(lease)
        except RuntimeError as error:
            raise WorkerDied("killed") from error


def test_a_death_in_the_executors_own_words_is_a_death(tmp_path: Path) -> None:
    whole = finished(scout_of(make_run(tmp_path, "whole"))[0])
    failing.append(RuntimeError("a process was terminated abruptly"))
    said: list[str] = []
    made = ScoutTraining(make_run(tmp_path, "r"), KilledSlot, said.append, entries=ENTRIES)
    assert finished(made) == whole
    assert said[0] == "scout: killed; trying again"


def test_a_finished_baseline_is_evaluated_under_the_masks_too(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    before = finished(scout_of(run)[0])
    assert work(run) == "finished"
    results, document = digests(run), (run.path / "spec.json").read_bytes()
    made, said = scout_of(run)
    found = finished(made)
    assert found.scout == before.scout
    assert found.baseline is not None
    assert found.baseline.trained == "baseline-s00"
    assert said == ["baseline-s00 evaluated under 4 of 4 windows"]
    assert read_estimate(run.path) == found
    # Nothing of the run itself has changed.
    assert digests(run) == results
    assert (run.path / "spec.json").read_bytes() == document


def test_other_epochs_or_other_windows_are_another_scout(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    three = finished(scout_of(run)[0])
    five = finished(scout_of(run, 5)[0])
    assert (three.epochs, five.epochs) == (3, 5)
    assert read_estimate(run.path) == five
    begun, _ = scout_of(run)
    for _ in range(3):
        begun.turn()
    assert finished(scout_of(run)[0]) == three


def test_a_run_without_windows_has_no_scout(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    plan = run.plan
    only = replace(plan, trials=plan.trials[:2], masks=plan.masks[:2], order=())
    made, _ = scout_of(RunFolder.create(tmp_path, run.spec.model_copy(update={"name": "b"}), run.dataset, only, {}))
    assert made.done
