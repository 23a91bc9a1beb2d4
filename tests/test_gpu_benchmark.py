"""The benchmark for one NVIDIA card, where there is none: what it says and compares, and its parts on a CPU."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import gpu
from benchmarks.gpu import Clock, Row, arguments, compared, exact_table, main, rate_table


def test_without_a_card_it_says_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu, "devices", lambda: ())
    assert main([]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "no NVIDIA card that TensorFlow can use, nothing was measured" in said.err


def arrays(shift: float = 0.0, end: int = 0) -> dict[str, Any]:
    return {
        f"{name}-{kind}": value
        for kind in gpu.KINDS
        for name, value in (
            ("outputs", np.full((4, 2), 0.5 + shift)), ("losses", np.full(3, 1.0)), ("end", np.full(5, end)),
        )
    }  # fmt: skip


@pytest.mark.parametrize(("precision", "shift", "within"), [
    ("float32", 1e-6, True), ("float32", 1e-3, False), ("tf32", 5e-4, True), ("bfloat16", 5e-3, True),
    ("bfloat16", 5e-2, False),
])  # fmt: skip
def test_each_precision_has_its_tolerance(precision: str, shift: float, within: bool) -> None:
    found = compared(precision, arrays(), arrays(shift), arrays(shift))
    assert found["outputs_apart"] == pytest.approx(2 * shift)
    assert found["within_tolerance"] is within
    assert found["resumes_with_the_same_bits"]


def test_one_other_bit_after_resuming_is_seen() -> None:
    assert not compared("float32", arrays(), arrays(), arrays(end=1))["resumes_with_the_same_bits"]


def test_tables_say_what_was_not_measured() -> None:
    rows = [
        Row("whole image", "xsample-tui, bfloat16", 8, (3000.0, 2000.0, 2500.0)),
        Row("whole image", "Keras fit, batch 250, float32", 1, (1000.0,)),
        Row("keep, centre", "xsample-tui, tf32", 4, why="no time left"),
    ]
    lines = rate_table(rows).splitlines()
    assert lines[2] == "| whole image | xsample-tui, bfloat16 | 8 | 2,500 | 2,000 .. 3,000 | 2.50 |"
    assert lines[4] == "| keep, centre | xsample-tui, tf32 | 4 | not measured: no time left | | |"
    found = compared("float32", arrays(), arrays(), arrays(end=1)) | {"deterministic_ops": True}
    assert exact_table([found]).splitlines()[2] == "| float32 | yes | 0.0e+00 | 0.0e+00 | yes | no |"


def test_nothing_is_begun_once_the_time_is_over(tmp_path: Path) -> None:
    found = gpu.rates(arguments(["--quick", "--torch", "python"]), ("float32",), Clock(-1.0), tmp_path)
    assert [row.way.split(",")[0] for row in found] == ["xsample-tui"] * 2 + ["Keras fit", "PyTorch"] + [
        "xsample-tui"
    ] * 2
    assert {row.why for row in found} == {"no time left"}
    assert {row.trials for row in found} == {1, 2}


@pytest.mark.slow
def test_its_parts_on_the_processor(tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    assert main(["--device", "cpu", "--quick", "--json", str(file)]) == 0
    found = json.loads(file.read_text())
    assert all(one["within_tolerance"] and one["resumes_with_the_same_bits"] for one in found["exactness"])
    assert {one["precision"] for one in found["exactness"]} == {"float32", "bfloat16"}
    measured = {row["way"]: row["rates"] for row in found["rates"]}
    assert all(measured[f"xsample-tui, {precision}"] for precision in ("float32", "bfloat16"))
