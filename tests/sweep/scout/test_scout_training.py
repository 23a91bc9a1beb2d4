"""A scout is trained lease by lease: killed and begun again it ends with the same estimate, and no trial changes."""

from __future__ import annotations

import errno
import os
import random
import time
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
from xsample_tui.core.training.lease import DataSource, EnvironmentBroken, TrainingFailed
from xsample_tui.core.training.trial_state import TrialState
from xsample_tui.store.files import atomic_write
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.scout_files import read_estimate
from xsample_tui.sweep.scout.scout_training import ScoutFailed, ScoutTraining
from xsample_tui.sweep.workers.worker_pool import LocalPool
from xsample_tui.sweep.workers.worker_slot import OutOfTouch, WorkerDied

HERE = "tests.sweep.scout.test_scout_training"
ENTRIES = (f"{HERE}:train", f"{HERE}:score")
SLOW = (f"{HERE}:train_slowly", f"{HERE}:score_slowly")
PAUSE = 0.2
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


def train_slowly(order: ScoutOrder, source: DataSource) -> ScoutEpoch:
    """Train an epoch as :func:`train` does, after the images are opened and some time."""
    source.open()
    time.sleep(PAUSE)
    return train(order, source)


def score_slowly(order: ScoutOrder, source: DataSource) -> ScoutScores:
    """Score windows as :func:`score` does, after the images are opened and some time."""
    source.open()
    time.sleep(PAUSE)
    return score(order, source)


@pytest.fixture(autouse=True)
def nothing_fails() -> Iterator[None]:
    failing.clear()
    yield
    failing.clear()


def pool(workers: int = 1, slot: type[InlineSlot] = InlineSlot) -> LocalPool:
    return LocalPool(lambda number: slot(), workers)


def scout_of(run: RunFolder, epochs: int | None = None, workers: int = 1) -> tuple[ScoutTraining, list[str]]:
    said: list[str] = []
    return ScoutTraining(run, pool(workers), said.append, epochs=epochs, entries=ENTRIES), said


