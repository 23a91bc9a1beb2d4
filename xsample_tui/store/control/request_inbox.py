"""The request inbox: requests to a run's controller, one small file each, from any process."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import stat
import time
from collections.abc import Collection, Iterator
from pathlib import Path

from pydantic import ValidationError

from ...core.errors import printable
from ...core.run_state.requests import Action, Request
from ..files import atomic_write

_SIZE_LIMIT = 1 << 20
# What does not pass by itself, unlike a lack of descriptors or a file server that is away.
_FOR_GOOD = {errno.EACCES, errno.EPERM}
# Stands for a file that could not even be examined.
_UNSEEN: tuple[int, ...] = ()
_count = itertools.count()


class RequestInbox:
    """The requests waiting in a run's folder.

    Args:
        folder: the run's folder.
        remove_again_every: seconds after which the removal of a file that stayed is tried again.
    """

    def __init__(self, folder: Path, remove_again_every: float = 5.0) -> None:
        self._folder = folder / "requests"
        self._remove_again_every = remove_again_every
        # Those that were taken but could not be removed, and those that could neither be read nor put aside: by name,
        # what distinguishes the file from a later one of the same name.
        self._taken: dict[str, tuple[int, ...]] = {}
        self._unread: dict[str, tuple[int, ...]] = {}
        self._remove_at = 0.0

    def put(self, request: Request) -> None:
        """Leave a request for the controller.

        Raises:
            OSError: the folder cannot be written.
        """
        self._folder.mkdir(exist_ok=True)
        name = f"{time.time_ns():020d}-{os.getpid()}-{next(_count)}.json"
        atomic_write.write(self._folder / name, request.model_dump_json().encode(), durable=False)

    def take(self) -> list[Request | str]:
        """Return the requests waiting, oldest first, and remove them; one that cannot be read gives its complaint.

        What cannot be read is moved to ``refused/`` beside them. What can neither be removed nor moved is taken once:
        this inbox remembers it, and takes it again only where the file has changed.

        Raises:
            OSError: the folder of requests cannot be listed; nothing was taken.
        """
        paths = self._waiting()
        self._forget({path.name for path in paths})
        taken: list[Request | str] = []
        for path in paths:
            try:
                now = os.lstat(path)
            except OSError as error:
                if error.errno in _FOR_GOOD and self._unread.get(path.name) != _UNSEEN:
                    # It stays where it is: this may pass after all.
                    self._unread[path.name] = _UNSEEN
                    taken.append(f"a request cannot be checked: {_named(path, error.strerror)}")
                # It is asked for again in a moment.
                continue
            mark = _mark(now)
            if mark in (self._taken.get(path.name), self._unread.get(path.name)):
                continue
            try:
                request = _read(path, now)
            except OSError as error:
                if error.errno not in _FOR_GOOD:
                    continue
                taken.append(self._refuse(path, mark, error.strerror or "it cannot be opened"))
            except ValueError as error:
                what = f"{error.error_count()} fields off" if isinstance(error, ValidationError) else str(error)
                taken.append(self._refuse(path, mark, what))
            else:
                taken.append(request)
                try:
                    path.unlink()
                except FileNotFoundError:
                    pass
                except OSError as error:
                    self._taken[path.name] = mark
                    taken.append(
                        f"a request cannot be removed, it is carried out once: {_named(path, error.strerror)}"
                    )
        return taken

    def about_trials(self) -> dict[str, Action]:
        """Return what the waiting requests ask for each trial, and leave them; what cannot be read is left out.

        Raises:
            OSError: the folder of requests cannot be listed.
        """
        return {name: request.action for _, request in self._readable() for name in request.trials}

    def withdraw(self, trials: Collection[str]) -> None:
        """Take back what the waiting requests ask for some trials, while no controller is there to obey them.

        Raises:
            OSError: a request cannot be written again or removed.
        """
        for path, request in self._readable():
            left = tuple(name for name in request.trials if name not in trials)
            if left and left != request.trials:
                asked = request.model_copy(update={"trials": left})
                atomic_write.write(path, asked.model_dump_json().encode(), durable=False)
            elif not left and request.trials:
                path.unlink(missing_ok=True)

    def _readable(self) -> Iterator[tuple[Path, Request]]:
        for path in self._waiting():
            with contextlib.suppress(OSError, ValueError):
                yield path, _read(path, os.lstat(path))

    def _waiting(self) -> list[Path]:
        try:
            return sorted(p for p in self._folder.iterdir() if p.suffix == ".json" and not p.name.startswith("."))
        except FileNotFoundError:
            return []

    def _refuse(self, path: Path, mark: tuple[int, ...], what: str) -> str:
        """Put a request aside, or remember it; return what to say of it."""
        refused = self._folder / "refused"
        try:
            refused.mkdir(exist_ok=True)
            os.replace(path, refused / path.name)
        except OSError:
            self._unread[path.name] = mark
            return f"an unreadable request cannot be moved aside: {_named(path, what)}"
        return f"an unreadable request was moved aside: {_named(path, what)}"

    def _forget(self, there: set[str]) -> None:
        """Forget what is gone; now and then try to remove what is not."""
        if self._taken and time.monotonic() >= self._remove_at:
            self._remove_at = time.monotonic() + self._remove_again_every
            for name, mark in self._taken.items():
                with contextlib.suppress(OSError):
                    if _mark(os.lstat(self._folder / name)) == mark:
                        os.unlink(self._folder / name)
        self._taken = {name: mark for name, mark in self._taken.items() if name in there}
        self._unread = {name: mark for name, mark in self._unread.items() if name in there}


def _mark(now: os.stat_result) -> tuple[int, ...]:
    return now.st_ino, now.st_size, now.st_mtime_ns


def _read(path: Path, now: os.stat_result) -> Request:
    # Another kind of file may never end, or keep whoever opens it waiting.
    if not stat.S_ISREG(now.st_mode):
        raise ValueError("not a file")
    if now.st_size > _SIZE_LIMIT:
        raise ValueError("too large")
    return Request.model_validate_json(path.read_bytes())


def _named(path: Path, what: str | None) -> str:
    return f"{printable(path.name)}: {what}"
