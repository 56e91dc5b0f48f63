"""Invented flows of the size and unevenness of real ones; no number in here was ever on a chain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec

from earmark.figures.balances import points_of
from earmark.figures.lettering import exactly
from earmark.figures.values import Band, Flow, FlowClaim, Lane, Point, Role, Words
from earmark.ledger.quantity import parse_quantity

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS_AR = (
    "يناير",
    "فبراير",
    "مارس",
    "أبريل",
    "مايو",
    "يونيو",
    "يوليو",
    "أغسطس",
    "سبتمبر",
    "أكتوبر",
    "نوفمبر",
    "ديسمبر",
)
ENGLISH = Words(
    time="Time (UTC)",
    months=MONTHS,
    untraced="not traced",
    scale="A bar is as high as the holder's balance; a band is as wide as the quantity moved, on "
    "the same scale. Time stands still while a band passes.",
    conversion="converted from another commodity",
    stop="the trace stops here",
    group="several holders drawn as one",
    ledge="balance not known",
    unknown="quantity unknown",
    hairline="less than {smallest}",
    minimum="Anything below {smallest} is drawn as a hairline.",
    broken="Where the axis is broken, a quiet stretch is left out.",
    merged="Movements between the same two within {hours} h are drawn as one.",
    movements="movements: {count}",
    dust="Not drawn: {sum} from {first} to {last} (movements: {count}; payers: {payers}).",
    peak="peak {amount}",
)
ARABIC = Words(
    time="الوقت (UTC)",
    months=MONTHS_AR,
    untraced="غير متتبَّع",
    scale="ارتفاع الشريط هو رصيد الحائز، وعرض الحزمة هو الكمية المنقولة، بالمقياس نفسه. "
    "يتوقف الزمن أثناء مرور الحزمة.",
    conversion="محوَّل من سلعة أخرى",
    stop="يتوقف التتبع هنا",
    group="عدة حائزين معًا",
    ledge="الرصيد غير معروف",
    unknown="الكمية غير معروفة",
    hairline="أقل من {smallest}",
    minimum="ما يقل عن {smallest} مرسوم خطًّا رفيعًا.",
    broken="حيث ينقطع المحور حُذفت فترة ساكنة.",
    merged="الحركات بين الطرفين نفسيهما خلال {hours} ساعة مرسومة كحركة واحدة.",
    movements="الحركات: {count}",
    dust="لم يُرسم: {sum} من {first} إلى {last} (الحركات: {count}؛ الدافعون: {payers}).",
    peak="الذروة {amount}",
)


def at(text: str) -> int:
    """Read ``2022-03-23T13:30`` as microseconds since 1970."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - epoch) // timedelta(microseconds=1)


def ether(text: str) -> int:
    """Read a number of ether as wei."""
    return parse_quantity(text, 18)


PAYOUTS = (
    ("03-28T02:30", "towards", "6400"),
    ("04-04T03:00", "mixers", "2100.5"),
    ("04-05T02:30", "mixers", "1600"),
    ("04-06T02:20", "mixers", "1700.25"),
    ("04-07T02:10", "mixers", "2050"),
    ("04-08T04:30", "mixers", "2810"),
    ("04-09T02:50", "mixers", "6050"),
    ("04-11T12:00", "mixers", "2500"),
    ("04-12T05:00", "mixers", "2900"),
    ("04-13T04:00", "mixers", "3180"),
    ("04-14T02:20", "mixers", "3310"),
    ("04-15T08:10", "mixers", "2920"),
    ("04-18T13:10", "a", "10100"),
    ("04-19T02:15", "b", "18200"),
    ("04-21T07:20", "c", "21600"),
    ("04-24T06:50", "d", "33500"),
    ("04-27T11:00", "e", "25100"),
    ("05-03T08:20", "f", "23500"),
    ("05-04T07:30", "g", "12039"),
)
ONWARD = (
    ("04-18T20:00", "a", "3000"),
    ("04-19T09:00", "a", "7096.7"),
    ("04-20T08:00", "b", "9000"),
    ("04-28T03:10", "b", "9200"),
    ("04-22T10:00", "c", "11000"),
    ("04-23T10:00", "c", "10600"),
    ("04-25T06:00", "d", "9000"),
    ("04-26T06:00", "d", "8000"),
    ("05-01T06:00", "d", "7500"),
    ("05-08T06:00", "d", "9000"),
    ("04-28T12:00", "e", "12000"),
    ("04-30T12:00", "e", "13100"),
    ("05-05T02:00", "f", "11500"),
    ("05-06T02:00", "f", "5000"),
    ("05-09T02:00", "f", "7000"),
    ("05-12T02:00", "g", "6000"),
    ("05-19T02:00", "g", "6036"),
)
# Under fifo the dollars came last and leave last.
SPLIT = {
    "05-04T07:30": (("ether", "3479.25"), ("dollars", "8559.75")),
    "05-12T02:00": (("ether", "3479.25"), ("dollars", "2520.75")),
    "05-19T02:00": (("dollars", "6036"),),
}
RECEIPTS = (
    ("13:58", "310"),
    ("13:59", "340"),
    ("14:02", "3500"),
    ("14:11", "1200"),
    ("14:12", "3250"),
)
LABELS: dict[str, tuple[str, str, Role]] = {
    "bridge": ("The bridge", "eth:0x1a2fbb3c4d5e6f708192a3b4c5d6e7f809a12b3c", "source"),
    "market": ("2 swap addresses", "", "source"),
    "thief": ("The thief's address", "eth:0x0e8bd5a3f2c14b6a7988aa00bb11cc22dd33ee44", "through"),
    "stranger": ("A stranger", "", "source"),
    "towards": ("5 addresses that lead to exchanges", "", "stopped"),
    "mixers": ("47 mixer depositors", "", "rests"),
}


