"""Whatever one file of one run says: the others are listed, and what is said is a line."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cli.called_command import called
from tests.harness.inline_slot import InlineSlot
from tests.harness.runs import make_run, noise_images
from xsample_tui.cli.console_output import as_json
from xsample_tui.stacking.findings.run_summary import keep_answer, summary
from xsample_tui.store.run_catalog import RunCatalog
from xsample_tui.sweep.controller import Controller

FILES = ("pulse.json", "answer.json", "notes.json", "events.jsonl", "spec.json", "owner.lock")
RAW = (
    b"",
    b"[",
    b"[" * 200_000,
    b'{"a":' * 100_000,
    b"\xff\xfe",
    b"null",
    b"[]",
    b"1e400",
    b'"\\ud800"',
    b"{}",
    bytes(99),
)
ODD: tuple[Any, ...] = (
    *(None, True, -1, 0, 1e17, -1e17, 1e300, 10**400, 3e11, -5.5, float("nan"), float("inf"), float("-inf")),
    *("", "\ud800", "\x1b[31m", [], {}, [[]], "x" * 100_000, "2020"),
)
READING = (("status",), ("status", "r"), ("status", "r", "--json"), ("status", "--json"))
SLOW = (("verify", "r"), ("judge", "r"), ("report", "r", "--force", "--output", "report"), ("windows", "--like", "r"))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a runs folder with a finished run that has every file, and another."""
    runs = tmp_path_factory.mktemp("finished")
    for name in ("r", "other"):
        run = make_run(runs, name, data=noise_images(240))
        Controller(run, lambda number: InlineSlot(), lease="tests.harness.fake_lease:run_judged").work()
        (run.path / "notes.json").write_text('{"tags": ["a"], "note": "n", "archived": false}')
        (run.path / "owner.lock").write_text('{"pid": 1, "host": "h", "since": 1.0}')
        found = summary(run)
        keep_answer(run, found.lines[0], found.verdict)
    return runs


@pytest.fixture
def runs(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    shutil.copytree(finished, tmp_path / "runs")
    return tmp_path / "runs"


def paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield where every value of a document stands, of lists the first two."""
    parts = value.items() if isinstance(value, dict) else enumerate(value[:2]) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*above, key)
        yield from paths(part, (*above, key))


def with_value(document: Any, at: tuple[Any, ...], value: Any) -> Any:
    """Return a document with another value in a place."""
    changed = json.loads(json.dumps(document))
    within = changed
    for key in at[:-1]:
        within = within[key]
    within[at[-1]] = value
    return changed


def damaged(runs: Path, name: str, data: bytes, commands: tuple[tuple[str, ...], ...]) -> None:
    """Check what commands and lists make of a file."""
    file = runs / "r" / name
    before = file.read_bytes() if file.exists() else None
    file.write_bytes(data)
    try:
        for command in commands:
            code, out, said = called(*command, "--runs-dir", str(runs))
            assert code in (0, 1, 2), (name, command, said)
            assert "Traceback" not in said
            if command == ("status",):
                assert "other: finished" in out, (name, said)
        found = RunCatalog(runs).summaries()
        assert {run.name for run in found} == {"r", "other"}
        as_json([run.created for run in found])
    finally:
        file.unlink(missing_ok=True)
        if before is not None:
            file.write_bytes(before)


@pytest.mark.parametrize("name", FILES)
def test_no_bytes_in_a_file_end_a_list(runs: Path, name: str) -> None:
    for data in RAW:
        damaged(runs, name, data, READING)


@pytest.mark.parametrize("name", FILES)
def test_no_bytes_in_a_file_end_a_command(runs: Path, name: str) -> None:
    damaged(runs, name, RAW[2], SLOW)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_value_in_a_file_ends_a_list(runs: Path, name: str, data: st.DataObject) -> None:
    text = (runs / "r" / name).read_text()
    document = json.loads(text.splitlines()[0] if name.endswith("l") else text)
    document = document["run"] if name == "spec.json" else document
    at = data.draw(st.sampled_from(sorted(paths(document), key=str)))
    changed = with_value(document, at, data.draw(st.sampled_from(ODD)))
    if name == "spec.json":
        # With a checksum that is right: an odd clock wrote it, say.
        body = json.dumps(changed, sort_keys=True)
        changed = {"sha256": hashlib.sha256(body.encode()).hexdigest(), "run": changed}
    damaged(runs, name, json.dumps(changed).encode() + b"\n", READING)


@pytest.mark.parametrize("created", [float("nan"), float("inf"), 1e300, 3e11, -1e17, -5.5])
def test_no_time_in_a_file_ends_a_command(runs: Path, created: float) -> None:
    document = json.loads((runs / "r" / "spec.json").read_text())["run"] | {"created": created}
    body = json.dumps(document, sort_keys=True)
    spec = {"sha256": hashlib.sha256(body.encode()).hexdigest(), "run": document}
    damaged(runs, "spec.json", json.dumps(spec).encode(), (*READING, SLOW[2]))
