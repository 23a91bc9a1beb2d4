"""``verify``: damage is found and named, and the exit code says so."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.harness.runs import make_run, work


def test_a_whole_run(cli: Run, tmp_path: Path) -> None:
    work(make_run(tmp_path / "runs"))
    done = cli("verify", "r")
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "9 whole, 0 damaged, 0 trials without a checkpoint"


def test_a_run_that_has_not_begun(cli: Run, tmp_path: Path) -> None:
    make_run(tmp_path / "runs")
    facts = json.loads(cli("verify", "r", "--json").stdout)
    assert facts["counts"] == {"whole": 3, "missing": 6}
    assert facts["findings"][-1]["note"] == "not started"


@pytest.mark.parametrize("victim", ["dataset.npz", "plan.npz", "trials/keep-r00-c04/000003.ckpt"])
def test_one_flipped_bit_is_found(cli: Run, tmp_path: Path, victim: str) -> None:
    run = make_run(tmp_path / "runs")
    work(run)
    data = bytearray((run.path / victim).read_bytes())
    data[len(data) * 2 // 3] ^= 4
    (run.path / victim).write_bytes(bytes(data))
    done = cli("verify", "r")
    assert done.returncode == 1
    damaged = [line for line in done.stdout.splitlines() if line.startswith("damaged")]
    assert len(damaged) == 1
    assert victim in damaged[0]


def test_a_damaged_spec_is_refused_clearly(cli: Run, tmp_path: Path) -> None:
    run = make_run(tmp_path / "runs")
    spec = run.path / "spec.json"
    spec.write_text(spec.read_text().replace('"seed": 0', '"seed": 1'))
    for command in (("verify", "r"), ("resume", "r", "--headless"), ("status", "r")):
        done = cli(*command)
        assert done.returncode == 1
        assert done.stderr == "error: run r: spec.json does not match its checksum\n"
