"""The variance of a difference of blends over images and over streams, with the windows fixed.

A network's errors depend on the images and on its stream. Images that one network has wrong by chance, another has
right: this interaction moves the count of errors from stream to stream as well as from image to image, and must be
counted once (crossed random effects: Owen 2007, "The pigeonhole bootstrap").
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.05
POWER = 0.8


@dataclass(frozen=True)
class StreamPart:
    """What a mean over images varies by when its networks are trained again from other streams.

    Attributes:
        total: the variance observed, at least 0.
        freedom: degrees of freedom that it was observed with, at least 1.
        assumed: whether it was taken over from other networks instead of measured on these.
        within: what of ``total`` is counted elsewhere: the interaction of streams and images, which the images' part
            has. Known far better than ``total``; at least 0.
        source: names the networks that it was measured on: parts of one source err together. Empty: none else has it.
    """

    total: float
    freedom: float
    assumed: bool = False
    within: float = 0.0
    source: str = ""

    @property
    def variance(self) -> float:
        """What streams alone add, above 0 wherever something was observed (:func:`component`)."""
        return component((self,))[0]

    @property
    def hidden(self) -> bool:
        """Whether streams alone are estimated at 0 or less, so that what the estimate's error allows stands in."""
        return self.total <= self.within

    def scaled(self, factor: float) -> StreamPart:
        """Return it for networks whose variance is ``factor`` times this one's, marked as assumed."""
        return replace(self, total=self.total * factor, within=self.within * factor, assumed=True)


def component(parts: Iterable[StreamPart]) -> tuple[float, float]:
    """Return the variance of parts together, each ``total - within``, and its degrees of freedom: never 0.

    Where streams move a blend by little, half of such differences are below 0. A 0 there would say that streams move
    nothing, and that this is known for certain. What is known is that the variance is not negative: the value is the
    mean of a normal distribution round the difference, with its standard error, of which all below 0 is cut off. A
    difference of many standard errors stays as it is; one of 0 becomes 0.8 of them; it only ever grows.

    Args:
        parts: the parts. Where none has anything within, nothing is subtracted, and they just add up.

    Returns:
        The variance and its degrees of freedom (Satterthwaite 1946), infinite where nothing varies.
    """
    from scipy.special import log_ndtr

    sources: dict[object, list[StreamPart]] = {}
    for number, part in enumerate(parts):
        sources.setdefault(part.source or number, []).append(part)
    found = squares = largest = 0.0
    for same in sources.values():
        total, within = sum(part.total for part in same), sum(part.within for part in same)
        found += total - within
        largest += max(total, within)
        # What is within is as large as what is observed, if streams add nothing: the better known of the two counts.
        squares += max(total, within) ** 2 / min(part.freedom for part in same)
    if not squares:
        return 0.0, math.inf
    freedom = largest**2 / squares
    if not any(part.within for same in sources.values() for part in same):
        return found, freedom
    error = math.sqrt(2 * squares)
    z = found / error
    mills = math.exp(-z * z / 2 - math.log(2 * math.pi) / 2 - float(log_ndtr(z)))
    mean, square = found + error * mills, error**2 * max(1 - z * mills - mills**2, 0.0)
    return mean, max(min(2 * mean**2 / square, freedom) if square else freedom, 1.0)


def added_up(parts: Iterable[StreamPart]) -> tuple[float, float]:
    """Return the variance of independent parts together, and its degrees of freedom (Satterthwaite 1946).

    Args:
        parts: the parts; where none varies, the degrees of freedom are infinite.
    """
    parts = tuple(parts)
    variance = sum(part.total for part in parts)
    below = sum(part.total**2 / part.freedom for part in parts)
    return variance, variance**2 / below if below else math.inf


def least_found(sd: float, freedom: float, tests: int = 1) -> float:
    """Return the least true difference that is found in 4 of 5 repetitions at 5 %, corrected for a number of tests.

    Args:
        sd: the difference's standard error.
        freedom: its degrees of freedom.
        tests: how many are corrected for, at least 1: the level is 5 % over their number.
    """
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 1 - ALPHA / (2 * tests)) + stdtrit(freedom, POWER)) * sd


