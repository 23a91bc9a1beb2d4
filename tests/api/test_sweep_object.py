"""The sweep as an object, on runs that train with a fake lease."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import xsample_tui
from tests.harness import finished_runs
from tests.harness.inline_slot import InlineSlot
from tests.harness.runs import LEASE, digests, make_run, work
from tests.harness.until import SECONDS, until
from xsample_tui import InputError, Stack, Sweep, sweeps
from xsample_tui.api import run_training as module
from xsample_tui.api.keyboard_interrupt import interruptible
from xsample_tui.core.run_state.run_events import EpochDone, Event
from xsample_tui.services.spec_from_options import SweepOptions, spec_of
from xsample_tui.stacking.pool.shared_ledger import SharedLedger
from xsample_tui.store.control.request_inbox import RequestInbox
from xsample_tui.store.control.run_lock import RunLock
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.controller import Controller


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train inside this process, by the lease that only pretends."""

    def make(run: RunFolder, on_event: Callable[[Event], None], **options: object) -> Controller:
        return Controller(run, lambda number: InlineSlot(), on_event, lease=LEASE)

    monkeypatch.setattr(module, "controller", make)


def opened(folder: Path) -> Sweep:
    return Sweep.load("r", runs_dir=folder)


def test_the_package_imports_nothing_until_it_is_asked() -> None:
    program = (
        "import sys, xsample_tui;"
        "print([m for m in ('numpy', 'pydantic', 'pandas', 'xsample_tui.core') if m in sys.modules]);"
        "assert {'Sweep', 'sweeps', 'InputError', '__version__'} <= set(dir(xsample_tui)); xsample_tui.Sweep;"
        "print([m for m in ('tensorflow', 'keras', 'textual', 'pandas', 'joblib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[]"]
    with pytest.raises(AttributeError, match="no attribute 'Swep'"):
        xsample_tui.Swep  # noqa: B018


def test_options_are_those_of_the_command_line(tmp_path: Path) -> None:
    from xsample_tui.cli.commands.run import run

    there = set(run.__annotations__)
    elsewhere = {
        "allow_drift",
        "preset",
        "runs_dir",
        "headless",
        "detach",
        "return",
        "estimate",
        "on_finish",
        "ascii_only",
        "cluster",
        "notify",
        # Arguments of `Sweep.create` itself, a method of its own, and the environment's.
        "spec_file",
        "like",
        "print_spec",
        "log",
        # `Sweep.create` never trains.
        "train",
        # `Sweep.run` has the hours; a time of day is a habit of the command line.
        "max_hours",
        "until",
    }
    assert there - elsewhere <= set(SweepOptions.__annotations__)
    options: dict[str, Any] = {"window": (5, 4), "stride": 2, "mask": "occlude", "only": ("occlude-r00-c00",)}
    options |= {"epochs": 3, "optimizer": "sgd", "jobs": 3, "threads": 1, "onednn": False, "checkpoint_seconds": 2.5}
    options |= {"seed": 7, "limit": 90, "network": "a:b", "data": "x.npz", "name": "n", "patience": 3}
    spec = spec_of(tmp_path, "standard", **options)
    assert (spec.windows.height, spec.windows.width, spec.windows.mask) == (5, 4, "occlude")
    assert (spec.training.epochs, spec.training.optimizer, spec.training.patience) == (3, "sgd", 3)
    assert (spec.machine.jobs, spec.machine.onednn, spec.machine.checkpoint_seconds) == (3, False, 2.5)
    assert (spec.seed, spec.limit, spec.network, spec.source, spec.name) == (7, 90, "a:b", "x.npz", "n")
    assert spec_of(tmp_path, "quick", window=7).windows.width == 7


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"epoch": 3}, TypeError, "no option 'epoch'; choose from name, data, size, skip_bad, window"),
        ({"windows": 3}, TypeError, "windows"),
        ({"window": "9x9"}, InputError, "window: 9x9: give one number"),
        ({"epochs": 0}, InputError, "epochs: 0: should be greater than or equal to 1"),
        ({"name": "../up"}, InputError, "name: ../up"),
        ({"mask": "round", "window": 4}, InputError, "mask: round: choose one of keep"),
        ({"preset": "fast"}, InputError, "preset: fast: choose one of quick"),
    ],
)
def test_bad_options_are_named(
    options: dict[str, Any], error: type[Exception], words: str, tmp_path: Path, images: Path
) -> None:
    given: dict[str, Any] = {"runs_dir": tmp_path / "runs", "data": str(images)} | options
    with pytest.raises(error) as caught:
        Sweep.create(**given)
    assert words in str(caught.value)
    assert not (tmp_path / "runs" / "quick").exists()


