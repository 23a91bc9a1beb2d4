"""Every test that the page about reliability names is there."""

import ast
import re

from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text()


def _functions() -> set[str]:
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found.add(node.name)
    return found


def test_every_test_that_is_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 20
    assert named - _functions() == set()


def test_every_file_that_is_named_exists() -> None:
    named = set(re.findall(r"`((?:tests|sweep|tui|store|cli)/[\w/]+(?:\.py)?)`", PAGE))
    assert len(named) > 10
    places = [ROOT, ROOT / "xsample_tui"]
    assert [name for name in sorted(named) if not any((place / name).exists() for place in places)] == []
