from __future__ import annotations

import numpy as np
import pytest

from tests.core.sample_networks import NAMED
from xsample_tui.core.errors import InputError
from xsample_tui.core.networks.network import Conv, Dense, Flatten, Network, Pool, article_network


def test_the_article_s_network_has_its_layers_and_parameters() -> None:
    network = article_network((28, 28, 1), 10)
    assert [layer.name for layer in network.layers] == [
        "conv1", "conv2", "pool", "dropout1", "flatten", "dense1", "dropout2", "logits",
    ]  # fmt: skip
    assert network.parameter_count() == 1_199_882
    assert network.classes == 10
    assert network.parameter_shapes() == {
        "conv1/kernel": (3, 3, 1, 32),
        "conv1/bias": (32,),
        "conv2/kernel": (3, 3, 32, 64),
        "conv2/bias": (64,),
        "dense1/kernel": (9216, 128),
        "dense1/bias": (128,),
        "logits/kernel": (128, 10),
        "logits/bias": (10,),
    }
    assert network.frames() == [(28, 28, 1), (26, 26, 32), (24, 24, 64), (12, 12, 64), (12, 12, 64)]


def test_other_shapes_of_images_follow() -> None:
    network = article_network((32, 30, 3), 5)
    assert network.parameter_shapes()["conv1/kernel"] == (3, 3, 3, 32)
    assert network.parameter_shapes()["dense1/kernel"] == (14 * 13 * 64, 128)
    assert network.parameter_shapes()["logits/kernel"] == (128, 5)
    assert article_network((6, 6, 1), 2).parameter_shapes()["dense1/kernel"] == (64, 128)


@pytest.mark.parametrize("shape", [(5, 28, 1), (28, 5, 1)])
def test_images_too_small_for_its_layers_are_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(InputError, match="at least 6x6"):
        article_network(shape, 10)


def test_strides_and_padding_shape_the_frames() -> None:
    network = Network(
        (7, 8, 1),
        (
            Conv("a", 2, (3, 3), (2, 3), "same"),
            Pool("p", (2, 2), (1, 2), "valid", "average"),
            Flatten("f"),
            Dense("o", 3, relu=False),
        ),
    )
    assert network.frames() == [(7, 8, 1), (4, 3, 2), (3, 1, 2)]
    assert network.parameter_shapes()["o/kernel"] == (6, 3)


def test_initial_weights_follow_from_the_seed_alone() -> None:
    network = article_network((28, 28, 1), 10)
    one, again, other = network.initial_weights(5), network.initial_weights(5), network.initial_weights(6)
    assert {name: weight.shape for name, weight in one.items()} == network.parameter_shapes()
    for name, weight in one.items():
        assert weight.dtype == np.float32
        assert np.array_equal(weight, again[name])
        assert np.array_equal(weight, other[name]) == name.endswith("/bias")


@pytest.mark.parametrize("name", NAMED)
def test_initial_weights_are_glorot_uniform(name: str) -> None:
    network = NAMED[name]
    for key, weight in network.initial_weights(1).items():
        if key.endswith("/bias"):
            assert not weight.any()
            continue
        receptive = np.prod(weight.shape[:-2])
        limit = np.sqrt(6 / (receptive * weight.shape[-2] + receptive * weight.shape[-1]))
        assert np.abs(weight).max() <= limit * (1 + 1e-6)
        assert weight.size < 50 or np.abs(weight).max() > 0.8 * limit
        assert abs(weight.std() - limit / np.sqrt(3)) < limit * 3 / np.sqrt(weight.size)
