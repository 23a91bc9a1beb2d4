"""How many trials a draft has, and what they take on the disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from xsample_tui.core.errors import InputError
from xsample_tui.core.networks.network_registry import build
from xsample_tui.services.spec_from_options import spec_of
from xsample_tui.sweep.measuring.cost_estimate import window_masks
from xsample_tui.sweep.measuring.plan_size import plan_size, wanted_windows

SHAPE = (28, 28, 1)


def test_only_the_windows_that_are_named_count(tmp_path: Path) -> None:
    network = build("article", SHAPE, 10)
    every = spec_of(tmp_path, "quick", window=9, stride=5)
    found = plan_size(every, SHAPE, network)
    assert (found.windows, found.baselines, found.trials) == (25, 3, 28)
    assert len(window_masks(every, SHAPE)) == len(wanted_windows(every, SHAPE)) == 25
    some = plan_size(spec_of(tmp_path, "quick", window=9, stride=5, only=("keep-r00-c05",)), SHAPE, network)
    assert (some.windows, some.trials) == (1, 4)
    assert some.disk is not None
    assert found.disk == pytest.approx(some.disk * 28 / 4)
    assert plan_size(every, SHAPE, None).disk is None


def test_windows_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="window"):
        plan_size(spec_of(tmp_path, "quick", window=40), SHAPE, None)
