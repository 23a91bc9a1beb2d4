"""Nulls of arms whose windows, twins and controls came through rungs: new streams, images and choices each time."""

from __future__ import annotations

import math

import pytest

from tests.stacking.arm_levels import level, repeat
from tests.stacking.simulated_rungs import RungSweep

# Windows are as good as whole images in all of them.
NULLS = {
    "10 of 36 windows": RungSweep(),
    "10 of 36 and their neighbours": RungSweep(refine=True),
    "10 of 121 windows": RungSweep(stride=2),
    "the loss is the skill, without replicates": RungSweep(tie=1.0, replicates=0),
    "the same, refined": RungSweep(tie=1.0, replicates=0, refine=True),
}


@pytest.mark.parametrize("refine", [False, True])
def test_a_null_gets_no_verdict_more_often_than_it_may(refine: bool) -> None:
    count = 12
    found = repeat(RungSweep(images=300, refine=refine), count)
    # As many came through on either side.
    assert found.primary == "A - B"
    assert max(found.verdicts[name] for name in ("A - B", "C - D", "M - B")) <= level(count)
    assert found.covered["A - B"] >= 0.95 - 3 * math.sqrt(0.05 * 0.95 / count)


@pytest.mark.slow
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("name", NULLS)
def test_nulls_at_length(name: str) -> None:
    count = 2000
    found = repeat(NULLS[name], count)
    print(f"{name}: {found}")
    for pair in ("A - B", "C - D", "M - B"):
        assert found.verdicts[pair] <= level(count)
        assert found.covered[pair] >= 0.93
