"""The command ``data``: says what a source holds, before a sweep of it is created."""

from __future__ import annotations

import shutil
import sys
from typing import Annotated

import numpy as np
import typer

from ...core.count_text import counted
from ...core.data.data_description import DataDescription, describe_data
from ...core.data.reading_options import ReadingOptions
from ...core.errors import printable
from ...core.shell_command import shell_command
from ...core.table_text import TextColumn
from ...datasets import load
from ...datasets.source_detection import accepted
from ..command_options import Ascii, Json, LabelColumn, SkipBad, Transpose
from ..command_registry import command
from ..console_output import as_json, print_table
from .run import window_size

_MOST_CLASSES = 40
_MEAN_LINES = 16


@command("Manage runs")
def data(
    source: Annotated[str, typer.Argument(help=f"Data set: {accepted()}.", metavar="SOURCE")],
    size: Annotated[
        str | None, typer.Option("--size", help="Same as for `run`.", metavar="HxW|N", show_default=False)
    ] = None,
    skip_bad: SkipBad = None,
    label_column: LabelColumn = None,
    transpose: Transpose = None,
    ascii_only: Ascii = False,
    json: Json = False,
) -> None:
    """Show what a data set holds: sizes, classes, duplicates, what is converted, the mean image."""
    wanted = None if size is None else window_size(size, "size")
    found = describe_data(load(source, ReadingOptions(wanted, bool(skip_bad), label_column, transpose)))
    if json:
        print(as_json(found.facts()))
        return
    for line in _lines(found):
        print(line)
    _print_classes(found)
    _print_mean(found, ascii_only=ascii_only)
    again = [*(["--size", size] if size is not None else []), *["--skip-bad"] * bool(skip_bad)]
    again += [] if label_column is None else ["--label-column", label_column]
    again += [] if transpose is None else ["--transpose" if transpose else "--no-transpose"]
    print(f"what a sweep of it would take: {shell_command('run', '--estimate', '--data', source, *again)}")


def _lines(found: DataDescription) -> list[str]:
    height, width, channels = found.shape
    colors = "grey" if channels == 1 else f"{channels} channels"
    parts = [counted(found.train, "train image")]
    parts.append(f"{found.select:,} for selection" if found.select else "selection images will be split off these")
    parts.append(counted(found.test, "test image") if found.test else "test images too")
    if not found.select and found.test:
        parts[1:] = [parts[2], "selection images will be split off the train images"]
    lines = [
        f"{printable(found.source, 200)}: {height}x{width}, {colors}, {found.dtype}",
        f"{'; '.join(parts)}",
    ]
    if found.unlabelled:
        lines.append(f"{counted(found.unlabelled, 'test image')} without a label left out")
    if found.twice:
        many = counted(found.twice, "image", ("is", "are"))
        lines.append(f"{many} equal to another one of the same part, pixel by pixel")
    if found.shared:
        many = counted(found.shared, "image")
        lines.append(
            f"warning: {many} of the other parts also among the train images, pixel by pixel; "
            "scores come out too high"
        )
    return lines + [printable(note, 300) for note in found.notes]


def _print_classes(found: DataDescription) -> None:
    rows = [(printable(one.name, 40), f"{one.train:,}", f"{one.select:,}", f"{one.test:,}") for one in found.classes]
    columns = [TextColumn("class"), *(TextColumn(head, right=True) for head in ("train", "select", "test"))]
    kept = [0, 1, *([2] if found.select else []), *([3] if found.test else [])]
    print_table([columns[at] for at in kept], [[row[at] for at in kept] for row in rows[:_MOST_CLASSES]])
    if len(rows) > _MOST_CLASSES:
        counts = [one.train for one in found.classes]
        rest = len(rows) - _MOST_CLASSES
        print(
            f"... and {rest:,} more classes; {min(counts):,} to {max(counts):,} train images each (--json lists all)"
        )


def _print_mean(found: DataDescription, *, ascii_only: bool) -> None:
    """Print the mean training image: in half blocks on a terminal with colours, else in symbols."""
    from rich.console import Console
    from rich.style import Style
    from rich.text import Text

    from ...tui.widgets.half_block_image import fitted, half_blocks

    console = Console(highlight=False)
    room = min(shutil.get_terminal_size().columns - 2, 4 * _MEAN_LINES)
    print("mean train image:")
    if ascii_only or not sys.stdout.isatty() or console.color_system is None:
        for line in half_blocks(found.mean.astype(np.float32), room, _MEAN_LINES, signs=True):
            print(f"  {line.plain}".rstrip())
        return
    pixels = fitted(found.mean * 255, room, _MEAN_LINES)
    pixels = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
    for upper, lower in zip(pixels[::2].tolist(), pixels[1::2].tolist(), strict=True):
        drawn = Text("  ")
        for above, under in zip(upper, lower, strict=True):
            style = Style(color=f"rgb({','.join(map(str, above))})", bgcolor=f"rgb({','.join(map(str, under))})")
            drawn.append("▀", style)
        console.print(drawn)
