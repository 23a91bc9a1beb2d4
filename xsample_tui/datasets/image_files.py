"""Reads files of images, PNG, JPEG, BMP, TIFF and WebP, into one array."""

from __future__ import annotations

import io
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from ..core.count_text import counted
from ..core.data.reading_options import ReadingOptions
from ..core.errors import ArgumentError, InputError
from .safe_open import LIMIT, opened, shown, words

if TYPE_CHECKING:
    from PIL.Image import Image

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"})
_FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP")
_MOST_PIXELS = 2**26
"""Pixels that one image may have, 8192 x 8192: a header that claims more would unpack to gigabytes."""
_GREY = frozenset({"1", "L", "LA", "La", "I;16", "I;16B", "I;16L", "I", "F"})
_DEEP = frozenset({"I;16", "I;16B", "I;16L", "I", "F"})
_CLEAR = frozenset({"LA", "La", "RGBA", "RGBa", "PA"})
_SIDEWAYS = frozenset({5, 6, 7, 8})
_ORIENTATION = 0x0112
_THREADS = 8
_PIXELS_AT_ONCE = 2**26
"""Pixels that are unpacked at the same time, so that large images take turns."""


@dataclass(frozen=True)
class EncodedImage:
    """An image within another file.

    Attributes:
        name: what it is called in messages.
        content: what a file of it would hold.
    """

    name: str
    content: bytes


ImageFile = Path | EncodedImage


@dataclass(frozen=True)
class ImageArray:
    """The images of some files.

    Attributes:
        images: (n, height, width, 1 or 3), uint8, or uint16 where a file has more than 8 bits a value.
        kept: (n,), which of the files they are.
        notes: what was converted or left out, in words; a line each.
    """

    images: NDArray[np.uint8] | NDArray[np.uint16]
    kept: NDArray[np.intp]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Header:
    height: int
    width: int
    mode: str
    grey: bool
    frames: int


class _Unreadable(Exception):
    """A file that is no image, in words."""


