"""The kinds of logs for other programs. Imported by every command, so that it imports little."""

from __future__ import annotations

from importlib.util import find_spec

from ...core.errors import ArgumentError

# The environment's variable that names the kind.
LOG = "XSAMPLE_LOG"
LOG_KINDS = ("tensorboard",)


def check_log(kind: str) -> None:
    """Refuse a log that cannot be written here.

    Args:
        kind: ``tensorboard``; empty for none.

    Raises:
        InputError: there is no such kind, or its package is not installed.
    """
    if not kind:
        return
    if kind not in LOG_KINDS:
        raise ArgumentError("log", kind, f"choose {' or '.join(LOG_KINDS)}")
    if find_spec("tensorboard") is None:
        raise ArgumentError("log", kind, "is not installed; pip install 'xsample-tui[tensorboard]'")
