"""Doing things without the rights of the user that runs the tests, who may be root."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Nobody's on any machine.
STRANGER = 54321
_CAPABILITIES_3 = 0x20080522
# CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH.
_PASS_OVER_MODES = 1 << 1 | 1 << 2


@contextlib.contextmanager
def as_stranger() -> Iterator[None]:
    """Let root be another user for a while; any other user stays who it is."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(STRANGER)
    try:
        yield
    finally:
        os.seteuid(0)


@contextlib.contextmanager
def public_folder() -> Iterator[Path]:
    """Make a folder that every user may pass through, unlike pytest's own, and remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="xsample-public-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for path, _, _ in os.walk(folder):
            os.chmod(path, 0o700)
        shutil.rmtree(folder)


@contextlib.contextmanager
def held_to_modes() -> Iterator[None]:
    """Let root be held back by the modes of files, as everybody else is: in this thread, and those it starts.

    Unlike :func:`as_stranger`, who could not import what is not imported yet where Python is root's own.
    """
    if os.geteuid() != 0:
        yield
        return
    system = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITIES_3, 0)
    # Effective, permitted and inheritable, of the first 32 capabilities and of those after them.
    before = (ctypes.c_uint32 * 6)()
    assert system.capget(header, before) == 0
    less = (ctypes.c_uint32 * 6)(before[0] & ~_PASS_OVER_MODES, *before[1:])
    assert system.capset(header, less) == 0, "this test has to give up what lets root read everything"
    try:
        yield
    finally:
        assert system.capset(header, before) == 0
