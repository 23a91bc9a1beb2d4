"""The class ``Sweep``: creates, opens, trains, controls, judges and blends a sweep."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Unpack

from ..core.run_state.run_events import Event
from ..core.run_state.session_limits import session_limits
from ..core.shell_command import RUNS
from ..core.stats.effect_verdict import MARGIN
from ..core.training.spec_toml import spec_toml
from ..core.training.sweep_spec import PresetName, SweepSpec
from ..services.arm_question import arm_blender, ask_arms, confirmation_run, control_kinds, pool_size, runs_to_train
from ..services.run_control.scout_run import scout_run
from ..services.run_judgement import judge_run
from ..services.spec_from_options import SweepOptions, base_of, spec_of
from ..stacking.findings.command_cost import confirmation_cost
from ..stacking.findings.confirmation import LEAST_SEEDS
from ..stacking.findings.confirmation import confirm as judge_confirmation
from ..stacking.findings.window_judgement import Judgement
from ..stacking.pool.control_runs import REPLICATES
from ..stacking.pool.member_selection import PRIMARY_K
from ..stacking.pool.model_pool import open_pool
from ..store.control_run_names import CONTROL_KINDS
from ..store.run.run_folder import RunFolder
from ..store.run_removal import remove
from ..sweep.cluster.cluster_address import wanted_address
from ..sweep.machine.training_packages import need_training_packages
from ..sweep.run_setup import lay_out
from .arms_object import ArmsResult, ConfirmationResult
from .deprecated_names import renamed
from .exportable_run import ExportableRun
from .given_arrays import given_dataset
from .progress_line import say, watched
from .run_training import SENDER, train_to_end
from .scout_object import ScoutResult
from .stack_object import Stack, make

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


class Sweep(ExportableRun):
    """A sweep in a run folder. Any number of these, and of interfaces, may show one run.

    Make one with :meth:`create` or :meth:`load`.
    """

    @classmethod
    def create(
        cls,
        preset: PresetName | None = None,
        *,
        runs_dir: str | Path = RUNS,
        cluster: str | None = None,
        allow_drift: bool = False,
        spec: str | Path | None = None,
        like: str | None = None,
        images: Any = None,
        labels: Any = None,
        select: tuple[Any, Any] | None = None,
        test: tuple[Any, Any] | None = None,
        **options: Unpack[SweepOptions],
    ) -> Sweep:
        """Lay out a new sweep; nothing is trained yet.

        Args:
            preset: ``quick``, ``standard`` or ``article``; ``quick`` if nothing else is given.
            runs_dir: folder that holds the runs.
            cluster: the Dask cluster that is to train it, as of :meth:`run`; None for this machine.
            allow_drift: whether a network that is not deterministic may be trained; its results are marked.
            spec: a TOML file to start from instead of a preset, with a spec, as of :meth:`spec_toml`, or a part.
            like: the name of a run whose spec to start from, all but its name.
            images, labels, select, test: arrays in place of ``data``; the last two are pairs of images and labels.
            options: what is to differ from these, as of ``xsample-tui run --help``, ``_`` for ``-``: ``window``, ...

        Raises:
            InputError, TypeError: bad data, a value out of range, a name that is taken; there is no such option.
        """
        wanted = draft_spec(preset, runs_dir, cluster, spec, like, **options)
        own = given_dataset(options.get("data"), images, labels, select, test)
        return cls(lay_out(Path(runs_dir), wanted, own, allow_drift=allow_drift))

    def spec_toml(self) -> str:
        """Return the spec as TOML: in a file it is what ``Sweep.create(spec=FILE)`` and ``run --from`` take."""
        return spec_toml(self.spec)

    @classmethod
    def load(cls, name: str, *, runs_dir: str | Path = RUNS) -> Sweep:
        """Load a sweep that exists.

        Raises:
            InputError: there is none of that name.
        """
        return cls(RunFolder.open(Path(runs_dir), name))

    @classmethod
    @renamed("Sweep.new", "Sweep.create")
    def new(
        cls, preset: PresetName = "quick", *, runs_dir: str | Path = RUNS, **options: Unpack[SweepOptions]
    ) -> Sweep:
        """Lay out a sweep."""
        return cls.create(preset, runs_dir=runs_dir, **options)

    @classmethod
    @renamed("Sweep.open", "Sweep.load")
    def open(cls, name: str, *, runs_dir: str | Path = RUNS) -> Sweep:
        """Load a sweep."""
        return cls.load(name, runs_dir=runs_dir)

    @renamed("Sweep.trials", "Sweep.trials_dataframe")
    def trials(self) -> pd.DataFrame:
        """Return the trials."""
        return self.trials_dataframe()

    @renamed("Sweep.history", "Sweep.history_dataframe")
    def history(self) -> pd.DataFrame:
        """Return the epochs."""
        return self.history_dataframe()

    def delete(self) -> None:
        """Delete it with all its trials, without asking; the controls that were trained beside it stay.

        Raises:
            RunBusy: something trains it now.
            InputError: its folder cannot be changed.
        """
        remove(self.path.parent, self.name)

    def judge(self) -> Judgement:
        """Judge its windows against the baselines: noise floor, corrections, chance.

        ``.to_frame()`` of what this returns has a row a window, ``.sentences()`` says it in words.

        Raises:
            InputError: no baseline or no window is finished.
        """
        return judge_run(open_pool(self._folder)).judgement

    def judge_dict(self) -> dict[str, Any]:
        """Return everything that ``xsample-tui judge --json`` prints, the smoothed map and the article's claims too.

        Raises:
            InputError: no baseline or no window is finished.
        """
        return judge_run(open_pool(self._folder)).facts()

    def scout(
        self, epochs: int | None = None, *, cluster: str | None = None, progress: bool | None = None
    ) -> ScoutResult:
        """Estimate the map in minutes: one network, trained under a random window for each image, in processes.

        What was trained before is not trained again.

        Args:
            epochs: passes over the train images; as many as a window has if None.
            cluster: a Dask cluster to train on, as of :meth:`run`; this machine if None.
            progress: whether to write a line for every epoch; by default in notebooks and terminals.

        Raises:
            InputError: it has no windows, or epochs are out of range.
            RunBusy: something trains it now.
            ScoutFailed: it cannot be trained.
        """
        show = watched() if progress is None else progress
        return ScoutResult(
            scout_run(self._folder, epochs, wanted_address(cluster), say=say if show else lambda line: None)
        )

    def stack(
        self,
        top: int | Literal["all"] | None = None,
        blend: str = "mean",
        *,
        members: Sequence[str] | None = None,
        pool: str = "windows",
        open_test: bool = False,
    ) -> Stack:
        """Blend the stored softmax outputs of its best models; nothing is trained.

        Args:
            top: how many of the best by log-loss on select, or ``all``; 5 if None.
            blend: ``mean``, ``geometric``, ``vote``, ``caruana``, ``simplex``, ``logistic``, or one that another
                package brings.
            members: trials by name, instead of ``top``.
            pool: what ``top`` chooses from: ``windows``, ``baselines`` or ``all``.
            open_test: judge on the locked test set instead of select; the run's ledger counts it.

        Raises:
            InputError: no trial is finished, or there is no such blender, pool or member.
        """
        return make(open_pool(self._folder), top, blend, members, pool, open_test=open_test)

    def predict(
        self,
        X: NDArray[Any] | str | Path,
        *,
        top: int | Literal["all"] | None = None,
        blend: str = "mean",
        members: Sequence[str] | None = None,
        pool: str = "windows",
    ) -> NDArray[np.float32]:
        """Return the probabilities that a blend of its models gives new images, (n, classes) float32.

        Args:
            X: as of :meth:`Stack.predict <xsample_tui.api.stack_object.Stack.predict>`.
            top, blend, members, pool: as of :meth:`stack`.

        Raises:
            InputError: as :meth:`stack`, or images of another shape, dtype or range than the sweep's.
        """
        return self.stack(top, blend, members=members, pool=pool).predict(X)

    def predict_labels(
        self,
        X: NDArray[Any] | str | Path,
        *,
        top: int | Literal["all"] | None = None,
        blend: str = "mean",
        members: Sequence[str] | None = None,
        pool: str = "windows",
    ) -> NDArray[np.int64]:
        """Return the label that a blend of its models gives each new image, (n,) int64; as :meth:`predict`."""
        return self.stack(top, blend, members=members, pool=pool).predict_labels(X)

    def arms(
        self,
        k: int = PRIMARY_K,
        blend: str = "mean",
        *,
        train: bool = False,
        pool: int | None = None,
        controls: Sequence[str] = CONTROL_KINDS,
        replicates: int = REPLICATES,
        ink: tuple[float, float] | None = None,
        margin: float = MARGIN,
        open_test: bool = False,
        allow_drift: bool = False,
        cluster: str | None = None,
        max_hours: float | None = None,
        until: str | None = None,
        on_event: Callable[[Event], None] | None = None,
        progress: bool | None = None,
    ) -> ArmsResult:
        """Compare blending its windows with as many whole-image networks, random masks and placebos.

        Args:
            k: members of every arm.
            blend: the blender of every arm.
            train: whether to train first what is missing of the sweep and of its controls; it can take longer than
                the sweep.
            pool: trials in each control to choose from; as many as windows if None.
            controls: which to train.
            replicates: further trainings of each of the best 2k windows.
            ink: only windows whose masks remove from this to that share of ink, as ``(0.01, 0.2)``.
            margin: the largest difference in accuracy that does not matter.
            open_test: judge on the locked test set instead of select; the run's ledger counts it.
            allow_drift, cluster, max_hours, until, on_event, progress: as of :meth:`run`, with ``train``.

        Raises:
            InputError: fewer finished windows or baselines than members, or an argument out of range.
            KeyboardInterrupt: the training was interrupted and has stopped; call this again to continue.
        """
        kind, wanted, where = arm_blender(blend, k, margin), control_kinds(controls), wanted_address(cluster)
        count, limits = pool_size(self._folder, k, pool), session_limits(max_hours, until)
        if train:
            for folder, _ in runs_to_train(self._folder, wanted, count, k=k, replicates=replicates):
                train_to_end(
                    folder,
                    allow_drift=allow_drift,
                    cluster=where,
                    on_event=on_event,
                    progress=progress,
                    limits=limits,
                )
            self._status = None
        models = open_pool(self._folder)
        study = ask_arms(models, kind, k, ink=ink, margin=margin, opened_by=SENDER if open_test else None)
        return ArmsResult(models, study, "test" if open_test else "select")

    def confirm(
        self,
        top: int = 3,
        seeds: int = LEAST_SEEDS,
        *,
        train: bool = True,
        allow_drift: bool = False,
        cluster: str | None = None,
        max_hours: float | None = None,
        until: str | None = None,
        on_event: Callable[[Event], None] | None = None,
        progress: bool | None = None,
    ) -> ConfirmationResult:
        """Train its best windows again, and judge them on the half of select that did not choose them.

        Args:
            top: windows to confirm.
            seeds: new trainings of each, at least 5.
            train: whether to train first what is missing.
            allow_drift, cluster, max_hours, until, on_event, progress: as of :meth:`run`.

        Raises:
            InputError: no window is finished, or an argument out of range.
            KeyboardInterrupt: the training was interrupted and has stopped; call this again to continue.
        """
        where, limits = wanted_address(cluster), session_limits(max_hours, until)
        if train and where is None:
            need_training_packages()
        models = open_pool(self._folder)
        beside = confirmation_run(models, top, seeds)
        if train:
            train_to_end(
                beside, allow_drift=allow_drift, cluster=where, on_event=on_event, progress=progress, limits=limits
            )
        return ConfirmationResult(models, judge_confirmation(models, beside))

    def confirm_cost(self, top: int = 3, seeds: int = LEAST_SEEDS) -> str:
        """Return what :meth:`confirm` would train, and about how long that takes, in a sentence.

        Raises:
            InputError: as :meth:`confirm`.
        """
        return confirmation_cost(open_pool(self._folder), top, seeds)


def draft_spec(
    preset: PresetName | None,
    runs_dir: str | Path,
    cluster: str | None,
    spec: str | Path | None,
    like: str | None,
    **options: Unpack[SweepOptions],
) -> SweepSpec:
    """Return the spec of a new sweep; arguments and errors as of :meth:`Sweep.create`."""
    folder = Path(runs_dir)
    return spec_of(folder, preset, wanted_address(cluster), base_of(folder, spec, like, preset), **options)