def _band(day: str, payer: str, payee: str, claim: str, quantity: str) -> Band:
    return Band(at(f"2022-{day}"), payer, payee, claim, ether(quantity))


def _payments() -> list[tuple[str, str, str, str]]:
    paid = [(day, "thief", payee, quantity) for day, payee, quantity in PAYOUTS]
    return paid + [(day, payer, "mixers", quantity) for day, payer, quantity in ONWARD]


def theft_bands() -> tuple[Band, ...]:
    """Return a theft, a conversion, payouts and a late gift from a stranger, in fifo colours."""
    bands = [_band("03-23T13:29", "bridge", "thief", "ether", "173000")]
    for clock, quantity in RECEIPTS:
        band = _band(f"03-23T{clock}", "market", "thief", "dollars", quantity)
        bands.append(msgspec.structs.replace(band, conversion=True))
    for day, payer, payee, quantity in _payments():
        for claim, part in SPLIT.get(day, (("ether", quantity),)):
            bands.append(_band(day, payer, payee, claim, part))
    bands.append(_band("09-27T15:39", "stranger", "d", "", "0.5"))
    return tuple(bands)


def theft(words: Words = ENGLISH, direction: str = "ltr") -> Flow:
    """Return a flow of twelve lanes over six months, most of it in two."""
    bands = theft_bands()
    names = ["bridge", "market", "thief", "towards", *"abcdefg", "mixers", "stranger"]
    lanes = tuple(_lane(name, bands) for name in names)
    return Flow(
        title="Where the stolen ether went, first in, first out",
        subtitle=(
            "Rule: fifo (Clayton's case, 1816). An invented example in the shape of a real case.",
            "This record lacks gas, internal transfers and transaction hashes.",
        ),
        description="The thief's address receives 181,600 ETH on 23 March and pays on until 19 May.",
        symbol="ETH",
        exponent=18,
        claims=(FlowClaim("ether", "the ether"), FlowClaim("dollars", "the dollars, as ether")),
        lanes=lanes,
        bands=bands,
        words=words,
        direction="rtl" if direction == "rtl" else "ltr",
    )


def _lane(name: str, bands: tuple[Band, ...]) -> Lane:
    label, identifier, role = LABELS.get(
        name, ("", f"eth:0x{name * 6}5e6f708192a3b4c5d6e7f809a1{name * 8}", "through")
    )
    points = (
        ()
        if name in ("bridge", "market", "stranger")
        else points_of(name, bands, ("ether", "dollars"))
    )
    balance = points[-1].balance if points else 0
    said = "stopped:" if role == "stopped" else "rests"
    quantity = exactly(balance, 18, "ETH").strip("\u2066\u2069")
    return Lane(
        name,
        label,
        identifier,
        role,
        holders={"mixers": 47, "towards": 5}.get(name, 1),
        points=points,
        end=f"{said} {quantity}" if balance else "",
    )


