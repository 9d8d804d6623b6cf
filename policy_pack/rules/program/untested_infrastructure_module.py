"""Rule: untested-infrastructure-module."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._suites import program_imports, reached, tests_in
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import ProgramRule
from policy_pack.source.program import Role, SourceFile
from policy_pack.source.view import ProgramView, SourceView

# What may run a program, or import its modules, in ways that no import statement shows.
_UNSEEN = frozenset({
    "run_path", "run_module", "import_module", "__import__", "spec_from_file_location", "exec",
    "subprocess", "automation", "simulator", "Simulator", "pytest_plugins",
})  # fmt: skip

ENTRY = "import database\nimport network\n\nnetwork.make()\ndatabase.make()\n"
NETWORK = "import pulumi_aws as aws\n\n\ndef make():\n    return aws.ec2.Vpc('main')\n"
DATABASE = "import pulumi_aws as aws\n\n\ndef make():\n    return aws.rds.Cluster('main')\n"
TEST = "import network\n\n\ndef test_vpc():\n    assert network.make()\n"
PROGRAM = {"__main__.py": ENTRY, "network.py": NETWORK, "database.py": DATABASE}


class UntestedInfrastructureModule(ProgramRule):
    """No test reaches a module that makes resources.

    ## Why this fails
    Tests that leave a module out say nothing of it: a table without its replicas or a database in a public
    subnet is found by the deployment, or by nobody.

    ## What to do instead
    Test it under `pulumi.runtime.set_mocks(…)`: call what makes the resources, and assert on them.

    ## What it cannot see
    Whether a test that imports a module, directly or through others, runs it: that is what coverage is for.
    Nothing is said where no test imports the program at all, or where tests may run it in another way.
    """

    name = "untested-infrastructure-module"
    severity = Severity.WARNING
    flagged = (Flagged({**PROGRAM, "tests/test_network.py": TEST}, says="`database`"),)
    allowed = (
        Allowed(PROGRAM, because="the project has no tests"),
        Allowed(
            {**PROGRAM, "tests/test_all.py": TEST, "tests/test_database.py": "from database import make\n"},
            because="another file reaches it",
        ),
        Allowed(
            {
                **PROGRAM,
                "network.py": f"import database\n{NETWORK}",
                "tests/test_network.py": TEST,
            },
            because="it is reached through the module that is tested",
        ),
        Allowed(
            {
                **PROGRAM,
                "tests/test_network.py": TEST,
                "tests/test_all.py": "import runpy\n\n\ndef test_all():\n    assert runpy.run_path('.')\n",
            },
            because="another test runs the whole program",
        ),
        Allowed(
            {
                **PROGRAM,
                "database.py": "def port():\n    return 5432\n",
                "tests/test_network.py": TEST,
            },
            because="it makes nothing",
        ),
    )

    def check(self, program: ProgramView, facts: Facts) -> Iterable[Problem]:
        """Report the first function that makes resources in each module that no test reaches."""
        tests = program.files(Role.TEST)
        if not any(tests_in(test) for test in tests) or any(_is_unseen(test) for test in tests):
            return
        paths = [item.file.path for item in tests]
        met = reached(paths, program.program, *Role)
        if not any(True for test in tests for _ in program_imports(test)):
            return
        for view in _untested(program, met):
            function = program.inference.makers.first_in(view.file)
            if function is not None:
                yield view.problem(
                    function,
                    f"no test reaches `{view.file.module}`, which makes resources",
                    note="the project's tests import other modules, and none of them leads here",
                    help="call this under `pulumi.runtime.set_mocks(…)`, and assert on what it makes",
                )


def _is_unseen(test: SourceView) -> bool:
    return bool(test.file.names & _UNSEEN)


def _untested(program: ProgramView, met: list[SourceFile]) -> Iterator[SourceView]:
    """The program's modules, but for its entry, that are not among those met, not even by their names."""
    names = {part for file in met if file.role is not Role.PROGRAM for part in file.names}
    for view in program.files(Role.PROGRAM):
        last = view.file.module.rpartition(".")[2]
        if view.file.module != "__main__" and view.file not in met and last not in names:
            yield view
