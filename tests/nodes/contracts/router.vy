# pragma version 0.4.3
"""Passes on what it is given, inside one transaction, in several ways."""

interface Token:
    def transfer(receiver: address, amount: uint256) -> bool: nonpayable
    def transferFrom(sender: address, receiver: address, amount: uint256) -> bool: nonpayable

interface Wrapped:
    def deposit(): payable
    def withdraw(amount: uint256): nonpayable
    def transfer(receiver: address, amount: uint256) -> bool: nonpayable


@external
@payable
def __default__():
    pass


@external
@payable
def forward(token: address, receiver: address, amount: uint256):
    """Passes on the value and some of the caller's tokens."""
    extcall Token(token).transferFrom(msg.sender, self, amount)
    raw_call(receiver, b"", value=msg.value)
    extcall Token(token).transfer(receiver, amount)


@external
@payable
def wrap(wrapped: address, receiver: address):
    """Wraps the value and passes on what it got for it."""
    extcall Wrapped(wrapped).deposit(value=msg.value)
    extcall Wrapped(wrapped).transfer(receiver, msg.value)


@external
@payable
def round_trip(wrapped: address, receiver: address):
    """Wraps the value, unwraps it and passes it on, twice over in halves."""
    half: uint256 = msg.value // 2
    for part: uint256 in [half, msg.value - half]:
        extcall Wrapped(wrapped).deposit(value=part)
        extcall Wrapped(wrapped).withdraw(part)
        raw_call(receiver, b"", value=part)


@external
@payable
def try_in_vain(receiver: address):
    """Pays inside a call that is reverted, and keeps the value."""
    done: bool = raw_call(
        self,
        abi_encode(receiver, msg.value, method_id=method_id("pay_and_fail(address,uint256)")),
        revert_on_failure=False,
    )
    assert not done


@external
def pay_and_fail(receiver: address, amount: uint256):
    raw_call(receiver, b"", value=amount)
    raise "in vain"


@external
@payable
def fail():
    raise "no"


@external
@payable
def tip():
    """Pays the block's proposer directly."""
    raw_call(block.coinbase, b"", value=msg.value)


@external
@payable
def create(target: address) -> address:
    """Makes a contract that has the value from its first moment."""
    return create_minimal_proxy_to(target, value=msg.value)


@external
@payable
def hash_and_pay(receiver: address):
    """Asks one of the machine's own contracts before it pays."""
    digest: bytes32 = sha256(b"earmark")
    assert digest != empty(bytes32)
    raw_call(receiver, b"", value=msg.value)
