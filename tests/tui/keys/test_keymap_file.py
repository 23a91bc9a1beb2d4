"""Keys: their names, the user's own, help, palette, footer and screenshot."""

from __future__ import annotations

import importlib
import pkgutil
import re
import tomllib
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import ModalScreen
from textual.widgets import OptionList

from tests.harness.interface import NOW, app_on, asked, opened, sweep_of, until
from tests.tui.keys.shown_keys import footer, sheet
from xsample_tui import tui
from xsample_tui.core.errors import InputError
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui import key_scopes
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.help.help_screen import Help
from xsample_tui.tui.keys import keymap_file
from xsample_tui.tui.sweep.filter_bar import FilterBar, FilterLine
from xsample_tui.tui.sweep.trial_table import TrialTable
from xsample_tui.tui.widgets.quit_dialogs import QuitDialog

SMALL, LARGE = (80, 24), (200, 50)


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's file, as the environment names it; it is not there yet."""
    path = tmp_path / "mine.toml"
    monkeypatch.setenv(keymap_file.VARIABLE, str(path))
    return path


def classes() -> list[type[DOMNode]]:
    """All classes of the interface that have keys."""
    for module in pkgutil.walk_packages(tui.__path__, f"{tui.__name__}."):
        importlib.import_module(module.name)
    found, queue = [], [DOMNode]
    while queue:
        one = queue.pop()
        queue += one.__subclasses__()
        if one.__module__.startswith(tui.__name__) and "BINDINGS" in one.__dict__:
            found.append(one)
    return found


# -- names -----------------------------------------------------------------------------------------------------------


def test_every_key_of_every_screen_has_a_name_to_move_it_by() -> None:
    named = classes()
    assert sum(issubclass(one, ModalScreen) for one in named) >= 7
    assert len(named) >= 17
    for one in named:
        for binding in Binding.make_bindings(one.__dict__["BINDINGS"]):
            assert binding.id, f"{one.__name__}: {binding.key} has no name; list the class in tui/key_scopes.py"


# The ids that users may have in their files, whatever the labels say: more may come, and none of these may go.
NAMES = {
    "app": "help quit interrupt panel-help screenshot commands suspend",
    "runs": (
        "new new-from-this resume attach compare mark replay delete search edit archive archived preview forget open "
        "sort-by-next sort-by-previous reverse-order first-run last-run run-below run-above"
    ),
    "form": "start back next-field field-before",
    "compare": "order swap-a-and-b side-by-side next-panel panel-before runs",
    "beside": "pair curves next-panel panel-before runs",
    "sweep": (
        "best scale follow pause stop retry skip front mark mark-all filter grid table curve log workers summary "
        "classes worker-logs metric metric-before class-before next-class map view picture-before next-picture pin "
        "log-axis smooth "
        "next-panel panel-before runs stack other-curves full-screen copy"
    ),
    "grid": (
        "cell-above cell-below cell-to-the-left cell-to-the-right first-column last-column first-row last-row "
        "larger-cells smaller-cells-down-to-half-blocks cells-as-large-as-all-fit"
    ),
    "curve": (
        "magnify-the-epochs show-more-epochs show-all-epochs earlier-epochs later-epochs values-before values-after"
    ),
    "preview": "picture-before next-picture",
    "table": ("sort-by-next sort-by-previous reverse-order mark-down mark-up row-below row-above first-row last-row"),
    "filter": "cancel keep filter-before next-filter",
    "replay": "faster slower ahead back",
    "stack": (
        "tick top-k more fewer all blender blender-before pool next-picture picture-before only-some-images "
        "members curve agreement classes full-screen pictures verdict train-arms export reload "
        "next-panel panel-before sweep"
    ),
    "members": "up down page-up page-down first last",
    "help": "close down up search next previous",
    "quit": "keep-training-in-the-background stop-after-this-epoch-and-quit stop-now-and-quit cancel",
    "stop": "stop stop-now wait",
    "delete": "delete keep",
    "workers": "close add remove",
    "summary": "close",
    "copy": "name row command summary cancel",
    "classes": "close weakest-first copy",
    "command": "close copy",
    "logs": "close copy read-again end beginning",
    "train": "train cancel",
    "export": "cancel probabilities",
    "notes": "cancel",
}


