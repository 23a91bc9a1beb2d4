"""Drafts of sweeps: what the form says is checked before anything is made."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.harness.interface import make_shown_run
from xsample_tui.core.data.reading_options import ReadingOptions
from xsample_tui.core.errors import ArgumentError, InputError
from xsample_tui.core.training.trial_plan import plan
from xsample_tui.datasets import load
from xsample_tui.services.data_facts import KNOWN
from xsample_tui.tui.new_sweep.form_fields import remedy_of
from xsample_tui.tui.new_sweep.form_validation import (
    FIELDS,
    PRESETS,
    Field,
    Texts,
    check,
    place_of,
    preset_texts,
    reading_of,
    source_key,
    spec_texts,
)

DEMO = KNOWN["demo"]


def texts(**changes: str) -> Texts:
    """Return the quick preset's draft with changes."""
    made: Texts = {"preset": "quick", "data": "demo", "name": "mine", **preset_texts("quick")}
    made.update(changes)  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_draft_without_mistakes(tmp_path: Path, name: str) -> None:
    draft = texts(preset=name) | preset_texts(name)  # type: ignore[arg-type]
    checked = check(draft, tmp_path, DEMO)
    assert checked.problems == {}
    assert checked.spec is not None
    assert checked.spec.preset == name
    assert checked.windows == {"quick": 25, "standard": 400, "article": 361}[name]


def test_counts_are_those_of_the_plan(tmp_path: Path) -> None:
    checked = check(texts(window="9x7", stride="4"), tmp_path, DEMO)
    assert checked.spec is not None
    dataset = load("demo")
    assert (dataset.shape, dataset.classes) == DEMO
    assert checked.trials == len(plan(checked.spec, dataset).trials)


def test_a_finished_trial_takes_about_5_megabytes(tmp_path: Path) -> None:
    checked = check(texts(), tmp_path, DEMO)
    assert checked.disk is not None
    assert checked.trials is not None
    assert checked.disk / checked.trials == pytest.approx(4.9e6, rel=0.01)


@pytest.mark.parametrize("name", ["nets:resnet", "saved.keras"])
def test_a_network_of_others_is_taken_without_running_it(tmp_path: Path, name: str) -> None:
    checked = check(texts(network=name), tmp_path, DEMO)
    assert checked.spec is not None
    assert checked.spec.network == name
    assert checked.trials == 28
    assert checked.disk is None


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("window", "9y9", "height x width"),
        ("window", "", "height x width"),
        ("window", "0x9", "at least 1"),
        ("window", "29", "1x1 to 28x28"),
        ("size", "9y9", "height x width"),
        ("size", "0x9", "at most 8192"),
        ("size", "9x9999", "at most 8192"),
        ("stride", "0", "at least 1"),
        ("stride", "-3", "at least 1"),
        ("stride", "1.5", "a whole number"),
        ("epochs", "0", "at least 1"),
        ("epochs", "many", "a whole number"),
        ("baselines", "-1", "at least 0"),
        ("jobs", "0", "at least 1"),
        ("jobs", "9" * 20, "at most 1024"),
        ("seed", "-1", "at least 0"),
        ("seed", "9" * 20, "less than"),
        ("mask", "hide", "keep"),
        ("network", "resnet", "article, module:function or FILE.keras"),
        ("network", ":", "module:function"),
        ("data", "  ", "a name or a path"),
        ("name", "../x", "letters"),
        ("name", "", "letters"),
        ("name", "taken", "exists"),
    ],
)
def test_a_mistake_is_told_beside_its_field(tmp_path: Path, field: Field, text: str, words: str) -> None:
    make_shown_run(tmp_path, "taken")
    checked = check(texts(**{field: text}), tmp_path, DEMO)
    assert checked.spec is None
    assert list(checked.problems) == [field]
    assert words in checked.problems[field]
    assert "\n" not in checked.problems[field]


@pytest.mark.parametrize(("size", "wanted"), [("", None), ("64", (64, 64)), (" 32x48 ", (32, 48))])
@pytest.mark.parametrize("skip_bad", ["yes", "no"])
def test_files_of_images_may_be_resized_and_left_out(
    tmp_path: Path, size: str, wanted: tuple[int, int] | None, skip_bad: str
) -> None:
    checked = check(texts(data="photos", size=size, skip_bad=skip_bad), tmp_path, None)
    assert checked.spec is not None
    assert checked.spec.reading == ReadingOptions(wanted, skip_bad == "yes")
    assert reading_of(texts(size=size, skip_bad=skip_bad)) == checked.spec.reading


