"""``replay`` by command."""

from pathlib import Path

from tests.cli.conftest import Run
from tests.harness.runs import make_run, work


def test_what_cannot_be_replayed_is_refused(cli: Run, tmp_path: Path) -> None:
    make_run(tmp_path / "runs", "new")
    work(make_run(tmp_path / "runs", "old"))
    for arguments, words in (
        (("new",), "no epoch has been trained"),
        (("old", "--speed", "fast"), "above 0"),
        (("old", "--speed", "0"), "above 0"),
        (("old",), "no terminal"),
        (("other",), "no such run"),
    ):
        done = cli("replay", *arguments)
        assert done.returncode == 2
        assert words in done.stderr
