"""The forward pass, on whole images or on crops, with seeded dropout.

It has two parts. :func:`prepare` does what depends on the parameters only, once for many images: the values
that a blank image gives, which fill every cell a crop does not reach, and the first dense layer's share of
them. :func:`compute` does what depends on the images. Gradients flow through both.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from ..core.networks.network import (
    Conv,
    Convolution,
    Dense,
    Depthwise,
    Dropout,
    Flatten,
    GlobalPool,
    Layer,
    Network,
    Pool,
)
from ..core.networks.receptive_field import CropShape, Step, uniform, whole
from .convolution import convolve, convolve_depthwise
from .dropout import dropout, kept_units
from .spatial_layers import alone, pooled, with_bias

Tensor = Any
Parameters = Mapping[str, Tensor]
Ready = dict[str, Tensor]


def logits(
    network: Network,
    shape: CropShape,
    parameters: Parameters,
    images: Tensor,
    place: Tensor,
    seed: Tensor | None,
) -> Tensor:
    """Return the network's logits, (n, classes) float32.

    Args:
        network: the network.
        shape: the crop's shape.
        parameters: tensors or variables by name.
        images: (n, *shape.size, channels) float32, masked: zero wherever the mask is.
        place: (1 + steps, 2) int32, the crop's :attr:`~xsample_tui.core.networks.receptive_field.Crop.place`.
        seed: (2,) int64 for dropout; None in evaluation, when dropout does nothing.
    """
    ready = prepare(network, shape, parameters, place, training=seed is not None)
    return compute(network, shape, ready, images, place, seed)


def prepare(
    network: Network, shape: CropShape, parameters: Parameters, place: Tensor, *, training: bool, static: bool = False
) -> Ready:
    """Return what :func:`compute` needs, by name: the parameters, some of them in another form.

    Args:
        network, shape, parameters, place: as of :func:`logits`.
        training: whether dropout will be on.
        static: whether the shapes of all that is returned must not depend on the parameters' values.
    """
    ready = {name: tf.convert_to_tensor(value) for name, value in parameters.items()}
    blank = None
    if not shape.whole:
        blank = _blank_alike(network, shape, ready) if uniform(network) else _blank_frame(network, ready)
    joint = _joint(network, shape)
    if joint is not None:
        _prepare_joint(network, shape, joint, ready, blank, place, training=training, static=static)
    elif blank is not None:
        frame = network.frames()[len(shape.steps)]
        ready["outside"] = blank * _hole(frame, shape, place)
    return ready


def compute(
    network: Network,
    shape: CropShape,
    ready: Ready,
    images: Tensor,
    place: Tensor,
    seed: Tensor | None,
    precision: str = "float32",
) -> Tensor:
    """Return the logits of images, (n, classes) float32, from what :func:`prepare` returned.

    Args:
        network, shape, images, place, seed: as of :func:`logits`.
        ready: the parameters, made ready.
        precision: ``float32``, or the dtype in which layers are computed from parameters held in float32.
    """
    if precision != "float32":
        ready = {name: tf.cast(value, precision) for name, value in ready.items()}
        images = tf.cast(images, precision)
    return tf.cast(_computed(network, shape, ready, images, place, seed), tf.float32)


def _computed(
    network: Network, shape: CropShape, ready: Ready, images: Tensor, place: Tensor, seed: Tensor | None
) -> Tensor:
    hidden = _spatial(shape.steps, ready, images, place)
    joint = _joint(network, shape)
    if joint is not None:
        hidden = _joined(network, shape, joint, ready, hidden, seed)
        return _rest(network, joint.after, ready, hidden, seed)
    if "outside" in ready:
        frame = network.frames()[len(shape.steps)]
        hidden = tf.pad(hidden, _margins(frame, shape, place)) + ready["outside"]
        hidden = tf.ensure_shape(hidden, (None, *frame))
    return _rest(network, len(shape.steps), ready, hidden, seed)


# -- the spatial layers ------------------------------------------------------------------------------------------


def _spatial(steps: tuple[Step, ...], ready: Ready, hidden: Tensor, place: Tensor) -> Tensor:
    late: Convolution | None = None  # a convolution whose bias and relu wait until after the pool
    for index, step in enumerate(steps):
        layer = step.layer
        if isinstance(layer, Pool):
            hidden = pooled(layer, step, hidden, place[1 + index])
            if late is not None:
                hidden = with_bias(late, ready, hidden)
                late = None
            continue
        if f"{layer.name}/blank" in ready:
            hidden = tf.nn.bias_add(hidden, -ready[f"{layer.name}/blank"])
        kernel, before = ready[f"{layer.name}/kernel"], place[1 + index]
        if isinstance(layer, Depthwise):
            hidden = convolve_depthwise(hidden, kernel, layer.stride, step.added, before)
        else:
            hidden = convolve(hidden, kernel, layer.stride, step.added, step.most, before)
        following = steps[index + 1].layer if index + 1 < len(steps) else None
        if isinstance(following, Pool) and following.kind == "max":
            # Bias and relu never change which cell is the maximum, and there are fewer cells after the pool.
            late = layer
        else:
            hidden = with_bias(layer, ready, hidden)
    return hidden


# -- the cells outside the crop ----------------------------------------------------------------------------------


def _blank_alike(network: Network, shape: CropShape, ready: Ready) -> Tensor:
    """Return what a blank image gives after the leading layers, (channels,), the same in every cell.

    Each convolution's bias takes in what the blank part of its input gives, so that the convolution itself is
    computed on the difference from it.
    """
    blank = tf.zeros(network.shape[2])
    for index, step in enumerate(shape.steps):
        layer = step.layer
        if isinstance(layer, Pool):
            continue
        if index > 0:
            ready[f"{layer.name}/blank"] = blank
            through = tf.reduce_sum(ready[f"{layer.name}/kernel"], (0, 1))
            given = blank[:, None] * through if isinstance(layer, Depthwise) else blank[None] @ through
            ready[f"{layer.name}/bias"] += tf.reshape(given, (-1,))
        bias = ready[f"{layer.name}/bias"]
        blank = tf.nn.relu(bias) if layer.relu else bias
    return blank


def _blank_frame(network: Network, ready: Ready) -> Tensor:
    """Return what a blank image gives after the leading layers, (1, height, width, channels)."""
    crop = whole(network)
    return _spatial(crop.shape.steps, ready, tf.zeros((1, *network.shape)), tf.constant(crop.place, tf.int32))


def _hole(frame: tuple[int, int, int], shape: CropShape, place: Tensor) -> Tensor:
    """Return (1, height, width, 1) float32: 0 in the cells that the crop determines, 1 elsewhere."""
    hole = 1 - tf.pad(tf.ones((1, *shape.region, 1)), _margins(frame, shape, place))
    return tf.ensure_shape(hole, (1, *frame[:2], 1))


def _margins(frame: tuple[int, int, int], shape: CropShape, place: Tensor) -> Tensor:
    rest = tf.constant([frame[0] - shape.region[0], frame[1] - shape.region[1]]) - place[0]
    none = tf.zeros(2, tf.int32)
    return tf.stack([none, tf.stack([place[0, 0], rest[0]]), tf.stack([place[0, 1], rest[1]]), none])


# -- the first dense layer ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Joint:
    """Where the spatial layers meet the dense ones: flatten, at most one dropout, and a dense layer.

    There the cells outside the crop need not be put back into the frame. They hold the same values for every
    image, so they go through the dense layer as one product, and no gradient need be carried back to each.

    Attributes:
        dense: the dense layer.
        dropout: index of the dropout in the network's layers, and its rate; None without.
        after: index of the first layer after the dense one.
    """

    dense: Dense
    dropout: tuple[int, float] | None
    after: int


def _joint(network: Network, shape: CropShape) -> _Joint | None:
    dropout, flat = None, False
    for index in range(len(shape.steps), len(network.layers)):
        match network.layers[index]:
            case Dropout(rate=rate) if dropout is None:
                dropout = (index, rate)
            case Flatten():
                flat = True
            case Dense() as dense if flat:
                return _Joint(dense, dropout, index + 1)
            case _:
                return None
    return None


def _prepare_joint(
    network: Network,
    shape: CropShape,
    joint: _Joint,
    ready: Ready,
    blank: Tensor | None,
    place: Tensor,
    *,
    training: bool,
    static: bool,
) -> None:
    """Split the dense kernel's rows into those of the crop's cells and the others, which take in their values."""
    name = joint.dense.name
    kernel = ready.pop(f"{name}/kernel")
    drop = joint.dropout if training else None
    # Inverted dropout's factor, applied to the kernel: there are fewer weights than activations.
    factor = 1.0 if drop is None else 1 / (1 - drop[1])
    if blank is None:
        ready[f"{name}/inside"] = kernel * factor
        return
    height, width, channels = network.frames()[len(shape.steps)]
    order = arrangement((height, width, channels), shape, place)
    cells = shape.region[0] * shape.region[1]
    if uniform(network):
        blank = blank[None]
    else:
        blank = tf.gather(tf.reshape(blank, (height * width, channels)), order[cells:])
    live = _live(network, shape, blank) if drop is not None and not static else None
    inside, outside = _parted(kernel, blank * factor, order, cells, live)
    ready[f"{name}/inside"] = inside * factor
    if cells == height * width:
        return
    if drop is None:
        ready[f"{name}/bias"] += tf.reduce_sum(outside, 0)
    else:
        ready[f"{name}/outside"] = outside


def _live(network: Network, shape: CropShape, blank: Tensor) -> Tensor | None:
    """Return the channels, int32, that a blank image leaves above zero; None where all are to be computed.

    Behind a relu the others pass nothing on, neither forward nor, at zero, backward. They are about half.
    """
    convolutions = [step.layer for step in shape.steps if isinstance(step.layer, Convolution)]
    if not uniform(network) or not convolutions or not convolutions[-1].relu:
        return None
    return tf.cast(tf.where(blank[0] > 0)[:, 0], tf.int32)


def arrangement(frame: tuple[int, int, int], shape: CropShape, place: Tensor) -> Tensor:
    """Return the frame's cells, (height * width,) int32, those of the crop's region first, each in reading order."""
    hole = tf.reshape(_hole(frame, shape, place), (-1,))
    return tf.argsort(hole, stable=True)


def _parted(kernel: Tensor, blank: Tensor, order: Tensor, cells: int, live: Tensor | None) -> tuple[Tensor, Tensor]:
    """Return a dense kernel's rows for the first ``cells`` cells of an order, and the others' times ``blank``.

    What automatic differentiation would make of it takes six times as long.

    Args:
        kernel: (height * width * channels, units) float.
        blank: (1 or number of the other cells, channels) float.
        order: (height * width,) int32, the cells.
        cells: how many come first.
        live: the other cells' channels to return, int32; None for all.
    """
    channels, units = blank.shape[1], kernel.shape[1]
    total = kernel.shape[0] // channels
    alike = blank.shape[0] == 1

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def parted(kernel: Tensor, blank: Tensor) -> tuple[tuple[Tensor, Tensor], Any]:
        rows = tf.gather(tf.reshape(kernel, (total, channels * units)), order)
        others = tf.reshape(rows[cells:], (total - cells, channels, units))
        values = blank
        if live is not None:
            others, values = tf.gather(others, live, axis=1), tf.gather(blank, live, axis=1)

        def gradients(to_inside: Tensor, to_outside: Tensor) -> tuple[Tensor, Tensor]:
            to_outside = tf.reshape(to_outside, tf.shape(others))
            to_blank = tf.reduce_sum(to_outside * others, 2)
            to_blank = tf.reduce_sum(to_blank, 0, keepdims=True) if alike else to_blank
            to_others = to_outside * values[..., None]
            if live is not None:
                to_blank = _spread(to_blank, live, channels)
                to_others = _spread(to_others, live, channels)
            to_rows = [tf.reshape(part, (-1, channels * units)) for part in (to_inside, to_others)]
            to_kernel = tf.gather(tf.concat(to_rows, 0), tf.math.invert_permutation(order))
            return tf.reshape(to_kernel, kernel.shape), to_blank

        inside = tf.reshape(rows[:cells], (cells * channels, units))
        return (inside, tf.reshape(others * values[..., None], (-1, units))), gradients

    inside, outside = parted(kernel, blank)
    return inside, outside


def _spread(values: Tensor, live: Tensor, channels: int) -> Tensor:
    """Return (n, live, ...) values as (n, channels, ...), zero in the channels that are not live."""
    count = tf.size(live)
    source = tf.tensor_scatter_nd_update(tf.fill([channels], count), live[:, None], tf.range(count))
    return tf.gather(
        tf.concat(
            [values, tf.zeros(tf.concat([tf.shape(values)[:1], [1], tf.shape(values)[2:]], 0), values.dtype)], 1
        ),
        source,
        axis=1,
    )


def _joined(
    network: Network, shape: CropShape, joint: _Joint, ready: Ready, hidden: Tensor, seed: Tensor | None
) -> Tensor:
    frame = network.frames()[len(shape.steps)]
    inside = shape.region[0] * shape.region[1] * frame[2]
    hidden = tf.reshape(hidden, (-1, inside))
    outside = ready.get(f"{joint.dense.name}/outside")
    if seed is None or joint.dropout is None:
        return with_bias(joint.dense, ready, hidden @ ready[f"{joint.dense.name}/inside"])
    index, rate = joint.dropout
    count, key = tf.shape(hidden)[0], _at(seed, index)
    kept = tf.cast(kept_units(count, inside, rate, key), hidden.dtype)
    hidden = (hidden * kept) @ ready[f"{joint.dense.name}/inside"]
    if outside is not None:
        kept = kept_units(count, tf.shape(outside)[0], rate, tf.stack([key[0], -1 - key[1]]))
        hidden += tf.cast(kept, hidden.dtype) @ outside
    return with_bias(joint.dense, ready, hidden)


# -- the other layers --------------------------------------------------------------------------------------------


def _rest(network: Network, start: int, ready: Ready, hidden: Tensor, seed: Tensor | None) -> Tensor:
    for index in range(start, len(network.layers)):
        layer: Layer = network.layers[index]
        match layer:
            case Dropout(rate=rate):
                if seed is not None:
                    hidden = dropout(hidden, rate, _at(seed, index))
            case Flatten():
                hidden = tf.reshape(hidden, (-1, math.prod(hidden.shape[1:])))
            case GlobalPool(kind=kind):
                hidden = tf.reduce_max(hidden, (1, 2)) if kind == "max" else tf.reduce_mean(hidden, (1, 2))
            case Dense():
                hidden = with_bias(layer, ready, hidden @ ready[f"{layer.name}/kernel"])
            case Conv() | Depthwise() | Pool():
                hidden = alone(layer, ready, hidden)
    return hidden


def _at(seed: Tensor, index: int) -> Tensor:
    """Return the seed of the layer at an index."""
    return tf.stack([seed[0] + index, seed[1]])
