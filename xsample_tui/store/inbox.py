"""The inbox: requests to a run's controller, each a small file that any process may put there."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path

from pydantic import ValidationError

from ..core.request import Request
from . import atomic

_SIZE_LIMIT = 1 << 20
_count = itertools.count()


class Inbox:
    """The requests waiting in a run's folder.

    Args:
        folder: the run's folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "requests"

    def put(self, request: Request) -> None:
        """Leave a request for the controller.

        Raises:
            OSError: the folder cannot be written.
        """
        self._folder.mkdir(exist_ok=True)
        name = f"{time.time_ns():020d}-{os.getpid()}-{next(_count)}.json"
        atomic.write(self._folder / name, request.model_dump_json().encode())

    def take(self) -> list[Request | str]:
        """Return the requests waiting, oldest first, and remove them; one that cannot be read gives its complaint.

        What cannot be read is moved to ``refused/`` beside them.
        """
        taken: list[Request | str] = []
        for path in self._waiting():
            try:
                if path.stat().st_size > _SIZE_LIMIT:
                    raise ValueError("too large")
                taken.append(Request.model_validate_json(path.read_bytes()))
                path.unlink()
            except OSError:
                continue
            except (ValidationError, ValueError) as error:
                refused = self._folder / "refused"
                refused.mkdir(exist_ok=True)
                os.replace(path, refused / path.name)
                what = f"{error.error_count()} fields off" if isinstance(error, ValidationError) else str(error)
                taken.append(f"a request that cannot be read was put aside: {path.name}: {what}")
        return taken

    def _waiting(self) -> list[Path]:
        try:
            return sorted(p for p in self._folder.iterdir() if p.suffix == ".json" and not p.name.startswith("."))
        except OSError:
            # None yet, or none that can be looked at now; they are asked for again in a moment.
            return []
