"""The report: what it says of runs of every kind, and that it needs nothing but itself."""

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pytest

from tests.harness.finished_runs import dataset, finish, finished_run
from tests.harness.runs import make_run
from xsample_tui.cli.main_command import main
from xsample_tui.core.data.dataset import Dataset
from xsample_tui.core.errors import InputError
from xsample_tui.core.training.trial_plan import Trial
from xsample_tui.report.figure import heatmap_figure
from xsample_tui.report.figure.figure_list import gallery
from xsample_tui.report.figure.figure_style import LIGHT, WIDTH, FigureStyle
from xsample_tui.report.figure.report_figure import Format, ReportFigure
from xsample_tui.report.report_findings import Findings, gather
from xsample_tui.report.report_folder import PAGE, write_report
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.stacking.pool.shared_ledger import SharedLedger
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.store.run.run_notes import change_notes

FORMS: tuple[Format, ...] = get_args(Format)
NOW = 1_790_000_000.0
OUTSIDE = re.compile(r"^(data:image/svg\+xml;base64,[A-Za-z0-9+/=]+|#[a-z-]+)$")


class Parsed(HTMLParser):
    """A page, taken apart."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.images: list[dict[str, str | None]] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self.source = page.read_text()
        self.feed(self.source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        self.links += [value or "" for name, value in attrs if name in ("src", "href", "srcset", "action", "data")]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag == "img":
            self.images.append(given)

    def handle_data(self, data: str) -> None:
        self.text += data


def strength(trial: Trial) -> float:
    """Windows at the right are much better, those at the left as the baselines."""
    return 3.0 + (trial.col or 0)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run with enough baselines for the arms."""
    return finished_run(tmp_path_factory.mktemp("runs"), "done", baselines=6, strength=strength)


@pytest.fixture(scope="module")
def found(run: RunFolder) -> Findings:
    """What is known of it."""
    return gather(run)


@pytest.fixture(scope="module")
def out(run: RunFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its report."""
    folder = tmp_path_factory.mktemp("reports") / "new" / "folder"
    write_report(run, folder, now=NOW)
    return folder


def render_nothing(drawing: ReportFigure, look: FigureStyle, form: str) -> bytes:
    with look.applied():
        drawing.draw(look)
    return b"<svg/>"


def page_of(run: RunFolder, folder: Path) -> Parsed:
    """Write a report without rendering what is drawn, which takes most of the time; return its page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReportFigure, "render", render_nothing)
        write_report(run, folder, now=NOW)
    return Parsed(folder / PAGE)


def test_the_page_asks_the_network_for_nothing(out: Path) -> None:
    parsed = Parsed(out / PAGE)
    assert len(parsed.links) > 10
    assert [run_session for run_session in parsed.links if not OUTSIDE.match(run_session)] == []
    assert "script" not in parsed.tags
    assert "http" not in re.sub(r"base64,[A-Za-z0-9+/=]+", "", parsed.source).replace("http-equiv", "")
    assert "default-src 'none'" in parsed.source
    assert {run_session[1:] for run_session in parsed.links if run_session.startswith("#")} <= set(parsed.ids)


def test_every_figure_is_there_in_three_forms_and_in_words(out: Path) -> None:
    stems = ["seen", "heatmap", "smoothed", "importance", "learning", "members", "arms"]
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [PAGE, *(f"{stem}.{form}" for stem in stems for form in ("png", "svg"))]
    )
    parsed = Parsed(out / PAGE)
    assert len(parsed.images) == len(stems)
    assert all(len(image["alt"] or "") > 40 for image in parsed.images)
    for stem in stems:
        assert (out / f"{stem}.png").read_bytes().startswith(b"\x89PNG")
        root = ET.fromstring((out / f"{stem}.svg").read_bytes())
        links = [v for e in root.iter() for k, v in e.attrib.items() if k.endswith("href")]
        assert all(run_session.startswith(("#", "data:")) for run_session in links)


def test_the_page_says_what_the_judgement_and_the_arms_say(found: Findings, out: Path) -> None:
    text = Parsed(out / PAGE).text
    assert found.judgement is not None
    best = found.judgement.windows[0]
    a, b = found.arms["A"].blend.score, found.arms["B"].blend.score
    assert f"The best window, {best.name}, has {best.errors:,} wrong" in text
    assert f"have {a.errors:,} of {a.n:,} images wrong" in text
    assert f"blended in the same way, {b.errors:,}" in text
    assert {"helps": "It helps", "hurts": "It hurts", "not resolved": "Not resolved by this run"}[
        found.comparisons[0].verdict
    ] in text
    document = found.run.document
    for digest in (document.dataset_digest, document.split_digest, document.masks_digest):
        assert digest in text
    for trial in document.trials:
        assert trial.name in text
    assert "never been opened" in text
    assert "Differences of 0.001 are not detectable" in text


