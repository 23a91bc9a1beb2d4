"""A slot without a process of its own."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from xsample_tui.sweep.workers import worker_process
from xsample_tui.sweep.workers.worker_slot import Slot


class InlineSlot(Slot):
    """A slot that runs the lease in the calling process, at once."""

    def submit(self, entry: str, *arguments: Any) -> Future[Any]:
        """Run ``entry`` now."""
        future: Future[Any] = Future()
        try:
            future.set_result(worker_process.call(entry, *arguments))
        except Exception as error:
            future.set_exception(error)
        return future
