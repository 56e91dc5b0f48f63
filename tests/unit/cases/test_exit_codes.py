"""What the command line says of cases that are not there, not readable or not writable."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.cases.cases import contents, example
from tests.unit.cli.commands import CALL, earmark

VERBS = [
    ("build",),
    ("check",),
    ("trace",),
    ("origins", "eth:0x1"),
    ("shares", "eth:0x1"),
    ("report",),
]


@pytest.mark.parametrize("verb", VERBS)
def test_a_folder_that_is_no_case_is_told(verb: tuple[str, ...], tmp_path: Path) -> None:
    name, *rest = verb
    for place in (tmp_path / "missing", tmp_path):
        ran = earmark(name, place, *rest)
        assert ran.code == 2
        assert str(place) in ran.err
        assert ran.out == ""


@pytest.mark.parametrize(
    "words",
    [
        ("trace", "x" * 5000),
        ("trace", "/" * 4000 + "x"),
        ("check", "case.toml"),
        ("trace", "case", "--rule", "fofo"),
        ("trace", "case", "--horizon", "soon"),
        ("trace", "case", "--only", "nobody"),
        ("trace", "case", "--dust", "much"),
        ("shares", "case", "eth:0x" + "9" * 100_000),
        ("shares", "case", "eth:0x0000000000000000000000000000000000000002", "--at", "soon"),
        ("origins", "case", "thief", "--rule", "hallett"),
        ("attach", "case", "case"),
        ("new", "case"),
        ("nonsense",),
    ],
)
def test_a_mistake_in_the_call_is_told_and_changes_nothing(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    example(tmp_path)
    before = contents(tmp_path / "case")
    ran = earmark(*words)
    assert ran.code in (1, 2)
    assert ran.err
    assert contents(tmp_path / "case") == before


def test_a_failed_check_has_its_own_exit_code(tmp_path: Path) -> None:
    case = example(tmp_path)
    assert earmark("check", case).code == 0
    with (case / "case.ledger").open("a") as ledger:
        ledger.write("expect trace fifo theft: rests thief 1 ETH\n")
    ran = earmark("check", case)
    assert ran.code == 1
    assert "expected 1 ETH, found 0 ETH" in ran.err


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    """A case whose cache cannot be written: to root, who may write anywhere, a file stands in its place."""
    case = example(tmp_path)
    (case / ".earmark").write_text("a file where the cache should be")
    case.chmod(0o555)
    yield case
    case.chmod(0o755)


def test_a_case_that_cannot_be_written_can_still_be_traced(read_only: Path) -> None:
    before = contents(read_only)
    built = earmark("build", read_only)
    assert built.code == 2
    assert "cannot be written" in built.err
    traced = earmark("trace", read_only, "--rule", "fifo", "--json")
    assert traced.code == 0
    assert traced.json[0]["rule"] == "fifo"
    assert "goes on without keeping it" in traced.err
    assert contents(read_only) == before


def test_attach_on_a_disk_without_room_leaves_the_case_as_it_was(tmp_path: Path) -> None:
    case = example(tmp_path)
    before = contents(case)
    (tmp_path / "large.bin").write_bytes(b"x" * 200_000)
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000)); " + CALL[2]
    )
    ran = subprocess.run(
        [*CALL[:2], code, "attach", str(case), str(tmp_path / "large.bin")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "Traceback" not in ran.stderr
    assert "too large" in ran.stderr.lower()
    assert contents(case) == before
