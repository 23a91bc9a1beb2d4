"""The command line, called in this process: many commands in the time of one."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
from unittest import mock

from xsample_tui.cli.main_command import main


def called(*words: str | bytes) -> tuple[int, str, str]:
    """Run a command; return its exit code and what it wrote to stdout and stderr, both of them UTF-8 and strict.

    Args:
        words: its arguments; bytes as a shell passes them, whether they are UTF-8 or not.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    arguments = ["xsample-tui", *(os.fsdecode(word) for word in words)]
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.object(sys, "argv", arguments),
        mock.patch.object(threading, "excepthook", threading.excepthook),
    ):
        code = main()
    return code, *(stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, err))  # type: ignore[return-value]
