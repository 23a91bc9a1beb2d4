"""Parses the filter language, in which a user says which trials to show.

Grammar, loosest binding first; conditions side by side must all hold::

    filter     = [ choice ]
    choice     = all { "or" all }
    all        = term { [ "and" ] term }
    term       = ( "!" | "not" ) term | "(" choice ")" | comparison | text
    comparison = field operator value
    operator   = "<" | "<=" | ">" | ">=" | "=" | "!=" | ":"

``field`` is one of ``NUMBERS``, or, with ``:``, ``=`` and ``!=`` only, one of ``CHOICES`` or ``name``; the tables are
in :mod:`~xsample_tui.tui.view_models.filter_language`.
``value`` is a number (``0.98``, ``98%``, ``-3``, ``1e-3``) or a word. A ``text``
that is one of ``WORDS`` selects that state; any other text is part of a name, and so is everything in ``"double
quotes"``. ``=`` compares as many digits as are typed: ``acc=0.99`` holds for 0.9917. No comparison holds while there
is no value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from ...core.errors import InputError
from ...core.near_words import did_you_mean
from .filter_language import (
    CHOICES,
    EVERYTHING,
    NUMBERS,
    SHARES,
    WORDS,
    Both,
    Compare,
    Either,
    Filter,
    Is,
    NameMatches,
    Not,
)

EXAMPLES: Final[tuple[tuple[str, str], ...]] = (
    ("acc>0.98 row<5", "both must hold; operators < <= > >= = !=; acc and ink also as 98%"),
    ("acc=0.99", "compares the typed digits: 0.9917 matches too"),
    ("state:done", f"one of {', '.join(CHOICES['state'])}; the word alone (done) also works"),
    ("kind:keep", f"{', '.join(CHOICES['kind'])}"),
    ("verdict:better", f"{', '.join(CHOICES['verdict'])}; better, worse and noise also work alone"),
    ("marked", "marked trials"),
    ('r09  "a b"', "part of a name, also name:r09; use quotes for any text"),
    ("!failed", "not; also written: not failed"),
    ("done or (row:3 !r0)", "one or the other; conditions side by side bind tighter"),
    *((name, words) for name, words in NUMBERS.items()),
)
_ALIASES: Final = {"val_acc": "acc", "val_loss": "loss", "column": "col", "epochs": "epoch", "status": "state"}
_FIELDS: Final = (*NUMBERS, *CHOICES, "name")
_EXAMPLES: Final = {"state": "state:done", "kind": "kind:keep", "verdict": "verdict:better", "name": "name:r09"}
LIMIT: Final = 400
_DEEPEST: Final = 40
_NUMBER = re.compile(r"[+-]?(\d{1,12}(\.\d{0,12})?|\.\d{1,12})(e[+-]?\d{1,2})?%?", re.IGNORECASE)
_TOKEN = re.compile(
    r'(?P<space>\s+)|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<operator><=|>=|!=|==|[<>=:])|(?P<sign>[()!])|(?P<open>")'
    r'|(?P<word>[^\s()!<>=:"]+)'
)


class FilterError(InputError):
    """A filter with a mistake.

    Args:
        text: the filter.
        start: index of the first wrong character; the text's length if something is missing at its end.
        length: the number of wrong characters.
        problem: the mistake and what to write instead, in one line.
    """

    def __init__(self, text: str, start: int, length: int, problem: str) -> None:
        self.start = start
        self.length = length
        self.problem = problem
        super().__init__("filter", text, self.line)

    @property
    def line(self) -> str:
        """The position of the mistake, and the remedy."""
        return f"column {self.start + 1}: {self.problem}"


def parse(text: str) -> Filter:
    """Parse a filter; blank text gives ``EVERYTHING``.

    >>> str(parse("acc>0.98 !failed"))
    'acc>0.98 !state:failed'

    Raises:
        FilterError: it has a mistake.
    """
    return _Parser(text).read()


def becoming(text: str) -> tuple[str, ...]:
    """Return the fields and words that the last, still incomplete word of a text may become.

    >>> becoming("done ro"), becoming("done row<5"), becoming("done")
    (('row',), (), ())
    """
    found = re.search(r'(?:^|[\s(!])([^\s()!<>=:"]+)$', text)
    if found is None or text.count('"') % 2:
        return ()
    word = found[1].lower()
    return () if word in WORDS else tuple(name for name in (*_FIELDS, *WORDS) if name.startswith(word))


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    start: int

    def is_word(self, *words: str) -> bool:
        return self.kind == "word" and self.text.lower() in words


class _Parser:
    """Parses one filter by recursive descent."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._split()
        self._at = 0
        self._depth = 0

    def _split(self) -> list[_Token]:
        text = self._text
        if len(text) > LIMIT:
            raise FilterError(text, LIMIT, len(text) - LIMIT, f"a filter has at most {LIMIT} characters; shorten it")
        tokens, at = [], 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            assert found is not None, "the kinds of tokens cover every character"
            assert found.lastgroup is not None
            tokens.append(_Token(found.lastgroup, found.group(), at))
            at = found.end()
        if opened := next((token for token in tokens if token.kind == "open"), None):
            raise FilterError(text, opened.start, 1, 'this quote is not closed; add " after the text')
        return [token for token in tokens if token.kind != "space"]

    # -- tokens --------------------------------------------------------------------------------------------------

    @property
    def _next(self) -> _Token:
        """The next token; one of kind ``end`` after the last."""
        return self._tokens[self._at] if self._at < len(self._tokens) else _Token("end", "", len(self._text))

    def _take(self) -> _Token:
        token = self._next
        self._at += 1
        return token

    def _fail(self, token: _Token, problem: str) -> FilterError:
        return FilterError(self._text, token.start, len(token.text), problem)

    # -- rules ---------------------------------------------------------------------------------------------------

    def read(self) -> Filter:
        if self._next.kind == "end":
            return EVERYTHING
        found = self._choice()
        if self._next.kind != "end":
            # Nothing else ends a choice.
            raise self._fail(self._next, "this bracket closes nothing; remove it, or add ( before it")
        return found

    def _choice(self) -> Filter:
        parts = [self._all()]
        while self._next.is_word("or"):
            self._take()
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _all(self) -> Filter:
        parts = [self._term()]
        while not (self._next.kind == "end" or self._next.text == ")" or self._next.is_word("or")):
            if self._next.is_word("and"):
                self._take()
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else Both(tuple(parts))

    def _term(self) -> Filter:
        token = self._take()
        if token.kind == "end":
            before = self._tokens[-1]
            raise self._fail(token, f"something is missing after {before.text}; add a condition such as done")
        if token.is_word("or", "and"):
            raise self._fail(token, f"a condition is missing before {token.text}; write done {token.text} paused")
        if token.text == "!" or token.is_word("not"):
            self._deeper(token)
            part = self._term()
            self._depth -= 1
            return Not(part)
        if token.text == "(" and token.kind == "sign":
            self._deeper(token)
            part = self._choice()
            self._depth -= 1
            if self._next.text != ")":
                raise self._fail(token, "this bracket is not closed; add )")
            self._take()
            return part
        if token.text == ")" and token.kind == "sign":
            raise self._fail(token, "a condition is missing before this bracket; add one such as done")
        if token.kind == "operator":
            raise self._fail(token, f"a field is missing before {token.text}; write acc>0.98")
        if token.kind == "word" and self._next.kind == "operator":
            return self._comparison(token)
        if token.kind == "word" and token.text.lower() in WORDS:
            return Is(*WORDS[token.text.lower()])
        return NameMatches(_content(token))

    def _deeper(self, token: _Token) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._fail(token, f"more than {_DEEPEST} nested brackets and !; remove some")

    def _comparison(self, field: _Token) -> Filter:
        name = _ALIASES.get(field.text.lower(), field.text.lower())
        if name not in _FIELDS:
            raise self._fail(field, f"unknown field {field.text}; {_suggestion(name, _FIELDS, 'fields')}")
        operator = self._take()
        example = _EXAMPLES.get(name, f"{name}>0.98" if name in SHARES else f"{name}<5")
        value = self._take()
        if value.kind not in ("word", "quoted"):
            raise self._fail(value, f"a value is missing after {name}{operator.text}; write {example}")
        sign = {":": "=", "==": "="}.get(operator.text, operator.text)
        if name in NUMBERS:
            return self._number(name, sign, value, example)
        if sign not in ("=", "!="):
            raise self._fail(operator, f"{name} allows only : = and !=; write {example}")
        found: Filter
        if name == "name":
            found = NameMatches(_content(value))
        else:
            choice = _content(value).lower()
            if choice not in CHOICES[name]:
                hint = _suggestion(choice, CHOICES[name], f"{name}s")
                raise self._fail(value, f"unknown {name} {_content(value)}; {hint}")
            found = Is(name, choice)
        return Not(found) if sign == "!=" else found

    def _number(self, name: str, sign: str, value: _Token, example: str) -> Filter:
        # The minus sign of the table is accepted like the hyphen of the keyboard.
        written = value.text.replace("−", "-").replace("–", "-")
        if not (value.kind == "word" and _NUMBER.fullmatch(written)):
            raise self._fail(value, f"{value.text} is not a number; write {example}")
        if written.endswith("%") and name not in SHARES:
            raise self._fail(value, f"{name} is not a share; write {name}{sign}{written[:-1]}")
        return Compare(name, sign, written)  # type: ignore[arg-type]


def _content(token: _Token) -> str:
    return re.sub(r"\\(.)", r"\1", token.text[1:-1]) if token.kind == "quoted" else token.text


def _suggestion(word: str, known: tuple[str, ...], what: str) -> str:
    return "".join(did_you_mean(word, known)) or f"{what}: {', '.join(known)}"
