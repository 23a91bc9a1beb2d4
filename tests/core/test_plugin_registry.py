"""Registries: names that other packages bring, seen through the registry of mask kinds."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.harness.example_extension import guest, refusal
from xsample_tui.core.errors import InputError
from xsample_tui.core.masks.mask_kinds import DRAWERS, MASK_KINDS, Canvas, draw
from xsample_tui.core.masks.windows import Window

CANVAS = Canvas(np.full((8, 8), 1 / 64), seed=0)
WINDOW = Window(2, 1, 4, 5)


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep what one test loads from the others."""
    monkeypatch.setattr(DRAWERS, "_loaded", {})
    before = set(sys.modules)
    yield
    for module in set(sys.modules) - before:
        if module.startswith("guest_"):
            del sys.modules[module]


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        ("import nosuch_module", "guest_a:f", "No module named 'nosuch_module'"),
        ("raise RuntimeError('no\\n\\x1b[31mway')", "guest_a:f", "RuntimeError: no\\n\\x1b[31mway"),
        ("", "guest_a:f", "has no attribute 'f'"),
        ("f = 3", "guest_a:f", "it is a int, where a function is wanted"),
    ],
)
def test_a_broken_extension_is_one_line_and_left_out(
    text: str, value: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest(tmp_path / "site", {"xsample_tui.masks": {"bad": value}}, text, monkeypatch)
    line = refusal(DRAWERS, "bad")  # type: ignore[arg-type]
    assert line.startswith(f"mask: bad: the extension guest-a 1.2 ({value}) cannot be ")
    assert words in line
    assert "\n" not in line
    assert "\x1b" not in line
    assert tuple(DRAWERS) == MASK_KINDS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def f(window, canvas): return 1 / 0", "ZeroDivisionError: division by zero"),
        ("def f(window, canvas): return canvas.share", "shape (8, 8) and dtype float64, where (8, 8) bool is wanted"),
        ("def f(window, canvas): return [True]", "shape (1,) and dtype bool"),
    ],
)
def test_a_mask_kind_that_draws_no_mask(
    text: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest(tmp_path / "site", {"xsample_tui.masks": {"odd": "guest_a:f"}}, text, monkeypatch)
    with pytest.raises(InputError, match=r"mask: odd: the extension guest-a 1\.2") as caught:
        draw("odd", [WINDOW], CANVAS)
    assert words in str(caught.value)


def test_names_that_are_taken_doubly_or_not_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = {"keep": "guest_a:f", "twice": "guest_a:f", "baseline2": "guest_a:f", "A-b": "guest_a:f"}
    guest(tmp_path / "one", {"xsample_tui.masks": points}, "def f(window, canvas): 1", monkeypatch)
    guest(tmp_path / "two", {"xsample_tui.masks": {"twice": "guest_b:f"}}, "", monkeypatch, "guest_b")
    assert DRAWERS["keep"].__module__ == "xsample_tui.core.masks.mask_kinds"
    line = refusal(DRAWERS, "twice")  # type: ignore[arg-type]
    assert "guest-a 1.2 (guest_a:f) and guest-b 1.2 (guest_b:f); uninstall one" in line
    for name in ("baseline2", "A-b"):
        assert "lower-case letters" in refusal(DRAWERS, name)  # type: ignore[arg-type]


def test_what_a_package_brings_is_found_named_and_traced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "import numpy as np\ndef f(window, canvas): return np.eye(8, dtype=bool)"
    guest(tmp_path / "site", {"xsample_tui.masks": {"diagonal": "guest_a:f"}}, text, monkeypatch)
    assert DRAWERS.names() == (*MASK_KINDS, "diagonal")
    assert DRAWERS.origin("diagonal") == "guest-a 1.2 (guest_a:f)"
    assert "guest_a" not in sys.modules
    assert draw("diagonal", [WINDOW], CANVAS)[0].sum() == 8
    assert len(DRAWERS) == len(MASK_KINDS) + 1


def test_what_nothing_brings() -> None:
    assert DRAWERS.origin("keep") is None
    assert DRAWERS.origin("nosuch") is None
    assert "nosuch" not in DRAWERS
    assert f"choose one of {', '.join(MASK_KINDS)}" in refusal(DRAWERS, "nosuch")  # type: ignore[arg-type]