def test_grey_cells_are_noise_and_dots_survive_holm(found: Findings) -> None:
    cells = heatmap_figure._cells(found)
    assert found.judgement is not None
    for window in found.judgement.windows:
        row, col = (int(part[1:]) for part in window.name.split("-")[1:])
        at = cells.rows.index(row), cells.cols.index(col)
        assert cells.values[at] == window.gain
        assert cells.noise[at] == (window.p_holm >= 0.05)
        assert cells.marked[at] == (window.p_holm < 0.05)
    assert cells.marked.any()
    assert not cells.marked.all()


def test_equal_findings_give_equal_bytes(run: RunFolder, out: Path) -> None:
    for drawing in gallery(gather(run)):
        for form in FORMS:
            again = drawing.render(LIGHT, form)
            assert again == (out / f"{drawing.stem}.{form}").read_bytes(), f"{drawing.stem}.{form}"


def test_a_report_is_not_overwritten_unless_forced(run: RunFolder, tmp_path: Path) -> None:
    out = tmp_path / "out"
    page_of(run, out)
    (out / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match=r"out: .*force=True"):
        write_report(run, out)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReportFigure, "render", render_nothing)
        write_report(run, out, force=True)
    assert (out / "notes.txt").read_text() == "mine"
    assert (out / "arms.svg").read_text() == "<svg/>"
    with pytest.raises(InputError, match="is a file"):
        write_report(run, out / "arms.png")


