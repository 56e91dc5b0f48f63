"""The ``bitcoin-rpc`` reader: saved answers of a node to ``getblock``, decoded or raw."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from earmark.sources.bitcoin.answers import (
    TEXT_MAX,
    Document,
    Part,
    document_at,
    documents,
    fields,
    has_transactions,
    parts,
    raw_block,
)
from earmark.sources.bitcoin.block import Block, coinbase_height, read_block
from earmark.sources.bitcoin.json_values import parsed
from earmark.sources.bitcoin.notices import Noticing
from earmark.sources.bitcoin.paths import files_of
from earmark.sources.bitcoin.rpc_blocks import block_of, header_of, height_of, is_proved
from earmark.sources.bitcoin.stores import Damage, Found, Ignored, prefix
from earmark.sources.bitcoin.wire import BlockError, Header, read_header, shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from earmark.sources.settings import Source

ENDINGS = (".json", ".jsonl", ".ndjson", ".hex")
METHOD_MAX = 40
"""Letters of the name of a method."""
RETRIED = "failed replies whose question was answered later"
NO_BLOCK = "replies that hold no block"
WHOLE_FILE = "the whole file"
ONLY_NAMES = "blocks with the names of their transactions only (getblock with verbosity 1)"


class Place(NamedTuple):
    """Where an answer stands: file by number, line (0: the whole file), first byte of it, JSON pointer."""

    file: int
    line: int
    offset: int
    pointer: str


class RpcStore(Noticing):
    """Saved replies of one source."""

    def __init__(self, files: tuple[tuple[str, Path], ...]) -> None:
        """Keep the files; nothing is opened yet."""
        super().__init__()
        self.files = files

    def find(self) -> Iterator[Found | Damage | Ignored]:
        """Yield blocks by their headers, other answers, and failures that no later answer mended."""
        failed: dict[str, list[Damage]] = {}
        for number, (name, path) in enumerate(self.files):
            for document in documents(path, name):
                for one in self._found(number, document):
                    if isinstance(one, Damage):
                        failed.setdefault(document.question, []).append(one)
                        continue
                    mended = len(failed.pop(document.question, ())) if document.question else 0
                    if mended:
                        yield Ignored(mended, RETRIED)
                    yield one
        for damages in failed.values():
            yield from damages

    def _found(self, number: int, document: Document) -> Iterator[Found | Damage | Ignored]:
        start = prefix(self.files, number)
        if document.problem:
            text = document.body[:TEXT_MAX]
            locator = _joined(start, document.place, "").rstrip() or WHOLE_FILE
            yield Damage(locator, document.problem, text)
            return
        for part in parts(document):
            locator = _joined(start, document.place, part.pointer).rstrip() or WHOLE_FILE
            try:
                yield self._one(number, document, part, locator)
            except (BlockError, ValueError) as error:
                yield Damage(locator, str(error), part.result[:TEXT_MAX].decode(errors="replace"))

    def _one(self, number: int, document: Document, part: Part, locator: str) -> Found | Ignored:
        if part.problem:
            raise BlockError(part.problem)
        place = Place(number, document.line, document.offset, part.pointer)
        data = raw_block(part.result) if document.method in ("", "getblock") else None
        if data is not None:
            header = read_header(data)
            found = Found(header, coinbase_height(data, header), place, locator)
        else:
            found_fields = fields(part.result)
            if not has_transactions(found_fields):
                return _other(document, part)
            del found_fields["tx"]
            told = {name: parsed(bytes(value)) for name, value in found_fields.items()}
            found = Found(header_of(told), height_of(told), place, locator)
            self._notice(told, found.header)
        if document.asked and document.asked != shown(found.header.block_hash):
            raise BlockError(f"the answer is another block than {document.asked[:64]}")
        return found

    def _notice(self, told: dict[str, object], header: Header) -> None:
        if not is_proved(told):
            sentence = "a header cannot be proved by its hash, because fields of it are missing"
            self.notices.say(sentence, f"in block {shown(header.block_hash)}")

    def load(self, found: Found) -> Block:
        """Return a block, every txid and the Merkle root checked; raises BlockError."""
        place: Place = found.place
        name, path = self.files[place.file]
        document = document_at(path, name, place.line, place.offset)
        result = next((one.result for one in parts(document) if one.pointer == place.pointer), b"")
        data = raw_block(result)
        if data is not None:
            before = self._locator(place)
            return read_block(data)._replace(prefix=f"{before.rstrip()} " if before else "")
        told = block_of(parsed(result), self.notices)
        return Block(
            told.header,
            [one.transaction for one in told.told],
            [one.prevouts for one in told.told],
            [self._locator(place, f"/tx/{number}") for number in range(len(told.told))],
        )

    def _locator(self, place: Place, pointer: str = "") -> str:
        line = f"line {place.line}" if place.line else ""
        return _joined(prefix(self.files, place.file), line, place.pointer + pointer)

    def close(self) -> None:
        """Close nothing: each file is closed when it has been read."""


def open_store(case_folder: Path, source: Source) -> RpcStore:
    """Return the store of a source; raises EarmarkError for a path that names no file."""
    return RpcStore(files_of(case_folder, source, ENDINGS))


def _joined(start: str, line: str, pointer: str) -> str:
    return start + " ".join(one for one in (line, pointer) if one)


def _other(document: Document, part: Part) -> Ignored:
    """Return an answer that holds no block; raises BlockError for a text that is no answer of a node."""
    found = fields(part.result)
    if "tx" in found and "merkleroot" in found:
        return Ignored(1, ONLY_NAMES)
    if document.method not in ("", "getblock"):
        is_name = len(document.method) <= METHOD_MAX and document.method.isalpha()
        return Ignored(1, f"{NO_BLOCK} ({document.method})" if is_name else NO_BLOCK)
    if "merkleroot" in found or "blocks" in found or not part.result.startswith(b"{"):
        return Ignored(1, NO_BLOCK)
    raise BlockError("this is no block, nor another answer of a Bitcoin node")
