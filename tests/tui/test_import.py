"""What a fresh interpreter imports with the interface."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = ("tensorflow", "keras", "pandas", "matplotlib", "scipy", "sklearn", "joblib", "mlxtend", "textual_plot")


def test_the_interface_imports_nothing_heavy() -> None:
    script = f"import sys, xsample_tui.tui.app; print([m for m in {HEAVY} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_a_run_that_is_watched_never_brings_tensorflow_in(tmp_path: Path) -> None:
    script = """
import asyncio, sys
from pathlib import Path
from tests.harness.interface import app_on, commit, make_shown_run, session_of, until
async def main():
    run = make_shown_run(Path(sys.argv[1]))
    for trial in run.document.trials:
        commit(run, trial.name, 3)
    app = app_on(run, work=False)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
asyncio.run(main())
print([m for m in ("tensorflow", "keras", "pandas", "matplotlib", "sklearn") if m in sys.modules])
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
