"""``serve``: a run in the browser, watched and not touched."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.harness.interface import commit, make_shown_run, requests
from tests.harness.processes import contents
from tests.harness.until import SECONDS, until
from xsample_tui.cli.main_command import main

pytest.importorskip("textual_serve", reason="the extra `serve` is not installed")

import aiohttp

ADDRESS = re.compile(r"http://[^ ]+/")
PATIENCE = aiohttp.ClientTimeout(total=SECONDS)


@contextmanager
def served(runs: Path, *options: str, name: str = "sweep", killed: bool = False) -> Iterator[tuple[str, list[str]]]:
    """Serve a run; give its address and the lines said until then.

    Args:
        runs: the runs folder.
        options: what is added to the command line.
        name: the run's name.
        killed: whether the test itself kills the server; otherwise it is interrupted in the end, and must say 0.
    """
    server = subprocess.Popen(
        [sys.executable, "-m", "xsample_tui", "serve", name, "--runs-dir", str(runs), "--port", "0", *options],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert server.stderr is not None
    lines: list[str] = []
    try:
        while not lines or not ADDRESS.search(lines[-1]):
            line = server.stderr.readline()
            assert line, lines
            lines.append(line)
        found = ADDRESS.search(lines[-1])
        assert found is not None
        yield found[0], lines
        if not killed:
            server.send_signal(signal.SIGINT)
        assert server.wait(SECONDS) == (-signal.SIGKILL if killed else 0)
    finally:
        server.kill()
        server.wait()
        server.stderr.close()


async def watch(address: str, *, keys: str = "", until: str, origin: str | None = None) -> str:
    """Watch as a browser does: return the text of the frames up to the one that completes ``until``."""
    seen = ""
    async with (
        # Frames come for ever, each in time.
        asyncio.timeout(SECONDS),
        aiohttp.ClientSession(timeout=PATIENCE) as session,
        session.ws_connect(
            f"{address.replace('http', 'ws')}ws?width=120&height=40", origin=origin or address.rstrip("/")
        ) as browser,
    ):
        while until not in seen:
            message = await browser.receive(60)
            assert message.type is aiohttp.WSMsgType.BINARY, message
            seen += message.data.decode()
        for key in keys:
            await browser.send_str(json.dumps(["stdin", key]))
        if keys:
            await browser.send_str(json.dumps(["ping", "all keys were passed on"]))
            while (await browser.receive(60)).type is not aiohttp.WSMsgType.TEXT:
                pass
            await browser.send_str(json.dumps(["stdin", "?"]))
            while "(arrows scroll" not in seen:
                message = await browser.receive(60)
                seen += message.data.decode() if message.type is aiohttp.WSMsgType.BINARY else ""
    return seen


async def status(address: str, path: str = "", **headers: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession(timeout=PATIENCE) as session,
        session.get(address + path, headers=headers) as got,
    ):
        return got.status, (await got.read()).decode(errors="replace")


def viewers_of(runs: Path) -> list[str]:
    """Return the pids of the viewer processes on a runs folder."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdecimal() else []
        except OSError:
            continue
        if b"xsample_tui.web.view_only_app" in words and str(runs).encode() in words:
            found.append(entry.name)
    return found


def test_a_browser_sees_the_run_and_cannot_touch_it(tmp_path: Path) -> None:
    run = make_shown_run(tmp_path)
    for trial in run.document.trials[:4]:
        commit(run, trial.name, 3)
    before = contents(tmp_path)
    with served(tmp_path) as (address, lines):
        assert not any("warning" in line for line in lines)
        code, page = asyncio.run(status(address))
        assert code == 200
        assert re.findall(r"https?://[^\"' ]+", page) == []
        assert f'{address.replace("http", "ws")}ws"' in page
        assets = re.findall(r'(?:src|href)="/([^"]+)"|url\("/([^"]+)"\)', page)
        assert len(assets) > 2
        for asset in assets:
            assert asyncio.run(status(address, "".join(asset), Accept="*/*"))[0] == 200, asset
        seen = asyncio.run(watch(address, keys=" sxrf", until="view only"))
        assert "sweep" in seen
        assert "Pause" not in seen
        until(lambda: not viewers_of(tmp_path))
    assert contents(tmp_path) == before
    assert requests(run) == []


def test_only_its_own_page_may_watch(tmp_path: Path) -> None:
    make_shown_run(tmp_path)
    with served(tmp_path) as (address, _):
        assert asyncio.run(status(address, Host="evil.example"))[0] == 403
        assert asyncio.run(status(address, "static/"))[0] == 403
        assert asyncio.run(status(address, "static/../../server.py"))[0] in (403, 404)
        assert asyncio.run(status(address, "download/0"))[0] == 404
        for origin in ("http://evil.example", "null"):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                asyncio.run(watch(address, until="sweep", origin=origin))
        assert viewers_of(tmp_path) == []


def test_a_server_that_is_killed_leaves_no_viewer_behind(tmp_path: Path) -> None:
    make_shown_run(tmp_path)

    async def kill_while_watching(address: str) -> None:
        async with (
            aiohttp.ClientSession(timeout=PATIENCE) as session,
            session.ws_connect(f"{address.replace('http', 'ws')}ws", origin=address.rstrip("/")) as browser,
        ):
            message = await browser.receive(60)
            assert message.type is aiohttp.WSMsgType.BINARY, message
            (viewer,) = viewers_of(tmp_path)
            parent = int(Path(f"/proc/{viewer}/stat").read_text().rsplit(")", 1)[1].split()[1])
            os.kill(parent, signal.SIGKILL)

    with served(tmp_path, killed=True) as (address, _):
        asyncio.run(kill_while_watching(address))
    until(lambda: not viewers_of(tmp_path))


def test_beyond_loopback_it_warns(tmp_path: Path) -> None:
    make_shown_run(tmp_path)
    with served(tmp_path, "--host", "0.0.0.0") as (_, lines):
        assert any("warning" in line and "no password" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["$(touch pwned)"], "run: $(touch pwned)"),
        (["x; touch pwned"], "use 1 to 64 letters"),
        (["nowhere"], "no such run"),
        (["sweep", "--host", "no.such.host.invalid"], "--host"),
        (["sweep", "--port", "70000"], "--port"),
    ],
)
def test_bad_input_is_refused_in_one_line(arguments: list[str], said: str, tmp_path: Path) -> None:
    make_shown_run(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "xsample_tui", "serve", *arguments, "--runs-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "pwned").exists()


def test_without_the_extra_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("xsample_tui.cli.commands.serve.find_spec", lambda name: None)
    monkeypatch.setattr("sys.argv", ["xsample-tui", "serve", "sweep", "--runs-dir", str(tmp_path)])
    assert main() == 2
    assert "pip install 'xsample-tui[serve]'" in capsys.readouterr().err
