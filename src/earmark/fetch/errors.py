"""What goes wrong with a server: worth another try, or final; both say what, where, after how many tries."""

from __future__ import annotations

from earmark.ledger.errors import EarmarkError


class TryAgainError(Exception):
    """A failure that may pass; ``wait_s`` is how long the server asks to be left alone, if it says so."""

    def __init__(self, reason: str, *, wait_s: int | None = None) -> None:
        self.reason = reason
        self.wait_s = wait_s
        super().__init__(reason)


class FinalError(Exception):
    """A failure that another try cannot mend; ``code`` is the JSON-RPC error's, if there is one."""

    def __init__(self, reason: str, *, code: int | None = None) -> None:
        self.reason = reason
        self.code = code
        super().__init__(reason)


class FetchError(EarmarkError):
    """A question that stays without an answer."""

    def __init__(self, reason: str, *, question: str, server: str, tries: int) -> None:
        self.reason = reason
        self.question = question
        self.tries = tries
        times = "1 try" if tries == 1 else f"{tries} tries"
        super().__init__(f"{question}: {reason} (after {times})", file=server)


class NoAnswerError(FetchError):
    """The server could not be reached, was too slow, or sent what is no answer, every time."""


class RefusedError(FetchError):
    """The server answered that it will not or cannot; ``code`` is the JSON-RPC error's, if there is one."""

    def __init__(
        self, reason: str, *, question: str, server: str, tries: int, code: int | None = None
    ) -> None:
        self.code = code
        super().__init__(reason, question=question, server=server, tries=tries)


class NoMoreError(EarmarkError):
    """Nothing further is asked of this server in this run, whatever the question."""


class BudgetError(NoMoreError):
    """As many requests were sent as this run may send; nothing is wrong with the server."""


class SilentError(NoMoreError):
    """The server has not answered several questions in a row, so it is left alone."""