def read_images(source: str, files: Sequence[ImageFile], options: ReadingOptions) -> ImageArray:
    """Read images, all of one size, as one array: grey where all are, else in colours.

    Every header is read before any memory is taken. A palette is looked up, transparency is laid over black (as masks
    are), what a camera says of its orientation is followed, and only the first image of a file counts.

    Args:
        source: what the user named, for messages.
        files: the files, or images within another file; at least one.
        options: a size for all, and whether bad files are left out.

    Raises:
        InputError: a file cannot be read, they differ in size, or together they are larger than ``LIMIT``.
    """
    headers = _each(_header, files)
    bad = {at: found for at, found in enumerate(headers) if isinstance(found, str)}
    good = [at for at in range(len(files)) if at not in bad]
    known = [found for found in headers if isinstance(found, _Header)]
    _refuse_bad(source, files, bad, options)
    size = options.size or _one_size(source, [files[at] for at in good], known)
    deep = any(header.mode in _DEEP for header in known)
    channels = 1 if all(header.grey for header in known) else 3
    needed = len(good) * size[0] * size[1] * channels * (2 if deep else 1)
    if needed > LIMIT:
        remedy = f"need {needed / 2**30:.1f} GiB, more than {LIMIT >> 30}; pass fewer images, or a smaller --size HxW"
        raise ArgumentError("data", source, f"its {len(good):,} images of {size[0]}x{size[1]} {remedy}")
    images = np.empty((len(good), *size, channels), np.uint16 if deep else np.uint8)

    def fill(row: int) -> None:
        images[row] = _values(files[good[row]], size, channels, deep=deep)

    largest = max((header.height * header.width for header in known), default=1)
    failed = _each(fill, range(len(good)), max(1, min(_THREADS, _PIXELS_AT_ONCE // largest)))
    bad |= {good[row]: found for row, found in enumerate(failed) if isinstance(found, str)}
    _refuse_bad(source, files, bad, options)
    kept = np.array([row for row, at in enumerate(good) if at not in bad], np.intp)
    notes = _notes(known, size, options, len(bad), channels)
    if bad:
        images = images[kept]
    if deep:
        images, note = _shallow(source, images)
        notes += note
    return ImageArray(images, np.array(good, np.intp)[kept], notes)


def _name(file: ImageFile) -> str:
    return file.name if isinstance(file, EncodedImage) else shown(file)


@contextmanager
def _reading(file: ImageFile) -> Iterator[BinaryIO]:
    """Open an image's bytes; what goes wrong while they are read is said in words."""
    try:
        if isinstance(file, Path):
            with opened(file) as handle:
                yield handle
            return
        if not file.content:
            raise _Unreadable("is empty")
        yield io.BytesIO(file.content)
    except (InputError, _Unreadable, MemoryError):
        raise
    except (OSError, EOFError, zlib.error) as error:
        raise _Unreadable(f"is cut short or damaged ({words(error)})") from error
    # Any kind of error: whatever a parser trips over is a file that is no image.
    except Exception as error:
        raise _Unreadable(f"is damaged ({words(error)})") from error


def _each(read: Callable[[Any], Any], items: Sequence[Any], threads: int = _THREADS) -> list[Any]:
    """Call ``read`` for each item, several at a time; what cannot be read becomes its reason as text."""

    def one(item: Any) -> Any:
        try:
            return read(item)
        except _Unreadable as error:
            return str(error)
        except InputError as error:
            return error.remedy

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, items))


def _refuse_bad(source: str, files: Sequence[ImageFile], bad: dict[int, str], options: ReadingOptions) -> None:
    if not bad or (options.skip_bad and len(bad) < len(files)):
        return
    named = "; ".join(f"{_name(files[at])}: {bad[at]}" for at in sorted(bad)[:3])
    more = f"; and {len(bad) - 3} more" if len(bad) > 3 else ""
    remedy = f"{len(bad):,} of {len(files):,} files cannot be read: {named}{more}"
    remedy = f"{remedy}; replace them, or pass skip_bad=True to leave them out"
    raise ArgumentError("data", source, remedy, named=["skip_bad=True"])


def _one_size(source: str, files: Sequence[ImageFile], headers: Sequence[_Header]) -> tuple[int, int]:
    sizes = Counter((header.height, header.width) for header in headers)
    (usual, count), *others = sizes.most_common()
    if not others:
        return usual
    odd = next(at for at, header in enumerate(headers) if (header.height, header.width) != usual)
    remedy = (
        f"its images differ in size: {count:,} have {usual[0]}x{usual[1]}, {_name(files[odd])} has "
        f"{headers[odd].height}x{headers[odd].width}; pass --size HxW to resize all, as --size {usual[0]}x{usual[1]}"
    )
    raise ArgumentError("data", source, remedy)


def _header(path: ImageFile) -> _Header:
    with _reading(path) as handle:
        image = _open(handle)
        height, width = image.height, image.width
        if not 0 < height * width <= _MOST_PIXELS:
            raise _Unreadable(f"claims {height}x{width} pixels, more than {_MOST_PIXELS:,}")
        if _orientation(image) in _SIDEWAYS:
            height, width = width, height
        grey = image.mode in _GREY or (image.mode == "P" and _grey_palette(image))
        return _Header(height, width, image.mode, grey, getattr(image, "n_frames", 1))


def _open(handle: Any) -> Image:
    """Open an image by its content; only its header is read."""
    from PIL import Image as pillow
    from PIL import UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            # Its own bound on pixels is above ours, and it would print its warning over the interface.
            warnings.simplefilter("ignore")
            return pillow.open(handle, formats=_FORMATS)
    except UnidentifiedImageError as error:
        raise _Unreadable("is no PNG, JPEG, BMP, TIFF or WebP image") from error
    except pillow.DecompressionBombError as error:
        raise _Unreadable(f"claims more than {_MOST_PIXELS:,} pixels") from error


def _orientation(image: Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    # What a camera wrote beside the image may be damaged where the image is not.
    except Exception:
        return 1


def _grey_palette(image: Image) -> bool:
    from PIL import Image as pillow

    if image.palette is None:
        return False
    # Asked for its palette, the image itself would be unpacked.
    bare = pillow.new("P", (1, 1))
    bare.putpalette(image.palette)
    colors = np.array(bare.getpalette("RGB") or [], np.uint8)
    colors = colors[: len(colors) // 3 * 3].reshape(-1, 3)
    return bool((colors == colors[:, :1]).all())


def _values(path: ImageFile, size: tuple[int, int], channels: int, *, deep: bool) -> NDArray[Any]:
    """Return an image's values, (height, width, channels)."""
    from PIL import Image as pillow
    from PIL import ImageOps

    with _reading(path) as handle, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = _open(handle)
        mode = image.mode
        if _orientation(image) != 1:
            image = ImageOps.exif_transpose(image)
        if mode in _DEEP:
            image = pillow.fromarray(np.asarray(image).astype(np.float32))
        elif mode in _CLEAR or "transparency" in image.info:
            clear = image.convert("RGBA")
            image = pillow.alpha_composite(pillow.new("RGBA", clear.size, (0, 0, 0, 255)), clear)
            image = image.convert("L" if channels == 1 else "RGB")
        else:
            image = image.convert("L" if channels == 1 else "RGB")
        if (image.height, image.width) != size:
            image = image.resize((size[1], size[0]), pillow.Resampling.BILINEAR, reducing_gap=3.0)
        values = np.asarray(image)
    if mode in _DEEP:
        if not np.isfinite(values).all() or values.min() < 0 or values.max() > 65535:
            raise _Unreadable("has values outside 0..65535")
        values = values.round()
    elif deep:
        # Beside images of 16 bits, whose white is 65535.
        values = values.astype(np.uint16) * 257
    if values.ndim == 2:
        values = np.broadcast_to(values[:, :, None], (*values.shape, channels))
    return values


def _shallow(source: str, images: NDArray[Any]) -> tuple[NDArray[np.uint8], tuple[str, ...]]:
    top = int(images.max())
    if top <= 255:
        return images.astype(np.uint8), ("16-bit images hold values of 0..255 only: taken as they are",)
    return np.round(images / 257).astype(np.uint8), ("16-bit images: 0..65535 became 0..255",)


def _notes(
    headers: Sequence[_Header], size: tuple[int, int], options: ReadingOptions, bad: int, channels: int
) -> tuple[str, ...]:
    notes = []
    if bad:
        notes.append(f"{counted(bad, 'file')} that cannot be read left out")
    resized = sum((header.height, header.width) != size for header in headers)
    if options.size is not None and resized:
        notes.append(f"{resized:,} of {counted(len(headers), 'image')} resized to {size[0]}x{size[1]}")
    if channels == 3 and (grey := sum(header.grey for header in headers)):
        notes.append(f"{counted(grey, 'grey image')} made colour images, as the others are")
    if clear := sum(header.mode in _CLEAR for header in headers):
        notes.append(f"{counted(clear, 'image')} with transparency laid over black")
    if many := sum(header.frames > 1 for header in headers):
        notes.append(f"of {counted(many, 'file')} with several images the first was taken")
    return tuple(notes)
