"""``keys``: what it prints is a file of keys."""

import tomllib

from tests.cli.conftest import Run


def test_it_prints_a_file_and_says_where_it_belongs(cli: Run) -> None:
    done = cli("keys")
    assert done.returncode == 0, done.stderr
    tables = tomllib.loads(done.stdout)
    assert tables["sweep"]["stop"] == "s"
    assert tables["app"]["quit"] == ["q", "ctrl+q"]
    assert "XSAMPLE_TUI_KEYS" in done.stderr
