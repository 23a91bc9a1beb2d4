"""What a sweep's losses decide: who goes on, who is parked, and for whom a rung waits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.core.halving.rung_decisions import Decisions, decide

# Rungs after epochs 1, 2 and 4 of 8; of 8 windows 4, 2 and 2 go on.
NAMES = [f"w{number}" for number in range(8)]


Losses = Mapping[str, Sequence[float | None]]


def found(losses: Losses, out: set[str] | None = None) -> Decisions:
    return decide(8, 2, 2, losses, out or set())


def begun(**given: list[float | None]) -> dict[str, Sequence[float | None]]:
    return {name: given.get(name, [float(number)]) for number, name in enumerate(NAMES)}


def test_a_rung_waits_until_every_window_has_its_epochs() -> None:
    standings = found(begun(w3=[])).standings
    assert set(standings) == set(NAMES)
    assert {(s.limit, s.parked) for s in standings.values()} == {(1, False)}
    # Half of them are trained for one epoch more, and so on.
    assert standings["w0"].expected == 1 + 0.5 * 1 + 0.25 * 2 + 0.25 * 4


def test_the_best_go_on_and_the_others_are_parked() -> None:
    decisions = found(begun())
    assert decisions.decided == ((1, 4, 4),)
    assert {name for name, s in decisions.standings.items() if s.parked} == {"w4", "w5", "w6", "w7"}
    assert [name for name, s in decisions.standings.items() if not s.parked] == ["w0", "w1", "w2", "w3"]
    assert decisions.standings["w0"].limit == 2
    later = found(begun(w0=[0, 4], w1=[1, 3], w2=[2, 2], w3=[3, 1]))
    assert later.decided == ((1, 4, 4), (2, 2, 2))
    assert {name: s.limit for name, s in later.standings.items() if not s.parked} == {"w2": 4, "w3": 4}
    assert (later.standings["w0"].limit, later.standings["w4"].limit) == (2, 1)
    ended = found(begun(w0=[0, 4], w1=[1, 3], w2=[2, 2, 2, 2], w3=[3, 1, 3, 3]))
    assert {name: s.limit for name, s in ended.standings.items() if not s.parked} == {"w2": 8, "w3": 8}


def test_ties_go_by_name_and_no_number_comes_last() -> None:
    losses = begun(w0=[math.nan], w1=[None], w2=[5.0], w3=[5.0], w4=[5.0], w5=[5.0], w6=[5.0], w7=[5.0])
    on = [name for name, s in found(losses).standings.items() if not s.parked]
    assert on == ["w2", "w3", "w4", "w5"]


def test_nothing_waits_for_windows_that_failed_and_none_of_them_goes_on() -> None:
    decisions = found(begun(w0=[], w1=[0.0]), out={"w0", "w1"})
    assert decisions.decided == ((1, 4, 2),)
    assert {name for name, s in decisions.standings.items() if not s.parked} == {"w2", "w3", "w4", "w5"}


def test_what_was_trained_beyond_a_rung_is_ranked_as_all_are() -> None:
    # w7 and w1 went on before others came, some of which are better.
    beyond = {"w7": [7.0, 7.0, 7.0], "w1": [1.0, 1.0, 1.0]}
    decisions = found(begun() | beyond)
    assert decisions.standings["w7"].parked
    assert (decisions.standings["w1"].limit, decisions.standings["w0"].limit) == (2, 2)
    # All wait for one that is not there yet.
    waiting = found(begun(w0=[]) | beyond)
    assert {(s.limit, s.parked) for s in waiting.standings.values()} == {(1, False)}


@given(st.permutations(NAMES), st.lists(st.floats(0, 9), min_size=8, max_size=8))
def test_the_order_of_the_windows_changes_nothing(order: list[str], losses: list[float]) -> None:
    given_losses = {name: [loss] for name, loss in zip(NAMES, losses, strict=True)}
    assert found({name: given_losses[name] for name in order}) == found(given_losses)


def test_those_that_join_are_judged_first_at_their_own_rung() -> None:
    # Rungs after epochs 1, 2 and 4: of 8 windows 4 go on, and 2 more join these.
    losses = {**begun(), "n0": [], "n1": [9.0]}
    joined = {"n0": 1, "n1": 1}
    first = decide(8, 2, 2, losses, (), joined)
    assert first.went_on == (("w0", "w1", "w2", "w3"),)
    # They are trained through the first rung, and wait at the second.
    assert {first.standings[name].limit for name in ("n0", "n1", "w0")} == {2}
    assert not first.standings["n0"].parked
    losses |= {f"w{i}": [float(i), float(i)] for i in range(4)} | {"n0": [9.0, 0.5], "n1": [9.0, 9.0]}
    second = decide(8, 2, 2, losses, (), joined)
    # Three of the six: half of all that are there.
    assert second.decided == ((1, 4, 4), (2, 3, 3))
    assert second.went_on[1] == ("w0", "n0", "w1")
    assert second.standings["n1"].parked
    assert second.standings["n1"].limit == 2


def test_while_the_first_rung_is_open_those_that_join_later_have_a_limit_too() -> None:
    found = decide(8, 2, 2, {**begun(w0=[]), "n0": []}, (), {"n0": 1})
    assert found.went_on == ()
    assert (found.standings["n0"].limit, found.standings["w1"].limit) == (2, 1)
    assert 2 < found.standings["n0"].expected < 8


def test_where_nothing_joins_everything_is_as_it_was() -> None:
    losses = begun(w0=[0, 4], w1=[1, 3], w2=[2, 2], w3=[3, 1])
    assert decide(8, 2, 2, losses, (), dict.fromkeys(NAMES, 0)) == found(losses)
