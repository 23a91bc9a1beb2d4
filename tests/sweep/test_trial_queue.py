"""The queue of trials, and what is preferred in it."""

from xsample_tui.sweep.trial_queue import TrialQueue


def test_what_is_preferred_goes_back_to_its_usual_place() -> None:
    queue = TrialQueue("abcdef")
    queue.prefer(["e", "d", "gone"])
    assert queue.order == tuple("edabcf")
    assert queue.preferred == ("e", "d")
    queue.remove("a")
    assert queue.put_back("d")
    assert queue.order == tuple("ebcdf")
    assert not queue.put_back("d")
    assert queue.put_back("e")
    assert queue.order == tuple("bcdef")
    assert not queue.preferred


def test_an_order_for_all_that_wait_is_the_usual_one() -> None:
    queue = TrialQueue("abcd")
    queue.prefer("dcba")
    assert not queue.preferred
    queue.prefer("a")
    assert queue.put_back("a")
    assert queue.order == tuple("dcba")


def test_what_begins_is_not_preferred_any_more() -> None:
    queue = TrialQueue("abc")
    queue.prefer("c")
    queue.remove("c")
    assert not queue.preferred
    queue.to_front(["c"])
    assert not queue.preferred
    # A trial that goes to the end stays there.
    queue.to_end("a")
    queue.prefer("a")
    assert queue.put_back("a")
    assert queue.order == tuple("cba")


def test_what_is_put_back_after_a_new_usual_order_waits_where_that_has_it() -> None:
    queue = TrialQueue("abcd")
    queue.prefer("d")
    queue.arrange("cbda")
    queue.to_front(["d", "c", "b", "a"])
    assert queue.put_back("d")
    assert queue.order == tuple("cbda")
