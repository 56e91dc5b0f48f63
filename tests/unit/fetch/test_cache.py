"""The saved replies: evidence that only grows, and a cache that resumes."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from tests.unit.fetch.servers import Asked, error, line_to, result, saved, serving

from earmark.fetch.cache import Cache, question, replies_path
from earmark.fetch.errors import RefusedError
from earmark.fetch.jsonrpc import ask
from earmark.fetch.pages import Page, get
from earmark.fetch.server import server_of
from earmark.ledger.errors import EarmarkError
from earmark.sources.replies import Exchange, read_replies

FILE = "sources/fetched/test.replies.jsonl"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    return tmp_path


def exchange(number: int, body: str = "{}") -> Exchange:
    params = msgspec.Raw(msgspec.json.encode([number]))
    return Exchange("http://h/", "m", params, "2026-01-01T00:00:00Z", 200, body)


def test_the_same_question_is_asked_once_in_any_number_of_runs(folder: Path) -> None:
    with serving(lambda asked: result(asked, asked.call["params"])) as server:
        for _ in range(3):
            with line_to(server.url, folder) as line:
                assert ask(line, "m", [1, {"b": 2, "a": 1}]) == [1, {"b": 2, "a": 1}]
                assert ask(line, "m", [1, {"a": 1, "b": 2}]) == [1, {"b": 2, "a": 1}]
                assert ask(line, "m", [2]) == [2]
    assert len(server.asked) == 2
    assert len(saved(folder)) == 2


def test_what_failed_is_asked_again_and_the_answer_follows_the_failure(folder: Path) -> None:
    with (
        serving(lambda asked: error(asked, -5, "no")) as server,
        line_to(server.url, folder) as line,
        pytest.raises(RefusedError),
    ):
        ask(line, "m", [])
    with serving(lambda asked: result(asked, "yes")) as server:
        for _ in range(2):
            with line_to(server.url, folder) as line:
                assert ask(line, "m", []) == "yes"
    assert len(server.asked) == 1
    assert ["error" in one["body"] for one in saved(folder)] == [True, False]


def test_what_changes_is_asked_again_and_kept_only_when_it_has_changed(folder: Path) -> None:
    values = [1, 1, 2, 2, 1]
    with (
        serving(lambda asked: result(asked, values.pop(0))) as server,
        line_to(server.url, folder) as line,
    ):
        got = [ask(line, "m", [], fresh=True) for _ in range(5)]
        assert ask(line, "m", []) == 1
    assert got == [1, 1, 2, 2, 1]
    assert [msgspec.json.decode(one["body"])["result"] for one in saved(folder)] == [1, 2, 1]


def test_what_a_server_cannot_do_is_tried_without_being_kept(folder: Path) -> None:
    with (
        serving(lambda asked: error(asked, -32601, "no")) as server,
        line_to(server.url, folder) as line,
        pytest.raises(RefusedError),
    ):
        ask(line, "trace_block", ["0x1"], keep="answers")
    assert not (folder / FILE).exists()


def test_a_page_is_kept_with_its_path_and_query_but_no_key(folder: Path) -> None:
    def answer(asked: Asked) -> bytes:
        return (
            b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + b'{"path":"%s"}' % asked.path.encode()
        )

    page = Page("/api/x", {"module": "account", "a": "1"}, {"apikey": "topsecret"})
    with serving(answer) as server:
        known = server_of(server.url, {"EARMARK_API_KEY": "topsecret"})
        with line_to(server.url + "base?network=x", folder) as line:
            assert get(line, Page("api/y")) == '{"path":"/base/api/y?network=x"}'
        with line_to(known, folder) as line, pytest.raises(RefusedError, match="repeats") as told:
            get(line, page)
    assert "topsecret" not in str(told.value)
    assert server.asked[1].path == "/api/x?module=account&a=1&apikey=topsecret"
    assert [one["params"] for one in saved(folder)] == [{"path": "api/y", "query": {}}]


def test_a_half_line_of_a_kill_is_cut_off_and_the_rest_stands(folder: Path) -> None:
    with Cache(folder, "test") as cache:
        cache.keep(exchange(1))
        cache.keep(exchange(2))
    path = folder / FILE
    whole = path.read_bytes()
    for cut in (1, 20, len(whole) // 2 - 1):
        path.write_bytes(whole[:-cut])
        with Cache(folder, "test") as cache:
            assert [len(list(cache.found("m", [n]))) for n in (1, 2)] == [1, 0]
            cache.keep(exchange(2))
        assert path.read_bytes() == whole


def test_a_broken_line_in_the_middle_answers_nothing_and_stays(folder: Path) -> None:
    with Cache(folder, "test") as cache:
        cache.keep(exchange(1))
    path = folder / FILE
    whole = path.read_bytes()
    path.write_bytes(b'{"broken\n\n' + whole)
    with Cache(folder, "test") as cache:
        assert [one.body for one in cache.found("m", [1])] == ["{}"]
        cache.keep(exchange(2))
    assert path.read_bytes().startswith(b'{"broken\n\n' + whole)
    problems = [bool(line.problem) for line in read_replies(path, FILE)]
    assert problems == [True, False, False]


def test_a_full_disk_leaves_whole_lines_and_a_clear_message(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = os.write

    def full(handle: int, data: memoryview) -> int:
        if len(data) > 1000:
            written(handle, data[:500])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return written(handle, data[:50])  # a short write is no failure

    with Cache(folder, "test") as cache:
        monkeypatch.setattr(os, "write", full)
        cache.keep(exchange(1))
        with pytest.raises(EarmarkError, match=r"No space left.*what was fetched before stands"):
            cache.keep(exchange(2, "x" * 5000))
        cache.keep(exchange(3))
    assert [line.problem for line in read_replies(folder / FILE, FILE)] == ["", ""]
    assert [one["params"] for one in saved(folder)] == [[1], [3]]


def test_two_fetches_never_write_one_file(folder: Path) -> None:
    with Cache(folder, "test") as cache:
        cache.keep(exchange(1))
        with pytest.raises(EarmarkError, match="another fetch is writing"):
            Cache(folder, "test")
        Cache(folder, "other").__exit__(None, None, None)
    with Cache(folder, "test") as cache:
        assert cache.replies == 1


def test_the_lock_ends_with_a_killed_process(folder: Path) -> None:
    program = (
        "import sys, pathlib, time\n"
        "from earmark.fetch.cache import Cache\n"
        "Cache(pathlib.Path(sys.argv[1]), 'test')\n"
        "print('locked', flush=True); time.sleep(60)\n"
    )
    words = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        with pytest.raises(EarmarkError, match="another fetch"):
            Cache(folder, "test")
        process.send_signal(signal.SIGKILL)
        process.wait()
    Cache(folder, "test").__exit__(None, None, None)


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", ".hidden", "a b", "x" * 200, "é"])
def test_a_name_cannot_lead_elsewhere(name: str) -> None:
    with pytest.raises(EarmarkError, match="no name for saved replies"):
        replies_path(name)


def test_nothing_is_written_through_a_link(folder: Path) -> None:
    elsewhere = folder / "elsewhere"
    elsewhere.write_text("mine", "utf-8")
    (folder / "sources/fetched").mkdir()
    (folder / FILE).symlink_to(elsewhere)
    with pytest.raises(EarmarkError, match="is a link"):
        Cache(folder, "test")
    (folder / FILE).unlink()
    (folder / "sources/fetched").rmdir()
    (folder / "sources/fetched").symlink_to(folder)
    with pytest.raises(EarmarkError, match="is a link"):
        Cache(folder, "test")
    assert elsewhere.read_text("utf-8") == "mine"


def test_a_fetch_that_got_nothing_leaves_no_file(folder: Path) -> None:
    Cache(folder, "test").__exit__(None, None, None)
    assert not (folder / FILE).exists()


def test_questions_differ_by_what_they_ask_not_by_how_it_is_written() -> None:
    assert question("m", msgspec.Raw(b'[ {"b":1, "a":2} ]')) == question("m", [{"a": 2, "b": 1}])
    assert question("m", ["0x1", True]) != question("m", ["0x1", False])
    assert question("m", [1]) != question("n", [1])
