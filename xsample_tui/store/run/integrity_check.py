"""Recomputes every checksum of a run."""

from __future__ import annotations

from dataclasses import dataclass

from ...core.errors import XSampleError, printable
from ...core.training.checkpoint_format import DamagedCheckpoint, decode
from ..scout_files import ESTIMATE, FOLDER, DamagedScout, read_estimate
from .run_folder import RunFolder


@dataclass(frozen=True)
class Finding:
    """What is true of one file or trial of a run.

    Attributes:
        what: the file or the trial.
        state: ``whole``, ``damaged``, or ``missing`` (a trial without a whole checkpoint; nothing is wrong with
            it unless ``note`` says so).
        note: epochs, digest, or what is wrong.
    """

    what: str
    state: str
    note: str


def audit(run: RunFolder) -> list[Finding]:
    """Return a finding for the images, the plan, every checkpoint and every trial that has none.

    Opening ``run`` has verified its spec already.
    """
    findings = [Finding("spec.json", "whole", f"{len(run.document.trials)} trials")]
    for what, part in (("dataset.npz", "dataset"), ("plan.npz", "plan")):
        try:
            getattr(run, part)
        except XSampleError as error:
            findings.append(Finding(what, "damaged", str(error)))
        else:
            findings.append(Finding(what, "whole", "matches its hash"))
    findings += _scout(run)
    for trial in run.document.trials:
        findings += _trial(run, trial.name)
    return findings


def _scout(run: RunFolder) -> list[Finding]:
    """Return a finding for the scout's estimate, if there is one; its checkpoints go once it is made."""
    what = f"{FOLDER}/{ESTIMATE}"
    try:
        estimate = read_estimate(run.path)
    except DamagedScout as error:
        return [Finding(what, "damaged", str(error))]
    if estimate is None:
        return []
    return [Finding(what, "whole", f"{len(estimate.windows)} windows, {estimate.digest[:16]}")]


def _trial(run: RunFolder, name: str) -> list[Finding]:
    findings = []
    try:
        paths, mark = run.generations(name), run.marked(name)
    except OSError as error:
        return [Finding(f"trials/{name}", "damaged", f"cannot be read: {error.strerror}")]
    for path in paths:
        what = f"trials/{name}/{path.name}"
        try:
            state = decode(path.read_bytes())
        except (DamagedCheckpoint, OSError) as error:
            findings.append(Finding(what, "damaged", printable(error)))
            continue
        if state.trial != name or state.epoch != int(path.stem):
            findings.append(Finding(what, "damaged", f"belongs to {printable(state.trial)} at epoch {state.epoch}"))
            continue
        drift = f", drifted ({'; '.join(map(printable, state.drifted))})" if state.drifted else ""
        done = "finished" if state.finished else "unfinished"
        findings.append(Finding(what, "whole", f"{done} at epoch {state.epoch}, {state.digest()[:16]}{drift}"))
    if not any(finding.state == "whole" for finding in findings):
        bare = "all of its checkpoints are damaged" if paths else "not started"
        why = bare if mark.status == "none" else f"{mark.status} {printable(mark.message)}".strip()
        findings.append(Finding(f"trials/{name}", "missing", why))
    return findings
