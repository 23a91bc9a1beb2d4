"""The command with the tests' lease in place of training: ``python -m tests.cli.fake_training resume NAME ...``."""

from __future__ import annotations

import sys
from pathlib import Path

from xsample_tui.__main__ import main
from xsample_tui.sweep.controller import Controller

ROOT = Path(__file__).parents[2]
TRAINING = [sys.executable, "-m", "tests.cli.fake_training"]


def train_with(lease: str) -> None:
    """Let every controller of this process order another lease: ``module:function``."""
    defaults = Controller.__init__.__kwdefaults__
    assert defaults is not None
    defaults["lease"] = lease


if __name__ == "__main__":
    train_with("tests.harness.fake_lease:run_judged")
    main()
