"""Runs the viewer process of one browser: started without a shell, and ended in bounded time.

The one module that uses what textual-serve keeps to itself, for which pyproject.toml has a pin.
"""

from __future__ import annotations

import asyncio
import contextlib
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable, Sequence

from textual_serve.app_service import AppService
from textual_serve.download_manager import DownloadManager

PATIENCE = 5.0
_LEAST, _MOST = 10, 500


class ViewerProcess(AppService):
    """One browser's viewer.

    Args:
        command: the viewer's program and arguments; no shell interprets them.
        write_bytes, write_str, close: of the browser's websocket.
        downloads: sends files, which are screenshots, to browsers.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        write_bytes: Callable[[bytes], Awaitable[None]],
        write_str: Callable[[str], Awaitable[None]],
        close: Callable[[], Awaitable[None]],
        downloads: DownloadManager,
    ) -> None:
        super().__init__("", write_bytes=write_bytes, write_str=write_str, close=close, download_manager=downloads)
        self._program = tuple(command)

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        environment = self._build_environment(_within(width), _within(height))
        process = await asyncio.create_subprocess_exec(
            *self._program, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=environment
        )
        assert process.stdin is not None
        self._process, self._stdin = process, process.stdin
        return process

    async def set_terminal_size(self, width: int, height: int) -> None:
        """Set the viewer's size, within bounds: a browser may send anything."""
        await super().set_terminal_size(_within(width), _within(height))

    async def stop(self) -> None:
        """End the viewer; kill it if it does not end by itself."""
        try:
            await asyncio.wait_for(super().stop(), PATIENCE)
        except TimeoutError:
            if self._process is not None:
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()


def _within(cells: object) -> int:
    return min(max(int(cells) if isinstance(cells, int | float) else 80, _LEAST), _MOST)
