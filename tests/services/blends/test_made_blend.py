"""A blend is made once, and its files say the same whoever writes them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.harness.finished_runs import finished_run
from xsample_tui.core.errors import InputError
from xsample_tui.services.blends.made_blend import make_blend
from xsample_tui.services.member_rule import member_rule
from xsample_tui.stacking.blending.blender_registry import blender
from xsample_tui.stacking.pool.model_pool import open_pool


def test_its_table_has_its_facts_beside_it(tmp_path: Path) -> None:
    models = open_pool(finished_run(tmp_path))
    made = make_blend(models, member_rule(models, 2), blender("mean"))
    assert made.title == "arithmetic mean of top 2 of 9 by select log-loss"
    csv = tmp_path / "t.csv"
    rows = made.export_table(csv, field="path", probabilities=True, force=False)
    assert len(csv.read_text().splitlines()) == rows + 1
    facts = json.loads((tmp_path / "t.csv.json").read_text())
    assert facts.pop("csv")["rows"] == rows
    assert facts == json.loads(json.dumps(made.facts())) | {"command": "stack"}
    assert [member.name for member in made.members] == [member["name"] for member in facts["members"]]
    with pytest.raises(InputError, match=r"path: .*t.csv: exists"):
        made.export_table(csv, field="path", probabilities=True, force=False)


def test_members_chosen_by_hand_have_no_curve(tmp_path: Path) -> None:
    models = open_pool(finished_run(tmp_path))
    made = make_blend(models, member_rule(models, members=["baseline-s00"]), blender("mean"))
    with pytest.raises(InputError, match="members: given: members chosen by hand have no curve; use top"):
        made.curve()
