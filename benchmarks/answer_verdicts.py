"""What the product says of blending windows, asked of what a method of ``benchmarks.answer`` has trained."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from xsample_tui.core.training.checkpoint_format import encode
from xsample_tui.core.training.early_stopping import StoppingState
from xsample_tui.core.training.sweep_spec import SweepSpec
from xsample_tui.core.training.trial_state import TrialState
from xsample_tui.stacking.findings.run_summary import summary
from xsample_tui.store.run.run_document import document_bytes
from xsample_tui.store.run.run_folder import RunFolder

from .answer_replay import Moment, Story, finished_at, from_then_on

# Finished windows at which the summary is asked; whenever a baseline has finished besides.
ASKED = (2, 5, 12, 50, 200)


class Verdicts:
    """Asks the product's summary of a run's trials as far as they are finished, each set of them once.

    Args:
        run: the full sweep.
        folder: receives folders with a part of its trials.
    """

    def __init__(self, run: RunFolder, folder: Path) -> None:
        self._run, self._folder = run, folder
        self._known: dict[frozenset[str], str] = {}

    def of(self, finished: frozenset[str], epochs: Mapping[str, int]) -> str:
        """Return the verdict on blending windows.

        Args:
            finished: these trials are; the summary knows of no others.
            epochs: of every trial that was begun.
        """
        if finished not in self._known:
            self._known[finished] = str(
                summary(self._part(finished, (self._run.path / "spec.json").read_bytes())).verdict
            )
        return self._known[finished]

    def _part(self, finished: frozenset[str], document: bytes) -> RunFolder:
        """Return a new run's folder that holds some of the full sweep's trials."""
        part = Path(tempfile.mkdtemp(prefix="part-", dir=self._folder))
        (part / "trials").mkdir()
        (part / "spec.json").write_bytes(document)
        for name in ("plan.npz", "dataset.npz"):
            (part / name).symlink_to((self._run.path / name).resolve())
        for name in finished:
            (part / "trials" / name).symlink_to((self._run.path / "trials" / name).resolve())
        return RunFolder(part)


class RungVerdicts(Verdicts):
    """Asks the summary of a run with successive halving: windows that are not finished have the epochs that they had.

    Whether such a window waits or is parked, the product finds by itself, from the losses. Weights are left out.

    Args:
        run: the full sweep.
        folder: receives folders with a part of its trials.
        changes: of its spec, beyond those that halving needs.
    """

    def __init__(self, run: RunFolder, folder: Path, **changes: Any) -> None:
        super().__init__(run, folder)
        self._changes = changes

    def of(self, finished: frozenset[str], epochs: Mapping[str, int]) -> str:
        """Return the verdict on blending windows where the others have some epochs each."""
        return str(summary(self.run_of(finished, epochs)).verdict)

    def run_of(self, finished: frozenset[str], epochs: Mapping[str, int]) -> RunFolder:
        """Return a run with rungs in which some trials are finished and the others have some epochs each."""
        document = self._run.document
        training = document.spec.training.model_copy(update={"stopping": "epochs"})
        changed = {"training": training, "search": "halving", **self._changes}
        spec = SweepSpec.model_validate({**dict(document.spec), **changed})
        part = self._part(finished, document_bytes(document.model_copy(update={"spec": spec, "laid_out": None})))
        for name, epoch in epochs.items():
            if name not in finished:
                record = self._run.record(name)
                assert record is not None
                history, seconds = record.history[:epoch], record.seconds[:epoch]
                behind = TrialState(name, epoch, {}, {}, StoppingState(), history=history, seconds=seconds)
                (part.path / "trials" / name).mkdir()
                (part.path / "trials" / name / f"{epoch:06d}.ckpt").write_bytes(encode(behind))
        return part


def verdict_at(
    verdicts: Verdicts, moments: Sequence[Moment], story: Story, truth: str
) -> tuple[float | None, list[tuple[float, int, str]]]:
    """Return since when the verdict is the full sweep's, and what it was at each look: seconds, trials, verdict."""
    looks = finished_at(moments, story, (*ASKED, len(story.places)))
    said = [(at, len(done), verdicts.of(done, epochs)) for at, done, epochs in looks]
    return from_then_on([(at, verdict == truth) for at, _, verdict in said]), said
