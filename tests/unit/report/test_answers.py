"""What the dossier of the Ronin case must say, number by number."""

from __future__ import annotations

from earmark.report import adding, answers, endings, published, records, routes
from earmark.report.study import Study


def test_the_headline_is_nothing_or_6250_ether_depending_on_the_rule(ronin_study: Study) -> None:
    first = answers.answers(ronin_study)[0]
    assert [end.plain for end in first.whole.ends] == ["0", "6250"]
    assert first.depends == ("rule",)
    assert {rule: amount.plain for rule, amount in first.best.items() if rule != "poison"} == {
        "fifo": "0",
        "hallett": "0",
        "pro_rata": "293.852399151626310533",
        "lifo": "6250",
        "oatway": "6250",
    }
    assert first.exposure.high >= first.whole.high


def test_the_depositors_answer_has_every_digit(ronin_study: Study) -> None:
    second = answers.answers(ronin_study)[1]
    assert {rule: span.ends[0].plain for rule, span in second.by_rule.items()} == {
        "fifo": "8559.59913",
        "hallett": "8559.43316306314825195",
        "pro_rata": "8264.147213664098373936",
        "lifo": "2314.6801891307459",
        "oatway": "2314.6801891307459",
    }


def test_openings_and_ties_widen_the_range_of_the_ether(ronin_study: Study) -> None:
    third = answers.answers(ronin_study)[2]
    assert third.depends == ("rule", "openings", "ties")
    assert [end.plain for end in third.by_rule["fifo"].ends] == ["167212.21595", "167213.15905"]


def test_what_is_where_covers_both_claims_and_the_overlap(ronin_study: Study) -> None:
    places = {(p.claim, ronin_study.groups.label(p.group)): p for p in answers.places(ronin_study)}
    assert [e.plain for e in places["bridge-usdc", "Towards exchanges"].span.ends] == ["0", "6250"]
    assert places["bridge-ether", "Mixer depositors"].holders == 47
    overlap = answers.overlaps(ronin_study)["bridge-usdc"]
    assert [end.plain for end in overlap.ends] == ["0.9431", "2"]


def test_the_exploiters_sheet_adds_up(ronin_study: Study) -> None:
    ether, dollars = adding.sheets(ronin_study)
    assert len(ether.paid) == ether.paid_rows == 30
    assert len(ether.zeros) == 7
    assert ether.paid_sum.plain == "182163.95603"
    assert ether.claimed_sum.plain == "173600"
    assert ether.besides_sum.plain == "8565.90308226759764805"
    assert ether.remaining.plain == "1.94705226759764805"
    assert (
        sum(line.amount.quantity for line in ether.paid if line.amount) == 182_163_956_030 * 10**12
    )
    assert "gas" in ether.lacks
    assert (dollars.total.plain, dollars.remaining.plain) == ("25500000", "0")
    assert all(line.movement.locator.startswith("line ") for line in ether.paid)


def test_published_deposits_stand_beside_the_receipts(ronin_study: Study) -> None:
    found = published.deposits(ronin_study)
    assert len(found) == 48
    inside = [one for one in found if one.received is not None]
    assert len(inside) == 47
    assert [one.plain for one in published.received_by_depositors(found)] == ["175771.81508"]
    assert [one.subject for one in found if one.verdict == "absent"] == [
        "eth:0x01a5d51057a82818d68d8f3b76ef0ac69a99a911"
    ]
    for one in inside:
        assert one.received is not None
        assert one.fits == one.received.quantity // (100 * 10**18)
        assert (one.verdict == "agrees") == (one.fits == one.published)


def test_no_row_shows_the_five_addresses_paying_onwards(ronin_study: Study) -> None:
    mixer, exchanges = records.stops(ronin_study)
    assert (mixer.paid_into, mixer.pays_on) == (0, 0)
    assert (exchanges.holders, exchanges.paid_into, exchanges.pays_on) == (5, 5, 0)
    assert [amount.plain for amount in exchanges.traced] == ["6250"]


