"""The folder of the user's settings, which belong to a person or a machine, not to a run."""

from __future__ import annotations

import os
from pathlib import Path

from ...core.errors import InputError

VARIABLE = "XSAMPLE_TUI_CONFIG"


def settings_folder() -> Path | None:
    """Return the folder, which need not exist: ``$XSAMPLE_TUI_CONFIG``, or where the system keeps such things.

    None where there is no such place: in a container the user may have neither ``HOME`` nor an entry in passwd.

    Raises:
        InputError: the variable names a home folder that is not known.
    """
    given = os.environ.get(VARIABLE)
    if given:
        return expanded(VARIABLE, given)
    # Imported late: everybody starts the program.
    import platformdirs

    try:
        found = platformdirs.user_config_path("xsample-tui")
    except RuntimeError:
        return None
    # Older platformdirs leave `~` as it is where they find no home.
    return found if found.is_absolute() else None


def expanded(field: str, path: str) -> Path:
    """Return a path with ``~`` replaced by the home folder.

    Args:
        field: what names the path, in the user's words.
        path: as given.

    Raises:
        InputError: the home folder is not known.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise InputError(field, path, "names a home folder that is not known; write the whole path") from error
