"""Near misses: close, the same on every run, and quick in however large a case."""

from __future__ import annotations

import hashlib
import time

import pytest

from earmark.ledger.errors import near_miss

COUNT = 1_000_000
SECONDS_MAX = 2


def test_a_close_word_is_told_and_a_far_one_is_not() -> None:
    assert near_miss("hallet", ["fifo", "hallett", "oatway"]) == "hallett"
    assert near_miss("Hallett", ["fifo", "hallett"]) == "hallett"
    assert near_miss("zzz", ["fifo", "hallett"]) == ""
    assert near_miss("", ["fifo"]) == ""


@pytest.fixture(scope="module")
def hashes() -> list[str]:
    return [hashlib.sha256(str(number).encode()).hexdigest() for number in range(COUNT)]


HASH = hashlib.sha256(b"777777").hexdigest()


@pytest.mark.parametrize(
    ("pattern", "word", "right"),
    [
        ("eth:0x{0}:0", f"eth:0x{HASH}:1", f"eth:0x{HASH}:0"),
        ("{0}", f"{HASH[:30]}ff{HASH[32:]}", HASH),
        ("{0}", HASH[1:], HASH),
        ("eth:0x{1:064x}:0", f"eth:0x{'0' * 59}ab12f:1", f"eth:0x{'0' * 59}ab12f:0"),
        ("key-{1}", "kye-777777", "key-777777"),
        ("{1}-row", "777777-rwo", "777777-row"),
    ],
)
def test_a_near_miss_among_a_million_keys_is_found_at_once(
    pattern: str, word: str, right: str, hashes: list[str]
) -> None:
    known = [pattern.format(hashes[number], number) for number in range(COUNT)]
    began = time.process_time()
    found = near_miss(word, known)
    assert time.process_time() - began < SECONDS_MAX
    assert found == near_miss(word, known)
    assert found == right


def test_a_million_keys_that_are_all_alike_or_very_long_cost_no_more() -> None:
    alike = [f"{'a' * 60}{number:07}{'b' * 60}" for number in range(COUNT)]
    began = time.process_time()
    near_miss("a" * 60 + "x" * 7 + "b" * 60, alike)
    near_miss("a" * 10_000_000, ["a" * 9_999_999])
    assert time.process_time() - began < SECONDS_MAX
    assert near_miss("aab", ["a" * 10_000_000, "aabb"]) == "aabb"
