"""Images that cannot be read for a while: the trial waits, whatever the system says of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inline import InlineSlot
from tests.runs import digests, make_run, undisturbed
from tests.sweep import fake_lease
from xsample_tui.core.event import Event, Logged
from xsample_tui.store.document import DamagedRun
from xsample_tui.store.source import FolderSource
from xsample_tui.sweep.controller import Controller

LEASE = "tests.sweep.fake_lease:run_on_images"


@pytest.mark.parametrize("name", ["spec.json", "dataset.npz", "plan.npz"])
@pytest.mark.parametrize(("how", "kind"), [("gone", FileNotFoundError), ("folder", IsADirectoryError)])
def test_what_cannot_be_read_is_told_from_what_is_damaged(
    tmp_path: Path, name: str, how: str, kind: type[OSError]
) -> None:
    run = make_run(tmp_path)
    source = FolderSource.of(run)
    (run.path / name).unlink()
    if how == "folder":
        (run.path / name).mkdir()
    with pytest.raises(kind):
        source.open()


@pytest.mark.parametrize("name", ["dataset.npz", "plan.npz"])
def test_what_is_damaged_is_called_so(tmp_path: Path, name: str) -> None:
    run = make_run(tmp_path)
    path = run.path / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(DamagedRun):
        FolderSource.of(run).open()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["dataset.npz", "plan.npz"])
def test_a_sweep_waits_for_images_that_are_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(fake_lease, "opened", set())
    expected = undisturbed(tmp_path, make_run)
    run = make_run(tmp_path / "away")
    path, away = run.path / name, run.path / "away"
    said: list[str] = []

    def on_event(event: Event) -> None:
        # The controller has its own by then; workers read theirs when they begin.
        if event.type == "run" and not said:
            path.rename(away)
        if isinstance(event, Logged):
            said.append(event.text)
            if away.exists():
                away.rename(path)

    controller = Controller(run, lambda number: InlineSlot(), on_event, lease=LEASE)
    assert controller.work() == "finished"
    assert any("FileNotFoundError" in text and "tried again" in text for text in said), said
    assert digests(run) == expected
