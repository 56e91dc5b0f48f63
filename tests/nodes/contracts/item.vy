# pragma version 0.4.3
"""Numbered items, each with one owner."""

event Transfer:
    sender: indexed(address)
    receiver: indexed(address)
    item: indexed(uint256)

ownerOf: public(HashMap[uint256, address])


@external
def mint(receiver: address, item: uint256):
    assert self.ownerOf[item] == empty(address)
    self._move(empty(address), receiver, item)


@external
def transferFrom(sender: address, receiver: address, item: uint256):
    assert self.ownerOf[item] == sender and sender == msg.sender
    self._move(sender, receiver, item)


@external
def burn(item: uint256):
    assert self.ownerOf[item] == msg.sender
    self._move(msg.sender, empty(address), item)


def _move(sender: address, receiver: address, item: uint256):
    self.ownerOf[item] = receiver
    log Transfer(sender=sender, receiver=receiver, item=item)
