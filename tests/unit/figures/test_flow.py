from __future__ import annotations

import re

import msgspec
import pytest
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.figures import samples
from tests.unit.figures.draw import FIGURES, GOLDEN

from earmark.figures.balances import points_of
from earmark.figures.flow import flow_figure
from earmark.figures.values import Band, Flow, FlowClaim, Lane, Role
from earmark.ledger.errors import EarmarkError

SVG = "{http://www.w3.org/2000/svg}"
START = samples.at("2022-01-01T00:00")
ROLES: list[Role] = ["source", "through", "rests", "stopped", "fee"]
# What a page's reader or an attacker may type into a label; ElementTree reads tabs as they are.
HOSTILE = st.text(
    st.one_of(
        st.sampled_from("<>&\"'\x00\u202e\u2066\u2069]]>ا漢\t\n\ud800\ufffe"), st.characters()
    ),
    max_size=60,
)


@st.composite
def flows(draw: st.DrawFn) -> Flow:
    claims = tuple(FlowClaim(f"c{i}", draw(HOSTILE)) for i in range(draw(st.integers(0, 7))))
    names = [f"lane{i}" for i in range(draw(st.integers(2, 8)))]
    bands = draw(st.lists(_bands(names, ["", *(claim.name for claim in claims)])))
    bands.append(Band(START, names[0], names[1], "", 1))
    lanes = tuple(
        Lane(
            name,
            draw(HOSTILE),
            draw(HOSTILE),
            draw(st.sampled_from(ROLES)),
            draw(st.integers(1, 50)),
            draw(st.sampled_from([(), points_of(name, bands, [c.name for c in claims])])),
            draw(HOSTILE),
        )
        for name in names
    )
    subtitle = tuple(draw(st.lists(HOSTILE, max_size=3)))
    return Flow(
        draw(HOSTILE),
        subtitle,
        draw(HOSTILE),
        draw(HOSTILE),
        draw(st.integers(0, 18)),
        claims,
        lanes,
        tuple(bands),
        samples.ENGLISH,
        draw(st.sampled_from(["ltr", "rtl"])),
    )


def _bands(names: list[str], claims: list[str]) -> st.SearchStrategy[Band]:
    return st.builds(
        Band,
        st.one_of(
            st.integers(START, START + 10**14),
            st.integers(START, START + 10),
            st.sampled_from([-62_135_596_800_000_000, 253_402_300_799_999_999]),
        ),
        st.sampled_from(names),
        st.sampled_from(names),
        st.sampled_from(claims),
        st.one_of(st.none(), st.integers(0, 10**6), st.integers(0, 10**36)),
        st.booleans(),
        HOSTILE,
    )


@pytest.mark.parametrize("name", FIGURES)
def test_the_drawing_is_the_one_that_was_looked_at(name: str) -> None:
    assert flow_figure(FIGURES[name](), name) == (GOLDEN / f"{name}.svg").read_text("utf-8")


@given(flows())
def test_every_flow_gives_safe_xml_inside_its_frame(flow: Flow) -> None:
    text = flow_figure(flow, "p")
    root = fromstring(text)
    width, height = _frame_size(text)
    for x, y in _corners(root):
        assert 0 <= x <= width
        assert 0 <= y <= height
    allowed = ["svg", "g", "title", "desc", "defs", "pattern", "rect", "path", "line", "text"]
    assert {node.tag.removeprefix(SVG) for node in root.iter()} <= set(allowed)
    assert not {key for node in root.iter() for key in node.attrib if key.startswith("on")}


def test_the_same_flow_gives_the_same_bytes_in_any_order_of_equal_lanes_points() -> None:
    flow = samples.theft()
    lanes = tuple(
        msgspec.structs.replace(lane, points=tuple(reversed(lane.points))) for lane in flow.lanes
    )
    assert flow_figure(msgspec.structs.replace(flow, lanes=lanes)) == flow_figure(flow)


def test_several_figures_share_a_page() -> None:
    first, second = (
        set(re.findall(r' id="([^"]*)"', flow_figure(samples.cargo(), p))) for p in "ab"
    )
    assert first
    assert not first & second


def test_every_reference_finds_its_id() -> None:
    text = flow_figure(samples.theft(), "p")
    known = set(re.findall(r' id="([^"]*)"', text))
    named = set(re.findall(r"url\(#([^)]*)\)", text))
    named |= set(re.findall(r'aria-labelledby="([^"]*)"', text)[0].split())
    assert named <= known
    assert "href" not in text


def test_title_and_description_are_the_text_alternative() -> None:
    root = fromstring(flow_figure(samples.cargo(), "p"))
    assert root.attrib["role"] == "img"
    assert [node.text for node in list(root)[:2]] == [
        "One cargo of refined petroleum, from tanker to tanker",
        "9,400 t are loaded; 7,600 t reach the port; one quantity is not known.",
    ]


def test_a_label_cannot_leave_its_element_or_turn_the_line() -> None:
    flow = samples.cargo()
    lane = msgspec.structs.replace(flow.lanes[0], label="</text><script>\u202e\x00&")
    text = flow_figure(msgspec.structs.replace(flow, lanes=(lane, *flow.lanes[1:])))
    assert "<script" not in text
    assert "\u202e" not in text
    assert "&lt;/text&gt;&lt;script&gt;\ufffd\ufffd&amp;" in text


def test_time_runs_left_to_right_on_a_right_to_left_page() -> None:
    texts = fromstring(flow_figure(samples.theft_arabic())).iter(f"{SVG}text")
    places = {node.text: int(float(node.attrib["x"])) for node in texts}
    assert places["23\u00a0مارس"] < places["1\u00a0مايو"] < places["27\u00a0سبتمبر"]


