"""Has a finished run's windows judged, so that the grid says what ``judge``, the summary and the report say."""

from __future__ import annotations

from textual.dom import DOMNode

from ...core.errors import XSampleError
from ..latest_only import Latest, LatestOnly
from ..session.messages import RunJudged
from ..session.run_session import RunSession
from ..view_models.trial_significance import BaselineTest


class WindowJudging:
    """Judges a run in a thread once it is complete, and again whenever more trials of it are done.

    Args:
        owner: the screen, which receives :class:`RunJudged`.
        run_session: the run's session.
    """

    def __init__(self, owner: DOMNode, run_session: RunSession) -> None:
        self._owner, self._run_session = owner, run_session
        # What was judged last: by which test, and how many trials were done.
        self._judged: tuple[BaselineTest, int] | None = None
        self._judging: LatestOnly[BaselineTest] = LatestOnly(owner, "judge", self._judge)

    def renew(self) -> None:
        """Judge the run where it is complete and that has not been done."""
        session = self._run_session
        if not (session.opened and session.complete) or session.banner:
            return
        wanted = session.baseline_test, session.progress.counts()["done"]
        if self._judged is None or self._judged[0] is not wanted[0] or self._judged[1] != wanted[1]:
            self._judged = wanted
            self._judging.ask(session.baseline_test)

    def take(self, event: RunJudged) -> bool:
        """Take over what was judged; return whether it is of what is shown now."""
        if event.baseline_test is not self._run_session.baseline_test:
            return False
        event.baseline_test.judge(event.standings, event.too_few, event.judged)
        if event.smoothed is not None:
            event.baseline_test.smooth(event.smoothed)
        return True

    def _judge(self, baseline_test: BaselineTest, latest: Latest) -> None:
        # The statistics are slow to import, and the outputs of a large run slow to read.
        from ...services.run_judgement import judge_run
        from ...stacking.findings.window_judgement import too_few
        from ...stacking.pool.model_pool import open_pool

        try:
            judged = judge_run(open_pool(self._run_session.run))
        except (XSampleError, OSError):
            # With damaged outputs the grid keeps what the epochs say; `judge` and the summary name the damage.
            return
        found = judged.judgement
        standings = {window.name: window.standing for window in found.windows}
        if latest():
            self._owner.post_message(
                RunJudged(baseline_test, standings, judged.smooth, too_few(found), found.windows)
            )
