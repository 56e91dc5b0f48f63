from __future__ import annotations

from collections.abc import Mapping

import pytest

from earmark.fetch.errors import BudgetError, SilentError
from earmark.fetch.history import NATIVE, History, Step, TooManyError
from earmark.fetch.outward import Limits, Missing, Outcome, Walk, follow
from earmark.ledger.errors import EarmarkError

TOKEN = "0x" + "77" * 20


def paid(**amounts: int) -> History:
    return History(1, tuple(Step(to, NATIVE, amount) for to, amount in amounts.items()))


def walk(
    histories: Mapping[str, History | BaseException],
    *starts: str,
    depth: int = 9,
    addresses: int = 99,
    stops: Mapping[str, str] | None = None,
    declared: frozenset[str] = frozenset({NATIVE}),
) -> Outcome:
    def history_of(address: str) -> History:
        found = histories.get(address, History(0))
        if isinstance(found, BaseException):
            raise found
        return found

    told = dict(stops or {})
    limits = Limits(depth, addresses)
    return follow(starts, Walk(history_of, limits, lambda one: told.get(one, ""), declared))


def visited(outcome: Outcome) -> list[tuple[str, int]]:
    return [(one.address, one.depth) for one in outcome.fetched]


def why(outcome: Outcome) -> list[tuple[str, str]]:
    return [(one.address, one.why) for one in outcome.missing]


def test_breadth_comes_first_and_the_largest_amount_within_a_depth() -> None:
    histories = {"a": paid(small=1, large=5), "small": paid(x=9), "large": paid(y=1, z=2)}
    expected = [("a", 0), ("large", 1), ("small", 1), ("x", 2), ("z", 2), ("y", 2)]
    assert visited(walk(histories, "a")) == expected


def test_amounts_of_several_payments_to_one_address_are_added() -> None:
    twice = History(2, (Step("b", NATIVE, 2), Step("c", NATIVE, 3), Step("b", NATIVE, 2)))
    assert visited(walk({"a": twice}, "a")) == [("a", 0), ("b", 1), ("c", 1)]


def test_a_circle_is_walked_once() -> None:
    assert visited(walk({"a": paid(b=1), "b": paid(a=1)}, "a")) == [("a", 0), ("b", 1)]


def test_the_depth_ends_the_walk_and_says_whom_it_left_out() -> None:
    outcome = walk({"a": paid(b=3), "b": paid(c=2)}, "a", depth=1)
    assert visited(outcome) == [("a", 0), ("b", 1)]
    detail = "1 steps from the start is as far as was asked"
    assert outcome.missing == (Missing("c", 2, "depth", detail, NATIVE, "2"),)
    assert not outcome.is_short
    assert walk({"a": paid(b=3)}, "a", depth=0).missing == ()


def test_a_stop_is_not_fetched_and_a_named_stop_is_not_left() -> None:
    outcome = walk({"a": paid(mixer=3, b=1)}, "a", stops={"mixer": "Mixer Ltd"})
    assert visited(outcome) == [("a", 0), ("b", 1)]
    assert outcome.missing == (Missing("mixer", 1, "stop", "Mixer Ltd", NATIVE, "3"),)
    outcome = walk({"mixer": paid(b=1)}, "mixer", stops={"mixer": "Mixer Ltd"})
    assert visited(outcome) == [("mixer", 0)]
    assert why(outcome) == [("mixer", "stop")]


def test_the_budget_of_addresses_leaves_the_smallest_amounts() -> None:
    outcome = walk({"a": paid(b=1, c=2)}, "a", addresses=2)
    assert visited(outcome) == [("a", 0), ("c", 1)]
    assert why(outcome) == [("b", "budget")]
    assert outcome.is_short


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (BudgetError("spent"), "budget"),
        (SilentError("mute"), "failed"),
        (KeyboardInterrupt(), "interrupted"),
    ],
)
def test_what_ends_all_requests_is_not_tried_again(error: BaseException, reason: str) -> None:
    outcome = walk({"a": paid(b=2, c=1), "b": error, "c": paid(d=1)}, "a")
    assert visited(outcome) == [("a", 0)]
    assert why(outcome) == [("b", reason), ("c", reason)]


@pytest.mark.parametrize(
    ("error", "reason"),
    [(TooManyError(5), "too_many_transactions"), (EarmarkError("broken"), "failed")],
)
def test_what_fails_for_one_address_leaves_the_others(error: EarmarkError, reason: str) -> None:
    outcome = walk({"a": paid(b=2, c=1), "b": error}, "a")
    assert visited(outcome) == [("a", 0), ("c", 1)]
    assert why(outcome) == [("b", reason)]


def test_what_a_history_lacks_is_listed() -> None:
    outcome = walk({"a": History(3, gaps=("one transaction",))}, "a")
    assert outcome.missing == (Missing("a", 0, "not_whole", "one transaction"),)


def test_tokens_that_the_case_does_not_declare_come_last() -> None:
    steps = (Step("spam", TOKEN, 10**30), Step("coin", NATIVE, 1), Step("less", NATIVE, 0))
    histories = {"a": History(1, steps)}
    assert [one for one, _ in visited(walk(histories, "a"))] == ["a", "coin", "less", "spam"]
    declared = frozenset({NATIVE, TOKEN})
    expected = ["a", "coin", "spam", "less"]
    assert [one for one, _ in visited(walk(histories, "a", declared=declared))] == expected
