"""Parses keys, mouse events and reports of the terminal, also over slow connections.

Over a slow connection a sequence can arrive in pieces: the escape character alone, and the rest a second later; some
terminals report a size of zero pixels. Neither is a key, and neither is an error.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Mapping

from textual import events
from textual.message import Message

from ..textual_private import PrivateParser, Read1

# Seconds for which an escape character alone may be the start of a sequence: the Escape key waits that long.
_DELAY, _DELAY_OVER_SSH = 0.1, 1.0
# Seconds within which the rest of a split sequence arrives, if it arrives at all.
_REST_WITHIN = 5.0
_UNFINISHED = re.compile(r"\x1b(?:\[[<?=>]?[\d;:]*)?\Z")
_CUT_SHORT = re.compile(r"\x1b\[[<?=>]?[\d;:]+(?=\x1b)")
# What follows an escape character that was mistaken for the key: a mouse report, or a key with or without numbers.
_REST = re.compile(r"\[?<\d+;-?\d+;-?\d+[Mm]|\[[\d;:]+[~A-Za-z]|(?:\[[A-DFHIOZ]|O[A-DFHP-S])\Z")
_REST_UNFINISHED = re.compile(r"\[?<[\d;]*\Z|\[[\d;:]*\Z")
_LARGEST = 10_000


def escape_delay(environment: Mapping[str, str]) -> float:
    """Return the seconds to wait after an escape character: ``ESCDELAY`` in milliseconds, else longer over SSH."""
    given = environment.get("ESCDELAY", "")
    if given.isdecimal() and int(given) > 0:
        return int(given) / 1000
    over_ssh = environment.get("SSH_CONNECTION") or environment.get("SSH_TTY")
    return _DELAY_OVER_SSH if over_ssh else _DELAY


class InputParser(PrivateParser):
    """Textual's parser, extended: it joins or drops split sequences and ignores sizes of zero.

    Args:
        debug: as in Textual's parser.
        delay: seconds after which an escape character alone is the key; None for what the environment says.
        clock: gives seconds from a monotonic clock.
    """

    def __init__(
        self, debug: bool = False, delay: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._delay = escape_delay(os.environ) if delay is None else delay
        self._cells: tuple[int, int] | None = None
        self._pixels: tuple[int, int] | None = None
        self._held, self._held_since = "", 0.0
        # Until when the rest of a sequence may arrive whose start was mistaken for the Escape key.
        self._rest_until = 0.0
        # When an escape character alone becomes the key; None while there is none.
        self._until: float | None = None
        super().__init__(debug)

    def read1(self, timeout: float | None = None) -> Read1:  # type: ignore[override]
        """Wait for a character; after an escape character as long as the connection needs."""
        return Read1(None if timeout is None else self._delay)

    @property
    def terminal_size(self) -> tuple[int, int] | None:
        """Columns and lines, as last reported."""
        return self._cells

    @terminal_size.setter
    def terminal_size(self, size: tuple[int, int] | None) -> None:
        if sensible(size):
            self._cells = size

    @property
    def terminal_pixel_size(self) -> tuple[int, int] | None:
        """Width and height in pixels; None if the terminal does not know them and reports cells."""
        return self._pixels

    @terminal_pixel_size.setter
    def terminal_pixel_size(self, size: tuple[int, int] | None) -> None:
        self._pixels = size if sensible(size) else None

    def feed(self, data: str) -> Iterable[Message]:
        """Return the messages of new characters; the start of a sequence waits for its rest."""
        if not data:
            # The end.
            yield from super().feed("")
            return
        now = self._clock()
        data, self._held = self._held + data, ""
        if now < self._rest_until and not data.startswith("\x1b"):
            if _REST_UNFINISHED.match(data):
                self._hold(data, now)
                return
            data = _REST.sub("", data, count=1) if _REST.match(data) else data
        self._rest_until = 0.0
        data = _CUT_SHORT.sub("", data)
        if (unfinished := _UNFINISHED.search(data)) is not None:
            self._hold(unfinished[0], now)
            data = data[: unfinished.start()]
        if data:
            yield from self._parse(data, now)

    def tick(self, seen: float | None = None) -> Iterable[Message]:
        """Return the messages of elapsed time: an escape character alone becomes the key.

        Args:
            seen: until when nothing had arrived; None for now. A program that did not run for a while must not
                mistake unread input for silence.
        """
        now = self._clock() if seen is None else seen
        waited = now - self._held_since
        if self._held and (self._held in ("\x1b", "\x1b[") or self._held[0] != "\x1b"):
            # Escape, or a typed bracket with Alt or after Escape, unless more follows.
            if waited >= self._delay:
                held, self._held = self._held, ""
                self._rest_until = now + _REST_WITHIN if held[0] == "\x1b" else 0.0
                yield from self._parse(held, now)
                if held == "\x1b":
                    self._until = now
        elif waited > _REST_WITHIN:
            self._held = ""
        if self._until is None or now < self._until:
            return
        # Textual has its own clock.
        self._until = None
        self.time_out()
        for found in super().tick():
            if isinstance(found, events.Key) and found.key == "escape":
                self._rest_until = now + _REST_WITHIN
            yield found

    def _parse(self, data: str, now: float) -> Iterable[Message]:
        yield from super().feed(data)
        self._until = now + self._delay if self.waits else None

    def _hold(self, text: str, now: float) -> None:
        self._held, self._held_since = text, now


def sensible(size: tuple[int, int] | None) -> bool:
    """Return whether a terminal can have this size, in cells or pixels."""
    return size is not None and all(0 < extent <= _LARGEST for extent in size)
