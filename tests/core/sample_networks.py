"""Small networks of every kind of layer, for tests of crops and of training."""

from __future__ import annotations

from hypothesis import strategies as st

from xsample_tui.core.networks.network import (
    Conv,
    Dense,
    Depthwise,
    Dropout,
    Flatten,
    GlobalPool,
    Network,
    Padding,
    Pool,
    Spatial,
    article_network,
)

TAIL = (
    Dropout("drop1", 0.25),
    Flatten("flat"),
    Dense("hidden", 7),
    Dropout("drop2", 0.5),
    Dense("out", 3, relu=False),
)

NAMED: dict[str, Network] = {
    "article": article_network((28, 28, 1), 10),
    "article, odd size, three channels": article_network((13, 17, 3), 4),
    "strides": Network(
        (15, 14, 2),
        (Conv("a", 9, (3, 2), (2, 1)), Conv("b", 10, (2, 3), (1, 2)), Conv("c", 8, (2, 2)), *TAIL),
    ),
    "stride over more than the kernel": Network(
        (19, 16, 1), (Conv("a", 9, (2, 2), (3, 3)), Conv("b", 9, (2, 2)), Pool("p", (1, 2), (2, 2)), *TAIL)
    ),
    "same padding": Network(
        (12, 11, 1),
        (Conv("a", 8, padding="same"), Conv("b", 9, (2, 4), padding="same"), Pool("p", padding="same"), *TAIL),
    ),
    "same padding with strides": Network(
        (13, 12, 3),
        (
            Conv("a", 8, (5, 4), (2, 3), "same"),
            Pool("p", (3, 3), (1, 2), "same"),
            Conv("b", 9, (2, 2), padding="same"),
            *TAIL,
        ),
    ),
    "average pools": Network(
        (14, 13, 1), (Conv("a", 9), Pool("p", kind="average"), Conv("b", 10), Pool("q", (2, 3), (1, 2)), *TAIL)
    ),
    "average pool over same padding": Network(
        (11, 12, 1), (Conv("a", 8), Pool("p", (3, 3), (2, 2), "same", "average"), Conv("b", 9), *TAIL)
    ),
    "pool first, overlapping, no relu": Network(
        (16, 15, 2), (Pool("p", (3, 3), (2, 2)), Conv("a", 9, relu=False), Pool("q", (3, 2), (1, 1)), *TAIL)
    ),
    "wide kernels between pools": Network(
        (20, 20, 1), (Conv("a", 9, (5, 5)), Pool("p"), Conv("b", 11, (4, 4)), Pool("q", (2, 2), (1, 1)), *TAIL)
    ),
    "dropout between convolutions": Network(
        (12, 12, 1), (Conv("a", 8), Dropout("d", 0.1), Conv("b", 9, (3, 3), (2, 2), "same"), Pool("p"), *TAIL)
    ),
    "two dropouts before the dense layer": Network(
        (10, 11, 1), (Conv("a", 8), Dropout("d", 0.5), Flatten("f"), Dropout("e", 0.25), Dense("o", 3, relu=False))
    ),
    "no dropout": Network((10, 9, 1), (Conv("a", 8), Pool("p"), Flatten("f"), Dense("o", 3, relu=False))),
    "depthwise": Network(
        (13, 12, 3), (Conv("a", 4), Depthwise("b"), Conv("c", 8, (1, 1)), Pool("p"), Depthwise("d", 2), *TAIL)
    ),
    "depthwise with strides and same padding": Network(
        (14, 13, 2),
        (Depthwise("a", 2, stride=(2, 2), padding="same"), Conv("b", 8, padding="same"), Depthwise("c"), *TAIL),
    ),
    "mean over the frame": Network(
        (12, 11, 1), (Conv("a", 8), Pool("p"), Conv("b", 9), GlobalPool("g"), Dropout("d", 0.5), *TAIL[-1:])
    ),
    "maximum over the frame": Network(
        (12, 13, 2), (Conv("a", 9), Conv("b", 16, (3, 3), (2, 2), "same"), GlobalPool("g", "max"), *TAIL[2:])
    ),
    "dense alone": Network((6, 5, 1), (Flatten("f"), Dense("h", 5), Dense("o", 3, relu=False))),
}


@st.composite
def stacks(draw: st.DrawFn) -> Network:
    """Networks of up to four spatial layers of any kernel, stride, padding and kind.

    But for a stride along rows alone: with oneDNN, TensorFlow 2.21 itself computes it wrongly where it leaves one
    column, so that there is nothing to compare with.
    """
    network = Network((draw(st.integers(1, 18)), draw(st.integers(1, 18)), draw(st.integers(1, 3))), TAIL)
    pair = st.tuples(st.integers(1, 4), st.integers(1, 4))
    layers: tuple[Spatial, ...] = ()
    for number in range(draw(st.integers(1, 4))):
        padding: Padding = "same" if draw(st.integers(0, 2)) == 2 else "valid"
        kernel, down, across = draw(pair), draw(st.integers(1, 3)), draw(st.integers(1, 3))
        stride = (down, across if down > 1 else 1)
        layer: Spatial
        if draw(st.integers(0, 4)) == 4:
            layer = Depthwise(
                f"deep{number}", draw(st.integers(1, 2)), kernel, (down, down), padding, draw(st.booleans())
            )
        elif draw(st.booleans()):
            filters = draw(st.sampled_from([2, 8, 9]))
            layer = Conv(f"conv{number}", filters, kernel, stride, padding, draw(st.booleans()))
        else:
            layer = Pool(f"pool{number}", kernel, stride, padding, "max" if draw(st.booleans()) else "average")
        longer = Network(network.shape, (*layers, layer, *TAIL))
        if min(longer.frames()[len(layers) + 1][:2]) >= 1:
            layers, network = (*layers, layer), longer
    return network


@st.composite
def windows(draw: st.DrawFn, shape: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """Rows and columns (first, end, first, end) of a window of any size that fits."""
    top, left = draw(st.integers(0, shape[0] - 1)), draw(st.integers(0, shape[1] - 1))
    return top, draw(st.integers(top + 1, shape[0])), left, draw(st.integers(left + 1, shape[1]))
