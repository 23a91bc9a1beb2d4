"""The help: every key and every sign, explained."""

from __future__ import annotations

from textual.widgets import Static

from tests.harness.interface import NOW, app_on, session_of, until
from tests.harness.screens import LARGE
from xsample_tui.store.run.run_folder import RunFolder
from xsample_tui.tui.help.help_screen import Help
from xsample_tui.tui.widgets.aligned_row import AlignedRow


async def test_help_names_every_key_and_glyph(mid_run: RunFolder) -> None:
    from xsample_tui.tui.theme import symbols

    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("question_mark")
        assert isinstance(app.screen, Help)
        text = "\n".join(str(widget.render()) for widget in app.screen.query(Static))
        for key in ("space", "s ", "r ", "x ", "f ", "g ", "t ", "l ", "tab", "esc", "?", "q, ctrl+q", "ctrl+c", "↑"):
            assert f"\n{key}" in text, key
        for state, sign in symbols.RUN.items():
            assert f"{sign} {state}" in text
        for status, sign in symbols.TRIAL.items():
            assert f"{sign} {status}" in text
        await pilot.press("escape")
        assert not isinstance(app.screen, Help)


async def test_a_search_leaves_the_rows_with_its_words_and_escape_ends_it(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("question_mark")
        every = [row for row in app.screen.query(AlignedRow) if row.display]
        await pilot.press("slash", *"ink removed")
        await pilot.pause()
        left = [row for row in app.screen.query(AlignedRow) if row.display]
        assert 0 < len(left) < len(every)
        assert all("ink" in row.searched and "removed" in row.searched for row in left)
        titles = [part for part in app.screen.query(".help-section") if part.display]
        assert all(any(row in left for row in part.query(AlignedRow)) for part in titles)
        # Letters that are keys elsewhere are text here; what nothing has is said.
        await pilot.press(*"qqq")
        await pilot.pause()
        assert app.screen.query_one("#help-none").display
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, Help)
        assert [row for row in app.screen.query(AlignedRow) if row.display] == every
        await pilot.press("escape")
        assert not isinstance(app.screen, Help)


async def test_n_and_p_go_from_section_to_section(mid_run: RunFolder) -> None:
    app = app_on(mid_run, clock=lambda: NOW)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: session_of(app).opened)
        await pilot.press("question_mark")
        await pilot.pause()
        box = app.screen.query_one(".help")
        tops = [part.virtual_region.y for part in app.screen.query(".help-section")]
        await pilot.press("n", "n")
        await pilot.pause()
        assert box.scroll_y in tops
        second = box.scroll_y
        await pilot.press("n", "p")
        await pilot.pause()
        assert box.scroll_y == second
        await pilot.press("p", "p", "p")
        await pilot.pause()
        assert box.scroll_y == 0
        assert (box.region.x, box.region.width) == (0, 80)