def pure_part(
    values: NDArray[np.float64], factor: float, freedom: float, source: str = "", least: float = 0.0
) -> StreamPart:
    """Return what row means vary by over streams, without what the interaction with images adds to it.

    In a table of M streams and n images the row means have variance ``s2_stream + s2_interaction / n``; the
    interaction, the residual of the two-way table, is what is ``within``.

    Args:
        values: (M, n), M and n at least 2: what each stream, or each redraw of streams, gives for each image.
        factor: by which both variances are multiplied: what one mean of redraws is too small by.
        freedom: degrees of freedom of the row means' variance, at least 1.
        source: of the part.
        least: of the row means' variance by the interaction, as where no image happens to differ.
    """
    table = np.asarray(values, np.float64)
    count, n = table.shape
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    squares = float(np.square(table).mean())
    middle: float = float(rows.mean())
    residual = squares - float(np.square(rows).mean()) - float(np.square(columns).mean()) + middle**2
    unbiased = max(residual, 0.0) * count * n / ((count - 1) * (n - 1))
    observed, within = factor * float(rows.var(ddof=1)), factor * max(unbiased / n, least)
    return StreamPart(observed, freedom, within=within, source=source)


@dataclass(frozen=True)
class Effect:
    """A difference between two blends on the same images, with what it varies by.

    Attributes:
        difference: the first minus the second.
        low, high: its 95 % interval.
        narrow_low, narrow_high: its 90 % interval, which has to lie within a margin for two one-sided tests at 5 %.
        sd: its standard error.
        image_sd: the images' part of it, in which the interaction with streams is counted.
        stream_sd: the streams' part; 0 where no stream was redrawn.
        freedom: degrees of freedom of the t quantiles (Satterthwaite 1946).
        p: two-sided, of no difference.
        over: what the interval is over: ``seeds and images``, ``seeds (assumed) and images`` or ``images alone``.
        detectable: the least true difference that would be found in 4 of 5 repetitions at 5 %.
    """

    difference: float
    low: float
    high: float
    narrow_low: float
    narrow_high: float
    sd: float
    image_sd: float
    stream_sd: float
    freedom: float
    p: float
    over: str
    detectable: float


def effect(gaps: NDArray[np.float64], streams: tuple[StreamPart, ...] | None, least: float = 0.0) -> Effect:
    """Return the mean of per-image differences as an effect.

    Args:
        gaps: (n,) each image's difference, n at least 2.
        streams: each side's stream part; None where there is none, so that the interval is over images alone.
        least: of the images' part, a variance, beside stream parts: blends that agree on these images may differ on
            others.
    """
    from scipy.special import stdtr, stdtrit

    n = len(gaps)
    difference = float(gaps.mean())
    image = float(gaps.var(ddof=1)) / n
    parts = streams or ()
    if parts:
        image = max(image, least)
    streams_variance, streams_freedom = component(parts)
    variance, freedom = added_up((StreamPart(image, n - 1), StreamPart(streams_variance, streams_freedom)))
    freedom = freedom if variance else float(n - 1)
    sd = math.sqrt(variance)
    wide, narrow = (float(stdtrit(freedom, 1 - tail)) for tail in (ALPHA / 2, ALPHA))
    p = min(1.0, 2 * float(stdtr(freedom, -abs(difference) / sd))) if sd else float(difference == 0)
    if streams is None:
        over = "images alone"
    else:
        hidden = sum(part.total - part.within for part in parts) <= 0
        over = "seeds (assumed) and images" if hidden or any(part.assumed for part in parts) else "seeds and images"
    return Effect(
        difference=difference,
        low=difference - wide * sd,
        high=difference + wide * sd,
        narrow_low=difference - narrow * sd,
        narrow_high=difference + narrow * sd,
        sd=sd,
        image_sd=math.sqrt(image),
        stream_sd=math.sqrt(streams_variance),
        freedom=freedom,
        p=p,
        over=over,
        detectable=least_found(sd, freedom),
    )
