"""The page: one HTML file that holds everything, asks the network for nothing and runs no script."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from importlib import resources

from jinja2 import Environment, StrictUndefined

from .. import __version__
from ..stacking.export import UNSOUND
from . import words
from .figure.picture import Picture
from .findings import Findings
from .glossary import GLOSSARY
from .table import tables, when


@dataclass(frozen=True)
class Figure:
    """A picture, drawn.

    Attributes:
        picture: what it is.
        light, dark: it as SVG.
    """

    picture: Picture
    light: bytes
    dark: bytes


def page(found: Findings, figures: list[Figure], now: float) -> bytes:
    """Return the page.

    Args:
        found: what it says.
        figures: its figures, in their order.
        now: Unix time in seconds, to be named as when it was written.
    """
    source = resources.files(__package__).joinpath("page.html").read_text("utf-8")
    # Names of runs, sources and marks come from outside: everything is escaped.
    template = Environment(autoescape=True, undefined=StrictUndefined).from_string(source)
    verdict, verdict_words = words.verdict(found)
    state = words.state(found)
    article = f"{UNSOUND[0].upper()}{UNSOUND[1:]}." if found.article else None
    text = template.render(
        version=__version__,
        name=found.run.name,
        source=words.source(found),
        preset=found.run.spec.preset,
        written=when(now),
        warnings=[line for line in (article, state) if line],
        verdict=verdict,
        verdict_words=verdict_words,
        asked=words.asked(found),
        found=words.findings(found),
        unresolved=words.unresolved(found),
        figures=[_figure(figure) for figure in figures],
        tables=tables(found),
        glossary=GLOSSARY,
    )
    return text.encode()


def _figure(figure: Figure) -> dict[str, str]:
    picture = figure.picture
    return {
        "stem": picture.stem,
        "title": picture.title,
        "caption": picture.caption,
        "alt": picture.alt,
        "light": _inline(figure.light),
        "dark": _inline(figure.dark),
    }


def _inline(svg: bytes) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"
