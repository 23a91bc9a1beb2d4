"""Golden bits: what the arithmetic gives on a machine that is known, to the last bit.

A processor decides on last bits by the instructions that oneDNN chooses there. Where oneDNN may use AVX2 at most,
six cases gave the same bits on an AMD EPYC that has no more and on an Intel Xeon that has AMX: they are known of
every processor with AVX2. The article's loss did not, and the others were seen on the Xeon alone: these are known of
Intel's.

A change here means that runs which were begun before cannot continue with the same bits. Then, and only then, raise
``NUMERICS_VERSION`` and write the files again: ``python -m tests.training.test_golden_bits --store``, with the
variables of ``AT_MOST_AVX2`` and without.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.harness.until import SECONDS
from tests.training import sample
from tests.training.keras_models.described_models import described
from xsample_tui.core.training.checkpoint_format import decode
from xsample_tui.core.training.lease import LeaseOrder
from xsample_tui.core.training.numerics_version import NUMERICS_VERSION
from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.core.training.trial_state import TrialState
from xsample_tui.store.environment_fingerprint import fingerprint
from xsample_tui.training.lease_runner import run

FILE = Path(__file__).parent.parent / "assets" / "golden_bits.json"
VALUES = FILE.with_name("golden_values.json")
AT_MOST_AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "DNNL_MAX_CPU_ISA": "AVX2", "TF_ENABLE_ONEDNN_OPTS": "1"}
CASES: dict[str, dict[str, Any]] = {
    "keep": {"kind": "keep"},
    "occlude": {"kind": "occlude"},
    "article": {"kind": "article"},
    "by name": {"kind": "keep", "stream": None},
    "bfloat16": {"kind": "keep", "training": {"precision": "bfloat16"}},
    "patience": {"kind": "keep", "training": {"stopping": "patience", "patience": 1}},
    "the article's loss and batch": {
        "kind": "article",
        "training": {"loss": "binary_crossentropy", "learning_rate": 1e-4, "batch_size": 50, "stopping": "article"},
    },
    "sgd": {"kind": "occlude", "training": {"optimizer": "sgd"}},
    **{
        optimizer: {"kind": "keep", "training": {"optimizer": optimizer}}
        for optimizer in ("adamw", "rmsprop", "nadam", "adagrad")
    },
    "bfloat16 on whole frames": {"kind": "occlude", "training": {"precision": "bfloat16"}},
    "keras": {"kind": "occlude", "network": "norm"},
    "keras on crops": {"kind": "keep", "network": "residual"},
    "keras in bfloat16": {"kind": "keep", "network": "residual", "training": {"precision": "bfloat16"}},
}


def allowed(case: str) -> float:
    """Return the relative difference that rounding makes, with room: bfloat16 has 8 bits of mantissa."""
    return 0.05 if "bfloat16" in case else 1e-4


def machine() -> str:
    """Return what besides the code decides on the bits."""
    found = fingerprint(Machine())
    versions = " ".join(f"{name} {metadata.version(name)}" for name in ("tensorflow", "keras", "numpy"))
    if AT_MOST_AVX2.items() <= os.environ.items():
        return f"{versions}; at most AVX2; {found['processor'].split()[0]}"
    onednn = os.environ.get("TF_ENABLE_ONEDNN_OPTS", "default")
    return f"{versions}; {found['processor']}; oneDNN {onednn}"


def order_of(case: str) -> LeaseOrder:
    """Return the order for two epochs."""
    options = dict(CASES[case])
    stream, name = options.pop("stream", 5), options.pop("network", "")
    order = sample.order(**options, epochs=2)
    if name:
        order = replace(order, network=described(name).network)
    return replace(order, trial=order.trial.model_copy(update={"stream": stream}))


def trained(order: LeaseOrder) -> TrialState:
    """Return the state that a lease gives."""
    result = run(order, sample.Source())
    assert result.state is not None
    return decode(result.state)


def values(before: TrialState, after: TrialState) -> list[float]:
    """Return what a training did, in numbers that rounding changes little: losses, and how far weights went."""
    far = [float(np.linalg.norm(after.weights[name] - weights)) for name, weights in sorted(before.weights.items())]
    return [metrics.loss for metrics in after.history] + [metrics.val_loss for metrics in after.history] + far


def apart(found: Sequence[float], expected: Sequence[float]) -> float:
    """Return the largest relative difference."""
    assert len(found) == len(expected)
    return max(abs(a - b) / max(abs(b), 1e-6) for a, b in zip(found, expected, strict=True))


def known() -> dict[str, dict[str, str]]:
    """Return the digests by machine."""
    found: dict[str, dict[str, str]] = json.loads(FILE.read_text())[str(NUMERICS_VERSION)]
    return found


def given(cases: Iterable[str], **variables: str) -> dict[str, Any]:
    """Return what this machine gives, from a process of its own: how many threads TensorFlow has counts."""
    done = subprocess.run(
        [sys.executable, "-m", __name__, *cases],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def now() -> dict[str, Any]:
    """Return what this machine gives in float32 where oneDNN may use AVX2 at most, which has no bfloat16."""
    return given([case for case in CASES if "bfloat16" not in case], **AT_MOST_AVX2)


@pytest.fixture(scope="module")
def unbounded() -> dict[str, Any]:
    """Return what this machine gives as it is: what is known of it, and bfloat16."""
    known_here = known().get(machine(), {})
    return given([case for case in CASES if case in known_here or "bfloat16" in case])


def test_the_same_bits_as_ever(now: dict[str, Any]) -> None:
    of_all = known().get(now["machine"].rpartition("; ")[0])
    if of_all is None or "avx2" not in fingerprint(Machine())["processor"]:
        pytest.skip(f"no golden bits are known of {now['machine']}")
    golden = of_all | known().get(now["machine"], {})
    assert {case: now["digests"][case] for case in golden} == golden, "raise NUMERICS_VERSION if this is meant"


def test_the_same_bits_as_ever_with_all_instructions(unbounded: dict[str, Any]) -> None:
    golden = known().get(machine())
    if golden is None:
        pytest.skip(f"no golden bits are known of {machine()}")
    found = unbounded["digests"]
    assert {case: found[case] for case in golden} == golden, "raise NUMERICS_VERSION if this is meant"


def test_the_same_values_on_every_processor(now: dict[str, Any], unbounded: dict[str, Any]) -> None:
    """What changes more than rounding is noticed where no bits are known, too."""
    golden, found = json.loads(VALUES.read_text())[str(NUMERICS_VERSION)], unbounded["values"] | now["values"]
    assert set(found) == set(golden) == set(CASES)
    far = {case: apart(found[case], golden[case]) for case in CASES}
    assert not {case: how for case, how in far.items() if how > allowed(case)}, (
        "raise NUMERICS_VERSION if it is meant"
    )


def test_a_small_change_is_more_than_rounding(now: dict[str, Any]) -> None:
    assert set(now["changed"]) == {"learning rate", "another order of images", "the loss"}
    for name, found in now["changed"].items():
        assert apart(found, now["values"]["keep"]) > 2 * allowed("keep"), name


def test_cases_differ_from_each_other(now: dict[str, Any]) -> None:
    """So that the digests say something of what they are named for, on any machine."""
    assert len(set(now["digests"].values())) == len(now["digests"]) > 8


def main() -> None:
    """Print what this machine gives; with ``--store``, keep it."""
    found: dict[str, Any] = {"machine": machine(), "digests": {}, "values": {}, "changed": {}}
    for case in [word for word in sys.argv[1:] if word in CASES] or CASES:
        order = order_of(case)
        after = trained(order)
        found["digests"][case] = after.digest()
        found["values"][case] = values(trained(replace(order, epochs=0)), after)
    keep = order_of("keep")
    rate = keep.training.model_copy(update={"learning_rate": keep.training.learning_rate * 1.01})
    loss = keep.training.model_copy(update={"loss": "binary_crossentropy"})
    others: dict[str, dict[str, Any]] = {
        "learning rate": {"training": rate},
        "another order of images": {"seed": 8},
        "the loss": {"training": loss},
    }
    start = trained(replace(keep, epochs=0))
    for name, change in others.items():
        found["changed"][name] = values(start, trained(replace(keep, **change)))
    if "--store" in sys.argv:
        for file, what in ((FILE, {machine(): found["digests"]}), (VALUES, found["values"])):
            stored = json.loads(file.read_text()) if file.exists() else {}
            version = stored.setdefault(str(NUMERICS_VERSION), {})
            for key, new in what.items():
                version[key] = version.get(key, {}) | new if file == FILE else new
            file.write_text(json.dumps(stored, indent=1) + "\n")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
