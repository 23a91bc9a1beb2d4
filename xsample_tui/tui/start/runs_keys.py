"""Declares the keys of the list of runs.

An ``id`` is the name of a key in a user's ``keys.toml``: it never changes, however the labels are worded.
"""

from __future__ import annotations

from typing import Final

from textual.binding import Binding

RUNS: Final[tuple[Binding, ...]] = (
    Binding("n", "new", "New", tooltip="set up a new sweep", id="runs.new"),
    Binding(
        "N",
        "new_like",
        "New like it",
        show=False,
        tooltip="new from this: set up a sweep with the settings of the run under the cursor",
        id="runs.new-from-this",
    ),
    Binding(
        "r",
        "resume",
        "Resume",
        tooltip="train the unfinished trials of the run under the cursor",
        id="runs.resume",
    ),
    Binding(
        "a",
        "attach",
        "Attach",
        tooltip="watch and control a run that another process trains; same as Enter",
        id="runs.attach",
    ),
    Binding(
        "c",
        "compare",
        "Compare",
        tooltip="compare the marked runs; or two: press c on the first, then on the second",
        id="runs.compare",
    ),
    Binding(
        "u",
        "mark",
        "Mark",
        show=False,
        tooltip="mark the run under the cursor; c compares the marked",
        id="runs.mark",
    ),
    Binding("p", "replay", "Replay", tooltip="replay the training of the run under the cursor", id="runs.replay"),
    Binding("d", "delete", "Delete", tooltip="delete the run under the cursor (asks first)", id="runs.delete"),
    Binding(
        "delete",
        "delete",
        "Delete",
        show=False,
        tooltip="delete the run under the cursor (asks first)",
        id="runs.delete",
    ),
    Binding(
        "slash",
        "search",
        "Search",
        tooltip="search names, tags, notes, states and settings",
        id="runs.search",
    ),
    Binding(
        "e",
        "edit",
        "Edit",
        show=False,
        tooltip="edit the name, tags and note of the run under the cursor",
        id="runs.edit",
    ),
    Binding(
        "x",
        "archive",
        "Archive",
        show=False,
        tooltip="archive the run under the cursor: leave it out of the list; again: list it",
        id="runs.archive",
    ),
    Binding("A", "archived", "Archived", show=False, tooltip="show or hide archived runs", id="runs.archived"),
    Binding("v", "preview", "Preview", show=False, tooltip="show or hide the preview", id="runs.preview"),
    Binding(
        "escape",
        "forget",
        "Cancel",
        show=False,
        tooltip="cancel comparison and marks; else end the search; else go back to the sweep that trains here",
        id="runs.forget",
    ),
)
