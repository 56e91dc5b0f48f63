"""A server that errs, lies, floods, hangs or leads elsewhere costs one clear message."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.unit.fetch.servers import (
    Asked,
    Waits,
    error,
    line_to,
    page,
    result,
    saved,
    serving,
)

from earmark.fetch.client import Client, Limits
from earmark.fetch.errors import NoAnswerError, RefusedError
from earmark.fetch.jsonrpc import ask
from earmark.fetch.server import server_of
from earmark.ledger.errors import EarmarkError

SHORT = Limits(silence_s=0.2, whole_s=0.4, body_max_bytes=50_000)
BOMB = gzip.compress(b" " * (1 << 26))
HTML = "\n<!DOCTYPE html><html><body>Sign in</body></html>"
ALWAYS_FAILING: list[tuple[Callable[[Asked], bytes], str]] = [
    (lambda _: page(HTML), "the server answered a web page"),
    (lambda _: page('{"jsonrpc":"2.0","id":1,"resul'), "no whole JSON"),
    (lambda _: page('{"jsonrpc":"2.0"}'), "another question"),
    (lambda _: page(""), "no whole JSON"),
    (lambda _: page("[]"), "no whole JSON"),
    (lambda _: page('{"id":1,"result":' + "[" * 20_000), "no whole JSON"),
    (lambda _: page(b"\xff\xfe"), "no UTF-8"),
    (lambda _: page('{"jsonrpc":"2.0","id":7,"result":"0x1"}'), "another question"),
    (lambda _: page("x", 502), "the server has a problem (HTTP status 502)"),
    (lambda _: page(HTML, 503), "HTTP status 503"),
    (lambda _: page("slow down", 429), "too many requests (HTTP status 429)"),
    (lambda asked: error(asked, -32005, "limit exceeded"), "limit exceeded (-32005)"),
    (lambda asked: error(asked, -28, "Loading block index…", 500), "Loading block index… (-28)"),
    (lambda asked: error(asked, -32000, "node is busy"), "node is busy"),
    (lambda asked: result(asked, 1)[:-5], "the answer broke off"),
    (lambda _: b"HTTP/1.1 200 OK\r\ncontent-le", "the answer broke off"),
    (lambda _: b"", "the answer broke off"),
    (lambda _: b"SSH-2.0-OpenSSH\r\n", "the answer broke off"),
    (lambda _: page(b"no gzip", content_encoding="gzip"), "the packed answer is broken"),
    (lambda _: page(gzip.compress(b"{}" * 99)[:-9], content_encoding="gzip"), "broke off"),
    (lambda _: page('{"jsonrpc":"2.0","id":1}', 200, x="y" * 200_000), "the answer broke off"),
]
FINAL: list[tuple[Callable[[Asked], bytes], str]] = [
    (lambda asked: error(asked, -32601, "method not found"), "method not found (-32601)"),
    (lambda asked: error(asked, -32602, "invalid params: too many"), "invalid params"),
    (lambda asked: error(asked, -5, "Block not found", 500), "Block not found (-5)"),
    (lambda asked: error(asked, -32601, "Method not found", 404), "Method not found"),
    (lambda _: page("", 401), "the server refuses us: user and password, or a key?"),
    (lambda _: page(HTML, 403), "the server refuses us"),
    (lambda _: page(HTML, 404), "no JSON-RPC server"),
    (
        lambda _: page("", 301, location="https://elsewhere.example/x"),
        "sends us to elsewhere.example",
    ),
    (lambda _: page("", 307, location="/other"), "another address of its own"),
    (lambda _: page("{}", content_encoding="br"), "packed as 'br'"),
    (lambda _: page("{}", content_encoding="gzip, gzip"), "packed as 'gzip, gzip'"),
    (lambda _: page(" " * 60_000), "more than 50000 bytes"),
    (
        lambda _: page(BOMB, content_encoding="gzip"),
        "more than 50000 bytes",
    ),
]


def in_turn(replies: list[Callable[[Asked], bytes]]) -> Callable[[Asked], bytes]:
    def answer(asked: Asked) -> bytes:
        return replies.pop(0)(asked)

    return answer


@pytest.mark.parametrize(("answer", "reason"), ALWAYS_FAILING)
def test_what_may_pass_is_tried_again_with_growing_waits(
    tmp_path: Path, answer: Callable[[Asked], bytes], reason: str
) -> None:
    waits = Waits()
    with (
        serving(answer) as server,
        line_to(server.url, tmp_path, waits=waits, limits=SHORT) as line,
    ):
        with pytest.raises(NoAnswerError) as told:
            ask(line, "eth_chainId", [])
        assert reason in str(told.value)
        assert str(told.value).endswith("(after 6 tries)")
        assert "eth_chainId []" in str(told.value)
        assert len(server.asked) == 6
        assert waits == [1, 2, 4, 8, 16]


@pytest.mark.parametrize(("answer", "reason"), FINAL)
def test_a_final_no_is_asked_for_once(
    tmp_path: Path, answer: Callable[[Asked], bytes], reason: str
) -> None:
    with serving(answer) as server, line_to(server.url, tmp_path, limits=SHORT) as line:
        with pytest.raises(RefusedError) as told:
            ask(line, "eth_chainId", [])
        assert reason in str(told.value)
        assert len(server.asked) == 1


def test_a_hanging_server_is_left_after_the_time_that_was_given(tmp_path: Path) -> None:
    end = threading.Event()

    def hang(_: Asked) -> bytes:
        end.wait(5)
        return b""

    with serving(hang) as server, line_to(server.url, tmp_path, limits=SHORT) as line:
        line.tries_max = 2
        with pytest.raises(NoAnswerError, match=r"said nothing for 0.2 s \(after 2 tries\)"):
            ask(line, "eth_chainId", [])
        end.set()


def test_a_server_that_drips_is_left_when_the_answer_takes_too_long(tmp_path: Path) -> None:
    def drip(_: Asked) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\ncontent-length: 10000\r\n\r\n"
        for _one in range(200):
            yield b" "
            time.sleep(0.02)

    with serving(drip) as server, line_to(server.url, tmp_path, limits=SHORT) as line:
        line.tries_max = 1
        with pytest.raises(NoAnswerError, match=r"not whole after 0.4 s"):
            ask(line, "eth_chainId", [])


def test_an_endless_answer_ends_at_the_bound(tmp_path: Path) -> None:
    sent = [0]

    def flood(_: Asked) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n"
        while True:
            yield b" " * 10_000
            sent[0] += 10_000

    limits = Limits(silence_s=5, whole_s=5, body_max_bytes=1_000_000)
    with (
        serving(flood) as server,
        line_to(server.url, tmp_path, limits=limits) as line,
        pytest.raises(RefusedError, match="more than 1000000 bytes"),
    ):
        ask(line, "eth_chainId", [])
    assert sent[0] < 30_000_000


def test_nobody_listening_is_said(tmp_path: Path) -> None:
    with serving(lambda _: b"") as ended:
        pass
    with (
        line_to(ended.url, tmp_path) as line,
        pytest.raises(NoAnswerError, match=f"^{ended.url}: eth_chainId .*no connection"),
    ):
        ask(line, "eth_chainId", [])


def test_retry_after_is_honoured_and_an_hour_is_too_long(tmp_path: Path) -> None:
    asked_for = ["7", "3600"]
    waits = Waits()
    told: list[str] = []

    def limited(_: Asked) -> bytes:
        return page("later", 429, retry_after=asked_for.pop(0))

    with (
        serving(limited) as server,
        line_to(server.url, tmp_path, waits=waits, told=told) as line,
        pytest.raises(NoAnswerError, match=r"asks to wait 3600 s \(after 2 tries\)"),
    ):
        ask(line, "eth_chainId", [])
    assert waits == [7]
    assert told == ["eth_chainId []: too many requests (HTTP status 429); try 2 of 6 in 7 s"]


def test_retry_after_may_be_a_date(tmp_path: Path) -> None:
    waits = Waits()
    dates = {
        "date": "Tue, 24 Nov 2026 00:00:00 GMT",
        "retry_after": "Tue, 24 Nov 2026 00:00:09 GMT",
    }
    replies: list[Callable[[Asked], bytes]] = [
        lambda _: page("", 503, **dates),
        lambda asked: result(asked, "0x1"),
    ]
    with serving(in_turn(replies)) as server, line_to(server.url, tmp_path, waits=waits) as line:
        assert ask(line, "eth_chainId", []) == "0x1"
    assert waits == [9]


def test_a_good_answer_after_failures_leaves_only_the_answer(tmp_path: Path) -> None:
    replies: list[Callable[[Asked], bytes]] = [
        lambda _: page(HTML),
        lambda _: page("", 500),
        lambda asked: result(asked, "0x1"),
    ]
    with serving(in_turn(replies)) as server, line_to(server.url, tmp_path) as line:
        assert ask(line, "eth_chainId", []) == "0x1"
    assert [(one["status"], json.loads(one["body"])["result"]) for one in saved(tmp_path)] == [
        (200, "0x1")
    ]


def test_the_last_failure_is_kept_as_what_the_server_said(tmp_path: Path) -> None:
    with serving(lambda _: page(HTML)) as server:
        for _ in range(2):
            with line_to(server.url, tmp_path) as line, pytest.raises(NoAnswerError):
                ask(line, "eth_getBlockByNumber", ["0x1", True])
    (kept,) = saved(tmp_path)
    assert (kept["method"], kept["params"]) == ("eth_getBlockByNumber", ["0x1", True])
    assert (kept["status"], kept["body"]) == (200, HTML)


def test_an_answer_that_repeats_a_secret_is_not_written_down(tmp_path: Path) -> None:
    (tmp_path / "sources").mkdir()
    environ = {"EARMARK_RPC_USER": "u", "EARMARK_RPC_PASSWORD": "correct horse"}

    def echo(asked: Asked) -> bytes:
        if asked.call["method"] == "good":
            return result(asked, "it is correct horse")
        return error(asked, -1, "wrong: correct horse")

    with serving(echo) as running:
        server = server_of(running.url, environ)
        with line_to(server, tmp_path) as line:
            for method in ("good", "bad"):
                with pytest.raises(RefusedError) as told:
                    ask(line, method, [])
                assert "horse" not in str(told.value)
            assert line.cache.replies == 0
        assert running.asked[0].headers["authorization"].startswith("Basic ")


def test_requests_keep_the_rate(tmp_path: Path) -> None:
    waits = Waits()
    with serving(lambda asked: result(asked, 1)) as running:
        server = server_of(running.url, {})
        with Client(server, rate=4, sleep=waits.sleep, clock=waits.clock) as client:
            for _ in range(4):
                client.post(b'{"id":1,"method":"x"}')
    assert waits == [0.25] * 3


def test_a_proxy_that_cannot_be_used_is_a_plain_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "nonsense://user:topsecret@proxy.example:1")
    with pytest.raises(EarmarkError, match="the proxy that the environment names") as told:
        Client(server_of("https://node.example/", {}))
    assert "topsecret" not in str(told.value)


def test_a_proxy_is_not_asked_for_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with (
        serving(lambda asked: result(asked, "0x1")) as server,
        line_to(server.url, tmp_path) as line,
    ):
        assert ask(line, "eth_chainId", []) == "0x1"
