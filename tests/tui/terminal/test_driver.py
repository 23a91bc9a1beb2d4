"""Real terminals: signals, terminals that go away, and terminals that nobody reads."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.harness.fake_lease import GATE
from tests.harness.interface import make_shown_run
from tests.harness.pty_terminal import open_terminal
from tests.harness.until import SECONDS
from xsample_tui.store.control.heartbeat import read_heartbeat
from xsample_tui.store.run.run_folder import RunFolder

ROOT = Path(__file__).parents[3]


class Terminal:
    """A program in a terminal of its own, whose output is read by a thread unless an argument says otherwise."""

    def __init__(
        self,
        run: RunFolder,
        pace: float,
        *,
        controlling: bool = True,
        read: bool = True,
        gated: bool = False,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.run = run
        # No epoch ends before this file is there; where it is not asked for, it is from the beginning.
        self._gate = run.path.parent / "gate"
        if not gated:
            self.let_epochs_end()
        command = [sys.executable, "-m", "tests.tui.program", str(run.path.parent.resolve()), run.name]
        environment = {"FAKE_SECONDS": str(pace), GATE: str(self._gate)} | (environment or {})
        self.process, self.master = open_terminal(command, ROOT, environment=environment, controlling=controlling)
        self.output = bytearray()
        self._reader = threading.Thread(target=self._read, daemon=True)
        if read:
            self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self.master, 65536):
                self.output += data

    def read_to_the_end(self) -> None:
        """Wait until everything that an ended program wrote is read."""
        self._reader.join(SECONDS)

    def wait_for(self, what: Callable[[], object], seconds: float = SECONDS) -> None:
        end = time.monotonic() + seconds
        while not what():
            assert self.process.poll() is None, self.output[-2000:].decode(errors="replace")
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.05)

    def let_epochs_end(self) -> None:
        self._gate.touch()

    def wait_for_training(self) -> None:
        self.wait_for(lambda: self.state == "running")

    @property
    def state(self) -> str | None:
        heartbeat = read_heartbeat(self.run.path)
        return heartbeat.state if heartbeat else None

    @property
    def cpu(self) -> float:
        """Seconds of processor time that the program has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rests(self) -> bool:
        """Look for half a second whether the program uses next to no processor time."""
        before = self.cpu
        time.sleep(0.5)
        return self.cpu - before < 0.05

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self.master)


@pytest.fixture
def made(tmp_path: Path) -> RunFolder:
    return make_shown_run(tmp_path, epochs=40)


@pytest.fixture
def opened(made: RunFolder) -> Iterator[Callable[..., Terminal]]:
    terminals = []

    def start(pace: float, **options: Any) -> Terminal:
        terminals.append(Terminal(made, pace, **options))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()
        if terminal.process.poll() is None:
            terminal.process.kill()
            terminal.process.wait()


def whole(run: RunFolder, epochs: int) -> None:
    """Check that a stopped run says so and holds the epochs it should."""
    progress = run.progress()
    assert sum(len(entry.history) for entry in progress.trials.values()) == epochs
    for name, entry in progress.trials.items():
        state, problems = run.latest(name)
        assert problems == []
        assert (state.epoch if state else 0) == len(entry.history)
    heartbeat = read_heartbeat(run.path)
    assert heartbeat is not None
    assert heartbeat.state == "stopped"


@pytest.mark.parametrize("controlling", [True, False], ids=["with SIGHUP", "without a signal"])
def test_a_closed_terminal_stops_the_sweep_and_ends_the_program(
    opened: Callable[..., Terminal], made: RunFolder, controlling: bool
) -> None:
    terminal = opened(0, controlling=controlling, gated=True)
    terminal.wait_for_training()
    terminal.close()
    terminal.wait_for(lambda: terminal.state == "stopping")
    # The current epoch is waited for, without spinning on a terminal that is not there.
    terminal.wait_for(terminal.rests)
    assert terminal.process.poll() is None
    terminal.let_epochs_end()
    assert terminal.process.wait(SECONDS) == 3
    whole(made, 1)


def test_sigterm_stops_after_the_epoch_under_way(opened: Callable[..., Terminal], made: RunFolder) -> None:
    terminal = opened(0, gated=True)
    terminal.wait_for_training()
    terminal.process.send_signal(signal.SIGTERM)
    terminal.wait_for(lambda: b"then quits" in terminal.output)
    terminal.let_epochs_end()
    assert terminal.process.wait(SECONDS) == 3
    # The terminal is left as it was found: its own screen is back, and the cursor seen.
    assert b"\x1b[?1049l" in terminal.output
    assert b"\x1b[?25h" in terminal.output
    whole(made, 1)


def test_a_second_sigterm_stops_now(opened: Callable[..., Terminal], made: RunFolder) -> None:
    terminal = opened(0, gated=True)
    terminal.wait_for_training()
    terminal.process.send_signal(signal.SIGTERM)
    terminal.wait_for(lambda: b"then quits" in terminal.output)
    terminal.process.send_signal(signal.SIGTERM)
    # The fake lease waits in a thread that cannot be ended; what it does is not waited for by the controller.
    terminal.wait_for(lambda: terminal.state == "stopped")
    terminal.let_epochs_end()
    assert terminal.process.wait(SECONDS) == 3
    whole(made, 0)


