"""The layers: import-linter's contracts hold, and a process that needs no TensorFlow gets none."""

import subprocess
import sys
from pathlib import Path

import pytest


def test_import_contracts_hold() -> None:
    root = Path(__file__).parent.parent
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        (
            "xsample_tui.core.training.trial_plan",
            ("tensorflow", "keras", "textual", "pandas", "scipy", "sklearn", "joblib"),
        ),
        ("xsample_tui.datasets", ("tensorflow", "keras", "textual", "pandas", "mlxtend")),
        ("xsample_tui.store.run_catalog", ("tensorflow", "keras", "textual", "pandas", "scipy")),
        ("xsample_tui.sweep.run_setup", ("tensorflow", "keras", "textual", "pandas", "scipy", "joblib")),
        ("xsample_tui.stacking.arms.arm_blends", ("tensorflow", "keras", "textual", "pandas", "scipy", "sklearn")),
        (
            "xsample_tui.stacking.blending.blender_registry",
            ("tensorflow", "keras", "textual", "pandas", "scipy", "sklearn"),
        ),
        (
            "xsample_tui.stacking.findings.run_summary",
            ("tensorflow", "keras", "textual", "pandas", "scipy", "sklearn"),
        ),
        ("xsample_tui.report.report_folder", ("tensorflow", "keras", "textual", "pandas", "matplotlib", "jinja2")),
        (
            "xsample_tui.cli.main_command",
            ("tensorflow", "keras", "textual", "pandas", "scipy", "sklearn", "matplotlib", "jinja2"),
        ),
    ],
)
def test_importing_a_layer_brings_only_what_it_needs(module: str, absent: tuple[str, ...]) -> None:
    program = (
        f"import sys, {module}; print([m for m in {absent!r} if m in sys.modules]); "
        "print(sum(m.startswith('xsample_tui.') for m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    brought, ours = done.stdout.splitlines()
    assert brought == "[]"
    # An empty package imports nothing, and would pass whatever its modules import.
    assert int(ours) > 5
