"""The run folder: reads and writes a run's spec, images, plan and trials."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path

from ...core.data.dataset import Dataset
from ...core.errors import ArgumentError, InputError, printable
from ...core.networks.keras_network import TrainedNetwork
from ...core.networks.network import Weights, article_network
from ...core.networks.network_registry import code_of, describe, restore, stamp
from ...core.run_state.run_progress import Progress
from ...core.run_state.rung_standings import park, waits
from ...core.shell_command import shell_command
from ...core.training.checkpoint_format import (
    HEADER_LIMIT,
    DamagedCheckpoint,
    TrialRecord,
    decode,
    decode_record,
    record_end,
)
from ...core.training.sweep_spec import SweepSpec, check_name
from ...core.training.trial_plan import Plan
from ...core.training.trial_state import TrialState
from ..files import atomic_write
from ..files.leftover_files import unfinished
from ..missing_run import no_such_run
from ..scout_files import stored_estimate
from . import initial_weights
from .access_rights import unreadable
from .run_document import DamagedRun, RunDocument, document_bytes, read_document
from .stored_inputs import masks_digest, read_images, read_plan, store_images, store_plan
from .trial_mark import Mark, MarkStatus, read_mark
from .unreadable_trials import Insist, consequence, never, read_trial


class RunFolder:
    """A run on disk. Any number of processes may read it; only the run's owner writes.

    Args:
        path: the run's folder, which must hold a readable ``spec.json``.

    Raises:
        InputError: there is no run at ``path``.
        DamagedRun: its spec cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._durable: set[Path] = set()
        self._stored: bytes | None = None
        self.reread()

    def reread(self) -> None:
        """Read the spec again, and the plan when it is asked for next: windows join a run while it is trained.

        Raises:
            InputError, DamagedRun: as the class.
        """
        try:
            data = (self.path / "spec.json").read_bytes()
        except (FileNotFoundError, NotADirectoryError) as error:
            raise no_such_run(self.path.parent, self.path.name) from error
        except OSError as error:
            raise InputError("run", self.path.name, unreadable(self.path, error)) from error
        if data != self._stored:
            self.document, self._stored = read_document(self.path, data), data
            for name in ("spec", "plan"):
                self.__dict__.pop(name, None)

    @property
    def name(self) -> str:
        """The run's name."""
        return self.path.name

    def shell_command(self, command: str, *options: str) -> str:
        """Return a command about this run, as it can be pasted into a shell."""
        return shell_command(command, self.name, *options, runs=self.path.parent)

    @cached_property
    def spec(self) -> SweepSpec:
        """The run's spec, with the name that its folder has now: a run can be renamed."""
        spec = self.document.spec
        return spec if spec.name == self.name else spec.model_copy(update={"name": self.name})

    @classmethod
    def open(cls, runs: Path, name: str) -> RunFolder:
        """Open a run by name.

        Raises:
            InputError, DamagedRun: as the class; also a name that is not a safe file name.
        """
        return cls(runs / check_name("run", name))

    @classmethod
    def create(
        cls,
        runs: Path,
        spec: SweepSpec,
        dataset: Dataset,
        plan: Plan,
        fingerprint: dict[str, str],
        network: TrainedNetwork | None = None,
        extensions: dict[str, str] | None = None,
        weights: Weights | None = None,
        images_of: Path | None = None,
    ) -> RunFolder:
        """Make a run's folder: all of it or none of it.

        Args:
            runs: the runs folder.
            spec, dataset, plan: the sweep, its images, and what it means on them.
            fingerprint: of the machine and software.
            network: what is trained; None for the article's.
            extensions: what other packages brought, and which.
            weights: the initial weights of every trial by name, where they are not drawn.
            images_of: the folder of a run that has the same images, whose file is shared where it is large.

        Raises:
            InputError: a run of that name exists, or the folder cannot be written.
        """
        path = runs / check_name("name", spec.name)
        network = network or article_network(dataset.shape, dataset.classes)
        document = RunDocument(
            spec=spec,
            trials=plan.trials,
            order=plan.order,
            classes=dataset.classes,
            class_names=dataset.class_names,
            value_range=dataset.value_range,
            dataset_digest=dataset.digest(),
            split_digest=plan.split.digest(),
            masks_digest=masks_digest(plan.masks),
            fingerprint=fingerprint | {"network": stamp(spec.network, network)} | code_of(network),
            network=describe(network),
            extensions=extensions or {},
            created=time.time(),
        )
        partial = runs / unfinished(spec.name, "partial")
        # A process that had this one's number may have been killed while it made it.
        shutil.rmtree(partial, ignore_errors=True)
        try:
            partial.mkdir(parents=True)
            store_images(partial, dataset, images_of)
            store_plan(partial, plan)
            initial_weights.store(partial, weights)
            (partial / "trials").mkdir()
            (partial / "logs").mkdir()
            atomic_write.write(partial / "spec.json", document_bytes(document))
            if path.exists():
                raise ArgumentError(
                    "name", spec.name, f"a run of this name exists in {runs}; resume it, or choose another name"
                )
            os.rename(partial, path)
            atomic_write.sync_folder(runs)
        except OSError as error:
            if path.exists():
                raise ArgumentError("name", spec.name, "a run of this name has just been made") from error
            raise ArgumentError("runs_dir", runs, f"cannot be written: {error.strerror}; name another") from error
        finally:
            # Only what this call itself made under a name of its own.
            shutil.rmtree(partial, ignore_errors=True)
        return cls(path)

    def beside(self, spec: SweepSpec, plan: Plan) -> RunFolder:
        """Make the folder of another run on this one's images, machine and network, in the same runs folder.

        Raises:
            InputError: as :meth:`create`.
        """
        document, folder = self.document, self.path.parent
        kept = (document.fingerprint, self.network, document.extensions, self.initial)
        return self.create(folder, spec, self.dataset, plan, *kept, images_of=self.path)

    @cached_property
    def dataset(self) -> Dataset:
        """The run's images, checked against their hash.

        Raises:
            DamagedRun: they cannot be read, or are not those the run was laid out with.
        """
        return read_images(self.path, self.document)

    @cached_property
    def plan(self) -> Plan:
        """The run's plan, checked against its hashes.

        Raises:
            DamagedRun: it cannot be read, or is not the one the run was laid out with.
        """
        return read_plan(self.path, self.document)

    @cached_property
    def network(self) -> TrainedNetwork:
        """The network that the run trains, as it was when the run was laid out.

        Raises:
            DamagedRun: its description cannot be read.
        """
        layers = self.document.network
        if layers is None:
            return article_network(self.dataset.shape, self.document.classes)
        try:
            return restore(self.dataset.shape, layers)
        except InputError as error:
            raise DamagedRun(f"run {self.name}: spec.json: {error}") from error

    @cached_property
    def initial(self) -> Weights | None:
        """The weights that every trial begins with; None where each draws its own.

        Raises:
            DamagedRun: they cannot be read, or are not those the run was laid out with.
        """
        return initial_weights.read(self.path, self.network)

    def commit(self, trial: str, epoch: int, data: bytes, *, finished: bool) -> None:
        """Store a checkpoint durably, then drop what it makes superfluous.

        The checkpoint before stays until the next commit; a finished trial keeps only its last, once it has been
        read back whole.

        Args:
            trial: the trial's name.
            epoch: epochs trained.
            data: the checkpoint's bytes.
            finished: whether this is the trial's last.

        Raises:
            OSError: it could not be written; everything committed before is still there.
            DamagedCheckpoint: the disk gave back other bytes than were written.
        """
        folder = self._trial_folder(trial)
        self._make_trial_folder(folder)
        path = folder / f"{epoch:06d}.ckpt"
        before = [p for p in self.generations(trial) if p != path]
        atomic_write.write(path, data)
        if finished and path.read_bytes() != data:
            raise DamagedCheckpoint(f"{path} does not read back as it was written")
        for old in before if finished else before[1:]:
            atomic_write.failpoint("drop")
            old.unlink(missing_ok=True)

    def latest(self, trial: str, *, insist: Insist = never) -> tuple[TrialState | None, list[str]]:
        """Return the newest state of a trial that is whole (None before its first commit), and what was wrong.

        A damaged checkpoint is passed over for the one before, never deleted.

        Args:
            trial: the trial's name.
            insist: says of the error of one that cannot be read whether to raise it, rather than to pass it over.

        Raises:
            OSError: one cannot be read, and is not to be passed over; or the run's folder is gone.
        """
        problems: list[str] = []
        for path in self.generations(trial):
            try:
                state = decode(path.read_bytes())
            except (DamagedCheckpoint, OSError) as error:
                if isinstance(error, OSError) and insist(error):
                    raise
                problems.append(f"{trial}: checkpoint {path.name} is damaged ({printable(error)})")
                continue
            if state.trial != trial or state.epoch != int(path.stem):
                problems.append(f"{trial}: checkpoint {path.name} belongs to {printable(state.trial)}")
                continue
            if self._goes_on(state.epoch):
                state = replace(state, stop_reason=None, softmax={})
            return state, consequence(problems, state.epoch)
        return None, consequence(problems, 0)

    def _goes_on(self, epoch: int) -> bool:
        """Whether a trial of so many epochs has more to go, though it had ended before the run was extended."""
        laid = self.document.laid_out
        return laid is not None and laid.training.epochs <= epoch < self.spec.training.epochs

    def put_aside(self, trial: str, epoch: int) -> None:
        """Rename checkpoints newer than ``epoch``, which proved damaged, so that they are out of the way but kept."""
        for path in self.generations(trial):
            if int(path.stem) > epoch:
                os.replace(path, path.with_name(f"{path.name}.damaged-{time.time_ns()}"))

    def record(self, trial: str, *, insist: Insist = never, damaged: list[str] | None = None) -> TrialRecord | None:
        """Return the newest whole record of a trial without reading its arrays; None before its first commit.

        Args:
            trial: the trial's name.
            insist: as of :meth:`latest`.
            damaged: is given the names of the checkpoints that were passed over because they are damaged.

        Raises:
            OSError: one cannot be read, and is not to be passed over; or the run's folder is gone.
        """
        for path in self.generations(trial):
            try:
                with open(path, "rb") as file:
                    head = file.read(HEADER_LIMIT)
                    head += file.read(max(0, record_end(head) - len(head)))
                    record, length = decode_record(head)
                    whole = os.fstat(file.fileno()).st_size == length
            except (DamagedCheckpoint, OSError) as error:
                if isinstance(error, OSError):
                    if insist(error):
                        raise
                    continue
                whole = False
            if whole and record.trial == trial:
                return record.model_copy(update={"stop_reason": None}) if self._goes_on(record.epoch) else record
            if damaged is not None:
                damaged.append(path.name)
        return None

    def mark(self, trial: str, status: MarkStatus, message: str = "") -> None:
        """Mark a trial failed or skipped, or take its mark back (``none``).

        Raises:
            OSError: the mark cannot be written.
        """
        folder = self._trial_folder(trial)
        self._make_trial_folder(folder)
        atomic_write.write(folder / "mark.json", Mark(status=status, message=message).model_dump_json().encode())

    def marked(self, trial: str) -> Mark:
        """Return a trial's mark; ``none`` if it has none that makes sense.

        Raises:
            OSError: it cannot be read.
        """
        return read_mark(self._trial_folder(trial) / "mark.json")

    def progress(self) -> Progress:
        """Return what the trials' files say of the run, and which of them cannot be read.

        Raises:
            OSError: none can be read: the run's folder is gone, or that of its trials is private.
        """
        with contextlib.suppress(FileNotFoundError):
            os.listdir(self.path / "trials")
        progress = Progress(self.spec, self.document.trials)
        progress.estimate = stored_estimate(self.path)
        for name in [trial.name for trial in self.document.trials]:
            damaged: list[str] = []
            record, mark, why = read_trial(partial(self._record, name, damaged), partial(self.marked, name))
            if record is not None:
                progress.restore(record)
            if mark.status != "none":
                progress.mark(name, mark.status, mark.message)
            if why:
                progress.doubt(name, why)
            if damaged:
                progress.damage(name, damaged[0], record.epoch if record is not None else 0)
        standings = park(progress)
        resting = (entry for entry in progress.trials.values() if entry.status in ("pending", "paused"))
        waiting = {entry.trial.name for entry in resting if not waits(entry, standings)}
        progress.queue = tuple(name for name in self.document.training_order if name in waiting)
        return progress

    def make_folders(self) -> None:
        """Make the folders that a run has, where a copy of it has lost those that were empty.

        Raises:
            OSError: they cannot be made.
        """
        for name in ("trials", "logs", "requests"):
            (self.path / name).mkdir(exist_ok=True)

    def _record(self, trial: str, damaged: list[str], insist: Insist) -> TrialRecord | None:
        damaged.clear()
        return self.record(trial, insist=insist, damaged=damaged)

    def _make_trial_folder(self, folder: Path) -> None:
        # Not its parents: a run's folder that was moved away must not be created again.
        if folder not in self._durable or not folder.is_dir():
            folder.mkdir(exist_ok=True)
            # Also where it was there: the one who made it may not have got so far.
            atomic_write.sync_folder(folder.parent)
            self._durable.add(folder)

    def _trial_folder(self, trial: str) -> Path:
        return self.path / "trials" / check_name("trial", trial)

    def generations(self, trial: str) -> list[Path]:
        """Return a trial's checkpoint files, newest first."""
        try:
            names = [entry.name for entry in os.scandir(self._trial_folder(trial))]
        except (FileNotFoundError, NotADirectoryError):
            # None of this trial yet, unless the run's folder is gone, or its trials are on a disk that is away.
            trials = self.path / "trials"
            os.stat(trials if trials.is_symlink() else self.path / "spec.json")
            return []
        found = sorted((name for name in names if name.endswith(".ckpt") and name[:-5].isdecimal()), reverse=True)
        return [self._trial_folder(trial) / name for name in found]