def test_the_epoch_under_way_is_waited_for_however_long_asyncio_waits_for_its_threads(
    opened: Callable[..., Terminal], made: RunFolder
) -> None:
    terminal = opened(0, gated=True, environment={"ASYNCIO_GIVES_UP": "1"})
    terminal.wait_for_training()
    terminal.process.send_signal(signal.SIGHUP)
    terminal.wait_for(lambda: b"Ctrl-C to stop now" in terminal.output)
    # The terminal is still there, so it is left as it was found.
    for restored in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1003l"):
        assert restored in terminal.output
    terminal.let_epochs_end()
    assert terminal.process.wait(SECONDS) == 3
    whole(made, 1)


def test_ctrl_z_suspends_and_the_terminal_is_restored_meanwhile(
    opened: Callable[..., Terminal], made: RunFolder
) -> None:
    terminal = opened(0, gated=True)
    terminal.wait_for_training()
    terminal.wait_for(lambda: b"sweep" in terminal.output)
    os.write(terminal.master, b"\x1a")
    stat = Path(f"/proc/{terminal.process.pid}/stat")
    terminal.wait_for(lambda: stat.read_text().rpartition(") ")[2][0] == "T")
    terminal.wait_for(lambda: b"\x1b[?1049l" in terminal.output)
    terminal.process.send_signal(signal.SIGCONT)
    terminal.wait_for(lambda: terminal.output.count(b"\x1b[?1049h") == 2)
    interrupt(terminal)
    os.write(terminal.master, b"\x03")
    terminal.let_epochs_end()
    assert terminal.process.wait(SECONDS) == 130


def test_ctrl_c_stops_at_once_while_the_epoch_under_way_is_waited_for(
    opened: Callable[..., Terminal], made: RunFolder
) -> None:
    terminal = opened(0, gated=True)
    terminal.wait_for_training()
    terminal.process.send_signal(signal.SIGHUP)
    terminal.wait_for(lambda: b"Ctrl-C to stop now" in terminal.output)
    terminal.process.send_signal(signal.SIGINT)
    # The fake lease waits in a thread that cannot be ended.
    terminal.wait_for(lambda: terminal.state == "stopped")
    whole(made, 0)


def test_ctrl_c_twice_is_an_interrupt(opened: Callable[..., Terminal], made: RunFolder) -> None:
    terminal = opened(0.5)
    terminal.wait_for_training()
    os.write(terminal.master, b"\x03")
    terminal.wait_for(lambda: b"Quit?" in terminal.output)
    os.write(terminal.master, b"\x03")
    assert terminal.process.wait(SECONDS) == 130


def test_a_terminal_that_nobody_reads_holds_nothing_up(opened: Callable[..., Terminal], made: RunFolder) -> None:
    terminal = opened(0.02, read=False)
    terminal.wait_for_training()

    def epochs() -> int:
        return sum(len(entry.history) for entry in made.progress().trials.values())

    # Far more is drawn than a terminal's buffer holds.
    terminal.wait_for(lambda: epochs() > 80)
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.process.wait(SECONDS) == 3
    assert terminal.state == "stopped"


def interrupt(terminal: Terminal) -> None:
    """Press Ctrl-C and wait for the question: all that was sent before has been read then."""
    seen = len(terminal.output)
    os.write(terminal.master, b"\x03")
    terminal.wait_for(lambda: b"Quit?" in terminal.output[seen:])


@pytest.mark.parametrize(
    "sent",
    [
        b"\x1b[48;24;80;0;0t",
        b"\x1b[48;0;0;0;0t",
        b"\x1b[48;24;80;384;640t\x1b[48;24;80;0;0t",
        b"\x1b[48;99999;99999;999999;999999t",
        b"\xe9\xff\xfe",
    ],
    ids=["no pixels", "no size", "no pixels any more", "a size that cannot be", "no UTF-8"],
)
def test_nothing_that_a_terminal_reports_ends_the_interface(opened: Callable[..., Terminal], sent: bytes) -> None:
    terminal = opened(0.5)
    terminal.wait_for_training()
    terminal.wait_for(lambda: b"sweep" in terminal.output)
    for report in (b"\x1b[?2048;2$y", sent, b"\x1b[<0;10;5M\x1b[<0;10;5m\x1b[<35;11;6M"):
        os.write(terminal.master, report)
    interrupt(terminal)
    if b";0;0t" in sent and b";0;0;" not in sent:
        # The mouse is then reported in cells, and clicks are where they are made.
        assert b"\x1b[?1016l" in terminal.output
    os.write(terminal.master, b"\x03")
    assert terminal.process.wait(SECONDS) == 130


def test_an_interface_that_fails_says_so_in_a_line_and_stops_the_sweep_after_the_epoch(
    opened: Callable[..., Terminal], made: RunFolder
) -> None:
    terminal = opened(0, gated=True)
    terminal.wait_for_training()
    terminal.wait_for(lambda: b"sweep" in terminal.output)
    os.write(terminal.master, b"Z")
    terminal.wait_for(lambda: terminal.state == "stopping")
    terminal.let_epochs_end()
    assert terminal.process.wait(SECONDS) == 1
    whole(made, 1)
    terminal.read_to_the_end()
    said = bytes(terminal.output).rpartition(b"\x1b[?1049l")[2].decode()
    log = made.path / "logs" / "interface.log"
    assert f"error: the interface failed: ZeroDivisionError: made to fail; the full traceback is in {log}" in said
    assert f"resume with: xsample-tui resume {made.name} --runs-dir" in said
    assert "Traceback" not in said
    written = log.read_text()
    assert "Traceback" in written
    assert "program.py" in written
