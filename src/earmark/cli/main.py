"""The command line: one verb a module, loaded when it is called."""

from __future__ import annotations

import sys

from cyclopts import App

from earmark import __version__
from earmark.ledger.errors import EarmarkError

HELP = """Follow stolen coins, bank money and cargo from hand to hand, under a rule that you name.

A case is a folder: evidence, hand-written movements, claims. Standard output is data (--json for
machines), standard error is for people. Only `earmark fetch` opens a network connection.

Exit codes: 0 done; 1 a check or a verification found something, or a fetch lacks something; 2 a mistake
in the call or in an input; 3 rows were rejected under --strict; 130 interrupted.
"""

VERBS = {
    "new": "Make a commented case that builds.",
    "attach": "Add evidence to a case and note it in the custody log.",
    "fetch": "Ask a node or an index server, and keep its replies as evidence.",
    "build": "Read a case's sources into its ledger.",
    "check": "Check laws, custody, ties and expected answers of a case or a .ledger file.",
    "trace": "Follow the claims forward under one rule or all of them.",
    "origins": "Ask backward where a holder's units entered the record.",
    "shares": "Share one holding pari passu, capped by each lowest intermediate balance.",
    "report": "Write the dossier, its tables and its manifest.",
    "verify": "Re-run a report from its evidence and name every row that differs.",
    "demo": "Follow the Ronin money, write its dossier, and catch one changed wei.",
}

app = App(name="earmark", help=HELP, version=__version__, help_format="plaintext")
for _verb, _sentence in VERBS.items():
    app.command(f"earmark.cli.{_verb}:{_verb}", name=_verb, help=_sentence)


def main() -> None:
    """Run the command line; mistakes a person can mend are printed without a traceback."""
    if not __debug__:
        sys.exit("earmark: the laws are asserted at run time; run without python -O")
    try:
        status = app(exit_on_error=True, result_action="return_value")
    except EarmarkError as error:
        print(f"earmark: {error}", file=sys.stderr)
        status = error.exit_code
    except BrokenPipeError:
        sys.stderr.close()
        status = 0
    except KeyboardInterrupt:
        print("earmark: interrupted; the case is as it was", file=sys.stderr)
        status = 130
    except (OSError, MemoryError) as error:
        print(f"earmark: {_system_problem(error)}", file=sys.stderr)
        status = 2
    sys.exit(status if isinstance(status, int) else 0)


def _system_problem(error: OSError | MemoryError) -> str:
    if isinstance(error, MemoryError):
        return "not enough memory for this input"
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}"
