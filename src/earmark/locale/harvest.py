"""Every message of the program, found in its templates and its Python; ``python -m`` refreshes the catalogues.

English needs no translator: its catalogue repeats the messages. The others keep what is translated, lose what
is no longer said, and gain empty entries that a test reports.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import polib
from jinja2 import Environment

from earmark.locale import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).parents[1]
SINGLE, PLURAL = frozenset({"_", "gettext", "N_"}), frozenset({"ngettext", "plural"})
PLURAL_FORMS = {
    "en": "nplurals=2; plural=(n != 1);",
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : "
    "n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
}


class Message(NamedTuple):
    """A message and, where it is counted, its plural."""

    text: str
    many: str = ""


def messages() -> dict[Message, str]:
    """Return every message with the file that says it first, in order of file and line."""
    found: dict[Message, str] = {}
    for path in sorted(PACKAGE.rglob("*")):
        name = path.relative_to(PACKAGE.parent).as_posix()
        if path.suffix == ".py":
            said = list(_in_python(path))
        elif path.suffix == ".j2":
            said = list(_in_template(path))
        else:
            continue
        for message in said:
            found.setdefault(message, name)
    return found


def _in_python(path: Path) -> Iterator[Message]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            strings = [text for text in texts if isinstance(text, str)]
            if name in SINGLE and strings:
                yield Message(strings[0])
            if name in PLURAL and len(strings) >= 2:
                yield Message(strings[0], strings[1])


def _in_template(path: Path) -> Iterator[Message]:
    made = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    source = path.read_text(encoding="utf-8")
    for _line, function, said in made.extract_translations(source):  # type: ignore[attr-defined]
        if function == "ngettext":
            yield Message(said[0], said[1])
        else:
            yield Message(said if isinstance(said, str) else said[0])


def refreshed(lang: str, old: polib.POFile) -> polib.POFile:
    """Return a catalogue with exactly the program's messages, keeping the translations that are there."""
    known = {(entry.msgid, entry.msgid_plural): entry for entry in old}
    made = polib.POFile(wrapwidth=100)
    made.metadata = {
        "Language": lang,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": PLURAL_FORMS[lang],
    }
    for message, name in messages().items():
        kept = known.get((message.text, message.many))
        made.append(_entry(lang, message, name, kept))
    return made


def _entry(lang: str, message: Message, name: str, kept: polib.POEntry | None) -> polib.POEntry:
    entry = polib.POEntry(msgid=message.text, occurrences=[(name, "")])
    if message.many:
        entry.msgid_plural = message.many
        forms = {0: message.text, 1: message.many} if lang == "en" else dict.fromkeys(range(6), "")
        entry.msgstr_plural = kept.msgstr_plural if kept and lang != "en" else forms
    else:
        translated = kept.msgstr if kept else ""
        entry.msgstr = message.text if lang == "en" else translated
    return entry


def refresh() -> None:
    """Write every catalogue anew."""
    for lang in LANGUAGES:
        path = Path(__file__).with_name(f"{lang}.po")
        old = polib.pofile(str(path)) if path.exists() else polib.POFile()
        refreshed(lang, old).save(str(path))


if __name__ == "__main__":
    refresh()
