"""What is added to a run, and which runs then have something to train."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.runs import make_run, work
from xsample_tui import Sweep
from xsample_tui.core.errors import InputError
from xsample_tui.services.run_control.run_additions import add_to_run


def test_replicates_are_laid_out_in_a_run_beside_it(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    assert work(run) == "finished"
    said: list[str] = []
    found = add_to_run(run, windows=["keep-r00-c00"], replicates=2, say=said.append)
    assert said[0] == found.line
    assert [folder.name for folder in found.folders] == ["r", "r-replicates"]
    assert [folder.progress().left for folder in found.folders] == [0, 4]


@pytest.mark.parametrize(
    ("options", "words"),
    [({}, "stride: not given: choose stride, windows,"), ({"replicates": -1}, "replicates: -1: choose 0 or more")],
)
def test_nothing_and_less_than_nothing_are_refused(options: dict[str, int], words: str, tmp_path: Path) -> None:
    run = make_run(tmp_path)
    with pytest.raises(InputError) as caught:
        add_to_run(run, **options)  # type: ignore[arg-type]
    assert words in str(caught.value)


def test_python_trains_what_is_new_in_every_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path)
    work(run)
    trained: list[str] = []
    monkeypatch.setattr(
        "xsample_tui.api.trainable_run.train_to_end", lambda folder, **options: trained.append(folder.name)
    )
    sweep = Sweep.load("r", runs_dir=tmp_path)
    sweep.extend(windows=["keep-r00-c00"], replicates=1)
    assert trained == []
    sweep.extend(baselines=3, windows=["keep-r00-c00"], replicates=1, train=True)
    assert trained == ["r", "r-replicates"]
    with pytest.raises(InputError, match="until: soon"):
        sweep.extend(baselines=4, train=True, until="soon")
