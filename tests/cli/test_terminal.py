"""The interface in a real terminal, with real workers: it trains, quits, and never imports TensorFlow."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND
from tests.harness.processes import epochs_told
from tests.harness.pty_terminal import Terminal
from tests.harness.runs import make_run
from tests.harness.until import until
from xsample_tui.store.run.run_folder import RunFolder


@pytest.fixture
def terminal(tmp_path: Path, images: Path) -> Iterator[Terminal]:
    layout = ("--window", "4", "--stride", "4", "--baselines", "2", "--epochs", "400")
    command = [*COMMAND, "run", "--data", str(images), *layout, "--name", "t", "--checkpoint-seconds", "0"]
    made = Terminal(command, tmp_path)
    yield made
    made.close()


def whole(tmp_path: Path) -> bool:
    run = RunFolder.open(tmp_path / "runs", "t")
    return all(not run.latest(trial.name)[1] for trial in run.document.trials)


def test_it_trains_without_tensorflow_in_its_process_and_q_stops_it(terminal: Terminal, tmp_path: Path) -> None:
    until(lambda: epochs_told(tmp_path, "t") >= 3)
    maps = Path(f"/proc/{terminal.process.pid}/maps").read_text()
    assert "numpy" in maps
    assert "tensorflow" not in maps
    terminal.press("q")
    # It asks before it quits.
    terminal.wait_for("Quit?")
    terminal.press("s")
    assert terminal.wait() == 3
    assert whole(tmp_path)
    assert RunFolder.open(tmp_path / "runs", "t").record("baseline-s00") is not None


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        ((), "run --headless"),
        (("run",), "add --headless"),
        (("resume", "r"), "add --headless"),
        (("attach", "r"), "resume r --headless"),
    ],
)
def test_a_terminal_that_cannot_draw_is_refused_in_a_line(
    tmp_path: Path, arguments: tuple[str, ...], remedy: str
) -> None:
    make_run(tmp_path / "runs")
    terminal = Terminal([*COMMAND, *arguments], tmp_path, size=(200, 5), environment={"TERM": "dumb"})
    try:
        assert terminal.wait() == 2
        (line,) = filter(None, terminal.lines)
        assert line.startswith("error: ")
        assert "TERM=dumb" in line
        assert remedy in line
    finally:
        terminal.close()


# Terminals that are closed are tested without training in tests/tui/terminal/test_driver.py.
@pytest.mark.parametrize("how", ["SIGTERM", pytest.param("closed", marks=pytest.mark.slow)])
def test_a_closed_terminal_or_sigterm_ends_it_whole(terminal: Terminal, tmp_path: Path, how: str) -> None:
    until(lambda: epochs_told(tmp_path, "t") >= 2)
    if how == "closed":
        terminal.hang_up()
    else:
        terminal.process.send_signal(signal.SIGTERM)
    assert terminal.wait() == 3
    assert whole(tmp_path)
