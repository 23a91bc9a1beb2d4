"""Specs as TOML: whatever the spec, reading what was written gives the same values."""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xsample_tui.core.errors import InputError
from xsample_tui.core.training.spec_toml import read_spec, spec_toml, spec_values
from xsample_tui.core.training.sweep_spec import Machine, SweepSpec, Training, Windows

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SPECS = st.builds(
    SweepSpec,
    name=st.text(string.ascii_letters + string.digits, min_size=1, max_size=20),
    source=WORDS,
    limit=st.none() | st.integers(1, 10**9),
    network=WORDS,
    pretrained=st.booleans(),
    baselines=st.integers(0, 10_000),
    seed=st.integers(0, 2**63 - 1),
    streams=st.sampled_from(["own", "shared", "named"]),
    windows=st.builds(
        Windows, height=st.integers(1, 99), stride=st.integers(1, 9), only=st.lists(WORDS, max_size=3).map(tuple)
    ),
    training=st.builds(
        Training,
        learning_rate=st.floats(min_value=0, exclude_min=True, allow_infinity=False, allow_nan=False),
        stopping=st.sampled_from(["epochs", "patience"]),
        precision=st.sampled_from(["float32", "bfloat16"]),
    ),
    machine=st.builds(
        Machine, jobs=st.integers(1, 1024), onednn=st.booleans(), checkpoint_seconds=st.floats(0, 86_400)
    ),
    order=st.sampled_from(["coarse", "rows", "centre"]),
)


@given(SPECS)
def test_what_is_written_reads_back_to_the_same_spec(spec: SweepSpec) -> None:
    values = spec_values(spec_toml(spec), "spec.toml")
    assert SweepSpec.model_validate(values) == spec
    assert "version" not in values


def test_a_part_of_a_spec_is_enough(tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    path.write_text('source = "mnist"  # The digits.\n[windows]\nstride = 4\n')
    assert read_spec(path, "spec") == {"source": "mnist", "windows": {"stride": 4}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stride = 4", "spec.toml: stride: no such field"),
        ("[windows]\nhight = 4", "spec.toml: windows.hight: no such field; choose from mask, height"),
        ("windows = 4", "spec.toml: windows: is a table; write its fields under [windows]"),
        ("[training]\nepochs = 0", "spec.toml: training.epochs = 0: "),
        ('[training]\nepochs = "many"', "spec.toml: training.epochs = many: "),
        ("name = -", "spec.toml: not TOML: "),
        ("version = 3", "spec.toml: version = 3: "),
        ("a" + ".a" * 5000 + " = 1", "spec.toml: "),
        ('preset = "slow"', "spec.toml: preset = slow: "),
    ],
)
def test_what_is_wrong_is_one_line_that_names_it(text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        spec_values(text, "spec.toml")
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"#" * (1 << 21), None, "folder"])
def test_a_file_that_is_no_spec_is_refused(tmp_path: Path, content: Any) -> None:
    path = tmp_path / "spec.toml"
    if content == "folder":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"spec\.toml"):
        read_spec(path, "spec")
