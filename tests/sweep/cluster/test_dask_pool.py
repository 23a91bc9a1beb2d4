"""A sweep on a Dask cluster: everything is as it is on one machine, with the lease that needs no TensorFlow."""

import contextlib
import os
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

pytest.importorskip("distributed")

from distributed import Client

from tests.harness.runs import LEASE, digests, make_run, undisturbed
from tests.harness.until import SECONDS, until
from tests.sweep.dask_cluster import working, working_with
from tests.sweep.network import dask
from xsample_tui.core.errors import InputError
from xsample_tui.core.run_state.requests import Request
from xsample_tui.core.training.lease_stage import LeaseStage
from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.store.control.heartbeat import read_heartbeat
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.run.run_document import document_bytes
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.worker_images import WorkerImages
from xsample_tui.sweep.cluster import dask_task
from xsample_tui.sweep.cluster.cluster_address import read_address
from xsample_tui.sweep.cluster.dask_pool import DaskPool
from xsample_tui.sweep.cluster.dask_slot import DaskSlot
from xsample_tui.sweep.controller import Controller
from xsample_tui.sweep.workers.worker_slot import CannotStart


def small(folder: Path) -> RunFolder:
    """Make a run of two trials."""
    return make_run(folder, training={"epochs": 4}, baselines=1, windows={"only": ("keep-r00-c00",)})


def test_the_bits_are_those_of_one_machine_and_every_epoch_is_told_once(tmp_path: Path, url: str) -> None:
    def make(folder: Path) -> RunFolder:
        return make_run(folder, training={"epochs": 8}, checkpoint_seconds=0.2)

    expected = undisturbed(tmp_path, make)
    run = make(tmp_path / "cluster")
    with working(run, url) as watch:
        until(lambda: (p := read_heartbeat(run.path)) is not None and len(p.workers) == 2)
        watch.thread.join(SECONDS)
    assert watch.ended == "finished"
    assert digests(run) == expected
    told = Counter(watch.epochs())
    assert set(told.values()) == {1}
    assert len(told) == 8 * 6
    for trial in run.document.trials:
        mine = [epoch for name, epoch in watch.epochs() if name == trial.name]
        assert mine == sorted(mine)
    heartbeat = read_heartbeat(run.path)
    assert heartbeat is not None
    assert {w.name for w in heartbeat.workers} == {"worker-0", "worker-1"}
    assert heartbeat.dashboard.startswith("http://127.0.0.1:")


def test_where_the_dashboards_port_is_taken_the_one_really_used_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", os.getcwd())
    monkeypatch.setenv("FAKE_SECONDS", "0.1")
    # It trains on until it is stopped.
    run = make_run(tmp_path, training={"epochs": 5000}, baselines=1, windows={"only": ()})
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # it is taken already
            taken.bind(("127.0.0.1", 8787))
            taken.listen()
        with working(run, "local:1") as watch:
            until(lambda: "Dask's dashboard: " in watch.logged())
            until(lambda: (p := read_heartbeat(run.path)) is not None and p.dashboard != "")
            address = watch.heartbeat().dashboard
            assert f"Dask's dashboard: {address}\n" in watch.logged() + "\n"
            assert urlsplit(address).port != 8787
            with urlopen(address, timeout=SECONDS) as page:
                assert b"dask" in page.read().lower()
            watch.ask("stop")
            watch.thread.join(SECONDS)
    assert watch.ended == "stopped"
    assert watch.logged().count("Dask's dashboard") == 1


def test_requests_reach_a_lease_that_runs(tmp_path: Path, url: str) -> None:
    # Leases last up to a minute here, so that whatever comes sooner has reached one that was running.
    def make(folder: Path) -> RunFolder:
        return make_run(folder, training={"epochs": 60}, checkpoint_seconds=1000, baselines=3, windows={"only": ()})

    run = make(tmp_path / "asked")
    with working(run, url) as watch:
        until(lambda: ("baseline-s00", 3) in watch.epochs() and ("baseline-s01", 3) in watch.epochs())
        watch.ask("pause")
        until(lambda: (p := read_heartbeat(run.path)) is not None and p.state == "paused")
        seen = watch.epochs()
        record = run.record("baseline-s00")
        assert record is not None
        assert record.epoch == max(epoch for name, epoch in seen if name == "baseline-s00") < 60
        watch.ask("unpause")
        until(lambda: len(watch.epochs()) > len(seen) + 4)
        watch.ask("skip", "baseline-s00")
        until(lambda: run.progress().trials["baseline-s00"].status == "skipped")
        assert 3 <= len(run.progress().trials["baseline-s00"].history) < 60
        watch.ask("stop")
        watch.thread.join(SECONDS)
    assert watch.ended == "stopped"
    assert set(Counter(watch.epochs()).values()) == {1}


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (LeaseStage("compiling").sign()[0], LeaseStage("compiling")),
        (LeaseStage("training", 0.25).sign()[0], LeaseStage("training", 0.25)),
        (LeaseStage("training", 1.0).sign()[0], LeaseStage("training", 1.0)),
        (255, LeaseStage("training", 1.0)),
        (0, LeaseStage()),
        (256, LeaseStage()),
        (-1, LeaseStage()),
        (float("nan"), LeaseStage()),
        ("much", LeaseStage()),
        (None, LeaseStage()),
    ],
)
def test_a_stage_from_elsewhere_is_one_or_none(stage: object, expected: LeaseStage) -> None:
    facts = dask_task.Facts("host", 1, {}, "")
    client: Any = None
    slot = DaskSlot(client, client, ("address", "folder"), "worker", facts, (), Machine(), {})
    slot.receive((0.0, {"key": "", "stage": stage}))
    assert slot.stage == expected


