"""What happens at the very moment of the program's end does no harm."""

from __future__ import annotations

import gc
import warnings

import pytest
from textual.app import App
from textual.css.query import NoMatches
from textual.screen import Screen

from xsample_tui.tui.latest_only import LatestOnly
from xsample_tui.tui.textual_private import PrivateApp


class Half(Screen[None]):
    """A screen that is mounted without its widgets, as one is that opens at the end."""

    def on_mount(self) -> None:
        self.query_one("#not-there")


class OpensLate(PrivateApp):
    """Opens a screen while it closes, or before."""

    def __init__(self, error: Exception | None = None) -> None:
        super().__init__()
        self.error = error
        self.failed: list[Exception] = []

    def fail(self, error: Exception) -> None:
        self.failed.append(error)

    def on_unmount(self) -> None:
        try:
            raise self.error or NoMatches("no widgets")
        except Exception as error:
            self._handle_exception(error)


async def closed(app: App[None]) -> None:
    async with app.run_test():
        pass


async def test_a_screen_that_opens_at_the_end_is_no_failure() -> None:
    app = OpensLate()
    await closed(app)
    assert app.failed == []
    assert app.return_code in (None, 0)


async def test_before_the_end_it_is_one() -> None:
    app = OpensLate()

    async def use() -> None:
        async with app.run_test() as pilot:
            app.push_screen(Half())
            await pilot.pause()

    with pytest.raises(NoMatches):
        await use()
    assert app.failed


async def test_any_other_error_at_the_end_is_one() -> None:
    app = OpensLate(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        await closed(app)


async def test_a_request_at_the_end_leaves_nothing_unawaited() -> None:
    app: App[None] = App()
    done: list[int] = []
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        async with app.run_test():
            latest: LatestOnly[int] = LatestOnly(app, "late", lambda request, _: done.append(request))
            latest.ask(1)
            app.workers.cancel_all()
            del latest
        gc.collect()
    assert [one for one in found if "never awaited" in str(one.message)] == []
