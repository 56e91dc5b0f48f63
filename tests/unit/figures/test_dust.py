from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.figures import samples

from earmark.figures.dust import simplified
from earmark.figures.flow import flow_figure
from earmark.figures.values import Band, Flow, Lane

START = samples.at("2022-06-01T00:00")
HOUR = 3_600_000_000


def gifts(flow: Flow, quantities: list[int], holders: int = 40, claim: str = "") -> Flow:
    """Return the flow with receipts, an hour apart, from many who are drawn as one."""
    bands = tuple(
        Band(START + place * HOUR, "many", "d", claim, quantity, party=f"p{place % 3}")
        for place, quantity in enumerate(quantities)
    )
    lane = Lane("many", "Many others", role="source", holders=holders)
    return msgspec.structs.replace(flow, lanes=(*flow.lanes, lane), bands=(*flow.bands, *bands))


def test_gifts_too_small_to_see_are_said_and_not_drawn() -> None:
    dusty = gifts(samples.theft(), [10**14] * 7)
    text = flow_figure(dusty)
    assert "Many others" not in text
    assert (
        "Not drawn: \u20660.0007\u00a0ETH\u2069 from \u20662022-06-01\u2069 to \u20662022-06-01\u2069 "
        "(movements: 7; payers: 3)."
    ) in _notes(text)


def _notes(text: str) -> str:
    """Return all lines of print as one."""
    lines = [part.split("</text>")[0] for part in text.split("<text ")[1:]]
    return " ".join(line.partition(">")[2] for line in lines)


def test_without_dust_nothing_is_said_of_it() -> None:
    assert "Not drawn" not in _notes(flow_figure(samples.theft()))


def test_the_picture_is_the_one_without_the_gifts() -> None:
    flow = samples.theft()
    simple = simplified(gifts(flow, [10**14] * 300))
    assert simple.hours == 0
    assert simple.flow.bands == flow.bands
    assert [lane.name for lane in simple.flow.lanes] == [lane.name for lane in flow.lanes]
    assert len(simple.dust) == 300


def test_gifts_that_together_would_make_a_band_are_drawn() -> None:
    flow = gifts(samples.theft(), [samples.ether("100")] * 90)
    assert simplified(flow).dust == ()
    assert "Many others" in flow_figure(flow)


def test_what_is_traced_or_comes_from_one_holder_is_never_left_out() -> None:
    for flow in (
        gifts(samples.theft(), [1], claim="ether"),
        gifts(samples.theft(), [1], holders=1),
    ):
        assert simplified(flow).dust == ()


def test_a_large_receipt_stays_when_small_ones_go() -> None:
    large = samples.ether("20000")
    simple = simplified(gifts(samples.theft(), [10**14, large, 10**14]))
    assert [band.quantity for band in simple.dust] == [10**14] * 2
    assert [b.quantity for b in simple.flow.bands if b.payer == "many"] == [large]


@given(st.lists(st.integers(1, 10**21), max_size=12))
def test_drawn_and_left_out_are_all_there_is(quantities: list[int]) -> None:
    flow = gifts(samples.theft(), quantities)
    simple = simplified(flow)
    parts = (*simple.flow.bands, *simple.dust)
    assert sum(b.quantity or 0 for b in parts) == sum(b.quantity or 0 for b in flow.bands)
    assert len(parts) == len(flow.bands)
