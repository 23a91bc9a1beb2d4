"""A run as one side of a comparison of two runs: its trials and its controls', with their outputs when asked for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..core.contrast import Contrast, Side, contrast
from ..core.errors import XSampleError
from ..store.folder import RunFolder
from .companion import progress_with_controls
from .library import open_pool


def side_of(run: RunFolder) -> Side:
    """Return what a comparison needs of a run; the outputs are read when they are asked for.

    Raises:
        DamagedRun: its plan cannot be read.
    """
    document = run.document
    images = len(run.plan.split.select)

    def outputs() -> dict[str, NDArray[np.bool_]]:
        library = open_pool(run)
        # In the order of the data, so that two runs' folds do not matter.
        order = np.argsort(library.select.pictures, kind="stable")
        wrong = ~library.select.correct[:, order]
        return {member.name: row for member, row in zip(library.members, wrong, strict=True)}

    return Side(
        progress_with_controls(run),
        images,
        (document.dataset_digest, document.split_digest),
        document.fingerprint,
        outputs,
    )


def contrast_of(a: RunFolder, b: RunFolder) -> Contrast:
    """Compare two runs, B against A.

    Raises:
        DamagedRun: the plan of one cannot be read.
    """
    one, other = side_of(a), side_of(b)
    try:
        return contrast(one, other)
    except XSampleError:
        # Counts are in the records, which are read already.
        return contrast(replace(one, outputs=None), replace(other, outputs=None))
