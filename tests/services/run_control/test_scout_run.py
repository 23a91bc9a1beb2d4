"""The scout as a service: what it refuses before anything is trained."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.runs import make_run
from xsample_tui.core.errors import InputError
from xsample_tui.services.run_control.scout_run import scout_run


@pytest.mark.parametrize("epochs", [0, -1, 100_001])
def test_bad_epochs_are_refused(tmp_path: Path, epochs: int) -> None:
    with pytest.raises(InputError, match=f"epochs: {epochs}: choose from 1 to 100,000"):
        scout_run(make_run(tmp_path), epochs)
