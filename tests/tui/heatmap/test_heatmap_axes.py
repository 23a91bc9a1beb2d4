from __future__ import annotations

import pytest
from rich.style import Style

from xsample_tui.tui.heatmap.heatmap_axes import AXIS, column_axis, row_axis

STYLES = (Style(), Style(bold=True))


@pytest.mark.parametrize(
    ("row", "label"),
    [(None, "   "), (0, " 0 "), (27, "27 "), (104, "104"), (999, "999"), (1032, "1k "), (8000, "8k ")],
)
def test_every_row_s_label_is_as_wide(row: int | None, label: str) -> None:
    assert row_axis(STYLES, row, here=False).text == label
    assert len(label) == AXIS


@pytest.mark.parametrize("across", [1, 2, 4, 5, 8])
@pytest.mark.parametrize("step", [1, 8, 60])
def test_labels_of_columns_do_not_touch(across: int, step: int) -> None:
    columns = range(0, 20 * step, step)
    for here in (None, 0, 7, 19):
        text = "".join(segment.text for segment in column_axis(STYLES, columns, across, here))
        assert len(text) == AXIS + 20 * across
        shown = [int(word) for word in text.split()]
        assert set(shown) <= set(columns)
        assert shown == sorted(shown)
        assert here is None or columns[here] in shown
