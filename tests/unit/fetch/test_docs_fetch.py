"""docs/fetch.md names what there is: every option, every variable, every key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.fetch.nodes import EvmNode
from tests.unit.fetch.servers import serving

from earmark.cli.main import app
from earmark.fetch import asking, client, server, tokens

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "fetch.md").read_text("utf-8")


def helped(capsys: pytest.CaptureFixture[str], way: str) -> str:
    app(["fetch", way, "--help"], result_action="return_value")
    return capsys.readouterr().out


def test_every_option_of_the_page_exists(capsys: pytest.CaptureFixture[str]) -> None:
    known = set(re.findall(r"--[a-z-]+", helped(capsys, "blocks") + helped(capsys, "address")))
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", PAGE))
    assert named
    assert named <= known


def test_every_option_of_fetching_blocks_is_on_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    known = set(re.findall(r"^│[ *]+(--[a-z]+)", helped(capsys, "blocks"), re.MULTILINE))
    assert len(known) > 8
    assert [one for one in known if one not in PAGE] == []


def test_variables_and_bounds_are_those_of_the_program() -> None:
    for name in (server.USER, server.PASSWORD, server.API_KEY):
        assert f"`{name}`" in PAGE
    assert (
        f"{asking.TRIES_MAX} without it; the waits grow from 1 to {asking.WAIT_MAX_S} sec" in PAGE
    )
    assert f"{client.RATE_PER_S} without it" in PAGE
    assert f"more than {client.BODY_MAX_BYTES >> 20} MiB" in PAGE
    assert f"up to {asking.RETRY_AFTER_MAX_S // 60} minutes" in PAGE
    assert f"up to {tokens.TOKENS_MAX:,} tokens" in PAGE


def test_every_key_of_the_json_is_on_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "case.toml").write_text('title = "T"\n', "utf-8")
    with serving(EvmNode().answer) as running:
        line = ["fetch", "blocks", str(tmp_path), running.url, "--from", "1", "--to", "1", "--json"]
        app(line, result_action="return_value")
    keys = re.findall(r'^  "([a-z_]+)":', capsys.readouterr().out, re.MULTILINE)
    assert len(keys) > 15
    assert [key for key in keys if f"`{key}`" not in PAGE] == []
