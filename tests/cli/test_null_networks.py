"""Nulls with real networks, through the commands: windows that remove nothing must not be found to help or hurt.

The corners of MNIST's digits are blank, so that a mask of one pixel there changes no image. Each window then is its
twin to the last bit, and one more seed to every network of another stream.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from tests.stacking.conftest import Command, command  # noqa: F401  # a fixture

REPETITIONS = 20
# 5 % of the repetitions and two standard errors: what a level of 5 % gives at most in 19 of 20 such tests.
MOST = math.floor(REPETITIONS * 0.05 + 2 * math.sqrt(REPETITIONS * 0.05 * 0.95))
# Numbered 26 and more in the grid of 1x1 windows: none has the stream of the run's own 14 baselines.
CORNERS = [(0, 26), (0, 27), *((row, col) for row in (1, 26, 27) for col in (0, 1, 26, 27))]
ONLY = ",".join(f"occlude-r{row:02d}-c{col:02d}" for row, col in CORNERS)
LAY = ("--mask", "occlude", "--window", "1", "--stride", "1", "--only", ONLY, "--limit", "300", "--epochs", "3")


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_windows_that_remove_nothing_get_no_verdict(command: Command, tmp_path: Path) -> None:  # noqa: F811
    found: dict[str, list[Any]] = {"arms": [], "judge": [], "compare": []}
    for seed in range(REPETITIONS):
        name = f"null-{seed}"
        done = command("run", "--headless", "--name", name, "--seed", seed, "--baselines", len(CORNERS), *LAY)
        assert done.code == 0, done.err
        # Against other streams: as many baselines as windows, none of them a twin.
        compared = command("arms", name, "--no-train", "--json")
        assert compared.code == 0, compared.err
        found["arms"].append(compared.json["verdict"])
        judged = command("judge", name, "--json").json
        found["judge"].append([row["name"] for row in judged["windows"] if row["standing"] in ("better", "worse")])
        if seed:
            both = command("compare", f"null-{seed - 1}", name, "--json").json
            found["compare"].append([w["name"] for w in both["windows"] if w["standing"] in ("better", "worse")])
    print(found)
    assert sum(verdict in ("helps", "hurts") for verdict in found["arms"]) <= MOST, found
    assert sum(bool(names) for names in found["judge"]) <= MOST, found
    assert sum(bool(names) for names in found["compare"]) <= MOST, found


def test_a_window_that_removes_nothing_is_its_twin_to_the_last_bit(command: Command, tmp_path: Path) -> None:  # noqa: F811
    lay = [part if part != ONLY else ",".join(ONLY.split(",")[:4]) for part in LAY]
    done = command("run", "--headless", "--name", "twins", "--baselines", 1, *lay, "--epochs", 1, "--limit", 100)
    assert done.code == 0, done.err
    compared = command("arms", "twins", "--controls", "seeds", "--k", 2, "--headless", "--json")
    assert compared.code == 0, compared.err
    first = next(c for c in compared.json["comparisons"] if c["name"] == "A - B")
    assert (first["difference"]["difference"], first["only_first"], first["only_second"]) == (0, 0, 0)
    assert first["log_loss"]["difference"] == 0
    trials = command("status", "twins", "--json").json["trials"]
    windows = [row for row in trials if row["kind"] == "occlude"]
    assert len(windows) == 4
