"""What libraries warn of is meant for programmers: no command shows it, unless Python is asked to."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import COMMAND, Run

PROGRAM = """
import logging, sys, warnings
from xsample_tui.cli import main_command
from xsample_tui.store.run_catalog import RunCatalog

summaries = RunCatalog.summaries

def warning(self):
    warnings.warn("odd numbers")
    logging.getLogger("library").warning("odder numbers")
    return summaries(self)

RunCatalog.summaries = warning
sys.argv = ["xsample-tui", "status"]
sys.exit(main_command.main())
"""


@pytest.mark.parametrize("wanted", [False, True])
def test_a_warning_is_shown_only_where_python_is_asked_to(tmp_path: Path, wanted: bool) -> None:
    environment = os.environ | ({"PYTHONWARNINGS": "default"} if wanted else {})
    environment["PYTHONPATH"] = os.getcwd()
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert ("odd numbers" in done.stderr) == wanted
    assert "odder numbers" not in done.stderr


def test_many_classes_with_few_images_are_blended_without_a_word_from_scikit_learn(cli: Run, tmp_path: Path) -> None:
    lot = np.random.default_rng(0)
    labels = np.arange(840) % 120
    images = lot.integers(0, 60, (840, 8, 8), np.uint8)
    images[np.arange(840), labels % 8, labels // 8 % 8] += 150
    np.savez(tmp_path / "many.npz", x_train=images, y_train=labels)
    sweep = ("--window", "4", "--stride", "4", "--epochs", "1", "--baselines", "2", "--jobs", "1")
    assert cli("run", "--headless", "--data", "many.npz", "--name", "m", *sweep).returncode == 0
    done = subprocess.run(
        [*COMMAND, "stack", "m", "--top", "3", "--blend", "logistic"],
        cwd=tmp_path,
        # With warnings on, so that this is seen to be silent by itself.
        env=os.environ | {"PYTHONWARNINGS": "default::UserWarning"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stderr == "test set never opened\n", done.stderr
