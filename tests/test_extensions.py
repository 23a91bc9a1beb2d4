"""Extensions: mask kinds, blenders, networks and data sources that other packages bring."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.extras import Groups, install, install_example
from tests.runs import make_run, small_dataset
from tests.stacking.sample import made_outputs
from xsample_tui.core.architecture import NETWORKS, build, describe, digest, restore
from xsample_tui.core.errors import InputError
from xsample_tui.core.mask import DRAWERS, MASK_KINDS, Canvas, draw
from xsample_tui.core.network import Conv, Dense, Dropout, Flatten, Network, Pool
from xsample_tui.core.registry import Registry
from xsample_tui.core.spec import SweepSpec, Windows
from xsample_tui.core.window import Window
from xsample_tui.datasets import load
from xsample_tui.datasets.kind import sources
from xsample_tui.stacking.blend import blend_select
from xsample_tui.stacking.blender import BLENDERS
from xsample_tui.stacking.rule import Top
from xsample_tui.store.folder import RunFolder
from xsample_tui.sweep.session import extension_notes, lay_out

CANVAS = Canvas(np.full((8, 8), 1 / 64), seed=0)
WINDOW = Window(2, 1, 4, 5)


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep what one test loads from the others."""
    registries: tuple[Registry[object], ...] = (DRAWERS, BLENDERS, NETWORKS, sources())  # type: ignore[assignment]
    for registry in registries:
        monkeypatch.setattr(registry, "_loaded", {})
    before = set(sys.modules)
    yield
    for module in set(sys.modules) - before:
        if module.startswith(("xsample_extras", "guest_")):
            del sys.modules[module]


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = install_example(tmp_path / "site")
    monkeypatch.syspath_prepend(str(place))
    return place


def refusal(registry: Registry[object], name: str) -> str:
    with pytest.raises(InputError) as caught:
        registry.find(name)
    return str(caught.value)


def guest(place: Path, groups: Groups, text: str, monkeypatch: pytest.MonkeyPatch, module: str = "guest_a") -> None:
    install(place, module.replace("_", "-"), "1.2", groups, {module: text})
    monkeypatch.syspath_prepend(str(place))


def test_the_example_brings_one_of_each(example: Path) -> None:
    assert DRAWERS.names() == (*MASK_KINDS, "disc")
    assert "trimmed" in BLENDERS
    assert "small" in NETWORKS
    assert "digits8" in sources()
    mask = draw("disc", [WINDOW], CANVAS)[0]
    assert mask[3:5, 1:6].all()
    assert not mask[2, 1]
    assert (mask.any(axis=1).sum(), mask.any(axis=0).sum()) == (4, 5)
    data = load("digits8")
    assert (data.shape, data.classes, data.train) == ((8, 8, 1), 10, 1797)
    assert build("small", (8, 8, 1), 10).parameter_shapes()["logits/kernel"] == (16 * 4 * 4, 10)
    outputs = made_outputs()
    blend = blend_select(outputs, Top(3, tuple(range(6))), BLENDERS["trimmed"], 0)
    first = blend.cuts().__next__()[1]
    middle = np.median(np.stack(list(first.matrices())), axis=0)
    assert blend.parts[0].recipe.pool(first) == pytest.approx(middle / middle.sum(axis=1, keepdims=True), abs=1e-6)


def test_nothing_is_imported_before_it_is_asked_for(example: Path) -> None:
    assert "disc" in DRAWERS.names()
    assert DRAWERS.origin("disc") == "xsample-extras 0.1.0 (xsample_extras.masks:disc)"
    assert not any(module.startswith("xsample_extras") for module in sys.modules)


