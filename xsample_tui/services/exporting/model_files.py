"""Writes a trial's network, or a blend, as a file that Keras or an ONNX runtime loads without this program."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...core.errors import ArgumentError, InputError, XSampleError, printable
from ...core.networks.exported_model import (
    ExportedMember,
    ExportedModel,
    ExportedPooling,
    FileFormat,
    PoolingKind,
)
from ...core.networks.keras_network import KerasNetwork
from ...core.size_text import size
from ...core.training.trial_state import TrialState
from ...stacking.blending.blend import Blend, Part, pool
from ...stacking.blending.pooling import Arithmetic, Geometric, Logistic, Pooling, Votes
from ...stacking.blending.prediction_export import facts, member_facts, refit_facts, run_facts
from ...stacking.pool.member_outputs import Outputs
from ...stacking.pool.member_selection import MemberSelection
from ...stacking.pool.model_pool import Member, ModelPool
from ...store.files.result_files import check_results, write_results
from ...store.run.run_folder import RunFolder
from ...sweep.workers.worker_slot import ProcessSlot, WorkerDied

ENTRY = "xsample_tui.training.keras_models.model_export:file_of"
FORMATS: dict[str, FileFormat] = {".keras": "keras", ".onnx": "onnx"}
ONNX_PACKAGES = ("onnx", "onnxruntime", "tf2onnx")
CHECKED_IMAGES = 500
# How far a file's probabilities may be from the stored ones without a word.
CLOSE = 1e-5
_KINDS: dict[type[Pooling], PoolingKind] = {
    Arithmetic: "mean",
    Geometric: "geometric",
    Votes: "vote",
    Logistic: "logistic",
}


@dataclass(frozen=True)
class ModelFile:
    """A file that was written.

    Attributes:
        path: where it is.
        size: bytes.
        images: how many selection images it was asked about after it had been loaded again.
        apart: the largest absolute difference of its probabilities there from the stored ones.
        modules: modules outside Keras from which classes of a network come: loading a ``.keras`` file needs them.
    """

    path: Path
    size: int
    images: int
    apart: float
    modules: tuple[str, ...]

    def words(self) -> str:
        """Say what was written, and how near it is."""
        return (
            f"{printable(self.path, 200)} written, {size(self.size)}; loaded again, its probabilities of "
            f"{self.images:,} selection images are within {self.apart:.1g} of the stored ones"
        )

    def warnings(self) -> list[str]:
        """Return what its user should know."""
        found = []
        if not self.apart <= CLOSE:
            found.append(
                f"the file's probabilities differ from the stored ones by up to {self.apart:.2g}: it computes in "
                "another order, or on other hardware, than training did"
            )
        if self.modules and self.path.suffix.lower() == ".keras":
            modules = ", ".join(self.modules)
            found.append(f"loading it needs the classes of {modules}, as custom_objects of keras.saving.load_model")
        return found


def check_model_file(field: str, path: Path, *, force: bool) -> FileFormat:
    """Refuse, before anything is computed, a file that could not be written; return its format.

    Args:
        field, force: as of :func:`~xsample_tui.store.files.result_files.check_results`.
        path: the file.

    Raises:
        InputError: its name says no format, a package for its format is not installed, it is there, or it cannot be
            written.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise ArgumentError(field, path, "end its name in .keras, or in .onnx")
    if kind == "onnx" and (missing := [name for name in ONNX_PACKAGES if find_spec(name) is None]):
        raise ArgumentError(
            field, path, f"{' and '.join(missing)} not installed; pip install 'xsample-tui[onnx]', or write a .keras"
        )
    check_results(field, [path], force=force)
    return kind


def export_trial(
    models: ModelPool,
    trial: str,
    path: Path,
    *,
    field: str,
    force: bool,
    refits: Mapping[str, RunFolder] | None = None,
) -> ModelFile:
    """Write a trained network with its mask as one model: raw images in, probabilities out.

    Args:
        models: the run's members.
        trial: the name of a finished trial of the run or of its controls.
        path: the file; ``.keras`` or ``.onnx``.
        field: what errors name, the argument that gave the path.
        force: whether a file that is there is overwritten.
        refits: which run holds each member's refit, by its name, whose weights are then written; None for its own.

    Raises:
        InputError: there is no such trial, or the file cannot be written.
        XSampleError: its weights cannot be read, or the worker ended.
    """
    kind = check_model_file(field, path, force=force)
    try:
        (index,) = models.named([trial])
    except InputError as error:
        raise error.renamed(members="model") from error
    name = models.members[int(index)].name
    if refits is not None and name not in refits:
        raise ArgumentError("model", trial, f"was not trained again; choose one of {', '.join(refits)}")
    about = _origin(models) | {"members": [member_facts(models, int(index), None)]} | _refitted(models, refits)
    states = _states(models, [int(index)], refits)
    model = _model(models, trial, [int(index)], states, None, about)
    outputs = models.select.softmax[index]
    if refits is not None:
        outputs = _refit_outputs(models, list(states.values())).softmax[0]
    return _write(models, model, kind, outputs, path, field)


