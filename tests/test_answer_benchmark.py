"""The benchmark of how soon an answer is there: its clock, its map, and what it counts. Nothing is trained."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from benchmarks import answer, answer_verdicts
from benchmarks.answer import goal_table, table
from benchmarks.answer_prices import Crop, Kind, Prices, of_json
from benchmarks.answer_pruned import Pruned
from benchmarks.answer_replay import (
    InOrder,
    Moment,
    Story,
    Trained,
    WindowMap,
    finished_at,
    from_then_on,
    reached,
    replay,
    story_of,
)
from benchmarks.answer_rungs import Halving
from benchmarks.answer_verdicts import RungVerdicts, Verdicts, verdict_at
from tests.harness.finished_runs import dataset, finished_run
from tests.harness.runs import make_run
from tests.sweep.scout import test_scout_training as fake
from tests.sweep.scout.test_scout_step import trained
from xsample_tui.core.training.training_order import SCOUTED
from xsample_tui.stacking.findings.run_summary import summary

PRICES = Prices(
    10.0, Kind(0, 3.0, 4.0, 2.0), (Kind(10, 1.0, 1.0, 0.5), Kind(20, 1.0, 2.0, 0.5)), 3.0, 4.0, 3, 1.5, 6.0
)
# A row of eight windows, the better the farther right; the last is in no map's first place by chance.
LOSSES = {f"w{col}": 1.0 - col / 10 for col in range(8)}


def story(workers: int = 1) -> Story:
    trained = {name: Trained((loss + 1, loss), (loss + 1, loss), loss) for name, loss in {"b": 0.1, **LOSSES}.items()}
    places = {name: (0, col) for col, name in enumerate(LOSSES)}
    crops = {name: Crop(1 + (col > 3), 10 if col < 4 else 20) for col, name in enumerate(LOSSES)}
    return Story(2, workers, ("b",), places, trained, crops, dict(LOSSES))


def test_the_clock_counts_start_tracing_epochs_and_ends() -> None:
    moments = replay(story(), PRICES, InOrder(["b", "w0", "w1", "w7"]), begin=100.0)
    # Started at 110: the frame's tracing, two epochs of 4, an end; then a shape is traced once.
    ends = [(m.trial, m.at) for m in moments if m.done]
    assert ends == [("b", 123.0), ("w0", 126.5), ("w1", 129.0), ("w7", 134.5)]
    assert [m.at for m in moments if m.trial == "w0"] == [125.0, 126.5]


def test_two_workers_share_and_each_traces_for_itself() -> None:
    moments = replay(story(workers=2), PRICES, InOrder(["w0", "w1", "w2"]))
    assert [(m.trial, m.at) for m in moments if m.done] == [("w0", 13.5), ("w1", 13.5), ("w2", 16.0)]


def test_a_trial_that_is_ended_early_costs_what_it_was_trained_for() -> None:
    class Once(InOrder):
        def told(self, trial: str, epoch: int, stop_loss: float) -> bool:
            return stop_loss < 1.95

    moments = replay(story(), PRICES, Once(["w0", "w1", "w2"]))
    assert [(m.trial, m.epoch, m.done, m.at) for m in moments] == [
        ("w0", 1, False, 12.0),
        ("w1", 1, False, 13.0),
        ("w1", 2, True, 14.5),
        ("w2", 1, False, 15.5),
        ("w2", 2, True, 17.0),
    ]


def test_a_trial_may_wait_and_go_on_later_and_workers_wait_for_it() -> None:
    class Rung(InOrder):
        """Both windows wait after their first epoch, until both have had it; then only the second goes on."""

        def __init__(self) -> None:
            self.left, self.had = ["w0", "w1"], set[str]()

        def ask(self) -> str | None:
            return self.left.pop(0) if self.left else None

        def told(self, trial: str, epoch: int, stop_loss: float) -> bool:
            self.had.add(trial)
            if len(self.had) == 2:
                self.left.append("w1")
            return False

    alone = replay(story(), PRICES, Rung())
    assert [(m.trial, m.epoch, m.at) for m in alone] == [("w0", 1, 12.0), ("w1", 1, 13.0), ("w1", 2, 14.5)]
    two = replay(story(workers=2), PRICES, Rung())
    assert [(m.trial, m.epoch, m.at) for m in two] == [("w0", 1, 12.0), ("w1", 1, 12.0), ("w1", 2, 13.5)]


def test_a_price_lies_between_those_measured_and_survives_json() -> None:
    assert PRICES.window(15) == Kind(15, 1.0, 1.5, 0.5)
    assert PRICES.scout(2, 1) == 10 + 3 + 2 * 4 + 3 * 1.5 + 6
    # Of two workers one traces two of three shapes.
    assert PRICES.scout(2, 2) == 10 + 3 + 2 * 4 + 2 * 1.5 + 3
    assert of_json(json.loads(json.dumps(asdict(PRICES)))) == PRICES


def test_the_map_shows_the_nearest_window_or_what_the_scout_lets_one_expect() -> None:
    near = WindowMap(story(), None)
    assert near.values() == []
    near.put("w0", 5.0)
    near.put("w4", 1.0)
    assert near.values() == [5.0, 5.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    scouted = WindowMap(story(), LOSSES)
    assert scouted.values() == list(LOSSES.values())
    for name in ("w0", "w1", "w2"):
        scouted.put(name, 2 * LOSSES[name])
    assert scouted.values() == pytest.approx([2 * loss for loss in LOSSES.values()])


def test_five_best_are_there_once_all_are_trained_to_the_end() -> None:
    moments = replay(story(), PRICES, InOrder(["b", *LOSSES]))
    found = reached(story(), moments)
    assert story().best == ("w7", "w6", "w5", "w4", "w3")
    assert found.best == found.end == moments[-1].at
    assert found.close is not None
    assert found.close <= found.end
    assert (found.trained, found.epochs) == (8, 16)
    backwards = reached(story(), replay(story(), PRICES, InOrder(["b", *reversed(list(LOSSES))])))
    assert backwards.best is not None
    assert backwards.best < backwards.end


def test_a_scout_s_map_counts_from_its_estimate_on() -> None:
    moments = replay(story(), PRICES, InOrder(["b", *LOSSES]), begin=26.0)
    found = reached(story(), moments, scout_at=26.0)
    assert found.close == found.among == 26.0


def test_what_holds_again_later_counts_from_there() -> None:
    assert from_then_on([(1.0, True), (2.0, False), (3.0, True), (4.0, True)]) == 3.0
    assert from_then_on([(1.0, True), (2.0, False)]) is None
    assert from_then_on([]) is None


def test_looks_come_with_every_baseline_and_some_numbers_of_windows() -> None:
    moments = replay(story(), PRICES, InOrder(["w0", "w1", "b", "w2", "w3"]))
    looks = finished_at(moments, story(), (1, 3))
    assert [len(done) for _, done, _ in looks] == [1, 3, 4]
    assert looks[1][2] == {"w0": 2, "w1": 2, "b": 2}


class Said(Verdicts):
    """Says a verdict by how many trials are finished."""

    def __init__(self, said: dict[int, str]) -> None:
        self._said = said

    def of(self, finished: frozenset[str], epochs: Mapping[str, int]) -> str:
        return self._said[len(finished)]


def test_a_verdict_counts_from_when_it_does_not_change_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_verdicts, "ASKED", (1, 2, 3, 4))
    moments = [Moment(float(at), f"w{at}", 2, True) for at in range(4)]
    since, said = verdict_at(Said({1: "hurts", 2: "helps", 3: "hurts", 4: "hurts"}), moments, story(), "hurts")
    assert since == 2.0
    assert [verdict for _, _, verdict in said] == ["hurts", "helps", "hurts", "hurts"]
    never, _ = verdict_at(Said(dict.fromkeys(range(1, 5), "helps")), moments, story(), "hurts")
    assert never is None


def test_a_stored_sweep_is_read(tmp_path: Path) -> None:
    fake.failing.clear()
    run = make_run(tmp_path, scout=True, order="rows", windows={"stride": 2}, training={"stopping": "patience"})
    trained(run)
    found = story_of(run)
    assert len(found.places) == 9
    assert set(found.crops) == set(found.places) == set(found.scout)
    assert all(len(one.stop) == len(one.select) == found.epochs == 3 for one in found.trained.values())
    assert answer.order_of(run, "rows") == [*found.baselines, *found.places]
    for order in SCOUTED:
        assert sorted(answer.order_of(run, order)) == sorted(found.trained)
    ranked = sorted(found.scout, key=found.scout.__getitem__)
    assert answer.order_of(run, "best")[:3] == [*ranked[:2], found.baselines[0]]


def test_a_verdict_is_that_of_the_finished_trials_alone(tmp_path: Path) -> None:
    run = finished_run(tmp_path / "runs", baselines=9, data=dataset(2000))
    names = [trial.name for trial in run.document.trials]
    parts = tmp_path / "parts"
    parts.mkdir()
    verdicts = Verdicts(run, parts)
    assert verdicts.of(frozenset(names), {}) == summary(run).verdict == "not resolved"
    # One window blends with nothing.
    assert verdicts.of(frozenset(names[:10]), {}) == "no verdict"


def test_halving_waits_until_all_have_their_epochs_and_the_best_go_on() -> None:
    # Of two epochs the rung is after the first; of eight windows two go on, the better first.
    halving = Halving(story(), ["b", *LOSSES], 4, 2)
    moments = replay(story(), PRICES, halving)
    went = [(m.trial, m.epoch) for m in moments]
    assert went == [("b", 1), ("b", 2), *((name, 1) for name in LOSSES), ("w7", 2), ("w6", 2)]
    assert halving.parked == {("w7", 1): ("w5", "w4", "w3", "w2", "w1", "w0")}
    # Until the rung is decided all wait, and the map is empty.
    found = reached(story(), moments, None, halving.parked)
    decided = next(m.at for m in moments if (m.trial, m.epoch) == ("w7", 1))
    assert found.close is not None
    assert decided <= found.close <= found.end
    assert found.best is None
    assert (found.trained, found.epochs) == (2, 10)


def test_two_workers_share_the_rungs_too() -> None:
    halving = Halving(story(workers=2), ["b", *LOSSES], 4, 2)
    moments = replay(story(workers=2), PRICES, halving)
    assert sorted(m.trial for m in moments if m.done) == ["b", "w6", "w7"]
    assert [len(names) for names in halving.parked.values()] == [6]


def test_a_scout_s_line_goes_through_whole_windows_alone() -> None:
    shown = WindowMap(story(), LOSSES)
    for name in ("w0", "w1", "w2"):
        shown.put(name, 2 * LOSSES[name])
    shown.put("w3", 9.0, whole=False)
    assert shown.values() == pytest.approx([2.0, 1.8, 1.6, 9.0, *(2 * LOSSES[f"w{col}"] for col in range(4, 8))])


def test_the_summary_of_a_sweep_with_rungs_knows_what_is_parked(tmp_path: Path) -> None:
    fake.failing.clear()
    run = make_run(tmp_path, scout=True, order="rows", windows={"stride": 2}, training={"stopping": "patience"})
    trained(run)
    told = story_of(run)
    halving = Halving(told, answer.order_of(run, "coarse"), 4, 3)
    moments = replay(told, PRICES, halving)
    parts = tmp_path / "parts"
    parts.mkdir()
    epochs = {moment.trial: moment.epoch for moment in moments}
    done = frozenset(moment.trial for moment in moments if moment.done)
    progress = RungVerdicts(run, parts, halving_least=3).run_of(done, epochs).progress()
    found = {name for name, entry in progress.trials.items() if entry.status == "parked"}
    assert found == {name for names in halving.parked.values() for name in names}
    assert len(found) == 6


OPTUNA = """
import json, sys
print(json.dumps("0.0"), flush=True)
given = json.loads(sys.stdin.readline())
asked = iter([[0, 0, 1], [1, 0, 7], [2, 0, 1], [3, 0, 2]] + [[n, 0, 2] for n in range(4, 8)])
for line in sys.stdin:
    order = json.loads(line)
    answer = next(asked) if order["what"] == "ask" else None
    if order["what"] == "report":
        answer = order["value"] > 1.85
    print(json.dumps(answer), flush=True)
