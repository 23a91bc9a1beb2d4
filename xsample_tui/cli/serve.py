"""``serve``: a run in the browser, to be watched."""

from __future__ import annotations

import contextlib
from importlib.util import find_spec
from typing import Annotated

import typer

from ..core.errors import InputError
from ..store.folder import RunFolder
from .command import command
from .options import RUNS, RunName, RunsDir
from .output import narrate


@command("Watch and steer")
def serve(
    name: RunName,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; others than loopback are open to all who reach it.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on; 0 for any.", min=0, max=65535)] = 8000,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Show a run in browsers: to watch only, nothing can be steered, started or written from there."""
    if find_spec("textual_serve") is None:
        raise InputError("serve", "textual-serve", "is not installed; pip install 'xsample-tui[serve]'")
    from ..tui.browser.server import Server, listen, loopback

    run = RunFolder.open(runs_dir, name)
    listener = listen(host, port)
    local = loopback(host)
    at = listener.getsockname()
    if not local:
        narrate(
            f"warning: whoever reaches {host} port {at[1]} can watch this run: no password, no encryption; safer is "
            "127.0.0.1 and `ssh -L` from where you sit"
        )
    shown = f"[{host}]" if ":" in host else host
    server = Server(run, listener, local=local)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve(lambda: narrate(f"run {run.name} can be watched at http://{shown}:{at[1]}/ (Ctrl-C ends)"))
