from __future__ import annotations

import pytest

from xsample_tui.core.data.reading_options import AS_THEY_ARE, ReadingOptions
from xsample_tui.core.errors import InputError
from xsample_tui.core.training.presets import preset
from xsample_tui.core.training.sweep_spec import Machine


@pytest.mark.parametrize("size", [(0, 9), (9, 0), (-1, 9), (9, 8193)])
def test_a_size_that_no_image_has_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="1 to 8192") as caught:
        ReadingOptions(size)
    assert caught.value.field == "size"


def test_a_spec_says_how_its_files_are_read() -> None:
    spec = preset("quick", "r", Machine())
    assert spec.reading == AS_THEY_ARE
    again = spec.model_copy(update={"image_size": (8192, 1), "skip_bad": True})
    assert again.reading == ReadingOptions((8192, 1), True)
