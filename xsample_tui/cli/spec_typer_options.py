"""Makes the options that fields of a spec are given by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer

from ..core.errors import XSampleError, printable
from ..core.exit_codes import BAD_INPUT
from ..core.halving.rungs import SEARCHES


class UnreadOption(XSampleError):
    """An option's text that is no number. No :class:`ValueError`, which Typer would reword."""

    exit_code = BAD_INPUT


def text_option(name: str, text: str, metavar: str | None = None) -> Any:
    """Return an option that takes text."""
    return typer.Option(name, help=text, metavar=metavar, show_default=False)


def number_option(name: str, text: str, kind: Callable[[str], float] = int) -> Any:
    """Return an option that takes a number; what is none is said in one line.

    Args:
        name, text: of the option, and what it does.
        kind: ``int`` or ``float``.
    """

    def parse(given: str) -> float:
        try:
            return kind(given)
        except ValueError:
            what = "whole number" if kind is int else "number"
            raise UnreadOption(f"{name}: {printable(given)}: write a {what}") from None

    return typer.Option(name, help=text, metavar="N", parser=parse, show_default=False)


SearchOption = Annotated[
    str | None,
    text_option(
        "--search",
        "all trains every window to its end; halving trains on only those that lead at each rung, by their loss on "
        "early-stopping images, and parks the others; refine has their neighbours at half the stride join them, too.",
        metavar="|".join(SEARCHES),
    ),
]
HalvingFactor = Annotated[
    int | None,
    number_option("--halving-factor", "With rungs: one window of so many goes on at each rung."),
]
