"""The ``bitcoin-etl`` reader: JSON lines of transactions and, where they are, of blocks; packed or not."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.assembled import Row, assembled
from earmark.sources.bitcoin.etl_rows import (
    BLOCK_FIELDS,
    Head,
    head_of,
    transaction_of,
)
from earmark.sources.bitcoin.gathered import HEADER_ROWS, Gathered, HeaderRow, Rows, found_blocks
from earmark.sources.bitcoin.json_values import digest, hexadecimal, parsed, record, version, whole
from earmark.sources.bitcoin.networks import NETWORKS
from earmark.sources.bitcoin.notices import Noticing
from earmark.sources.bitcoin.paths import files_of
from earmark.sources.bitcoin.stores import Damage, Found, Ignored, prefix
from earmark.sources.bitcoin.wire import BlockError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from earmark.sources.bitcoin.block import Block
    from earmark.sources.bitcoin.json_values import Record
    from earmark.sources.bitcoin.networks import Network
    from earmark.sources.bitcoin.rebuilt import Told
    from earmark.sources.settings import Source

ENDINGS = (".json", ".jsonl", ".ndjson", ".json.gz", ".jsonl.gz", ".ndjson.gz")
LINE_MAX_BYTES = 1 << 26
"""Bytes of one transaction: a block of four million bytes that is one transaction, in hexadecimal and words."""
UNPACKED_MAX = 1 << 34
"""Bytes of a gz file, unpacked."""
RATIO_MAX = 200
"""Times that a gz file of text may grow; hexadecimal grows four or five times."""
CHUNK_BYTES = 1 << 20
TEXT_MAX = 200
"""Characters of a broken line that are shown."""


class Texts:
    """The files of a source, unpacked where they are packed; one is held open at a time."""

    def __init__(self, files: tuple[tuple[str, Path], ...]) -> None:
        """Keep the files; nothing is opened or unpacked yet."""
        self.files = files
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._unpacked: dict[int, Path] = {}
        self._open: tuple[int, IO[bytes]] | None = None

    def handle(self, number: int) -> IO[bytes]:
        """Return a file, open; raises EarmarkError where it cannot be unpacked."""
        if self._open is None or self._open[0] != number:
            self._shut()
            self._open = number, self._path(number).open("rb")
        return self._open[1]

    def _path(self, number: int) -> Path:
        name, path = self.files[number]
        if not name.endswith(".gz"):
            return path
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="earmark-")
        if number not in self._unpacked:
            self._unpacked[number] = Path(self._folder.name) / str(number)
            _unpack(path, name, self._unpacked[number])
        return self._unpacked[number]

    def _shut(self) -> None:
        if self._open is not None:
            self._open[1].close()
            self._open = None

    def close(self) -> None:
        """Close the file and delete what was unpacked."""
        self._shut()
        if self._folder is not None:
            shutil.rmtree(self._folder.name, ignore_errors=True)
            self._folder.cleanup()
            self._folder, self._unpacked = None, {}


def _unpack(path: Path, name: str, target: Path) -> None:
    most = min(UNPACKED_MAX, RATIO_MAX * path.stat().st_size + CHUNK_BYTES)
    try:
        with gzip.open(path, "rb") as packed, target.open("wb") as file:
            while chunk := packed.read(CHUNK_BYTES):
                if file.tell() + len(chunk) > most:
                    raise EarmarkError(f"unpacked it has more than {most} bytes", file=name)
                file.write(chunk)
    except (OSError, EOFError, zlib.error) as error:
        raise EarmarkError(
            "the gz file is cut off or damaged", file=name, expected="a whole gz file"
        ) from error


class EtlStore(Noticing):
    """JSON lines of one source."""

    def __init__(self, files: tuple[tuple[str, Path], ...], network: Network) -> None:
        """Keep the files; nothing is opened yet."""
        super().__init__()
        self.files = files
        self.network = network
        self.texts = Texts(files)
        self.gathered = Gathered(network)

    def find(self) -> Iterator[Found | Damage | Ignored]:
        """Yield broken lines and, when all lines have been seen, the blocks that they tell of."""
        header_rows = 0
        for file in range(len(self.files)):
            for number, offset, line in _lines(self.texts.handle(file), self.files[file][0]):
                try:
                    header_rows += self._add(file, number, offset, line)
                except BlockError as error:
                    text = line[:TEXT_MAX].decode(errors="replace")
                    yield Damage(self._locator(file, number), str(error), text)
        if header_rows:
            yield Ignored(header_rows, HEADER_ROWS)
        yield from found_blocks(
            self.gathered, self.notices, lambda rows: self._locator(rows.file[0], rows.row[0])
        )

    def _add(self, file: int, number: int, offset: int, line: bytes) -> bool:
        """Add a line to its block; return whether it is a row of the table of blocks."""
        if not line.endswith(b"\n") and not line.rstrip().endswith(b"}"):
            raise BlockError("the last line is cut off")
        head = head_of(line)
        if head.block_hash is None:
            row = header_row(record(parsed(line), "the line"), self._locator(file, number))
            self.gathered.add_header(row)
            return True
        self._rows(head).add(head.index, file, number, offset)
        return False

    def _rows(self, head: Head) -> Rows:
        block_hash = digest({"block_hash": head.block_hash}, "block_hash")
        if not head.index < 1 << 31:
            raise BlockError(f"no index that a transaction can have: {head.index}")
        return self.gathered.add(block_hash, head.block_number, head.block_timestamp)

    def load(self, found: Found) -> Block:
        """Return a block from its lines; raises BrokenBlockError where none of them can be read."""
        rows = self.gathered.rows[found.place]
        header = self.gathered.headers.get(found.place)
        if header is not None:
            self.notices.names(header.unknown, (), "block")
        coinbase = None if header is None else header.coinbase
        listed = [self._row(rows, entry, coinbase) for entry in rows.in_order()]
        return assembled(found.header, rows.number, listed, header, self.notices)

    def _row(self, rows: Rows, entry: int, coinbase: bytes | None) -> Row:
        file, offset = rows.file[entry], rows.offset[entry]

        def read() -> Told:
            handle = self.texts.handle(file)
            handle.seek(offset)
            line = parsed(handle.readline(LINE_MAX_BYTES + 1))
            return transaction_of(line, coinbase, self.network, self.notices)

        return Row(rows.index[entry], self._locator(file, rows.row[entry]), read)

    def _locator(self, file: int, number: int) -> str:
        return f"{prefix(self.files, file)}line {number}"

    def close(self) -> None:
        """Close the files and delete what was unpacked."""
        self.texts.close()


def open_store(case_folder: Path, source: Source) -> EtlStore:
    """Return the store of a source; raises EarmarkError for a path that names no file."""
    return EtlStore(files_of(case_folder, source, ENDINGS), NETWORKS[source.network])


def _lines(handle: IO[bytes], name: str) -> Iterator[tuple[int, int, bytes]]:
    offset = 0
    handle.seek(0)
    for number, line in enumerate(iter(lambda: handle.readline(LINE_MAX_BYTES + 1), b""), start=1):
        if len(line) > LINE_MAX_BYTES:
            raise EarmarkError(
                f"a line has more than {LINE_MAX_BYTES} bytes",
                file=name,
                line=number,
                expected="one transaction or one block a line",
            )
        if line.strip():
            yield number, offset, line
        offset += len(line)


def header_row(found: Record, locator: str) -> HeaderRow:
    """Return a row of the table of blocks; raises BlockError."""
    bits, nonce = _number(found, "bits"), _number(found, "nonce")
    coinbase = found.get("coinbase_param")
    count = found.get("transaction_count")
    return HeaderRow(
        digest(found, "hash"),
        whole(found, "number", 0, (1 << 31) - 1),
        version(found),
        b"",
        digest(found, "merkle_root"),
        (whole(found, "timestamp"), bits, nonce),
        None if coinbase is None else hexadecimal(found, "coinbase_param"),
        None if count is None else whole(found, "transaction_count"),
        locator,
        tuple(name for name in found if name not in BLOCK_FIELDS),
    )


def _number(found: Record, name: str) -> int:
    """Return a number of four bytes that is written in hexadecimal, without leading zeros."""
    value = found.get(name)
    try:
        if isinstance(value, str) and len(value) <= 8 and value.isalnum():
            return int(value, 16)
    except ValueError:
        pass
    raise BlockError(f"{name} is not hexadecimal: {value!r:.60}")
