"""A sweep on a Dask cluster of which anything may die, hang or be cut off: the same bits as undisturbed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

pytest.importorskip("distributed")

import psutil
from distributed import Client

from tests.harness.runs import digests, make_run, undisturbed
from tests.harness.until import SECONDS, until
from tests.sweep.dask_cluster import working
from tests.sweep.network import Island, Wire, dask, free_port, listens
from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.cluster import dask_pool
from xsample_tui.sweep.cluster.cluster_address import read_address
from xsample_tui.sweep.cluster.own_cluster import OwnCluster
from xsample_tui.sweep.workers import worker_supervision

WORKER = ("--nthreads", "1", "--no-dashboard", "--memory-limit", "0")


@pytest.fixture(autouse=True)
def _workers_find_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.getcwd())


def make(folder: Path, epochs: int = 40, seconds: float = 0.1) -> RunFolder:
    return make_run(folder, training={"epochs": epochs}, checkpoint_seconds=seconds)


def drive(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    kills: int,
    schedulers: int,
    workers: int,
    seed: int,
    epochs: int,
) -> None:
    """Kill workers, sometimes all, and the scheduler at random instants while a sweep trains."""
    pace = tmp_path / "pace"
    expected = undisturbed(tmp_path, lambda folder: make(folder, epochs))
    pace.write_text("0.2")
    monkeypatch.setenv("FAKE_PACE", str(pace))
    run = make(tmp_path / "chaos", epochs)
    lot = random.Random(seed)
    killed, all_at_once = 0, 0
    at = sorted(lot.sample(range(1, kills), schedulers))
    with working(run, f"local:{workers}") as watch:
        worker_pool = watch.worker_pool
        while killed < kills:
            until(lambda: len(worker_pool.slots()) == workers)
            time.sleep(lot.uniform(0.1, 1.0))
            assert not watch.ended, "the sweep ended before all kills were done: give it more epochs"
            victims = list(worker_pool.processes)
            if lot.random() < 0.6:
                victims = [lot.choice(victims)]
            all_at_once += len(victims) == workers
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
                killed += 1
            until(lambda gone=victims: not set(gone) & set(worker_pool.processes))  # type: ignore[misc]
            if at and killed >= at[0]:
                at.pop(0)
                assert worker_pool.host is not None
                os.kill(worker_pool.host, signal.SIGKILL)
                until(lambda: "the scheduler is lost" in watch.logged().rpartition("the scheduler is back")[2])
        pace.write_text("0")
        watch.thread.join(SECONDS)
    print(f"workers killed: {killed} ({all_at_once} times all), schedulers: {schedulers}")
    assert watch.ended == "finished"
    assert watch.logged().count("the scheduler is back") == schedulers
    assert digests(run) == expected
    for entry in run.progress().trials.values():
        assert [m.epoch for m in entry.history] == list(range(1, epochs + 1)), "none is lost, none is counted twice"


def test_workers_that_cannot_be_started_are_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scratch, log = tmp_path / "scratch", tmp_path / "cluster.log"
    monkeypatch.setenv("DASK_TEMPORARY_DIRECTORY", str(scratch))
    cluster = OwnCluster(read_address("local:2"), Machine(), log)
    cluster.start()
    try:
        with Client(cluster.url, set_as_default=False) as client:
            before = set(client.run(os.getpid).values())
            # As when the disk is full: they find no room for their files.
            scratch.rename(tmp_path / "away")
            scratch.write_text("")
            for pid in before:
                os.kill(pid, signal.SIGKILL)
            until(lambda: log.read_text().count("Failed to start process") >= 2)
            scratch.unlink()
            until(lambda: len(set(client.run(os.getpid, on_error="ignore").values()) - before) == 2)
    finally:
        cluster.close()


@pytest.mark.slow
def test_a_worker_that_hangs_is_started_afresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_supervision, "SILENCE_ALLOWED", 4.0)
    pace = tmp_path / "pace"
    expected = undisturbed(tmp_path, make)
    pace.write_text("0.2")
    monkeypatch.setenv("FAKE_PACE", str(pace))
    run = make(tmp_path / "hangs")
    with working(run, "local:1") as watch:
        worker_pool = watch.worker_pool
        until(lambda: len(watch.epochs()) >= 3)
        (hung,) = worker_pool.processes
        os.kill(hung, signal.SIGSTOP)
        until(lambda: "the worker gave no sign of life" in watch.logged())
        until(lambda: worker_pool.processes and worker_pool.processes != [hung])
        assert not psutil.pid_exists(hung)
        pace.write_text("0")
        watch.thread.join(SECONDS)
    assert watch.ended == "finished"
    assert digests(run) == expected


def test_workers_and_a_scheduler_are_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drive(tmp_path, monkeypatch, kills=2, schedulers=1, workers=2, seed=3, epochs=80)


@pytest.mark.slow
def test_twenty_workers_and_two_schedulers_are_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drive(tmp_path, monkeypatch, kills=22, schedulers=2, workers=3, seed=4, epochs=400)


@pytest.mark.slow
def test_a_scheduler_that_is_cut_off_is_said_to_be_and_then_the_sweep_goes_on(
    tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dask_pool, "_ANSWER_WITHIN", 1.0)
    monkeypatch.setattr(worker_supervision, "SILENT_AFTER", 2.0)
    expected = undisturbed(tmp_path, make)
    run = make(tmp_path / "cut")
    wire = Wire(int(url.rpartition(":")[2]))
    try:
        with working(run, f"tcp://127.0.0.1:{wire.port}") as watch:
            until(lambda: len(watch.epochs()) >= 10)
            wire.cut()
            until(lambda: "the scheduler does not answer" in watch.logged())
            until(lambda: watch.heartbeat().stalled)
            assert {worker.state for worker in watch.heartbeat().workers} == {"silent"}
            monkeypatch.setattr(dask_pool, "_GIVE_UP_AFTER", 1.0)
            until(lambda: "the scheduler is lost" in watch.logged())
            wire.mend()
            until(lambda: "the scheduler is back" in watch.logged())
            watch.thread.join(SECONDS)
        assert watch.ended == "finished"
        assert digests(run) == expected
    finally:
        wire.close()


@pytest.mark.slow
def test_a_stall_is_shown_within_thirty_seconds(tmp_path: Path, url: str) -> None:
    run = make(tmp_path, 4000)
    wire = Wire(int(url.rpartition(":")[2]))
    try:
        with working(run, f"tcp://127.0.0.1:{wire.port}") as watch:
            until(lambda: len(watch.epochs()) >= 10)
            began = time.monotonic()
            wire.cut()
            until(lambda: "the scheduler does not answer" in watch.logged() and watch.heartbeat().stalled, 30)
            print(f"shown after {time.monotonic() - began:.1f} s")
            wire.mend()
            until(lambda: "the scheduler answers again" in watch.logged())
            until(lambda: not watch.heartbeat().stalled)
            seen = len(watch.epochs())
            until(lambda: len(watch.epochs()) > seen)
    finally:
        wire.close()


@pytest.mark.slow
def test_workers_that_are_cut_off_or_slow_and_a_scheduler_that_is_started_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_supervision, "SILENCE_ALLOWED", 4.0)
    expected = undisturbed(tmp_path, make)
    run = make(tmp_path / "parts")
    port = free_port()
    scheduler = ("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    where = f"tcp://127.0.0.1:{port}"
    log = tmp_path / "dask.log"
    wire = Wire(port)
    folders = ("--local-directory", str(tmp_path))
    try:
        with dask(log, *scheduler) as first:
            until(lambda: listens(port))
            beyond = ("worker", f"tcp://127.0.0.1:{wire.port}", "--name", "beyond", *WORKER, *folders)
            slow = ("worker", where, "--name", "slow", *WORKER, *folders)
            with working(run, where) as watch, dask(log, *beyond, FAKE_SECONDS="0.1"):
                until(lambda: len(watch.epochs()) >= 3)
                with dask(log, *slow, FAKE_SECONDS="0.3"):
                    until(lambda: {w.name for w in watch.heartbeat().workers if w.rate} == {"beyond", "slow"})
                    wire.cut()
                    until(lambda: "the worker gave no sign of life" in watch.logged())
                    mine = len(watch.epochs())
                    until(lambda: len(watch.epochs()) > mine + 2)
                    wire.mend()
                    until(lambda: "beyond" in {w.name for w in watch.heartbeat().workers if w.state == "training"})
                first.kill()
                until(lambda: "the scheduler is lost" in watch.logged())
                with dask(log, *scheduler), dask(log, "worker", where, "--name", "new", *WORKER, *folders):
                    until(lambda: "worker new on" in watch.logged())
                    watch.thread.join(SECONDS)
                    assert watch.ended == "finished"
        assert digests(run) == expected
    finally:
        wire.close()


@pytest.mark.slow
def test_when_the_only_worker_is_cut_off_that_is_shown_and_it_is_welcome_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        island = Island()
    except OSError as error:
        pytest.skip(f"no network namespaces: {error}")
    monkeypatch.setattr(worker_supervision, "SILENCE_ALLOWED", 20.0)
    monkeypatch.setattr("xsample_tui.sweep.cluster.dask_slot._RESTART_WITHIN", 5.0)
    pace = tmp_path / "pace"
    expected = undisturbed(tmp_path, lambda folder: make(folder, 400))
    pace.write_text("0.2")
    run = make(tmp_path / "cut", 400)
    port, log, folders = free_port(), tmp_path / "dask.log", ("--local-directory", str(tmp_path))
    where = f"tcp://{island.here}:{port}"
    scheduler = ("scheduler", "--host", island.here, "--port", str(port), "--no-dashboard")

    def worker(name: str) -> tuple[str, ...]:
        return ("worker", where, "--name", name, *WORKER, *folders)

    def training() -> set[str]:
        return {w.name for w in watch.heartbeat().workers if w.state == "training"}

    try:
        with dask(log, *scheduler):
            until(lambda: listens(port, island.here))
            with (
                working(run, where) as watch,
                dask(log, *worker("far"), within=island.within, FAKE_PACE=str(pace)),
            ):
                until(lambda: len(watch.epochs()) >= 10 and training() == {"far"})
                began = time.monotonic()
                island.cut()
                until(lambda: watch.heartbeat().stalled, 30)
                print(f"stalled after {time.monotonic() - began:.1f} s")
                until(lambda: "the worker gave no sign of life" in watch.logged())
                print(f"given up after {time.monotonic() - began:.1f} s")
                with dask(log, *worker("near"), FAKE_PACE=str(pace)):
                    until(lambda: training() == {"near"} and not watch.heartbeat().stalled)
                    island.mend()
                    until(lambda: training() == {"far", "near"})
                    pace.write_text("0")
                    watch.thread.join(SECONDS)
        assert watch.ended == "finished"
        assert "is open to the network without TLS" in watch.logged()
        assert digests(run) == expected
    finally:
        island.sink()


def test_tls_passes_through(tmp_path: Path) -> None:
    import dask as dask_config

    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", str(key), "-out", str(certificate),
         "-days", "2", "-subj", "/CN=localhost"],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode != 0:
        pytest.skip("openssl cannot make a certificate here")
    options = ("--tls-ca-file", str(certificate), "--tls-cert", str(certificate), "--tls-key", str(key))
    port = free_port()
    where = f"tls://127.0.0.1:{port}"
    run = make(tmp_path, 3)
    client = {"ca-file": str(certificate), "client.cert": str(certificate), "client.key": str(key)}
    log = tmp_path / "dask.log"
    scheduler = ("scheduler", "--protocol", "tls", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    with (
        dask_config.config.set({f"distributed.comm.tls.{name}": value for name, value in client.items()}),
        dask(log, *scheduler, *options),
    ):
        until(lambda: listens(port))
        worker = ("worker", where, *WORKER, "--no-nanny", "--local-directory", str(tmp_path), *options)
        with dask(log, *worker), working(run, where) as watch:
            watch.thread.join(SECONDS)
    assert watch.ended == "finished"
    assert "without TLS" not in watch.logged()
    assert digests(run) == undisturbed(tmp_path, lambda folder: make(folder, 3))
