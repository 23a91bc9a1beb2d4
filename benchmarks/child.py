"""The children's side: read a command a line, answer how long it took."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any


def serve(command: Callable[..., int]) -> None:
    """Answer commands until the parent closes the pipe.

    What libraries print goes to stderr, so that stdout holds the answers alone.

    Args:
        command: does what it is asked by keyword and returns how many images it has taken.
    """
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _write(answers, "ready")
    for line in sys.stdin:
        order = json.loads(line)
        began = time.perf_counter()
        images = command(**order)
        _write(answers, {"pictures": images, "seconds": time.perf_counter() - began})


def _write(answers: Any, value: Any) -> None:
    answers.write(json.dumps(value) + "\n")
    answers.flush()
