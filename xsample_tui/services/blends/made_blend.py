"""Blends models' stored outputs by a rule, says what came out, and writes it to files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ...core.errors import ArgumentError
from ...datasets.unlabelled_images import NewImages
from ...stacking.blending.blend import Blend, blend_select, blend_test
from ...stacking.blending.pooling import Blender
from ...stacking.blending.prediction_export import check_table, facts, refit_facts, table, write_table
from ...stacking.blending.score_by_size import SizeCurve, curve
from ...stacking.findings.class_scores import ClassScores, blend_class_scores
from ...stacking.pool.member_selection import MemberSelection, TopMembers
from ...stacking.pool.model_pool import Member, ModelPool
from ...store.files.result_files import FORCE
from ...store.run.run_folder import RunFolder
from ..new_image_labels import predict_images, prediction_table, source_sha256


@dataclass(frozen=True, eq=False)
class MadeBlend:
    """A blend of models of one or several runs.

    Attributes:
        models: the pool.
        rule: which of them are blended.
        fitted: the blend, cross-fitted on the selection images.
        shown: what is scored: ``fitted``, or the same blend on the test set.
    """

    models: ModelPool
    rule: MemberSelection
    fitted: Blend
    shown: Blend

    @property
    def title(self) -> str:
        """The blender and the rule, in words."""
        return f"{self.shown.blender.title} of {self.rule.words()}"

    @property
    def members(self) -> list[Member]:
        """The models that are blended, best first."""
        return [self.models.members[index] for index in self.fitted.whole.members]

    def facts(self) -> dict[str, Any]:
        """Return everything that its numbers depend on, and the numbers, as plain values for JSON."""
        return facts(self.models, self.rule, self.shown)

    def curve(self) -> SizeCurve:
        """Return the score by the number of members.

        Raises:
            InputError: the members were chosen by hand.
        """
        return curve(self.models.select, curve_pool(self.rule), self.shown.blender, self.models.run.spec.seed)

    @cached_property
    def by_class(self) -> ClassScores:
        """What it achieves by class."""
        return blend_class_scores(self.models, self.shown, self.title)

    def export_table(
        self,
        csv: Path,
        *,
        field: str,
        probabilities: bool,
        force: bool,
        again: str = FORCE,
        described: Mapping[str, Any] | None = None,
    ) -> int:
        """Write its predictions as CSV and, beside them, how they came about; return the number of images.

        Args:
            csv: the file.
            field, force, again: as of :func:`~xsample_tui.stacking.blending.prediction_export.check_table`.
            probabilities: whether to give the probability of every class.
            described: how they came about; None for :meth:`facts`.

        Raises:
            InputError: as ``check_table``.
        """
        check_table(field, csv, force=force, again=again)
        data = table(self.shown, probabilities=probabilities, dataset=self.models.run.dataset)
        rows = len(self.shown.outputs.labels)
        write_table(field, csv, data, {**(described or self.facts()), "command": "stack"}, rows=rows)
        return rows

    def export_labels(
        self,
        csv: Path,
        new: NewImages,
        *,
        field: str,
        layout: str,
        force: bool,
        shift: int = 0,
        refits: Mapping[str, RunFolder] | None = None,
        source: Path | None = None,
        on_member: Callable[[str], None] = lambda name: None,
    ) -> None:
        """Write the labels of new images as CSV and, beside them, how they came about.

        Args:
            csv: the file.
            new: the images, as a model takes them.
            field, force: as of :meth:`export_table`.
            layout: as of :func:`~xsample_tui.services.new_image_labels.prediction_table`.
            shift, refits, on_member: as of :func:`~xsample_tui.services.new_image_labels.predict_images`.
            source: where the images were read; None where a program holds them.

        Raises:
            InputError: as :meth:`export_table`.
            PredictionFailed: a member's weights cannot be read, or the worker ended.
        """
        check_table(field, csv, force=force)
        probabilities = predict_images(self.models, self.fitted, new.images, on_member, shift, refits)
        names = self.models.run.document.class_names
        data = prediction_table(probabilities, layout, names, new.ids, new.id_name)
        given: dict[str, Any] = {"pictures": len(new.images)}
        if source is not None:
            given |= {"file": source.name, "sha256": source_sha256(source)}
        described = facts(self.models, self.rule, self.fitted) | {
            "command": "predict",
            "shift": shift,
            "refit": None if refits is None else refit_facts(self.models, refits),
            "input": given,
        }
        write_table(field, csv, data, described, rows=len(new.images), format=layout)


def make_blend(models: ModelPool, rule: MemberSelection, kind: Blender, *, opened_by: str | None = None) -> MadeBlend:
    """Blend models' stored outputs: members and weights are chosen on the selection images alone.

    Args:
        models: the pool.
        rule: which are blended.
        kind: how.
        opened_by: who opens the test set to score the blend there, for the ledger; None to score it on select.

    Raises:
        InputError: the blender does not take so many members, or the test set cannot be opened.
    """
    fitted = blend_select(models.select, rule, kind, models.run.spec.seed)
    if opened_by is None:
        return MadeBlend(models, rule, fitted, fitted)
    return MadeBlend(
        models, rule, fitted, blend_test(fitted, models.open_test(opened_by, f"{kind.name} of {rule.words()}"))
    )


def curve_pool(rule: MemberSelection) -> tuple[int, ...]:
    """Return the models from which a rule takes ever more.

    Raises:
        InputError: the members were chosen by hand.
    """
    if not isinstance(rule, TopMembers):
        raise ArgumentError("members", "given", "members chosen by hand have no curve; use top", named=["top"])
    return rule.pool
