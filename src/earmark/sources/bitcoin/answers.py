"""What saved replies of a Bitcoin node hold: blocks, other answers, and what went wrong.

Read are ``*.replies.jsonl`` (one exchange a line), and what people save by hand: ``*.jsonl`` (one answer a
line) and any other file as one answer, whole or without its JSON-RPC envelope. An answer may be a batch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from earmark.ledger.errors import EarmarkError
from earmark.sources.bitcoin.json_values import check_size, not_json
from earmark.sources.bitcoin.wire import HEADER_BYTES, BlockError
from earmark.sources.replies import LINE_MAX_BYTES, SUFFIX, parse_line, read_lines

if TYPE_CHECKING:
    from pathlib import Path

HTTP_OK = 200
RAW_MIN = 2 * (HEADER_BYTES + 1)
"""Characters of the shortest raw block in hexadecimal."""
TEXT_MAX = 200
"""Characters of a broken reply that are shown."""
LINE_ENDINGS = (".jsonl", ".ndjson")

_HEXADECIMAL = re.compile(r"[0-9a-fA-F]*")
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT = msgspec.json.Decoder(str)


class Document(NamedTuple):
    """One answer of a file: line 0 is the whole file, ``problem`` says why there is no body to look at.

    ``question`` names method and parameters, ``asked`` the hash of a block that was asked for.
    """

    line: int
    offset: int
    body: str
    question: str = ""
    method: str = ""
    asked: str = ""
    problem: str = ""

    @property
    def place(self) -> str:
        """Return the locator of the line, or an empty text for a whole file."""
        return f"line {self.line}" if self.line else ""


class Part(NamedTuple):
    """One result in a document: its JSON pointer, and the text of it; ``problem`` instead of a result."""

    pointer: str
    result: bytes
    problem: str = ""


def documents(path: Path, name: str) -> Iterator[Document]:
    """Yield what a file holds, in its order; raises EarmarkError for one that is too large."""
    if name.endswith(SUFFIX):
        for number, offset, line in read_lines(path, name):
            yield _exchanged(number, offset, line)
    elif name.lower().endswith(LINE_ENDINGS):
        for number, offset, line in read_lines(path, name):
            yield _plain(number, offset, line)
    else:
        with path.open("rb") as file:
            yield _whole(file.read(LINE_MAX_BYTES + 1), name)


def document_at(path: Path, name: str, line: int, offset: int) -> Document:
    """Return the document again that ``documents`` yielded from there."""
    with path.open("rb") as file:
        file.seek(offset)
        data = file.readline(LINE_MAX_BYTES + 1) if line else file.read(LINE_MAX_BYTES + 1)
    if not line:
        return _whole(data, name)
    return _exchanged(line, offset, data) if name.endswith(SUFFIX) else _plain(line, offset, data)


def _exchanged(number: int, offset: int, line: bytes) -> Document:
    found = parse_line(number, line)
    if found.exchange is None:
        return Document(number, offset, _shown(line), problem=found.problem)
    one = found.exchange
    params = msgspec.json.decode(one.params)
    question = msgspec.json.encode([one.method, params], order="deterministic").decode()
    problem = "" if one.status == HTTP_OK else f"the server answered with status {one.status}"
    asked = _asked(one.method, params)
    return Document(number, offset, one.body, question, one.method, asked, problem)


def _asked(method: str, params: object) -> str:
    first = params[0] if isinstance(params, list) and params else None
    return first.lower() if method == "getblock" and isinstance(first, str) else ""


def _plain(number: int, offset: int, line: bytes) -> Document:
    try:
        return Document(number, offset, line.decode())
    except UnicodeDecodeError:
        return Document(number, offset, _shown(line), problem="not UTF-8")


def _whole(data: bytes, name: str) -> Document:
    if len(data) > LINE_MAX_BYTES:
        raise EarmarkError(
            f"the file has more than {LINE_MAX_BYTES} bytes",
            file=name,
            expected="one answer, or a file *.jsonl with one a line",
        )
    return _plain(0, 0, data.removeprefix(b"\xef\xbb\xbf"))


def _shown(line: bytes) -> str:
    return line[:TEXT_MAX].decode(errors="replace")


def parts(document: Document) -> list[Part]:
    """Return the results of a document; one with a problem for a body that is no answer."""
    body = document.body.strip()
    try:
        check_size(body)
        if body.startswith("["):
            return [
                _part(f"/{number}", bytes(one)) for number, one in enumerate(_LIST.decode(body))
            ] or [Part("", b"", "the answer is an empty list")]
        if body and _HEXADECIMAL.fullmatch(body):
            return [Part("", f'"{body}"'.encode())]
        return [_part("", body.encode())]
    except (ValueError, RecursionError) as error:
        return [Part("", b"", _reason(body, error))]


def _part(pointer: str, text: bytes) -> Part:
    """Take off the envelope of JSON-RPC, if there is one."""
    if not text.lstrip().startswith(b"{"):
        _check(text)
        return Part(pointer, text)
    found = _OBJECT.decode(text)
    error = bytes(found.get("error", msgspec.Raw(b"null")))
    if error != b"null":
        return Part(pointer, b"", f"the node answered an error: {_shown(error)}")
    if "result" not in found:
        return Part(pointer, text)
    result = bytes(found["result"])
    if result == b"null":
        return Part(pointer, b"", "the node answered nothing")
    return Part(f"{pointer}/result", result)


def _check(text: bytes) -> None:
    msgspec.json.decode(text, type=msgspec.Raw)


def _reason(body: str, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "the JSON is nested too deeply"
    if isinstance(error, BlockError):
        return str(error)
    return not_json(body, str(error))


def raw_block(result: bytes) -> bytes | None:
    """Return the bytes of a block that is written in hexadecimal, or null for anything else."""
    if not result.startswith(b'"') or len(result) < RAW_MIN + 2:
        return None
    text = _TEXT.decode(result)
    return bytes.fromhex(text) if len(text) % 2 == 0 and _HEXADECIMAL.fullmatch(text) else None


def fields(result: bytes) -> dict[str, msgspec.Raw]:
    """Return the fields of a result that is a JSON object, unread; none for anything else."""
    return _OBJECT.decode(result) if result.startswith(b"{") else {}


def has_transactions(found: dict[str, msgspec.Raw]) -> bool:
    """Tell whether a block's fields hold its transactions, not only their names."""
    listed = bytes(found.get("tx", msgspec.Raw(b"null")))
    return listed.startswith(b"[") and listed[1:].lstrip().startswith(b"{")
