"""The machine's load in words."""

from __future__ import annotations

import pytest

from xsample_tui.sweep.machine.machine_load import GpuLoad, MachineLoad
from xsample_tui.tui.gauges.gauge_text import curve, disk_warning, lines, short
from xsample_tui.tui.gauges.load_reading import Reading

GPU = GpuLoad(0.5, 20e9, 80e9)
FULL = Reading(MachineLoad(0.97, 3.1e9, 7.8e9, 12e9, 100e9, gpus=(GPU,)), 5432.0)


@pytest.mark.parametrize(
    ("left", "to_write", "words"),
    [
        (5e9, 2e9, ""),
        (5e9, None, ""),
        (5e9, 8e9, "disk: 5.0 GB left, the run still writes about 8.0 GB"),
        (2e8, None, "disk: 200 MB left"),
        (2e8, 1e6, "disk: 200 MB left"),
        (0.0, 0.0, "disk: 0 kB left"),
    ],
)
def test_a_disk_that_will_not_do_is_said_before_it_is_full(left: float, to_write: float | None, words: str) -> None:
    assert disk_warning(left, to_write) == words


def test_the_header_has_as_much_as_fits_and_cuts_nothing() -> None:
    whole = short(FULL, 200).plain
    assert whole == "cpu 97 %   memory 40 %   gpu 50 %   disk 12.0 GB free   images/s 5,432"
    for room in range(len(whole) + 1):
        assert whole.startswith(shown := short(FULL, room).plain)
        assert len(shown) <= room
        assert shown == "" or shown[-1].isalnum() or shown[-1] == "%"
    assert "disk" not in short(Reading(MachineLoad(0.5, 1, 0, None, None), 0.0), 200).plain


def test_a_line_for_each_gauge_and_how_it_went() -> None:
    idle = Reading(MachineLoad(0.0, 0.0, 7.8e9, 12e9, 100e9, gpus=(GPU,)), 0.0)
    shown = [line.plain for line in lines([idle, FULL], 78)]
    assert [line.split()[0] for line in shown] == ["cpu", "memory", "GPU", "disk", "images/s"]
    assert shown[0].endswith("▁█")
    assert shown[-1].endswith("5,432                     ▁█")
    assert max(map(len, (line.plain for line in lines([FULL] * 60, 78)))) <= 78
    assert lines([], 78) == []
    # Without room for a curve the figures stay.
    assert lines([FULL], 20)[0].plain.split() == ["cpu", "97", "%"]


def test_a_curve_stays_within_its_signs() -> None:
    assert curve([-1.0, 0.0, 0.5, 1.0, 7.0]) == "▁▁▅██"
