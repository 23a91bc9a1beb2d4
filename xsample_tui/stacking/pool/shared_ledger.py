"""The ledger of a run's test set: records each opening before any result on it is shown."""

from __future__ import annotations

from ...store.opening_ledger import UNREADABLE, Opening, OpeningLedger, digest_of_test_images, ledgers_of_runs
from ...store.run.run_folder import RunFolder

__all__ = ["UNREADABLE", "Opening", "SharedLedger"]


class SharedLedger(OpeningLedger):
    """The ledger of the test set that a run has in common with every other run on the same test images.

    Args:
        run: the run.

    Raises:
        DamagedRun: its images or its plan cannot be read.
    """

    def __init__(self, run: RunFolder) -> None:
        runs = run.path.parent
        digest = digest_of_test_images(run.dataset, run.plan.split.test)
        super().__init__(runs, digest, ledgers_of_runs(runs, run.document.dataset_digest))
        self._run = run.name

    def enter(self, command: str, what: str, run: str | None = None) -> Opening:
        """Write down an opening, durably, before anything is opened.

        Raises:
            InputError: it cannot be written, so that the test set must stay closed.
        """
        return super().enter(command, what, self._run if run is None else run)
