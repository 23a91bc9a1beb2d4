"""Seeds without state: every random number of a run is a function of (run seed, purpose, epoch).

Nothing draws from a shared stream, so no result depends on the order of trials, on how often a run was
stopped, or on which worker trained what.
"""

from __future__ import annotations

import hashlib

import numpy as np
from numpy.typing import NDArray


def derive(*parts: str | int) -> int:
    """Return a seed in 0..2**63-1 from names and numbers: the first 63 bits of their SHA-256."""
    text = "\x1f".join(f"{type(part).__name__}:{part}" for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def generator(*parts: str | int) -> np.random.Generator:
    """Return a numpy generator seeded by :func:`derive`."""
    return np.random.Generator(np.random.PCG64(derive(*parts)))


def permutation(count: int, *parts: str | int) -> NDArray[np.int64]:
    """Return a permutation of ``range(count)`` that is a function of ``parts`` alone."""
    return generator(*parts).permutation(count)
