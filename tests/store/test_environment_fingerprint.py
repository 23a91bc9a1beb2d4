"""What of the machine is compared before a run goes on, by precision."""

from __future__ import annotations

import pytest

from xsample_tui.core.training.sweep_spec import Machine
from xsample_tui.store import environment_fingerprint
from xsample_tui.store.environment_fingerprint import differences, fingerprint


@pytest.fixture
def instructions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found = ["avx512_bf16"]
    monkeypatch.setattr(environment_fingerprint, "bfloat16_instructions", lambda: found[0])
    return found


def test_in_float32_nothing_is_added(instructions: list[str]) -> None:
    before = fingerprint(Machine())
    assert "precision" not in before
    instructions[0] = ""
    assert fingerprint(Machine(), "float32") == before


def test_in_bfloat16_its_instructions_count(instructions: list[str]) -> None:
    then = fingerprint(Machine(), "bfloat16")
    assert then["precision"] == "bfloat16 (avx512_bf16)"
    assert then == fingerprint(Machine()) | {"precision": then["precision"]}
    instructions[0] = ""
    assert differences(then, fingerprint(Machine(), "bfloat16")) == (
        "precision: bfloat16 (avx512_bf16) -> bfloat16 (no instructions for it)",
    )


def test_a_run_in_bfloat16_from_before_it_was_written_down_goes_on() -> None:
    assert differences(fingerprint(Machine()), fingerprint(Machine(), "bfloat16")) == ()
