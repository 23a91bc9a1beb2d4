"""The pages build without a warning, and ask the network for nothing."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.blocks import ROOT

pytest.importorskip("mkdocs", reason="the extra `docs` is not installed")
pytest.importorskip("material", reason="the extra `docs` is not installed")
pytest.importorskip("mkdocstrings", reason="the extra `docs` is not installed")


def test_the_pages_build_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stderr
    commands = (tmp_path / "site" / "reference" / "commands" / "index.html").read_text()
    for name in ("run", "judge", "report", "serve"):
        assert f'<h2 id="{name}">' in commands
    assert "--open-test" in commands
    core = (tmp_path / "site" / "reference" / "core" / "index.html").read_text()
    assert "xsample_tui.core.masks.windows.positions" in core
    assert "<code>low,</code>" not in core, "an attribute named with another on its line"
    unnamed = {path.stem for path in (ROOT / "docs").glob("*.md")} - {"index"}
    assert [name for name in unnamed if f'href="../../{name}/"' not in core] == [], "pages that cannot be reached"
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > len(list((ROOT / "docs").glob("*.md")))
    for page in pages:
        loaded = re.findall(r'<(?:script|img|link rel="stylesheet")[^>]*(?:src|href)="(https?:)?//', page.read_text())
        assert loaded == [], page
