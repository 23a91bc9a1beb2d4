"""Reads finished trials' softmax outputs from their checkpoints, without the weights."""

from __future__ import annotations

import zipfile
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ...core.training.checkpoint_format import DamagedCheckpoint
from .run_folder import RunFolder

ScoredSplit = Literal["select", "test"]


def softmax(run: RunFolder, trial: str, epoch: int, split: ScoredSplit, images: int) -> NDArray[np.float32]:
    """Return the softmax outputs of a trial that finished after ``epoch`` epochs, (images, classes) float32.

    Only this array's bytes are read and checked (by the archive's CRC-32): 0.4 MB of a checkpoint's 6.

    Args:
        run: the run.
        trial: the trial's name.
        epoch: the epoch of its last checkpoint.
        split: which images. ``test`` is for :meth:`xsample_tui.stacking.pool.model_pool.ModelPool.open_test` alone.
        images: how many the split holds.

    Raises:
        DamagedCheckpoint: there is no such array, or it is damaged, or of another shape than the run's.
    """
    path = run.path / "trials" / trial / f"{epoch:06d}.ckpt"
    try:
        # An archive may have other bytes in front; the checkpoint's header and record are that here.
        with zipfile.ZipFile(path) as archive, archive.open(f"softmax/{split}.npy") as stream:
            array = np.lib.format.read_array(stream, allow_pickle=False)
    except MemoryError:
        raise
    # Of any kind: an altered byte names another compression, a password, a text that numpy has Python parse.
    except Exception as error:
        raise DamagedCheckpoint(f"its {split} softmax cannot be read: {error}") from error
    shape = (images, run.document.classes)
    if array.shape != shape or array.dtype != np.float32:
        raise DamagedCheckpoint(f"its {split} softmax is {array.dtype} {array.shape}, not float32 {shape}")
    if not np.isfinite(array).all():
        raise DamagedCheckpoint(f"its {split} softmax holds values that are not finite")
    return np.asarray(array)
