"""What the form takes over from another run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from xsample_tui.core.training.sweep_spec import SweepSpec
from xsample_tui.services.data_facts import KNOWN
from xsample_tui.sweep.run_setup import new_spec
from xsample_tui.tui.new_sweep.form_start import next_name, other_settings, run_texts
from xsample_tui.tui.new_sweep.form_validation import check, preset_texts


def spec(**changes: Any) -> SweepSpec:
    fields: dict[str, Any] = {"name": "mine", "seed": 3} | changes
    return new_spec(Path(), "quick", **fields)


def test_a_run_with_the_same_settings_is_what_the_untouched_form_makes(tmp_path: Path) -> None:
    like = spec(
        limit=500, streams="shared", training={"optimizer": "sgd", "loss": "binary_crossentropy"}, jobs=1, threads=3,
        windows={"mask": "occlude", "only": ("occlude-r00-c00", "occlude-r00-c05")}, machine={"onednn": False},
    )  # fmt: skip
    checked = check(run_texts(like, tmp_path), tmp_path, KNOWN["demo"], like)
    assert checked.problems == {}
    assert checked.spec == like.model_copy(update={"name": "mine-2"})
    assert (checked.windows, checked.trials) == (2, 5)
    said = other_settings(like)
    assert said.startswith("limit 500, streams shared")
    assert "only 2 of the windows" in said


def test_other_windows_and_another_preset_drop_what_belongs_to_the_run(tmp_path: Path) -> None:
    like = spec(limit=500, windows={"only": ("keep-r00-c00",)})
    texts = run_texts(like, tmp_path)
    other = check(texts | {"stride": "10"}, tmp_path, KNOWN["demo"], like).spec
    assert other is not None
    assert (other.windows.only, other.limit) == ((), 500)
    standard = check(texts | preset_texts("standard") | {"preset": "standard"}, tmp_path, KNOWN["demo"], like).spec
    assert standard is not None
    assert (standard.limit, standard.preset) == (None, "standard")


def test_runs_of_0_1_0_give_their_settings_but_not_their_streams(tmp_path: Path) -> None:
    like = spec().model_copy(update={"streams": "named"})
    made = check(run_texts(like, tmp_path), tmp_path, KNOWN["demo"], like).spec
    assert made is not None
    assert made.streams == "own"
    assert "streams" not in other_settings(like)


@pytest.mark.parametrize(
    ("name", "found"),
    [("mine", "mine-2"), ("mine-7", "mine-3"), ("x" * 64, f"{'x' * 56}-2"), ("a-1-9", "a-1-2")],
)
def test_the_next_name_is_free(tmp_path: Path, name: str, found: str) -> None:
    if name == "mine-7":
        (tmp_path / "mine-2").mkdir()
    assert next_name(tmp_path, name) == found
