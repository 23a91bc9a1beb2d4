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
from tests.inline import InlineSlot
from tests.runs import LEASE, make_run, work
from tests.stacking import sample
from tests.until import SECONDS, until
from xsample_tui import InputError, Stack, Sweep, sweeps
from xsample_tui.core.event import EpochDone, Event
from xsample_tui.notebook import sweep as module
from xsample_tui.notebook.interrupt import interruptible
from xsample_tui.notebook.options import Options, spec_of
from xsample_tui.stacking.ledger import Ledger
from xsample_tui.store.folder import RunFolder
from xsample_tui.store.inbox import Inbox
from xsample_tui.store.owner import Owner
from xsample_tui.sweep.controller import Controller


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train inside this process, by the lease that only pretends."""

    def make(run: RunFolder, on_event: Callable[[Event], None], *, allow_drift: bool = False) -> Controller:
        return Controller(run, lambda number: InlineSlot(), on_event, lease=LEASE)

    monkeypatch.setattr(module, "controller", make)


def opened(folder: Path) -> Sweep:
    return Sweep.open("r", runs_dir=folder)


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
    from xsample_tui.cli.run import run

    there = set(run.__annotations__)
    elsewhere = {
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
    }
    assert there - elsewhere <= set(Options.__annotations__)
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
        ({"epoch": 3}, TypeError, "no option 'epoch'; choose from name, data, window"),
        ({"windows": 3}, TypeError, "windows"),
        ({"window": "9x9"}, InputError, "window: 9x9: give one number"),
        ({"epochs": 0}, InputError, "--epochs: 0: should be greater than or equal to 1"),
        ({"name": "../up"}, InputError, "--name: ../up"),
        ({"mask": "round", "window": 4}, InputError, "--mask: round: choose one of keep"),
        ({"preset": "fast"}, InputError, "preset: fast: choose one of quick"),
    ],
)
def test_bad_options_are_named(
    options: dict[str, Any], error: type[Exception], words: str, tmp_path: Path, pictures: Path
) -> None:
    given: dict[str, Any] = {"runs_dir": tmp_path / "runs", "data": str(pictures)} | options
    with pytest.raises(error) as caught:
        Sweep.new(**given)
    assert words in str(caught.value)
    assert not (tmp_path / "runs" / "quick").exists()


def test_run_and_results(tmp_path: Path, inline: None, capsys: pytest.CaptureFixture[str]) -> None:
    make_run(tmp_path)
    heard: list[Event] = []
    sweep = opened(tmp_path)
    assert repr(sweep) == "<Sweep r: stopped, 0 of 6 trials done>"
    assert sweep.run(on_event=heard.append, progress=True) is sweep
    assert (sweep.status, sweep.name, sweep.spec.name, sweep.path) == ("finished", "r", "r", tmp_path / "r")
    assert sum(isinstance(event, EpochDone) for event in heard) == 6 * 3
    assert "r: finished: 6 of 6 trials done, 100%" in capsys.readouterr().err
    trials, epochs = sweep.trials(), sweep.history()
    assert trials["val_errors"].dtype == "Int64"
    assert epochs.groupby("trial", sort=False)["epoch"].max().tolist() == [3] * 6
    last = epochs[epochs["epoch"] == 3].set_index("trial")["val_loss"]
    assert last.tolist() == trials.set_index("trial")["val_loss"].tolist()
    assert sweep.run().status == "finished"
    assert capsys.readouterr().err == ""


def test_frames_of_a_run_without_epochs(tmp_path: Path) -> None:
    make_run(tmp_path)
    assert opened(tmp_path).trials()["epoch"].isna().all()
    assert opened(tmp_path).history().empty
    assert sweeps(tmp_path)["done"].tolist() == [0]
    assert sweeps(tmp_path / "nowhere").empty


def test_an_interrupt_stops_and_the_sweep_goes_on(tmp_path: Path, inline: None) -> None:
    make_run(tmp_path)
    sweep = opened(tmp_path)
    before = signal.getsignal(signal.SIGINT)

    def interrupt(event: Event) -> None:
        if isinstance(event, EpochDone) and event.metrics.epoch == 2:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt, match="go on with resume"):
        sweep.run(on_event=interrupt)
    assert signal.getsignal(signal.SIGINT) is before
    assert sweep.status == "stopped"
    assert sweep.history()["trial"].unique().tolist() == ["baseline-s00"]
    assert sweep.resume().status == "finished"
    other = tmp_path / "other"
    work(make_run(other))
    columns = ["trial", "val_loss", "val_errors"]
    pd.testing.assert_frame_equal(sweep.trials()[columns], opened(other).trials()[columns])


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
    assert sweep.status == "finished"


def test_steering_goes_through_the_inbox(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    sweep = opened(tmp_path)
    with pytest.raises(InputError, match=r"nobody trains it now; go on with run\(\)"):
        sweep.stop()
    owner = Owner(run.path)
    try:
        sweep.pause()
        sweep.unpause()
        sweep.stop()
        sweep.stop(now=True)
        asked = [getattr(request, "action", request) for request in Inbox(run.path).take()]
        assert asked == ["pause", "unpause", "stop", "stop-now"]
        assert sweep.wait(timeout=0.01) == "starting"
    finally:
        owner.release()
    assert sweep.wait() == "stopped"


def test_judge_and_stack(tmp_path: Path) -> None:
    sample.finished_run(tmp_path)
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
    assert stack.weights["weight"].tolist() == [0.5, 0.5]
    assert stack.arms.loc["A", "members"] == list(stack.members)
    assert stack.verdict == "no verdict"
    assert stack.answer[0].startswith("No verdict on blending windows: fewer than 4 whole-picture networks")
    every = sweep.stack(top="all", blend="logistic", pool="all")
    assert len(every.members) == 12
    assert every.weights["weight"].isna().all()
    named = sweep.stack(members=["keep-r00-c00", "baseline-s01"])
    assert named.members == ("keep-r00-c00", "baseline-s01")


def test_the_test_set_is_opened_deliberately_and_counted(tmp_path: Path) -> None:
    sample.finished_run(tmp_path)
    sweep = opened(tmp_path)
    assert "fold" in sweep.stack(top=2).to_frame()
    ledger = Ledger(RunFolder.open(tmp_path, "r"))
    assert ledger.count == 0
    stack = sweep.stack(top=2, open_test=True)
    assert "fold" not in stack.to_frame()
    assert "test pictures" in repr(stack)
    assert ledger.count == 1
    assert stack.arms.loc["A", "errors"] == stack.errors
    assert [opening.what for opening in ledger.openings()][1:] == ["arms, mean of k = 2"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"top": 10}, "top: 10: choose a whole number from 1 to 9"),
        ({"top": 0}, "top: 0"),
        ({"blend": "median"}, "--blend: median"),
        ({"pool": "all windows"}, "--pool: all windows"),
        ({"members": ["nosuch"]}, "--members: nosuch"),
    ],
)
def test_bad_stacks_are_named(options: dict[str, Any], words: str, tmp_path: Path) -> None:
    sample.finished_run(tmp_path)
    with pytest.raises(InputError) as caught:
        opened(tmp_path).stack(**options)
    assert words in str(caught.value)


def test_train_in_the_background_pause_and_stop(tmp_path: Path, pictures: Path) -> None:
    sweep = Sweep.new(
        runs_dir=tmp_path, data=str(pictures), window=4, stride=4, epochs=500, baselines=1, jobs=1, name="b",
        checkpoint_seconds=0,
    )  # fmt: skip
    assert sweep.run(wait=False) is sweep
    sweep.pause()
    until(lambda: sweep.status == "paused")
    sweep.stop()
    assert sweep.wait(SECONDS) == "stopped"
