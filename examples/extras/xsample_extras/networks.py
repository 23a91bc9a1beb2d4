"""A network: one convolution, for small images."""

from __future__ import annotations

from xsample_tui.extension import Conv, Dense, Dropout, Flatten, Network, Pool


def small(shape: tuple[int, int, int], classes: int) -> Network:
    """Return a network for images of a shape (height, width, channels)."""
    return Network(
        shape,
        (
            Conv("conv", 16, padding="same"),
            Pool("pool"),
            Flatten("flatten"),
            Dropout("dropout", 0.25),
            Dense("logits", classes, relu=False),
        ),
    )
