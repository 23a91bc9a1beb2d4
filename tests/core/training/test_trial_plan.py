"""Plans: which trials a spec means."""

import numpy as np
import pytest

from xsample_tui.core.errors import InputError, printable
from xsample_tui.core.masks.mask_kinds import MASK_KINDS, MaskKind
from xsample_tui.core.training.presets import preset
from xsample_tui.core.training.sweep_spec import Machine, SweepSpec, check_name
from xsample_tui.core.training.trial_plan import plan, replicate_of
from xsample_tui.datasets import load

DEMO = load("demo")


def test_quick_has_25_windows_and_3_baselines() -> None:
    laid = plan(preset("quick", "q", Machine()), DEMO)
    assert sum(t.is_baseline for t in laid.trials) == 3
    assert [t.is_baseline for t in laid.trials[:3]] == [True] * 3
    assert len(laid.trials) == 28
    assert laid.masks.shape == (28, 28, 28)


def test_standard_has_every_placement_and_the_article_its_own() -> None:
    assert len(plan(preset("standard", "s", Machine()), DEMO).trials) == 10 + 400
    article = plan(preset("article", "a", Machine()), DEMO)
    assert len(article.trials) == 1 + 361
    assert article.split.sizes() == {"fit": 4000, "stop": 0, "select": 1000, "test": 1000}


def test_each_window_has_the_stream_of_its_number_and_so_has_its_twin() -> None:
    trials = plan(preset("quick", "q", Machine()), DEMO).trials
    windows = [t for t in trials if not t.is_baseline]
    assert [t.stream for t in windows] == list(range(25))
    assert len({t.init_seed for t in windows}) == 25
    for twin in (t for t in trials if t.is_baseline):
        (window,) = (t for t in windows if t.stream == twin.stream)
        assert window.init_seed == twin.init_seed


def test_a_window_keeps_its_stream_when_few_are_run() -> None:
    every = plan(preset("quick", "q", Machine()), DEMO).trials
    some = plan(preset("quick", "q", Machine(), windows={"only": ("keep-r10-c10",)}), DEMO).trials
    assert some[-1] == next(t for t in every if t.name == "keep-r10-c10")


def test_shared_streams_share_initial_weights_and_nothing_else() -> None:
    for spec in (preset("quick", "q", Machine(), streams="shared"), preset("article", "a", Machine())):
        trials = plan(spec, DEMO).trials
        assert len({t.init_seed for t in trials}) == 1
        windows = [t for t in trials if not t.is_baseline]
        assert [t.stream for t in windows] == list(range(len(windows)))


def test_a_sweep_of_0_1_0_is_laid_out_as_it_was() -> None:
    trials = plan(preset("quick", "q", Machine(), streams="named"), DEMO).trials
    shared = {t.init_seed for t in trials if not t.is_baseline}
    assert len(shared) == 1
    assert trials[0].init_seed in shared
    assert len({t.init_seed for t in trials if t.is_baseline}) == 3
    assert all(t.stream is None and t.draws_from == t.name for t in trials)


def test_replicates_have_streams_of_their_own() -> None:
    spec = preset("quick", "q", Machine())
    window = plan(spec, DEMO).trials[-1]
    again = [replicate_of(spec, window, number) for number in (1, 2)]
    assert [t.stream for t in again] == [1_000_024, 2_000_024]
    assert [t.name for t in again] == [f"{window.name}-s1000024", f"{window.name}-s2000024"]
    assert len({t.init_seed for t in (window, *again)}) == 3
    assert {t.window for t in again} == {window.window}
    with pytest.raises(ValueError, match="has no replicate"):
        replicate_of(spec, again[0], 1)
    with pytest.raises(ValueError, match="has no replicate"):
        replicate_of(spec, window.model_copy(update={"stream": None}), 1)


@pytest.mark.parametrize("kind", MASK_KINDS)
def test_names_are_safe_unique_and_masks_found_by_them(kind: MaskKind) -> None:
    laid = plan(preset("quick", "q", Machine(), windows={"mask": kind}), DEMO)
    names = [t.name for t in laid.trials]
    assert len(set(names)) == len(names)
    assert all(check_name("trial", name) == name for name in names)
    for trial in laid.trials:
        assert (~laid.mask(trial.name)).sum() == trial.pixels_zeroed
    assert laid.mask("baseline-s00").all()


def test_only_names_windows_and_keeps_the_baselines() -> None:
    spec = preset("quick", "q", Machine(), windows={"only": ("keep-r10-c10",)})
    assert [t.name for t in plan(spec, DEMO).trials] == [
        "baseline-s00",
        "baseline-s01",
        "baseline-s02",
        "keep-r10-c10",
    ]
    with pytest.raises(InputError, match="no such trial"):
        plan(preset("quick", "q", Machine(), windows={"only": ("keep-r99-c10",)}), DEMO)
    alone = plan(preset("quick", "q", Machine(), windows={"only": ("baseline-s00",)}), DEMO)
    assert all(t.is_baseline for t in alone.trials)


def test_a_plan_is_a_function_of_spec_and_images() -> None:
    one, two = (plan(preset("quick", "q", Machine(), windows={"mask": "random"}, seed=5), DEMO) for _ in range(2))
    assert one.trials == two.trials
    assert np.array_equal(one.masks, two.masks)
    assert one.split.digest() == two.split.digest()


@pytest.mark.parametrize("name", ["..", "a/b", "/etc/passwd", "a\x1b[31m", "", " a", "a" * 65, "-x", ".hidden", "a."])
def test_names_that_could_leave_the_folder_are_refused(name: str) -> None:
    with pytest.raises(InputError) as caught:
        check_name("name", name)
    assert "\x1b" not in str(caught.value)
    with pytest.raises(ValueError, match="name"):
        SweepSpec(name=name)


def test_printable_takes_terminal_codes_apart() -> None:
    assert printable("a\x1b[31mred\x07\n") == "a\\x1b[31mred\\x07\\n"
    assert printable("ü→" * 60) == ("ü→" * 60)[:79] + "…"


def test_the_name_at_the_end_of_a_long_path_is_seen() -> None:
    assert "spec.toml: " in str(InputError("spec", "/very/deep" * 40 + "/spec.toml", "cannot be read"))
