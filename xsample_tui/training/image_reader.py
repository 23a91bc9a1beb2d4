"""Reads batches of images from the file that holds a run's images, as bytes, and nothing of them stays in memory."""

from __future__ import annotations

import os
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.data.dataset import Images


class ImageReader:
    """Reads some images of a mapped file, or the rows of a crop.

    A read instead of the mapping: pages of a mapping count as this process's memory, up to 2 MiB for each image
    that is touched, and a file that was shortened would kill the process. All workers read from the system's one
    cache of the file.

    Args:
        images: (n, height, width, channels), a ``numpy.memmap`` of a file; its ``descriptor``, where it has one, is
            that of the file, which may have gone since.

    Attributes:
        fault: the error of the last read, if it failed: TensorFlow, which calls it, passes on its text alone.

    Raises:
        OSError: the file cannot be opened.
    """

    def __init__(self, images: Images) -> None:
        held: Any = images
        self.dtype = images.dtype
        self.shape: tuple[int, int, int] = images.shape[1:]
        self.fault: OSError | None = None
        self._offset, self._path = int(held.offset), str(held.filename)
        known: int | None = getattr(images, "descriptor", None)
        self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC) if known is None else os.dup(known)
        weakref.finalize(self, os.close, self._file)

    def read(self, at: NDArray[np.int64], top: int, left: int, height: int, width: int) -> Images:
        """Return a crop of each image, (len(at), height, width, channels).

        Args:
            at: (k,), the images' indices.
            top, left, height, width: the crop, within the image.

        Raises:
            OSError: the file cannot be read, or has become shorter.
        """
        try:
            return self._read(at, top, left, height, width)
        except OSError as error:
            self.fault = error
            raise

    def _read(self, at: NDArray[np.int64], top: int, left: int, height: int, width: int) -> Images:
        full_height, full_width, channels = self.shape
        rows = np.empty((len(at), height, full_width, channels), self.dtype)
        if not rows.size:
            return rows[:, :, left : left + width]
        row = full_width * channels * self.dtype.itemsize
        into = memoryview(rows.reshape(-1)).cast("B")  # type: ignore[arg-type]
        size = height * row
        for place, image in enumerate(at.tolist()):
            begin = self._offset + (image * full_height + top) * row
            part = into[place * size : (place + 1) * size]
            while part:
                count = os.preadv(self._file, [part], begin)
                if not count:
                    raise OSError(0, "the file has become shorter", self._path)
                part, begin = part[count:], begin + count
        return rows if width == full_width else np.ascontiguousarray(rows[:, :, left : left + width])
