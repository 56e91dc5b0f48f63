"""The catalogues hold exactly what the program says, translated, with the same placeholders."""

from __future__ import annotations

import re
from pathlib import Path

import polib
import pytest

from earmark.ledger.errors import EarmarkError
from earmark.locale import LANGUAGES, catalogue, isolate, words
from earmark.locale.harvest import Message, messages
from earmark.report.own_words import own_words, translated

PLACEHOLDER = re.compile(r"%\((\w+)\)s|\{(\w+)\}|(%%)")
PLURALS = {"en": 2, "ar": 6}


def placeholders(text: str) -> set[str]:
    return {next(filter(None, found)) for found in PLACEHOLDER.findall(text)}


@pytest.fixture(scope="module")
def said() -> set[Message]:
    """Return every message of the program."""
    return set(messages())


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_catalogue_holds_what_the_program_says_and_no_more(lang: str, said: set[Message]) -> None:
    assert len(said) > 200
    known = {Message(entry.msgid, entry.msgid_plural) for entry in catalogue(lang)}
    assert known == said, "run: python -m earmark.locale.harvest"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_message_is_translated_with_its_placeholders(lang: str) -> None:
    for entry in catalogue(lang):
        assert not entry.fuzzy
        if entry.msgid_plural:
            assert sorted(entry.msgstr_plural) == list(range(PLURALS[lang]))
            wanted = placeholders(entry.msgid_plural)
            for form in entry.msgstr_plural.values():
                assert form
                assert wanted - {"num"} <= placeholders(form) <= wanted, entry.msgid
        else:
            assert entry.msgstr, entry.msgid
            assert placeholders(entry.msgstr) == placeholders(entry.msgid), entry.msgid


def test_arabic_is_arabic() -> None:
    for entry in catalogue("ar"):
        for text in (entry.msgstr, *entry.msgstr_plural.values()):
            bare = PLACEHOLDER.sub("", text)
            assert not re.search(r"[A-Za-z]{2,}", bare), text
            if re.search(r"[A-Za-z]{2,}", PLACEHOLDER.sub("", entry.msgid)):
                assert not text or re.search("[\u0600-\u06ff]", text), entry.msgid


def test_english_says_what_the_source_says() -> None:
    for entry in catalogue("en"):
        assert entry.msgstr == ("" if entry.msgid_plural else entry.msgid)


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "لا صفوف"), (1, "صف واحد"), (2, "صفان"), (7, "صفوف"), (36, "صفًا"), (100, "صف")],
)
def test_arabic_counts_in_six_ways(count: int, text: str) -> None:
    assert words("ar").ngettext("%(num)s row", "%(num)s rows", count).endswith(text)


def test_an_unknown_language_is_an_error_with_a_near_miss() -> None:
    with pytest.raises(EarmarkError, match="did you mean ar"):
        words("arr")


def test_an_isolate_cannot_be_broken_out_of() -> None:
    assert isolate("0x\u202e09\u2069\u2067x") == "\u20660x09x\u2069"


def test_a_case_brings_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "locale").mkdir()
    path = tmp_path / "locale" / "ar.po"
    path.write_text('msgid "hop"\nmsgstr "محطة"\n', encoding="utf-8")
    found = own_words(tmp_path, "ar")
    assert translated(found, "hop") == "محطة"
    assert translated(found, "hop 12") == "محطة 12"
    assert translated(found, "shop") is None
    assert own_words(tmp_path, "en") == {}


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"msgid\nmsgstr nothing\n", b"\0" * 9])
def test_a_catalogue_that_is_none_is_an_error_that_can_be_mended(
    tmp_path: Path, data: bytes
) -> None:
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "ar.po").write_bytes(data)
    with pytest.raises(EarmarkError, match="message catalogue"):
        own_words(tmp_path, "ar")


def test_a_message_that_python_says_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from earmark.locale import harvest

    (tmp_path / "one.py").write_text('_("Hello %(who)s")\nngettext("one", "many", 3)\n_(name)\n')
    (tmp_path / "two.j2").write_text('<p>{{ _("Hidden %(x)s", x=1) }}</p>')
    monkeypatch.setattr(harvest, "PACKAGE", tmp_path)
    assert set(harvest.messages()) == {
        Message("Hello %(who)s"),
        Message("one", "many"),
        Message("Hidden %(x)s"),
    }
    assert [e.msgid for e in harvest.refreshed("ar", polib.POFile())] == [
        "Hello %(who)s",
        "one",
        "Hidden %(x)s",
    ]
