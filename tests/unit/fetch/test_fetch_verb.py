"""`earmark fetch blocks` as a user calls it: the source, its custody, its end, and what it never writes."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.unit.cli.commands import Ran
from tests.unit.fetch.nodes import BitcoinNode, EvmNode
from tests.unit.fetch.servers import Asked, error, page, serving

from earmark.cases import custody
from earmark.cli.main import app
from earmark.ledger.errors import EarmarkError

REGTEST = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def case(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    (folder / "sources").mkdir(parents=True)
    (folder / "case.toml").write_text('title = "T"\n', "utf-8")
    return folder


Fetch = Callable[..., Ran]


@pytest.fixture
def blocks(case: Path, capsys: pytest.CaptureFixture[str]) -> Fetch:
    """Call the verb in this process: a process of its own would cost half a second each time."""

    def call(url: str, *words: object) -> Ran:
        named = [] if "--name" in words else ["--name", "b"]
        line = ["fetch", "blocks", case, url, *named, *words]
        try:
            code = app([str(word) for word in line], result_action="return_value")
        except EarmarkError as error:
            told = capsys.readouterr()
            return Ran(error.exit_code, told.out, f"{told.err}{error}")
        told = capsys.readouterr()
        return Ran(code, told.out, told.err)

    return call


def sources(case: Path) -> list[dict[str, Any]]:
    return list(tomllib.loads((case / "case.toml").read_text("utf-8")).get("source", []))


def everything(folder: Path) -> str:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return "\n".join(path.read_text("utf-8") for path in files)


def test_blocks_become_a_source_with_custody_and_a_second_run_changes_nothing(
    case: Path, blocks: Fetch
) -> None:
    with serving(EvmNode().answer) as server:
        ran = blocks(server.url, "--from", 0, "--to", 5, "--by", "Ann", "--json")
        again = blocks(server.url, "--from", 0, "--to", 5)
    assert (ran.code, again.code) == (0, 0)
    told = ran.json
    assert (told["kind"], told["chain"], told["blocks"], told["tip"]) == ("evm", 1, 6, 5)
    assert (told["missing"], told["missing_list"]) == ([], None)
    assert "block 5 is 1 deep" in ran.err
    assert again.out == "sources/fetched/b.replies.jsonl\n"
    (source,) = sources(case)
    assert source["reader"] == "evm-rpc"
    assert source["path"] == told["path"] == "sources/fetched/b.replies.jsonl"
    assert source["obtained_from"] == server.url
    assert source["obtained_by"] == "Ann"
    assert "EVM chain 1; custody.log" in source["obtained_how"]
    (entry,) = custody.read_log(case)
    assert entry.obtained_how.endswith("EVM chain 1, blocks 0 to 5")
    assert (entry.action, entry.path, entry.by) == ("fetch", source["path"], "Ann")
    assert custody.changed(case) == []


def test_what_stands_in_the_case_stays_true_when_more_is_fetched(case: Path, blocks: Fetch) -> None:
    with serving(EvmNode().answer) as server:
        blocks(server.url, "--from", 1, "--to", 3)
        before = sources(case)
        blocks(server.url, "--from", 4, "--to", 5)
    assert sources(case) == before
    assert "1 to 3" not in before[0]["obtained_how"]
    ranges = [one.obtained_how.rpartition("blocks ")[2] for one in custody.read_log(case)]
    assert ranges == ["1 to 3", "4 to 5"]


def test_a_bitcoin_network_is_named(case: Path, blocks: Fetch) -> None:
    with serving(BitcoinNode(genesis=REGTEST).answer) as server:
        ran = blocks(server.url, "--from", 1, "--to", 2, "--json")
    assert (ran.code, ran.json["kind"], ran.json["network"]) == (0, "bitcoin", "regtest")
    assert [(one["reader"], one["network"]) for one in sources(case)] == [
        ("bitcoin-rpc", "regtest")
    ]


def test_what_means_nothing_to_bitcoin_is_refused(blocks: Fetch) -> None:
    with serving(BitcoinNode().answer) as server:
        ran = blocks(server.url, "--from", 1, "--to", 2, "--traces", "none")
    assert (ran.code, "mean nothing to a Bitcoin node" in ran.err) == (2, True)


def test_replies_of_one_kind_of_node_stay_alone(blocks: Fetch) -> None:
    with serving(EvmNode().answer) as server:
        blocks(server.url, "--from", 1, "--to", 2)
    with serving(BitcoinNode().answer) as server:
        ran = blocks(server.url, "--from", 1, "--to", 2)
    assert ran.code == 2
    assert "holds answers for the reader evm-rpc, not bitcoin-rpc" in ran.err


def test_what_is_missing_is_listed_logged_and_the_exit_code(case: Path, blocks: Fetch) -> None:
    node = EvmNode(height=2, lacks=frozenset({"debug_traceBlockByNumber", "trace_block"}))
    with serving(node.answer) as server:
        ran = blocks(server.url, "--from", 1, "--to", 4, "--json")
        assert ran.code == 1
        assert "not fetched: blocks 3 to 4: the node's chain ends at block 2" in ran.err
        listed = case / ran.json["missing_list"]
        note = msgspec.json.decode(listed.read_bytes())
        assert note["missing"] == ran.json["missing"]
        assert [one["why"] for one in note["missing"]] == ["failed"] + ["unavailable"] * 3
        assert [entry.path for entry in custody.read_log(case)][1] == ran.json["missing_list"]
        node.height, node.lacks = 4, frozenset()
        ran = blocks(server.url, "--from", 1, "--to", 4, "--json")
    assert (ran.code, ran.json["missing"]) == (0, [])
    assert msgspec.json.decode(listed.read_bytes())["missing"] == []
    assert len(sources(case)) == 1
    assert custody.changed(case) == []


def test_passwords_and_keys_are_sent_and_written_nowhere(
    case: Path, blocks: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARMARK_RPC_USER", "alice")
    monkeypatch.setenv("EARMARK_RPC_PASSWORD", "opensesame")
    monkeypatch.setenv("EARMARK_API_KEY", KEY[::-1])
    node = EvmNode(height=2)

    def answer(asked: Asked) -> bytes:
        assert asked.path == f"/v3/{KEY}?apikey=querykey"
        assert asked.headers["authorization"] == "Basic YWxpY2U6b3BlbnNlc2FtZQ=="
        if asked.call["method"] == "trace_block":
            return error(asked, -32000, f"no: {KEY} opensesame querykey")
        if asked.call["method"] == "debug_traceBlockByNumber":
            return page(f"alice {KEY}", 403)
        return node.answer(asked)

    with serving(answer) as server:
        url = f"{server.url}v3/{KEY}?apikey=querykey"
        ran = blocks(url, "--from", 1, "--to", 3, "--json")
    assert ran.json["blocks"] == 2
    written = ran.out + ran.err + everything(case)
    for secret in (KEY, KEY[::-1], "opensesame", "querykey", "alice"):
        assert secret not in written
    assert "v3/HIDDEN?apikey=HIDDEN" in (case / "case.toml").read_text("utf-8")
    assert "no: HIDDEN HIDDEN HIDDEN" in ran.out


def test_a_login_that_a_server_echoes_in_base64_is_written_nowhere(
    case: Path, blocks: Fetch
) -> None:
    node = EvmNode(height=2)

    def answer(asked: Asked) -> bytes:
        echo = f"{'x' * 285} got {asked.headers['authorization']} and Pa%2fword1"
        if asked.call["method"].startswith(("debug", "trace")):
            return error(asked, -32000, echo)
        return node.answer(asked)

    with serving(answer) as server:
        ran = blocks(
            server.url.replace("//", "//ann:Pa%2Fword1@"), "--from", 1, "--to", 2, "--json"
        )
    written = ran.out + ran.err + everything(case)
    assert "HIDDEN" in written
    for secret in ("YW5uOlBhL3dvcmQx", "YW5uOlB", "Pa%2fword1", "Pa/word1"):
        assert secret not in written


def test_an_address_in_place_of_the_folder_is_not_repeated(
    case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for way in ("blocks", "address"):
        words = ["fetch", way, "http://ann:geheim@h:1/k?apikey=zzz", str(case)]
        words += ["--from", "1", "--to", "2"] if way == "blocks" else ["0x" + "1" * 40]
        with pytest.raises(EarmarkError, match="CASE before URL") as told:
            app(words, result_action="return_value")
        shown = str(told.value) + "".join(capsys.readouterr())
        assert not any(secret in shown for secret in ("ann", "geheim", "zzz"))


@pytest.mark.parametrize(
    "words", [["blocks", "CASE", "CASE", "URL", "--from=1", "--to=2"], ["URL", "CASE"]]
)
def test_an_address_out_of_place_is_not_repeated(
    case: Path, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    given = {"CASE": str(case), "URL": "http://ann:geheim@h:1/k?apikey=zzz"}
    with pytest.raises(SystemExit):
        app(["fetch", *(given.get(one, one) for one in words)], result_action="return_value")
    shown = "".join(capsys.readouterr())
    assert "http://HIDDEN" in shown
    assert not any(secret in shown for secret in ("ann", "geheim", "zzz"))


@pytest.mark.parametrize("status", [404, 405, 501])
@pytest.mark.parametrize("body", ["Unsupported method", '{"detail":"no"}'])
def test_what_is_no_json_rpc_server_is_said_at_once(blocks: Fetch, status: int, body: str) -> None:
    with serving(lambda _: page(body, status)) as server:
        ran = blocks(server.url, "--from", 1, "--to", 2)
        assert len(server.asked) == 2
    assert ran.code == 2
    assert f"this is no JSON-RPC server (HTTP status {status})" in ran.err


LISTENING = """import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background ignores it
from earmark.cli.main import main
main()"""


def interrupted(case: Path, number: signal.Signals) -> tuple[int, str, str]:
    """Fetch from a node that hangs at block 3, and send the fetch a signal there."""
    node, hanging, end = EvmNode(height=9), threading.Event(), threading.Event()

    def stop(method: str, params: list[Any]) -> None:
        if method == "eth_getBlockByNumber" and params[0] == "0x3":
            hanging.set()
            end.wait(20)

    node.before = stop
    words = ["fetch", "blocks", str(case), "URL", "--name", "b", "--from", "0", "--to", "9"]
    with serving(node.answer) as server:
        words[3] = server.url
        pipe = subprocess.PIPE
        call = [sys.executable, "-c", LISTENING, *words]
        with subprocess.Popen(call, text=True, stdout=pipe, stderr=pipe) as fetch:
            assert hanging.wait(20)
            fetch.send_signal(number)
            out, err = fetch.communicate(timeout=20)
        end.set()
    return fetch.returncode, out, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_keeps_and_records_what_was_fetched(
    case: Path, number: signal.Signals
) -> None:
    code, out, err = interrupted(case, number)
    assert code == 130
    assert out == "sources/fetched/b.replies.jsonl\n"
    assert "Traceback" not in err
    assert "the same command goes on" in err
    assert len(sources(case)) == len(custody.read_log(case)) - 1 == 1
    assert custody.changed(case) == []


def test_a_killed_fetch_goes_on_and_asks_nothing_twice(case: Path, blocks: Fetch) -> None:
    code, _, _ = interrupted(case, signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert sources(case) == []
    path = case / "sources/fetched/b.replies.jsonl"
    before = path.read_bytes()
    with path.open("ab") as file:
        file.write(b'{"url":"half a line')
    with serving(EvmNode(height=9).answer) as server:
        ran = blocks(server.url, "--from", 0, "--to", 9, "--json")
        assert [one.call["params"][0] for one in server.asked if "getBlockB" in one.call["method"]] == [
            "finalized", *map(hex, range(3, 10)),
        ]  # fmt: skip
    assert (ran.code, ran.json["blocks"]) == (0, 10)
    assert path.read_bytes().startswith(before)
    assert b"half a line" not in path.read_bytes()


def test_replies_that_somebody_altered_are_not_added_to(case: Path, blocks: Fetch) -> None:
    path = case / "sources/fetched/b.replies.jsonl"
    with serving(EvmNode().answer) as server:
        blocks(server.url, "--from", 0, "--to", 2)
        path.write_bytes(path.read_bytes().replace(b'\\"0x1\\"', b'\\"0x2\\"', 1))
        altered = path.read_bytes()
        ran = blocks(server.url, "--from", 0, "--to", 3)
    assert ran.code == 2
    assert "is not what was fetched before" in ran.err
    assert path.read_bytes() == altered


FOREIGN = b'{"url":"http://h/","method":"m","params":[],"asked":"","status":200,"body":"{}"}\n'


def test_lines_of_somebody_else_are_never_certified(case: Path, blocks: Fetch) -> None:
    path = case / "sources/fetched/b.replies.jsonl"
    with serving(EvmNode().answer) as server:
        blocks(server.url, "--from", 0, "--to", 2)
        path.write_bytes(path.read_bytes() + FOREIGN)
        altered, log = path.read_bytes(), (case / "custody.log").read_bytes()
        ran = blocks(server.url, "--from", 0, "--to", 3)
    assert (ran.code, "ends with 1 line that no fetch" in ran.err) == (2, True)
    assert (path.read_bytes(), (case / "custody.log").read_bytes()) == (altered, log)


def test_a_file_that_no_fetch_wrote_is_not_added_to(case: Path, blocks: Fetch) -> None:
    path = case / "sources/fetched/b.replies.jsonl"
    path.parent.mkdir()
    path.write_bytes(FOREIGN * 2)
    with serving(EvmNode().answer) as server:
        ran = blocks(server.url, "--from", 0, "--to", 1)
    assert (ran.code, "ends with 2 lines that no fetch" in ran.err) == (2, True)
    assert (path.read_bytes(), sources(case)) == (FOREIGN * 2, [])


def test_lines_added_to_a_killed_fetch_are_refused_here_and_on_another_machine(
    case: Path, blocks: Fetch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(case, signal.SIGKILL)
    path = case / "sources/fetched/b.replies.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + FOREIGN)
    with serving(EvmNode(height=9).answer) as server:
        ran = blocks(server.url, "--from", 0, "--to", 9)
        assert (ran.code, "ends with 1 line that no fetch" in ran.err) == (2, True)
        path.write_bytes(whole)
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
            ran = blocks(server.url, "--from", 0, "--to", 9)
        lines = whole.count(b"\n")
        assert (ran.code, f"ends with {lines} lines that no fetch" in ran.err) == (2, True)
        assert blocks(server.url, "--from", 0, "--to", 9).code == 0
    assert custody.changed(case) == []


def test_lines_that_come_in_while_it_is_fetched_are_noticed(case: Path, blocks: Fetch) -> None:
    node = EvmNode(height=9)
    path = case / "sources/fetched/b.replies.jsonl"

    def add(method: str, params: list[Any]) -> None:
        if method == "eth_getBlockByNumber" and params[0] == "0x3":
            path.write_bytes(path.read_bytes() + FOREIGN * 1000)

    node.before = add
    with serving(node.answer) as server:
        ran = blocks(server.url, "--from", 0, "--to", 4)
    assert (ran.code, "changed by something else" in ran.err) == (2, True)
    assert (sources(case), custody.read_log(case)) == ([], [])


def test_a_server_that_says_nothing_leaves_the_case_as_it_was(case: Path, blocks: Fetch) -> None:
    with serving(lambda _: b"") as ended:
        pass
    ran = blocks(ended.url, "--from", 0, "--to", 2, "--tries", 1)
    assert ran.code == 2
    assert "no connection" in ran.err
    assert sources(case) == []
    assert not list((case / "sources").rglob("*.*"))


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--from", 5, "--to", 2], "the lower one first"),
        (["--from", -1, "--to", 2], "the lower one first"),
        (["--from", 1, "--to", 2, "--rate", 0], "--rate 0"),
        (["--from", 1, "--to", 2, "--tries", 99], "at most 20"),
        (["--from", 1, "--to", 2, "--timeout", "nan"], "--timeout nan"),
        (["--from", 1, "--to", 2, "--contract", "0x12"], "40 hexadecimal digits"),
        (["--from", 1, "--to", 2, "--name", "../x"], "no name for saved replies"),
    ],
)
def test_mistakes_in_the_call_are_said_before_anybody_is_asked(
    blocks: Fetch, words: list[object], problem: str
) -> None:
    with serving(EvmNode().answer) as server:
        ran = blocks(server.url, *words)
        assert server.asked == []
    assert ran.code == 2
    assert problem in ran.err


def test_the_name_comes_from_the_server_and_the_range(blocks: Fetch) -> None:
    with serving(EvmNode().answer) as server:
        ran = blocks(server.url, "--name", "", "--from", 1, "--to", 2)
    port = server.url.rsplit(":", 1)[1].strip("/")
    assert ran.out == f"sources/fetched/127.0.0.1-{port}-blocks-1-2.replies.jsonl\n"


def test_a_link_in_place_of_the_list_is_not_written_through(case: Path, blocks: Fetch) -> None:
    (case / "sources/fetched").mkdir()
    (case / "sources/fetched/b.missing.json").symlink_to(case / "case.toml")
    with serving(EvmNode(height=1).answer) as server:
        ran = blocks(server.url, "--from", 0, "--to", 2)
    assert ran.code == 2
    assert "is a link" in ran.err
    assert (case / "case.toml").read_text("utf-8") == 'title = "T"\n'
