"""Following money outwards: breadth first, largest amount first, to a depth and a budget.

What is not fetched is a result like what is: every address left out is listed with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec

from earmark.fetch.errors import BudgetError, SilentError
from earmark.fetch.history import NATIVE, History, HistoryOf, Step, TooManyError
from earmark.ledger.errors import EarmarkError

Why = Literal[
    "budget", "depth", "stop", "failed", "too_many_transactions", "not_whole", "interrupted"
]


class Fetched(msgspec.Struct, frozen=True):
    """An address whose history was fetched; depth 0 was asked for by name."""

    address: str
    depth: int
    transactions: int


class Missing(msgspec.Struct, frozen=True):
    """What was not fetched and why; ``quantity`` is in smallest units, as text, of ``commodity``."""

    address: str
    depth: int
    why: Why
    detail: str = ""
    commodity: str = ""
    quantity: str = ""


class Outcome(msgspec.Struct, frozen=True):
    """All that was fetched, in order, and all that was not; ``transactions`` are counted once each."""

    fetched: tuple[Fetched, ...]
    missing: tuple[Missing, ...]
    transactions: int = 0

    @property
    def is_cut(self) -> bool:
        """Tell whether the walk was interrupted."""
        return any(one.why == "interrupted" for one in self.missing)

    @property
    def is_short(self) -> bool:
        """Tell whether something is missing that was asked for: not where a stop or the depth ends it."""
        return any(one.why not in ("stop", "depth") for one in self.missing)


@dataclass(frozen=True)
class Limits:
    """How far to go: steps away from the start, and how many addresses in all."""

    depth: int = 0
    addresses: int = 100


def _never(_: str) -> str:
    return ""


@dataclass(frozen=True)
class Walk:
    """What a walk needs to know: histories, limits, why to stop somewhere (empty: no reason).

    Movements of ``declared`` commodities are followed before any other.
    """

    history_of: HistoryOf
    limits: Limits
    stop_of: Callable[[str], str] = _never
    declared: Collection[str] = frozenset({NATIVE})
    begin: Callable[[str, int], None] | None = None


@dataclass
class _State:
    seen: set[str]
    fetched: list[Fetched] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    ended: tuple[Why, str] | None = None
    found: set[str] = field(default_factory=set)


Amounts = dict[str, dict[str, int]]
"""What reached each holder: by commodity, in smallest units."""


def follow(starts: Sequence[str], walk: Walk) -> Outcome:
    """Fetch the starts, then whom they paid, and so on; errors of one address end only that address.

    At a depth of 0 nobody asked whom they paid, so nobody is listed for lying further away.
    """
    state = _State(set(starts))
    level: Amounts = {start: {} for start in starts}
    for depth in range(walk.limits.depth + 1):
        reached: Amounts = {}
        for address in ranked(level, walk.declared) if depth else list(level):
            history = _history(address, depth, level[address], walk, state)
            if history is not None and walk.stop_of(address):
                _leave(state, address, depth, {}, ("stop", walk.stop_of(address)))
            elif history is not None:
                _add(reached, history.steps)
        level = _unvisited(reached, depth + 1, walk, state)
    for address in ranked(level, walk.declared) if walk.limits.depth else ():
        detail = f"{walk.limits.depth} steps from the start is as far as was asked"
        _leave(state, address, walk.limits.depth + 1, level[address], ("depth", detail))
    return Outcome(tuple(state.fetched), tuple(state.missing), len(state.found))


def _history(
    address: str, depth: int, amounts: Mapping[str, int], walk: Walk, state: _State
) -> History | None:
    history, is_last, why = None, False, _refused(walk, state)
    if why is None:
        if walk.begin is not None:
            walk.begin(address, depth)
        history, is_last, why = _tried(address, walk)
    if history is None:
        if is_last:
            state.ended = why
        _leave(state, address, depth, amounts, why)
        return None
    state.fetched.append(Fetched(address, depth, history.transactions))
    state.found |= history.found
    for gap in history.gaps:
        _leave(state, address, depth, {}, ("not_whole", gap))
    return history


def _tried(address: str, walk: Walk) -> tuple[History | None, bool, tuple[Why, str]]:
    """Return a history, or whether trying others is idle too, and why there is none."""
    try:
        return walk.history_of(address), False, ("failed", "")
    except BudgetError as error:
        return None, True, ("budget", str(error))
    except KeyboardInterrupt:
        return None, True, ("interrupted", "the same command goes on from here")
    except SilentError as error:
        return None, True, ("failed", str(error))
    except TooManyError as error:
        return None, False, ("too_many_transactions", str(error))
    except EarmarkError as error:
        return None, False, ("failed", str(error))


def _refused(walk: Walk, state: _State) -> tuple[Why, str] | None:
    if state.ended is not None:
        return state.ended
    if len(state.fetched) >= walk.limits.addresses:
        return "budget", f"{walk.limits.addresses} addresses were allowed"
    return None


def _leave(
    state: _State, address: str, depth: int, amounts: Mapping[str, int], why: tuple[Why, str]
) -> None:
    """List an address as left out, with the largest amount of the commodity that comes first."""
    commodity = min(amounts, default="")
    quantity = str(amounts[commodity]) if amounts else ""
    state.missing.append(Missing(address, depth, why[0], why[1], commodity, quantity))


def _add(reached: Amounts, steps: Iterable[Step]) -> None:
    for step in steps:
        amounts = reached.setdefault(step.target, {})
        amounts[step.commodity] = amounts.get(step.commodity, 0) + step.quantity


def _unvisited(reached: Amounts, depth: int, walk: Walk, state: _State) -> Amounts:
    """Return whom to visit next: once each, and not where a stop stands."""
    new: Amounts = {}
    for address, amounts in reached.items():
        if address in state.seen:
            continue
        state.seen.add(address)
        if walk.stop_of(address):
            _leave(state, address, depth, amounts, ("stop", walk.stop_of(address)))
        else:
            new[address] = amounts
    return new


def ranked(level: Amounts, declared: Collection[str]) -> list[str]:
    """Return holders, who received most of a commodity first, one commodity not counted against another.

    Whoever received only tokens that the case does not declare comes last: anyone can issue a token and
    write any transfer of it.
    """
    best: dict[str, tuple[bool, int, str, str]] = {}
    for commodity in {one for amounts in level.values() for one in amounts}:
        holders = [one for one, amounts in level.items() if commodity in amounts]
        holders.sort(key=lambda one: (-level[one][commodity], one))
        for place, holder in enumerate(holders):
            rank = commodity not in declared, place, commodity, holder
            best[holder] = min(best.get(holder, rank), rank)
    return sorted(level, key=lambda one: best.get(one, (True, 0, "", one)))
