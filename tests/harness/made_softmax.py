"""Made-up softmax outputs: of models that know something, each with noise of its own and noise that all share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from xsample_tui.core.seeding import generator


def member_softmax(labels: NDArray[np.int64], classes: int, *seed: str | int, strength: float) -> NDArray[np.float32]:
    """Return what a made-up model says: noise of its own, noise that all models share, and the truth."""
    shared = generator("shared", len(labels)).normal(size=(len(labels), classes))
    own = generator("own", *seed).normal(size=(len(labels), classes))
    logits = 1.5 * shared + 1.5 * own
    logits[np.arange(len(labels)), labels] += strength
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
