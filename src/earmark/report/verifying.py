"""`earmark verify`: make everything again from the case's inputs and name every difference."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

import msgspec

from earmark.cases.case import open_case
from earmark.ledger.errors import EarmarkError
from earmark.locale import LANGUAGES
from earmark.report.csv_text import read_csv_text
from earmark.report.handling import WITHHELD
from earmark.report.making import dossier_name, figure_name, make
from earmark.report.manifest import Manifest, digested_inputs, read_manifest, sha256
from earmark.report.writing import FOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from earmark.report.making import Made, Progress
    from earmark.report.table import Table

STRANGER = "not of this report"
SIZE_LIMIT_BYTES = 1024 * 1024 * 1024
Kind = Literal["input", "case", "row", "table", "manifest", "dossier"]


class Difference(msgspec.Struct, frozen=True):
    """One difference: what the report says (``was``) and what making it again gives (``now``).

    ``name`` is an input, a table or a file of the report. For a row, ``key`` joins its key columns with
    spaces, ``source`` and ``locator`` say where it is written, ``column`` which cell differs; a row that is
    missing on one side has no column, and null there.
    """

    kind: Kind
    name: str
    key: str = ""
    source: str = ""
    locator: str = ""
    column: str = ""
    was: str | None = None
    now: str | None = None


class Verification(msgspec.Struct, frozen=True):
    """Whether a report is what its case gives, every difference, and both root digests."""

    agrees: bool
    differences: tuple[Difference, ...]
    root_was: str
    root_now: str | None
    dossiers: dict[str, bool]


def verify(
    folder: Path, report: Path | None = None, progress: Progress | None = None
) -> Verification:
    """Make a case's report again and compare: inputs, then rows, then the dossiers' bytes.

    Raises EarmarkError when there is no report to verify, and when unchanged inputs cannot be built or
    reported here; a case that no longer builds because an input changed is a difference. The build is made
    anew, and kept only where the case can be written.
    """
    place = folder / FOLDER if report is None else report
    manifest = read_manifest(place)
    try:
        made = make(open_case(folder, rebuild=True, must_save=False), manifest.upto, progress)
    except EarmarkError as error:
        changed = _input_differences(manifest.inputs, _named(folder, manifest))
        if not changed:
            raise EarmarkError(
                f"could not verify: {error}", expected="a report that can be made here"
            ) from error
        found = [
            *changed,
            Difference("case", str(error.file or folder.name), now=error.text()),
        ]
        return Verification(False, tuple(found), manifest.root, None, {})
    dossiers = _dossiers(place, manifest, made)
    turned = _turned(place, made)
    differences = (
        *_input_differences(manifest.inputs, made.manifest.inputs),
        *_turned_difference(turned),
        *_table_differences(place, manifest, made, turned),
        *_strangers(place, manifest, made),
        *_manifest_differences(manifest, made.manifest),
        *_dossier_differences(place, made, dossiers, turned),
        *_absent_pages(manifest, made, dossiers),
    )
    return Verification(not differences, differences, manifest.root, made.manifest.root, dossiers)


def _named(folder: Path, manifest: Manifest) -> dict[str, str]:
    """Return the inputs of a case that does not build; withheld names are found by their digests."""
    hidden = {digest: name for name, digest in manifest.inputs.items() if name.startswith(WITHHELD)}
    return {hidden.get(digest, name): digest for name, digest in digested_inputs(folder).items()}


def _input_differences(was: dict[str, str], now: dict[str, str]) -> list[Difference]:
    return [
        Difference("input", name, was=was.get(name), now=now.get(name))
        for name in sorted({*was, *now})
        if was.get(name) != now.get(name)
    ]


def _table_differences(
    place: Path, manifest: Manifest, made: Made, turned: list[str]
) -> Iterator[Difference]:
    for table in made.tables:
        name = f"tables/{table.name}.csv"
        if name not in manifest.tables:
            yield Difference("table", name, now=made.manifest.tables[name])
            continue
        data = _bytes(place / name)
        if data is None:
            yield Difference("table", name, was=manifest.tables[name])
            continue
        if name in turned:
            continue
        if sha256(data) != manifest.tables[name]:
            yield Difference("table", name, was=manifest.tables[name], now=sha256(data))
        if sha256(data) != made.manifest.tables[name]:
            yield from _row_differences(table, data)
    for name in sorted(set(manifest.tables) - set(made.manifest.tables)):
        yield Difference("table", name, was=manifest.tables[name])


def _turned(place: Path, made: Made) -> list[str]:
    """Return the files that differ from what making them again gives in nothing but their line ends."""
    texts = {f"tables/{one.name}.csv": one.text.encode() for one in made.tables} | made.dossiers
    found = []
    for name, data in texts.items():
        there = _bytes(place / name)
        if there is not None and there != data and _unix(there) == _unix(data):
            found.append(name)
    return found


def _unix(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def _turned_difference(names: list[str]) -> list[Difference]:
    """Say once that line endings differ, and of which files."""
    if not names:
        return []
    return [Difference("table", ", ".join(names), column="line endings", was="changed")]


def _strangers(place: Path, manifest: Manifest, made: Made) -> Iterator[Difference]:
    """Name the files beside the tables that no manifest lists."""
    known = {*manifest.tables, *made.manifest.tables}
    folder = place / "tables"
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        name = path.relative_to(place).as_posix()
        if name not in known and not path.is_dir():
            yield Difference("table", name, column=STRANGER, was="there")


def _absent_pages(
    manifest: Manifest, made: Made, dossiers: dict[str, bool]
) -> Iterator[Difference]:
    """Name the pages that are not there: each language has its dossier and its figure, or neither."""
    names = {lang: [dossier_name(lang), figure_name(lang)] for lang in LANGUAGES}
    both = {lang: [one for one in two if one in made.dossiers] for lang, two in names.items()}
    begun = [lang for lang, two in both.items() if any(one in dossiers for one in two)]
    wanted = {one for lang in begun for one in both[lang]}
    if not any(names[lang][0] in dossiers for lang in begun):
        wanted.add(dossier_name("en"))
    wanted |= set(manifest.dossiers) - set(made.dossiers)
    for name in sorted(wanted - set(dossiers)):
        yield Difference("dossier", name, was=manifest.dossiers.get(name))


def _bytes(path: Path) -> bytes | None:
    if not path.is_file() or path.stat().st_size > SIZE_LIMIT_BYTES:
        return None
    return path.read_bytes()


def _row_differences(table: Table, data: bytes) -> Iterator[Difference]:
    name = f"tables/{table.name}.csv"
    try:
        stored = read_csv_text(data.decode())
    except ValueError as error:
        yield Difference("table", name, was=str(error))
        return
    if not stored or tuple(stored[0]) != table.header:
        header = ", ".join(stored[0]) if stored else ""
        yield Difference("table", name, column="header", was=header, now=", ".join(table.header))
        return
    was, now = _by_key(stored[1:], table), _by_key(table.rows, table)
    for key in [*was, *(key for key in now if key not in was)]:
        yield from _cells(table, key[0], was.get(key), now.get(key))


def _by_key(rows: Sequence[Sequence[str]], table: Table) -> dict[tuple[str, int], Sequence[str]]:
    """Name each row by its key columns, and by a number where several share them."""
    seen: Counter[str] = Counter()
    found: dict[tuple[str, int], Sequence[str]] = {}
    for row in rows:
        key = " ".join(cell for cell in row[: table.keys] if cell)
        seen[key] += 1
        found[key, seen[key]] = row
    return found


def _cells(
    table: Table, key: str, was: Sequence[str] | None, now: Sequence[str] | None
) -> Iterator[Difference]:
    source, locator = (_cell(table, now or was or (), name) for name in ("source", "locator"))
    place = {"name": f"tables/{table.name}.csv", "key": key, "source": source, "locator": locator}
    if was is None or now is None or len(was) != len(now):
        sides = (None if one is None else ", ".join(one) for one in (was, now))
        texts = dict(zip(("was", "now"), sides, strict=True))
        yield Difference(kind="row", **place, **texts)  # type: ignore[arg-type]
        return
    for column, before, after in zip(table.header, was, now, strict=True):
        if before != after:
            yield Difference(kind="row", **place, column=column, was=before, now=after)


def _cell(table: Table, row: Sequence[str], name: str) -> str:
    place = table.header.index(name) if name in table.header else len(row)
    return row[place] if place < len(row) else ""


def _manifest_differences(was: Manifest, now: Manifest) -> Iterator[Difference]:
    """Compare what no other difference names: versions, rules, stops, and the digests' own sum."""
    for name in (
        "title",
        "versions",
        "withheld_inputs",
        "rules",
        "openings",
        "only",
        "stops",
        "root",
    ):
        before, after = (_json(getattr(one, name)) for one in (was, now))
        if before != after:
            yield Difference("manifest", "manifest.json", column=name, was=before, now=after)


def _json(value: object) -> str:
    return msgspec.json.encode(value, order="deterministic").decode()


def _dossiers(place: Path, manifest: Manifest, made: Made) -> dict[str, bool]:
    """Say of every dossier that is there whether its bytes are what making it again gives."""
    found = {}
    for name, data in made.dossiers.items():
        there = _bytes(place / name)
        if there is not None:
            found[name] = there == data and manifest.dossiers.get(name) == sha256(data)
    return found


def _dossier_differences(
    place: Path, made: Made, dossiers: dict[str, bool], turned: list[str]
) -> Iterator[Difference]:
    for name, agrees in dossiers.items():
        if not agrees and name not in turned:
            there = sha256(_bytes(place / name) or b"")
            yield Difference("dossier", name, was=there, now=made.manifest.dossiers[name])
