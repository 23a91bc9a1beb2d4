"""Architectures: networks by name, what is refused as one, and their descriptions."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from xsample_tui.core.errors import InputError
from xsample_tui.core.networks.network import Conv, Dense, Depthwise, Dropout, Flatten, GlobalPool, Network, Pool
from xsample_tui.core.networks.network_registry import NETWORKS, build, describe, digest, restore

TAIL = (Flatten("flat"), Dense("out", 3, relu=False))


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ((Flatten("flat"), Dense("out", 3)), "with relu=False"),
        ((Flatten("flat"), Dense("out", 4, relu=False)), "Dense of 3 units"),
        ((Conv("a", 2), Conv("a", 2), *TAIL), "two layers are called a"),
        ((Conv("a", 2), Dense("out", 3, relu=False)), "one Flatten, or one GlobalPool"),
        ((Flatten("f"), GlobalPool("g"), Dense("out", 3, relu=False)), "one Flatten, or one GlobalPool"),
        ((Depthwise("a", stride=(1, 2)), *TAIL), "stride must be the same for rows and columns"),
        ((Depthwise("a", 0), *TAIL), "multiplier must be a whole number"),
        ((Flatten("f"), Pool("p"), Dense("out", 3, relu=False)), "its layer p is on the wrong side"),
        ((Dense("d", 3), *TAIL), "its layer d is on the wrong side"),
        ((Conv("a", 2, (9, 9)), *TAIL), "its layer a does not fit images of 8x8"),
        ((Conv("a", 0), *TAIL), "filters must be a whole number"),
        ((Conv("a", 2, (3, 0)), *TAIL), "kernel must be two whole numbers"),
        ((Conv("a", 2, padding="full"), *TAIL), "padding must be valid or same"),  # type: ignore[arg-type]
        ((Pool("p", kind="min"), *TAIL), "kind must be max or average"),  # type: ignore[arg-type]
        ((Dropout("d", 1.0), *TAIL), "rate must be a number from 0 to below 1"),
        ((Conv("a/b", 2), *TAIL), "its name must be"),
        (("conv", *TAIL), "its layer conv is none of Conv, Depthwise, Pool"),
        ((Conv("a", 2, relu=1), *TAIL), "relu must be True or False"),  # type: ignore[arg-type]
    ],
)
def test_a_network_that_is_none(layers: tuple[object, ...], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NETWORKS._loaded, "odd", lambda shape, classes: Network(shape, layers))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="network: odd: ") as caught:
        build("odd", (8, 8, 1), 3)
    assert words in str(caught.value)


def test_a_network_of_a_module_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = list(sys.path)
    (tmp_path / "guest_net.py").write_text(
        "from xsample_tui.extension import Dense, Flatten, Network\n"
        "def flat(shape, classes): return Network(shape, (Flatten('f'), Dense('o', classes, relu=False)))\n"
        "def fails(shape, classes): raise OSError('no')\n"
        "def wrong(shape, classes): return flat((1, 1, 1), classes)\n"
        "def nothing(shape, classes): pass\n"
        "value = 3\n"
    )
    assert build("guest_net:flat", (8, 8, 1), 3).parameter_count() == 64 * 3 + 3
    assert sys.path == path
    for name, words in {
        "guest_net:fails": "it failed with OSError: no",
        "guest_net:wrong": "it is for images of (1, 1, 1)",
        "guest_net:nothing": "it returned a NoneType",
        "guest_net:value": "it is a int, where a function is wanted",
        "guest_net:lacks": "has no attribute 'lacks'",
        "guest_nosuch:flat": "No module named 'guest_nosuch'",
        ":": "cannot be imported; write module:function",
    }.items():
        with pytest.raises(InputError, match=r"^network: ") as caught:
            build(name, (8, 8, 1), 3)
        assert words in str(caught.value)
        assert sys.path == path


def test_a_network_survives_its_description() -> None:
    shape, layers = (9, 8, 3), (Conv("a", 2, (2, 3), (1, 2), "same", relu=False), Pool("p"), Dropout("d", 0.5), *TAIL)
    network = Network(shape, layers)
    back = restore(shape, tuple(json.loads(json.dumps(describe(network)))))
    assert back == network
    assert hash(back) == hash(network)
    assert digest(back) == digest(network)
    assert digest(Network(shape, (*layers[:2], Dropout("d", 0.25), *TAIL))) != digest(network)
    with pytest.raises(InputError, match="describes no network"):
        restore(shape, ({"layer": "unknown"},))
