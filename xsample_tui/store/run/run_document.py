"""Reads and writes ``spec.json``: the run's spec and hashes, under a checksum."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from ...core.data.class_labels import class_name
from ...core.errors import XSampleError, printable
from ...core.networks.network_registry import Description
from ...core.run_state.unix_time import UnixTime
from ...core.training.sweep_spec import SweepSpec
from ...core.training.trial_plan import Trial, in_training_order
from .format_migrations import NewerVersion, migrate


class DamagedRun(XSampleError):
    """A file of the run that cannot be done without is missing or damaged."""


class RunDocument(BaseModel):
    """``spec.json``: the spec and what it was laid out on.

    Attributes:
        spec: the sweep's spec.
        trials: the plan's trials, by place.
        order: the plan's order: indices of trials as they are trained; empty for baselines first, then as they stand,
            as in runs that were laid out before there was a choice.
        classes: number of classes.
        class_names: what the source calls them, by label; empty where it numbers them 0, 1, ...
        value_range: what black and white were in the source, where its values were neither of 0..255 nor of 0..1.
        dataset_digest, split_digest, masks_digest: SHA-256 of what the run was laid out with.
        fingerprint: of the machine and software that began the run.
        network: its layers (:func:`~xsample_tui.core.networks.network_registry.describe`); None in
            runs that were laid out before there was a choice.
        extensions: what other packages brought, and which: ``mask ring``: ``ring-masks 0.1 (ring_masks:ring)``.
        created: Unix time in seconds.
        laid_out: the spec that it was laid out with, where it was extended since; None where it was not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    spec: SweepSpec
    trials: tuple[Trial, ...]
    order: tuple[int, ...] = ()
    classes: int
    class_names: tuple[str, ...] = ()
    value_range: tuple[tuple[float, float], ...] = ()
    dataset_digest: str
    split_digest: str
    masks_digest: str
    fingerprint: dict[str, str]
    network: Description | None = None
    extensions: dict[str, str] = {}
    created: UnixTime
    laid_out: SweepSpec | None = None

    @property
    def training_order(self) -> tuple[str, ...]:
        """The trials' names in the order in which they are trained, unless a viewer asks otherwise."""
        return tuple(trial.name for trial in in_training_order(self.trials, self.order))

    @property
    def names_of_classes(self) -> tuple[str, ...]:
        """What every class is called, by label: the source's names, or the labels where it numbers them."""
        return tuple(class_name(self.class_names, label) for label in range(self.classes))

    @model_validator(mode="after")
    def _order_names_all(self) -> RunDocument:
        if self.order and sorted(self.order) != list(range(len(self.trials))):
            raise ValueError("the order does not name every trial once")
        return self


def read_document(path: Path, data: bytes) -> RunDocument:
    """Return the document that ``spec.json`` of the run at ``path`` holds.

    Raises:
        DamagedRun: the bytes are not those that were written, or no document.
    """
    try:
        outer: dict[str, Any] = json.loads(data)
        body = json.dumps(outer["run"], sort_keys=True).encode()
        if hashlib.sha256(body).hexdigest() != outer["sha256"]:
            raise DamagedRun(f"run {printable(path.name)}: spec.json does not match its checksum")
        return RunDocument.model_validate(migrate(outer["run"]), strict=False)
    except NewerVersion as error:
        raise DamagedRun(f"run {printable(path.name)}: {error}; upgrade it to open this run") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DamagedRun(f"run {printable(path.name)}: spec.json, {printable(where)}: {first['msg']}") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise DamagedRun(f"run {printable(path.name)}: spec.json cannot be read; restore it from a copy") from error


def document_bytes(document: RunDocument) -> bytes:
    """Return ``spec.json`` as it is stored: the document, and its SHA-256."""
    run = json.loads(document.model_dump_json())
    body = json.dumps(run, sort_keys=True)
    sha = hashlib.sha256(body.encode()).hexdigest()
    return json.dumps({"sha256": sha, "run": run}, indent=1, sort_keys=True).encode() + b"\n"
