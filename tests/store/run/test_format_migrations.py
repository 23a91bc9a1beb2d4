"""Runs that older versions began: they open, go on bit for bit, and are judged."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.stacking.conftest import Command, command  # noqa: F401  # a fixture
from xsample_tui.core.training.sweep_spec import SPEC_VERSION
from xsample_tui.store.environment_fingerprint import differences, fingerprint
from xsample_tui.store.run.format_migrations import NewerVersion, migrate
from xsample_tui.store.run.run_document import DamagedRun, document_bytes, read_document
from xsample_tui.store.run.run_folder import RunFolder

ASSETS = Path(__file__).parent.parent.parent / "assets" / "runs"
NAME = "made-by-0.1.0"


@pytest.fixture
def old(tmp_path: Path) -> RunFolder:
    """Return a copy of a run that 0.1.0 began and that was killed in the tenth of 30 epochs of its fifth window."""
    shutil.copytree(ASSETS / NAME, tmp_path / "runs" / NAME)
    return RunFolder.open(tmp_path / "runs", NAME)


def undisturbed() -> dict[str, Any]:
    """Return what 0.1.0 made of the same sweep without being stopped, and on which machine."""
    found: dict[str, Any] = json.loads((ASSETS / f"{NAME}.json").read_text())
    return found


def test_a_run_of_0_1_0_opens_with_its_own_derivation(old: RunFolder) -> None:
    assert (old.spec.version, old.spec.streams) == (SPEC_VERSION, "named")
    assert all(trial.stream is None and trial.replicate == 0 for trial in old.document.trials)
    counts = old.progress().counts()
    assert (counts["done"], counts["paused"], counts["pending"]) == (6, 1, 4)


def test_a_run_of_0_1_0_ends_with_the_bits_that_0_1_0_gives(old: RunFolder, command: Command) -> None:  # noqa: F811
    then = undisturbed()
    drift = differences(then["fingerprint"], fingerprint(old.spec.machine) | {
        "network": then["fingerprint"]["network"]
    })  # fmt: skip
    done = command("resume", NAME, "--headless", *(["--allow-drift"] if drift else []))
    assert done.code == 0, done.err
    for name, expected in then["trials"].items():
        record = old.record(name)
        assert record is not None
        if drift:
            # Another processor gives other last bits, which 30 short epochs cannot make much of.
            assert record.history[-1].val_loss == pytest.approx(expected["loss"], rel=0.05)
        else:
            assert record.digest == expected["digest"], name
            assert [metrics.val_errors for metrics in record.history] == expected["errors"]
    judged = command("judge", NAME, "--json")
    assert judged.code == 0, judged.err
    assert {row["name"] for row in judged.json["windows"]} == {n for n in then["trials"] if n.startswith("keep")}


def test_a_document_of_a_later_version_is_refused_in_one_line(old: RunFolder) -> None:
    data = json.loads(document_bytes(old.document))["run"]
    data["spec"]["version"] = SPEC_VERSION + 1
    with pytest.raises(NewerVersion, match=f"its format is {SPEC_VERSION + 1}"):
        migrate(data)
    import hashlib

    text = json.dumps(data, sort_keys=True)
    stored = json.dumps({"sha256": hashlib.sha256(text.encode()).hexdigest(), "run": data})
    with pytest.raises(DamagedRun, match="upgrade it to open this run"):
        read_document(old.path, stored.encode())


def test_what_is_in_the_present_format_stays_as_it_is(old: RunFolder) -> None:
    stored = document_bytes(old.document)
    assert read_document(old.path, stored) == old.document


def test_upgrades_that_compute_the_same_refuse_nobody(old: RunFolder) -> None:
    now = fingerprint(old.spec.machine)
    then = old.document.fingerprint
    assert "code" in then["xsample-tui"]
    assert "numerics" not in then
    assert not [line for line in differences(then, now) if line.startswith(("xsample-tui", "numerics", "python"))]
    later = now | {"xsample-tui": "9.9", "python": "3.99.0"}
    assert differences(now, later) == ()
    assert differences(now, now | {"numerics": "2"}) == ("numerics: 1 -> 2",)
    assert differences(now, now | {"numpy": "1.0"})
    assert differences(now, now | {"threads": "7"})


def test_the_asset_is_the_half_of_a_run(old: RunFolder) -> None:
    state, problems = old.latest("keep-r04-c04")
    assert problems == []
    assert state is not None
    assert (state.epoch, state.finished) == (10, False)
    assert all(np.isfinite(array).all() for array in state.weights.values())
    assert os.listdir(old.path / "trials" / "keep-r04-c04") != []
