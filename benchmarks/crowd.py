"""Many light workers of a Dask cluster in one process: ``python -m benchmarks.crowd URL COUNT FIRST FOLDER``."""

from __future__ import annotations

import asyncio
import contextlib
import sys

import dask
from distributed import Worker

from xsample_tui.sweep.cluster.cluster_process import SETTINGS


async def crowd(url: str, count: int, first: int, folder: str) -> None:
    """Hold workers until stdin ends."""
    async with contextlib.AsyncExitStack() as stack:
        for number in range(first, first + count):
            worker = Worker(
                url, nthreads=1, name=f"light-{number}", memory_limit=0, dashboard=False, local_directory=folder
            )
            await stack.enter_async_context(worker)
        await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    dask.config.set(SETTINGS)
    asyncio.run(crowd(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
