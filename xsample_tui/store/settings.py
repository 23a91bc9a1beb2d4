"""The folder of the user's settings: what belongs to a person or a machine, not to a run."""

from __future__ import annotations

import os
from pathlib import Path

VARIABLE = "XSAMPLE_TUI_CONFIG"


def settings_folder() -> Path:
    """Return the folder, which need not exist: ``$XSAMPLE_TUI_CONFIG``, or where the system keeps such things."""
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given).expanduser()
    # Imported late: everybody starts the program.
    import platformdirs

    return platformdirs.user_config_path("xsample-tui")
