"""A run as one side of a comparison."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..core.checkpoint import DamagedCheckpoint
from ..core.contrast import Contrast, Side, contrast
from ..core.errors import XSampleError
from .folder import RunFolder
from .outputs import softmax


def side_of(run: RunFolder) -> Side:
    """Return what a comparison needs of a run; the outputs are read when they are asked for.

    Raises:
        DamagedRun: its plan cannot be read.
    """
    document, progress = run.document, run.progress()
    select = run.plan.split.select
    epochs = {name: len(entry.history) for name, entry in progress.trials.items() if entry.status == "done"}

    def outputs() -> dict[str, NDArray[np.bool_]]:
        labels = run.dataset.labels[select]
        return {
            name: softmax(run, name, epoch, "select", len(select)).argmax(axis=1) != labels
            for name, epoch in epochs.items()
        }

    return Side(
        progress, len(select), (document.dataset_digest, document.split_digest), document.fingerprint, outputs
    )


def contrast_of(a: RunFolder, b: RunFolder) -> Contrast:
    """Compare two runs, B against A.

    Raises:
        DamagedRun: the plan of one cannot be read.
    """
    one, other = side_of(a), side_of(b)
    try:
        return contrast(one, other)
    except (DamagedCheckpoint, XSampleError):
        # Counts are in the records, which are read already.
        return contrast(replace(one, outputs=None), replace(other, outputs=None))