def export_blend(
    models: ModelPool,
    rule: MemberSelection,
    blend: Blend,
    path: Path,
    *,
    field: str,
    force: bool,
    refits: Mapping[str, RunFolder] | None = None,
) -> ModelFile:
    """Write a blend as one model: members, masks, weights and temperature, chosen and fitted on all of select.

    Args:
        models, path, field, force, refits: as of :func:`export_trial`.
        rule: what chose the members.
        blend: the blend.

    Raises:
        InputError: the blender is another package's, whose code no file can hold; or the file cannot be written.
        XSampleError: as :func:`export_trial`.
    """
    kind = check_model_file(field, path, force=force)
    members, pooling = _pooling(blend.whole, blend.blender.name)
    about = _origin(models) | facts(models, rule, blend) | _refitted(models, refits)
    runs = "-".join(run.name for run in models.runs)
    name = f"{runs}-{blend.blender.name}-{len(members)}"
    chosen = blend.whole.members
    states = _states(models, members if refits is None else [int(index) for index in chosen], refits)
    model = _model(models, name, members, states, pooling, about)
    outputs = models.select.cut(chosen)
    if refits is not None:
        outputs = _refit_outputs(models, list(states.values())).cut(np.arange(len(chosen)))
    expected = pool(blend.whole, outputs)
    return _write(models, model, kind, expected, path, field)


def _pooling(part: Part, blender: str) -> tuple[list[int], ExportedPooling]:
    """Return the members that count, and how they are pooled."""
    pooling = part.pooling
    kind = _KINDS.get(type(pooling))
    if kind is None:
        remedy = "the code of another package is not stored in a file; choose another blender"
        raise ArgumentError("blend", blender, remedy)
    members = [int(index) for index in part.members]
    if isinstance(pooling, Logistic):
        fit = pooling.fit
        return members, ExportedPooling(kind, np.empty(0), part.temperature, fit.slopes, fit.intercepts)
    assert pooling.weights is not None
    used = np.flatnonzero(pooling.weights) if kind == "mean" else np.arange(len(members))
    return [members[place] for place in used], ExportedPooling(kind, pooling.weights[used], part.temperature)


def _origin(models: ModelPool) -> dict[str, Any]:
    """Return what holds of every model of a run: what goes in and comes out, and where it comes from."""
    document, data = models.run.document, models.run.dataset
    height, width, channels = data.shape
    return run_facts(models) | {
        "classes": list(document.names_of_classes),
        "input": {
            "height": height,
            "width": width,
            "channels": channels,
            "dtype": data.images.dtype.name,
            "range": [0, 255] if data.images.dtype == np.uint8 else [0, 1],
        },
    }


def _refitted(models: ModelPool, refits: Mapping[str, RunFolder] | None) -> dict[str, Any]:
    return {} if refits is None else {"refit": refit_facts(models, refits)}


def _states(
    models: ModelPool, members: Sequence[int], refits: Mapping[str, RunFolder] | None
) -> dict[int, TrialState]:
    """Return the finished states of members, or of their refits, by the members' numbers."""
    found = {}
    for index in members:
        member = models.members[index]
        run = member.run if refits is None else refits[member.name]
        state, problems = run.latest(member.trial.name)
        if state is None or not state.finished:
            raise XSampleError(f"{member.name}: its weights cannot be read: {'; '.join(problems)}")
        found[index] = state
    return found


def _refit_outputs(models: ModelPool, states: Sequence[TrialState]) -> Outputs:
    """Return what refits said of the selection images when they were trained."""
    select = models.select
    places = {int(image): place for place, image in enumerate(models.run.plan.split.select)}
    order = [places[int(image)] for image in select.images]
    softmax = np.stack([state.softmax["select"][order] for state in states])
    return Outputs(select.split, select.images, select.labels, softmax, select.folds)


def _model(
    models: ModelPool,
    name: str,
    members: Sequence[int],
    states: Mapping[int, TrialState],
    pooling: ExportedPooling | None,
    about: dict[str, Any],
) -> ExportedModel:
    exported = tuple(_member(models, models.members[index], states[index]) for index in members)
    return ExportedModel(name, exported, pooling, models.run.dataset.images.dtype.name, about)


def _member(models: ModelPool, member: Member, state: TrialState) -> ExportedMember:
    run = member.run
    mask, precision = run.plan.mask(member.trial.name), run.spec.training.precision
    return ExportedMember(member.name, models.run_of(member).network, state.weights, mask, precision)


def _write(
    models: ModelPool,
    model: ExportedModel,
    kind: FileFormat,
    expected: NDArray[np.float32],
    path: Path,
    field: str,
) -> ModelFile:
    count = min(CHECKED_IMAGES, len(expected))
    images = models.run.dataset.images[models.select.images[:count]]
    with tempfile.TemporaryDirectory() as folder:
        slot = ProcessSlot(Path(folder) / "export.log", models.run.spec.machine)
        try:
            data, apart = slot.result(slot.submit(ENTRY, model, kind, images, expected[:count]))
        except WorkerDied as error:
            raise XSampleError(f"{model.name}: {error}; nothing was written") from error
        except InputError:
            raise
        except XSampleError as error:
            raise XSampleError(f"{model.name}: {error}") from error
        except Exception as error:
            what = f"{type(error).__name__}: {printable(error, 300)}"
            raise XSampleError(f"{model.name} cannot be written as {path.suffix}: {what}") from error
        finally:
            slot.close()
    write_results(field, {path: data})
    networks = [member.network for member in model.members]
    modules = {name for one in networks if isinstance(one, KerasNetwork) for name, _ in one.modules}
    return ModelFile(path, len(data), count, apart, tuple(sorted(modules)))
