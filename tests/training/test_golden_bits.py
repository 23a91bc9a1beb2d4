"""Golden bits: what the arithmetic gives on a machine that is known, to the last bit.

A change here means that runs which were begun before cannot resume with the same bits. Then, and only then, raise
``NUMERICS_VERSION`` and write the file again: ``python -m tests.training.test_golden_bits --store``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from tests.harness.until import SECONDS
from tests.training import sample
from xsample_tui.core.training.checkpoint_format import decode
from xsample_tui.core.training.numerics_version import NUMERICS_VERSION
from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.store.environment_fingerprint import fingerprint
from xsample_tui.training.lease_runner import run

FILE = Path(__file__).parent.parent / "assets" / "golden_bits.json"
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
}


def machine() -> str:
    """Return what besides the code decides on the bits."""
    found = fingerprint(Machine())
    versions = " ".join(f"{name} {metadata.version(name)}" for name in ("tensorflow", "keras", "numpy"))
    onednn = os.environ.get("TF_ENABLE_ONEDNN_OPTS", "default")
    return f"{versions}; {found['processor']}; oneDNN {onednn}"


def digest(case: str) -> str:
    """Return the digest of two epochs."""
    options = dict(CASES[case])
    stream = options.pop("stream", 5)
    order = sample.order(**options, epochs=2)
    trial = order.trial.model_copy(update={"stream": stream})
    result = run(sample.replace_trial(order, trial), sample.Source())
    assert result.state is not None
    return decode(result.state).digest()


def known() -> dict[str, dict[str, str]]:
    """Return the digests by machine."""
    found: dict[str, dict[str, str]] = json.loads(FILE.read_text())[str(NUMERICS_VERSION)]
    return found


@pytest.fixture(scope="module")
def now() -> dict[str, str]:
    """Return the digests of this machine, from a process of their own: how many threads TensorFlow has counts."""
    done = subprocess.run(
        [sys.executable, "-m", __name__], capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, str] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("case", CASES)
def test_the_same_bits_as_ever(case: str, now: dict[str, str]) -> None:
    golden = known().get(machine())
    if golden is None:
        pytest.skip(f"no golden bits are known of {machine()}")
    assert now[case] == golden[case], "raise NUMERICS_VERSION if this is meant"


def test_cases_differ_from_each_other(now: dict[str, str]) -> None:
    """So that the digests say something of what they are named for, on any machine."""
    assert len(set(now.values())) == len(CASES)


if __name__ == "__main__":
    digests = {case: digest(case) for case in CASES}
    if "--store" in sys.argv:
        stored = json.loads(FILE.read_text()) if FILE.exists() else {}
        stored.setdefault(str(NUMERICS_VERSION), {})[machine()] = digests
        FILE.write_text(json.dumps(stored, indent=1) + "\n")
    print(json.dumps(digests))
