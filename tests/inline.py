"""A slot without a process of its own."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from xsample_tui.sweep import worker
from xsample_tui.sweep.slot import Slot


class InlineSlot(Slot):
    """A slot that runs the lease in the calling process, at once."""

    def submit(self, entry: str, *arguments: Any) -> Future[Any]:
        """Run ``entry`` now."""
        future: Future[Any] = Future()
        try:
            future.set_result(worker.call(entry, *arguments))
        except Exception as error:
            future.set_exception(error)
        return future
