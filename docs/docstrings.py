"""An extension of griffe that brings this project's docstrings into the form that the reference is made from."""

from __future__ import annotations

import re
from typing import Any

import griffe

_EXAMPLE = re.compile(r"^( *)>>> .*(?:\n(?! *$).*)*", re.MULTILINE)
_SEVERAL = re.compile(r"^( +)(\w+(?:, \w+)+): (.*(?:\n\1 +.*)*)", re.MULTILINE)


class Docstrings(griffe.Extension):
    """Fences examples, since a bare ``>>>`` is a quotation in Markdown, and gives ``low, high:`` a line each."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Take in one object of the code."""
        if obj.docstring is not None:
            obj.docstring.value = _SEVERAL.sub(_each, _EXAMPLE.sub(_fenced, obj.docstring.value))


def _fenced(match: re.Match[str]) -> str:
    indent = match[1]
    return f"{indent}```pycon\n{match[0]}\n{indent}```"


def _each(match: re.Match[str]) -> str:
    return "\n".join(f"{match[1]}{name}: {match[3]}" for name in match[2].split(", "))
