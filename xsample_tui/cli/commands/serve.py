"""The command ``serve``: shows a run in web browsers, read-only."""

from __future__ import annotations

import contextlib
from importlib.util import find_spec
from typing import Annotated

import typer

from ...core.errors import InputError
from ...store.run.run_folder import RunFolder
from ..command_options import RUNS, RunName, RunsDir
from ..command_registry import command
from ..console_output import narrate


@command("Monitor and control")
def serve(
    name: RunName,
    host: Annotated[
        str,
        typer.Option(
            "--host", help="Address to listen on. On any but a loopback address, everyone who reaches it can watch."
        ),
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port to listen on; 0 for any.", min=0, max=65535)] = 8000,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Show a run in web browsers, read-only."""
    if find_spec("textual_serve") is None:
        raise InputError("serve", "textual-serve", "is not installed; pip install 'xsample-tui[serve]'")
    from ...web.web_server import WebServer, listen, loopback

    run = RunFolder.open(runs_dir, name)
    listener = listen(host, port)
    local = loopback(host)
    at = listener.getsockname()
    if not local:
        narrate(
            f"warning: anyone who reaches {host} port {at[1]} can watch this run: no password, no encryption; safer: "
            "127.0.0.1 and `ssh -L` from your computer"
        )
    shown = f"[{host}]" if ":" in host else host
    server = WebServer(run, listener, local=local)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve(lambda: narrate(f"run {run.name} can be watched at http://{shown}:{at[1]}/ (Ctrl-C ends)"))
