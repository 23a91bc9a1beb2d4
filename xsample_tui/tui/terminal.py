"""A terminal driver that outlives its terminal: Textual's own waits for ever, or spins, once nobody is there."""

from __future__ import annotations

import codecs
import contextlib
import os
import select
import termios
import time
from typing import IO, Any, cast

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.message import Message

from .terminal_input import InputParser, sensible

# Places in Textual's queue that are kept for what it writes when it leaves.
_QUEUE_ROOM = 12
_LAST_FRAMES = 1.0
_FLUSHES = 40
# Seconds between two looks at the time, and bytes that are read at once.
_TICK = 0.1
_CHUNK = 4096


class _Output:
    """The terminal as a file; what it does not take any more is dropped.

    Textual's writer thread ends at the first error, after which its queue fills and every redraw waits for ever.
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


class TerminalDriver(LinuxDriver):
    """Textual's driver, but a terminal that is gone, or that nobody reads, holds nothing up."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._output = _Output(cast("IO[str]", self._file))
        self._file = cast("Any", self._output)
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
        # Hang-ups are reported whatever is asked for.
        poll.register(self.fileno, 0)
        return any(event & (select.POLLHUP | select.POLLERR | select.POLLNVAL) for _, event in poll.poll(0))

    def abandon(self) -> None:
        """Use the terminal no more: the reading thread ends, and what is written is dropped."""
        self._output.lost = True
        self.exit_event.set()

    def write(self, data: str) -> None:
        """Write to the terminal; while it is far behind, whole frames are left out."""
        assert self._writer_thread is not None
        queue = self._writer_thread._queue
        if queue.maxsize and queue.qsize() >= queue.maxsize - _QUEUE_ROOM and not self.exit_event.is_set():
            self._behind = True
            return
        super().write(data)

    def close(self) -> None:
        """End the writing thread; what a terminal that nobody reads has not taken by then is thrown away."""
        thread = self._writer_thread
        if thread is None:
            return
        thread._queue.put(None)
        thread.join(_LAST_FRAMES)
        # Leaving while the thread is at it would be a fatal error at the interpreter's end.
        for _ in range(_FLUSHES):
            if not thread.is_alive():
                break
            self._output.lost = True
            with contextlib.suppress(OSError, termios.error):
                termios.tcflush(self._output.fileno(), termios.TCOFLUSH)
            thread.join(0.05)

    def caught_up(self) -> bool:
        """Return whether frames were left out that the terminal would have taken by now: all must be drawn anew."""
        if not self._behind or self._writer_thread is None or not self._writer_thread._queue.empty():
            return False
        self._behind = False
        return True

    def run_input_thread(self) -> None:
        """Read keys until the end, or until the terminal is gone. Nothing that a terminal sends ends the program."""
        # What is no UTF-8 is a key that is not known.
        decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        parser = InputParser(self._debug)
        poll = select.poll()
        poll.register(self.fileno, select.POLLIN)
        with contextlib.suppress(OSError):
            while not self.exit_event.is_set():
                data, began = b"", time.monotonic()
                if poll.poll(_TICK * 1000):
                    data = os.read(self.fileno, _CHUNK)
                    if not data:
                        # The other end has gone.
                        self.exit_event.wait(_TICK)
                # Only while it was looked at is it known that nothing came.
                parser = self._take(parser, decode(data), began + _TICK)
        with contextlib.suppress(Exception):
            for _ in parser.feed(""):
                pass

    def _take(self, parser: InputParser, text: str, seen: float) -> InputParser:
        """Pass on what was typed, or what it means that nothing was until ``seen``; return the parser from now on."""
        try:
            for message in list(parser.feed(text) if text else parser.tick(seen)):
                self.process_message(message)
        except Exception as error:
            self._app.call_later(self._app.log.error, f"input was dropped: {error!r}: {text!r}")
            return InputParser(self._debug)
        return parser

    def process_message(self, message: Message) -> None:
        """Pass a message on, unless it says that the terminal has no size."""
        if isinstance(message, events.Resize) and message.pixel_size is not None:
            if not sensible(message.size):
                return
            known = sensible(message.pixel_size)
            if known and self._in_cells:
                self._in_cells = False
                self._enable_mouse_pixels()
            elif not known and self._mouse:
                # Where the pixels are not known, the mouse can only be reported in cells.
                self._in_cells = True
                self.write("\x1b[?1016l\x1b[?1006h")
        super().process_message(message)


def let_go() -> None:
    """Point this process's standard files that have hung up at nothing, so that no late output fails."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        with contextlib.suppress(OSError):
            poll = select.poll()
            poll.register(descriptor, 0)
            if poll.poll(0):
                os.dup2(null, descriptor)
    os.close(null)
