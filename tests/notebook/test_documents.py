"""The Python interface as it is documented: the session of docs/python.md, and the notebook in examples."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SMALL = 'options = {"name": "t", "stride": 19, "epochs": 1, "baselines": 3, "limit": 200, "jobs": 1}'


def test_the_session_in_the_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    failed, tried = doctest.testfile(str(ROOT / "docs" / "python.md"), module_relative=False, encoding="utf-8")
    assert failed == 0
    assert tried > 15


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
    assert "3 baselines on 1000 pictures" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("1000 pictures cannot resolve thousandths")
