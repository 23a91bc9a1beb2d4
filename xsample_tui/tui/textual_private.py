"""What the interface uses of Textual that Textual keeps to itself, for which pyproject.toml has a pin.

``tests/test_private_parts.py`` names each part, and holds every other module to what is public.
"""

from __future__ import annotations

import math
from queue import Queue
from threading import Thread
from typing import IO, Any, Protocol, cast, runtime_checkable

from textual._parser import Read1
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.css.query import NoMatches
from textual.dom import DOMNode, NoScreen
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.widget import MountError

__all__ = ["PrivateApp", "PrivateDriver", "PrivateParser", "Read1", "possible"]


def possible(app: App[Any], node: DOMNode, action: str) -> bool:
    """Return whether an action, as bindings write it, makes sense now where it is asked for."""
    owner, name, arguments = app._parse_action(action, node)
    return bool(owner.check_action(name, arguments))


@runtime_checkable
class MadeOfParts(Protocol):
    """A screen or widget whose actions are methods of its parts."""

    def owner_of(self, action: str) -> object:
        """Return what an action is a method of."""


class PrivateApp(App[None]):
    """An application whose driver can be asked for, whose last words can be dropped, and whose screens have parts."""

    async def _dispatch_action(self, namespace: DOMNode, action_name: str, params: Any) -> bool:
        owner = namespace.owner_of(action_name) if isinstance(namespace, MadeOfParts) else namespace
        # Textual asks it for the method and nothing else.
        return await super()._dispatch_action(cast("DOMNode", owner), action_name, params)

    @property
    def terminal_driver(self) -> Driver | None:
        """The driver; None before the start and without a terminal."""
        return self._driver

    @property
    def interface_running(self) -> bool:
        """Whether messages are being handled."""
        return self._running

    @property
    def failed_already(self) -> bool:
        """Whether the program says itself how it failed; Textual would print pages of source and variables."""
        return False

    def fail(self, error: Exception) -> None:
        """Note an error that ends the program."""

    _closing_down = False

    async def _shutdown(self) -> None:
        self._closing_down = True
        await super()._shutdown()

    def _handle_exception(self, error: Exception) -> None:
        # A screen that opens at the moment of the end is mounted without its widgets.
        if self._closing_down and isinstance(error, NoMatches | NoScreen | MountError):
            return
        self.fail(error)
        super()._handle_exception(error)

    def _print_error_renderables(self) -> None:
        if self.failed_already and not self.is_headless:
            self._exit_renderables.clear()
        super()._print_error_renderables()


class PrivateDriver(LinuxDriver):
    """Textual's driver with its writing thread, its file and what it knows of the mouse."""

    @property
    def debugging(self) -> bool:
        """Whether keys are logged."""
        return self._debug

    @property
    def with_mouse(self) -> bool:
        """Whether the mouse is reported."""
        return self._mouse

    @property
    def application(self) -> App[Any]:
        """The application that it drives."""
        return self._app

    @property
    def writer(self) -> Thread | None:
        """The thread that writes; None before the start and after the end."""
        return self._writer_thread

    @property
    def waiting(self) -> Queue[str | None]:
        """What the thread has yet to write; None ends it."""
        assert self._writer_thread is not None
        return self._writer_thread._queue

    @property
    def file(self) -> IO[str]:
        """What is written to."""
        return cast("IO[str]", self._file)

    @file.setter
    def file(self, file: object) -> None:
        self._file = cast("Any", file)

    def report_mouse_in_pixels(self) -> None:
        """Ask the terminal for the mouse's place in pixels."""
        self._enable_mouse_pixels()


class PrivateParser(XTermParser):
    """Textual's parser and its time limit for an escape character alone."""

    @property
    def waits(self) -> bool:
        """Whether it waits for what follows an escape character."""
        return self._timeout_time is not None

    def time_out(self) -> None:
        """Let the wait end at the next tick."""
        self._timeout_time = -math.inf
