"""Describes a network for a sweep, in a worker: plain layers, or a Keras model with what a check of it found.

TensorFlow is imported only where a Keras model turns up.
"""

from __future__ import annotations

import sys

from ..core.errors import ArgumentError
from ..core.networks.keras_network import DescribedNetwork, KerasNetwork, Shape
from ..core.networks.network_registry import checked, make
from ..core.training.sweep_spec import Training

SAVED = ".keras"


def describe(
    name: str, shape: Shape, classes: int, training: Training, threads: int, pretrained: bool
) -> DescribedNetwork:
    """Return the network of a name for images of a shape, as plain values.

    Args:
        name: of an extension, ``module:function``, or a file of a saved Keras model, which ends in ``.keras``.
        shape: height, width and channels of the images.
        classes: number of classes.
        training: how it is to be trained.
        threads: threads for TensorFlow in this process.
        pretrained: whether the weights that it comes with are every trial's initial weights.

    Raises:
        InputError: there is none of that name, it fails, or it is no network for these images.
    """
    saved = name.endswith(SAVED)
    if not saved:
        made = make(name, shape, classes)
        if "keras" not in sys.modules or not isinstance(made, sys.modules["keras"].Model):
            network = checked(name, made, shape, classes)
            if pretrained:
                raise ArgumentError("pretrained", name, "only a Keras model brings weights; leave it out")
            return DescribedNetwork(network)
    _use(threads)
    from .keras_models.model_creation import count_names_anew
    from .keras_models.model_description import describe_model, load

    # A model that is there is made once more, with names that do not depend on what this process has made before.
    count_names_anew()
    model = load(name) if saved else make(name, shape, classes)
    return describe_model(name, model, shape, classes, training, pretrained)


def check_again(name: str, network: KerasNetwork, training: Training, threads: int) -> str:
    """Return what the check of a described model gives here; the same in every process if it is deterministic."""
    _use(threads)
    from .keras_models.model_check import outcome

    return outcome(network, training)


def _use(threads: int) -> None:
    from .lease_runner import use_threads

    use_threads(threads)
