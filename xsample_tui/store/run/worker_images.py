"""Gives workers the images of a run from its folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ...core.data.data_splits import Split
from ...core.data.dataset import Dataset
from ...core.errors import XSampleError
from .run_folder import RunFolder


@dataclass(frozen=True)
class WorkerImages:
    """Opens a run's images and split from its folder, checked against their hashes.

    Attributes:
        path: the run's folder.
        key: the hashes of the images and the split.
    """

    path: Path
    key: str

    @classmethod
    def of(cls, run: RunFolder) -> WorkerImages:
        """Return the source of a run."""
        return cls(run.path.resolve(), f"{run.document.dataset_digest}/{run.document.split_digest}")

    def open(self) -> tuple[Dataset, Split]:
        """Return the images and their split.

        Raises:
            DamagedRun: they do not match their hashes.
            OSError: they cannot be read now, which a later try may change.
        """
        try:
            run = RunFolder(self.path)
            return run.dataset, run.plan.split
        except XSampleError as error:
            if not isinstance(error.__cause__, OSError):
                raise
            cause = error.__cause__
        # Not in the clause above: the error would be its own cause's context.
        raise cause
