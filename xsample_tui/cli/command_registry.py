"""Turns the functions of the folder ``commands`` into subcommands, and finds them without importing the others.

To add a command, write a function under ``@command("section")`` in any module of the folder ``commands``; nothing
else names it. The list of commands is read from the modules' text, because importing all of them takes half a
second. The text must be as ``ruff format`` leaves it: the decorator, the ``def``, the docstring, whose first line is
the help.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import Any, Literal, TypeVar, get_args

import typer
from typer.core import TyperCommand, TyperGroup

Section = Literal["Train", "Monitor and control", "Evaluate and ensemble", "Manage runs"]
SECTIONS: tuple[Section, ...] = get_args(Section)
_PACKAGE = f"{__package__}.commands"
Function = TypeVar("Function", bound=Callable[..., None])
_WITH_DASHES: set[Callable[..., None]] = set()

# What other programs call it, where no letter would say so.
OTHER_WORDS = {
    "cat": "status",
    "continue": "resume",
    "halt": "stop",
    "help": "--help",
    "kill": "stop",
    "list": "status",
    "ls": "status",
    "new": "run",
    "open": "attach",
    "ps": "status",
    "remove": "delete",
    "rm": "delete",
    "show": "status",
    "start": "run",
    "sweep": "run",
    "train": "run",
    "version": "--version",
    "watch": "attach",
    "web": "serve",
}

_COMMAND = re.compile(
    r'^@command\("(?P<section>[^"]+)"\)\ndef (?P<function>\w+)\(.*?\) -> None:\n    """(?P<line>[^\n]*?)(?:"""|\n)',
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Command:
    """A subcommand, before its module is imported.

    Attributes:
        name: as it is entered.
        section: the heading of ``--help`` that it stands under.
        line: its help in one line.
        module, function: where it is.
    """

    name: str
    section: str
    line: str
    module: str
    function: str

    def load(self) -> Any:
        """Import the module and return the command as Typer runs it."""
        alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        function = getattr(import_module(self.module), self.function)
        settings = {"ignore_unknown_options": True} if function in _WITH_DASHES else {}
        alone.command(self.name, context_settings=settings)(function)
        return typer.main.get_command(alone)


def command(section: Section) -> Callable[[Function], Function]:
    """Mark a function as a subcommand of its own name, ``-`` for ``_``.

    Args:
        section: the heading of ``--help`` that it stands under.
    """
    if section not in SECTIONS:
        raise ValueError(f"no section {section!r}; choose one of {', '.join(SECTIONS)}")
    return lambda function: function


def takes_dashes(function: Function) -> Function:
    """Let a subcommand's arguments begin with ``-``: what is no option of its own is an argument."""
    _WITH_DASHES.add(function)
    return function


@cache
def commands() -> dict[str, Command]:
    """Return every command by name: section by section, in the order of their modules and their places there."""
    found = [
        Command(
            name=match["function"].replace("_", "-"),
            section=match["section"],
            line=match["line"],
            module=f"{_PACKAGE}.{module.name.removesuffix('.py')}",
            function=match["function"],
        )
        for module in sorted(files(_PACKAGE).iterdir(), key=lambda path: path.name)
        if module.name.endswith(".py")
        for match in _COMMAND.finditer(module.read_text(encoding="utf-8"))
    ]
    return {one.name: one for section in SECTIONS for one in found if one.section == section}


class PastTyper(Exception):
    """Carries an error past Typer, which would end the program by it without a word.

    Args:
        error: a pipe that nobody reads, for which Typer has exit code 1 whichever pipe it is, or Ctrl-C.
    """

    def __init__(self, error: BrokenPipeError | KeyboardInterrupt) -> None:
        super().__init__()
        self.error = error


@contextlib.contextmanager
def _past_typer() -> Iterator[None]:
    try:
        yield
    except (BrokenPipeError, KeyboardInterrupt) as error:
        raise PastTyper(error) from error


class CommandGroup(TyperGroup):
    """The subcommands: name and help, which is what lists and completion need, until one is called."""

    def make_context(self, *arguments: Any, **settings: Any) -> Any:
        """Read the arguments; ``--help`` prints here.

        Raises:
            PastTyper: nobody reads the output, or Ctrl-C.
        """
        with _past_typer():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: Any) -> Any:
        """Run the command.

        Raises:
            PastTyper: a pipe broke, or Ctrl-C.
        """
        with _past_typer():
            return super().invoke(ctx)

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {
            name: TyperCommand(name=name, help=found.line, rich_markup_mode=None)
            for name, found in commands().items()
        }

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is called, loaded."""
        if args and args[0] not in self.commands and args[0] in OTHER_WORDS:
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{OTHER_WORDS[args[0]]}'?")
        name, found, rest = super().resolve_command(ctx, args)
        return name, commands()[name].load() if name else found, rest

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands under their sections."""
        wide = max(len(name) for name in commands())
        for section in SECTIONS:
            within = [one for one in commands().values() if one.section == section]
            if within:
                with formatter.section(section):
                    formatter.write_dl([(f"{one.name:<{wide}}", one.line) for one in within])