def test_names_stand_where_the_keys_are_declared() -> None:
    # Before anything has been made of them.
    for one in classes():
        for binding in one.__dict__["BINDINGS"]:
            assert isinstance(binding, Binding)
            assert binding.id, f"{one.__name__}: {binding.key} has no id"
            assert re.fullmatch(r"[a-z]+\.[a-z]+(-[a-z]+)*", binding.id)


def test_the_ids_of_all_keys_are_these_however_labels_and_tooltips_are_worded() -> None:
    bindings = [
        one for scope in key_scopes.scopes(XSampleApp, stack=True) for every in scope.values() for one in every
    ]
    found = {binding.id for binding in Binding.make_bindings(bindings)}
    assert found == {f"{group}.{action}" for group, actions in NAMES.items() for action in actions.split()}


def test_no_key_has_two_meanings_on_one_screen_or_in_one_panel() -> None:
    """The first of two would be the only one that works, whatever help and README say of the other."""
    for one in classes():
        meanings: dict[str, set[str]] = {}
        for binding in Binding.make_bindings(one.__dict__["BINDINGS"]):
            meanings.setdefault(binding.key, set()).add(binding.action)
        # Of pause and resume only one is ever possible.
        twice = {key: said for key, said in meanings.items() if len(said) > 1 and said != {"pause", "resume"}}
        assert twice == {}, one.__name__


def test_names_of_earlier_versions_are_all_understood() -> None:
    every = list(key_scopes.scopes(XSampleApp, stack=True))
    usual = tomllib.loads(keymap_file.listing(every))
    for group, actions in NAMES.items():
        for action in actions.split():
            found = keymap_file.check({group: {action: usual[group][action]}}, every)
            assert list(found) == [f"{group}.{action}"]


def test_no_key_is_one_that_screen_or_tmux_takes() -> None:
    for one in classes():
        for binding in Binding.make_bindings(one.__dict__["BINDINGS"]):
            assert binding.key not in keymap_file.TAKEN, one


def test_what_is_listed_is_a_file_that_changes_nothing() -> None:
    every = list(key_scopes.scopes(XSampleApp, stack=True))
    listed = keymap_file.listing(every)
    found = keymap_file.check(tomllib.loads(listed), every)
    assert found["sweep.pause"] == "space"
    assert found["app.quit"] == "q,ctrl+q"
    for scope in every:
        for bindings in scope.values():
            for binding in Binding.make_bindings(bindings):
                assert binding.key in found[binding.id or ""].split(",")


# -- the user's keys -------------------------------------------------------------------------------------------------


async def test_keys_are_moved_and_swapped_and_shown_as_they_are(mid_run: RunFolder, own: Path) -> None:
    own.write_text(
        """
        [sweep]
        pause = ["P", "f5"]
        stop = "x"      # swapped with
        skip = "s"
        filter = "&"
        [table]
        reverse-order = "O"
        """
    )
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        sweep_of(app).select("keep-r19-c19")
        assert "P Pause" in footer(app)
        assert "x Stop" in footer(app)
        assert "s Skip" in footer(app)
        await pilot.press("space", "s")
        assert await asked(pilot, mid_run) == [("skip", ("keep-r19-c19",))]
        await pilot.press("f5")
        assert await asked(pilot, mid_run) == [("pause", ())]
        await pilot.press("x", "s")
        assert await asked(pilot, mid_run) == [("stop", ())]
        await pilot.press("slash")
        assert not app.screen.query_one(FilterBar).display
        await pilot.press("ampersand")
        await pilot.pause()
        assert app.screen.query_one(FilterBar).display
        await pilot.press("escape", "t", "O")
        assert sweep_of(app).query_one(TrialTable).order.turned
        await pilot.press("question_mark")
        assert "\nP, f5 " in sheet(app)
        assert "\n& " in sheet(app)
        await pilot.press("escape")
        commands = {command.title: command.help for command in app.get_system_commands(app.screen)}
        assert commands["Stop"].endswith("(x)")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[sweep]\nstop = ", "is not valid TOML"),
        ("[sweep]\nstopp = 's'", "sweep.stopp = s: unknown action; did you mean sweep.stop?"),
        ("[sweep]\nstop = 'x'", "sweep.stop = x: sweep.skip already uses this key; choose another"),
        ("[sweep]\nstop = 'q'", "sweep.stop = q: app.quit already uses this key; choose another"),
        ("[table]\nreverse-order = 's'", "table.reverse-order = s: sweep.stop already uses this key"),
        ("[sweep]\nstop = 'ctrl+nothing'", "sweep.stop = ctrl+nothing: unknown key"),
        ("[sweep]\nstop = 3", "sweep.stop = 3: write a key as"),
        ("[sweep]\nstop = []", "sweep.stop = []: give at least one key"),
        ("stop = 's'", "stop = s: belongs under a heading"),
        ("[stack]\ntick = 'e'", "stack.tick = e: stack.export already uses this key"),
        ("[delete]\ndelete = 'n'", "delete.delete = n: delete.keep already uses this key"),
        ("[export]\ncancel = 'ctrl+t'", "export.cancel = ctrl+t: export.probabilities already uses this key"),
        ("[filter]\nfilter-before = 'enter'", "filter.filter-before = enter: filter.keep already uses this key"),
    ],
)
def test_a_file_that_does_not_do_is_one_line(own: Path, content: str, says: str) -> None:
    own.write_text(content)
    with pytest.raises(InputError) as caught:
        key_scopes.user_keymap(XSampleApp)
    assert says in str(caught.value)
    assert own.name in str(caught.value)
    assert str(caught.value).endswith("; the default keys are used")
    assert "\n" not in str(caught.value)


