"""Reads and checks the user's key bindings, ``keys.toml``, and lists all keys in that format.

The name of an action is the ``id`` of its bindings, ``group.action``, written where the key is declared: rewording a
label changes no name. Actions that share a key share a name, since they can only be moved together.

The file is ``keys.toml`` in the user's configuration folder, or the one that ``XSAMPLE_TUI_KEYS`` names; an empty
``XSAMPLE_TUI_KEYS`` means no file. It has one table per screen or panel and one line per action, as
``xsample-tui keys`` prints them::

    [sweep]
    stop = "S"
    filter = ["/", "f3"]

A file that cannot be read, or that gives one key to two actions of a screen, is ignored: the default keys are used,
and a message says why.
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from textual.binding import Binding, BindingType
from textual.keys import KEY_DISPLAY_ALIASES, KEY_NAME_REPLACEMENTS, Keys, key_to_character

from ...core.errors import InputError, printable
from ...core.near_words import did_you_mean
from ...store.files.user_settings import expanded, settings_folder

VARIABLE: Final = "XSAMPLE_TUI_KEYS"
# Reserved by terminal multiplexers: screen and tmux.
TAKEN: Final = ("ctrl+a", "ctrl+b")
Keymap = dict[str, str]
Scope = Mapping[str, Iterable[BindingType]]
_AS_USUAL: Final = "the default keys are used"
_MODIFIERS: Final = frozenset({"ctrl", "shift", "alt", "super", "meta", "hyper"})
_NAMES: Final = frozenset(
    {key.value for key in Keys} | set(KEY_DISPLAY_ALIASES) | set(KEY_NAME_REPLACEMENTS.values())
)
_SIGNS: Final = {"escape": "esc", "up": "↑", "down": "↓", "left": "←", "right": "→", "space": "space",
                 "pageup": "page up", "pagedown": "page down", "slash": "/", "backslash": "\\", "at": "@",
                 "minus": "-", "plus": "+", "underscore": "_"}  # fmt: skip


def shown(key: str) -> str:
    """Return a key as it is shown on the screen."""
    *modifiers, last = key.split("+") if key != "+" else ["+"]
    sign = _SIGNS.get(last) or key_to_character(last) or last
    return "+".join([*modifiers, sign if sign.isprintable() else last])


def explanation(binding: Binding) -> str:
    """Return what a key does: its tooltip, else its label in lower case."""
    return binding.tooltip or binding.description[:1].lower() + binding.description[1:]


def moved(bindings: Iterable[BindingType], keymap: Mapping[str, str]) -> list[Binding]:
    """Return bindings, one per key, with the keys that a keymap gives them."""
    found: list[Binding] = []
    for binding in Binding.make_bindings(bindings):
        for key in keymap.get(binding.id or "", binding.key).split(","):
            here = dataclasses.replace(binding, key=key)
            if here not in found:
                found.append(here)
    return found


def key_of(bindings: Iterable[BindingType], action: str, keymap: Mapping[str, str]) -> str:
    """Return the first key of an action as it is shown on the screen; empty if it has none."""
    return next((shown(binding.key) for binding in moved(bindings, keymap) if binding.action == action), "")


def file() -> Path | None:
    """Return the path of the user's file, whether it exists or not; None for no file.

    There is none where ``XSAMPLE_TUI_KEYS`` is empty, and where the user has no folder for settings.

    Raises:
        InputError: the environment names an unknown home folder.
    """
    given = os.environ.get(VARIABLE)
    if given is not None:
        return expanded(VARIABLE, given) if given else None
    folder = settings_folder()
    return None if folder is None else folder / "keys.toml"


def load() -> dict[str, Any]:
    """Return the tables of the user's file; empty if there is no file.

    Raises:
        InputError: it cannot be read.
    """
    path = file()
    if path is None or (VARIABLE not in os.environ and not os.path.exists(path)):
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("keys", path, f"cannot be read: {error}; {_AS_USUAL}") from error
    except tomllib.TOMLDecodeError as error:
        raise InputError("keys", path, f"is not valid TOML: {error}; {_AS_USUAL}") from error


def check(tables: dict[str, Any], scopes: Iterable[Scope]) -> Keymap:
    """Return the keys that a file's tables give: by the action's name, separated by commas.

    Args:
        tables: the file's tables.
        scopes: the bindings that are active together, by the screen or panel that they belong to.

    Raises:
        InputError: an action or key is unknown, or two actions that are active together have the same key.
    """
    try:
        return _checked(tables, list(scopes))
    except InputError as error:
        remedy = f"{error.field} = {printable(error.value, 40)}: {error.remedy}; {_AS_USUAL}"
        raise InputError("keys", file(), remedy) from error


def _checked(tables: dict[str, Any], scopes: list[Scope]) -> Keymap:
    every = (
        binding for scope in scopes for bindings in scope.values() for binding in Binding.make_bindings(bindings)
    )
    defaults = {binding.id for binding in every if binding.id}
    keymap: Keymap = {}
    for group, entries in tables.items():
        if not isinstance(entries, dict):
            raise InputError(group, entries, "belongs under a heading such as [sweep]")
        for action, keys in entries.items():
            name = f"{group}.{action}"
            if name not in defaults:
                hint = "".join(did_you_mean(name, defaults)) or "`xsample-tui keys` lists them"
                raise InputError(name, keys, f"unknown action; {hint}")
            listed = keys if isinstance(keys, list) else [keys]
            if not listed:
                raise InputError(name, keys, "give at least one key")
            keymap[name] = ",".join(_key(name, key) for key in listed)
    for scope in scopes:
        _check_clashes(scope, keymap)
    return keymap


def _key(name: str, key: object) -> str:
    """Return a key by its name in Textual."""
    if not isinstance(key, str) or not key:
        raise InputError(name, key, 'write a key as "x", "f3" or "ctrl+x"')
    if len(key) == 1:
        if key.isalnum():
            return key
        long = unicodedata.name(key, key).lower().replace("-", "_").replace(" ", "_")
        return KEY_NAME_REPLACEMENTS.get(long, long)
    *modifiers, last = key.split("+")
    if not set(modifiers) <= _MODIFIERS or not (last in _NAMES or last in _SIGNS or key_to_character(last)):
        raise InputError(name, key, 'unknown key; write it as "x", "f3", "ctrl+x" or "pageup"')
    return key


def _check_clashes(scope: Scope, keymap: Keymap) -> None:
    """Refuse a key that two actions have, unless they share it by default: a panel's key takes precedence."""
    usual = {(binding.id, binding.key) for bindings in scope.values() for binding in Binding.make_bindings(bindings)}
    holders: dict[str, str | None] = {}
    for bindings in scope.values():
        for binding in moved(bindings, keymap):
            name, key = binding.id, binding.key
            other = holders.setdefault(key, name)
            if other != name and not {(name, key), (other, key)} <= usual:
                ours, theirs = (name, other) if (name, key) not in usual else (other, name)
                raise InputError(str(ours), shown(key), f"{theirs} already uses this key; choose another")


def listing(scopes: Iterable[Scope]) -> str:
    """Return all actions with their default keys in the format of ``keys.toml``."""
    groups: dict[str, dict[str, tuple[list[str], str]]] = {}
    for scope in scopes:
        for bindings in scope.values():
            for binding in Binding.make_bindings(bindings):
                if binding.id:
                    group, _, action = binding.id.partition(".")
                    keys, words = groups.setdefault(group, {}).setdefault(action, ([], ""))
                    said = explanation(binding)
                    if binding.key not in keys:
                        keys.append(binding.key)
                    both = f"{words}; {said}" if words and said not in words else words or said
                    groups[group][action] = (keys, both)
    lines = []
    for group, actions in groups.items():
        lines += [f"[{group}]"]
        for action, (keys, words) in actions.items():
            written = ", ".join(f'"{key}"' for key in keys)
            lines.append(f"{action} = {f'[{written}]' if len(keys) > 1 else written}  # {words}")
        lines.append("")
    return "\n".join(lines)