class LateSlot(InlineSlot):
    """A slot whose lease runs when the test wants it."""

    def __init__(self) -> None:
        self.waiting: tuple[Future[Any], str, tuple[Any, ...]] | None = None
        self.killed = 0

    def submit(self, entry: str, *arguments: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting = future, entry, arguments
        return future

    def kill(self) -> None:
        self.waiting, self.killed = None, self.killed + 1

    def finish(self) -> None:
        assert self.waiting is not None
        future, entry, arguments = self.waiting
        self.waiting, done = None, super().submit(entry, *arguments)
        if (error := done.exception()) is not None:
            future.set_exception(error)
        else:
            future.set_result(done.result())


class Crew:
    """A scout with several workers that end their leases in any order."""

    def __init__(self, run: RunFolder, workers: int, seed: int = 0) -> None:
        self.slots = [LateSlot() for _ in range(workers)]
        self.said: list[str] = []
        self.pool = LocalPool(self.slots.__getitem__, workers)
        self.made = ScoutTraining(run, self.pool, self.said.append, entries=ENTRIES)
        self.lot = random.Random(seed)
        # How many leases ran at a time.
        self.most = 0

    def step(self) -> None:
        self.made.turn()
        busy = [slot for slot in self.slots if slot.waiting is not None]
        self.most = max(self.most, len(busy))
        if busy:
            self.lot.choice(busy).finish()

    def estimate(self) -> ScoutEstimate:
        while not self.made.done:
            self.step()
        assert self.made.estimate is not None
        return self.made.estimate


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


@pytest.mark.parametrize("workers", [2, 3, 12])
def test_windows_are_evaluated_by_all_workers_and_the_bits_are_those_of_one(tmp_path: Path, workers: int) -> None:
    def many(name: str) -> RunFolder:
        return make_run(tmp_path, name, windows={"stride": 1})

    whole = finished(scout_of(many("whole"))[0])
    for seed in range(3):
        crew = Crew(many(f"r{seed}"), workers, seed)
        assert crew.estimate() == whole
        assert crew.most == workers
        # None is evaluated twice, and each only once the epochs are over.
        assert [line.split(" loss")[0] for line in crew.said[:3]] == [f"scout epoch {n}/3" for n in (1, 2, 3)]
        counts = [int(line.split()[3]) for line in crew.said[3:]]
        assert counts == sorted(set(counts))
        assert counts[-1] == len(whole.windows) == 25


@pytest.mark.parametrize("steps", range(1, 12))
def test_killed_with_several_workers_it_ends_with_the_same_estimate(tmp_path: Path, steps: int) -> None:
    def many(name: str) -> RunFolder:
        return make_run(tmp_path, name, windows={"stride": 1})

    whole = finished(scout_of(many("whole"))[0])
    run = many("r")
    killed = Crew(run, 3)
    for _ in range(steps):
        killed.step()
    # One that goes on may have other workers.
    assert Crew(run, 1 + steps % 3, steps).estimate() == whole
    assert (run.path / "scout" / "estimate.json").read_bytes() == (
        tmp_path / "whole" / "scout" / "estimate.json"
    ).read_bytes()


def test_what_a_worker_that_dies_had_is_evaluated_by_another(tmp_path: Path) -> None:
    whole = finished(scout_of(make_run(tmp_path, "whole", windows={"stride": 1}))[0])
    crew = Crew(make_run(tmp_path, "r", windows={"stride": 1}), 2)
    while crew.most < 2:
        crew.step()
    failing.append(WorkerDied("killed"))
    assert crew.estimate() == whole
    assert sum(slot.killed for slot in crew.slots) == 1
    assert crew.said.count("scout: killed; trying again") == 1


def test_workers_that_all_die_at_once_are_one_mishap(tmp_path: Path) -> None:
    whole = finished(scout_of(make_run(tmp_path, "whole", windows={"stride": 1}))[0])
    crew = Crew(make_run(tmp_path, "r", windows={"stride": 1}), 5)
    while crew.most < 5:
        crew.step()
    failing.extend([WorkerDied("killed") for _ in crew.slots])
    for slot in crew.slots:
        if slot.waiting is not None:
            slot.finish()
    assert crew.estimate() == whole
    assert crew.said.count("scout: killed; trying again") == 5


def test_workers_that_cannot_be_reached_are_no_fault_of_the_scout(tmp_path: Path) -> None:
    whole = finished(scout_of(make_run(tmp_path, "whole"))[0])
    failing.extend([OutOfTouch("the scheduler is lost") for _ in range(9)])
    assert finished(scout_of(make_run(tmp_path, "r"))[0]) == whole


def test_a_worker_that_leaves_gets_no_more_and_one_that_joins_does(tmp_path: Path) -> None:
    whole = finished(scout_of(make_run(tmp_path, "whole", windows={"stride": 1}))[0])
    crew = Crew(make_run(tmp_path, "r", windows={"stride": 1}), 2)
    crew.slots[0].leaving = True
    for _ in range(3):
        crew.step()
    assert crew.slots[0].waiting is None
    crew.slots[0].leaving = False
    assert crew.estimate() == whole
    assert crew.most == 2


def test_given_up_in_the_middle_it_goes_on_with_what_is_evaluated(tmp_path: Path) -> None:
    whole = finished(scout_of(make_run(tmp_path, "whole", windows={"stride": 1}))[0])
    crew = Crew(make_run(tmp_path, "r", windows={"stride": 1}), 2)
    for _ in range(5):
        crew.step()
    assert crew.made.futures
    crew.made.abandon()
    assert crew.made.futures == []
    assert [slot.waiting for slot in crew.slots] == [None, None]
    assert crew.estimate() == whole
    counts = [int(line.split()[3]) for line in crew.said[3:]]
    assert counts == sorted(set(counts))


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
    assert made.futures == []
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
    failing.extend([EnvironmentBroken("no TensorFlow for a moment"), WorkerDied("killed")])
    made, said = scout_of(make_run(tmp_path, "r"))
    assert finished(made) == whole
    assert said[:2] == [f"scout: {why}; trying again" for why in ("killed", "no TensorFlow for a moment")]
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
    made = ScoutTraining(make_run(tmp_path, "r"), pool(slot=KilledSlot), said.append, entries=ENTRIES)
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
