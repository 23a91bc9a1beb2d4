from __future__ import annotations

from typing import Any

import pytest

from xsample_tui.core.training.presets import in_proportion, preset, window_and_stride
from xsample_tui.core.training.sweep_spec import Machine, SweepSpec


def drafted(name: Any = "standard", **windows: Any) -> SweepSpec:
    return preset(name, "run", Machine(), windows=windows)


def sizes(spec: SweepSpec) -> tuple[int, int, int]:
    return spec.windows.height, spec.windows.width, spec.windows.stride


@pytest.mark.parametrize(
    ("height", "width", "standard", "quick"),
    [
        (8, 8, (9, 9, 1), (9, 9, 5)),
        (28, 28, (9, 9, 1), (9, 9, 5)),
        (32, 32, (9, 9, 1), (9, 9, 5)),
        (55, 300, (9, 9, 1), (9, 9, 5)),
        (64, 64, (18, 18, 2), (18, 18, 10)),
        (96, 96, (27, 27, 3), (27, 27, 15)),
        (224, 224, (72, 72, 8), (72, 72, 40)),
    ],
)
def test_windows_that_are_not_given_grow_with_the_images(
    height: int, width: int, standard: tuple[int, ...], quick: tuple[int, ...]
) -> None:
    assert sizes(in_proportion(drafted(), height, width)) == standard
    assert sizes(in_proportion(drafted("quick"), height, width)) == quick
    assert window_and_stride(height, width) == (standard[0], standard[2])


def test_what_is_given_stays() -> None:
    assert sizes(in_proportion(drafted(height=9, width=9), 96, 96)) == (9, 9, 3)
    assert sizes(in_proportion(drafted(stride=1), 96, 96)) == (27, 27, 1)
    assert sizes(in_proportion(drafted(mask="occlude"), 96, 96)) == (27, 27, 3)
    grown = in_proportion(drafted(), 96, 96)
    assert sizes(in_proportion(grown.model_copy(update={"seed": 3}), 28, 28)) == (27, 27, 3)
    stored = SweepSpec.model_validate_json(drafted().model_dump_json())
    assert in_proportion(stored, 96, 96) is stored
    assert stored == drafted()
