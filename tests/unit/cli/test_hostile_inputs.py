"""Hostile, broken and interrupted inputs: a clear message, an exit code, and the case as it was."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest
from openpyxl import Workbook
from pyarrow import parquet
from tests.unit.cli.commands import CALL, Ran, earmark

from earmark.ledger.schema import TABLES

SOURCE = "sources/payments.csv"
ROWS = (
    b"id,time,from,to,amount\n"
    b"1,2024-01-05T10:00:00Z,0x01,0x02,100\n"
    b"2,2024-01-05T11:00:00Z,0x09,0x02,50\n"
    b"3,2024-01-06T09:30:00Z,0x02,0x03,120\n"
    b"4,2024-01-07T18:15:00Z,0x03,0x04,90.5\n"
)
GIGABYTE = 1 << 30
MEMORY_MAX = 600 << 20
Content = bytes | Callable[[Path], None]


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small case that is built, the same for every test."""
    folder = tmp_path_factory.mktemp("hostile") / "case"
    assert earmark("new", folder).code == 0
    (folder / SOURCE).write_bytes(ROWS)
    assert earmark("build", folder).code == 0
    return folder


@pytest.fixture
def folder(pristine: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "case"
    shutil.copytree(pristine, copy)
    return copy


def read_from(folder: Path, name: str) -> None:
    """Let the case read another file in place of its table."""
    settings = folder / "case.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace(f'"{SOURCE}"', f'"{name}"'), encoding="utf-8")
    if name != SOURCE:
        (folder / SOURCE).unlink()


def put(folder: Path, name: str, content: Content) -> None:
    path = folder / name
    read_from(folder, name)
    path.unlink(missing_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)


def files_of(folder: Path) -> dict[str, str]:
    """Return what stands at every path of a case, without opening what is no file."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found[name] = f"link to {path.readlink()}"
        elif path.is_file() and path.stat().st_size < GIGABYTE:
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[name] = f"mode {path.stat().st_mode:o}"
    return found


def workbook() -> bytes:
    book = Workbook()
    for line in ROWS.decode().splitlines():
        book.worksheets[0].append(line.split(","))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def zip_bomb() -> bytes:
    """A workbook whose sheet is 100 MB of spaces in 100 KB."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as good,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for name in good.namelist():
            bomb.writestr(name, good.read(name))
        bomb.writestr("xl/worksheets/sheet2.xml", b" " * (100 << 20))
    return buffer.getvalue()


def parquet_bytes() -> bytes:
    names, *rows = (line.split(",") for line in ROWS.decode().splitlines())
    buffer = io.BytesIO()
    columns = zip(*rows, strict=True)
    parquet.write_table(pa.table(dict(zip(names, map(list, columns), strict=True))), buffer)
    return buffer.getvalue()


def endless(head: bytes, size_bytes: int = GIGABYTE) -> Callable[[Path], None]:
    """Make a file whose last line never ends, sparse on the disk."""

    def make(path: Path) -> None:
        with path.open("wb") as file:
            file.write(head)
            file.truncate(size_bytes)

    return make


LONG = ROWS + b"".join(b"%d,2024-02-01T00:00:00Z,0x05,0x06,1\n" % n for n in range(5, 3000))
JSON_LONG = b'{"id": 1, "time": "2024-01-05T10:00:00Z", "from": "0x1", "to": "0x2", "amount": 1}\n'
BINARY = hashlib.sha256(b"").digest() * 64

REFUSED: dict[str, tuple[str, Content, str]] = {
    "binary": (SOURCE, BINARY, r":1: byte 0 cannot be read as utf-8"),
    "nul bytes": (SOURCE, ROWS + b"\0\0\0\n", r":6: byte \d+ is NUL"),
    "a picture": (SOURCE, b"\x89PNG\r\n\x1a\n" + BINARY, ": this is a PNG picture"),
    "empty": (SOURCE, b"", ": the file is empty"),
    "empty lines": (SOURCE, b"\n\n\n", ": the file holds only empty lines"),
    "gzip": (SOURCE, gzip.compress(ROWS), ": this is compressed by gzip"),
    "truncated gzip": ("sources/p.csv.gz", gzip.compress(ROWS)[:-20], ": the file's name does not"),
    "wrong encoding": (SOURCE, ROWS.replace(b"0x04", "بنك".encode("cp1256")), r":5: byte \d+ "),
    "other columns": (SOURCE, b"a,b,c\n1,2,3\n", ":1: there is no column 'time'"),
    "endless line": (SOURCE, endless(LONG), ":3001: a line is longer than 1048576 characters"),
    "endless zeros": (SOURCE, endless(b"", 100 << 20), ":1: byte 0 is NUL"),
    "endless JSON": (
        "sources/p.jsonl",
        endless(JSON_LONG * 1000, 100 << 20),
        ":1001: a line is longer than 1048576 characters",
    ),
    "one endless line": (
        SOURCE,
        endless(b"x" * 70_000, 100 << 20),
        ":1: a line is longer than 1048576 ",
    ),
    "zip bomb": ("sources/p.xlsx", zip_bomb(), ": the workbook holds 'xl/worksheets/sheet2.xml', "),
    "truncated workbook": ("sources/p.xlsx", workbook()[:-300], ": the file cannot be read as a w"),
    "no workbook": ("sources/p.xlsx", ROWS, ": the file cannot be read as a workbook"),
    "truncated Parquet": ("sources/p.parquet", parquet_bytes()[:-100], ": .*Parquet"),
    "no Parquet": ("sources/p.parquet", ROWS, ": .*Parquet"),
    "a folder": (SOURCE, Path.mkdir, ": this is not a regular file"),
    "a link out": (SOURCE, lambda p: p.symlink_to("/etc/hostname"), ": a link leads out"),
    "a link to nothing": (SOURCE, lambda p: p.symlink_to("gone.csv"), ": there is no such file"),
    "a link to itself": (SOURCE, lambda p: p.symlink_to(p.name), ": there is no such file"),
    "a pipe": (SOURCE, os.mkfifo, ": this is not a regular file"),
    "nothing": (SOURCE, lambda _: None, ": there is no such file"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_table_is_refused_and_the_case_stays(what: str, folder: Path) -> None:
    name, content, message = REFUSED[what]
    put(folder, name, content)
    before = files_of(folder)
    ran = measured("build", folder, "--json")
    assert ran.code == 2
    assert ran.out == ""
    assert re.search(rf"^earmark: {re.escape(name)}{message}", ran.err, re.MULTILINE), ran.err
    assert files_of(folder) == before


def measured(*words: object, memory_max: int = MEMORY_MAX) -> Ran:
    """Run a command that must not need more memory."""
    code = (
        "import resource, sys\n"
        "from earmark.cli.main import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    unit = 1 if sys.platform == 'darwin' else 1024\n"
        "    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit\n"
        "    print('peak', peak, file=sys.stderr)\n"
    )
    ran = patched(code, *words)
    *told, peak = ran.err.splitlines()
    assert int(peak.removeprefix("peak ")) < memory_max
    return Ran(ran.code, ran.out, "\n".join(told))


def patched(code: str, *words: object) -> Ran:
    """Run other Python code with the words of a command line."""
    call = [sys.executable, "-c", code, *map(str, words)]
    ran = subprocess.run(call, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in ran.stderr, ran.stderr
    return Ran(ran.returncode, ran.stdout, ran.stderr)


def test_many_long_rows_are_not_held_at_once(folder: Path) -> None:
    cell = b"x" * 100_000
    row = b"9,2024-02-01T00:00:00Z,0x05,0x06,1," + b",".join([cell] * 5) + b"\n"
    with (folder / SOURCE).open("wb") as file:
        file.write(ROWS.splitlines()[0] + b",v,w,x,y,z\n")
        file.writelines([row] * 700)
    ran = measured("build", folder, "--json", memory_max=800 << 20)
    assert ran.code == 0
    assert ran.json["sources"][0]["rows"] == 700
    assert ran.json["duplicates"] == 699


CUT = {
    "in a row": (ROWS[:-8], "line 5", "cut off here"),
    "in a quoted cell": (ROWS + b'5,2024-01-08T00:00:00Z,"0x04', "line 6", "never closed"),
}


@pytest.mark.parametrize("what", CUT)
def test_a_row_that_is_cut_off_is_rejected_and_told(what: str, folder: Path) -> None:
    data, line, reason = CUT[what]
    put(folder, SOURCE, data)
    ran = earmark("build", folder, "--json")
    assert ran.code == 0
    assert ran.json["rejected"] == ran.json["sources"][0]["rejected"] == 1
    assert re.search(rf"^rejected: {SOURCE} {line}: .*{reason}", ran.err, re.MULTILINE)
    assert any("no line end after line" in warning for warning in ran.json["warnings"])


def test_a_number_that_is_cut_off_cannot_be_seen_but_is_told(folder: Path) -> None:
    put(folder, SOURCE, ROWS[:-3])  # 90.5 has become 90
    ran = earmark("build", folder, "--json")
    assert ran.code == 0
    assert ran.json["rejected"] == 0
    warning = f"note: {SOURCE}: no line end after line 5: the file may be cut off here"
    assert warning in ran.err.splitlines()


@pytest.mark.parametrize("data", [ROWS[:-8], ROWS.replace(b"120", b"12O")])
def test_strict_refuses_rejected_rows_and_writes_nothing(data: bytes, folder: Path) -> None:
    put(folder, SOURCE, data)
    before = files_of(folder)
    ran = earmark("build", folder, "--strict", "--json")
    assert ran.code == 3
    assert ran.out == ""
    assert re.search(rf"1 rows are rejected; the first is {SOURCE} line \d: ", ran.err)
    assert files_of(folder) == before


HAND_WRITTEN: dict[str, tuple[Content, str]] = {
    "binary": (BINARY, r":1:1: byte 0xe3 is not UTF-8 text"),
    "cut off": (b"claim theft", r":1:\d+: "),
    "100 MB": (endless(b"; notes\n", 100 << 20), r"(:\d+:\d+)?: "),
    "a folder": (Path.mkdir, ": this is not a regular file"),
    "a pipe": (os.mkfifo, ": this is not a regular file"),
    "a link out": (lambda p: p.symlink_to("/etc/hostname"), ": a link leads out"),
    "a link to nothing": (lambda p: p.symlink_to("gone.ledger"), ": there is no such file"),
}


@pytest.mark.parametrize("what", HAND_WRITTEN)
def test_hostile_notation_is_refused(what: str, folder: Path) -> None:
    content, place = HAND_WRITTEN[what]
    put(folder, SOURCE, ROWS)
    path = folder / "case.ledger"
    path.unlink()
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)
    before = files_of(folder)
    ran = measured("build", folder)
    assert ran.code == 2
    assert re.search(rf"^earmark: case\.ledger{place}", ran.err, re.MULTILINE), ran.err
    assert files_of(folder) == before


ALL_CONSTANT = """
[source.constants]
time = "unknown"
payer = "x:a"
payee = "x:b"
quantity = "1"
commodity = "ETH"
"""


@pytest.mark.parametrize("name", ["../outside.ledger", "/etc/hostname", "sources/../../x.ledger"])
def test_no_reader_leaves_the_case_folder(name: str, folder: Path) -> None:
    (folder.parent / "outside.ledger").write_text("; not evidence of this case\n")
    (folder.parent / "x.ledger").write_text("; not evidence of this case\n")
    for reader in ("notation", "document", "table"):
        settings = (folder / "case.toml").read_text(encoding="utf-8")
        more = f'\n[[source]]\nreader = "{reader}"\npath = "{name}"\n{ALL_CONSTANT}'
        (folder / "case.toml").write_text(settings + more, encoding="utf-8")
        ran = earmark("build", folder)
        (folder / "case.toml").write_text(settings, encoding="utf-8")
        assert ran.code == 2
        assert f"source path {name!r} leads out of the case folder" in ran.err


SETTINGS: dict[str, Content] = {
    "binary": BINARY,
    "cut off": b'title = "x"\n[[source]\n',
    "1 GB": endless(b'title = "x"\n'),
    "a folder": Path.mkdir,
    "a pipe": os.mkfifo,
    "empty": b"",
}


@pytest.mark.parametrize("what", SETTINGS)
def test_hostile_settings_are_refused(what: str, folder: Path) -> None:
    content = SETTINGS[what]
    (folder / "case.toml").unlink()
    if isinstance(content, bytes):
        (folder / "case.toml").write_bytes(content)
    else:
        content(folder / "case.toml")
    before = files_of(folder)
    ran = measured("build", folder)
    assert ran.code == 2
    assert "case.toml" in ran.err
    assert files_of(folder) == before


# Dies at the given step of writing: a table, a flush, or a rename.
DYING = """
import atexit, os, sys
from pathlib import Path
from pyarrow import parquet
budget = int(sys.argv.pop())
done = 0
def dying(method):
    def call(*args, **kwargs):
        global done
        if done == budget:
            os._exit(9)
        done += 1
        return method(*args, **kwargs)
    return call
parquet.write_table, os.fsync = dying(parquet.write_table), dying(os.fsync)
Path.replace = dying(Path.replace)
atexit.register(lambda: print("steps", done, file=sys.stderr))
from earmark.cli.main import main
main()
"""


@pytest.fixture(scope="module")
def steps(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many steps a build is written in: at least its tables, their folder and the pointer."""
    other = tmp_path_factory.mktemp("steps") / "case"
    shutil.copytree(pristine, other)
    ran = patched(DYING, "build", other, 1000)
    assert ran.code == 0
    found = int(ran.err.splitlines()[-1].removeprefix("steps "))
    assert found >= len(TABLES) + 2
    return found


@pytest.fixture(scope="module")
def digests(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[bool, str]:
    """The digest of a build that nobody disturbed: with a changed row, and without."""
    other = tmp_path_factory.mktemp("undisturbed") / "case"
    shutil.copytree(pristine, other, ignore=shutil.ignore_patterns(".earmark"))
    found = {}
    for changed, data in ((False, ROWS), (True, ROWS.replace(b"120", b"121"))):
        put(other, SOURCE, data)
        found[changed] = str(earmark("build", other, "--json").json["digest"])
    assert found[True] != found[False]
    return found


@pytest.mark.parametrize(
    ("changed", "step"), [(True, s) for s in (0, 7, -4, -3, -2, -1)] + [(False, 0), (False, -1)]
)
def test_a_build_that_is_killed_and_run_again_is_right(
    *, changed: bool, step: int, folder: Path, digests: dict[bool, str], steps: int
) -> None:
    if changed:
        put(folder, SOURCE, ROWS.replace(b"120", b"121"))
    inputs = inputs_of(folder)
    assert patched(DYING, "build", folder, step % steps).code == 9
    assert inputs_of(folder) == inputs
    ran = earmark("build", folder, "--json")
    assert ran.code == 0
    assert ran.json["digest"] == digests[changed]
    assert inputs_of(folder) == inputs
    cache = folder / ".earmark"
    builds = [path.name for path in cache.iterdir() if path.is_dir()]
    assert builds == [(cache / "current").read_text(encoding="ascii")]


@pytest.mark.parametrize("step", [3, -3, -1])
def test_a_killed_build_leaves_the_answers_of_the_case(step: int, folder: Path, steps: int) -> None:
    words = ("trace", folder, "--rule", "fifo", "--json")
    before = earmark(*words)
    put(folder, SOURCE, ROWS.replace(b"120", b"121"))
    assert patched(DYING, "build", folder, step % steps).code == 9
    put(folder, SOURCE, ROWS)
    assert earmark(*words).out == before.out


def inputs_of(folder: Path) -> dict[str, str]:
    return {name: it for name, it in files_of(folder).items() if not name.startswith(".earmark")}


FULL = """
import resource
from earmark.cli.main import main
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
main()
"""


def test_a_full_disk_leaves_the_case_as_it_was(folder: Path) -> None:
    put(folder, SOURCE, LONG)
    before = files_of(folder)
    ran = patched(FULL, "build", folder)
    assert ran.code == 2
    assert "the build cannot be written" in ran.err
    assert files_of(folder) == before


@pytest.mark.parametrize("name", ["current", "summary.json", "legs.parquet"])
@pytest.mark.parametrize("damage", [b"", BINARY])
def test_a_damaged_cache_is_built_again(name: str, damage: bytes, folder: Path) -> None:
    words = ("trace", folder, "--rule", "fifo", "--json")
    before = earmark(*words).out
    found = list((folder / ".earmark").rglob(name))
    assert len(found) == 1
    found[0].write_bytes(damage)
    ran = earmark(*words)
    assert ran.code == 0
    assert ran.out == before


def test_a_pipe_that_closes_early_is_no_error(folder: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        ran = subprocess.run(
            [*CALL, "trace", str(folder), "--json"],
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert "Traceback" not in ran.stderr


def attached() -> Iterator[tuple[str, Content]]:
    yield "empty.pdf", b""
    yield "folder", Path.mkdir
    yield "pipe", os.mkfifo
    yield "missing.png", lambda _: None


@pytest.mark.parametrize(("name", "content"), list(attached()))
def test_what_cannot_be_attached_leaves_the_case_as_it_was(
    name: str, content: Content, folder: Path
) -> None:
    path = folder.parent / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        content(path)
    before = files_of(folder)
    ran = earmark("attach", folder, path, timeout_s=30)
    assert ran.code == 2
    assert name in ran.err
    assert files_of(folder) == before
