"""Keras models, described as a run describes them."""

from __future__ import annotations

from typing import Any

from tests.training import sample
from xsample_tui.core.networks.keras_network import DescribedNetwork
from xsample_tui.core.training.sweep_spec import Training
from xsample_tui.training.network_description import describe

NETS = "tests.training.keras_models.networks"

SHAPE = (sample.SIDE, sample.SIDE, 1)


def described(name: str, *, pretrained: bool = False, **training: Any) -> DescribedNetwork:
    full = name if name.endswith(".keras") else f"{NETS}:{name}"
    return describe(full, SHAPE, sample.CLASSES, Training.model_validate(training), 1, pretrained)
