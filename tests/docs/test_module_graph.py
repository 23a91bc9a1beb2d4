"""The drawing of who imports whom: what it counts, and that it shows all of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

ROOT = Path(__file__).parent.parent.parent
SVG = "{http://www.w3.org/2000/svg}"
# a and b/deep import each other's folders without a cycle of modules; c is below both.
MADE = {
    "__init__.py": "",
    "a/__init__.py": "",
    "a/one.py": "from ..b.deep import two\nfrom ..c import three",
    "a/four.py": "",
    "b/__init__.py": "",
    "b/deep/__init__.py": "",
    "b/deep/two.py": "def late():\n    from ...a import four",
    "c/__init__.py": "",
    "c/three.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from ..a import one",
}


def drawn(checkout: Path, file: Path) -> dict[str, int]:
    """Draw a checkout in a process of its own; return its numbers."""
    command = [sys.executable, str(ROOT / "docs" / "module_graph.py"), str(checkout), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=file.parent)
    pairs = (line.split(": ") for line in done.stdout.splitlines())
    return {name: int(number.replace(",", "")) for name, number in pairs}


def test_a_small_package_is_counted_and_drawn_whole(tmp_path: Path) -> None:
    for name, text in MADE.items():
        (tmp_path / "xsample_tui" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "xsample_tui" / name).write_text(text)
    assert drawn(tmp_path, tmp_path / "out.svg") == {
        "modules": 4,
        "folders with modules": 3,
        "modules in the largest folder": 2,
        "imports of one module by another": 3,
        "arrows between folders": 3,
        "arrows between packages": 3,
        "modules in cycles": 0,
        "folders in cycles": 2,
        "packages in cycles": 2,
    }
    root = ET.fromstring((tmp_path / "out.svg").read_text())
    assert len([path for path in root.iter(f"{SVG}path") if path.get("class") == "arrow"]) == 3
    assert len([box for box in root.iter(f"{SVG}rect") if box.get("rx")]) == 3
    assert {text.text for text in root.iter(f"{SVG}text")} >= {"a 2", "b/deep 1", "c 1"}


def test_the_page_has_a_row_for_each_number_and_no_module_is_in_a_cycle(tmp_path: Path) -> None:
    found = drawn(ROOT, tmp_path / "out.svg")
    rows = re.findall(r"^\| ([a-z ]+) \| ([\d,]+) \| ([\d,]+) \|$", (ROOT / "docs" / "modules.md").read_text(), re.M)
    assert [name for name, *_ in rows][: len(found)] == list(found)
    assert found["modules in cycles"] == found["packages in cycles"] == 0
