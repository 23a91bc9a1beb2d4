"""Compares the article's claims with a run under its protocol, line by line."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import fmean, median

from ...core.errors import InputError
from ...core.run_state.run_progress import Progress, TrialProgress
from ...core.stats.paired_tests import least_net_gain
from ...core.training.epoch_metrics import EpochMetrics
from ...store.run.run_folder import RunFolder
from .window_judgement import Judgement

_FIRST, _SECOND = "article-r00-c14", "article-r18-c01"


@dataclass(frozen=True)
class Claim:
    """One line of the comparison.

    Attributes:
        about: what it is about.
        article: what the article says or its code does.
        run: what this run shows.
    """

    about: str
    article: str
    run: str

    def facts(self) -> dict[str, str]:
        """Return it as plain values."""
        return asdict(self)


def claims(run: RunFolder, judgement: Judgement) -> list[Claim]:
    """Return the comparison for a run of the ``article`` preset.

    Args:
        run: the run.
        judgement: the run's.

    Raises:
        InputError: the run's windows are not the article's.
    """
    if run.spec.windows.mask != "article":
        raise InputError("run", run.name, "only a run with the article's masks can be set beside its claims")
    progress = run.progress()
    return [*_masks(run, progress), *_rule(run, progress), *_scores(run, progress), *_effect(run, judgement)]


def _masks(run: RunFolder, progress: Progress) -> list[Claim]:
    trials = [entry.trial for entry in progress.windows]
    zeroed, ink = [trial.pixels_zeroed for trial in trials], [trial.ink_removed for trial in trials]
    size = run.dataset.shape[0] * run.dataset.shape[1]
    fit = len(run.plan.split.fit)
    return [
        Claim(
            "windows",
            "text: 324 = 18 squared; code: range(19) squared = 361; 400 positions fit",
            f"{len(trials)} windows",
        ),
        Claim(
            "pixels zeroed",
            "text: all but the 9x9 square, 703 of 784; code: two corner rectangles, 19 to 361",
            f"{min(zeroed)} to {max(zeroed)} of {size}",
        ),
        Claim(
            "ink removed",
            "not given; code on MNIST's test images: mean 15.2 %, median 9.2 %, 0.0008 % to 71.5 %",
            f"mean {fmean(ink):.1%}, median {median(ink):.1%}, {min(ink):.4%} to {max(ink):.1%} (fit images)",
        ),
        Claim(
            "images touched by (18, 1)",
            "presented as a window; its mask changes 88 of 10,000 test images: a second baseline in all but name",
            _touched(progress, _SECOND, fit),
        ),
        Claim(
            "images touched by (0, 14)",
            "not given; its mask removes 0.70 % of the test images' ink",
            _touched(progress, _FIRST, fit),
        ),
    ]


def _touched(progress: Progress, name: str, fit: int) -> str:
    if name not in progress.trials:
        return "not among this run's windows"
    trial = progress.trials[name].trial
    return f"{trial.images_touched} of {fit} fit images, {trial.ink_removed:.4%} of their ink"


def _rule(run: RunFolder, progress: Progress) -> list[Claim]:
    done = [entry for entry in progress.windows if entry.status == "done"]
    records = sum(_sets_record(run, entry) for entry in done)
    lengths = [len(entry.history) for entry in done]
    leaked = "no window is finished"
    if lengths:
        leaked = (
            f"{len(done)} windows after {min(lengths)} to {max(lengths)} epochs (median {median(lengths):g}); "
            f"{records} set a record and so had patience, {len(done) - records} had none"
        )
    return [
        Claim(
            "stopping rule",
            "patience of 15 epochs; max_accu and s0 are never reset, so only a window with a new record has any",
            leaked,
        ),
        Claim(
            "score reported",
            "the last epoch's selection accuracy, not the best one's",
            _last_and_best(done),
        ),
        Claim(
            "selection data",
            "the test set, used for early stopping and selection",
            "the same, so every score here is biased" if run.spec.article_protocol else "select, apart from test",
        ),
    ]


def _sets_record(run: RunFolder, entry: TrialProgress) -> bool:
    record = run.record(entry.trial.name)
    return record is not None and record.stopping.best_epoch > 0


def _last_and_best(done: list[TrialProgress]) -> str:
    if not done:
        return "no window is finished"
    best = max(done, key=lambda entry: entry.history[-1].val_accuracy)
    peak: EpochMetrics = max(best.history, key=lambda metrics: metrics.val_accuracy)
    return (
        f"{best.trial.name}: last {best.history[-1].val_accuracy:.4f} at epoch {len(best.history)}, "
        f"best {peak.val_accuracy:.4f} at epoch {peak.epoch}"
    )


def _scores(run: RunFolder, progress: Progress) -> list[Claim]:
    published = {
        "baseline-s00": ("baseline", "0.9917 at step 405"),
        _FIRST: ("window (0, 14)", "0.9922 at step 450"),
        _SECOND: ("window (18, 1)", "0.9922 at step 415"),
    }
    return [Claim(about, said, _score(progress, name)) for name, (about, said) in published.items()]


def _score(progress: Progress, name: str) -> str:
    entry = progress.trials.get(name)
    if entry is None or entry.last is None:
        return "not trained in this run"
    at = "at" if entry.status == "done" else "so far, at"
    return f"{entry.last.val_accuracy:.4f} {at} epoch {entry.last.epoch}"


def _effect(run: RunFolder, judgement: Judgement) -> list[Claim]:
    best = judgement.windows[0]
    p = min(window.mcnemar_p for window in judgement.windows)
    return [
        Claim(
            "effect",
            "0.9922 against 0.9917: 83 errors down to 78 of 10,000, 5 images",
            f"{best.name}: {best.gain:+.1f} images of {judgement.images:,}",
        ),
        Claim(
            "effect against McNemar's test",
            f"a net 5 images has p of 0.0625 at best; {least_net_gain()} is the least that can be significant",
            f"least p of all windows {p:.2g}; after Holm {min(1.0, p * len(judgement.windows)):.2g}",
        ),
        Claim(
            "effect against noise",
            "not given; from seed to seed about 6.4 images, so the best of 361 gains about 19 by chance alone",
            f"SD {judgement.sd:.1f} images{' (assumed)' if judgement.sd_assumed else ''}; "
            f"the best of {len(judgement.windows)} gains {judgement.chance_gain:.1f} by chance alone",
        ),
    ]