def test_run_and_results(tmp_path: Path, inline: None, capsys: pytest.CaptureFixture[str]) -> None:
    make_run(tmp_path)
    update: list[Event] = []
    sweep = opened(tmp_path)
    assert repr(sweep) == "<Sweep r: stopped, 0 of 6 trials done>"
    assert sweep.run(on_event=update.append, progress=True) is sweep
    assert (sweep.status.state, sweep.name, sweep.spec.name, sweep.path) == ("finished", "r", "r", tmp_path / "r")
    assert sum(isinstance(event, EpochDone) for event in update) == 6 * 3
    assert "r: finished: 6 of 6 trials done, 100%" in capsys.readouterr().err
    trials, epochs = sweep.trials_dataframe(), sweep.history_dataframe()
    assert trials["val_errors"].dtype == "Int64"
    assert epochs.groupby("trial", sort=False)["epoch"].max().tolist() == [3] * 6
    last = epochs[epochs["epoch"] == 3].set_index("trial")["val_loss"]
    assert last.tolist() == trials.set_index("trial")["val_loss"].tolist()
    assert sweep.run().status.state == "finished"
    assert capsys.readouterr().err == ""


def test_frames_of_a_run_without_epochs(tmp_path: Path) -> None:
    make_run(tmp_path)
    assert opened(tmp_path).trials_dataframe()["epoch"].isna().all()
    assert opened(tmp_path).history_dataframe().empty
    assert sweeps(tmp_path)["done"].tolist() == [0]
    assert sweeps(tmp_path / "nowhere").empty


def test_an_interrupt_stops_and_the_sweep_goes_on(tmp_path: Path, inline: None) -> None:
    make_run(tmp_path)
    sweep = opened(tmp_path)
    before = signal.getsignal(signal.SIGINT)

    def interrupt(event: Event) -> None:
        if isinstance(event, EpochDone) and event.metrics.epoch == 2:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt, match="resume it with run"):
        sweep.run(on_event=interrupt)
    assert signal.getsignal(signal.SIGINT) is before
    assert sweep.status.state == "stopped"
    assert sweep.history_dataframe()["trial"].unique().tolist() == ["baseline-s00"]
    assert sweep.run().status.state == "finished"
    other = tmp_path / "other"
    work(make_run(other))
    columns = ["trial", "val_loss", "val_errors"]
    pd.testing.assert_frame_equal(sweep.trials_dataframe()[columns], opened(other).trials_dataframe()[columns])


def test_a_second_interrupt_stops_at_once() -> None:
    asked: list[bool] = []

    class Work:
        def stop(self, *, now: bool = False) -> None:
            asked.append(now)

    def twice() -> None:
        with interruptible(Work()):  # type: ignore[arg-type]
            for _ in range(2):
                signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        twice()
    assert asked == [False, True]


def test_in_another_thread_signals_are_left_alone(tmp_path: Path, inline: None) -> None:
    make_run(tmp_path)
    sweep = opened(tmp_path)
    thread = threading.Thread(target=sweep.run)
    thread.start()
    thread.join(SECONDS)
    assert sweep.status.state == "finished"


