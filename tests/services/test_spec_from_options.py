"""Options of a sweep: one reading of each, whoever asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.runs import make_run, noise_images
from xsample_tui import InputError, Sweep
from xsample_tui.cli.commands.run import window_size
from xsample_tui.core.training.spec_toml import spec_toml
from xsample_tui.core.training.sweep_spec import PresetName
from xsample_tui.services.spec_from_options import base_of, read_window, spec_of
from xsample_tui.tui.new_sweep.form_validation import Texts, check, preset_texts


def form(window: str) -> Texts:
    return preset_texts("quick") | {"preset": "quick", "data": "demo", "name": "w", "window": window}


@pytest.mark.parametrize(
    ("text", "size"),
    [("9", (9, 9)), ("9x7", (9, 7)), ("9×7", (9, 7)), (" 9 x 7 ", (9, 7)), ("9*7", (9, 7)), ("00009", (9, 9))],
)
def test_a_window_is_read_alike_by_every_front_end(tmp_path: Path, text: str, size: tuple[int, int]) -> None:
    assert read_window(text) == window_size(text) == size
    drafted = check(form(text), tmp_path, ((28, 28, 1), 10)).spec
    assert drafted is not None
    asked = spec_of(tmp_path, "quick", window=size, name="w")
    assert drafted.windows == asked.windows
    assert (asked.windows.height, asked.windows.width) == size


@pytest.mark.parametrize("text", ["", "x", "9x", "nine", "9.5", "-9", "9x7x5", "123456"])
def test_what_is_no_window_is_refused_by_every_front_end(tmp_path: Path, text: str) -> None:
    assert read_window(text) is None
    with pytest.raises(InputError, match="window"):
        window_size(text)
    assert "window" in check(form(text), tmp_path, ((28, 28, 1), 10)).problems
    with pytest.raises(InputError, match="window"):
        Sweep.create(runs_dir=tmp_path, window=text)  # type: ignore[arg-type]


@pytest.mark.parametrize("preset", ["quick", "standard", "article"])
def test_a_spec_that_was_printed_is_the_same_spec_again(tmp_path: Path, preset: PresetName) -> None:
    spec = spec_of(tmp_path, preset, name="a", window=(7, 5), seed=3, jobs=2, learning_rate=1e-5, only=("x", "y"))
    path = tmp_path / "spec.toml"
    path.write_text(spec_toml(spec))
    assert spec_of(tmp_path, None, base=base_of(tmp_path, path, None, None)) == spec


def test_options_override_a_file_and_a_preset_gives_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    path.write_text('preset = "standard"\n[windows]\nstride = 4\nheight = 5\n[machine]\njobs = 3\n')
    base = base_of(tmp_path, path, None, None)
    spec = spec_of(tmp_path, None, base=base, stride=2, epochs=1, jobs=1)
    assert (spec.windows.stride, spec.windows.height, spec.windows.width) == (2, 5, 9)
    assert (spec.preset, spec.baselines, spec.training.epochs, spec.machine.jobs) == ("standard", 10, 1, 1)
    assert spec_of(tmp_path, None, base=base).machine.jobs == 3


def test_a_run_like_another_has_its_spec_and_a_name_of_its_own(tmp_path: Path) -> None:
    first = make_run(tmp_path, "first", data=noise_images(200, 8, 3), baselines=2, seed=7).spec
    spec = spec_of(tmp_path, None, base=base_of(tmp_path, None, "first", None), seed=8)
    assert spec.name != "first"
    assert spec.model_copy(update={"name": "first", "seed": 7}) == first


def test_only_one_thing_is_begun_from(tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    for given in ((path, "first", None), (path, None, "quick"), (None, "first", "quick")):
        with pytest.raises(InputError, match="give only one of them"):
            base_of(tmp_path, *given)
    assert base_of(tmp_path, None, None, "quick") is None
    with pytest.raises(InputError, match="no such run"):
        base_of(tmp_path, None, "nope", None)
