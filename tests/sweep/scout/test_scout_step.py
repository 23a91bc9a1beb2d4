"""A sweep whose first step is a scout: the trials wait for it, and have the bits of a sweep without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.inline_slot import InlineSlot
from tests.harness.runs import LEASE, digests, make_run, undisturbed
from tests.sweep.scout import test_scout_training as fake
from xsample_tui.core.errors import InputError
from xsample_tui.core.run_state.requests import Request
from xsample_tui.core.run_state.run_events import Event, Logged, ScoutEnded, TrialChanged
from xsample_tui.core.scout.best_order import best_order
from xsample_tui.core.scout.promising_order import promising_order
from xsample_tui.core.training.lease import TrainingFailed
from xsample_tui.store.control.heartbeat import read_heartbeat
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.scout_files import read_estimate
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.run_setup import new_spec


@pytest.fixture(autouse=True)
def nothing_fails() -> Iterator[None]:
    fake.failing.clear()
    yield
    fake.failing.clear()


def scouted(folder: Path, name: str = "r", **changes: Any) -> RunFolder:
    options: dict[str, Any] = {"scout": True, "order": "promising", "windows": {"stride": 2}} | changes
    return make_run(folder, name, **options)


def controller(run: RunFolder, on_event: Callable[[Event], None], slots: Any = None) -> Controller:
    return Controller(run, slots or (lambda number: InlineSlot()), on_event, lease=LEASE, scout=fake.ENTRIES)


def trained(run: RunFolder) -> tuple[str, list[Event]]:
    """Work on a run to its end; return how it ended and what happened."""
    events: list[Event] = []
    return controller(run, events.append).work(), events


def begun(events: list[Event]) -> list[str]:
    """Return the trials in the order in which they began."""
    return [e.trial for e in events if isinstance(e, TrialChanged) and e.status == "running"]


def said(events: list[Event]) -> list[str]:
    return [e.text for e in events if isinstance(e, Logged)]


def expected(run: RunFolder, arranged: Callable[..., tuple[str, ...]] = promising_order) -> tuple[str, ...]:
    estimate = read_estimate(run.path)
    assert estimate is not None
    places = {t.name: None if t.row is None or t.col is None else (t.row, t.col) for t in run.document.trials}
    return arranged(run.document.training_order, places, estimate.loss)


def test_trials_wait_for_the_scout_and_have_the_same_bits(tmp_path: Path) -> None:
    run = scouted(tmp_path)
    ended, events = trained(run)
    assert ended == "finished"
    lines = said(events)
    assert lines[0] == "the scout is trained first: one network under all windows in turn"
    assert lines[-1] == "scout evaluated under 9 of 9 windows"
    first = next(at for at, e in enumerate(events) if isinstance(e, TrialChanged))
    assert not [e for e in events[first:] if isinstance(e, Logged)]
    (ended_at,) = [at for at, e in enumerate(events) if isinstance(e, ScoutEnded)]
    assert ended_at < first
    assert tuple(begun(events)) == expected(run) != run.document.training_order
    assert digests(run) == undisturbed(tmp_path, lambda path: make_run(path, windows={"stride": 2}))


def test_the_heartbeat_says_how_far_the_scout_is(tmp_path: Path) -> None:
    run, seen = scouted(tmp_path), set()

    def listen(event: Event) -> None:
        heartbeat = read_heartbeat(run.path)
        if heartbeat is not None and heartbeat.scout is not None:
            seen.add(heartbeat.scout.words())

    assert controller(run, listen).work() == "finished"
    # It is written once a second, so of a fake scout only its begin is.
    assert "scout epoch 1/3" in seen
    last = read_heartbeat(run.path)
    assert last is not None
    assert last.scout is None


def test_without_the_promising_order_only_the_map_is_there(tmp_path: Path) -> None:
    run = scouted(tmp_path, order="coarse")
    ended, events = trained(run)
    assert ended == "finished"
    assert read_estimate(run.path) is not None
    assert tuple(begun(events)) == run.document.training_order


@pytest.mark.parametrize("stop", ["stop", "stop-now"])
def test_stopped_in_the_middle_of_the_scout_it_goes_on_there(tmp_path: Path, stop: Any) -> None:
    run = scouted(tmp_path)
    events: list[Event] = []

    def listen(event: Event) -> None:
        events.append(event)
        if isinstance(event, Logged) and event.text.startswith("scout epoch 2/3"):
            stopping.submit(Request(action=stop))

    stopping = controller(run, listen)
    assert stopping.work() == "stopped"
    assert not begun(events)
    assert read_estimate(run.path) is None
    ended, events = trained(run)
    assert ended == "finished"
    assert not any(line.startswith("scout epoch 1/3") for line in said(events))
    whole = scouted(tmp_path, "whole")
    trained(whole)
    assert read_estimate(run.path) == read_estimate(whole.path)
    assert digests(run) == digests(whole)


@pytest.mark.parametrize("order", ["promising", "best"])
def test_stopped_among_the_trials_it_keeps_its_order(tmp_path: Path, order: str) -> None:
    run = scouted(tmp_path, order=order)
    events: list[Event] = []

    def listen(event: Event) -> None:
        events.append(event)
        done = [e for e in events if isinstance(e, TrialChanged) and e.status == "done"]
        if done[3:] == [event]:
            stopping.submit(Request(action="stop"))

    stopping = controller(run, listen)
    assert stopping.work() == "stopped"
    ended, later = trained(run)
    assert ended == "finished"
    assert "scout" not in " ".join(said(later))
    both = [*begun(events), *begun(later)]
    assert tuple(dict.fromkeys(both)) == expected(run, best_order if order == "best" else promising_order)


def test_what_a_user_puts_first_stays_first(tmp_path: Path) -> None:
    run = scouted(tmp_path)
    last = run.document.training_order[-1]
    events: list[Event] = []

    def listen(event: Event) -> None:
        events.append(event)
        if isinstance(event, Logged) and event.text.startswith("scout epoch 1/3"):
            steered.submit(Request(action="front", trials=(last,)))

    steered = controller(run, listen)
    assert steered.work() == "finished"
    assert begun(events) == [last, *(name for name in expected(run) if name != last)]


def test_a_scout_that_fails_ends_no_sweep(tmp_path: Path) -> None:
    run = scouted(tmp_path)
    fake.failing.append(TrainingFailed("the loss is nan in epoch 1"))
    ended, events = trained(run)
    assert ended == "finished"
    assert "the scout failed: the loss is nan in epoch 1; windows are trained without an estimate" in said(events)
    assert tuple(begun(events)) == run.document.training_order
    assert digests(run) == undisturbed(tmp_path, lambda path: make_run(path, windows={"stride": 2}))


def test_the_best_for_the_scout_are_trained_before_the_first_baseline(tmp_path: Path) -> None:
    run = scouted(tmp_path, order="best", windows={"stride": 1})
    ended, events = trained(run)
    assert ended == "finished"
    estimate = read_estimate(run.path)
    assert estimate is not None
    ranked = sorted(estimate.windows, key=estimate.rank.__getitem__)
    assert begun(events)[:6] == [*ranked[:5], "baseline-s00"]
    assert sorted(begun(events)) == sorted(run.document.training_order)
    assert digests(run) == undisturbed(tmp_path, lambda path: make_run(path, windows={"stride": 1}))


def test_the_promising_first_needs_a_scout(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="order: promising: needs a scout's estimate; pass scout=True too"
    ) as refused:
        new_spec(tmp_path, "quick", order="promising")
    assert refused.value.named == ("scout=True",)
    assert new_spec(tmp_path, "quick", order="promising", scout=True).scout