def test_after_its_hours_it_stops_and_the_next_call_goes_on(tmp_path: Path) -> None:
    make_run(tmp_path)
    sweep = opened(tmp_path)
    with pytest.raises(InputError, match="max_hours: 0: choose a number of hours above 0"):
        sweep.run(max_hours=0)
    assert sweep.run(max_hours=1e-9).status.state == "stopped"
    assert sweep.status.done < sweep.status.trials
    assert sweep.run(max_hours=1).status.state == "finished"


def test_steering_goes_through_the_inbox(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    sweep = opened(tmp_path)
    with pytest.raises(InputError, match=r"not active; resume it with run\(\)"):
        sweep.stop()
    owner = RunLock(run.path)
    try:
        sweep.pause()
        sweep.unpause()
        sweep.stop()
        sweep.stop(now=True)
        sweep.use_workers(3)
        with pytest.raises(InputError, match="jobs: 0: choose from 1"):
            sweep.use_workers(0)
        asked = [getattr(request, "action", request) for request in RequestInbox(run.path).take()]
        assert asked == ["pause", "unpause", "stop", "stop-now", "workers"]
        assert sweep.wait(timeout=0.01) == "starting"
    finally:
        owner.release()
    assert sweep.wait() == "stopped"


def test_extended_it_trains_only_what_is_new(tmp_path: Path, inline: None) -> None:
    make_run(tmp_path)
    sweep = opened(tmp_path)
    sweep.run()
    before = digests(RunFolder(sweep.path))
    assert sweep.extend(stride=2, baselines=3) is sweep
    assert (sweep.status.done, sweep.status.trials) == (6, 12)
    sweep.run()
    assert sweep.status.state == "finished"
    assert sweep.status.done == 12
    after = digests(RunFolder(sweep.path))
    assert {name: after[name] for name in before} == before
    with pytest.raises(InputError, match="epochs: 9"):
        sweep.extend(epochs=9)


def test_judge_and_stack(tmp_path: Path) -> None:
    finished_runs.finished_run(tmp_path)
    sweep = opened(tmp_path)
    judged = sweep.judge()
    assert len(judged.to_frame()) == 9
    assert judged.sentences()[2].startswith("3 baselines on ")
    stack = sweep.stack(top=2, blend="geometric")
    assert isinstance(stack, Stack)
    assert "geometric mean of top 2 of 9" in repr(stack)
    frame = stack.to_frame(probabilities=True)
    assert (frame["predicted"] != frame["true"]).sum() == stack.errors == stack.score.errors
    assert frame["p0"].between(0, 1).all()
    assert stack.members_dataframe()["weight"].tolist() == [0.5, 0.5]
    assert stack.arms_dataframe().loc["A", "members"] == list(stack.members)
    assert stack.verdict == "no verdict"
    assert stack.answer[0].startswith("No verdict on blending windows: fewer than 4 whole-image networks")
    every = sweep.stack(top="all", blend="logistic", pool="all")
    assert len(every.members) == 12
    assert every.members_dataframe()["weight"].isna().all()
    named = sweep.stack(members=["keep-r00-c00", "baseline-s01"])
    assert named.members == ("keep-r00-c00", "baseline-s01")


def test_the_test_set_is_opened_deliberately_and_counted(tmp_path: Path) -> None:
    finished_runs.finished_run(tmp_path)
    sweep = opened(tmp_path)
    assert "fold" in sweep.stack(top=2).to_frame()
    ledger = SharedLedger(RunFolder.open(tmp_path, "r"))
    assert ledger.count == 0
    stack = sweep.stack(top=2, open_test=True)
    assert "fold" not in stack.to_frame()
    assert "test images" in repr(stack)
    assert ledger.count == 1
    assert stack.arms_dataframe().loc["A", "errors"] == stack.errors
    assert [opening.what for opening in ledger.openings()][1:] == ["arms, mean of k = 2"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"top": 10}, "top: 10: choose a whole number from 1 to 9"),
        ({"top": 0}, "top: 0"),
        ({"blend": "median"}, "blend: median"),
        ({"pool": "all windows"}, "pool: all windows"),
        ({"members": ["nosuch"]}, "members: nosuch"),
    ],
)
def test_bad_stacks_are_named(options: dict[str, Any], words: str, tmp_path: Path) -> None:
    finished_runs.finished_run(tmp_path)
    with pytest.raises(InputError) as caught:
        opened(tmp_path).stack(**options)
    assert words in str(caught.value)


