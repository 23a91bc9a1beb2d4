"""The forecast of a sweep's windows, disk and time."""

import time
from pathlib import Path

import psutil
import pytest

from tests.cli.conftest import Run, cli, images  # noqa: F401
from tests.harness.until import SECONDS
from xsample_tui.core.errors import XSampleError
from xsample_tui.core.networks.network import article_network
from xsample_tui.core.training.presets import preset
from xsample_tui.core.training.sweep_spec import Machine, SweepSpec
from xsample_tui.sweep.measuring.cost_estimate import Cancelled, estimate_cost

SHAPE, CLASSES = (28, 28, 1), 10
SIZES = {"fit": 3000, "stop": 0, "select": 1000, "test": 500}


def draft(jobs: int = 1, **training: object) -> SweepSpec:
    return preset("quick", "draft", Machine(jobs=jobs), training={"epochs": 4} | training)


def test_time_follows_from_what_was_measured_and_workers_share_it() -> None:
    alone = estimate_cost(draft(), SHAPE, CLASSES, SIZES, entry="tests.sweep.fake_probe:measure")
    assert (alone.windows, alone.baselines, alone.workers) == (25, 3, 1)
    assert alone.disk == pytest.approx(28 * 4 * article_network(SHAPE, CLASSES).parameter_count(), rel=0.05)

    def trial(pixels: int) -> float:
        return 1e-6 * pixels * (4 * (3000 + 100) + 150)

    work = 3 * trial(28 * 28) + 25 * trial(81)
    extra = alone.seconds.middle - work
    assert 3.0 + 2 * 0.5 <= extra <= 3.0 + 30 * 0.5
    assert alone.seconds.low <= 0.8 * alone.seconds.middle + 1e-9
    two = estimate_cost(draft(jobs=2), SHAPE, CLASSES, SIZES, entry="tests.sweep.fake_probe:measure")
    assert two.workers == 2
    assert two.seconds.middle - extra == pytest.approx(work / 2)


def test_a_scout_is_trained_by_one_worker_and_evaluated_by_all_before_the_trials() -> None:
    entry = "tests.sweep.fake_probe:measure"
    for jobs in (1, 2):
        without = estimate_cost(draft(jobs), SHAPE, CLASSES, SIZES, entry=entry)
        scouted = draft(jobs).model_copy(update={"scout": True})
        found = estimate_cost(scouted, SHAPE, CLASSES, SIZES, entry=entry)
        # 4 epochs of 3,000 whole images by one worker, then 1,000 of them under each of 25 windows by all.
        assert found.scout == pytest.approx(4 * 3000 * 784e-6 + 25 * 1000 * 81e-7 / jobs)
        assert found.seconds.middle == pytest.approx(without.seconds.middle + found.scout)
        assert without.scout == 0


def test_with_a_stopping_rule_it_is_the_most() -> None:
    found = estimate_cost(draft(stopping="patience"), SHAPE, CLASSES, SIZES, entry="tests.sweep.fake_probe:measure")
    assert found.at_most


def command_of(process: psutil.Process) -> str:
    """Return a process's command; nothing where it ends while it is asked, which leaves it to be waited for."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""


def test_a_measurement_that_is_not_wanted_any_more_ends_with_its_workers() -> None:
    began, before = time.monotonic(), set(psutil.Process().children(recursive=True))
    with pytest.raises(Cancelled):
        estimate_cost(
            draft(jobs=2),
            SHAPE,
            CLASSES,
            SIZES,
            wanted=lambda: time.monotonic() - began < 1,
            entry="tests.sweep.fake_probe:endless",
        )
    left = [p for p in set(psutil.Process().children(recursive=True)) - before if p.is_running()]
    workers = [p for p in left if "resource_tracker" not in command_of(p)]
    assert not psutil.wait_procs(workers, timeout=SECONDS)[1]


def test_a_worker_that_fails_is_an_error_in_one_safe_line() -> None:
    with pytest.raises(XSampleError, match=r"measurement failed: no.*room") as caught:
        estimate_cost(draft(), SHAPE, CLASSES, SIZES, entry="tests.sweep.fake_probe:broken")
    assert "\x1b" not in str(caught.value)


@pytest.mark.slow
def test_the_command_measures_real_training_and_starts_nothing(cli: Run, images: Path, tmp_path: Path) -> None:  # noqa: F811
    done = cli("run", "--data", str(images), "--window", "4", "--stride", "4", "--estimate")
    assert done.returncode == 0, done.stderr
    assert "trials: 4 windows + 3 baselines = 7" in done.stdout
    assert "time: about " in done.stdout
    assert "nothing was started" in done.stderr
    assert not (tmp_path / "runs").exists()
