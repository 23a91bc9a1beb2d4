"""The sweep as an object: laid out or opened, run, steered, judged and blended."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Unpack

from ..core.errors import InputError
from ..core.event import Event, RunState
from ..core.preset import SUMMARY
from ..core.request import Action
from ..core.results import frame, history, rows
from ..core.spec import PresetName, SweepSpec
from ..stacking.companion import progress_with_controls
from ..stacking.judgement import Judgement
from ..stacking.judgement import judge as judge_run
from ..stacking.library import open_pool
from ..store.asking import ask
from ..store.catalog import Catalog, state_of
from ..store.folder import RunFolder
from ..store.owner import held
from ..store.pulse import read_pulse
from ..sweep.background import send_to_background
from ..sweep.logout import ended_by_logout
from ..sweep.session import controller, lay_out
from .interrupt import interruptible
from .line import Line, watched
from .options import Options, spec_of
from .stack import Stack, make

if TYPE_CHECKING:
    import pandas as pd

RUNS = Path("runs")
_LOOK_EVERY = 0.2


class Sweep:
    """A sweep in a run folder. Any number of these, and of interfaces, may look at one run.

    Make one with :meth:`new` or :meth:`open`.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder

    @classmethod
    def new(cls, preset: PresetName = "quick", *, runs_dir: str | Path = RUNS, **options: Unpack[Options]) -> Sweep:
        """Lay out a new sweep; nothing is trained yet.

        Args:
            preset: ``quick``, ``standard`` or ``article``.
            runs_dir: folder that holds the runs.
            options: what is to differ from the preset, by the names that ``xsample-tui run --help`` lists, ``_``
                for ``-``: ``data``, ``window``, ``stride``, ``mask``, ``network``, ``epochs``, ``seed``, ...

        Raises:
            InputError: bad data, a value out of range, a name that is taken.
            TypeError: there is no such option.
        """
        if preset not in SUMMARY:
            raise InputError("preset", preset, f"choose one of {', '.join(SUMMARY)}")
        return cls(lay_out(Path(runs_dir), spec_of(Path(runs_dir), preset, **options)))

    @classmethod
    def open(cls, name: str, *, runs_dir: str | Path = RUNS) -> Sweep:
        """Open a sweep that exists.

        Raises:
            InputError: there is none of that name.
        """
        return cls(RunFolder.open(Path(runs_dir), name))

    @property
    def name(self) -> str:
        """The run's name."""
        return self._folder.name

    @property
    def path(self) -> Path:
        """The run's folder."""
        return self._folder.path

    @property
    def spec(self) -> SweepSpec:
        """Everything that shapes its results."""
        return self._folder.spec

    @property
    def status(self) -> RunState:
        """``stopped``, ``running``, ``paused``, ``finished``, ..., whoever trains it."""
        return state_of(self._folder, self._folder.progress(), read_pulse(self._folder.path))

    def run(
        self,
        *,
        wait: bool = True,
        allow_drift: bool = False,
        on_event: Callable[[Event], None] | None = None,
        progress: bool | None = None,
    ) -> Sweep:
        """Train it to its end, from wherever it is, and return it.

        Ctrl-C, or the notebook's stop button, stops it after the epochs under way, a second time at once; call
        this again to go on.

        Args:
            wait: whether to return only when it has ended. Without, it trains in a process of its own, which
                outlives this one; look at :attr:`status`, or :meth:`wait`.
            allow_drift: go on although the machine or its software has changed; later results are marked.
            on_event: is told every event, in this thread; only with ``wait``.
            progress: whether to write a line of progress; by default in notebooks and terminals.

        Raises:
            KeyboardInterrupt: it was interrupted and has stopped.
            RunBusy: something else trains it now.
            InputError: the machine or its software has changed, and ``allow_drift`` is False.
        """
        if not wait:
            pid = send_to_background(self._folder, allow_drift=allow_drift)
            if why := ended_by_logout():
                warnings.warn(why, stacklevel=2)
            # Until its first heartbeat it takes requests for those of an earlier session, and drops them.
            while held(self.path, unknown=True) and ((pulse := read_pulse(self.path)) is None or pulse.pid != pid):
                time.sleep(_LOOK_EVERY)
            return self
        line = Line(self._folder.progress(), show=watched() if progress is None else progress)

        def tell(event: Event) -> None:
            line(event)
            if on_event is not None:
                on_event(event)

        work = controller(self._folder, tell, allow_drift=allow_drift)
        try:
            with interruptible(work):
                work.work()
        finally:
            line.close()
        return self

    # The command line has two words for it; a sweep that was not begun and one that was stopped are one thing here.
    resume = run

    def pause(self) -> None:
        """Pause it after the epochs under way; whatever trains it keeps its place in memory.

        Raises:
            InputError: nothing trains it now.
        """
        self._ask("pause")

    def unpause(self) -> None:
        """Let it go on after a pause.

        Raises:
            InputError: nothing trains it now.
        """
        self._ask("unpause")

    def stop(self, *, now: bool = False) -> None:
        """Stop it after the epochs under way, or at once.

        Raises:
            InputError: nothing trains it now.
        """
        self._ask("stop-now" if now else "stop")

    def wait(self, timeout: float | None = None) -> RunState:
        """Wait until nothing trains it any more, or for ``timeout`` seconds; return its status."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while held(self.path, unknown=True) and (deadline is None or time.monotonic() < deadline):
            time.sleep(_LOOK_EVERY)
        return self.status

    def trials(self) -> pd.DataFrame:
        """Return a row a trial: its window, status, metrics of the epoch that counts, gain, ink, seconds."""
        return frame(rows(progress_with_controls(self._folder)))

    def history(self) -> pd.DataFrame:
        """Return a row an epoch of every trial: loss, accuracy, the same on select (``val_``), seconds."""
        return frame(history(self._folder.progress()))

    def judge(self) -> Judgement:
        """Judge its windows against the baselines: noise floor, corrections, luck.

        ``.to_frame()`` of what this returns has a row a window, ``.sentences()`` says it in words.

        Raises:
            InputError: no baseline or no window is finished.
        """
        return judge_run(open_pool(self._folder))

    def stack(
        self,
        top: int | Literal["all"] = 5,
        blend: str = "mean",
        *,
        members: Sequence[str] | None = None,
        pool: str = "windows",
        open_test: bool = False,
    ) -> Stack:
        """Blend the stored softmax outputs of its best models; nothing is trained.

        Args:
            top: how many of the best by log-loss on select, or ``all``.
            blend: ``mean``, ``geometric``, ``vote``, ``caruana``, ``simplex``, ``logistic``, or one that another
                package brings.
            members: trials by name, instead of ``top``.
            pool: what ``top`` chooses from: ``windows``, ``baselines`` or ``all``.
            open_test: judge on the locked test set instead of select; the run's ledger counts it.

        Raises:
            InputError: no trial is finished, or there is no such blender, pool or member.
        """
        return make(open_pool(self._folder), top, blend, members, pool, open_test=open_test)

    def _ask(self, action: Action) -> None:
        ask(self._folder, action, "notebook", "go on with run()")

    def __repr__(self) -> str:
        progress = self._folder.progress()
        done = progress.counts()["done"]
        return f"<Sweep {self.name}: {self.status}, {done} of {len(progress.trials)} trials done>"


def sweeps(runs_dir: str | Path = RUNS) -> pd.DataFrame:
    """Return the runs of a folder, newest first: name, state, trials done, trials, preset, data, created."""
    import pandas as pd

    found = []
    for run in Catalog(Path(runs_dir)).summaries():
        progress = run.progress
        found.append(
            {
                "name": run.name,
                "state": run.state,
                "done": progress.counts()["done"] if progress else None,
                "trials": len(progress.trials) if progress else None,
                "preset": progress.spec.preset if progress else None,
                "data": progress.spec.source if progress else None,
                "created": pd.Timestamp(run.created, unit="s", tz="UTC"),
            }
        )
    columns = ["name", "state", "done", "trials", "preset", "data", "created"]
    return pd.DataFrame(found, columns=columns).astype({"done": "Int64", "trials": "Int64"})
