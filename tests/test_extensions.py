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

from tests.harness.example_extension import guest, install_example, refusal
from tests.harness.finished_runs import made_outputs
from tests.harness.runs import make_run, noise_images
from xsample_tui.cli.main_command import main
from xsample_tui.core.errors import InputError
from xsample_tui.core.masks.mask_kinds import DRAWERS, MASK_KINDS, Canvas, draw
from xsample_tui.core.masks.windows import Window
from xsample_tui.core.networks.network import Dense, Flatten, Network
from xsample_tui.core.networks.network_registry import NETWORKS, build, digest
from xsample_tui.core.plugin_registry import API_GROUP, GROUPS, Registry
from xsample_tui.core.training.sweep_spec import SweepSpec, Windows
from xsample_tui.datasets import load
from xsample_tui.datasets.loader_registry import sources
from xsample_tui.stacking.blending.blend import blend_select
from xsample_tui.stacking.blending.blender_registry import BLENDERS
from xsample_tui.stacking.pool.member_selection import TopMembers
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.sweep.run_setup import extension_notes, lay_out

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
    blend = blend_select(outputs, TopMembers(3, tuple(range(6))), BLENDERS["trimmed"], 0)
    first = blend.cuts().__next__()[1]
    middle = np.median(np.stack(list(first.matrices())), axis=0)
    assert blend.parts[0].pooling.pool(first) == pytest.approx(middle / middle.sum(axis=1, keepdims=True), abs=1e-6)


def test_nothing_is_imported_before_it_is_asked_for(example: Path) -> None:
    assert "disc" in DRAWERS.names()
    assert DRAWERS.origin("disc") == "xsample-extras 0.1.0 (xsample_extras.masks:disc)"
    assert not any(module.startswith("xsample_extras") for module in sys.modules)


