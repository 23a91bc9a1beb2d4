"""The order of a sweep's trials: what it decides, and what it does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.harness.inline_slot import InlineSlot
from tests.harness.runs import LEASE, digests, make_run, noise_images, undisturbed, work
from xsample_tui.core.errors import ArgumentError
from xsample_tui.core.run_state.requests import Request
from xsample_tui.core.run_state.run_events import Event, QueueChanged, TrialChanged
from xsample_tui.core.training import training_order
from xsample_tui.core.training.training_order import SCOUTED, TRAINING_ORDERS, TrainingOrder
from xsample_tui.services.spec_from_options import spec_of
from xsample_tui.store.run.run_document import DamagedRun, document_bytes
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.controller import LEASE as REAL_LEASE
from xsample_tui.sweep.controller import Controller

WINDOWS = {"height": 4, "width": 4, "stride": 1}


def started(run: RunFolder) -> list[str]:
    """Train a run; return its trials as they began."""
    events: list[Event] = []
    assert work(run, on_event=events.append) == "finished"
    return [event.trial for event in events if isinstance(event, TrialChanged) and event.status == "running"]


def test_new_runs_are_trained_coarse_to_fine_and_listed_by_place(tmp_path: Path) -> None:
    run = make_run(tmp_path, windows=WINDOWS, baselines=8)
    assert run.spec.order == "coarse"
    names = [trial.name for trial in run.document.trials]
    assert names[8:10] == ["keep-r00-c00", "keep-r00-c01"]
    assert list(run.progress().trials) == names
    first = started(run)
    assert first == list(run.document.training_order)
    assert first[:4] == [*names[:3], "keep-r02-c02"]
    # The first five windows are the centre and one in each quarter.
    windows = [name for name in first if name.startswith("keep")][:5]
    assert {(int(name[6:8]) > 2, int(name[10:12]) > 2) for name in windows[1:]} == {
        (top, left) for top in (True, False) for left in (True, False)
    }
    # Six come early, so that the verdict on blending does.
    assert [first.index(f"baseline-s{number:02}") for number in range(3, 6)] == [4, 6, 8]
    assert 9 < first.index("baseline-s06") < first.index("baseline-s07") - 1
    assert list(run.progress().trials) == names


def test_results_keep_their_bits_whatever_the_order(tmp_path: Path) -> None:
    found = {}
    # Those that need a scout are in tests/sweep/scout/test_scout_step.py.
    for order in (order for order in TRAINING_ORDERS if order not in SCOUTED):
        run = make_run(tmp_path, order, windows=WINDOWS, baselines=5, order=order)
        began = started(run)
        found[order] = digests(run)
        assert sorted(began) == sorted(run.document.training_order)
    assert len(found["rows"]) == 30
    assert found["rows"] == found["coarse"] == found["centre"]


def test_trained_networks_keep_their_bits_whatever_the_order(tmp_path: Path) -> None:
    pytest.importorskip("tensorflow")
    found: dict[TrainingOrder, dict[str, str]] = {}
    for order in ("rows", "coarse"):
        run = make_run(
            tmp_path,
            order,
            data=noise_images(90, 12),
            windows={"height": 6, "width": 6, "stride": 3},
            training={"epochs": 1, "batch_size": 10, "micro_batch": 10},
            baselines=1,
            order=order,
        )
        assert Controller(run, lambda number: InlineSlot(), lease=REAL_LEASE).work() == "finished"
        found[order] = digests(run)
    assert len(set(found["rows"].values())) == 10
    assert found["rows"] == found["coarse"]


def test_a_run_that_was_laid_out_before_there_was_a_choice_keeps_its_order(tmp_path: Path) -> None:
    run = make_run(tmp_path, windows=WINDOWS, baselines=5)
    stored = json.loads(document_bytes(run.document))["run"]
    del stored["order"], stored["spec"]["order"]
    document = type(run.document).model_validate(stored, strict=False)
    (run.path / "spec.json").write_bytes(document_bytes(document))
    before = RunFolder(run.path)
    assert before.spec.order == "rows"
    assert started(before) == [trial.name for trial in before.document.trials]
    assert digests(before) == undisturbed(tmp_path, lambda runs: make_run(runs, windows=WINDOWS, baselines=5))


def test_a_resumed_run_goes_on_in_its_order(tmp_path: Path) -> None:
    run = make_run(tmp_path, windows=WINDOWS, baselines=5)
    seen: list[str] = []

    def stop_after_eight(event: Event) -> None:
        if isinstance(event, TrialChanged) and event.status == "done":
            seen.append(event.trial)
            if len(seen) == 8:
                controller.stop()

    controller = Controller(run, lambda number: InlineSlot(), stop_after_eight, lease=LEASE)
    assert controller.work() == "stopped"
    assert run.progress().queue == tuple(name for name in run.document.training_order if name not in seen)
    assert started(RunFolder(run.path)) == [name for name in run.document.training_order if name not in seen]


def test_a_run_that_was_laid_out_with_fewer_baselines_early_keeps_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training_order, "SOON_BASELINES", 0)
    run = make_run(tmp_path, windows=WINDOWS, baselines=8)
    before = run.document.training_order
    monkeypatch.undo()
    after = RunFolder(run.path)
    assert after.document.training_order == before
    assert started(after) == list(before)
    assert before[3].startswith("keep")
    assert before[4].startswith("keep")


def test_a_trial_can_still_be_moved_to_the_front(tmp_path: Path) -> None:
    run = make_run(tmp_path, windows=WINDOWS, baselines=5)
    last = run.document.training_order[-1]
    queues: list[tuple[str, ...]] = []

    def look(event: Event) -> None:
        if isinstance(event, QueueChanged):
            if not queues:
                controller.submit(Request(action="front", trials=(last,)))
            queues.append(event.order)

    controller = Controller(run, lambda number: InlineSlot(), look, lease=LEASE)
    assert controller.work() == "finished"
    assert any(order[:1] == (last,) and len(order) > 20 for order in queues)


def test_the_articles_stopping_rule_keeps_its_own_order(tmp_path: Path) -> None:
    assert spec_of(tmp_path, "article", name="a").order == "rows"
    assert spec_of(tmp_path, "standard", name="b", stopping="article").order == "rows"
    assert spec_of(tmp_path, "standard", name="c").order == "coarse"
    with pytest.raises(ArgumentError, match=r"order: coarse: the article's stopping rule leaks.* choose rows"):
        spec_of(tmp_path, "article", name="d", order="coarse")
    with pytest.raises(ArgumentError, match="order: zigzag"):
        spec_of(tmp_path, "quick", name="e", order="zigzag")  # type: ignore[arg-type]


def test_an_order_that_does_not_name_every_trial_is_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    body = run.document.model_copy(update={"order": (0, 0, 1)})
    (run.path / "spec.json").write_bytes(document_bytes(body))
    with pytest.raises(DamagedRun, match="order does not name every trial once"):
        RunFolder(run.path)