"""


def test_a_peer_chooses_and_prunes_and_what_it_chooses_again_costs_nothing(tmp_path: Path) -> None:
    program, shell = tmp_path / "optuna.py", tmp_path / "python"
    program.write_text(OPTUNA)
    shell.write_text(f"#!/bin/sh\nexec {sys.executable} {program}\n")
    shell.chmod(0o700)
    with Pruned(story(), str(shell), "TPE", "median", 0) as method:
        moments = replay(story(), PRICES, method)
        assert method.version == "0.0"
    assert [(m.trial, m.epoch) for m in moments] == [
        ("b", 1), ("b", 2), ("w1", 1), ("w7", 1), ("w7", 2), ("w2", 1), ("w2", 2),
    ]  # fmt: skip


def test_the_tables_name_shares_and_goals() -> None:
    def row(method: str, close: float | None) -> dict[str, Any]:
        seconds = {"map": close, "among 15": None, "five best": 50.0, "verdict": 10.0}
        share = {what: None if at is None else at / 100 for what, at in seconds.items()}
        return {"method": method, "seconds": seconds | {"end": 100.0}, "share": share, "other_verdicts": []}

    found = {
        "setting": "s", "windows": 8, "baselines": 1, "epochs": 2, "workers": 1, "full_seconds": 100.0,
        "verdict": "hurts", "methods": [row(answer.FULL, 90.0), row("scout", 4.0), row("Optuna 1, grid", 1.0)],
    }  # fmt: skip
    assert "| scout | 4 s, 1/25 | never | 50 s, 1/2.0 | 10 s, 1/10.0 | 100 s | none |" in table(found)
    goals = goal_table(found, answer.ours).splitlines()
    assert goals[2] == "| map | 1/20 | scout | 1/25 | met |"
    assert goals[3] == "| five best | 1/8.0 | scout | 1/2.0 | missed |"
