"""A hook of mkdocs: writes the reference from the code, so that it cannot say anything else.

The commands' page comes from Typer; the modules' pages name every module of a layer, whose docstrings mkdocstrings
reads without importing it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "xsample_tui"
# Their reference is the commands' page and the interface's own help.
_LEFT_OUT = ("cli", "tui", "web")


def layers() -> list[str]:
    """Return what has a page, in alphabetical order: the package's folders, and modules that lie beside them."""
    folders = [path.parent.name for path in PACKAGE.glob("*/__init__.py")]
    beside = [path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("_")]
    return [name for name in sorted(folders + beside) if name not in _LEFT_OUT]


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Complete the navigation: a page for each layer, and whatever lies in ``docs/`` and is not named yet."""
    sections: dict[str, Any] = {title: entry for part in config.nav or [] for title, entry in part.items()}
    sections["Reference"] += [{layer: f"reference/{layer}.md"} for layer in layers()]
    named = str(config.nav)
    pages = sorted(path.name for path in Path(config.docs_dir).glob("*.md"))
    sections["Operation"] += [page for page in pages if f"'{page}'" not in named]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the reference's pages to those that lie in the folder."""
    pages = {"commands": commands()} | {layer: modules(layer) for layer in layers()}
    for name, text in pages.items():
        files.append(File.generated(config, f"reference/{name}.md", content=text))
    return files


def modules(layer: str) -> str:
    """Return a layer's page: each of its modules, by name."""
    paths = sorted((PACKAGE / layer).rglob("*.py")) or [PACKAGE / f"{layer}.py"]
    found = [path.relative_to(ROOT).with_suffix("") for path in paths]
    names = [".".join(path.parts) for path in found if path.name != "__init__"]
    # A folder may hold nothing but what its own name stands for.
    names = names or [f"{PACKAGE.name}.{layer}"]
    return f"# xsample_tui.{layer}\n\n" + "".join(f"::: {name}\n\n" for name in names)


def commands() -> str:
    """Return the commands' page: what each does, its arguments and options, with what they are by default."""
    # mkdocs loads this file by its path; the package lies beside it.
    sys.path.insert(0, str(ROOT))
    import typer

    from xsample_tui.cli.command_registry import commands as known
    from xsample_tui.cli.main_command import app

    group: Any = typer.main.get_command(app)
    parts = [f"# Commands\n\n{group.help}\n\n{group.epilog}\n\nWithout a command the start screen opens.\n"]
    parts.append(_options(group))
    for name, one in known().items():
        command = one.load()
        parts.append(f"\n## {name}\n\n{_cell(command.help)}\n\n```text\n{_usage(name, command)}\n```\n")
        parts.append(_options(command))
    return "".join(parts)


def _usage(name: str, command: Any) -> str:
    given = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    words = [str(one.metavar or one.name).upper() for one in given]
    shown = [word if one.required else f"[{word}]" for one, word in zip(given, words, strict=True)]
    return " ".join(["xsample-tui", name, *shown, "[OPTIONS]"])


def _options(command: Any) -> str:
    rows = []
    for parameter in command.params:
        if parameter.param_type_name == "argument" or parameter.hidden or parameter.name == "help":
            continue
        names = ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))
        metavar = f" `{_cell(parameter.metavar)}`" if parameter.metavar else ""
        default = parameter.default
        shown = "" if default is None or default is False or callable(default) else f"`{_cell(default)}`"
        rows.append(f"| {names}{metavar} | {_cell(parameter.help)} | {shown} |\n")
    return f"\n| option | does | default |\n|---|---|---|\n{''.join(rows)}" if rows else ""


def _cell(text: object) -> str:
    return " ".join(str(text or "").split()).replace("|", "\\|")
