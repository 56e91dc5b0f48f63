"""What may be written of a server's address, and what never is."""

from __future__ import annotations

import pytest

from earmark.fetch.server import server_of
from earmark.ledger.errors import EarmarkError

KEY = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("http://127.0.0.1:8545", "http://127.0.0.1:8545"),
        ("http://127.0.0.1:8332/wallet/main", "http://127.0.0.1:8332/wallet/main"),
        ("http://me:pass@localhost:8332/", "http://localhost:8332/"),
        (f"https://mainnet.example.io/v3/{KEY}", "https://mainnet.example.io/v3/HIDDEN"),
        ("https://eth.example.com/v2/abc_DEF-99", "https://eth.example.com/v2/HIDDEN"),
        (f"https://x.example.pro/{KEY}/", "https://x.example.pro/HIDDEN/"),
        (f"https://rpc.example.com/eth/{KEY}", "https://rpc.example.com/eth/HIDDEN"),
        ("https://e.example.com/6a1b9c2d-0000-4000-8000-1", "https://e.example.com/HIDDEN"),
        ("https://e.example.io/api?apikey=abc", "https://e.example.io/api?apikey=HIDDEN"),
        ("https://d.example.org/v2/api?chainid=1", "https://d.example.org/v2/api?chainid=1"),
        (
            "https://d.example.org/o?network=x&dkey=q",
            "https://d.example.org/o?network=x&dkey=HIDDEN",
        ),
        ("https://esplora.example/testnet/api", "https://esplora.example/testnet/api"),
        ("http://[::1]:8545/", "http://[::1]:8545/"),
    ],
)
def test_an_address_is_shown_without_what_is_secret(typed: str, shown: str) -> None:
    server = server_of(typed, {})
    assert server.shown == shown
    assert server_of(shown, {}).shown == shown
    assert KEY not in repr(server)
    assert "pass" not in repr(server)


def test_messages_lose_every_secret_however_it_is_written() -> None:
    environ = {"EARMARK_API_KEY": "key/with+signs"}
    server = server_of("https://u:p%40ss@example.com/v3/abcdefgh1", environ)
    assert server.login == ("u", "p@ss")
    text = "no: p@ss p%40ss abcdefgh1 key/with+signs key%2Fwith%2Bsigns"
    assert server.clean(text) == "no: HIDDEN HIDDEN HIDDEN HIDDEN HIDDEN"
    assert server.is_echoed("your key key/with+signs is over its limit")
    assert not server.is_echoed('{"result":"p@ss"}')


@pytest.mark.parametrize(
    "told",
    [
        "Basic YW5uOlB3P3ovKzE+",  # ann:Pw?z/+1>
        "YW5uOlB3P3ovKzE-",
        "Pw%3Fz%2F%2B1%3E",
        "ann%3aPw%3fz%2f%2b1%3e",
        "Pw%3fz%2f%2b1%3e",
        "Pw?z\\/+1>",
        "UHc/ei8rMT4=",  # the password alone
        "UHc/ei8rMT4",
        "UHc%2Fei8rMT4%3D",
        "Zm9yL215K2tleT8x",  # the key: for/my+key?1
        "for%2Fmy%2Bkey%3F1",
    ],
)
def test_base64_and_percent_forms_are_secret_too(told: str) -> None:
    environ = {"EARMARK_API_KEY": "for/my+key?1"}
    server = server_of("http://ann:Pw%3Fz%2F%2B1%3E@localhost:8332", environ)
    assert server.clean(f"got {told}.") == "got HIDDEN."
    assert server.is_echoed(f"got {told}.")


def test_a_short_login_is_noticed_as_it_is_sent() -> None:
    server = server_of("http://u:p@localhost:8332", {})
    assert server.is_echoed('{"result":"authorization: Basic dTpw"}')
    assert not server.is_echoed('{"result":"0xdTpw"}')


def test_user_and_password_come_from_the_environment_unless_they_were_typed() -> None:
    environ = {"EARMARK_RPC_USER": "alice", "EARMARK_RPC_PASSWORD": "secret"}
    assert server_of("http://localhost:8332", environ).login == ("alice", "secret")
    assert server_of("http://bob:x@localhost:8332", environ).login == ("bob", "x")
    assert server_of("http://localhost:8332", {}).login is None


@pytest.mark.parametrize(
    "typed",
    ["", "localhost:8545", "ftp://h/x", "http://", "http://h:port/", "http://[::1", "file:///etc/x",
     "http://h/\n", "http://h/a b", "http://u:topsecret@h:99999/", "http://" + "h" * 3000],
)  # fmt: skip
def test_what_is_no_address_is_refused_without_being_repeated(typed: str) -> None:
    with pytest.raises(EarmarkError, match="no address of a server") as told:
        server_of(typed, {})
    assert "topsecret" not in str(told.value)


def test_only_this_machine_is_local() -> None:
    local = ["http://127.0.0.1:1", "http://localhost", "http://[::1]:2/", "http://127.9.9.9/"]
    far = ["http://example.com", "http://10.0.0.1", "http://localhost.example.com"]
    assert [server_of(one, {}).is_local for one in local] == [True] * 4
    assert [server_of(one, {}).is_local for one in far] == [False] * 3


@pytest.mark.parametrize(
    ("typed", "is_open"),
    [
        ("http://u:p@10.0.0.1/", True),
        ("http://node.example/v3/0123456789abcdef", True),
        ("http://10.0.0.1/", False),
        ("http://u:p@127.0.0.1/", False),
        ("https://u:p@node.example/", False),
    ],
)
def test_secrets_on_an_open_line_are_noticed(typed: str, is_open: bool) -> None:  # noqa: FBT001
    assert server_of(typed, {}).is_open_to_listeners == is_open
