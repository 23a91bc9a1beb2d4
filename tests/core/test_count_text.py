from __future__ import annotations

import pytest

from xsample_tui.core.count_text import counted


@pytest.mark.parametrize(("count", "wanted"), [(0, "0 images are"), (1, "1 image is"), (2000, "2,000 images are")])
def test_one_is_no_plural(count: int, wanted: str) -> None:
    assert counted(count, "image", ("is", "are")) == wanted
    assert counted(count, "image") == wanted.rsplit(" ", 1)[0]
