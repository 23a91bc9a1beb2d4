"""The optimizer's step, and its state between steps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from ..core.training.sweep_spec import Training

Tensor = Any
Slots = dict[str, NDArray[np.generic]]


class Updater:
    """A Keras optimizer over named variables.

    Args:
        training: names the optimizer and its learning rate; all else is Keras's default.
        variables: Keras variables by name, in an order that stays.
        scale_loss: whether losses are scaled up, as float16 needs.
        numbered: whether the optimizer's variables are named by their numbers, where the names of the variables are
            others in another process.
    """

    def __init__(
        self, training: Training, variables: Mapping[str, Any], *, scale_loss: bool = False, numbered: bool = False
    ) -> None:
        self._variables = dict(variables)
        self._optimizer = keras.optimizers.get(
            {"class_name": training.optimizer, "config": {"learning_rate": training.learning_rate}}
        )
        plain = all(v.constraint is None and v.dtype == "float32" for v in self._variables.values())
        self._adam = type(self._optimizer) is keras.optimizers.Adam and plain and not scale_loss
        self._scales = scale_loss
        if scale_loss:
            self._optimizer = keras.optimizers.LossScaleOptimizer(self._optimizer)
        self._optimizer.build(list(self._variables.values()))
        self._slots = {
            f"{number:02d}-{slot.name.rpartition('_')[2] if numbered else slot.name}": slot
            for number, slot in enumerate(self._optimizer.variables)
        }
        self._fresh = {name: np.array(slot) for name, slot in self._slots.items()}

    def scaled(self, loss: Tensor) -> Tensor:
        """Return a loss as its gradients are to be taken of it for :meth:`apply`."""
        return self._optimizer.scale_loss(loss) if self._scales else loss

    @property
    def steps(self) -> int:
        """How many steps were taken; may be read from another thread while a computation takes them."""
        return int(self._optimizer.iterations)

    def slots(self) -> Slots:
        """Return a copy of the optimizer's variables by name, its step count among them."""
        return {name: np.array(slot) for name, slot in self._slots.items()}

    def set(self, slots: Slots | None) -> None:
        """Set the optimizer's variables; None stands for an optimizer that has not stepped.

        Raises:
            KeyError, ValueError: the names or shapes are another optimizer's.
        """
        slots = self._fresh if slots is None else slots
        for name, slot in self._slots.items():
            slot.assign(slots[name])

    def apply(self, gradients: Mapping[str, Tensor]) -> None:
        """Take a step along the gradients, which are named as the variables are."""
        if self._adam:
            self._apply_adam(gradients)
        else:
            self._optimizer.apply([gradients[name] for name in self._variables], list(self._variables.values()))

    def _apply_adam(self, gradients: Mapping[str, Tensor]) -> None:
        """Apply Keras's Adam by TensorFlow's fused kernel: the same formula in one pass over memory, not twelve.

        The kernel takes 1 - beta_2 of beta_2 in float32, so its velocities are Keras's times a constant that
        differs from 1 by 1e-5. With the learning rate and epsilon times its root, the steps are Keras's.
        """
        adam = self._optimizer
        # Both lists are in the order of the variables.
        momenta, velocities = (
            [slot for slot in adam.variables if slot.name.endswith(end)] for end in ("_momentum", "_velocity")
        )
        step = tf.cast(adam.iterations + 1, tf.float32)
        root = math.sqrt(velocity_ratio(adam.beta_2))
        for (name, variable), momentum, velocity in zip(self._variables.items(), momenta, velocities, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.value.handle,
                m=momentum.value.handle,
                v=velocity.value.handle,
                beta1_power=tf.pow(tf.constant(adam.beta_1), step),
                beta2_power=tf.pow(tf.constant(adam.beta_2), step),
                lr=tf.convert_to_tensor(adam.learning_rate) * root,
                beta1=adam.beta_1,
                beta2=adam.beta_2,
                epsilon=adam.epsilon * root,
                grad=gradients[name],
            )
        adam.iterations.assign_add(1)


def velocity_ratio(beta_2: float) -> float:
    """Return the fused kernel's velocities over Keras's."""
    return float((1 - np.float32(beta_2)) / (1 - beta_2))
