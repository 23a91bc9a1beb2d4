"""Builds the network that a spec names: networks of others in worker processes, Keras models in two."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...core.errors import ArgumentError, XSampleError, printable
from ...core.networks.keras_network import DescribedNetwork, KerasNetwork, Shape
from ...core.networks.network_registry import FIELD, NETWORKS, build
from ...core.training.lease import EnvironmentBroken
from ...core.training.sweep_spec import SweepSpec
from ..machine.training_packages import missing_packages
from .worker_slot import ProcessSlot

DESCRIBE = "xsample_tui.training.network_description:describe"
CHECK = "xsample_tui.training.network_description:check_again"


def network_of(spec: SweepSpec, shape: Shape, classes: int, *, allow_drift: bool) -> DescribedNetwork:
    """Return the network of a spec for images of a shape; it takes seconds where it is not built in.

    Code of others runs in a worker, which ends afterwards: it may import TensorFlow, and the interface must not.

    Args:
        spec: names the network; its training and machine count for the check of a Keras model.
        shape: height, width and channels of the images.
        classes: number of classes.
        allow_drift: whether a model that gives other bits every time may be trained, and marked.

    Raises:
        InputError: there is none of that name, it is no network for these images, or it is not deterministic.
        XSampleError: the worker ended.
    """
    name = spec.network
    if name in NETWORKS.builtin and spec.pretrained:
        raise ArgumentError("pretrained", name, "only a Keras model brings weights; leave it out")
    # Plain layers can be laid out, for a cluster, where nothing is installed that trains.
    if name in NETWORKS.builtin or (":" in name and missing_packages()):
        return DescribedNetwork(build(name, shape, classes))
    threads = spec.machine.threads
    found: DescribedNetwork = _asked(spec, DESCRIBE, name, shape, classes, spec.training, threads, spec.pretrained)
    if not isinstance(found.network, KerasNetwork):
        return found
    again: str = _asked(spec, CHECK, name, found.network, spec.training, threads) if found.check else ""
    if found.check and found.check == again:
        return found
    if not allow_drift:
        where = "in another process" if found.check else "in one process"
        remedy = (
            f"it is not deterministic: trained twice from one state it gives other bits {where}; draw random numbers "
            "from keras.random.SeedGenerator, or pass allow_drift=True: results will be marked"
        )
        raise ArgumentError(FIELD, name, remedy, named=["allow_drift=True"])
    return replace(found, network=replace(found.network, deterministic=False))


def _asked(spec: SweepSpec, entry: str, *arguments: Any) -> Any:
    """Return what a function gives in a fresh worker with the spec's threads."""
    with tempfile.TemporaryDirectory() as folder:
        slot = ProcessSlot(Path(folder) / "network.log", spec.machine)
        try:
            return slot.result(slot.submit(entry, *arguments))
        except EnvironmentBroken as error:
            raise XSampleError(f"the network cannot be described: {error}") from error
        except XSampleError:
            raise
        except Exception as error:
            what = f"{type(error).__name__}: {printable(error, 300)}"
            raise XSampleError(f"the network cannot be described: {what}") from error
        finally:
            slot.kill()
