"""Sizes in words."""

from __future__ import annotations

import pytest

from xsample_tui.core.size_text import size


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 kB"), (800, "1 kB"), (99_900, "99.9 kB"), (1e6, "1.0 MB"), (99.4e6, "99.4 MB"), (1.5e12, "1500 GB")],
)
def test_size(count: float, text: str) -> None:
    assert size(count) == text
