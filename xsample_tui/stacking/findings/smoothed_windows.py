"""Computes a run's smoothed map from its stored outputs."""

from __future__ import annotations

import numpy as np

from ...core.maps.map_noise import image_covariance, seed_noise
from ...core.maps.smoothed_map import LEAST_SEEDS, LEAST_WINDOWS, SmoothedMap, smoothed_map
from ...core.seeding import derive
from ..pool.model_pool import ModelPool


def smoothed(models: ModelPool) -> SmoothedMap | None:
    """Smooth what the windows gain on select over the mean of all baselines, twins among them.

    The band counts other seeds and other images. Gains over each window's own twin would have a variance of two
    trainings instead of one and a share of the mean's; since the mean holds at least as many twins as there are
    windows, the mean is the better base even for twins.

    Returns:
        The map, the same each time for a run's seed; None with fewer than two baselines or four windows, where
        the baselines have no errors, or where windows are parked: the band holds for windows that nobody chose.
    """
    if models.parked:
        return None
    pools = models.pools()
    windows, seeds = np.array(pools.windows, np.intp), np.array(pools.seeds, np.intp)
    select = models.select
    if len(seeds) < LEAST_SEEDS or len(windows) < LEAST_WINDOWS or not select.errors[seeds].any():
        return None
    at = [models.members[index].trial.window for index in windows]
    places = [(window.row, window.col) for window in at if window is not None]
    images = image_covariance(select.correct[windows], select.correct[seeds])
    errors, base = select.errors[windows], select.errors[seeds]
    return smoothed_map(
        places,
        base.mean() - errors,
        seed_noise(errors, base, images, alone=pools.named),
        tuple(models.members[index].name for index in windows),
        derive(models.run.spec.seed, "smoothed"),
    )
