"""Sweeps of real processes under a seeded adversary: every result is there once and right, whatever happens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .__main__ import tally, untried
from .place import Place, place
from .sweep import disturb


@pytest.fixture
def where() -> Iterator[Place]:
    """Return an empty place for runs."""
    with place() as made:
        yield made


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(3))
def test_a_hundred_faults_from_outside_change_no_result(where: Place, seed: int) -> None:
    for line in untried(where.small):
        print(f"not tried: {line}")
    report = disturb(seed, 100, where)
    print(tally([report]))
    assert report.wrong == []
    assert sum(report.faults.values()) >= 100