@pytest.mark.parametrize(("text", "wanted"), [("auto", None), ("yes", True), ("no", False)])
@pytest.mark.parametrize("label", ["", " kind "])
def test_a_tables_label_column_and_the_orientation_of_images_are_chosen(
    tmp_path: Path, label: str, text: str, wanted: bool | None
) -> None:
    draft = texts(data="train.csv", label_column=label, transpose=text)
    checked = check(draft, tmp_path, None)
    assert checked.spec is not None
    assert checked.spec.reading == ReadingOptions(None, False, label.strip() or None, wanted)
    assert reading_of(draft) == checked.spec.reading
    shown = spec_texts(checked.spec)
    assert (shown["label_column"], shown["transpose"]) == (label.strip(), text)


def test_a_remedy_names_the_field() -> None:
    error = InputError("columns of a.csv", "no label", "name it in label_column", named=["label_column"])
    assert remedy_of(error) == "name it in labels"
    assert place_of(error) is None
    assert place_of(ArgumentError("label_column", "kind", "choose another")) == "label_column"


def test_the_precision_and_the_optimizers_state_are_chosen(tmp_path: Path) -> None:
    usual = check(texts(), tmp_path, DEMO)
    assert usual.spec is not None
    assert (usual.spec.training.precision, usual.spec.training.keep_optimizer) == ("float32", False)
    chosen = check(texts(precision="bfloat16", keep_optimizer="keep"), tmp_path, DEMO)
    assert chosen.spec is not None
    assert chosen.spec == usual.spec.model_copy(update={
        "training": usual.spec.training.model_copy(update={"precision": "bfloat16", "keep_optimizer": True}),
    })  # fmt: skip
    assert usual.disk is not None
    assert chosen.disk == pytest.approx(3 * usual.disk)


def test_the_form_chooses_successive_halving(tmp_path: Path) -> None:
    halved = check(texts(search="halving"), tmp_path, DEMO)
    assert halved.spec is not None
    assert halved.spec.search == "halving"
    refused = check(texts(search="halving", order="rows", preset="article"), tmp_path, DEMO)
    assert "article ends trials by itself" in refused.problems["search"]


def test_the_promising_first_means_a_scout(tmp_path: Path) -> None:
    for order, scout in (("promising", True), ("coarse", False)):
        checked = check(texts(order=order), tmp_path, DEMO)
        assert checked.problems == {}
        assert checked.spec is not None
        assert (checked.spec.order, checked.spec.scout) == (order, scout)
    like = make_shown_run(tmp_path, "other", scout=True).spec
    checked = check(texts(), tmp_path, DEMO, like)
    assert checked.spec is not None
    assert checked.spec.scout


def test_a_run_with_a_stopping_rule_has_no_optimizer_to_keep(tmp_path: Path) -> None:
    like = make_shown_run(tmp_path, "other").spec
    like = like.model_copy(update={"training": like.training.model_copy(update={"stopping": "patience"})})
    checked = check(texts(keep_optimizer="keep"), tmp_path, DEMO, like)
    assert checked.problems == {"keep_optimizer": "a stopping rule ends trials by itself; leave it out"}


def test_a_source_is_read_again_where_it_is_read_otherwise() -> None:
    keys = [
        source_key(texts(size=size, skip_bad=bad, label_column=label, transpose=turn))
        for size in ("", "9x9")
        for bad in ("no", "yes")
        for label in ("", "kind")
        for turn in ("auto", "yes", "no")
    ]
    assert keys[0] == "demo"
    assert len(set(keys)) == 24


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    checked = check(texts(window="40", stride="x", epochs="0", jobs="0", seed="-1", name="a b"), tmp_path, DEMO)
    assert checked.problems.keys() == {"stride", "epochs", "jobs", "seed", "name"}
    checked = check(texts(window="40", epochs="0"), tmp_path, DEMO)
    assert checked.problems.keys() == {"window", "epochs"}


def test_unknown_images_leave_the_windows_uncounted(tmp_path: Path) -> None:
    checked = check(texts(data="some/path.npz"), tmp_path, None)
    assert checked.problems == {}
    assert (checked.windows, checked.disk) == (None, None)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from([f for f in FIELDS if f != "preset"]), st.text(max_size=12)))
def test_no_text_breaks_the_check(tmp_path: Path, changes: dict[Field, str]) -> None:
    checked = check(texts() | changes, tmp_path, DEMO)
    assert (checked.spec is None) == bool(checked.problems)