def test_a_figure_of_somebody_else_is_not_overwritten_either(run: RunFolder, tmp_path: Path) -> None:
    (tmp_path / "arms.png").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"arms\."):
        page_of(run, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["arms.png"]


@pytest.mark.parametrize(
    ("changes", "said", "figures"),
    [
        ({"leave": ("keep-r00-c00", "keep-r02-c02")}, "This run is not finished", 6),
        ({"baselines": 0}, "No judgement: no baseline is finished", 4),
        ({"baselines": 1}, "With one baseline the noise is unknown: train more", 5),
        ({"preset_name": "article"}, "Article protocol: test set used for early stopping", 6),
        ({"windows": {"only": ("keep-r00-c00",)}}, "once under a mask", 4),
        ({"windows": {"mask": "random"}}, "randomly chosen pixels are kept", 6),
    ],
    ids=["unfinished", "no baselines", "one baseline", "article", "one window", "random"],
)
def test_runs_of_every_kind(changes: dict[str, object], said: str, figures: int, tmp_path: Path) -> None:
    made = finished_run(tmp_path, **changes)  # type: ignore[arg-type]
    parsed = page_of(made, tmp_path / "out")
    assert said in parsed.text
    assert len(parsed.images) == figures


def test_the_article_beside_the_run(tmp_path: Path) -> None:
    text = page_of(finished_run(tmp_path, preset_name="article"), tmp_path / "out").text
    assert "The article's claims beside this run" in text
    assert "No verdict" in text
    assert "biased upwards, by an unknown amount" in text


def test_a_run_of_which_nothing_is_finished(tmp_path: Path) -> None:
    made = finished_run(
        tmp_path, leave=tuple(f"baseline-s{i:02d}" for i in range(3)), windows={"only": ("keep-r00-c00",)}
    )
    for path in made.generations("keep-r00-c00"):
        path.unlink()
    parsed = page_of(made, tmp_path / "out")
    assert "Nothing yet." in parsed.text
    assert "nothing to judge or to blend" in parsed.text
    assert len(parsed.images) == 1


def test_companions_count_and_are_named(tmp_path: Path) -> None:
    made = finished_run(tmp_path, baselines=3)
    (control_run,) = lay_out_control_runs(made, "seeds", 9)
    assert "No arms" in page_of(made, tmp_path / "before").text
    for trial in control_run.document.trials:
        finish(control_run, trial, 3.0)
    parsed = page_of(made, tmp_path / "after")
    assert "6 baselines" in parsed.text
    assert any("arm" in (image["alt"] or "") for image in parsed.images)


def test_other_numbers_of_epochs_are_said(tmp_path: Path) -> None:
    made = finished_run(tmp_path, leave=("keep-r02-c02",))
    assert "part of every difference" not in page_of(made, tmp_path / "equal").text
    trial = next(trial for trial in made.document.trials if trial.name == "keep-r02-c02")
    finish(made, trial, 3.0, epochs=1)
    assert "after 1 to 2 passes under the masks and after 2 on whole images" in page_of(made, tmp_path / "other").text


def test_openings_of_the_test_set_are_listed(run: RunFolder, tmp_path: Path) -> None:
    made = finished_run(tmp_path)
    SharedLedger(made).enter("stack", "mean of <b>top 5</b>")
    parsed = page_of(made, tmp_path / "out")
    assert "opened once" in parsed.text
    assert "mean of <b>top 5</b>" in parsed.text
    assert "<b>top 5" not in parsed.source


def test_what_comes_from_outside_is_never_markup(tmp_path: Path) -> None:
    data = dataset()
    hostile = "<script>alert(1)</script>\x1b[31m"
    made = finished_run(
        tmp_path, data=Dataset(hostile, data.images, data.labels, data.classes, data.train), source=hostile
    )
    made.mark("keep-r00-c00", "failed", "<img src=x onerror=alert(1)>")
    parsed = page_of(made, tmp_path / "out")
    assert "script" not in parsed.tags
    assert "\x1b" not in parsed.source
    assert all(OUTSIDE.match(image["src"] or "") for image in parsed.images)
    assert "<img src=x onerror=alert(1)>" in parsed.text


def test_a_damaged_trial_is_left_out_and_said(tmp_path: Path) -> None:
    made = finished_run(tmp_path)
    path = made.generations("keep-r02-c02")[0]
    data = bytearray(path.read_bytes())
    data[data.index(b"softmax/select.npy") + 300] ^= 0xFF
    path.write_bytes(bytes(data))
    text = page_of(made, tmp_path / "out").text
    assert "keep-r02-c02 is left out" in text


def test_the_command(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ReportFigure, "render", render_nothing)
    place = ["--runs-dir", str(run.path.parent), "--out", str(tmp_path / "out")]
    monkeypatch.setattr("sys.argv", ["xsample-tui", "report", "done", *place])
    assert main() == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert f"{tmp_path / 'out' / PAGE} written, and 14 images beside it" in told.err
    assert main() == 2
    assert "--force" in capsys.readouterr().err


def test_the_command_for_all_runs_with_a_tag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ReportFigure, "render", render_nothing)
    make_run(tmp_path / "runs", "two")
    path = make_run(tmp_path / "runs", "one").path
    change_notes(path, lambda notes: notes.retagged(("+one",)).noted("for <the> paper"))
    place = ["--runs-dir", str(tmp_path / "runs"), "--out", str(tmp_path / "out")]
    monkeypatch.setattr("sys.argv", ["xsample-tui", "report", "--tag", "one", *place])
    assert main() == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["one"]
    text = Parsed(tmp_path / "out" / "one" / PAGE).text
    assert "tags: one" in text
    assert "for <the> paper" in text
    capsys.readouterr()
    for wrong in (["--tag", "none"], [], ["one", "--tag", "one"]):
        monkeypatch.setattr("sys.argv", ["xsample-tui", "report", *wrong, *place])
        assert main() == 2
        assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.slow
def test_four_hundred_windows(tmp_path: Path) -> None:
    made = finished_run(
        tmp_path,
        data=dataset(1000, 28),
        windows={"height": 9, "width": 9, "stride": 1},
        baselines=5,
        strength=lambda trial: 3 + 0.05 * (trial.col or 0),
    )
    parsed = page_of(made, tmp_path / "out")
    assert "Heat map of 400 windows in 20 rows and 20 columns" in str(parsed.images)
    assert parsed.source.count("keep-r19-c19") >= 2
    assert (tmp_path / "out" / PAGE).stat().st_size < 4_000_000


def test_nothing_reaches_over_the_edge_of_a_figure(out: Path) -> None:
    # It would widen the image beyond its sheet.
    figures = list(out.glob("*.svg"))
    assert len(figures) > 5
    for path in figures:
        root = ET.fromstring(path.read_bytes())
        assert float(root.attrib["width"].removesuffix("pt")) <= 72 * WIDTH + 20, path.name
