"""Images that cannot be read for a while: the trial waits, whatever the system says of them."""

from __future__ import annotations

import contextlib
import copyreg
import errno
import io
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.harness import fake_lease
from tests.harness.inline_slot import InlineSlot
from tests.harness.runs import digests, make_run, undisturbed
from xsample_tui.core.errors import InputError
from xsample_tui.core.run_state.run_events import Event, Logged
from xsample_tui.store.run.run_document import DamagedRun
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.worker_images import WorkerImages
from xsample_tui.sweep.controller import Controller

LEASE = "tests.harness.fake_lease:run_on_images"


@pytest.mark.parametrize("name", ["spec.json", "dataset.npz", "plan.npz"])
@pytest.mark.parametrize(("how", "kind"), [("gone", FileNotFoundError), ("folder", IsADirectoryError)])
def test_what_cannot_be_read_is_told_from_what_is_damaged(
    tmp_path: Path, name: str, how: str, kind: type[OSError]
) -> None:
    run = make_run(tmp_path)
    source = WorkerImages.of(run)
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
        WorkerImages.of(run).open()


@pytest.mark.parametrize("code", [errno.EIO, errno.ESTALE, errno.EACCES, errno.EMFILE])
@pytest.mark.parametrize("name", ["spec.json", "dataset.npz", "plan.npz"])
def test_an_error_of_the_system_at_any_read_is_what_is_raised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, code: int
) -> None:
    source = WorkerImages.of(make_run(tmp_path))

    class Failing(io.FileIO):
        def read(self, size: int | None = -1) -> bytes:
            raise OSError(code, os.strerror(code))

    real = io.open

    def opening(file: Any, *arguments: Any, **named: Any) -> Any:
        return Failing(file) if Path(file).name == name else real(file, *arguments, **named)

    monkeypatch.setattr(io, "open", opening)
    with pytest.raises(OSError, match=os.strerror(code)) as caught:
        source.open()
    assert caught.value.errno == code


@pytest.mark.parametrize("seed", range(3))
def test_no_altered_bit_of_the_arrays_is_taken_for_anything_but_damage(tmp_path: Path, seed: int) -> None:
    run = make_run(tmp_path)
    path = run.path / "plan.npz"
    data = path.read_bytes()
    chance = random.Random(seed)
    for at in (*chance.sample(range(len(data)), 100), *range(40), *range(len(data) - 500, len(data))):
        altered = bytearray(data)
        altered[at] ^= 1 << chance.randrange(8)
        path.write_bytes(altered)
        with contextlib.suppress(DamagedRun):
            # What no checksum covers, as a file's time, may be altered.
            found = RunFolder(run.path).plan
            assert np.array_equal(found.masks, run.plan.masks)
    path.write_bytes(b"\x93NUMPY")
    with pytest.raises(DamagedRun, match=r"no \.npz archive"):
        _ = RunFolder(run.path).plan


@pytest.fixture(params=[False, True], ids=["plain", "as Dask pickles"])
def pickling(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let errors take along what they came of, as in every process that has imported Dask after they were defined."""
    if request.param:
        for kind in (FileNotFoundError, InputError, DamagedRun, PermissionError):
            monkeypatch.setitem(copyreg.dispatch_table, kind, _with_causes)


def _with_causes(error: BaseException) -> tuple[Any, ...]:
    return _again, (*error.__reduce__()[:2], error.__cause__, error.__context__)


def _again(
    make: Callable[..., BaseException],
    arguments: tuple[Any, ...],
    cause: BaseException | None,
    context: BaseException | None,
) -> BaseException:
    error = make(*arguments)
    error.__cause__, error.__context__ = cause, context
    return error


@pytest.mark.usefixtures("pickling")
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
    assert any("FileNotFoundError" in text and "retrying in" in text for text in said), said
    assert digests(run) == expected
