"""Requests of the controller's own process."""

import signal
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from tests.harness.inline_slot import InlineSlot
from tests.harness.runs import LEASE, make_run
from tests.harness.until import SECONDS, until
from xsample_tui.core.run_state.requests import Action, Request
from xsample_tui.core.run_state.run_events import Event, RunChanged, TrialChanged
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.request_queue import RequestQueue

PAUSE, STOP = Request(action="pause"), Request(action="stop")


def test_requests_are_taken_in_their_order_and_stay_until_they_are_carried_out() -> None:
    requests = RequestQueue()
    assert requests.first is None
    requests.put(PAUSE)
    requests.put(STOP)
    assert [requests.first, requests.first] == [PAUSE, PAUSE]
    requests.drop_first()
    assert requests.first == STOP
    requests.drop_first()
    assert requests.first is None


@pytest.mark.parametrize("what", ["request", "future"])
def test_a_request_and_the_end_of_a_future_both_end_a_rest(what: str) -> None:
    requests, future = RequestQueue(), Future[Any]()
    rested = threading.Event()

    def rest() -> None:
        requests.rest([future], 10 * SECONDS)
        rested.set()

    thread = threading.Thread(target=rest)
    thread.start()
    assert not rested.wait(0.05)
    if what == "request":
        requests.put(PAUSE)
    else:
        future.set_result(None)
    assert rested.wait(SECONDS)
    thread.join(SECONDS)
    assert requests.first == (PAUSE if what == "request" else None)


def test_a_result_that_is_not_taken_in_does_not_keep_the_loop_awake() -> None:
    requests, future = RequestQueue(), Future[Any]()
    future.set_result(None)
    began = time.monotonic()
    for _ in range(4):
        requests.rest([future], 0.05)
    # Only the first of them is ended by the future.
    assert time.monotonic() - began >= 0.15


def test_a_signal_handler_may_put_a_request_while_another_is_put() -> None:
    requests, wanted = RequestQueue(), 0
    over = time.monotonic() + 0.3

    def handle(number: int, frame: FrameType | None) -> None:
        requests.put(STOP)

    before = signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        while time.monotonic() < over:
            requests.put(PAUSE)
            wanted += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    found = []
    while (request := requests.first) is not None:
        found.append(request)
        requests.drop_first()
    assert found.count(PAUSE) == wanted
    assert found.count(STOP) > 10


def test_a_request_of_this_process_is_obeyed_without_the_folder_and_before_the_next_tick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[Event] = []
    run = make_run(tmp_path, training={"epochs": 50})

    def broken(self: object) -> list[Request | str]:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(RequestInbox, "take", broken)
    worked = Controller(run, lambda number: _Never(), events.append, lease=LEASE, tick=10 * SECONDS)
    thread = threading.Thread(target=worked.work)
    thread.start()

    def states() -> list[str]:
        return [event.state for event in list(events) if isinstance(event, RunChanged)]

    # With nothing in hand it would be paused at once.
    until(lambda: any(isinstance(event, TrialChanged) and event.status == "running" for event in list(events)))
    worked.submit(PAUSE)
    until(lambda: states()[-1:] == ["pausing"])
    # What changes nothing is answered too.
    worked.submit(PAUSE)
    until(lambda: states()[-2:] == ["pausing", "pausing"])
    worked.submit(Request(action="stop-now"))
    thread.join(SECONDS)
    assert not thread.is_alive()
    assert states()[-1] == "stopped"


class _Never(InlineSlot):
    """A slot whose leases do not end."""

    def submit(self, entry: str, *arguments: Any) -> Future[Any]:
        return Future()


def test_what_is_submitted_too_late_is_given_back(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    late: list[Action] = ["pause", "skip"]

    def tell(event: Event) -> None:
        if isinstance(event, RunChanged) and event.state == "finished":
            for action in late:
                worked.submit(Request(action=action))

    worked = Controller(run, lambda number: InlineSlot(), tell, lease=LEASE)
    assert worked.work() == "finished"
    assert [request.action for request in worked.unobeyed()] == late
    assert worked.unobeyed() == []
