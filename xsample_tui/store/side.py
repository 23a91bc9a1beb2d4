"""A run as one side of a comparison."""

from __future__ import annotations

from ..core.contrast import Contrast, Side, contrast
from .folder import RunFolder


def side_of(run: RunFolder) -> Side:
    """Return what a comparison needs of a run.

    Raises:
        DamagedRun: its plan cannot be read.
    """
    document = run.document
    return Side(
        run.progress(),
        len(run.plan.split.select),
        (document.dataset_digest, document.split_digest),
        document.fingerprint,
    )


def contrast_of(a: RunFolder, b: RunFolder) -> Contrast:
    """Compare two runs, B against A.

    Raises:
        DamagedRun: the plan of one cannot be read.
    """
    return contrast(side_of(a), side_of(b))
