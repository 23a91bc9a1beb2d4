"""Builds the report's HTML page: one file, without scripts or network access."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from importlib import resources

from jinja2 import Environment, StrictUndefined

from .. import __version__
from ..stacking.blending.prediction_export import UNSOUND
from . import report_text
from .figure.report_figure import ReportFigure
from .report_findings import Findings
from .report_glossary import GLOSSARY
from .report_tables import tables, when


@dataclass(frozen=True)
class Figure:
    """An image, drawn.

    Attributes:
        drawing: what it is.
        light, dark: it as SVG.
    """

    drawing: ReportFigure
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
    verdict, verdict_words = report_text.verdict(found)
    state = report_text.state(found)
    article = f"{UNSOUND[0].upper()}{UNSOUND[1:]}." if found.article else None
    text = template.render(
        version=__version__,
        name=found.run.name,
        source=report_text.source(found),
        preset=found.run.spec.preset,
        written=when(now),
        tags=", ".join(found.summary.notes.tags),
        note=found.summary.notes.note,
        warnings=[line for line in (article, state) if line],
        verdict=verdict,
        verdict_words=verdict_words,
        asked=report_text.asked(found),
        found=report_text.findings(found),
        unresolved=report_text.unresolved(found),
        figures=[_figure(figure) for figure in figures],
        tables=tables(found),
        glossary=GLOSSARY,
    )
    return text.encode("utf-8", "backslashreplace")


def _figure(figure: Figure) -> dict[str, str]:
    drawing = figure.drawing
    return {
        "stem": drawing.stem,
        "title": drawing.title,
        "caption": drawing.caption,
        "alt": drawing.alt,
        "light": _inline(figure.light),
        "dark": _inline(figure.dark),
    }


def _inline(svg: bytes) -> str:
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"