def theft_arabic() -> Flow:
    """Return the theft with an Arabic page's words."""
    flow = theft(ARABIC, "rtl")
    ends = {"rests": "يبقى", "stopped:": "توقف عند"}
    lanes = []
    for lane in flow.lanes:
        word, _, quantity = lane.end.partition(" ")
        end = f"{ends[word]} \u2066{quantity}\u2069" if lane.end else ""
        lanes.append(msgspec.structs.replace(lane, end=end))
    return msgspec.structs.replace(
        flow,
        title="أين ذهب الإيثر المسروق، بقاعدة الوارد أولًا يصدر أولًا",
        subtitle=(
            "القاعدة: \u2066fifo\u2069 (قضية كلايتون، 1816). مثال مخترَع على هيئة قضية حقيقية.",
            "ينقص هذا السجل: رسوم الغاز والتحويلات الداخلية وأرقام المعاملات.",
        ),
        description="تلقّى العنوان \u2066181,600 ETH\u2069 في 23 مارس.",
        claims=(FlowClaim("ether", "الإيثر"), FlowClaim("dollars", "الدولارات، محوَّلة إلى إيثر")),
        lanes=tuple(lanes),
    )


def cargo() -> Flow:
    """Return a cargo pumped from tanker to tanker, with one quantity unknown and a port at the end."""
    day = "2019-10-"
    bands = (
        Band(at(f"{day}02T06:00"), "terminal", "tanker", "cargo", 9_400_000),
        Band(at(f"{day}09T22:30"), "tanker", "first", "cargo", 3_100_000),
        Band(at(f"{day}10T04:10"), "tanker", "second", "cargo", 4_250_500),
        Band(at(f"{day}12T01:00"), "stranger", "first", "", 800_000),
        Band(at(f"{day}14T11:00"), "first", "port", "cargo", 3_100_000),
        Band(at(f"{day}14T11:00"), "first", "port", "", 500_000),
        Band(at(f"{day}16T09:00"), "second", "tanker", "cargo", 250_500),
        Band(at(f"{day}18T09:00"), "second", "port", "cargo", 4_000_000),
        Band(at(f"{day}20T15:00"), "tanker", "third", "cargo", None),
    )
    labels: dict[str, tuple[str, Role, str]] = {
        "terminal": ("Loading terminal", "source", ""),
        "tanker": ("Tanker Meadow", "rests", "rests 2,300 t at most"),
        "stranger": ("Tanker Harbour", "source", ""),
        "first": ("Tanker Lark", "rests", "rests 300 t"),
        "second": ("Tanker Finch", "through", ""),
        "third": ("Unknown tanker", "unresolved", "unresolved"),
        "port": ("Port of discharge", "stopped", "stopped: 7,600 t"),
    }
    bare = ("terminal", "stranger", "third")
    lanes = tuple(
        Lane(
            name,
            label,
            "",
            role,
            1,
            () if name in bare else points_of(name, bands, ("cargo",)),
            end,
        )
        for name, (label, role, end) in labels.items()
    )
    return Flow(
        title="One cargo of refined petroleum, from tanker to tanker",
        subtitle=("Rule: hallett. An invented example.", "The record lacks the last quantity."),
        description="9,400 t are loaded; 7,600 t reach the port; one quantity is not known.",
        symbol="t",
        exponent=3,
        claims=(FlowClaim("cargo", "the cargo"),),
        lanes=lanes,
        bands=bands,
        words=ENGLISH,
    )


def crowd(count: int) -> Flow:
    """Return two lanes and very many small payments between them, a minute apart."""
    start = at("2020-02-01T00:00")
    bands = tuple(
        Band(start + i * 60_000_000, "from", "to", "claim", 10 + i % 7) for i in range(count)
    )
    return Flow(
        "A crowd",
        (),
        "Very many payments.",
        "XMR",
        12,
        (FlowClaim("claim", "the claim"),),
        (
            Lane("from", "From", role="source"),
            Lane("to", "To", points=points_of("to", bands, ("claim",))),
        ),
        bands,
        ENGLISH,
    )


def lone_balance() -> Flow:
    """Return one holder with a balance and no movement."""
    lane = Lane("one", "One", points=(Point(at("2020-01-01T00:00"), 5, (3,)),), end="rests 5 X")
    return Flow("One", (), "One.", "X", 0, (FlowClaim("c", "c"),), (lane,), (), ENGLISH)
