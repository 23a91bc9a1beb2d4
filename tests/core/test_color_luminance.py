"""The luminance of colours."""

from __future__ import annotations

import pytest

from xsample_tui.core.color_luminance import luminance


@pytest.mark.parametrize(
    ("color", "expected"),
    [((0, 0, 0), 0.0), ((1, 1, 1), 1.0), ((1, 0, 0), 0.2126), ((0, 1, 0), 0.7152), ((0, 0, 1), 0.0722)],
)
def test_black_white_and_the_primaries_have_the_luminance_that_wcag_gives(
    color: tuple[float, ...], expected: float
) -> None:
    assert luminance(color) == pytest.approx(expected)


def test_grey_of_the_same_contrast_on_black_and_white_is_at_18_percent() -> None:
    # 118/255 is the darkest grey that black reads better on.
    below, above = (luminance([level / 255] * 3) for level in (117, 118))
    assert (below + 0.05) ** 2 < 1.05 * 0.05 < (above + 0.05) ** 2
