"""The spec of a sweep: what is trained, how, and in which order, as stored in ``spec.json``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from ..data.reading_options import MOST_SIDE, ReadingOptions
from ..errors import NOT_UTF8, ArgumentError, InputError
from ..halving.refinement import finer_stride
from ..halving.rungs import RungTotals, Search, rung_epochs, rungs_text, totals
from ..masks.mask_kinds import MaskKind, windows_for
from ..masks.windows import Window
from .early_stopping import StoppingKind
from .epoch_metrics import Loss
from .training_order import SCOUTED, TrainingOrder

SPEC_VERSION: Final = 2
PresetName = Literal["quick", "standard", "article"]
Streams = Literal["own", "shared", "named"]
Precision = Literal["float32", "bfloat16"]
OptimizerName = Literal["adam", "adamw", "sgd", "rmsprop", "nadam", "adagrad"]
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def check_name(field: str, name: str) -> str:
    """Return ``name`` if it is a safe file name: letters, digits, ``.``, ``_``, ``-``, at most 64 characters.

    Raises:
        InputError: it is not; ``field`` says what was named.
    """
    if not _SAFE.fullmatch(name) or name.endswith("."):
        # A run that exists is not an argument's value, but what a command works on.
        kind = ArgumentError if field == "name" else InputError
        raise kind(field, name, "use 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit")
    return name


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*", mode="before")
    @classmethod
    def _can_be_stored(cls, value: object) -> object:
        for text in value if isinstance(value, tuple | list) else (value,):
            if isinstance(text, str) and not text.isprintable() and _SURROGATE.search(text):
                raise ValueError(NOT_UTF8)
        return value


class Training(_Part):
    """How every trial is trained.

    Attributes:
        loss: on the softmax outputs against one-hot labels.
        optimizer: a Keras optimizer, with Keras's defaults but for the learning rate.
        learning_rate: step size, above 0.
        batch_size: images a step of the optimizer, at least 1.
        micro_batch: images computed at once, whose gradients are summed to the batch's. It changes the
            order of additions, so it is part of the spec.
        precision: what layers are computed in; the parameters are float32 always. ``bfloat16`` has 8 bits of
            mantissa, so that its results are others; it is faster on GPUs, and on CPUs with AVX-512 BF16 or AMX.
        epochs: passes over fit; with a stopping rule, the most that are made.
        stopping: the rule; ``article`` leaks state from trial to trial, as the article's code does.
        patience: epochs without improvement, for the ``patience`` rule.
        keep_optimizer: whether a trial that has ended keeps its optimizer's state, so that the run can be extended by
            epochs; its checkpoint is up to three times as large.
    """

    loss: Loss = "categorical_crossentropy"
    optimizer: OptimizerName = "adam"
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1e-3
    batch_size: Annotated[int, Field(ge=1, le=1_000_000)] = 250
    micro_batch: Annotated[int, Field(ge=1, le=10_000)] = 125
    precision: Precision = "float32"
    epochs: Annotated[int, Field(ge=1, le=100_000)] = 12
    stopping: StoppingKind = "epochs"
    patience: Annotated[int, Field(ge=1, le=10_000)] = 5
    keep_optimizer: bool = False

    @field_validator("keep_optimizer")
    @classmethod
    def _epochs_can_be_added(cls, keep: bool, info: ValidationInfo) -> bool:
        if keep and info.data.get("stopping", "epochs") != "epochs":
            raise ValueError("a stopping rule ends trials by itself; leave it out")
        return keep


class Windows(_Part):
    """Which windows are trained.

    Attributes:
        mask: the mask's kind.
        height, width: the window's size in pixels.
        stride: pixels from window to window.
        only: names of the trials to run; empty for all. Statistics count only what is run.
    """

    mask: Annotated[MaskKind, Field(pattern=r"^[a-z][a-z0-9_]{0,30}$")] = "keep"
    height: Annotated[int, Field(ge=1)] = 9
    width: Annotated[int, Field(ge=1)] = 9
    stride: Annotated[int, Field(ge=1)] = 1
    only: tuple[str, ...] = ()

    def grid(self, shape: tuple[int, int], stride: int) -> list[Window]:
        """Return the windows of this size that an image has at a stride.

        Args:
            shape: height and width of the image.
            stride: pixels from window to window.

        Raises:
            InputError: the window does not fit the image.
        """
        return windows_for(self.mask, shape, (self.height, self.width), stride)


class Machine(_Part):
    """How the machine is used. ``threads`` and ``onednn`` change the last bits of results; ``jobs`` does not.

    Attributes:
        jobs: worker processes, each training one trial at a time.
        threads: threads of each worker's TensorFlow.
        onednn: whether TensorFlow uses oneDNN's kernels.
        checkpoint_seconds: least time between two commits of one trial, so that short epochs do not write
            15 MB each; a longer epoch is committed each time.
    """

    jobs: Annotated[int, Field(ge=1, le=1024)] = 1
    threads: Annotated[int, Field(ge=1, le=1024)] = 1
    onednn: bool = True
    checkpoint_seconds: Annotated[float, Field(ge=0, le=86_400)] = 10.0


_Side = Annotated[int, Field(ge=1, le=MOST_SIDE)]


class SweepSpec(_Part):
    """A whole sweep.

    Attributes:
        version: the format of this spec.
        name: the run's name, a safe file name.
        preset: which preset it began from; ``article`` marks everything derived from it as unsound.
        source: the data's source, as given.
        image_size: height and width to which files of images were resized; None where they were not.
        skip_bad: whether files of images that cannot be read were left out.
        label_column: the column of a table that holds the labels; None for the one whose name says so.
        transpose: whether rows and columns of images were exchanged; None where the files' names decided.
        limit: use at most this many images for fit; None for all.
        network: the network's name, ``module:function``, or a file of a saved Keras model; its layers stand beside
            the spec in ``spec.json``.
        pretrained: whether every trial begins with the weights that a Keras model comes with.
        article_protocol: the test images are also the early-stopping and selection images.
        baselines: trials on the whole image; number s has stream s.
        seed: the random seed.
        streams: where a trial's initial weights, shuffles and dropout come from. ``own``: all from its stream, so
            that window w and baseline w differ by the mask alone. ``shared``: the initial weights are one draw for
            all trials, as in the article's text, the rest comes from the stream. ``named``: as runs of 0.1.0 have
            it: windows share one draw of initial weights, baselines have their own, the rest follows from names.
        scout: whether one network is trained under all windows first, for an estimate of the map. Results do not
            depend on it.
        order: in which windows are trained. Results do not depend on it. ``promising`` and ``best`` need the scout.
            The article's stopping rule, which leaks from trial to trial, keeps ``rows``; runs that were laid out
            before there was a choice have ``rows``.
        search: ``all`` trains every window to its end; ``halving`` parks those that are behind at a rung
            (:mod:`~xsample_tui.core.halving.rung_decisions`), by their loss on the early-stopping images; ``refine``
            does so too, and after each rung but the last the neighbours of the windows that go on join them, at half
            the stride after the first, at half of that after the next.
        halving_factor: at each rung one window of so many goes on.
        halving_least: so many windows go on at least.
    """

    version: Literal[2] = SPEC_VERSION
    name: str
    preset: PresetName = "standard"
    source: str = "demo"
    image_size: tuple[_Side, _Side] | None = None
    skip_bad: bool = False
    label_column: str | None = None
    transpose: bool | None = None
    limit: Annotated[int, Field(ge=1)] | None = None
    network: str = "article"
    pretrained: bool = False
    article_protocol: bool = False
    baselines: Annotated[int, Field(ge=0, le=10_000)] = 10
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    streams: Streams = "own"
    windows: Windows = Windows()
    training: Training = Training()
    machine: Machine = Machine()
    scout: bool = False
    order: TrainingOrder = "rows"
    search: Search = "all"
    halving_factor: Annotated[int, Field(ge=2, le=100)] = 4
    halving_least: Annotated[int, Field(ge=1, le=100_000)] = 10

    @field_validator("name")
    @classmethod
    def _name_is_safe(cls, name: str) -> str:
        try:
            return check_name("name", name)
        except InputError as error:
            raise ValueError(error.remedy) from error

    @field_validator("order")
    @classmethod
    def _order_is_free(cls, order: TrainingOrder, info: ValidationInfo) -> TrainingOrder:
        training = info.data.get("training")
        if order != "rows" and isinstance(training, Training) and training.stopping == "article":
            raise ValueError("the article's stopping rule leaks from trial to trial; choose rows")
        if order in SCOUTED and not info.data.get("scout"):
            raise ValueError("needs a scout's estimate; pass scout=True too, or choose coarse")
        return order

    @field_validator("search")
    @classmethod
    def _rungs_are_reached(cls, search: Search, info: ValidationInfo) -> Search:
        training = info.data.get("training")
        if search != "all" and isinstance(training, Training) and training.stopping != "epochs":
            raise ValueError(f"the rule {training.stopping} ends trials by itself; choose stopping epochs, or all")
        if search != "all" and info.data.get("article_protocol"):
            raise ValueError("the article's protocol has no early-stopping images; choose all")
        return search

    @model_validator(mode="after")
    def _something_to_run(self) -> SweepSpec:
        if self.article_protocol and self.training.stopping == "patience":
            raise ValueError("the article's protocol has no stop slice; choose another stopping rule")
        return self

    @property
    def reading(self) -> ReadingOptions:
        """How the source's files are read."""
        return ReadingOptions(self.image_size, self.skip_bad, self.label_column, self.transpose)

    @property
    def has_rungs(self) -> bool:
        """Whether windows that are behind at a rung are parked."""
        return self.search != "all"

    @property
    def needs_stop(self) -> bool:
        """Whether a part of the train images is set aside: to stop trials early, or to choose windows at rungs."""
        return self.training.stopping == "patience" or self.has_rungs

    def share_trained(self, windows: int, shape: tuple[int, int] = (0, 0)) -> float:
        """Return which share of so many windows' epochs is trained: less than all where rungs park some.

        Args:
            windows: how many the sweep begins with.
            shape: height and width of the images, for those that join; they count as so many more epochs.
        """
        return self.rung_totals(windows, shape).epochs / max(windows * self.training.epochs, 1)

    def rung_totals(self, windows: int, shape: tuple[int, int] = (0, 0), decided: int = 0) -> RungTotals:
        """Return how many of so many windows go on, join and are parked, at most.

        Args:
            windows, shape: as of :meth:`share_trained`.
            decided: after so many rungs none joins any more.
        """
        if not self.has_rungs:
            return RungTotals((), (), (), windows * self.training.epochs, 0, 0)
        finer = self._finer(shape)
        return totals(windows, *self._rungs, (*[0] * len(finer[:decided]), *finer[decided:]))

    def rungs_text(self, windows: int, shape: tuple[int, int] = (0, 0)) -> str:
        """Return in words how many of so many windows go on at each rung; empty without rungs."""
        return rungs_text(windows, *self._rungs, self._finer(shape)) if self.has_rungs else ""

    @property
    def _rungs(self) -> tuple[int, int, int]:
        return self.training.epochs, self.halving_factor, self.halving_least

    def _finer(self, shape: tuple[int, int]) -> tuple[int, ...]:
        """Return how many windows can join after each rung but the last."""
        if self.search != "refine" or not any(shape):
            return ()
        rungs = len(rung_epochs(self.training.epochs, self.halving_factor))
        return _finer_sizes(self.windows, shape, max(rungs - 1, 0))

    @property
    def leaks(self) -> bool:
        """Whether trials depend on the trials before them, so that they must run one by one, in order."""
        return self.training.stopping == "article"


