# pragma version 0.4.3
"""A wrapped coin as WETH9 is: Deposit and Withdrawal are no Transfers."""

event Transfer:
    sender: indexed(address)
    receiver: indexed(address)
    amount: uint256

event Deposit:
    receiver: indexed(address)
    amount: uint256

event Withdrawal:
    sender: indexed(address)
    amount: uint256

balanceOf: public(HashMap[address, uint256])


@external
@view
def decimals() -> uint8:
    return 18


@external
@payable
def __default__():
    self._deposit(msg.sender, msg.value)


@external
@payable
def deposit():
    self._deposit(msg.sender, msg.value)


@external
def withdraw(amount: uint256):
    self.balanceOf[msg.sender] -= amount
    raw_call(msg.sender, b"", value=amount)
    log Withdrawal(sender=msg.sender, amount=amount)


@external
def transfer(receiver: address, amount: uint256) -> bool:
    self.balanceOf[msg.sender] -= amount
    self.balanceOf[receiver] += amount
    log Transfer(sender=msg.sender, receiver=receiver, amount=amount)
    return True


def _deposit(receiver: address, amount: uint256):
    self.balanceOf[receiver] += amount
    log Deposit(receiver=receiver, amount=amount)
