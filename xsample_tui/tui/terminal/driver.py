"""The terminal driver: survives the end of its terminal, where Textual's own would wait for ever or spin."""

from __future__ import annotations

import codecs
import contextlib
import os
import select
import termios
import time
from typing import IO, Any

from textual import events
from textual.app import App
from textual.message import Message

from ..textual_private import PrivateDriver
from .terminal_input import InputParser, sensible

# Places in Textual's queue that are reserved for its last output.
_QUEUE_ROOM = 12
_LAST_FRAMES = 1.0
_FLUSHES = 40
# Seconds between checks of the time, and bytes that are read at once.
_TICK = 0.1
_CHUNK = 4096


class _Output:
    """The terminal as a file; output that it no longer accepts is dropped.

    Textual's writer thread ends at the first error; then its queue fills up and every redraw waits for ever.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.lost = False

    def write(self, text: str) -> int:
        if not self.lost:
            try:
                return self._file.write(text)
            except (OSError, ValueError):
                self.lost = True
        return len(text)

    def flush(self) -> None:
        if not self.lost:
            try:
                self._file.flush()
            except (OSError, ValueError):
                self.lost = True

    def fileno(self) -> int:
        return self._file.fileno()

    def isatty(self) -> bool:
        return self._file.isatty()


class TerminalDriver(PrivateDriver):
    """Textual's driver, extended: a terminal that is gone or not read blocks nothing."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._output = _Output(self.file)
        self.file = self._output
        self._behind = False
        # Whether the mouse is reported in cells because the terminal does not know its pixels.
        self._in_cells = False

    @property
    def gone(self) -> bool:
        """Whether the terminal has hung up."""
        if self._output.lost:
            return True
        if not self.input_tty:
            return False
        poll = select.poll()
        # Hang-ups are always reported.
        poll.register(self.fileno, 0)
        return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))

    def abandon(self) -> None:
        """Stop using the terminal: the reading thread ends, and output is dropped."""
        self._output.lost = True
        self.exit_event.set()

    def write(self, data: str) -> None:
        """Write to the terminal; while it is far behind, whole frames are skipped."""
        queue = self.waiting
        if queue.maxsize and queue.qsize() >= queue.maxsize - _QUEUE_ROOM and not self.exit_event.is_set():
            self._behind = True
            return
        super().write(data)

    def close(self) -> None:
        """End the writing thread; output that an unread terminal has not accepted by then is dropped."""
        thread = self.writer
        if thread is None:
            return
        self.waiting.put(None)
        thread.join(_LAST_FRAMES)
        # Exiting while the thread is writing would be a fatal error at the end of the interpreter.
        for _ in range(_FLUSHES):
            if not thread.is_alive():
                break
            self._output.lost = True
            with contextlib.suppress(OSError, termios.error):
                termios.tcflush(self._output.fileno(), termios.TCOFLUSH)
            thread.join(0.05)

    def caught_up(self) -> bool:
        """Return whether frames were skipped and the terminal has caught up: everything must be redrawn."""
        if not self._behind or self.writer is None or not self.waiting.empty():
            return False
        self._behind = False
        return True

    def run_input_thread(self) -> None:
        """Read keys until the end, or until the terminal is gone. Nothing that a terminal sends ends the program."""
        # Invalid UTF-8 counts as an unknown key.
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        parser = InputParser(self.debugging)
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        with contextlib.suppress(OSError):
            while not self.exit_event.is_set():
                data, began = b"", time.monotonic()
                if poll.poll(_TICK * 1000):
                    data = os.read(self.fileno, _CHUNK)
                    if not data:
                        # The other end is closed.
                        self.exit_event.wait(_TICK)
                # Silence is known only for the time of the poll.
                parser = self._take(parser, decode(data), began + _TICK)
        with contextlib.suppress(Exception):
            for _ in parser.feed(""):
                pass

    def _take(self, parser: InputParser, text: str, seen: float) -> InputParser:
        """Pass on typed keys, or the meaning of silence until ``seen``; return the parser to use from now on."""
        try:
            for message in list(parser.feed(text) if text else parser.tick(seen)):
                self.process_message(message)
        except Exception as error:
            self.application.call_later(self.application.log.error, f"input was dropped: {error!r}: {text!r}")
            return InputParser(self.debugging)
        return parser

    def process_message(self, message: Message) -> None:
        """Pass a message on, unless it says that the terminal has no size."""
        if isinstance(message, events.Resize) and message.pixel_size is not None:
            if not sensible(message.size):
                return
            known = sensible(message.pixel_size)
            if known and self._in_cells:
                self._in_cells = False
                self.report_mouse_in_pixels()
            elif not known and self.with_mouse:
                # Without known pixels, the mouse can only be reported in cells.
                self._in_cells = True
                self.write("\x1b[?1016l\x1b[?1006h")
        super().process_message(message)


def let_go() -> None:
    """Redirect standard files that have hung up to nothing, so that late output does not fail."""
    try:
        null = os.open(os.devnull, os.O_RDWR)
    except OSError:
        # Without a free descriptor that of the standard input makes room: nobody types any more.
        os.close(0)
        null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        with contextlib.suppress(OSError):
            poll = select.poll()
            poll.register(descriptor, 0)
            if poll.poll(0):
                os.dup2(null, descriptor)
    if null > 2:
        os.close(null)
