"""Rule: mocks-set-after-import."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._mocks import SETTING, sets_mocks, setting_statement
from policy_pack.rules.program._suites import program_imports, surroundings
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.program import Import, Role
from policy_pack.source.view import SourceView

STACK = "import pulumi_aws as aws\n\nvpc = aws.ec2.Vpc('main')\n"
NETWORK = "import pulumi_aws as aws\n\n\ndef make():\n    return aws.ec2.Vpc('main')\n"
SET = "pulumi.runtime.set_mocks(object())\n"
TEST = "\n\ndef test_vpc():\n    assert stack.vpc.urn\n"


class MocksSetAfterImport(SourceRule):
    """A program module that makes resources is imported before the mocks are set.

    ## Why this fails
    The module makes its resources while it is imported. No mock has answered these when the tests look at
    them: older SDKs raise, newer ones leave their outputs unknown for ever, so that assertions in callbacks
    never run and pass.

    ## What to do instead
    Call `pulumi.runtime.set_mocks(…)` first and import the program below it, or in a fixture that needs it.
    """

    name = "mocks-set-after-import"
    severity = Severity.WARNING
    nodes = (ast.Module,)
    reads = frozenset({Role.TEST})
    flagged = (
        Flagged(
            {"stack.py": STACK, "test_stack.py": f"import pulumi\nimport stack\n\n{SET}{TEST}"},
            says="`stack` makes resources while it is imported, before `set_mocks`",
        ),
        Flagged(
            {
                "stack.py": STACK,
                "all.py": "from stack import vpc\n",
                "test_stack.py": f"import pulumi, all\n\n\ndef setup_module():\n    {SET}{TEST}",
            },
            says="`stack` makes resources",
        ),
    )
    allowed = (
        Allowed(
            {"stack.py": STACK, "test_stack.py": f"import pulumi\n\n{SET}\nimport stack{TEST}"},
            because="the mocks are there first",
        ),
        Allowed(
            {
                "stack.py": STACK,
                "test_stack.py": f"import pulumi\n\n\ndef test_vpc():\n    {SET}    import stack\n"
                "    assert stack.vpc.urn\n",
            },
            because="it is imported inside the test",
        ),
        Allowed(
            {
                "stack.py": STACK,
                "conftest.py": f"import pulumi\n\n{SET}",
                "test_stack.py": f"import pulumi\nimport stack\n\n{SET}{TEST}",
            },
            because="the conftest has set some before",
        ),
        Allowed(
            {"stack.py": NETWORK, "test_stack.py": f"import pulumi\nimport stack\n\n{SET}"},
            because="importing it makes nothing",
        ),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Report the first import that makes resources while no mocks are set yet."""
        file = source.file
        _, *others = surroundings(source)
        if not sets_mocks(file.tree) or any(SETTING in other.names for other in others):
            return
        first = setting_statement(file)
        for item, files in program_imports(source):
            too_late = first is None or item.node.lineno < first.lineno
            made = next((each for each in files if each.path in source.inference.makers.files), None)
            if made is not None and too_late and _is_at_top(item, source):
                yield source.problem(
                    item.node,
                    f"`{made.module}` makes resources while it is imported, before `set_mocks` is called",
                    note="no mock ever answers for these, and their outputs stay unknown",
                    help="import it below `pulumi.runtime.set_mocks(…)`, or where a fixture has set them",
                )
                return


def _is_at_top(item: Import, source: SourceView) -> bool:
    """Whether an import is run as its file is imported, whatever happens."""
    return isinstance(source.parent(item.node), ast.Module)
