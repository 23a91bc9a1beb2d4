"""Control runs with every trial finished."""

from tests.harness.finished_runs import finish
from xsample_tui.stacking.pool.control_runs import lay_out_control_runs
from xsample_tui.store.control_run_names import ControlKind
from xsample_tui.store.run.run_folder import RunFolder


def complete(run: RunFolder, count: int, **strength: float) -> list[RunFolder]:
    """Lay out the control runs of a run and finish their trials."""
    found = []
    kinds: tuple[ControlKind, ...] = ("seeds", "random", "placebo")
    for kind in kinds:
        (folder,) = lay_out_control_runs(run, kind, count)
        for trial in folder.document.trials:
            finish(folder, trial, strength.get(kind, 3.0))
        found.append(folder)
    return found
