"""Prepares a run for a comparison of two runs: its trials, its controls and their outputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...core.comparison.compared_run import Side
from ...core.comparison.run_comparison import RunComparison, compare_runs
from ...core.errors import XSampleError
from ...store.run.run_folder import RunFolder
from ..pool.control_runs import progress_with_controls, replicates_of
from ..pool.model_pool import open_pool


def side_of(run: RunFolder) -> Side:
    """Return what a comparison needs of a run; the outputs are read when they are asked for.

    Raises:
        DamagedRun: its plan cannot be read.
    """
    document = run.document
    images = len(run.plan.split.select)

    def outputs() -> dict[str, NDArray[np.bool_]]:
        models = open_pool(run)
        # In the order of the data, so that two runs' folds do not matter.
        order = np.argsort(models.select.images, kind="stable")
        wrong = ~models.select.correct[:, order]
        return {member.name: row for member, row in zip(models.members, wrong, strict=True)}

    return Side(
        progress_with_controls(run),
        images,
        (document.dataset_digest, document.split_digest),
        document.fingerprint,
        replicates_of(run),
        outputs,
    )


def contrast_of(a: RunFolder, b: RunFolder) -> RunComparison:
    """Compare two runs, B against A.

    Raises:
        DamagedRun: the plan of one cannot be read.
    """
    one, other = side_of(a), side_of(b)
    try:
        return compare_runs(one, other)
    except XSampleError:
        # Counts are in the records, which are read already.
        return compare_runs(replace(one, outputs=None), replace(other, outputs=None))
