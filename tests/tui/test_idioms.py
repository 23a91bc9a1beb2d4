"""What the interface's code does in one way only."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import xsample_tui
from xsample_tui import tui
from xsample_tui.tui.app import XSampleApp
from xsample_tui.tui.textual_private import PrivateApp
from xsample_tui.tui.widgets.base_screen import BaseScreen
from xsample_tui.web.view_only_app import ViewOnlyApp

PACKAGE = Path(xsample_tui.__file__).parent
# Threads that live long, those that the program's end does not wait for, and the watch of a viewer's parent.
STARTS_THREADS = {"tui/session/run_threads.py", "tui/latest_only.py", "web/view_only_app.py"}


def nodes(*folders: str) -> Iterator[tuple[str, ast.AST]]:
    """Yield every node of the modules below some folders, with the module's place."""
    for folder in folders:
        for path in sorted((PACKAGE / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield path.relative_to(PACKAGE).as_posix(), node


def test_no_method_stands_for_a_missing_one() -> None:
    raised = [
        place
        for place, node in nodes(".")
        if isinstance(node, ast.Raise) and node.exc is not None and "NotImplementedError" in ast.unparse(node.exc)
    ]
    assert raised == []


def test_the_application_is_not_asked_by_the_names_of_its_attributes() -> None:
    asked = [
        (place, ast.unparse(node))
        for place, node in nodes("tui", "web")
        if isinstance(node, ast.Call)
        and ast.unparse(node.func) == "getattr"
        and ast.unparse(node.args[0]) in ("app", "self.app", "self._app", "node.app")
    ]
    assert asked == []


def test_threads_are_textuals_workers_or_started_in_one_place() -> None:
    wrong = [
        (place, node.attr)
        for place, node in nodes("tui", "web")
        if isinstance(node, ast.Attribute)
        and (
            node.attr in ("call_from_thread", "run_in_executor", "to_thread")
            or (ast.unparse(node.value) == "threading" and node.attr in ("Timer", "Thread"))
        )
        and not (node.attr == "Thread" and place in STARTS_THREADS)
    ]
    assert wrong == []


def test_a_worker_of_textuals_is_never_overtaken() -> None:
    """Textual cannot stop a thread: what an exclusive one found would come after what was found for a newer request.

    So ``@work(thread=True)`` is for what every call of counts, and ``in_thread`` where a part of a screen begins it;
    what newer requests overtake is a ``LatestOnly``, whose module alone runs workers by hand.
    """
    decorated = [
        (place, {key.arg: ast.unparse(key.value) for key in made.keywords})
        for place, node in nodes("tui", "web")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for made in node.decorator_list
        if isinstance(made, ast.Call) and ast.unparse(made.func) == "work"
    ]
    assert decorated
    for place, options in decorated:
        assert options.pop("group", None), place
        assert options == {"thread": "True", "exit_on_error": "False"}, place
    by_hand = {
        place for place, node in nodes("tui", "web") if isinstance(node, ast.Attribute) and node.attr == "run_worker"
    }
    assert by_hand == {"tui/latest_only.py"}


def test_only_what_a_network_or_another_process_delays_has_a_thread_of_its_own() -> None:
    """Otherwise it is a worker of Textual's, which the program's end waits for, or a ``LatestOnly``."""
    found = {
        (place, node.name)
        for place, node in nodes("tui", "web")
        if isinstance(node, ast.FunctionDef) and "unwaited" in {ast.unparse(one) for one in node.decorator_list}
    }
    assert found == {
        # A source may be a download: a shorter one, named later, must not wait for it.
        ("tui/new_sweep/new_sweep_screen.py", "_read"),
        ("tui/details/run_command_dialog.py", "_run"),
        ("tui/details/background_command.py", "wait_for_it"),
    }


def test_no_call_is_left_out_because_its_time_has_passed() -> None:
    wrong = [
        place for place, node in nodes("tui", "web") if isinstance(node, ast.Attribute) and node.attr == "set_timer"
    ]
    assert wrong == []


def test_a_screen_is_made_of_parts_and_not_of_base_classes() -> None:
    """What a screen does by its keys is a part of it; only a replay is a screen of another kind."""
    for module in pkgutil.walk_packages(tui.__path__, f"{tui.__name__}."):
        importlib.import_module(module.name)
    screens, found = [BaseScreen], {}
    while screens:
        one = screens.pop()
        screens += one.__subclasses__()
        if one.__module__.startswith(tui.__name__):
            found[one.__name__] = [base.__name__ for base in one.__mro__ if base.__module__.startswith(tui.__name__)]
    assert len(found) > 6
    deep = {name: chain for name, chain in found.items() if len(chain) > 2}
    assert deep == {"ReplayScreen": ["ReplayScreen", "SweepScreen", "BaseScreen"]}


def test_the_application_is_made_of_parts_and_not_of_base_classes() -> None:
    """Between Textual's and this application is what Textual keeps to itself alone; a viewer is one of its kind."""
    apps = (XSampleApp, ViewOnlyApp)
    chains = [[base for base in app.__mro__ if base.__module__.startswith("xsample_tui.")] for app in apps]
    assert chains == [[XSampleApp, PrivateApp], [ViewOnlyApp, XSampleApp, PrivateApp]]
