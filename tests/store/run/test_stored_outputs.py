"""Stored outputs: damage to them is said, whatever byte it is in."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.harness.runs import make_run, work
from xsample_tui.core.training.checkpoint_format import DamagedCheckpoint
from xsample_tui.store.run.stored_outputs import softmax


@pytest.mark.parametrize("seed", range(3))
def test_no_altered_bit_of_the_outputs_is_taken_for_anything_but_damage(tmp_path: Path, seed: int) -> None:
    run = make_run(tmp_path, training={"epochs": 1})
    assert work(run) == "finished"
    whole = softmax(run, "baseline-s00", 1, "select", 5)
    (path,) = run.generations("baseline-s00")
    data = path.read_bytes()
    chance, damaged = random.Random(seed), 0
    # The directory of the archive is at its end.
    for at in range(len(data) - 900 + seed, len(data), 3):
        altered = bytearray(data)
        altered[at] ^= 1 << chance.randrange(8)
        path.write_bytes(altered)
        try:
            found = softmax(run, "baseline-s00", 1, "select", 5)
        except DamagedCheckpoint:
            damaged += 1
        else:
            assert (found == whole).all()
    assert damaged > 50
