"""The spec of a sweep, and of what is trained beside it."""

from __future__ import annotations

import pytest

from xsample_tui.core.errors import InputError
from xsample_tui.core.training.presets import preset
from xsample_tui.core.training.sweep_spec import Machine, spec_beside


def test_what_is_trained_beside_a_sweep_has_its_settings_but_no_scout_of_its_own() -> None:
    spec = preset("quick", "r", Machine(), scout=True, order="promising")
    beside = spec_beside(spec, "r-seeds", baselines=7)
    assert (beside.name, beside.scout, beside.order, beside.baselines) == ("r-seeds", False, "rows", 7)
    kept = {"name", "scout", "order", "baselines"}
    assert beside.model_dump(exclude=kept) == spec.model_dump(exclude=kept)
    with pytest.raises(InputError, match="baselines"):
        spec_beside(spec, "r-seeds", baselines=-1)