def test_train_in_the_background_pause_and_stop(tmp_path: Path, images: Path) -> None:
    sweep = Sweep.create(
        runs_dir=tmp_path, data=str(images), window=4, stride=4, epochs=500, baselines=1, jobs=1, name="b",
        checkpoint_seconds=0,
    )  # fmt: skip
    assert sweep.run(wait=False) is sweep
    sweep.pause()
    until(lambda: sweep.refresh().state == "paused")
    sweep.stop()
    assert sweep.wait(SECONDS) == "stopped"


def test_the_status_is_a_value_until_it_is_read_again(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    sweep = opened(tmp_path)
    before = sweep.status
    work(run)
    assert sweep.status is before
    assert (before.state, before.done, before.trials, before.fraction_done) == ("stopped", 0, 6, 0)
    after = sweep.refresh()
    assert (after.state, after.done, after.problem) == ("finished", 6, "")
    assert sweep.status is after
    assert after != before
    assert after == sweep.refresh()
    assert after.to_dict()["counts"]["done"] == 6
    with pytest.raises(AttributeError):
        after.done = 7  # type: ignore[misc]


def test_names_of_the_first_version_warn_and_give_the_same(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    with pytest.warns(
        DeprecationWarning, match=r"Sweep\.open is deprecated and goes in 0\.3; use Sweep\.load"
    ) as seen:
        sweep = Sweep.open("r", runs_dir=tmp_path)
    assert seen[0].filename == __file__
    assert isinstance(sweep, Sweep)
    # Whoever waited in a loop for this comparison must not wait for ever.
    assert sweep.status.state == "stopped"
    work(run)
    with pytest.warns(DeprecationWarning, match=r"use Sweep\.refresh\(\)\.state"):
        assert sweep.status == "finished"
    with pytest.warns(DeprecationWarning, match=r"Sweep\.trials_dataframe"):
        pd.testing.assert_frame_equal(sweep.trials(), sweep.trials_dataframe())
    with pytest.warns(DeprecationWarning, match=r"Sweep\.history_dataframe"):
        pd.testing.assert_frame_equal(sweep.history(), sweep.history_dataframe())
    with pytest.warns(DeprecationWarning, match=r"use Sweep\.run"):
        assert sweep.resume(progress=False) is sweep
    with pytest.warns(DeprecationWarning, match=r"use Sweep\.create"), pytest.raises(InputError, match="preset"):
        Sweep.new("fast", runs_dir=tmp_path)  # type: ignore[arg-type]


def test_files_of_a_sweep(tmp_path: Path) -> None:
    finished_runs.finished_run(tmp_path)
    sweep = opened(tmp_path)
    path = sweep.export(tmp_path / "trials.csv")
    assert pd.read_csv(path)["trial"].tolist() == sweep.trials_dataframe()["trial"].tolist()
    with pytest.raises(InputError, match=r"^path: .*trials.csv: exists; name another file, or pass force=True"):
        sweep.export(path)
    assert sweep.export(path, force=True) == path
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "report.html").touch()
    with pytest.raises(InputError, match=r"^path: .*there: holds a report; .* pass force=True"):
        sweep.report(tmp_path / "there")
    assert set(sweep.verify()["state"]) == {"whole"}
    checkpoint = next(p for p in (tmp_path / "r" / "trials" / "baseline-s00").iterdir() if p.stem.isdecimal())
    checkpoint.write_bytes(checkpoint.read_bytes()[:-1])
    damaged = sweep.verify().query("state == 'damaged'")
    assert damaged["what"].tolist() == [f"trials/baseline-s00/{checkpoint.name}"]
