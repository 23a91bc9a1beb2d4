"""What a model or a blend achieves on each class, and which classes it confuses, from stored outputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.count_text import counted
from ...core.errors import printable
from ...core.stats.confusion import ConfusedPair, Confusion
from ...core.stats.wilson_interval import wilson
from ...core.table_text import TextColumn
from ...store.run.run_folder import RunFolder
from ..blending.blend import Blend
from ..pool.member_outputs import Outputs
from ..pool.model_pool import ModelPool, open_pool

# Pairs of classes that are listed by name.
PAIRS = 10
# Characters of a class's name at most: the data may call it anything.
_NAME = 40
COLUMNS = (
    TextColumn("class", least=8),
    TextColumn("accuracy", right=True),
    TextColumn("95 %", rank=3),
    TextColumn("wrong", right=True),
    TextColumn("of", right=True, rank=1),
    TextColumn("baselines", right=True, rank=2),
    TextColumn("taken for", rank=4, least=10),
)
PAIR_COLUMNS = (
    TextColumn("true", least=8),
    TextColumn("predicted", least=8),
    TextColumn("images", right=True),
    TextColumn("of the class", right=True, rank=1),
)


@dataclass(frozen=True)
class ClassScore:
    """One class.

    Attributes:
        label: from 0.
        name: what the data call it.
        images: how many it has.
        errors: how many of them are misclassified.
        accuracy: share of them classified correctly; NaN without images.
        low, high: Wilson's 95 % interval of the accuracy.
        baselines: the baselines' mean accuracy on it; None without baselines or images.
        taken_for: the name of the class that most of its misclassified images are taken for; empty without errors.
        taken: how many of its images are taken for that class.
    """

    label: int
    name: str
    images: int
    errors: int
    accuracy: float
    low: float
    high: float
    baselines: float | None
    taken_for: str
    taken: int

    def cells(self) -> tuple[str, ...]:
        """Return its row under :data:`COLUMNS`."""
        empty = not self.images
        return (
            printable(self.name, _NAME),
            "–" if empty else f"{self.accuracy:.4f}",
            "–" if empty else f"{self.low:.4f} .. {self.high:.4f}",
            f"{self.errors:,}",
            f"{self.images:,}",
            "–" if self.baselines is None else f"{self.baselines:.4f}",
            f"{printable(self.taken_for, _NAME)} ({self.taken:,})" if self.taken else "",
        )


@dataclass(frozen=True, eq=False)
class ClassScores:
    """A model's or a blend's predictions by class.

    Attributes:
        title: what was judged, in a few words.
        split: ``select`` or ``test``.
        names: the classes' names, by label.
        confusion: the counts.
        baselines: (classes,) float64, the mean over the baselines of each class's accuracy; None without baselines.
        baseline_count: how many baselines these are.
    """

    title: str
    split: str
    names: tuple[str, ...]
    confusion: Confusion
    baselines: NDArray[np.float64] | None
    baseline_count: int

    def rows(self, *, weakest_first: bool = False) -> list[ClassScore]:
        """Return the classes, in the order of their labels or the weakest first; those without images last."""
        counts = self.confusion.counts
        accuracy, images, correct = self.confusion.class_accuracy, self.confusion.images, self.confusion.correct
        rows = []
        for label, name in enumerate(self.names):
            wrong = counts[label].copy()
            wrong[label] = 0
            most = int(wrong.argmax())
            low, high = wilson(int(correct[label]), int(images[label]))
            level = None if self.baselines is None or not images[label] else float(self.baselines[label])
            rows.append(
                ClassScore(
                    label=label,
                    name=name,
                    images=int(images[label]),
                    errors=int(wrong.sum()),
                    accuracy=float(accuracy[label]),
                    low=low,
                    high=high,
                    baselines=level,
                    taken_for=self.names[most] if wrong[most] else "",
                    taken=int(wrong[most]),
                )
            )
        if weakest_first:
            rows.sort(key=lambda row: (not row.images, row.accuracy if row.images else 0.0))
        return rows

    def pair_cells(self, most: int = PAIRS) -> list[tuple[str, ...]]:
        """Return the most confused pairs under :data:`PAIR_COLUMNS`."""
        return [
            (
                printable(self.names[pair.true], _NAME),
                printable(self.names[pair.predicted], _NAME),
                f"{pair.images:,}",
                f"{pair.share:.1%}",
            )
            for pair in self.confusion.pairs(most)
        ]

    def answer(self) -> str:
        """Say in one sentence which class is the weakest, and which two are confused most."""
        found = self.confusion
        n = int(found.images.sum())
        said = f"{found.errors:,} of {n:,} images wrong, accuracy {found.accuracy:.4f}"
        pairs = found.pairs(1)
        if not pairs:
            return f"{said}: no class has an error" if n else "there are no images"
        weakest = self.rows(weakest_first=True)[0]
        return (
            f"{said}. Weakest class: {printable(weakest.name, _NAME)} ({weakest.accuracy:.4f}). "
            f"Most confused: {self._pair_words(pairs[0])}"
        )

    def _pair_words(self, pair: ConfusedPair) -> str:
        names = (printable(self.names[label], _NAME) for label in (pair.true, pair.predicted))
        return f"{' taken for '.join(names)}, {counted(pair.images, 'image')} ({pair.share:.1%} of its class)"

    def facts(self) -> dict[str, Any]:
        """Return all of it as plain values by name; the matrix has a row for each true class."""
        return {
            "names": list(self.names),
            "classes": [
                {
                    "label": row.label,
                    "name": row.name,
                    "images": row.images,
                    "errors": row.errors,
                    "accuracy": row.accuracy if row.images else None,
                    "accuracy_low": row.low,
                    "accuracy_high": row.high,
                    "baselines_accuracy": row.baselines,
                }
                for row in self.rows()
            ],
            "baselines": self.baseline_count,
            "confusion": self.confusion.counts.tolist(),
        }


def blend_class_scores(models: ModelPool, blend: Blend, title: str) -> ClassScores:
    """Return a blend's scores by class, on the images that it was scored on.

    Args:
        models: the pool that its members come from.
        blend: the blend.
        title: what it is called.
    """
    return _scores(models, blend.outputs, blend.predicted, title)


def trial_class_scores(run: RunFolder, trial: str) -> ClassScores:
    """Return a finished trial's scores by class on the selection images; of the others only baselines are read.

    Args:
        run: the run.
        trial: the name of a finished trial of the run or of its controls.

    Raises:
        InputError: there is no such trial, or its outputs are damaged.
    """
    models = open_pool(run, only=lambda found: found.name == trial or found.is_baseline)
    (index,) = models.named([trial])
    return _scores(models, models.select, models.select.votes[index], trial)


def _scores(models: ModelPool, outputs: Outputs, predicted: NDArray[Any], title: str) -> ClassScores:
    classes = outputs.classes
    pool = models.pool("baselines")
    levels = None
    if len(pool):
        found = [Confusion.of(outputs.labels, outputs.votes[index], classes).class_accuracy for index in pool]
        levels = np.mean(found, axis=0)
    return ClassScores(
        title=title,
        split=outputs.split,
        names=models.run.document.names_of_classes,
        confusion=Confusion.of(outputs.labels, predicted, classes),
        baselines=levels,
        baseline_count=len(pool),
    )
