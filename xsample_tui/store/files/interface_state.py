"""Keeps what a user has set in the interface, and how each run was shown, from one start to the next.

The file is ``interface.json`` in the folder of the user's settings. Where it cannot be read, nothing is set.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ...core.errors import InputError
from . import atomic_write
from .user_settings import settings_folder

# Views that are kept: those of the runs that were shown last.
MOST_VIEWS = 200


class KeptView(BaseModel):
    """How a run was shown.

    Attributes:
        selected: the chosen trial.
        metric: what the heat map shows.
        filter: of the table, as typed.
        sort: the fact that the table is sorted by; None for the plan's order.
        turned: whether that order is reversed.
        marked: names of the marked trials.
        pinned: names of the trials whose curves are pinned.
    """

    model_config = ConfigDict(frozen=True)

    selected: str | None = None
    metric: str | None = None
    filter: str = ""
    sort: str | None = None
    turned: bool = False
    marked: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()


class InterfaceState(BaseModel):
    """What is kept; None for what is not set.

    Attributes:
        theme: the name of the theme.
        ascii: whether to draw in ASCII only.
        ramp: the colours of metrics that are not compared with the baselines.
        metric: what the heat map of a run that is opened for the first time shows.
        notify: how the terminal notifies; as of ``--notify``.
        views: by the path of the run's folder, those that were shown last at the end.
    """

    model_config = ConfigDict(frozen=True)

    theme: str | None = None
    ascii: bool | None = None
    ramp: str | None = None
    metric: str | None = None
    notify: str | None = None
    views: dict[str, KeptView] = {}


def state_file() -> Path | None:
    """Return the file's path; None where the user has no folder for settings."""
    try:
        folder = settings_folder()
    except InputError:
        return None
    return None if folder is None else folder / "interface.json"


def load_state() -> InterfaceState:
    """Return what is kept; nothing where there is no file, or one that cannot be read."""
    path = state_file()
    if path is None:
        return InterfaceState()
    try:
        return InterfaceState.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return InterfaceState()


def keep_state(changes: dict[str, object], views: dict[str, KeptView]) -> None:
    """Keep what has changed; what another interface has kept meanwhile stays.

    Args:
        changes: settings by name, None for one that is not set any more.
        views: of the runs that were shown, by path.

    Raises:
        OSError: the file cannot be written.
    """
    path = state_file()
    if path is None or not (changes or views):
        return
    before = load_state()
    kept = {name: view for name, view in before.views.items() if name not in views} | views
    latest = dict(list(kept.items())[-MOST_VIEWS:])
    after = before.model_copy(update={**changes, "views": latest})
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic_write.write(path, after.model_dump_json(indent=1, exclude_none=True).encode() + b"\n", durable=False)
