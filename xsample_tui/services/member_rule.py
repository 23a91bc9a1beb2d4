"""Selects a blend's members by the arguments ``top``, ``members`` and ``pool``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from ..core.errors import ArgumentError
from ..stacking.pool.member_selection import PRIMARY_K, MemberSelection, TopMembers, by_name, pooled
from ..stacking.pool.model_pool import ModelPool


def member_rule(
    models: ModelPool,
    top: int | str | Literal["all"] | None = None,
    members: Sequence[str] | None = None,
    pool: str = "windows",
) -> MemberSelection:
    """Return the rule that chooses the members.

    Args:
        models: the run's members.
        top: how many of the best of the pool, or ``all``; a text of digits counts as its number. 5 if neither this
            nor ``members`` is given.
        members: their names, instead of ``top``.
        pool: what ``top`` chooses from: ``windows``, ``baselines`` or ``all``.

    Raises:
        InputError: they do not go together, or name what there is not.
    """
    if members is not None:
        if top is not None:
            names = ",".join(members)
            raise ArgumentError("members", names, "give either top or members", named=["top", "members"])
        return by_name(models, members)
    available = pooled(models, pool)
    if top == "all":
        return TopMembers(len(available), available)
    text = str(PRIMARY_K if top is None else top)
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= len(available)):
        remedy = f"choose a whole number from 1 to {len(available)}, the finished trials of the pool, or all"
        raise ArgumentError("top", top, remedy)
    return TopMembers(int(text), available)
