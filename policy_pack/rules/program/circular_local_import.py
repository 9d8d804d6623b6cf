"""Rule: circular-local-import."""

from __future__ import annotations

from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._loading import Failure, load
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import ProgramRule
from policy_pack.source.program import Role
from policy_pack.source.view import ProgramView

NETWORK = "from database import PORT\n\nZONES = 3\n"
DATABASE = "from network import ZONES\n\nPORT = 5432\n"


class CircularLocalImport(ProgramRule):
    """Two modules of the project import names from each other while they are loaded.

    ## Why this fails
    The module that is loaded second asks the first for a name that it does not have yet: `ImportError: cannot
    import name … (most likely due to a circular import)`. Which of them is second depends on who imports
    them: a program that works fails as soon as a test imports its modules in another order.

    ## What to do instead
    Move what both need into a third module, or import inside of the function that needs the name.

    ## What this does not see
    Names that a module is given by `import *` or `__getattr__`, and attributes (`network.ZONES`) that are
    read too early.
    """

    name = "circular-local-import"
    severity = Severity.WARNING
    flagged = (
        Flagged(
            {"__main__.py": "import network\n", "network.py": NETWORK, "database.py": DATABASE},
            says="`network` has no `ZONES` yet",
            severity=Severity.ERROR,
        ),
        Flagged(
            {
                "__main__.py": "import network\n",
                "network.py": "ZONES = 3\n\nfrom database import PORT\n",
                "database.py": DATABASE,
            },
            says="`database` has no `PORT` yet when it is imported first",
            severity=Severity.WARNING,
        ),
    )
    allowed = (
        Allowed(
            {
                "__main__.py": "import network\n",
                "network.py": "def zones():\n    from database import PORT\n    return PORT\n\nZONES = 3\n",
                "database.py": DATABASE,
            },
            because="it is imported when the function is called",
        ),
        Allowed({"network.py": NETWORK, "database.py": DATABASE}, because="nobody says where it starts"),
        Allowed(
            {
                "__main__.py": "import network\n",
                "network.py": "import database\n\nZONES = 3\n",
                "database.py": "import network\n\nPORT = 5432\n",
            },
            because="the modules themselves are there, though not complete",
        ),
        Allowed(
            {
                "__main__.py": "import network\n",
                "network.py": NETWORK,
                "database.py": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    "
                "from network import ZONES\n\nPORT = 5432\n",
            },
            because="it is for type checkers only",
        ),
    )

    def check(self, program: ProgramView, facts: Facts) -> Iterable[Problem]:
        """Load the program as Python does, then each of its modules as if it were imported first."""
        files = [item.file for item in program.files(Role.PROGRAM)]
        if "__main__" not in program.program.by_module:
            # Of files given alone nobody knows which is imported first.
            return
        seen: set[str] = set()
        for file in files:
            failure = load(program.program, file)
            if failure is None or failure.module.path in seen:
                continue
            # The two ends of one circle are one mistake.
            seen |= {failure.module.path, failure.file.path}
            yield _problem(failure, program, runs=file is files[0])


def _problem(failure: Failure, program: ProgramView, *, runs: bool) -> Problem:
    module = failure.module.module
    return program.view(failure.file).problem(
        failure.node,
        f"`{module}` has no `{failure.name}` yet" + ("" if runs else " when it is imported first"),
        help="move what both modules need into a third, or import inside of the function that needs it",
        note=f"`{module}` imports `{failure.file.module}` before it gets to `{failure.name}`",
        severity=Severity.ERROR if runs else Severity.WARNING,
    )
