"""Where bfloat16 costs time, one line says so."""

from __future__ import annotations

import pytest

from xsample_tui.core.training.sweep_spec import Machine, Precision, SweepSpec, Training
from xsample_tui.sweep.machine import precision_support
from xsample_tui.sweep.machine.precision_support import precision_note


@pytest.mark.parametrize(
    ("precision", "instructions", "gpus", "onednn", "words"),
    [
        ("float32", "", (), True, ""),
        ("bfloat16", "avx512_bf16", (), True, ""),
        ("bfloat16", "", ("0",), True, ""),
        ("bfloat16", "", (), True, "this processor has no instructions for it"),
        ("bfloat16", "amx_bf16", (), False, "without oneDNN it is slower"),
    ],
)
def test_it_is_said_where_it_is_slower(
    monkeypatch: pytest.MonkeyPatch,
    precision: Precision,
    instructions: str,
    gpus: tuple[str, ...],
    onednn: bool,
    words: str,
) -> None:
    monkeypatch.setattr(precision_support, "bfloat16_instructions", lambda: instructions)
    monkeypatch.setattr(precision_support, "devices", lambda: gpus)
    spec = SweepSpec(name="r", training=Training(precision=precision), machine=Machine(onednn=onednn))
    note = precision_note(spec)
    assert words in note
    assert bool(words) == bool(note)
    assert "\n" not in note
