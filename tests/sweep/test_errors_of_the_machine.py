"""What a worker's machine lacks, in whatever class Python says it, is not the trial's fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.harness import fake_lease
from tests.harness.runs import digests, make_run, undisturbed, work
from xsample_tui.core.run_state.run_events import Event, Logged
from xsample_tui.core.training import lease
from xsample_tui.sweep.workers import worker_process

Raise = Callable[[Exception | None], None]


def of_tensorflow(name: str) -> Exception:
    """Return an error that is called as one of TensorFlow's is."""
    kind: type[Exception] = type(name, (Exception,), {})
    return kind("OOM when allocating")


@pytest.fixture
def raises(monkeypatch: pytest.MonkeyPatch) -> Raise:
    """Return a function that lets every lease from now on raise an error; None for none."""
    run, raised = fake_lease.run, list[Exception | None]([None])

    def failing(*arguments: Any) -> Any:
        if raised[0] is not None:
            raise raised[0]
        return run(*arguments)

    def set_error(error: Exception | None) -> None:
        raised[0] = error

    monkeypatch.setattr(fake_lease, "run", failing)
    return set_error


@pytest.mark.parametrize(
    "error",
    [MemoryError("no room"), RuntimeError("can't start new thread"), of_tensorflow("ResourceExhaustedError")],
    ids=lambda error: type(error).__name__,
)
def test_a_trial_waits_for_what_its_machine_lacks(tmp_path: Path, raises: Raise, error: Exception) -> None:
    run, held = make_run(tmp_path), list[str]()

    def hear(event: Event) -> None:
        if isinstance(event, Logged) and "retrying" in event.text:
            held.append(event.text)
            raises(None)

    raises(error)
    assert work(run, on_event=hear) == "finished"
    assert len(held) == 1
    assert str(error) in held[0]
    assert run.progress().counts()["failed"] == 0
    assert digests(run) == undisturbed(tmp_path, make_run)


@pytest.mark.parametrize(
    "error",
    [ModuleNotFoundError("No module named 'tensorflow'"), of_tensorflow("InternalError")],
    ids=lambda error: type(error).__name__,
)
def test_packages_that_are_gone_stop_the_sweep_and_mark_no_trial(
    tmp_path: Path, raises: Raise, error: Exception
) -> None:
    run, lines = make_run(tmp_path), list[str]()

    def hear(event: Event) -> None:
        if isinstance(event, Logged):
            lines.append(event.text)

    raises(error)
    assert work(run, on_event=hear) == "stopped"
    assert [line for line in lines if "no trial can be trained" in line and str(error) in line]
    assert run.progress().counts()["failed"] == 0
    raises(None)
    assert work(run) == "finished"
    assert digests(run) == undisturbed(tmp_path, make_run)


@pytest.mark.parametrize("error", [ValueError("odd"), RuntimeError("another"), AttributeError("bug")])
def test_other_errors_are_the_trials(tmp_path: Path, raises: Raise, error: Exception) -> None:
    run = make_run(tmp_path)
    raises(error)
    assert work(run) == "finished"
    assert run.progress().counts()["failed"] == 6


@pytest.mark.parametrize("text", ["import nothing_of_this_name", "def f(:", "raise AttributeError('half a package')"])
def test_what_cannot_be_imported_is_not_the_trials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    (tmp_path / "half_a_package.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(lease.EnvironmentBroken):
        worker_process.call("half_a_package:run")