def test_routes_and_their_rest_are_the_whole_claim(ronin_study: Study) -> None:
    sums = ronin_study.named().walk.sums
    for one in routes.routes(ronin_study):
        whole = one.rest.quantity + sum(route.amount.quantity for route in one.routes)
        colour = ronin_study.named().claims.index(one.claim)
        ends = [e.quantity for e in ronin_study.named().walk.ends if e.colour == colour]
        assert whole == sum(ends) > 0
        assert sum(r.amount.quantity for r in one.routes) * 100 >= whole * 99
    assert len(sums) == 3


def test_every_balance_that_is_printed_has_no_difference(ronin_study: Study) -> None:
    sheets = endings.law(ronin_study)
    assert {(one.claim, one.commodity.symbol) for one in sheets} == {
        ("bridge-ether", "ETH"),
        ("bridge-usdc", "ETH"),
        ("bridge-usdc", "USDC"),
    }
    assert all(row.difference.quantity == 0 for one in sheets for row in one.rows)


def test_ends_side_by_side_add_up_to_the_claim(ronin_study: Study) -> None:
    for sheet in endings.end_sheets(ronin_study):
        wholes = {
            sum(cell.amount.quantity for cell in row.cells)
            + row.rest.amount.quantity
            + row.overlap.quantity
            for row in sheet.rows
        }
        assert len(wholes) == 1


def test_bases_are_apart_and_attribution_names_its_authors(ronin_study: Study) -> None:
    rows = {(row.basis, row.amount.commodity.symbol): row for row in records.bases(ronin_study)}
    assert rows["reported", "USDC"].amount.plain == "25500000"
    assert rows["recorded", "ETH"].transactions == 312
    said = records.about_the_case(ronin_study)
    bureau = {one.predicate for one in said if one.saying.by == "Federal Bureau of Investigation"}
    assert "attributed_to" in bureau
    assert all(one.saying.by and one.source for one in said)


def test_a_dollar_that_became_ether_names_its_conversion_and_what_that_cites(
    ronin_study: Study,
) -> None:
    first, second, third = answers.answers(ronin_study)
    assert first.links == second.links == ("usdc-to-ether",)
    assert third.links == ()
    (link,) = records.links(ronin_study)
    assert [one.plain for one in (*link.paid, *link.received)] == ["25500000", "8564.6801891307459"]
    assert len(link.cites) > 1


def test_ends_of_a_range_name_their_rules(ronin_study: Study) -> None:
    first, second, third = answers.answers(ronin_study)
    assert (first.low_rules, first.high_rules) == (("fifo", "hallett"), ("lifo", "oatway"))
    assert first.with_authority is None
    assert (second.low_rules, second.high_rules) == (("lifo", "oatway"), ("fifo",))
    assert third.high_rules == ("lifo",)
    assert third.with_authority is not None
    assert third.with_authority.ends[1].plain == "167508.409492368313340483"


def test_a_claim_walked_alone_is_set_beside_all_claims_together(ronin_study: Study) -> None:
    first, _, third = answers.answers(ronin_study)
    assert [(one.span.ends[1].plain, one.rules) for one in first.together] == [
        ("0", ("fifo", "hallett", "oatway")),
        ("293.783779984614619673", ("pro_rata",)),
        ("6250", ("lifo",)),
    ]
    assert third.together == ()


def test_groups_that_no_row_shows_paying_onwards(ronin_study: Study) -> None:
    quiet = dict(answers.quiet_groups(ronin_study))
    assert quiet["Mixer depositors"] == 47
    assert "Towards exchanges" not in quiet  # the declared stop says it
    assert "Intermediaries" not in quiet


def test_one_receipt_fits_its_deposits_and_those_of_the_absent(ronin_study: Study) -> None:
    found = published.deposits(ronin_study)
    assert list(published.published_deposits(found).values()) == [1751]
    fitting = published.fitting_sum(found)
    assert fitting is not None
    assert (fitting.fits, fitting.own, fitting.absent) == (32, 15, (17,))


def test_the_record_has_a_period(ronin_study: Study) -> None:
    period = records.period(ronin_study)
    assert period is not None
    assert [one.date().isoformat() for one in period] == ["2022-03-23", "2022-09-27"]