@lru_cache(maxsize=64)
def _finer_sizes(lay: Windows, shape: tuple[int, int], rungs: int) -> tuple[int, ...]:
    first = set(lay.grid(shape, lay.stride))
    return tuple(len(set(lay.grid(shape, finer_stride(lay.stride, rung))) - first) for rung in range(rungs))


_ARGUMENTS = {"height": "window", "width": "window", "source": "data", "image_size": "size"}


def spec_beside(spec: SweepSpec, name: str, **changes: object) -> SweepSpec:
    """Return the spec of a run that is trained beside another: all of it, row by row, without a scout.

    Args:
        spec: of the other run.
        name: of the new one.
        changes: further fields.

    Raises:
        InputError: a value out of range.
    """
    try:
        plain = {"scout": False, "order": "rows", "search": "all"}
        return SweepSpec.model_validate({**dict(spec), "name": name, **plain, **changes})
    except ValidationError as error:
        raise invalid(error) from error


def invalid(error: ValidationError) -> InputError:
    """Return pydantic's first complaint as one clear line that names the argument."""
    first = error.errors(include_url=False, include_context=False)[0]
    # Of a pair of numbers the place in it comes last.
    field = next((str(at) for at in reversed(first["loc"]) if not isinstance(at, int)), "spec")
    argument = _ARGUMENTS.get(field, field)
    message = first["msg"].removeprefix("Value error, ").removeprefix("Input ")
    named = [words for words in ("scout=True",) if words in message]
    return ArgumentError(argument, first["input"] if first["loc"] else "", message, named=named)
