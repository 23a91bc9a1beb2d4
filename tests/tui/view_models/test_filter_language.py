"""The filter language."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from xsample_tui.tui.view_models.filter_language import (
    CHOICES,
    EVERYTHING,
    NUMBERS,
    WORDS,
    Both,
    Compare,
    Either,
    Filter,
    Is,
    NameMatches,
    Not,
)
from xsample_tui.tui.view_models.filter_parser import LIMIT, FilterError, parse

TRIALS: list[dict[str, Any]] = [
    {"name": "baseline-s00", "kind": "baseline", "state": "done", "verdict": "noise", "acc": 0.9917, "loss": 0.03,
     "gain": 0.0, "epoch": 12, "row": None, "col": None, "ink": None, "errors": 83},
    {"name": "keep-r03-c10", "kind": "keep", "state": "done", "verdict": "better", "acc": 0.9804, "loss": 0.09,
     "gain": 12.0, "epoch": 12, "row": 3, "col": 10, "ink": 0.822, "errors": 71, "marked": "yes"},
    {"name": "keep-r09-c10", "kind": "keep", "state": "failed", "verdict": "unknown", "acc": None, "loss": math.nan,
     "gain": None, "epoch": 3, "row": 9, "col": 10, "ink": 0.7, "errors": None},
    {"name": "keep-r12-c00", "kind": "keep", "state": "pending", "verdict": "unknown", "acc": None, "loss": None,
     "gain": None, "epoch": 0, "row": 12, "col": 0, "ink": 0.995, "errors": None},
    {"name": "odd or (even)", "kind": "occlude", "state": "running", "verdict": "worse", "acc": 0.5, "loss": 1.5,
     "gain": -30.0, "epoch": 5, "row": 5, "col": 5, "ink": 0.1, "errors": 500},
]  # fmt: skip


def shown(text: str) -> list[int]:
    wanted = parse(text)
    return [index for index, facts in enumerate(TRIALS) if wanted.matches(facts)]


@pytest.mark.parametrize(
    ("text", "trials"),
    [
        ("", [0, 1, 2, 3, 4]),
        ("  \t ", [0, 1, 2, 3, 4]),
        ("acc>0.98", [0, 1]),
        ("acc>0.98 row<5 state:done !failed", [1]),
        ("ACC > 98%", [0, 1]),
        ("kind:keep", [1, 2, 3]),
        ("loss<0.1", [0, 1]),
        ("!loss<0.1", [2, 3, 4]),
        ("loss!=0.09", [0, 4]),
        ("gain:12", [1]),
        ("gain=-30", [4]),
        ("gain=−30", [4]),
        ("gain>=12 or gain<-5", [1, 4]),
        ("acc=0.99", [0]),
        ("acc=0.9917", [0]),
        ("acc=0.991", []),
        ("acc=99%", [0]),
        ("ink>=82.2%", [1, 3]),
        ("epoch=12 and not better", [0]),
        ("row=3 or row=9 col:10", [1, 2]),
        ("(row=3 or row=12) col:10", [1]),
        ("!(done or failed)", [3, 4]),
        ("!!done", [0, 1]),
        ("done OR Failed", [0, 1, 2]),
        ("r09", [2]),
        ("R09", [2]),
        ("c10 r03", [1]),
        ('"odd or (even)"', [4]),
        ('"done"', []),
        ("name:keep", [1, 2, 3]),
        ('name:"or ("', [4]),
        ("name!=keep", [0, 4]),
        ("state!=done", [2, 3, 4]),
        ("marked", [1]),
        ("!marked done", [0]),
        ("noise", [0]),
        ("val_acc>0.98", [0, 1]),
        ("column=10 epochs>3", [1]),
        ("keep-r", [1, 2, 3]),
        ('""', [0, 1, 2, 3, 4]),
    ],
)
def test_it_shows(text: str, trials: list[int]) -> None:
    assert shown(text) == trials


@pytest.mark.parametrize(
    ("text", "start", "length", "says"),
    [
        ("acc>", 4, 0, "a value is missing after acc>; write acc>0.98"),
        ("done sate:done", 5, 4, "unknown field sate; did you mean state?"),
        ("zzz<5", 0, 3, "unknown field zzz; fields: acc, loss, "),
        ("acc>high", 4, 4, "high is not a number; write acc>0.98"),
        ("acc>0.9.8", 4, 5, "0.9.8 is not a number"),
        ('acc>"0.98"', 4, 6, "is not a number"),
        ("row<5%", 4, 2, "row is not a share; write row<5"),
        ("state>done", 5, 1, "state allows only : = and !=; write state:done"),
        ("state:don", 6, 3, "unknown state don; did you mean done?"),
        ("kind:xyz", 5, 3, "unknown kind xyz; kinds: baseline, keep, "),
        ("done or", 7, 0, "something is missing after or"),
        ("or done", 0, 2, "a condition is missing before or; write done or paused"),
        ("done or or failed", 8, 2, "a condition is missing before or"),
        ("!", 1, 0, "something is missing after !"),
        ("(done", 0, 1, "this bracket is not closed; add )"),
        ("done)", 4, 1, "this bracket closes nothing"),
        ("()", 1, 1, "a condition is missing before this bracket"),
        (">0.98", 0, 1, "a field is missing before >; write acc>0.98"),
        ('"acc', 0, 1, 'this quote is not closed; add "'),
        ('keep "r0\\"', 5, 1, "this quote is not closed"),
        ("x" * (LIMIT + 1), LIMIT, 1, f"a filter has at most {LIMIT} characters"),
        ("!" * 60 + "done", 40, 1, "more than 40"),
    ],
)
def test_a_mistake_is_a_line_with_place_and_remedy(text: str, start: int, length: int, says: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    error = caught.value
    assert (error.start, error.length) == (start, length)
    assert says in error.problem
    assert error.line.startswith(f"column {start + 1}: ")
    assert "\n" not in str(error)
    assert error.exit_code == 2


def test_every_field_and_word_can_be_asked_for() -> None:
    for field in NUMBERS:
        assert parse(f"{field}>=0") == Compare(field, ">=", "0")
    for field, values in CHOICES.items():
        for value in values:
            assert parse(f"{field}:{value}") == Is(field, value)
    for word, (field, value) in WORDS.items():
        assert parse(word) == Is(field, value)


# -- properties ------------------------------------------------------------------------------------------------------

numbers = st.builds(
    Compare,
    st.sampled_from(["acc", "ink"]),
    st.sampled_from(["<", "<=", ">", ">=", "=", "!="]),
    st.from_regex(r"-?[0-9]{1,3}(\.[0-9]{1,4})?%?", fullmatch=True),
)
choices = st.one_of(
    *(st.builds(Is, st.just(field), st.sampled_from(values)) for field, values in CHOICES.items()),
    st.just(Is("marked", "yes")),
)


def built_from(leaves: st.SearchStrategy[Filter]) -> st.SearchStrategy[Filter]:
    """Return filters of these conditions, joined and negated."""
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(Not, inner),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: Both(tuple(parts))),
            st.lists(inner, min_size=2, max_size=3).map(lambda parts: Either(tuple(parts))),
        ),
        max_leaves=6,
    )


filters = built_from(st.one_of(numbers, choices, st.builds(NameMatches, st.text(max_size=12))))
# Words in quotes are taken as they are; these filters have spaces and capitals to change.
changeable = st.one_of(
    st.builds(Is, st.just("state"), st.sampled_from(CHOICES["state"])),
    st.builds(Compare, st.just("acc"), st.just(">="), st.just("0.98")),
)
unquoted = built_from(st.one_of(numbers, choices, changeable, changeable))
values = st.one_of(st.none(), st.floats(allow_nan=True), st.integers(-1000, 1000))
trials = st.fixed_dictionaries(
    {"acc": values, "ink": values, "name": st.text(max_size=20), "marked": st.sampled_from([None, "yes"])}
    | {field: st.sampled_from(values) for field, values in CHOICES.items()}
)


@given(filters)
def test_what_is_written_out_is_read_back(wanted: Filter) -> None:
    text = str(wanted)
    assume(len(text) <= LIMIT)
    assert parse(text) == wanted


@given(unquoted, trials)
def test_spaces_and_capitals_of_the_language_change_nothing(wanted: Filter, facts: dict[str, Any]) -> None:
    spaced = str(wanted).replace(" or ", "   OR\t").replace("state:", " State : ").replace("acc>=", " ACC >=  ")
    assume(spaced != str(wanted) and len(spaced) <= LIMIT)
    assert parse(spaced).matches(facts) == wanted.matches(facts)


@given(filters, filters, trials)
def test_words_between_filters_mean_what_they_say(one: Filter, other: Filter, facts: dict[str, Any]) -> None:
    assume(len(str(one)) + len(str(other)) <= LIMIT - 20)
    a, b = one.matches(facts), other.matches(facts)
    assert parse(f"({one}) ({other})").matches(facts) == (a and b)
    assert parse(f"({one}) and ({other})").matches(facts) == (a and b)
    assert parse(f"({one}) or ({other})").matches(facts) == (a or b)
    assert parse(f"!({one})").matches(facts) == (not a)
    assert parse(f"not (({one}) or ({other}))").matches(facts) == (not a and not b)


@given(st.floats(-10, 10), st.sampled_from(["<", "<=", ">", ">="]), st.decimals(-10, 10, places=3))
def test_comparisons_are_those_of_numbers(value: float, operator: str, number: Any) -> None:
    oracle = {"<": value < float(number), "<=": value <= float(number), ">": value > float(number)}
    oracle[">="] = not oracle["<"]
    assert parse(f"acc{operator}{number}").matches({"acc": value}) == oracle[operator]


@given(st.floats(0, 1), st.integers(0, 5))
def test_equal_is_what_would_be_read_off_the_screen(value: float, digits: int) -> None:
    assert parse(f"acc={value:.{digits}f}").matches({"acc": value})
    assert not parse(f"acc!={value:.{digits}f}").matches({"acc": value})
    assert not parse(f"acc={value + 2 * 10.0**-digits:.{digits}f}").matches({"acc": value})


@given(st.one_of(st.text(max_size=60), st.text('acc>0.98 "():!<=or andst%', max_size=40)))
def test_whatever_is_typed_is_a_filter_or_one_line_that_says_where(text: str) -> None:
    error, wanted = read(text)
    if error is not None:
        assert 0 <= error.start <= len(text)
        assert error.start + error.length <= len(text)
        assert error.problem
        assert "\n" not in str(error)
    else:
        for facts in TRIALS:
            assert wanted.matches(facts) in (True, False)
        assert (wanted == EVERYTHING) == (not text.strip())


def read(text: str) -> tuple[FilterError | None, Filter]:
    try:
        return None, parse(text)
    except FilterError as error:
        return error, EVERYTHING


@given(numbers)
def test_no_value_meets_no_comparison(wanted: Compare) -> None:
    assert not wanted.matches({})
    assert not wanted.matches({wanted.field: None})
    assert not wanted.matches({wanted.field: math.nan})