def test_a_run_goes_on_where_its_extension_is_not_installed(tmp_path: Path) -> None:
    """Real training in worker processes that cannot import the package: all that they need is in the run."""
    place = install_example(tmp_path / "site")
    program = (
        "from pathlib import Path\n"
        "from xsample_tui.sweep.run_setup import lay_out, new_spec\n"
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
    assert "which is not installed now; the run uses what it stored" in done.stderr
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


def test_spec_takes_the_names_of_extensions_that_are_gone() -> None:
    assert Windows(mask="disc").mask == "disc"
    assert SweepSpec(name="n", network="somewhere:else").network == "somewhere:else"


RECIPE = """
import numpy as np
from xsample_tui.extension import Blender, Pooling
class R(Pooling):
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
        ("7", "0", "the extension's fit gave a int, where a Pooling is wanted"),
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
    with pytest.raises(InputError, match="blend: odd: ") as caught:
        blend_select(made_outputs(), TopMembers(3, tuple(range(6))), kind, 0)
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
    with pytest.raises(InputError, match=r"data: odd:words: the extension guest-a 1\.2") as caught:
        load("odd:words")
    assert words in str(caught.value)


def test_a_source_is_checked_and_given_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = """
import numpy as np
from xsample_tui.extension import Dataset
def f(source):
    images = np.full((9, 6, 6, 1), float(source.partition(":")[2]))
    return Dataset("other", images, np.arange(9) % 3 - (np.arange(9) > 5) * 9, 3, 6)
"""
    guest(tmp_path / "site", {"xsample_tui.datasets": {"odd": "guest_a:f"}}, text, monkeypatch)
    found = load("odd:51")
    assert (found.source, found.train, found.images.dtype.name) == ("odd:51", 6, "float32")
    assert found.images.max() == pytest.approx(0.2)
    assert found.labels.tolist() == [0, 1, 2, 0, 1, 2, -1, -1, -1]
    with pytest.raises(InputError, match="images of odd:700"):
        load("odd:700")


def test_a_run_keeps_its_network_and_its_companions_do(tmp_path: Path) -> None:
    dataset = noise_images()
    made = make_run(tmp_path)
    network = Network(dataset.shape, (Flatten("flat"), Dense("out", 3, relu=False)))
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


@pytest.mark.parametrize(
    ("made_for", "words"),
    [
        (["2"], "was made for version 2 of the extension interface, this is 1; upgrade xsample-tui"),
        (["0"], "was made for version 0 of the extension interface, this is 1; install a newer version of it"),
        (["2", "3"], "was made for version 2 or 3 of"),
        (["x"], "was made for version x of"),
        ([], ""),
        (["1"], ""),
        (["1", "2"], ""),
    ],
)
def test_an_extension_of_another_version_is_refused_before_it_is_imported(
    made_for: list[str], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = {API_GROUP: dict.fromkeys(made_for, "guest_api"), "xsample_tui.masks": {"odd": "guest_api:odd"}}
    text = "def odd(window, canvas): return canvas.blank(True)"
    guest(tmp_path / "site", groups, text, monkeypatch, module="guest_api")
    if not words:
        assert "odd" in DRAWERS
        return
    line = refusal(DRAWERS, "odd")  # type: ignore[arg-type]
    assert line.startswith("mask: odd: the extension guest-api 1.2 (guest_api:odd) was made for")
    assert words in line
    assert "guest_api" not in sys.modules


def test_names_of_the_first_version_are_still_there() -> None:
    from xsample_tui import extension

    with pytest.warns(DeprecationWarning, match="extension.Recipe is now Pooling"):
        assert extension.Recipe is extension.Pooling
    with pytest.warns(DeprecationWarning, match="extension.Split is now LabelledImages"):
        assert extension.Split is extension.LabelledImages
    with pytest.raises(AttributeError, match="no attribute 'Recipes'"):
        extension.Recipes  # noqa: B018


def listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *options: str
) -> tuple[int, str, str]:
    """Return code, stdout and stderr of `xsample-tui extensions`."""
    monkeypatch.setattr(sys, "argv", ["xsample-tui", "extensions", *options])
    code = main()
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_the_command_lists_what_works(
    example: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = listed(monkeypatch, capsys)
    assert (code, err) == (0, "")
    assert [line.split()[:4] for line in out.splitlines()] == [
        ["--mask", "disc", "xsample-extras", "0.1.0"],
        ["--blend", "trimmed", "xsample-extras", "0.1.0"],
        ["--network", "small", "xsample-extras", "0.1.0"],
        ["--data", "digits8", "xsample-extras", "0.1.0"],
    ]
    assert all(line.endswith("works") for line in out.splitlines())


def test_the_command_says_what_cannot_be_used_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    groups = {"xsample_tui.masks": {"bad": "guest_a:gone", "keep": "guest_a:f", "good": "guest_a:f"}}
    guest(tmp_path / "site", groups, "def f(window, canvas): return canvas.blank(True)", monkeypatch)
    code, out, _ = listed(monkeypatch, capsys, "--json")
    assert code == 1
    said = json.loads(out)
    assert said["api"] == 1
    problems = {one["name"]: one["problem"] for one in said["extensions"]}
    assert problems["good"] == ""
    assert "cannot be loaded; fix or uninstall it (AttributeError" in problems["bad"]
    assert problems["keep"] == "is not used: what is built in has the same name"
    assert {one["package"] for one in said["extensions"]} == {"guest-a"}


def test_without_extensions_the_command_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert listed(monkeypatch, capsys) == (0, "", "no installed package brings an extension\n")


def test_a_list_without_extensions_imports_nothing_that_could_have_some() -> None:
    program = (
        "import sys; sys.argv = ['xsample-tui', 'extensions']\n"
        "from xsample_tui.cli.main_command import main; main()\n"
        "print([m for m in sys.modules if m.split('.')[0] in ('numpy', 'scipy', 'sklearn')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_every_kind_of_extension_has_the_group_that_its_registry_reads() -> None:
    registries = (DRAWERS, BLENDERS, NETWORKS, sources())
    assert [registry.group for registry in registries] == list(GROUPS.values())
