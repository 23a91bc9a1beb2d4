"""The run folder as a worker's source of pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..core.dataset import Dataset
from ..core.errors import XSampleError
from ..core.split import Split
from .folder import RunFolder


@dataclass(frozen=True)
class FolderSource:
    """Opens a run's pictures and split from its folder, checked against their hashes.

    Attributes:
        path: the run's folder.
        key: the hashes of the pictures and the split.
    """

    path: Path
    key: str

    @classmethod
    def of(cls, run: RunFolder) -> FolderSource:
        """Return the source of a run."""
        return cls(run.path.resolve(), f"{run.document.dataset_digest}/{run.document.split_digest}")

    def open(self) -> tuple[Dataset, Split]:
        """Return the pictures and their split.

        Raises:
            DamagedRun: they do not match their hashes.
            OSError: they cannot be read now, which a later try may change.
        """
        try:
            run = RunFolder(self.path)
            return run.dataset, run.plan.split
        except XSampleError as error:
            if isinstance(error.__cause__, OSError):
                raise error.__cause__ from None
            raise
