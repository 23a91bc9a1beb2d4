"""Convolutions of small crops, without computing on the zeros around them."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

Tensor = Any

# With fewer channels TensorFlow's own gradients are faster: they read the output's gradient only once.
_CHANNELS = 8


def grown(cells: Tensor, added: tuple[int, int], before: Tensor, value: float = 0.0) -> Tensor:
    """Return ``cells``, (n, height, width, c), with rows and columns of ``value`` added around them.

    Args:
        cells: the cells.
        added: rows and columns to add in all.
        before: (2,) int32, how many of them go above and to the left.
        value: what they hold.
    """
    if not any(added):
        return cells
    after = tf.constant(added) - before
    none = tf.zeros(2, tf.int32)
    pads = tf.stack([none, tf.stack([before[0], after[0]]), tf.stack([before[1], after[1]]), none])
    _, height, width, channels = cells.shape
    return tf.ensure_shape(
        tf.pad(cells, pads, constant_values=value), (None, height + added[0], width + added[1], channels)
    )


def convolve(
    cells: Tensor,
    kernel: Tensor,
    stride: tuple[int, int],
    added: tuple[int, int],
    most: tuple[int, int],
    before: Tensor,
) -> Tensor:
    """Return the ``valid`` convolution of ``cells`` with zeros added around them (see :func:`grown`).

    Where the input has fewer cells than the output, nothing is computed on the zeros: neither forward, where the
    kernel receives them as padding, nor backward, where the gradients are convolutions over the input's cells.

    Args:
        cells: (n, height, width, channels) float.
        kernel: (height, width, channels, filters) float.
        stride: rows and columns from one output cell to the next.
        added, before: as of :func:`grown`.
        most: rows and columns added at the side where there are more, which bounds ``before``.
    """
    lengths = [cells.shape[1 + axis] + added[axis] for axis in (0, 1)]
    outputs = [(lengths[axis] - kernel.shape[axis]) // stride[axis] + 1 for axis in (0, 1)]
    smaller = cells.shape[1] * cells.shape[2] < outputs[0] * outputs[1]
    if stride != (1, 1) or not smaller or min(kernel.shape[2:]) < _CHANNELS:
        cells, seen = grown(cells, added, before), [(outputs[i] - 1) * stride[i] + kernel.shape[i] for i in (0, 1)]
        cells = cells if seen == lengths else cells[:, : seen[0], : seen[1]]
        # One output needs no stride. TensorFlow 2.21 with oneDNN leaves rows uncomputed where there is one column
        # of outputs and a stride of its own for it.
        return tf.nn.conv2d(cells, kernel, [s if n > 1 else 1 for s, n in zip(stride, outputs, strict=True)], "VALID")

    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def convolved(cells: Tensor, kernel: Tensor) -> tuple[Tensor, Any]:
        def gradients(upstream: Tensor) -> tuple[Tensor, Tensor]:
            seen = _seeing(upstream, cells.shape, kernel.shape, before)
            turned = tf.transpose(kernel[::-1, ::-1], (0, 1, 3, 2))
            to_cells = tf.nn.conv2d(seen, turned, 1, "VALID")
            to_turned = tf.raw_ops.Conv2DBackpropFilter(
                input=seen,
                filter_sizes=turned.shape.as_list(),
                out_backprop=cells,
                strides=[1, 1, 1, 1],
                padding="VALID",
            )
            return to_cells, tf.transpose(to_turned, (0, 1, 3, 2))[::-1, ::-1]

        # The padding of a kernel is fixed when it is traced, so it is the most that may be needed at each side.
        padded = tf.nn.conv2d(cells, kernel, 1, [[0, 0], [most[0]] * 2, [most[1]] * 2, [0, 0]])
        begin = tf.constant(most) - before
        return tf.slice(padded, tf.concat([[0], begin, [0]], 0), [-1, *outputs, kernel.shape[3]]), gradients

    return convolved(cells, kernel)


def convolve_depthwise(
    cells: Tensor, kernel: Tensor, stride: tuple[int, int], added: tuple[int, int], before: Tensor
) -> Tensor:
    """Return the ``valid`` depthwise convolution of ``cells`` with zeros added around them (see :func:`grown`).

    Args:
        cells: (n, height, width, channels) float.
        kernel: (height, width, channels, multiplier) float.
        stride: rows and columns from one output cell to the next, equal.
        added, before: as of :func:`grown`.
    """
    return tf.nn.depthwise_conv2d(grown(cells, added, before), kernel, [1, *stride, 1], "VALID")


def _seeing(upstream: Tensor, cells: Any, kernel: Any, before: Tensor) -> Tensor:
    """Return of the output's gradient exactly the cells that see the input's, zero where there is no output.

    Args:
        upstream: (n, height, width, filters), the gradient.
        cells, kernel: shapes of the input and of the kernel.
        before: (2,) int32, rows and columns of zeros that were added above and left of the input.
    """
    reach = tf.constant([kernel[0] - 1, kernel[1] - 1])
    size = [cells[1] + kernel[0] - 1, cells[2] + kernel[1] - 1]
    short = tf.maximum(reach - before, 0)
    begin = tf.maximum(before - reach, 0)
    have = tf.shape(upstream)[1:3]
    end = tf.maximum(tf.constant(size) - short - (have - begin), 0)
    none = tf.zeros(2, tf.int32)
    pads = tf.stack([none, tf.stack([short[0], end[0]]), tf.stack([short[1], end[1]]), none])
    begins = tf.concat([[0], begin, [0]], 0)
    return tf.slice(tf.pad(upstream, pads), begins, [-1, *size, upstream.shape[3]])
