"""Real nodes, one for each module that asks; each writes only into a folder of the test and is ended."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest
from tests.nodes.history import History, make
from tests.nodes.installed import anvil_binary, node_binary

HERE = Path(__file__).parent
START_S = 30
LISTENING = re.compile(r"^Listening on (127\.0\.0\.1:\d+)$", re.MULTILINE)


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment whose every home is inside the folder."""
    homes = {"HOME": "", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config", "TMPDIR": ""}
    return {"PATH": os.environ["PATH"], **{name: str(folder / at) for name, at in homes.items()}}


@contextmanager
def _running(
    words: list[str], folder: Path, given: int, told: int | IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        words, cwd=folder, env=_environment(folder), stdin=given, stdout=told
    ) as process:
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def anvil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of an EVM node of chain 1 with a fresh chain; it mines each transaction at once."""
    folder = tmp_path_factory.mktemp("anvil")
    told = folder / "told.txt"
    words = [str(anvil_binary()), "--host", "127.0.0.1", "--port", "0", "--chain-id", "1"]
    words.append("--steps-tracing")
    with (
        told.open("wb") as output,
        _running(words, folder, subprocess.DEVNULL, output) as process,
    ):
        yield f"http://{_address(process, told)}/"


def _address(process: subprocess.Popen[bytes], told: Path) -> str:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        if found := LISTENING.search(told.read_text("utf-8", errors="replace")):
            return found[1]
        time.sleep(0.02)
    raise AssertionError(f"anvil did not start:\n{told.read_text('utf-8', errors='replace')}")


@pytest.fixture(scope="module")
def bcoin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of a Bitcoin full node on a fresh regtest; regtest.js says what it can do besides."""
    with _bcoin(tmp_path_factory.mktemp("bcoin")) as url:
        yield url


@pytest.fixture(scope="session")
def historic_bcoin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, History]]:
    """Yield the URL of a node that holds the history of history.py, and that history; for reading only."""
    folders = [tmp_path_factory.mktemp(name) for name in ("historic-bcoin", "rival-bcoin")]
    with _bcoin(folders[0]) as url:
        with _bcoin(folders[1]) as rival:
            history = make(url, rival)
        yield url, history


@contextmanager
def _bcoin(folder: Path) -> Iterator[str]:
    words = [str(node_binary()), str(HERE / "regtest.js")]
    with _running(words, folder, subprocess.PIPE, subprocess.PIPE) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, "bcoin did not start"
        yield json.loads(line)["url"]