def test_every_text_is_at_least_nine_pixels_high_in_print() -> None:
    texts = fromstring(flow_figure(samples.theft())).iter(f"{SVG}text")
    print_pixels_per_unit = 180 / 25.4 * 96 / 1000
    assert min(float(t.attrib["font-size"]) for t in texts) * print_pixels_per_unit >= 9


def test_what_rests_and_what_stops_is_written_at_the_right_end() -> None:
    text = flow_figure(samples.theft())
    assert ">rests 175,153.45\u00a0ETH<" in text
    assert ">stopped: 6,400\u00a0ETH<" in text
    assert ">This record lacks gas, internal transfers and transaction hashes.<" in text


def test_a_tooltip_keeps_every_digit_and_the_whole_identifier() -> None:
    text = flow_figure(samples.theft())
    assert "\u20668,559.75\u00a0ETH\u2069 (the dollars, as ether)" in text
    assert "eth:0x0e8bd5a3f2c14b6a7988aa00bb11cc22dd33ee44" in text
    assert ">0x0e8b…ee44<" in text


def test_a_tooltip_tells_the_true_times_of_what_was_drawn_as_one() -> None:
    text = flow_figure(samples.crowd(300))
    assert "<title>2020-02-01T00:00:00Z – 2020-02-01T00:59:00Z  From → To" in text
    assert "movements: 60" in text
    assert "2020-02-01T00:00:00Z  From" not in text


def test_the_key_shows_what_is_drawn_and_says_from_where_on_a_width_is_true() -> None:
    flow = samples.theft()
    text = flow_figure(flow, "p")
    fills = [
        set(re.findall(r"url\(#p-fill-\d\)", part)) for part in (text, text.split("Time (UTC)")[1])
    ]
    assert fills[0] == fills[1] == {"url(#p-fill-0)", "url(#p-fill-1)", "url(#p-fill-2)"}
    assert ">less than \u2066≈\u00a0978.5\u00a0ETH\u2069<" in text
    assert "Anything below \u2066≈\u00a0978.5\u00a0ETH\u2069 is drawn as a hairline." in text


def test_a_small_movement_is_a_broken_line_and_a_large_one_a_band() -> None:
    text = flow_figure(samples.theft())
    small, large = (
        _part_with(text, said) for said in ("\u2066310\u00a0ETH", "\u2066173,000\u00a0ETH")
    )
    assert "stroke-dasharray" in small
    assert "<rect" not in small
    assert "<rect" in large
    assert "stroke-dasharray" not in large


def _part_with(text: str, said: str) -> str:
    (part,) = (part for part in text.split("<g>") if "<title>" in part and said in part)
    return part


def test_the_largest_balance_is_called_a_peak() -> None:
    assert ">peak \u2066181,600\u00a0ETH\u2069<" in flow_figure(samples.theft())


def test_the_key_names_only_what_is_drawn() -> None:
    words = samples.ENGLISH
    theft, cargo = flow_figure(samples.theft()), flow_figure(samples.cargo())
    assert f">{words.conversion}<" in theft
    assert f">{words.conversion}<" not in cargo
    assert f">{words.unknown}<" in cargo
    assert f">{words.unknown}<" not in theft
    assert words.broken[-20:] in theft
    assert words.broken[-20:] not in cargo


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"lanes": tuple(Lane(str(i)) for i in range(33))}, "33 lanes"),
        ({"bands": (), "lanes": (Lane("a"),)}, "nothing to draw"),
        ({"bands": (Band(START, "a", "a", "", 1),), "lanes": (Lane("a"),)}, "nothing to draw"),
        ({"subtitle": ("x",) * 13}, "13 lines of subtitle"),
    ],
)
def test_a_picture_that_nobody_could_read_is_refused(
    change: dict[str, object], complaint: str
) -> None:
    with pytest.raises(EarmarkError, match=complaint):
        flow_figure(msgspec.structs.replace(samples.cargo(), **change))


@pytest.mark.parametrize(
    ("band", "complaint"),
    [
        (Band(START, "tankr", "port", "cargo", 1), "tankr.*near: 'tanker'"),
        (Band(START, "tanker", "port", "cargoes", 1), "cargoes"),
        (Band(START, "tanker", "port", "cargo", -1), "-1 smallest units"),
        (Band(10**20, "tanker", "port", "cargo", 1), "outside the years"),
    ],
)
def test_a_flow_that_contradicts_itself_is_refused(band: Band, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        flow_figure(msgspec.structs.replace(samples.cargo(), bands=(band,)))


@pytest.mark.parametrize("prefix", ["", "1a", 'a"b', "a b", "a" * 41])
def test_a_prefix_that_is_no_id_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="ids of a figure"):
        flow_figure(samples.cargo(), prefix)


def _frame_size(text: str) -> tuple[float, float]:
    found = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text)
    assert found
    return float(found[1]), float(found[2])


def _corners(root: object) -> list[tuple[float, float]]:
    corners = []
    for node in root.iter():  # type: ignore[attr-defined]
        a = node.attrib
        if node.tag == f"{SVG}text":
            corners.append((float(a["x"]), float(a["y"])))
        if node.tag == f"{SVG}rect" and "x" in a:
            x, y, width, height = (float(a[key]) for key in ("x", "y", "width", "height"))
            assert width >= 0
            assert height >= 0
            corners += [(x, y), (x + width, y + height)]
        if node.tag == f"{SVG}line":
            corners += [(float(a["x1"]), float(a["y1"])), (float(a["x2"]), float(a["y2"]))]
        if node.tag == f"{SVG}path" and a.get("fill") != "none":
            numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", a["d"])]
            corners += list(zip(numbers[::2], numbers[1::2], strict=True))
    return corners
