"""Which instructions a processor has, as the system says."""

from __future__ import annotations

from pathlib import Path

import pytest

from xsample_tui.store.processor_flags import bfloat16_instructions, processor_flags, processor_values


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16", "avx512_bf16"),
        ("flags\t\t: avx512_bf16 amx_bf16 amx_tile", "amx_bf16 avx512_bf16"),
        ("Features\t: fp asimd bf16 i8mm", "bf16"),
        ("flags\t\t: fpu avx2 avx512f", ""),
        ("bogomips\t: 5192.24", ""),
    ],
)
def test_the_instructions_for_bfloat16_are_found(tmp_path: Path, line: str, found: str) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text(f"processor\t: 0\n{line}\n\nprocessor\t: 1\nflags\t\t: other\n")
    file.write_text(f"processor\t: 0\n{line}\n")
    assert bfloat16_instructions(file) == found


def test_a_system_that_says_nothing_has_no_flags(tmp_path: Path) -> None:
    assert processor_values(tmp_path / "none") == {}
    assert processor_flags(tmp_path / "none") == frozenset()
    assert bfloat16_instructions(tmp_path / "none") == ""
