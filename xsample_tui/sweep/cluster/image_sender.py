"""Sees to it that a cluster's workers hold a run's images, sending them once to each machine that lacks them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...core.size_text import size
from ...store.run.worker_images import WorkerImages
from . import dask_task, received_images
from .received_images import FILES

if TYPE_CHECKING:
    from distributed import Client

# What is in memory at a time, here, in the scheduler and in the worker.
_PART = 16 << 20
_ANSWER_WITHIN = 120.0
_DISCARD_WITHIN = 5.0


class ImageSender:
    """Hands a run's images to workers.

    Args:
        folder: the run's.
        source: its images.
        say: takes a line for the log.
    """

    def __init__(self, folder: Path, source: WorkerImages, say: Callable[[str], None]) -> None:
        self.source = source
        self._folder = folder
        self._say = say
        # A machine's workers that join together wait for the first to be sent the images.
        self._turns: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._scratch: dict[str, str] = {}

    async def hand(self, client: Client, address: str, host: str, folder: str) -> None:
        """See to it that a worker holds the images: from the run's folder if it sees that, else from its machine's.

        Args:
            client: connected to the scheduler.
            address: the worker's.
            host: the name of its machine.
            folder: its own folder there, which lies in one that it shares with the machine's other workers.

        Raises:
            TimeoutError: the worker does not answer.
            Exception: what the worker raises: that its disk is full, say.
        """

        async def ask(function: Callable[..., Any], *arguments: Any) -> Any:
            async with asyncio.timeout(_ANSWER_WITHIN):
                return await client.submit(
                    function, *arguments, workers=[address], pure=False, allow_other_workers=False
                )

        scratch, key = str(Path(folder).parent), self.source.key
        if await ask(dask_task.look_up, self.source):
            return
        async with self._turns[host, scratch]:
            self._scratch[address] = scratch
            if await ask(dask_task.look_up_received, scratch, key):
                return
            total = sum((self._folder / name).stat().st_size for name in FILES)
            self._say(f"sending the images to {host}, once for all its workers: {size(total)}")
            await ask(received_images.begin, scratch, key)
            parts = _parts(self._folder)
            while (part := await asyncio.to_thread(next, parts, None)) is not None:
                async with asyncio.timeout(_ANSWER_WITHIN):
                    # By itself, so that the scheduler does not keep it as a part of the call.
                    sent = await client.scatter(part.data, workers=[address], hash=False)
                await ask(received_images.write, scratch, key, part.file, part.at, sent)
            await ask(dask_task.finish, scratch, key)

    async def discard(self, client: Client) -> None:
        """Have the workers remove what they were sent."""
        for scratch in set(self._scratch.values()):
            mine = [address for address, where in self._scratch.items() if where == scratch]
            try:
                removal = client.run(dask_task.discard, scratch, self.source.key, workers=mine, on_error="ignore")
                await asyncio.wait_for(removal, _DISCARD_WITHIN)
            except Exception:
                # Who is not reached now removes it when the next images come.
                continue


@dataclass(frozen=True)
class _Part:
    file: str
    at: int
    data: bytes


def _parts(folder: Path) -> Iterator[_Part]:
    for name in FILES:
        with open(folder / name, "rb") as file:
            at = 0
            while data := file.read(_PART):
                yield _Part(name, at, data)
                at += len(data)