def test_workers_say_how_far_their_epoch_is(tmp_path: Path, url: str) -> None:
    # It trains on until it is stopped.
    run = make_run(tmp_path, training={"epochs": 5000}, checkpoint_seconds=1000, baselines=1, windows={"only": ()})
    with working(run, url, lease="tests.harness.fake_lease:run_half_way") as watch:
        until(lambda: (p := read_heartbeat(run.path)) is not None and any(w.share == 0.5 for w in p.workers))
        watch.ask("stop")
        watch.thread.join(SECONDS)
    assert watch.ended == "stopped"


def test_a_state_travels_only_when_its_trial_changes_worker(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[tuple[str, int, bool]] = []
    submit = DaskSlot.submit

    def count(self: DaskSlot, entry: str, *arguments: object) -> object:
        order = arguments[0]
        sent.append((order.trial.name, order.epoch, order.state is not None))  # type: ignore[attr-defined]
        return submit(self, entry, *arguments)

    monkeypatch.setattr(DaskSlot, "submit", count)
    run = make_run(tmp_path, training={"epochs": 6}, baselines=1, windows={"only": ("keep-r00-c00",)})
    with working(run, url) as watch:
        until(lambda: ("baseline-s00", 2) in watch.epochs())
        watch.ask("stop")
        watch.thread.join(SECONDS)
    assert not any(state for _, _, state in sent), "what a worker holds is not sent to it"
    sent.clear()
    with working(run, url) as watch:
        watch.thread.join(SECONDS)
    assert watch.ended == "finished"
    resumed = [(name, epoch) for name, epoch, state in sent if state]
    assert all(epoch > 0 for _, epoch in resumed)
    assert len({name for name, _ in resumed}) == len(resumed) <= 2, "once for each trial that was under way"


def test_a_controller_that_is_killed_is_followed_by_one_that_gives_the_same_bits(tmp_path: Path, url: str) -> None:
    def make(folder: Path) -> RunFolder:
        return make_run(folder, training={"epochs": 20}, checkpoint_seconds=0.1)

    expected = undisturbed(tmp_path, make)
    run = make(tmp_path / "killed")
    program = (
        "import sys; from pathlib import Path\n"
        "from tests.harness.runs import LEASE; from xsample_tui.store.run.run_folder import RunFolder\n"
        "from xsample_tui.sweep.cluster.cluster_address import read_address\n"
        "from xsample_tui.sweep.cluster.dask_pool import DaskPool\n"
        "from xsample_tui.sweep.controller import Controller\n"
        "run = RunFolder(Path(sys.argv[1]))\n"
        "Controller(run, DaskPool(read_address(sys.argv[2]), run), lease=LEASE).work()\n"
    )
    feed = run.path / "events.jsonl"
    process = subprocess.Popen([sys.executable, "-c", program, str(run.path), url])
    try:
        until(lambda: feed.exists() and feed.read_text().count('"type":"epoch"') >= 8)
    finally:
        process.kill()
        process.wait()
    assert digests(run) != expected
    with working(run, url) as watch:
        watch.thread.join(SECONDS)
    assert watch.ended == "finished"
    assert digests(run) == expected


def test_failures_mark_a_trial_and_a_retry_takes_the_mark_back(tmp_path: Path, url: str) -> None:
    run = small(tmp_path)
    controller = Controller(run, DaskPool(read_address(url), run), lease="tests.harness.fake_lease:raise_unpicklable")
    assert controller.work() == "finished"
    failed = run.progress().trials["keep-r00-c00"]
    assert (failed.status, failed.message) == ("failed", "ValueError: a lock is in it")
    RequestInbox(run.path).put(Request(action="retry", trials=("keep-r00-c00", "baseline-s00")))
    with working(run, url) as watch:
        watch.thread.join(SECONDS)
    assert digests(run) == undisturbed(tmp_path, small)


def test_a_worker_that_is_late_and_has_what_is_asked_for_gets_the_images_sent(tmp_path: Path, url: str) -> None:
    run = make_run(tmp_path, training={"epochs": 4}, baselines=1, windows={"only": ("keep-r00-c00",)})
    expected = undisturbed(
        tmp_path, lambda f: make_run(f, training={"epochs": 4}, baselines=1, windows={"only": ("keep-r00-c00",)})
    )
    with working_with(run, sent(run, url)) as watch:
        until(lambda: (p := read_heartbeat(run.path)) is not None and p.state == "running")
        assert not watch.epochs(), "no worker has a GPU yet"
        with workers(tmp_path, url, tmp_path, "late"):
            watch.thread.join(SECONDS)
    assert watch.ended == "finished"
    assert digests(run) == expected
    assert "worker late on" in watch.logged()
    heartbeat = read_heartbeat(run.path)
    assert heartbeat is not None
    assert [w.name for w in heartbeat.workers] == ["late"]


def test_another_fingerprint_marks_what_is_trained_there(tmp_path: Path, url: str) -> None:
    run = small(tmp_path)
    other = run.document.fingerprint | {"processor": "another one"}
    (run.path / "spec.json").write_bytes(document_bytes(run.document.model_copy(update={"fingerprint": other})))
    run = RunFolder(run.path)
    with working(run, url) as watch:
        watch.thread.join(SECONDS)
    assert watch.ended == "finished"
    record = run.record("baseline-s00")
    assert record is not None
    assert len(record.drifted) == 1
    assert record.drifted[0].startswith("processor: another one -> ")
    assert "differs from the run's first machine: processor" in watch.logged()


def test_a_worker_that_cannot_be_reached_at_once_is_tried_again(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    greet, tries = DaskPool._greet, Counter[str]()

    async def seldom(self: DaskPool, client: Client, address: str) -> dask_task.Facts:
        tries[address] += 1
        if tries[address] < 3:
            raise OSError("no route to it")
        return await greet(self, client, address)

    monkeypatch.setattr(DaskPool, "_greet", seldom)
    monkeypatch.setattr("xsample_tui.sweep.cluster.dask_pool._WELCOME_AGAIN_AFTER", 0.1)
    run = small(tmp_path)
    with working(run, url) as watch:
        watch.thread.join(SECONDS)
    assert watch.ended == "finished"
    assert digests(run) == undisturbed(tmp_path, small)
    assert watch.logged().count("cannot be used: OSError: no route to it; trying again") == 2, "once each"


def test_no_scheduler_is_one_line(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    controller = Controller(run, DaskPool(read_address("tcp://127.0.0.1:1"), run, connect_within=1.0), lease=LEASE)
    with pytest.raises(InputError, match=r"cluster: tcp://127\.0\.0\.1:1: no answer within"):
        controller.work()


@contextlib.contextmanager
def workers(folder: Path, url: str, scratch: Path, *names: str) -> Iterator[None]:
    """Start workers that share a folder for what they hold, and have what :func:`sent` asks for."""
    options = ("--nthreads", "1", "--resources", "GPU=1", "--no-dashboard", "--no-nanny", "--local-directory")
    with contextlib.ExitStack() as all_of_them:
        for name in names:
            command = ("worker", url, *options, str(scratch), "--name", name)
            all_of_them.enter_context(dask(folder / f"{name}.log", *command))
        yield


def sent(run: RunFolder, url: str) -> DaskPool:
    """Return a pool of workers that do not see the run's folder, as on other machines."""
    worker_pool = DaskPool(read_address(url), run, {"GPU": 1})
    worker_pool._images.source = replace(worker_pool._images.source, path=Path("/nowhere"))
    return worker_pool


def test_a_machine_is_sent_the_images_once_and_keeps_them_in_one_file_until_the_end(tmp_path: Path, url: str) -> None:
    # It trains on until it is stopped.
    run = make_run(tmp_path, training={"epochs": 5000}, baselines=2, windows={"only": ()})
    scratch = tmp_path / "scratch"

    def files() -> list[str]:
        return sorted(path.name for path in scratch.glob("*/xsample-*/*"))

    with workers(tmp_path, url, scratch, "one", "two"), working_with(run, sent(run, url)) as watch:
        until(lambda: {name for name, _ in watch.epochs()} == {"baseline-s00", "baseline-s01"})
        assert watch.logged().count("sending the images to ") == 1
        assert files() == ["dataset.npz", "in-use", "plan.npz", "spec.json"]
        with workers(tmp_path, url, scratch, "three"):
            until(lambda: "worker three on" in watch.logged())
            assert watch.logged().count("sending the images to ") == 1
            watch.ask("stop")
            watch.thread.join(SECONDS)
        assert watch.ended == "stopped"
        assert files() == []


def test_images_held_for_another_run_give_way_and_are_asked_for_again(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    source = WorkerImages.of(run)
    dask_task._images.clear()
    try:
        assert not dask_task.look_up(replace(source, path=tmp_path / "nowhere"))
        assert dask_task.look_up(source)
        dataset, split = dask_task.HeldSource(source.key).open()
        assert dataset.digest() == run.dataset.digest()
        assert split.digest() == run.plan.split.digest()
        # Runs that others train on the same worker may take their place: then it is welcomed once more.
        for number in range(dask_task._MOST_HELD):
            dask_task._hold(f"another/{number}", run)
        with pytest.raises(CannotStart, match="no longer holds the run's images"):
            dask_task.HeldSource(source.key).open()
    finally:
        dask_task._images.clear()
