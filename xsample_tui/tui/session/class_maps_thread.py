"""Counts by class, from stored outputs, in a thread: the windows' errors, and scores with every class alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.widget import Widget

from ...core.errors import XSampleError, printable
from ..latest_only import Latest, LatestOnly
from ..view_models.trial_significance import BaselineTest
from .run_session import RunSession

if TYPE_CHECKING:
    from ...stacking.findings.weighted_scores import WeightedScore
    from ...stacking.findings.window_classes import WindowClasses

# All outputs are read each time: while a sweep trains, only once so many more of its trials are done.
_MORE = 1.1


class ClassMapsThread:
    """Keeps the maps by class of the baseline test up to date, in a thread, one reading at a time.

    Args:
        owner: the widget that receives what was counted.
        run_session: the run's session.
    """

    class Counted(Message):
        """The trials were counted by class, or an error that prevents it of windows."""

        def __init__(
            self, baseline_test: BaselineTest, found: WindowClasses | str, scores: dict[str, WeightedScore]
        ) -> None:
            self.baseline_test, self.found, self.scores = baseline_test, found, scores
            super().__init__()

    def __init__(self, owner: Widget, run_session: RunSession) -> None:
        self._owner, self._run_session = owner, run_session
        # By which test, and how many trials were done.
        self._asked: tuple[BaselineTest, int] | None = None
        self._queries = LatestOnly[BaselineTest](owner, "classes", self._count)

    def renew(self) -> None:
        """Request a count, unless what is there is of nearly as many trials."""
        session = self._run_session
        if not session.opened:
            return
        done, asked = session.progress.counts()["done"], self._asked
        if asked is not None and asked[0] is session.baseline_test:
            enough = done == asked[1] if session.complete else done < _MORE * asked[1] + 1
            if enough:
                return
        self._asked = session.baseline_test, done
        self._queries.ask(session.baseline_test)

    def close(self) -> None:
        """Stop the requests."""
        self._queries.close()

    def _count(self, asked: BaselineTest, latest: Latest) -> None:
        # The statistics are slow to import, and the outputs of a large run slow to read.
        from ...stacking.findings.weighted_scores import weighted_scores
        from ...stacking.findings.window_classes import window_classes
        from ...stacking.pool.model_pool import open_pool

        scores: dict[str, WeightedScore] = {}
        try:
            models = open_pool(self._run_session.run)
            scores = weighted_scores(models)
            found: WindowClasses | str = window_classes(models)
        except (XSampleError, OSError) as error:
            found = printable(error, 300)
        if latest():
            self._owner.post_message(self.Counted(asked, found, scores))
