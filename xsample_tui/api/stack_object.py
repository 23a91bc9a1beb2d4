"""The class ``Stack``: a blend of a sweep's models, with its score, its predictions and its arms."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from ..core.errors import InputError, check_choice
from ..core.run_state.run_events import Event
from ..core.stats.effect_verdict import Verdict
from ..datasets.unlabelled_images import NewImages, load_unlabelled
from ..services.arm_question import ask_arms
from ..services.blends.made_blend import MadeBlend, make_blend
from ..services.exporting.model_files import ModelFile, export_blend
from ..services.member_rule import member_rule
from ..services.new_image_labels import FORMATS, checked_images, kaggle_warnings, predict_images
from ..stacking.arms.arm_comparison import ArmStudy
from ..stacking.blending.blend_score import Score
from ..stacking.blending.blender_registry import blender
from ..stacking.blending.prediction_export import check_table, member_facts, predictions
from ..stacking.findings.command_cost import prediction_cost
from ..stacking.pool.model_pool import ModelPool
from ..stacking.pool.refit_runs import refit
from ..store.run.run_folder import RunFolder
from .arms_object import arms_frame, comparisons_frame
from .deprecated_names import renamed
from .run_training import SENDER, train_to_end

if TYPE_CHECKING:
    import pandas as pd


class Stack:
    """A blend of models of one sweep, as :meth:`Sweep.stack <xsample_tui.api.sweep_object.Sweep.stack>` makes it, or
    of several, as :func:`~xsample_tui.stack` does.

    Attributes:
        members: names of the models that are blended, best first.
        warnings: what is wrong with the sweep's models: damaged ones that are left out, an unsound protocol.
    """

    def __init__(self, made: MadeBlend) -> None:
        self._made = made
        self._models, self._blend = made.models, made.shown
        self._refits: dict[str, RunFolder] | None = None
        self.members = tuple(member.name for member in made.members)
        self.warnings = tuple(made.models.problems)

    @property
    def score(self) -> Score:
        """Errors, accuracy with its 95 % interval, log-loss, Brier score and calibration error."""
        return self._blend.score

    @property
    def accuracy(self) -> float:
        """Share of images that it has right."""
        return self.score.accuracy

    @property
    def errors(self) -> int:
        """How many images it has wrong."""
        return self.score.errors

    @property
    def log_loss(self) -> float:
        """Mean negative log-probability of the true class, in nats."""
        return self.score.log_loss

    def refit(
        self,
        *,
        allow_drift: bool = False,
        on_event: Callable[[Event], None] | None = None,
        progress: bool | None = None,
    ) -> Self:
        """Train its members again on train and selection images together, and return it; :meth:`predict` uses these.

        They are trials of a run beside the sweep, ``NAME-refit``, which resumes like any other. Members, weights and
        temperature stay as they were fitted, and so does the score: what refitting changes is not measured.
        :meth:`export_model` writes these members too.

        Args:
            allow_drift, on_event, progress: as of :meth:`Sweep.run <xsample_tui.api.sweep_object.Sweep.run>`.

        Raises:
            InputError: the sweep uses its test set for selection.
            KeyboardInterrupt: the training was interrupted and has stopped; call this again to continue.
        """

        def train(folder: RunFolder) -> None:
            train_to_end(folder, allow_drift=allow_drift, cluster=None, on_event=on_event, progress=progress)

        self._refits = refit(self._models, self._made.members, train)
        return self

    def predict(self, X: NDArray[Any] | str | Path, *, shift: int = 0) -> NDArray[np.float32]:
        """Return probabilities for new images, (n, classes) float32; each row sums to 1.

        A worker process computes them from the members' stored weights, each under its own mask.

        Args:
            X: (n, height, width, channels), (n, height, width) or (n, height x width x channels), integers or floats
                in 0..255, or floats in 0..1; or a file or a folder, as ``xsample-tui predict --input`` takes.
            shift: pixels, 0 to 4, by which the images are also moved in all directions: probabilities are means over
                (2 shift + 1) squared predictions of each.

        Raises:
            InputError: images of another shape, dtype or range than the sweep's, or a file that cannot be read.
            PredictionFailed: a member's weights cannot be read, or the worker ended.
        """
        return predict_images(
            self._models, self._made.fitted, self._images(X).images, shift=shift, refits=self._refits
        )

    def predict_cost(self, X: NDArray[Any] | str | Path, *, shift: int = 0, refit: bool = False) -> str:
        """Return what :meth:`predict` would compute, and :meth:`refit` train before, in a sentence.

        Args:
            X, shift: as of :meth:`predict`.
            refit: whether the members are trained again first.

        Raises:
            InputError: as :meth:`predict`.
        """
        return prediction_cost(self._models, self._made.members, len(self._images(X).images), shift, refit=refit)

    def predict_labels(self, X: NDArray[Any] | str | Path, *, shift: int = 0) -> NDArray[np.int64]:
        """Return the label of each new image, (n,) int64; arguments and errors as of :meth:`predict`."""
        labels: NDArray[np.int64] = self.predict(X, shift=shift).argmax(axis=1)
        return labels

    def export_predictions(
        self,
        path: str | Path,
        X: NDArray[Any] | str | Path,
        *,
        format: Literal["kaggle", "plain"] = "kaggle",  # noqa: A002
        shift: int = 0,
        force: bool = False,
    ) -> Path:
        """Write labels of new images as CSV, and beside it ``path.json`` with how they came about; return the path.

        Args:
            path: the file.
            X: as of :meth:`predict`.
            format: ``kaggle``: ImageId from 1, Label. ``plain``: image from 0, predicted, p0, p1, ...; with the ids
                of ``X``, where it has some.
            shift: as of :meth:`predict`.
            force: whether files that are there are overwritten.

        Raises:
            InputError: as :meth:`predict`; or a file is there, or cannot be written.
        """
        csv = Path(path)
        check_choice("format", format, FORMATS)
        check_table("path", csv, force=force)
        new = self._images(X)
        if format == "kaggle":
            for warning in kaggle_warnings(self._models, len(new.images), named=bool(new.ids)):
                warnings.warn(warning, stacklevel=2)
        source = Path(X) if isinstance(X, str | Path) else None
        self._made.export_labels(
            csv, new, field="path", layout=format, force=force, shift=shift, refits=self._refits, source=source
        )
        return csv

    def export(self, path: str | Path, *, probabilities: bool = False, force: bool = False) -> Path:
        """Write the predictions of :meth:`to_frame` as CSV, and beside it ``path.json``; return the path.

        Args:
            path: the file.
            probabilities: whether every class's probability is written.
            force: whether files that are there are overwritten.

        Raises:
            InputError: a file is there, or cannot be written.
        """
        csv = Path(path)
        self._made.export_table(csv, field="path", probabilities=probabilities, force=force)
        return csv

    def export_model(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the whole blend as one model that loads without this package; return the path.

        Members, masks, weights and temperature are inside, as chosen and fitted on all of select: what
        :meth:`predict` gives. Input, output and metadata are those of
        :meth:`Sweep.export_model <xsample_tui.api.sweep_object.Sweep.export_model>`.

        Args:
            path: the file, which ends in ``.keras``, or in ``.onnx`` (needs the extra ``onnx``).
            force: whether a file that is there is overwritten.

        Raises:
            InputError: the blender is another package's, or the file is there, or cannot be written.
            XSampleError: a member's weights cannot be read, or the worker ended.
        """
        file = Path(path)
        blend = self._made
        made = export_blend(
            blend.models, blend.rule, blend.fitted, file, field="path", force=force, refits=self._refits
        )
        warn_of(made)
        return made.path

    def to_frame(self, *, probabilities: bool = False) -> pd.DataFrame:
        """Return the predictions, a row an image: ``picture``, ``predicted``, ``true``, on select ``fold``.

        Where the source calls its images something, their ids follow ``picture``.

        Args:
            probabilities: add ``p0``, ``p1``, ..., every class's probability.
        """
        return predictions(self._blend, probabilities=probabilities, dataset=self._models.run.dataset)

    def to_dict(self) -> dict[str, Any]:
        """Return what ``xsample-tui stack --json`` prints: score, members, weights, digests, ledger."""
        return self._made.facts()

    def members_dataframe(self) -> pd.DataFrame:
        """Return the members, a row each: mask, ink removed, weight, log-loss and errors on select, seconds."""
        import pandas as pd

        whole = self._blend.whole
        weights = [None] * len(whole.members) if whole.pooling.weights is None else whole.pooling.weights.tolist()
        return pd.DataFrame([member_facts(self._models, i, w) for i, w in zip(whole.members, weights, strict=True)])

    def curve_dataframe(self) -> pd.DataFrame:
        """Return the scores against the number of members, a row each: ``k``, accuracy and log-loss with 95 % bands.

        Raises:
            InputError: the members were chosen by hand.
        """
        import pandas as pd

        return pd.DataFrame(self._made.curve().rows())

    def classes_dataframe(self) -> pd.DataFrame:
        """Return the accuracy by class, a row a class: ``name``, ``images``, ``errors``, ``accuracy`` with its 95 %
        interval, and ``baselines_accuracy``, the baselines' mean on the same images.
        """
        import pandas as pd

        return pd.DataFrame(self._made.by_class.facts()["classes"]).set_index("label")

    def confusion_dataframe(self) -> pd.DataFrame:
        """Return the confusion matrix: counts of images, a row for each true class, a column for each predicted."""
        import pandas as pd

        names = list(self._made.by_class.names)
        index, columns = pd.Index(names, name="true"), pd.Index(names, name="predicted")
        return pd.DataFrame(self._made.by_class.confusion.counts, index, columns)

    def arms_dataframe(self) -> pd.DataFrame:
        """Return the arms that the sweep's trials allow, at as many members and with the same blender, a row each.

        Raises:
            InputError: there are fewer finished windows or baselines than members.
        """
        return arms_frame(self._study)

    def comparisons_dataframe(self) -> pd.DataFrame:
        """Return the arms compared, a row a pair: rank, difference, 95 % interval, p-values, verdict.

        Raises:
            InputError: as :meth:`arms_dataframe`.
        """
        return comparisons_frame(self._study)

    @property
    def verdict(self) -> Verdict:
        """What blending windows does against as many whole-image networks, chosen from equally many.

        *helps*, *hurts*, *no difference* (none larger than 0.001), *not resolved*, or *no verdict* where there are
        too few whole-image networks.

        Raises:
            InputError: as :meth:`arms_dataframe`.
        """
        return self._study.primary.verdict

    @property
    def answer(self) -> list[str]:
        """The verdict in sentences, with what it can and cannot resolve.

        Raises:
            InputError: as :meth:`arms_dataframe`.
        """
        return list(self._study.answer)

    @property
    @renamed("Stack.weights", "Stack.members_dataframe()")
    def weights(self) -> pd.DataFrame:
        """The members."""
        return self.members_dataframe()

    @property
    @renamed("Stack.arms", "Stack.arms_dataframe()")
    def arms(self) -> pd.DataFrame:
        """The arms."""
        return self.arms_dataframe()

    @property
    @renamed("Stack.comparisons", "Stack.comparisons_dataframe()")
    def comparisons(self) -> pd.DataFrame:
        """The comparisons."""
        return self.comparisons_dataframe()

    def _images(self, X: NDArray[Any] | str | Path) -> NewImages:
        run = self._models.run
        if not isinstance(X, str | Path):
            return NewImages(checked_images(X, run.dataset))
        try:
            return load_unlabelled(Path(X), run.dataset, run.spec.reading)
        except InputError as error:
            raise error.renamed(data="X", input="X") from error

    @cached_property
    def _study(self) -> ArmStudy:
        # On the test set the arms are further questions to it, and are counted as such.
        opened_by = SENDER if self._blend.outputs.split == "test" else None
        return ask_arms(self._models, self._blend.blender, len(self.members), opened_by=opened_by)

    def __repr__(self) -> str:
        score = self.score
        return (
            f"<Stack {self._made.title}: accuracy {score.accuracy:.4f} "
            f"({score.low:.4f} to {score.high:.4f}) on {score.n} {self._blend.outputs.split} images>"
        )


def warn_of(made: ModelFile) -> None:
    """Warn of what the user of a model's file should know."""
    for warning in made.warnings():
        warnings.warn(warning, stacklevel=3)


def make(
    models: ModelPool,
    top: int | Literal["all"] | None,
    blend: str,
    members: Sequence[str] | None,
    pool: str,
    *,
    open_test: bool,
) -> Stack:
    """Return a stack; the arguments are those of ``Sweep.stack``.

    Raises:
        InputError: there is no such blender, pool or member, or ``top`` is out of range.
    """
    kind = blender(blend)
    rule = member_rule(models, top, members, pool)
    return Stack(make_blend(models, rule, kind, opened_by=SENDER if open_test else None))