async def test_with_a_bad_file_the_default_keys_are_used_and_a_line_says_why(mid_run: RunFolder, own: Path) -> None:
    own.write_text("[sweep]\npause = 'P'\nstop = 'x'")
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        await until(pilot, lambda: [n for n in app._notifications if "sweep.skip already uses this key" in n.message])
        assert "space Pause" in footer(app)
        await pilot.press("space")
        assert await asked(pilot, mid_run) == [("pause", ())]


async def test_keys_of_dialogs_and_of_the_filter_line_are_moved_and_the_dialogs_and_the_help_say_so(
    mid_run: RunFolder, own: Path
) -> None:
    own.write_text(
        """
        [quit]
        cancel = "w"
        [help]
        close = ["f4"]
        [filter]
        filter-before = "ctrl+r"
        """
    )
    async with app_on(mid_run, clock=lambda: NOW).run_test(size=LARGE) as pilot:
        app = await opened(pilot)
        app.push_screen(QuitDialog())
        await pilot.pause()
        options = app.screen.query_one(OptionList)
        assert str(options.get_option("cancel").prompt).strip() == "w  cancel"
        assert str(options.get_option("keep").prompt).strip().startswith("k  keep")
        await pilot.press("c", "escape")
        assert isinstance(app.screen, QuitDialog)
        await pilot.press("w")
        assert not isinstance(app.screen, QuitDialog)
        await pilot.press("question_mark")
        assert "f4 closes" in sheet(app)
        assert "keys in the dialog: quit" in sheet(app)
        assert "\nw " in sheet(app)
        assert "\nctrl+r " in sheet(app)
        await pilot.press("escape")
        assert isinstance(app.screen, Help)
        await pilot.press("f4")
        assert not isinstance(app.screen, Help)
        await pilot.press("slash", *"row<3", "enter", "slash", "ctrl+u", "up")
        line = app.screen.query_one(FilterLine)
        assert line.value == ""
        await pilot.press("ctrl+r")
        assert line.value == "row<3"


def test_where_the_file_is_looked_for(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert keymap_file.file() is None, "tests never read the file of whoever runs them"
    monkeypatch.setenv(keymap_file.VARIABLE, str(tmp_path / "no.toml"))
    with pytest.raises(InputError, match="cannot be read"):
        keymap_file.load()
    monkeypatch.delenv(keymap_file.VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("XSAMPLE_TUI_CONFIG")
    path = keymap_file.file()
    assert path is not None
    assert path.name == "keys.toml"
    assert tmp_path in path.parents
    assert keymap_file.load() == {}
    path.parent.mkdir(parents=True)
    path.write_text("[sweep]\nstop = 'S'")
    assert key_scopes.user_keymap(XSampleApp) == {"sweep.stop": "S"}
