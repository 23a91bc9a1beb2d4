"""Options of a sweep: one reading of each, whoever asks."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.harness.runs import make_run, noise_images
from tests.stacking.conftest import Command, command  # noqa: F401  # a fixture
from xsample_tui import InputError, Sweep, sweep_spec
from xsample_tui.cli.commands.run import window_size
from xsample_tui.core.networks.network_registry import build
from xsample_tui.core.training.spec_toml import spec_toml
from xsample_tui.core.training.sweep_spec import PresetName, SweepSpec
from xsample_tui.services.spec_from_options import base_of, read_window, spec_of
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.measuring.cost_estimate import window_masks
from xsample_tui.sweep.measuring.plan_size import plan_size
from xsample_tui.tui.new_sweep.form_validation import Texts, check, preset_texts, spec_texts

ASSET = Path(__file__).parent.parent / "assets" / "runs" / "made-by-0.1.0"


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


def old_run(tmp_path: Path) -> SweepSpec:
    """Return the spec of a run that 0.1.0 made, in the runs folder ``tmp_path``."""
    shutil.copytree(ASSET, tmp_path / ASSET.name)
    spec = RunFolder.open(tmp_path, ASSET.name).spec
    assert spec.streams == "named"
    return spec


def test_a_run_like_one_of_0_1_0_has_streams_of_its_own_whoever_asks(tmp_path: Path, command: Command) -> None:  # noqa: F811
    like = old_run(tmp_path)
    printed = command("run", "--runs-dir", tmp_path, "--like", ASSET.name, "--name", "n", "--print-spec")
    assert printed.code == 0, printed.err
    texts = spec_texts(like) | {"preset": like.preset, "data": like.source, "name": "n"}
    drafted = check(texts, tmp_path, None, like)
    assert drafted.problems == {}
    assert drafted.spec is not None
    assert printed.out == sweep_spec(like=ASSET.name, name="n", runs_dir=tmp_path) == spec_toml(drafted.spec)
    assert drafted.spec == like.model_copy(update={"name": "n", "streams": "own"})


@pytest.mark.parametrize(
    "options",
    [
        {"stride": 7},
        {"window": (5, 7), "mask": "occlude"},
        {"epochs": 2, "baselines": 5, "seed": 9, "precision": "bfloat16", "keep_optimizer": True},
        {"order": "promising", "scout": True},
        {"search": "halving", "size": (20, 20), "skip_bad": True, "label_column": "kind", "transpose": False},
        {"jobs": 2, "network": "a:b", "data": "x.npz"},
    ],
)
@pytest.mark.parametrize("like", [False, True])
def test_the_form_drafts_what_the_command_line_and_python_do(
    tmp_path: Path,
    command: Command,  # noqa: F811
    options: dict[str, Any],
    like: bool,
) -> None:
    """Begun from a preset, or from a run of its own windows, limit, threads and loss."""
    names = ["keep-r00-c00", "keep-r04-c04"]
    other = make_run(tmp_path, "first", windows={"only": names}, training={"optimizer": "sgd"}, limit=50).spec
    base = other if like else None
    begun = spec_texts(other) if like else preset_texts("quick")
    texts = begun | {"preset": "quick", "data": other.source if like else "demo", "name": "n"} | written(options)
    drafted = check(texts, tmp_path, None, base)
    assert drafted.problems == {}
    assert drafted.spec is not None
    from_what: dict[str, Any] = {"like": "first"} if like else {"preset": "quick"}
    assert drafted.spec.model_copy(update={"name": "n"}) == spec_of(
        tmp_path,
        from_what.get("preset"),
        base=base_of(tmp_path, None, from_what.get("like"), None),
        **{"name": "n", "data": texts["data"], **options},
    )
    # Windows that are others than the run's have none of its names.
    moved = {"stride", "window"} & options.keys()
    assert drafted.spec.windows.only == (() if moved or not like else tuple(names))
    printed = command("run", "--runs-dir", tmp_path, "--name", "n", "--print-spec", *words(from_what | options))
    assert printed.code == 0, printed.err
    assert "data" in options or like or printed.out == spec_toml(drafted.spec)


def written(options: dict[str, Any]) -> Texts:
    """Return options as the form has them."""
    texts: dict[str, str] = {}
    for name, value in options.items():
        match value:
            case bool() if name == "keep_optimizer":
                texts[name] = "keep" if value else "drop"
            case bool():
                texts[name] = "yes" if value else "no"
            case (height, width):
                texts[name] = f"{height}x{width}"
            case _:
                texts[name] = str(value)
    texts.pop("scout", None)
    return texts  # type: ignore[return-value]


def words(options: dict[str, Any]) -> list[str]:
    """Return options as the command line has them."""
    found: list[str] = []
    for name, value in options.items():
        option = name.replace("_", "-")
        match value:
            case bool():
                found.append(f"--{option}" if value else f"--no-{option}")
            case (height, width):
                found += [f"--{option}", f"{height}x{width}"]
            case _:
                found += [f"--{option}", str(value)]
    return found


@pytest.mark.parametrize(
    ("option", "value", "choices"),
    [
        ("streams", "nope", "own, shared"),
        ("streams", "named", "own, shared"),
        ("order", "random", "coarse, rows, centre, promising"),
        ("search", "grid", "all, halving"),
        ("preset", "fast", "quick, standard, article"),
        ("mask", "round", "keep, "),
    ],
)
def test_what_an_error_offers_is_not_refused(
    tmp_path: Path,
    command: Command,  # noqa: F811
    option: str,
    value: str,
    choices: str,
) -> None:
    given: dict[str, Any] = {option: value}
    with pytest.raises(InputError, match=f"^{option}: {value}: choose one of {choices}") as caught:
        Sweep.create(runs_dir=tmp_path, **given)
    refused = command("run", "--runs-dir", tmp_path, f"--{option}", value, "--print-spec")
    assert (refused.code, refused.err) == (2, f"error: --{caught.value}\n")


def test_counts_and_disk_of_the_form_are_those_of_the_estimate(tmp_path: Path) -> None:
    texts = preset_texts("quick") | {"preset": "quick", "data": "demo", "name": "w", "search": "halving"}
    drafted = check(texts, tmp_path, ((28, 28, 1), 10))
    assert drafted.spec is not None
    size = plan_size(drafted.spec, (28, 28, 1), build("article", (28, 28, 1), 10))
    assert (drafted.windows, drafted.trials, drafted.disk) == (25, 28, size.disk)
    assert len(window_masks(drafted.spec, (28, 28, 1))) == size.windows
