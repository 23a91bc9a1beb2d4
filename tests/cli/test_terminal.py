"""The interface in a real terminal, with real workers: it trains, quits, and never imports TensorFlow."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND
from tests.cli.test_training import epochs
from tests.terminal import open_terminal
from tests.until import SECONDS, until
from xsample_tui.store.folder import RunFolder


class Terminal:
    """A command in a pseudo-terminal of 80x24, whose output is read and thrown away."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process, self.master = open_terminal([*COMMAND, *arguments], folder)
        self.open = True
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self) -> None:
        while self.open:
            try:
                if not os.read(self.master, 65536):
                    return
            except OSError:
                return

    def keys(self, text: str) -> None:
        os.write(self.master, text.encode())

    def hang_up(self) -> None:
        self.open = False
        os.close(self.master)


@pytest.fixture
def terminal(tmp_path: Path, pictures: Path) -> Iterator[Terminal]:
    arguments = ("run", "--data", str(pictures), "--window", "4", "--stride", "4", "--baselines", "2")
    made = Terminal(tmp_path, *arguments, "--epochs", "40", "--name", "t", "--checkpoint-seconds", "0")
    yield made
    made.process.kill()
    made.process.wait()


def whole(tmp_path: Path) -> bool:
    run = RunFolder.open(tmp_path / "runs", "t")
    return all(not run.latest(trial.name)[1] for trial in run.document.trials)


def test_it_trains_without_tensorflow_in_its_process_and_q_stops_it(terminal: Terminal, tmp_path: Path) -> None:
    until(lambda: epochs(tmp_path, "t") >= 3)
    maps = Path(f"/proc/{terminal.process.pid}/maps").read_text()
    assert "numpy" in maps
    assert "tensorflow" not in maps
    terminal.keys("q")
    time.sleep(1)
    assert terminal.process.poll() is None, "it asks before it quits"
    terminal.keys("s")
    assert terminal.process.wait(SECONDS) == 3
    assert whole(tmp_path)
    assert RunFolder.open(tmp_path / "runs", "t").record("baseline-s00") is not None


@pytest.mark.parametrize("how", ["SIGTERM", "closed"])
def test_a_closed_terminal_or_sigterm_ends_it_whole(terminal: Terminal, tmp_path: Path, how: str) -> None:
    until(lambda: epochs(tmp_path, "t") >= 2)
    if how == "closed":
        terminal.hang_up()
    else:
        terminal.process.send_signal(signal.SIGTERM)
    assert terminal.process.wait(SECONDS) == 3
    assert whole(tmp_path)
