"""Shape, classes and sizes of a data set, for what is shown before a sweep is created."""

from __future__ import annotations

from ..core.data.data_splits import STOP_SHARE, article_split, split
from ..core.training.sweep_spec import SweepSpec
from ..datasets import load

Shape = tuple[int, int, int]

KNOWN: dict[str, tuple[Shape, int]] = {
    "demo": ((28, 28, 1), 10),
    "mnist": ((28, 28, 1), 10),
    "fashion_mnist": ((28, 28, 1), 10),
    "cifar10": ((32, 32, 3), 10),
}
# (training images, test images) of the sets that Keras downloads: no forecast is to download them.
_COUNTS = {"mnist": (60_000, 10_000), "fashion_mnist": (60_000, 10_000), "cifar10": (50_000, 10_000)}


def data_facts(spec: SweepSpec) -> tuple[Shape, int, dict[str, int]]:
    """Return shape, classes, and the sizes of fit, stop, select and test for a draft; may read its data.

    Raises:
        InputError: the data cannot be read or split.
    """
    if spec.source in _COUNTS:
        train, test = _COUNTS[spec.source]
        select = 0 if spec.article_protocol else round(train / 6)
        fit = min(train - select, spec.limit or train)
        stop = round(STOP_SHARE * fit) if spec.needs_stop else 0
        judged = test if spec.article_protocol else select
        return *KNOWN[spec.source], {"fit": fit - stop, "stop": stop, "select": judged, "test": test}
    dataset = load(spec.source, spec.reading)
    if spec.article_protocol:
        cut = article_split(dataset, spec.seed, limit=spec.limit)
    else:
        cut = split(dataset, spec.seed, limit=spec.limit, stop=spec.needs_stop)
    return dataset.shape, dataset.classes, cut.sizes()