def test_a_run_goes_on_where_its_extension_is_not_installed(tmp_path: Path) -> None:
    """Real training in worker processes that cannot import the package: all that they need is in the run."""
    place = install_example(tmp_path / "site")
    program = (
        "from pathlib import Path\n"
        "from xsample_tui.sweep.session import lay_out, new_spec\n"
        "windows = dict(mask='disc', height=4, width=4, only=('disc-r02-c02',), stride=2)\n"
        "lay_out(Path('runs'), new_spec(Path('runs'), 'quick', name='d', jobs=1, source='digits8', network='small',\n"
        "    baselines=1, windows=windows, training=dict(epochs=1)))\n"
    )
    path = os.environ.get("PYTHONPATH", "")
    with_it = os.environ | {"PYTHONPATH": f"{place}{os.pathsep}{path}"}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=with_it, check=True, capture_output=True)
    command = [sys.executable, "-m", "xsample_tui"]
    done = subprocess.run(
        [*command, "resume", "d", "--headless"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    for what in ("mask disc", "network small", "data digits8"):
        assert f"{what} came from xsample-extras 0.1.0" in done.stderr
    assert "which is not installed now; the run goes on with what it stored" in done.stderr
    run = RunFolder.open(tmp_path / "runs", "d")
    state, _ = run.latest("disc-r02-c02")
    assert state is not None
    assert state.weights["logits/kernel"].shape == (256, 10)
    assert run.document.fingerprint["network"] == f"small (layers {digest(run.network)})"
    blend = [*command, "stack", "d", "--top", "1", "--blend", "trimmed", "--json"]
    without = subprocess.run(blend, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert without.returncode == 2
    assert "trimmed: choose one of mean, geometric" in without.stderr
    beside = subprocess.run(blend, cwd=tmp_path, env=with_it, capture_output=True, text=True, check=True)
    assert json.loads(beside.stdout)["blend"] == "trimmed"


def test_another_version_is_named_in_the_log(tmp_path: Path, example: Path) -> None:
    made = make_run(tmp_path, windows={"mask": "disc"})
    spec = made.spec.model_copy(update={"name": "second", "source": "digits8"})
    run = lay_out(tmp_path, spec)
    assert extension_notes(run) == []
    (info,) = example.glob("*.dist-info")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: xsample-extras\nVersion: 0.2.0\n")
    os.utime(example)
    notes = extension_notes(run)
    assert len(notes) == 2
    assert all("0.1.0" in note and "now it is xsample-extras 0.2.0" in note for note in notes)


@pytest.mark.parametrize(
    ("text", "value", "words"),
    [
        ("import nosuch_module", "guest_a:f", "No module named 'nosuch_module'"),
        ("raise RuntimeError('no\\n\\x1b[31mway')", "guest_a:f", "RuntimeError: no\\n\\x1b[31mway"),
        ("", "guest_a:f", "has no attribute 'f'"),
        ("f = 3", "guest_a:f", "it is a int, where a function is wanted"),
    ],
)
def test_a_broken_extension_is_one_line_and_left_out(
    text: str, value: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest(tmp_path / "site", {"xsample_tui.masks": {"bad": value}}, text, monkeypatch)
    line = refusal(DRAWERS, "bad")  # type: ignore[arg-type]
    assert line.startswith(f"--mask: bad: the extension guest-a 1.2 ({value}) cannot be ")
    assert words in line
    assert "\n" not in line
    assert "\x1b" not in line
    assert tuple(DRAWERS) == MASK_KINDS
    assert DRAWERS.broken() == [line]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def f(window, canvas): return 1 / 0", "ZeroDivisionError: division by zero"),
        ("def f(window, canvas): return canvas.share", "shape (8, 8) and dtype float64, where (8, 8) bool is wanted"),
        ("def f(window, canvas): return [True]", "shape (1,) and dtype bool"),
    ],
)
def test_a_mask_kind_that_draws_no_mask(
    text: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest(tmp_path / "site", {"xsample_tui.masks": {"odd": "guest_a:f"}}, text, monkeypatch)
    with pytest.raises(InputError, match=r"--mask: odd: the extension guest-a 1\.2") as caught:
        draw("odd", [WINDOW], CANVAS)
    assert words in str(caught.value)


def test_names_that_are_taken_doubly_or_not_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    points = {"keep": "guest_a:f", "twice": "guest_a:f", "baseline2": "guest_a:f", "A-b": "guest_a:f"}
    guest(tmp_path / "one", {"xsample_tui.masks": points}, "def f(window, canvas): 1", monkeypatch)
    guest(tmp_path / "two", {"xsample_tui.masks": {"twice": "guest_b:f"}}, "", monkeypatch, "guest_b")
    assert DRAWERS["keep"].__module__ == "xsample_tui.core.mask"
    line = refusal(DRAWERS, "twice")  # type: ignore[arg-type]
    assert "guest-a 1.2 (guest_a:f) and guest-b 1.2 (guest_b:f); uninstall one" in line
    for name in ("baseline2", "A-b"):
        assert "lower-case letters" in refusal(DRAWERS, name)  # type: ignore[arg-type]


def test_spec_takes_the_names_of_extensions_that_are_gone() -> None:
    assert Windows(mask="disc").mask == "disc"
    assert SweepSpec(name="n", network="somewhere:else").network == "somewhere:else"


RECIPE = """
import numpy as np
from xsample_tui.extension import Blender, Recipe
class R(Recipe):
    def pool(self, cut):
        return {pool}
class B(Blender):
    name, title = "odd", "odd one"
    def fit(self, cut, seed):
        return {fit}
"""


@pytest.mark.parametrize(
    ("fit", "pool", "words"),
    [
        ("1 / 0", "0", "the extension's fit gave ZeroDivisionError"),
        ("7", "0", "the extension's fit gave a int, where a Recipe is wanted"),
        ("R()", "1 / 0", "the extension's pool gave ZeroDivisionError"),
        ("R()", "np.ones((2, 2))", "the extension's pool gave shape (2, 2)"),
        ("R()", "np.full((len(cut.labels), cut.outputs.classes), np.nan)", "rows that are no probabilities"),
        ("R()", "np.ones((len(cut.labels), cut.outputs.classes))", "rows that are no probabilities"),
    ],
)
def test_a_blender_that_fails(
    fit: str, pool: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    guest(
        tmp_path / "site",
        {"xsample_tui.blenders": {"odd": "guest_a:B"}},
        RECIPE.format(fit=fit, pool=pool),
        monkeypatch,
    )
    kind = BLENDERS["odd"]
    assert (kind.name, kind.title, kind.fitted) == ("odd", "odd one", False)
    with pytest.raises(InputError, match="--blend: odd: ") as caught:
        blend_select(made_outputs(), Top(3, tuple(range(6))), kind, 0)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("class B: pass", "where a class derived from Blender is wanted"),
        (RECIPE.format(fit="0", pool="0").replace('"odd"', '"other"'), "needs name = 'odd'"),
        (RECIPE.format(fit="0", pool="0").replace("def fit", "def fits"), "it lacks fit"),
    ],
)
def test_a_class_that_is_no_blender(text: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guest(tmp_path / "site", {"xsample_tui.blenders": {"odd": "guest_a:B"}}, text, monkeypatch)
    assert words in refusal(BLENDERS, "odd")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def f(source): return 1 / 0", "failed (ZeroDivisionError: division by zero)"),
        ("def f(source): return 7", "gave a int, where a Dataset is wanted"),
    ],
)
def test_a_source_that_fails(text: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guest(tmp_path / "site", {"xsample_tui.datasets": {"odd": "guest_a:f"}}, text, monkeypatch)
    with pytest.raises(InputError, match=r"--data: odd:words: the extension guest-a 1\.2") as caught:
        load("odd:words")
    assert words in str(caught.value)


def test_a_source_is_checked_and_given_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
import numpy as np
from xsample_tui.extension import Dataset
def f(source):
    pictures = np.full((9, 6, 6, 1), float(source.partition(":")[2]))
    return Dataset("other", pictures, np.arange(9) % 3 - (np.arange(9) > 5) * 9, 3, 6)
"""
    guest(tmp_path / "site", {"xsample_tui.datasets": {"odd": "guest_a:f"}}, text, monkeypatch)
    found = load("odd:51")
    assert (found.source, found.train, found.pictures.dtype.name) == ("odd:51", 6, "float32")
    assert found.pictures.max() == pytest.approx(0.2)
    assert found.labels.tolist() == [0, 1, 2, 0, 1, 2, -1, -1, -1]
    with pytest.raises(InputError, match="pictures of odd:700"):
        load("odd:700")


TAIL = (Flatten("flat"), Dense("out", 3, relu=False))


@pytest.mark.parametrize(
    ("layers", "words"),
    [
        ((Flatten("flat"), Dense("out", 3)), "with relu=False"),
        ((Flatten("flat"), Dense("out", 4, relu=False)), "Dense of 3 units"),
        ((Conv("a", 2), Conv("a", 2), *TAIL), "two layers are called a"),
        ((Conv("a", 2), Dense("out", 3, relu=False)), "one Flatten"),
        ((Flatten("f"), Pool("p"), Dense("out", 3, relu=False)), "its layer p stands on the wrong side"),
        ((Dense("d", 3), *TAIL), "its layer d stands on the wrong side"),
        ((Conv("a", 2, (9, 9)), *TAIL), "its layer a does not fit pictures of 8x8"),
        ((Conv("a", 0), *TAIL), "filters must be a whole number"),
        ((Conv("a", 2, (3, 0)), *TAIL), "kernel must be two whole numbers"),
        ((Conv("a", 2, padding="full"), *TAIL), "padding must be valid or same"),  # type: ignore[arg-type]
        ((Pool("p", kind="min"), *TAIL), "kind must be max or average"),  # type: ignore[arg-type]
        ((Dropout("d", 1.0), *TAIL), "rate must be a number from 0 to below 1"),
        ((Conv("a/b", 2), *TAIL), "its name must be"),
        (("conv", *TAIL), "its layer conv is none of Conv, Pool"),
        ((Conv("a", 2, relu=1), *TAIL), "relu must be True or False"),  # type: ignore[arg-type]
    ],
)
def test_a_network_that_is_none(layers: tuple[object, ...], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NETWORKS._loaded, "odd", lambda shape, classes: Network(shape, layers))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="--network: odd: ") as caught:
        build("odd", (8, 8, 1), 3)
    assert words in str(caught.value)


def test_a_network_of_a_module_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = list(sys.path)
    (tmp_path / "guest_net.py").write_text(
        "from xsample_tui.extension import Dense, Flatten, Network\n"
        "def flat(shape, classes): return Network(shape, (Flatten('f'), Dense('o', classes, relu=False)))\n"
        "def fails(shape, classes): raise OSError('no')\n"
        "def wrong(shape, classes): return flat((1, 1, 1), classes)\n"
        "def nothing(shape, classes): pass\n"
        "value = 3\n"
    )
    assert build("guest_net:flat", (8, 8, 1), 3).parameter_count() == 64 * 3 + 3
    assert sys.path == path
    for name, words in {
        "guest_net:fails": "it failed with OSError: no",
        "guest_net:wrong": "it is for pictures of (1, 1, 1)",
        "guest_net:nothing": "it gave a NoneType",
        "guest_net:value": "it is a int, where a function is wanted",
        "guest_net:lacks": "has no attribute 'lacks'",
        "guest_nosuch:flat": "No module named 'guest_nosuch'",
        ":": "cannot be imported; write module:function",
    }.items():
        with pytest.raises(InputError, match=r"^--network: ") as caught:
            build(name, (8, 8, 1), 3)
        assert words in str(caught.value)
        assert sys.path == path


def test_a_network_survives_its_description() -> None:
    shape, layers = (9, 8, 3), (Conv("a", 2, (2, 3), (1, 2), "same", relu=False), Pool("p"), Dropout("d", 0.5), *TAIL)
    network = Network(shape, layers)
    back = restore(shape, tuple(json.loads(json.dumps(describe(network)))))
    assert back == network
    assert hash(back) == hash(network)
    assert digest(back) == digest(network)
    assert digest(Network(shape, (*layers[:2], Dropout("d", 0.25), *TAIL))) != digest(network)
    with pytest.raises(InputError, match="describes no network"):
        restore(shape, ({"layer": "unknown"},))


def test_a_run_keeps_its_network_and_its_companions_do(tmp_path: Path) -> None:
    dataset = small_dataset()
    made = make_run(tmp_path)
    network = Network(dataset.shape, TAIL)
    run = RunFolder.create(
        tmp_path,
        made.spec.model_copy(update={"name": "own", "network": "gone:flat"}),
        dataset,
        made.plan,
        {},
        network,
    )
    assert RunFolder(run.path).network == network
    assert run.document.fingerprint == {"network": f"gone:flat (layers {digest(network)})"}
    beside = run.beside(run.spec.model_copy(update={"name": "own-seeds"}), run.plan)
    assert beside.network == network
    assert beside.document.fingerprint == run.document.fingerprint
