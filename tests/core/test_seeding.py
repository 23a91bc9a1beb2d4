"""Seeds: functions of their parts alone, each different from all others."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.core.seeding import derive, generator, permutation

parts = st.lists(
    st.one_of(st.integers(-9, 99), st.text(st.characters(codec="utf-8", exclude_characters="\x1f"), max_size=4))
)


@given(parts)
def test_a_seed_has_63_bits_of_sha_256(given: list[str | int]) -> None:
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in given)
    digest = int(hashlib.sha256(text.encode()).hexdigest()[:16], 16)
    assert derive(*given) == digest // 2
    assert 0 <= derive(*given) < 2**63


@given(parts, parts)
def test_other_parts_give_another_seed(one: list[str | int], other: list[str | int]) -> None:
    assert (derive(*one) == derive(*other)) == (one == other)


def test_a_number_is_not_its_text() -> None:
    assert len({derive(1), derive("1"), derive("int:1"), derive(1, ""), derive("", 1)}) == 5


@given(st.integers(0, 50), parts)
def test_a_permutation_has_each_number_once_and_depends_on_its_parts_alone(
    count: int, given: list[str | int]
) -> None:
    found = permutation(count, *given)
    generator("another").random(3)
    assert sorted(found.tolist()) == list(range(count))
    assert found.tolist() == permutation(count, *given).tolist()
