"""CONTRIBUTING says where things are: each file that it names exists, and each folder of the package is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGE = ROOT / "xsample_tui"
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NAMED = sorted({name for name in re.findall(r"`([a-z_/]+(?:\.[a-z]+|/))`", TEXT) if "/" in name and name != "site/"})


@pytest.mark.parametrize("name", NAMED)
def test_a_file_that_is_named_exists(name: str) -> None:
    assert (PACKAGE / name).exists() or (ROOT / name).exists()


def test_each_folder_with_modules_is_named() -> None:
    folders = {path.parent.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("__init__.py")} - {"."}
    assert {folder for folder in folders if f"`{folder}`" not in TEXT} == set()
    assert len(NAMED) > 20
