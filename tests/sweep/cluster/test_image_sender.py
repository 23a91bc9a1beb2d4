"""Which workers are sent a run's images, and how, with a client that needs no cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.harness.runs import make_run
from xsample_tui.store.run.worker_images import WorkerImages
from xsample_tui.sweep.cluster import dask_task, image_sender, received_images
from xsample_tui.sweep.cluster.image_sender import ImageSender


class Client:
    """Calls at once what a worker is to call; counts the parts that are sent."""

    def __init__(self) -> None:
        self.parts: list[int] = []
        self.asked: list[str] = []
        self.failing = False

    async def submit(self, function: Callable[..., Any], *arguments: Any, workers: list[str], **options: Any) -> Any:
        self.asked.append(f"{workers[0]} {function.__name__}")
        if self.failing and function is received_images.write:
            raise OSError("No space left on device")
        await asyncio.sleep(0)
        return function(*arguments)

    async def scatter(self, data: bytes, *, workers: list[str], **options: bool) -> bytes:
        self.parts.append(len(data))
        return data

    async def run(self, function: Callable[..., Any], *arguments: Any, workers: list[str], on_error: str) -> None:
        function(*arguments)


@pytest.fixture(autouse=True)
def _no_images_held() -> Any:
    dask_task._images.clear()
    yield
    dask_task._images.clear()


def sender(tmp_path: Path, lines: list[str]) -> ImageSender:
    run = make_run(tmp_path)
    # As on a machine that does not see the run's folder.
    return ImageSender(run.path, replace(WorkerImages.of(run), path=Path("/nowhere")), lines.append)


def test_the_workers_of_a_machine_are_sent_one_copy_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image_sender, "_PART", 5000)
    lines: list[str] = []
    sending, client = sender(tmp_path, lines), Client()

    async def all_of_them() -> None:
        places = [("one", "m", tmp_path / "a" / "w1"), ("two", "m", tmp_path / "a" / "w2")]
        places.append(("three", "other", tmp_path / "b" / "w3"))
        for *_, folder in places:
            folder.mkdir(parents=True)
        await asyncio.gather(*(sending.hand(client, name, host, str(at)) for name, host, at in places))
        assert len(list(tmp_path.glob("[ab]/xsample-*/dataset.npz"))) == 2
        await sending.discard(client)

    asyncio.run(all_of_them())
    assert [line.split(",")[0] for line in lines] == ["sending the images to m", "sending the images to other"]
    stored = sum((tmp_path / "r" / name).stat().st_size for name in received_images.FILES)
    assert sum(client.parts) == 2 * stored
    assert max(client.parts) == 5000
    assert "two begin" not in client.asked
    assert list(tmp_path.glob("[ab]/xsample-*")) == []


def test_after_a_failure_the_next_worker_of_the_machine_is_sent_them(tmp_path: Path) -> None:
    sending, client = sender(tmp_path, []), Client()
    (tmp_path / "a").mkdir()

    async def both() -> None:
        client.failing = True
        with pytest.raises(OSError, match="No space left"):
            await sending.hand(client, "one", "m", str(tmp_path / "a" / "w1"))
        client.failing = False
        await sending.hand(client, "two", "m", str(tmp_path / "a" / "w2"))

    asyncio.run(both())
    assert sending.source.key in dask_task._images
