"""The check of coverage: every folder has a floor, and what is below it is named."""

from __future__ import annotations

from tests.coverage_floors import BRANCHES, FLOORS, Share, layers, problems


def test_every_folder_of_the_package_has_a_floor() -> None:
    assert set(FLOORS) == layers()
    assert all(50 <= floor < 100 for floor in FLOORS.values())
    assert BRANCHES >= 90


def test_what_is_below_its_floor_is_named() -> None:
    good, bad = Share(100, 95, 20, 19), Share(100, 95, 20, 10)
    assert problems({"core": good, "tui": good}, {"core": 95, "tui": 95}, 90) == []
    assert problems({"core": good, "tui": bad}, {"core": 95, "tui": 95}, 90) == [
        "tui: 87.5 % of lines and branches ran; the floor is 95 %"
    ]
    assert problems({"core": bad}, {"core": 80}, 90) == ["core: 50.0 % of branches ran; the floor is 90 %"]
    assert problems({"core": good}, {"core": 80, "web": 80}, 90) == ["web: nothing was measured"]
    assert problems({"core": good, "new": good}, {"core": 80}, 90) == ["new: has no floor"]
