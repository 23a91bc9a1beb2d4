"""Writes a sweep's spec as TOML, and reads one: of a whole spec, or of what differs from its preset."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from ..errors import ArgumentError, InputError, printable
from .sweep_spec import SweepSpec

_MOST_BYTES = 1 << 20
# Its value follows from the program that reads the file.
_VERSION = "version"


def spec_toml(spec: SweepSpec) -> str:
    """Return a spec as TOML, every field that has a value, tables last; :func:`read_spec` gives the same values."""
    lines: list[str] = []
    tables: list[str] = []
    for name in SweepSpec.model_fields:
        value = getattr(spec, name)
        if isinstance(value, BaseModel):
            tables += ["", f"[{name}]", *(f"{key} = {_toml(one)}" for key, one in value if one is not None)]
        elif value is not None:
            lines.append(f"{name} = {_toml(value)}")
    return "\n".join([*lines, *tables]) + "\n"


def read_spec(path: Path, argument: str) -> dict[str, Any]:
    """Return the values that a TOML file gives, tables as dicts; each is in its range.

    Args:
        path: the file.
        argument: what gave it, for errors.

    Raises:
        InputError: it cannot be read, is no TOML, or has a field that there is not, or a value out of range.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ArgumentError(argument, path, "is larger than a spec can be (1 MB); name another file")
        text = path.read_bytes().decode()
    except OSError as error:
        raise ArgumentError(argument, path, f"cannot be read: {error.strerror}; name another file") from error
    except UnicodeDecodeError as error:
        raise ArgumentError(argument, path, "is no text in UTF-8; name a TOML file") from error
    return spec_values(text, path.name)


def spec_values(text: str, name: str) -> dict[str, Any]:
    """Return the values that TOML gives, as :func:`read_spec`.

    Args:
        text: the TOML.
        name: what errors call it.

    Raises:
        InputError: as :func:`read_spec`.
    """
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise InputError(name, "not TOML", f"{printable(error, 200)}; write NAME = VALUE, text in quotes") from error
    _check_names(values, SweepSpec, name, "")
    try:
        SweepSpec.model_validate({"name": "x"} | values)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "spec"
        why = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
        raise InputError(name, f"{where} = {first['input']}" if first["loc"] else where, why) from error
    return {field: value for field, value in values.items() if field != _VERSION}


def _check_names(values: Mapping[str, Any], model: type[BaseModel], name: str, table: str) -> None:
    """Refuse fields that there are not, and tables that are no tables."""
    for field, value in values.items():
        if field not in model.model_fields:
            raise InputError(name, f"{table}{field}", f"no such field; choose from {', '.join(model.model_fields)}")
        kind = model.model_fields[field].annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            if not isinstance(value, dict):
                raise InputError(name, field, f"is a table; write its fields under [{field}]")
            _check_names(value, kind, name, f"{field}.")


def _toml(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case str():
            # JSON's strings are TOML's, but for one character that JSON lets stand.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case tuple():
            return f"[{', '.join(_toml(one) for one in value)}]"
    raise TypeError(f"no TOML for {type(value).__name__}")
