"""All sources of one network are one chain, however its blocks are spread over files, formats and runs."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from tests.unit.sources.bitcoin import blocks as made
from tests.unit.sources.bitcoin.blocks import (
    PAY_A,
    PAY_B,
    PAY_C,
    START_S,
    SUBSIDY,
    Payment,
    block,
    block_hash,
    coinbase,
    framed,
    legs,
    rejected,
)
from tests.unit.sources.bitcoin_formats.formats import as_json, decoded, exchange, outputs_of

from earmark.cases.building import sources_table
from earmark.cases.case import open_case
from earmark.ledger.builder import Built, build
from earmark.ledger.draft import Draft
from earmark.ledger.errors import EarmarkError
from earmark.ledger.reserved import BROUGHT_FORWARD
from earmark.ledger.store import read_ledger
from earmark.sources.bitcoin import movements, pieces, walk
from earmark.sources.bitcoin.networks import REGTEST
from earmark.sources.bitcoin.scripts import holder_of
from earmark.sources.bitcoin.walk import read_chain
from earmark.sources.registry import forget_readings, read_sources
from earmark.sources.settings import Source

A, B, C = holder_of(PAY_A), holder_of(PAY_B), holder_of(PAY_C)
FEE = 10


def spending_chain(count: int, *, backwards: bool = False) -> list[bytes]:
    """Return blocks that each pay away the coinbase before: to B, C and back to A, with a fee.

    With ``backwards`` every third block is earlier than its parent.
    """
    result: list[bytes] = []
    before = b""
    for height in range(1, count + 1):
        spends = []
        if before:
            outputs = [(20, PAY_B), (30, PAY_C), (SUBSIDY - 50 - FEE, PAY_A)]
            first = Payment([(before, 0)], outputs)
            spends = [first, Payment([(first.txid, 0), (first.txid, 1)], [(50, PAY_B)])]
        paid = coinbase(height, [(SUBSIDY, PAY_A), (FEE if before else 0, PAY_C)])
        before = paid.txid
        previous = block_hash(result[-1]) if result else REGTEST.genesis
        time_s = START_S + 600 * height - (900 if backwards and height % 3 == 0 else 0)
        result.append(block([paid, *spends], previous=previous, time_s=time_s))
    return result


CHAIN = spending_chain(9)
TRANSACTIONS = 1 + 3 * 8


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / ".local" / "state"))
    return folder


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    folder.mkdir()
    return folder


def raw(folder: Path, name: str, *parts: bytes, network: str = "regtest") -> Source:
    (folder / name).write_bytes(framed(*parts))
    return Source(reader="bitcoin-blocks", path=name, network=network)  # type: ignore[arg-type]


SPENT = outputs_of([decoded(one, height) for height, one in enumerate(CHAIN, start=1)])


def node(folder: Path, name: str, *parts: tuple[int, bytes], stated: str = "") -> Source:
    """Write a node's answers about blocks by their heights, with what their inputs spent.

    With ``stated`` every coinbase that they spend held another amount.
    """
    spent = SPENT
    if stated:
        spent = {
            point: {
                **output,
                "value": Decimal(stated) if output["value"] == 50 else output["value"],
            }
            for point, output in SPENT.items()
        }
    blocks = [decoded(one, height, spent) for height, one in parts]
    lines = [exchange("getblock", [one["hash"], 3], as_json(one)) for one in blocks]
    (folder / name).write_text("\n".join(lines) + "\n")
    return Source(reader="bitcoin-rpc", path=name, network="regtest")


def built(sources: Sequence[Source], drafts: Sequence[Draft]) -> Built:
    return build(drafts, sources_table(list(sources), list(drafts)), (), "late")


def of(folder: Path, *sources: Source) -> Built:
    return built(sources, read_sources(folder, sources, {}))


def told(one: Built) -> list[tuple[object, ...]]:
    """Return every leg of a ledger with the names of its transaction, holder and lot, in order."""
    ledger = one.ledger
    keys, names = ledger.column("transactions", "key").to_pylist(), ledger.holder_names
    rows = ledger.tables["legs"].to_pylist()
    return [
        (keys[leg["tx"]], leg["side"], names[leg["holder"]], int(leg["quantity"]), leg["spends"])
        for leg in rows
    ]


def keys(draft: Draft) -> list[str]:
    return [str(one) for one in draft.transactions.column("key").to_pylist()]


class TestOneChainInSeveralSources:
    def test_blocks_by_turns_in_two_sources_are_the_chain_in_one(self, case: Path) -> None:
        whole = of(case, raw(case, "all.dat", *CHAIN))
        odd, even = raw(case, "odd.dat", *CHAIN[::2]), raw(case, "even.dat", *CHAIN[1::2][::-1])
        for sources in ([odd, even], [even, odd]):
            spread = of(case, *sources)
            assert told(spread) == told(whole)
            assert spread.ledger.tables["rejected"].num_rows == 0
            counts = spread.ledger.column("sources", "transactions").to_pylist()
            assert sorted(counts) == [12, 13]
            assert "opening" not in spread.ledger.column("transactions", "kind").to_pylist()

    def test_a_parent_later_than_its_child_stands_before_it_wherever_it_is(
        self, case: Path
    ) -> None:
        blocks = spending_chain(9, backwards=True)
        whole = of(case, raw(case, "all.dat", *blocks))
        sources = [raw(case, "b.dat", *blocks[2::3]), raw(case, "a.dat", *blocks[::3])]
        spread = of(case, *sources, raw(case, "c.dat", *blocks[1::3]))
        assert told(spread) == told(whole)
        times = whole.ledger.column("transactions", "time").to_pylist()
        assert times != sorted(times)

    def test_a_block_that_two_sources_have_is_one_with_two_evidences(self, case: Path) -> None:
        sources = [raw(case, "first.dat", *CHAIN[:6]), raw(case, "second.dat", *CHAIN[3:])]
        both = of(case, *sources)
        assert told(both) == told(of(case, raw(case, "all.dat", *CHAIN)))
        assert both.duplicates == 9
        assert both.ledger.tables["findings"].num_rows == 0
        assert both.ledger.column("sources", "transactions").to_pylist() == [16, 18]
        evidence = both.ledger.tables["evidence"].to_pylist()
        twice = keys(read_chain(case, sources)[1])[:9]
        names = both.ledger.column("transactions", "key").to_pylist()
        assert {row["source"] for row in evidence if names[row["tx"]] == twice[0]} == {0, 1}

    def test_each_draft_says_which_blocks_it_shows(self, case: Path) -> None:
        sources = [raw(case, "first.dat", *CHAIN[:3], *CHAIN[5:7]), raw(case, "b.dat", CHAIN[8])]
        first, second = read_chain(case, sources)
        assert (first.heights, second.heights) == (((1, 3), (6, 7)), ((9, 9),))
        assert first.series == second.series == "bitcoin:regtest"
        for draft in (first, second):
            rows = draft.transactions.num_rows + draft.rejected.num_rows + draft.ignored
            assert draft.rows == rows

    def test_blocks_off_the_chain_are_counted_where_they_stand(self, case: Path) -> None:
        other = made.chain(1, start=block_hash(CHAIN[5]), first=7, extra=b"branch")
        sources = [raw(case, "main.dat", *CHAIN), raw(case, "branch.dat", *other)]
        main, branch = read_chain(case, sources)
        assert (main.ignored, branch.ignored, branch.transactions.num_rows) == (0, 1, 0)
        assert branch.warnings == (
            "1 transactions ignored: in 1 blocks off the chain with most work",
        )

    def test_an_altered_block_is_read_from_the_other_source(self, case: Path) -> None:
        altered = bytearray(CHAIN[4])
        altered[-6] ^= 1
        bad = raw(case, "bad.dat", *CHAIN[:4], bytes(altered), *CHAIN[5:])
        good = raw(case, "good.dat", CHAIN[4])
        first, second = read_chain(case, [bad, good])
        assert len(rejected(first)) == 1
        assert (first.transactions.num_rows, second.transactions.num_rows) == (TRANSACTIONS - 3, 3)
        assert told(built([bad, good], [first, second])) == told(of(case, raw(case, "c", *CHAIN)))

    def test_networks_are_chains_of_their_own(self, case: Path) -> None:
        sources = [raw(case, "a.dat", *CHAIN[:2]), raw(case, "b.dat", *CHAIN[2:])]
        genesis = Source(reader="bitcoin-blocks", path="main.dat")
        (case / "main.dat").write_bytes(bytes.fromhex(GENESIS))
        drafts = read_sources(case, [sources[0], genesis, sources[1]], {})
        assert [one.series for one in drafts] == [
            "bitcoin:regtest",
            "bitcoin:main",
            "bitcoin:regtest",
        ]
        assert legs(drafts[1], 0)[1] == ("in", "btc:burned", SUBSIDY, None, None)


class TestFormatsOfOneChain:
    def test_two_formats_by_turns_are_the_chain_in_one(self, case: Path) -> None:
        whole = of(case, raw(case, "all.dat", *CHAIN))
        numbered = list(enumerate(CHAIN, start=1))
        sources = [node(case, "node.replies.jsonl", *numbered[1::2]), raw(case, "o", *CHAIN[::2])]
        spread = of(case, *sources)
        assert told(spread) == told(whole)
        assert BROUGHT_FORWARD not in spread.ledger.column("transactions", "kind").to_pylist()

    def test_what_one_source_knows_of_inputs_serves_the_other(self, case: Path) -> None:
        (lone,) = read_chain(case, [raw(case, "one.dat", CHAIN[4])])
        assert "btc:unresolved" in {leg[1] for leg in legs(lone, 0)}
        sources = [raw(case, "one.dat", CHAIN[4]), node(case, "n.replies.jsonl", (5, CHAIN[4]))]
        first, second = read_chain(case, sources)
        assert "btc:unresolved" not in {leg[1] for row in range(3) for leg in legs(first, row)}
        assert legs(first, 0)[-1] == ("in", "btc:fees", FEE, None, None)
        assert first.warnings == ()
        assert second.transactions.column("kind").to_pylist() == [
            BROUGHT_FORWARD,
            "payment",
            "payment",
            "issuance",
        ]
        assert (second.rows, second.transactions.num_rows) == (3, 4)
        assert second.transactions.column("locator")[0].as_py().endswith(" input 0")
        lot = second.transactions.column("key")[0].as_py()
        assert legs(first, 0)[0] == ("out", A, SUBSIDY, lot, 2)
        ledger = built(sources, [first, second]).ledger
        assert ledger.tables["rejected"].num_rows == 0
        assert ledger.column("sources", "transactions").to_pylist() == [3, 3]

    def test_a_lot_is_not_brought_forward_where_its_transaction_is(self, case: Path) -> None:
        numbered = list(enumerate(CHAIN, start=1))
        sources = [node(case, "n.replies.jsonl", *numbered[4:]), raw(case, "a.dat", *CHAIN[:4])]
        drafts = read_chain(case, sources)
        kinds = [kind for one in drafts for kind in one.transactions.column("kind").to_pylist()]
        assert BROUGHT_FORWARD not in kinds
        assert told(built(sources, drafts)) == told(of(case, raw(case, "all.dat", *CHAIN)))

    def test_a_source_that_states_other_inputs_than_were_spent_is_told_off(
        self, case: Path
    ) -> None:
        lying = node(case, "n.replies.jsonl", (5, CHAIN[4]), stated="51")
        sources = [lying, raw(case, "a.dat", *CHAIN[:4])]
        drafts = read_chain(case, sources)
        assert any("inputs held something else" in one for one in drafts[0].warnings)
        first = legs(drafts[0], 0)
        assert (first[0][2], first[-1][2]) == (SUBSIDY, FEE)

    def test_of_two_sources_that_disagree_only_one_is_evidence(self, case: Path) -> None:
        right = node(case, "right.replies.jsonl", (5, CHAIN[4]))
        wrong = node(case, "wrong.replies.jsonl", (5, CHAIN[4]), stated="51")
        first, second = read_chain(case, [right, wrong])
        kinds = [one.transactions.column("kind").to_pylist() for one in (first, second)]
        assert [BROUGHT_FORWARD in one for one in kinds] == [True, False]
        assert any("inputs held something else" in one for one in second.warnings)

    def test_a_statement_that_cannot_be_true_is_not_believed(self, case: Path) -> None:
        """The transaction is proved by its txid; less than it pays cannot have gone into it."""
        spent = {point: {**one, "value": Decimal(1)} for point, one in SPENT.items()}
        shown = decoded(CHAIN[4], 5, spent)
        for one in shown["tx"]:
            one.pop("fee", None)
        line = exchange("getblock", [shown["hash"], 3], as_json(shown))
        (case / "n.replies.jsonl").write_text(line + "\n")
        lying = Source("bitcoin-rpc", "n.replies.jsonl", network="regtest")
        sources = [raw(case, "a.dat", *CHAIN[4:6]), lying]
        drafts = read_chain(case, sources)
        assert BROUGHT_FORWARD not in drafts[1].transactions.column("kind").to_pylist()
        assert any("inputs held something else" in one for one in drafts[1].warnings)
        assert built(sources, drafts).ledger.tables["rejected"].num_rows == 0
        assert told(built(sources, drafts)) == told(of(case, sources[0]))

    def test_an_output_brought_forward_is_not_made_again(self, case: Path) -> None:
        """Without heights a wrong clock can put a spender before its parent."""
        first = Payment([(b"\x77" * 32, 0)], [(5, PAY_B)])
        second = Payment([(first.txid, 0)], [(5, PAY_C)])
        paid = [coinbase(one, [(SUBSIDY, PAY_A)]) for one in (1, 2)]
        parent = block([paid[0], first], previous=b"\1" * 32, time_s=START_S + 900, version=1)
        child = block([paid[1], second], previous=b"\2" * 32, time_s=START_S, version=1)
        known = {**next(iter(SPENT.values())), "value": Decimal("0.00000005")}
        spent = {("77" * 32, 0): known, (first.txid[::-1].hex(), 0): known}
        shown = [decoded(one, 0, spent) for one in (parent, child)]
        for one in shown:
            del one["height"]
        lines = [exchange("getblock", [one["hash"], 3], as_json(one)) for one in shown]
        (case / "n.replies.jsonl").write_text("\n".join(lines) + "\n")
        source = Source("bitcoin-rpc", "n.replies.jsonl", network="regtest")
        (draft,) = read_chain(case, [source])
        assert rejected(draft) == [("line 1 /result/tx/1", movements.TOO_LATE)]
        ledger = built([source], [draft]).ledger
        row = ledger.tables["sources"].to_pylist()[0]
        assert (row["rows"], row["transactions"], row["rejected"]) == (4, 3, 1)

    def test_a_lot_brought_forward_is_spent_once(self, case: Path) -> None:
        """A branch that was not read in full can show two spendings of an output from before it."""
        spend = Payment([(b"\x77" * 32, 0)], [(5, PAY_B)])
        twice = Payment([(b"\x77" * 32, 0)], [(5, PAY_C)])
        one = block([coinbase(5, [(SUBSIDY, PAY_A)]), spend, twice], previous=b"\1" * 32)
        known = next(iter(SPENT.values()))
        spent = {("77" * 32, 0): {**known, "value": Decimal("0.00000005")}}
        shown = decoded(one, 5, spent)
        line = exchange("getblock", [shown["hash"], 3], as_json(shown))
        (case / "n.replies.jsonl").write_text(line + "\n")
        ledger = of(case, Source("bitcoin-rpc", "n.replies.jsonl", network="regtest")).ledger
        assert [row["reason"] for row in ledger.tables["rejected"].to_pylist()] == [
            "spends more of a named lot than it holds"
        ]


class TestPiecesOnDisk:
    @pytest.mark.parametrize("held", [1, 5, 30])
    def test_pieces_make_the_same_ledger(
        self, case: Path, monkeypatch: pytest.MonkeyPatch, held: int
    ) -> None:
        sources = [raw(case, "odd.dat", *CHAIN[::2]), raw(case, "even.dat", *CHAIN[1::2])]
        whole = of(case, *sources)
        monkeypatch.setattr(walk, "PIECE_LEGS", held)
        parts = of(case, *sources)
        assert parts.ledger.digest() == whole.ledger.digest()
        assert parts.ledger.tables["evidence"].equals(whole.ledger.tables["evidence"])

    def test_a_short_chain_leaves_nothing_on_disk(self, case: Path, home: Path) -> None:
        read_chain(case, [raw(case, "a.dat", *CHAIN)])
        assert not [one for one in home.rglob("*") if one.is_file()]

    def test_a_finished_build_forgets_its_reading(
        self, case: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(walk, "PIECE_LEGS", 5)
        read_chain(case, [raw(case, "a.dat", *CHAIN)])
        assert list(home.rglob("*.arrow"))
        forget_readings(case)
        assert not [one for one in home.rglob("*") if one.is_file()]

    def test_a_case_that_is_saved_keeps_no_reading(
        self, case: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        raw(case, "a.dat", *CHAIN[:5])
        raw(case, "b.dat", *CHAIN[5:])
        source = '[[source]]\nreader = "bitcoin-blocks"\nnetwork = "regtest"\npath = "{}.dat"\n'
        text = 'title = "x"\n' + source.format("b") + source.format("a")
        (case / "case.toml").write_text(text)
        whole = open_case(case)
        monkeypatch.setattr(walk, "PIECE_LEGS", 5)
        assert open_case(case, rebuild=True).ledger.digest() == whole.ledger.digest()
        assert read_ledger(case / ".earmark" / whole.made.summary.inputs[:32]).digest() == (
            whole.ledger.digest()
        )
        assert not list(home.rglob("*.arrow"))
        assert not list(home.rglob("*.sqlite"))

    def test_the_reading_of_a_case_that_is_gone_goes_too(
        self, case: Path, tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(walk, "PIECE_LEGS", 5)
        read_chain(case, [raw(case, "a.dat", *CHAIN)])
        before = next(home.rglob("*.arrow"))
        other = tmp_path / "other"
        other.mkdir()
        read_chain(other, [raw(other, "a.dat", *CHAIN)])
        assert before.exists()
        shutil.rmtree(case)
        third = tmp_path / "third"
        third.mkdir()
        read_chain(third, [raw(third, "a.dat", *CHAIN)])
        assert not before.exists()
        assert len({path.parent for path in home.rglob("*.sqlite")}) == 2

    def test_nobody_else_may_look_into_it(
        self, case: Path, home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(walk, "PIECE_LEGS", 5)
        read_chain(case, [raw(case, "a.dat", *CHAIN)])
        folder = next(home.rglob("*.arrow")).parent
        assert folder.stat().st_mode & 0o077 == 0
        assert not list(case.rglob("*.arrow"))

    def test_without_a_home_the_chain_is_read_all_the_same(
        self, case: Path, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        (home / ".local").write_text("a file where a folder should be")
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        monkeypatch.setattr(walk, "PIECE_LEGS", 5)
        (draft,) = read_chain(case, [raw(case, "a.dat", *CHAIN)])
        assert draft.transactions.num_rows == TRANSACTIONS
        assert not list(temporary.iterdir())

    def test_a_full_disk_is_an_error_that_says_so(
        self, case: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(walk, "PIECE_LEGS", 5)
        monkeypatch.setattr(pieces.Pieces, "write", full)
        with pytest.raises(EarmarkError, match="No space left on device") as caught:
            read_chain(case, [raw(case, "a.dat", *CHAIN)])
        assert "room on its disk" in str(caught.value)


class TestGoingOn:
    """A walk that was interrupted goes on from where it last saved."""

    @pytest.fixture
    def sources(self, case: Path, monkeypatch: pytest.MonkeyPatch) -> list[Source]:
        monkeypatch.setattr(walk, "PIECE_LEGS", 20)
        altered = bytearray(CHAIN[1])
        altered[-6] ^= 1
        odd = raw(case, "odd.dat", bytes(altered), *CHAIN[::2])
        return [odd, raw(case, "even.dat", *CHAIN[1::2])]

    def test_a_killed_process_is_taken_up_where_it_was(
        self, case: Path, sources: list[Source]
    ) -> None:
        script = (
            "import os, signal, sys\n"
            "from pathlib import Path\n"
            "from earmark.sources.bitcoin import walk\n"
            "from earmark.sources.settings import Source\n"
            "walk.PIECE_LEGS = 20\n"
            "def progress(rows):\n"
            "    if rows > 17:\n"
            "        os.kill(os.getpid(), signal.SIGKILL)\n"
            "names = ('odd.dat', 'even.dat')\n"
            "sources = [Source('bitcoin-blocks', name, network='regtest') for name in names]\n"
            "walk.read_chain(Path(sys.argv[1]), sources, progress)\n"
        )
        killed = subprocess.run([sys.executable, "-c", script, str(case)], check=False)
        assert killed.returncode == -signal.SIGKILL
        told_rows: list[int] = []
        drafts = read_chain(case, sources, told_rows.append)
        assert min(told_rows) > 10
        forget_readings(case)
        fresh: list[int] = []
        undisturbed = read_chain(case, sources, fresh.append)
        assert min(fresh) == 1
        assert [one.rows for one in drafts] == [one.rows for one in undisturbed]
        assert [one.heights for one in drafts] == [one.heights for one in undisturbed]
        assert [rejected(one) for one in drafts] == [rejected(one) for one in undisturbed]
        assert [one.warnings for one in drafts] == [one.warnings for one in undisturbed]
        assert built(sources, drafts).ledger.digest() == built(sources, undisturbed).ledger.digest()

    @pytest.mark.parametrize("after", [1, 4, 8])
    def test_wherever_it_stops(self, case: Path, sources: list[Source], after: int) -> None:
        with pytest.raises(KeyboardInterrupt):
            read_chain(case, sources, stopping(after))
        drafts = read_chain(case, sources)
        forget_readings(case)
        undisturbed = read_chain(case, sources)
        assert [one.rows for one in drafts] == [one.rows for one in undisturbed]
        assert built(sources, drafts).ledger.digest() == built(sources, undisturbed).ledger.digest()

    def test_another_input_starts_anew(self, case: Path, home: Path, sources: list[Source]) -> None:
        with pytest.raises(KeyboardInterrupt):
            read_chain(case, sources, stopping(8))
        before = {path.parent for path in home.rglob("*.arrow")}
        raw(case, "even.dat", *CHAIN[1:6:2])
        rows: list[int] = []
        read_chain(case, sources, rows.append)
        assert min(rows) <= 3
        assert not any(path.exists() for path in before)

    def test_another_version_starts_anew(
        self, case: Path, sources: list[Source], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(KeyboardInterrupt):
            read_chain(case, sources, stopping(8))
        monkeypatch.setattr(walk, "__version__", "99")
        rows: list[int] = []
        read_chain(case, sources, rows.append)
        assert min(rows) <= 3

    @pytest.mark.parametrize("pattern", ["*.sqlite", "*-legs.arrow"])
    @pytest.mark.parametrize("damage", ["cut", "other", "gone"])
    def test_a_damaged_reading_starts_anew(
        self, case: Path, home: Path, sources: list[Source], pattern: str, damage: str
    ) -> None:
        with pytest.raises(KeyboardInterrupt):
            read_chain(case, sources, stopping(8))
        for path in home.rglob("*.sqlite-*"):
            path.unlink()
        path = min(home.rglob(pattern))
        if damage == "gone":
            path.unlink()
        else:
            data = path.read_bytes()
            path.write_bytes(data[: len(data) // 3] if damage == "cut" else b"x" * len(data))
        drafts = read_chain(case, sources)
        forget_readings(case)
        undisturbed = read_chain(case, sources)
        assert built(sources, drafts).ledger.digest() == built(sources, undisturbed).ledger.digest()

    def test_two_networks_of_one_case_do_not_forget_each_other(
        self, case: Path, sources: list[Source]
    ) -> None:
        (case / "main.dat").write_bytes(bytes.fromhex(GENESIS))
        with pytest.raises(KeyboardInterrupt):
            read_chain(case, sources, stopping(8))
        read_chain(case, [Source("bitcoin-blocks", "main.dat")])
        rows: list[int] = []
        read_chain(case, sources, rows.append)
        assert min(rows) > 10


def stopping(after: int) -> Callable[[int], None]:
    """Return a progress that stops the walk behind a number of blocks."""
    calls: list[int] = []

    def progress(rows: int) -> None:
        calls.append(rows)
        if len(calls) == after:
            raise KeyboardInterrupt

    return progress


def wide_chain(count: int) -> Iterator[bytes]:
    """Yield blocks of 400 outputs each, spent in the block after; the index of blocks hardly counts."""
    previous, before = REGTEST.genesis, b""
    for height in range(1, count + 1):
        outputs = [
            (SUBSIDY // 400, bytes([0, 20]) + f"{height:08}{n:012}".encode()) for n in range(400)
        ]
        paid = coinbase(height, outputs)
        spends = []
        if before:
            inputs = [(before, n) for n in range(0, 400, 2)]
            spends = [Payment(inputs, [(SUBSIDY // 400 * 200, PAY_B)])]
        one = block([paid, *spends], previous=previous, time_s=START_S + 600 * height)
        previous, before = block_hash(one), paid.txid
        yield one


def test_memory_does_not_grow_with_the_number_of_files(
    case: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "PIECE_LEGS", 2_000)
    monkeypatch.setattr(movements, "HOLDERS_HELD", 1_000)
    peaks, files = [], []
    for number, one in enumerate(wide_chain(48)):
        path = case / f"blk{number:05}.dat"
        path.write_bytes(framed(one))
        files.append(path.name)
    for count in (6, 48):
        source = Source("bitcoin-blocks", files[:count], network="regtest")
        tracemalloc.start()
        (draft,) = read_chain(case, [source])
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert draft.legs.num_rows > 600 * (count - 1)
        forget_readings(case)
    assert peaks[1] < 1.5 * peaks[0] + (4 << 20)  # all legs at once would be twice as much
    assert pa.total_allocated_bytes() < 64 << 20


GENESIS = (
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e"
    "67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c01010000000100000000000000000000"
    "00000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f"
    "4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f75742066"
    "6f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a6"
    "7962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000"
)
