"""The notebook in examples, as it is documented; tests/docs runs the session of docs/python.md."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SMALL = 'options = {"name": "t", "stride": 19, "epochs": 1, "baselines": 3, "limit": 200, "jobs": 1}'


def test_the_notebook_runs_from_top_to_bottom(tmp_path: Path) -> None:
    """As a script without ``if __name__ == "__main__"``: its cells, the parameters replaced by small ones."""
    cells = json.loads((ROOT / "examples" / "stack_across.ipynb").read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert [cell["metadata"] for cell in code[:2]] == [{"tags": ["parameters"]}, {}]
    script = tmp_path / "notebook.py"
    script.write_text("\n\n".join([SMALL, *("".join(cell["source"]) for cell in code[1:])]))
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "3 baselines on 1,000 images" in done.stdout
    assert "No verdict on blending windows: fewer than 4 whole-image networks" in done.stdout
