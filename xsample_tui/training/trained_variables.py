"""Variables that an optimizer changes, by name: the state that both kinds of trainer read and return."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.networks.network import Weights
from .optimizer_step import Slots, Updater

Tensor = Any


class TrainedVariables:
    """The variables of a network, and the optimizer that changes them.

    Args:
        variables: Keras variables by name, those that are not trained too.
        updater: the optimizer.
    """

    def __init__(self, variables: Mapping[str, Any], updater: Updater) -> None:
        self._variables = dict(variables)
        self._updater = updater

    @property
    def steps(self) -> int:
        """How many steps the optimizer has taken; may be read from another thread while it takes them."""
        return self._updater.steps

    def inside_of(self, inside: Tensor, at: Tensor) -> Tensor:
        """Return what some images are multiplied by: here the same for all of them; to be traced.

        Args:
            inside: what an epoch was given, scaled to bring pixels to 0..1.
            at: (n,) int32, the images' places among those of fit.
        """
        return inside

    def slots(self) -> Slots:
        """Return a copy of the optimizer's variables by name, its step count among them."""
        return self._updater.slots()

    def set(self, weights: Weights, slots: Slots | None) -> None:
        """Set weights and optimizer variables; None stands for an optimizer that has not stepped.

        Raises:
            KeyError, ValueError: the names or shapes are those of another network or optimizer.
        """
        for name, variable in self._variables.items():
            variable.assign(weights[name])
        self._updater.set(slots)
