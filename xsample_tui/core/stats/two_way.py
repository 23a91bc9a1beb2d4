"""Two-way variance: how far a difference of blends moves over images and over streams, with the windows fixed.

A network's errors depend on the images and on its stream. Images that one network has wrong by chance, another has
right: this interaction moves the count of errors from stream to stream as well as from image to image, and must be
counted once (crossed random effects: Owen 2007, "The pigeonhole bootstrap").
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

ALPHA = 0.05
POWER = 0.8


@dataclass(frozen=True)
class StreamPart:
    """What a mean over images varies by when its networks are trained again from other streams.

    Attributes:
        variance: of the mean, without the interaction of streams and images, at least 0.
        freedom: degrees of freedom that it was estimated with, at least 1.
        assumed: whether it was taken over from other networks instead of measured on these.
    """

    variance: float
    freedom: float
    assumed: bool = False

    def scaled(self, factor: float) -> StreamPart:
        """Return it for networks whose variance is ``factor`` times this one's, marked as assumed."""
        return StreamPart(self.variance * factor, self.freedom, assumed=True)


def added_up(parts: Iterable[StreamPart]) -> tuple[float, float]:
    """Return the variance of independent parts together, and its degrees of freedom (Satterthwaite 1946).

    Args:
        parts: the parts; where none varies, the degrees of freedom are infinite.
    """
    parts = tuple(parts)
    variance = sum(part.variance for part in parts)
    below = sum(part.variance**2 / part.freedom for part in parts)
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


def pure_variance(values: NDArray[np.float64]) -> float:
    """Return the variance of row means over redrawn streams, less what the interaction with images adds to it.

    In a table of M redraws and n images the row means have variance ``s2_stream + s2_interaction / n``; the
    interaction is the residual of the two-way table. The difference is at least 0.

    Args:
        values: (M, n), M and n at least 2: what each redraw gives for each image.
    """
    table = np.asarray(values, np.float64)
    count, n = table.shape
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    squares = float(np.square(table).mean())
    middle: float = float(rows.mean())
    residual = squares - float(np.square(rows).mean()) - float(np.square(columns).mean()) + middle**2
    unbiased = residual * count * n / ((count - 1) * (n - 1))
    return float(max(float(rows.var(ddof=1)) - unbiased / n, 0.0))


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


def effect(gaps: NDArray[np.float64], streams: tuple[StreamPart, ...] | None) -> Effect:
    """Return the mean of per-image differences as an effect.

    Args:
        gaps: (n,) each image's difference, n at least 2.
        streams: each side's stream part; None where there is none, so that the interval is over images alone.
    """
    from scipy.special import stdtr, stdtrit

    n = len(gaps)
    difference = float(gaps.mean())
    image = float(gaps.var(ddof=1)) / n
    parts = streams or ()
    variance, freedom = added_up((StreamPart(image, n - 1), *parts))
    freedom = freedom if variance else float(n - 1)
    sd = math.sqrt(variance)
    wide, narrow = (float(stdtrit(freedom, 1 - tail)) for tail in (ALPHA / 2, ALPHA))
    p = min(1.0, 2 * float(stdtr(freedom, -abs(difference) / sd))) if sd else float(difference == 0)
    if streams is None:
        over = "images alone"
    else:
        over = "seeds (assumed) and images" if any(part.assumed for part in parts) else "seeds and images"
    return Effect(
        difference=difference,
        low=difference - wide * sd,
        high=difference + wide * sd,
        narrow_low=difference - narrow * sd,
        narrow_high=difference + narrow * sd,
        sd=sd,
        image_sd=math.sqrt(image),
        stream_sd=math.sqrt(sum(part.variance for part in parts)),
        freedom=freedom,
        p=p,
        over=over,
        detectable=least_found(sd, freedom),
    )
