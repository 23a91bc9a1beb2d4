"""Arms and confirmations asked from Python, on runs that train with a fake lease."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness.finished_runs import finished_run
from tests.harness.inline_slot import InlineSlot
from tests.stacking.conftest import Command, command  # noqa: F401  # a fixture
from xsample_tui import InputError, Sweep
from xsample_tui.api import run_training
from xsample_tui.core.run_state.run_events import Event
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.controller import Controller


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Train inside this process, by the lease of the stacking tests; return the names of what was trained."""
    names: list[str] = []

    def make(run: RunFolder, on_event: Callable[[Event], None], **options: object) -> Controller:
        names.append(run.name)
        return Controller(run, lambda number: InlineSlot(), on_event, lease="tests.harness.fake_lease:run_judged")

    monkeypatch.setattr(run_training, "controller", make)
    return names


def test_arms_train_what_is_missing_and_say_what_the_command_says(
    tmp_path: Path,
    trained: list[str],
    command: Command,  # noqa: F811
) -> None:
    finished_run(tmp_path / "runs")
    sweep = Sweep.load("r", runs_dir=tmp_path / "runs")
    with pytest.raises(InputError, match=r"^k: 5: only 3 baselines are finished"):
        sweep.arms()
    events: list[Event] = []
    arms = sweep.arms(3, train=True, pool=5, controls=["seeds", "placebo"], on_event=events.append, progress=False)
    assert trained == ["r-seeds", "r-placebo"]
    assert events
    assert sweep.arms(3, train=True, pool=5, controls=["seeds", "placebo"]).verdict == arms.verdict
    assert trained == ["r-seeds", "r-placebo"]
    said = command("arms", "r", "--k", 3, "--pool", 5, "--no-train", "--json").json
    assert json.loads(json.dumps(arms.to_dict())) == said
    assert arms.answer == said["answer"]
    assert arms.to_frame().loc["A", "errors"] == said["arms"][0]["errors"]
    assert arms.comparisons_dataframe()["verdict"].iloc[0] == arms.verdict
    assert repr(arms) == f"<ArmsResult of r, k = 3: {arms.verdict}>"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"blend": "median"}, "blend: median: choose one of"),
        ({"pool": 2}, "pool: 2: choose at least k = 5"),
        ({"controls": ["seeds", "x"]}, "controls: x: choose one of"),
        ({"margin": 0}, "margin: 0: choose a share"),
        ({"k": 3, "ink": (0.2, 0.1)}, "ink: (0.2, 0.1): give the smallest"),
        ({"k": 3, "ink": (0.99, 1.0)}, "ink: 0.99..1: no finished window"),
        ({"cluster": "nowhere"}, "cluster: nowhere: write local:N"),
    ],
)
def test_bad_arguments_are_named(options: dict[str, object], words: str, tmp_path: Path) -> None:
    finished_run(tmp_path)
    with pytest.raises(InputError) as caught:
        Sweep.load("r", runs_dir=tmp_path).arms(**options)  # type: ignore[arg-type]
    assert str(caught.value).startswith(words)


def test_the_best_windows_are_confirmed(tmp_path: Path, trained: list[str], command: Command) -> None:  # noqa: F811
    finished_run(tmp_path / "runs")
    sweep = Sweep.load("r", runs_dir=tmp_path / "runs")
    with pytest.raises(InputError, match=r"^seeds: 2: choose at least 5"):
        sweep.confirm(seeds=2)
    found = sweep.confirm(top=2, progress=False)
    assert trained == ["r-confirm"]
    said = command("confirm", "r", "--top", 2, "--no-train", "--json").json
    assert json.loads(json.dumps(found.to_dict())) == said
    assert found.to_frame()["window"].tolist() == [row["window"] for row in said["windows"]]
