"""``extensions``: what installed packages bring, and what is wrong with it."""

from __future__ import annotations

from dataclasses import asdict

import typer

from ...core.errors import printable
from ...core.exit_codes import FAILED
from ...core.plugin_registry import EXTENSION_API
from ...services.installed_extensions import installed_extensions
from ..command_options import Json
from ..command_registry import command
from ..console_output import as_json, narrate


@command("Manage runs")
def extensions(json: Json = False) -> None:
    """List masks, blenders, networks and data sources of installed packages; exit code 1 if one cannot be used."""
    found = installed_extensions()
    if json:
        print(as_json({"api": EXTENSION_API, "extensions": [asdict(one) for one in found]}))
    else:
        if not found:
            narrate("no installed package brings an extension")
        for one in found:
            package = printable(f"{one.package} {one.version}".strip() or "?")
            state = f"cannot be used: {printable(one.problem, 400)}" if one.problem else "works"
            print(f"--{one.kind:<8} {printable(one.name):<16} {package:<24} {printable(one.target):<36} {state}")
    if any(one.problem for one in found):
        raise typer.Exit(FAILED)
