"""The web server: shows a run to browsers, each with its own read-only viewer process."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable
from importlib import resources
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import textual_serve
from aiohttp import WSMsgType, web
from jinja2 import Environment
from textual_serve.download_manager import DownloadManager

from ..core.errors import ArgumentError
from ..store.run.run_folder import RunFolder
from .viewer_process import ViewerProcess

MOST = 8
_NAMES = ("localhost", "127.0.0.1", "[::1]")
_SIZE = 16
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def loopback(host: str) -> bool:
    """Return whether a host name or address is this machine's loopback."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens.

    Args:
        host: a name or an address of this machine.
        port: 1 to 65535, or 0 for any that is free.

    Raises:
        InputError: there is no such host here, or the port is taken.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError, OverflowError) as error:
        raise ArgumentError("host", host, "unknown host; use 127.0.0.1, or an address of this machine") from error
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise ArgumentError("port", f"{host}:{port}", f"{error.strerror}; choose another port") from error
    return listener


class WebServer:
    """Serves one run.

    Args:
        run: the run.
        listener: the socket, listening.
        local: whether it listens on loopback only; then only requests that name loopback are answered, so that no
            other page can reach it through its own host name (DNS rebinding).
    """

    def __init__(self, run: RunFolder, listener: socket.socket, *, local: bool) -> None:
        self._run = run
        self._listener = listener
        self._local = local
        # Folder and name are separate arguments, so that no path is joined and split again.
        folder = str(run.path.parent.absolute())
        self._command = (sys.executable, "-m", "xsample_tui.web.view_only_app", folder, run.name)
        self._downloads = DownloadManager()
        self._sockets: set[web.WebSocketResponse] = set()
        page = resources.files(__package__).joinpath("index.html").read_text("utf-8")
        self._page = Environment(autoescape=True).from_string(page)

    def serve(self, ready: Callable[[], None]) -> None:
        """Serve until SIGINT or SIGTERM.

        Args:
            ready: called once it serves and both signals stop it.
        """
        web.run_app(
            self.application(),
            sock=self._listener,
            print=lambda *_: ready(),
            access_log=None,
            shutdown_timeout=2.0,
        )

    def application(self) -> web.Application:
        """Return the web application."""

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._check(request, handler)

        application = web.Application(middlewares=[check])
        static = Path(textual_serve.__file__).parent / "static"
        application.add_routes(
            [
                web.get("/", self._index),
                web.get("/ws", self._watch),
                web.get("/download/{key}", self._download),
                web.static("/static", static),
            ]
        )
        application.on_shutdown.append(self._end)
        return application

    async def _check(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer only requests to this server, and open sockets only for its own page."""
        name = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
        if self._local and name not in _NAMES:
            raise web.HTTPForbidden(text="This server answers only requests to localhost.")
        origin = request.headers.get("Origin")
        if request.path == "/ws" and origin not in (f"http://{request.host}", f"https://{request.host}"):
            raise web.HTTPForbidden(text="Only this server's own page may connect.")
        response = await handler(request)
        if not response.prepared:
            response.headers["X-Frame-Options"] = "DENY"
            response.headers["X-Content-Type-Options"] = "nosniff"
            response.headers["Referrer-Policy"] = "no-referrer"
        return response

    async def _index(self, request: web.Request) -> web.Response:
        size = request.query.get("fontsize", "")
        page = self._page.render(
            title=self._run.name,
            socket=f"{'wss' if request.secure else 'ws'}://{request.host}/ws",
            size=min(max(int(size), 6), 60) if size.isascii() and size.isdecimal() and len(size) < 4 else _SIZE,
        )
        return web.Response(text=page, content_type="text/html")

    async def _watch(self, request: web.Request) -> web.WebSocketResponse:
        if len(self._sockets) >= MOST:
            raise web.HTTPServiceUnavailable(text=f"{MOST} browsers are connected already.")
        browser = web.WebSocketResponse(heartbeat=15, max_msg_size=1 << 16)
        self._sockets.add(browser)
        try:
            await browser.prepare(request)
            viewing = ViewerProcess(
                self._command,
                write_bytes=browser.send_bytes,
                write_str=browser.send_str,
                close=_closer(browser),
                downloads=self._downloads,
            )
            try:
                await viewing.start(_number(request, "width", 80), _number(request, "height", 24))
                await _listen(browser, viewing)
            finally:
                await viewing.stop()
        finally:
            self._sockets.discard(browser)
        return browser

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """Send a screenshot; its key was chosen randomly by the viewer that made it."""
        key = request.match_info["key"]
        try:
            about = await self._downloads.get_download_metadata(key)
        except KeyError:
            raise web.HTTPNotFound(text="Unknown download.") from None
        response = web.StreamResponse()
        response.content_type = about.mime_type
        response.headers["Content-Disposition"] = f'attachment; filename="{Path(about.file_name).name}"'
        await response.prepare(request)
        async for chunk in self._downloads.download(key):
            await response.write(chunk)
        await response.write_eof()
        return response

    async def _end(self, application: web.Application) -> None:
        await asyncio.gather(*(browser.close() for browser in list(self._sockets)), return_exceptions=True)


def _closer(browser: web.WebSocketResponse) -> Callable[[], Awaitable[None]]:
    async def close() -> None:
        await browser.close()

    return close


def _number(request: web.Request, name: str, otherwise: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else otherwise


async def _listen(browser: web.WebSocketResponse, viewing: ViewerProcess) -> None:
    """Pass on what the browser sends: keys, size and focus."""
    async for message in browser:
        if message.type is not WSMsgType.TEXT:
            continue
        try:
            kind, *rest = message.json()
            given: Any = rest[0] if rest else None
            match kind:
                case "stdin":
                    await viewing.send_bytes(str(given).encode())
                case "resize":
                    await viewing.set_terminal_size(given["width"], given["height"])
                case "ping":
                    await browser.send_json(["pong", given])
                case "blur":
                    await viewing.blur()
                case "focus":
                    await viewing.focus()
        except (ValueError, TypeError, KeyError):
            # The page does not send this; close the connection.
            await browser.close()
            return
