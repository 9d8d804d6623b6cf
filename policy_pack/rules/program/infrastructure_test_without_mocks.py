"""Rule: infrastructure-test-without-mocks."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._mocks import MOCKS, STAND_INS, run_makers, sets_for_all
from policy_pack.rules.program._suites import exists_only, importing, surroundings
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.program import Role
from policy_pack.source.view import SourceView

NETWORK = "import pulumi_aws as aws\n\n\ndef make():\n    return aws.ec2.Vpc('main')\n"
MADE = "import network\n\n\ndef test_vpc():\n    assert network.make() is not None\n"
HEAD = "import pulumi\nimport network\n\n\nclass Aws(pulumi.runtime.Mocks):\n    pass\n\n\n"


class InfrastructureTestWithoutMocks(SourceRule):
    """Tests of code that makes resources run without Pulumi's mocks.

    ## Why this fails
    Outside of `pulumi up` nothing answers what the code asks for: older SDKs raise, newer ones make objects
    whose outputs are never known, so that no callback runs and no resource is ever registered. A suite that
    only asks whether functions exist gets by without mocks, because it runs none of them.

    ## What to do instead
    Call `pulumi.runtime.set_mocks(…)` before the program is imported, then call its functions and assert on
    what they make.

    ## What it cannot see
    Mocks set by an installed pytest plug-in. A suite that patches the SDK in another way is left alone, and
    so is one in which any test file sets mocks as it is imported, which serves those after it too.
    """

    name = "infrastructure-test-without-mocks"
    severity = Severity.WARNING
    nodes = (ast.Module,)
    reads = frozenset({Role.TEST})
    flagged = (
        Flagged({"network.py": NETWORK, "test_network.py": MADE}, says="what `network` makes"),
        Flagged(
            {
                "network.py": NETWORK,
                "test_network.py": "from network import make\n\n\ndef test():\n    assert callable(make)\n",
            },
            says="nothing of `network` is run",
        ),
        Flagged(
            {
                "stack.py": "import pulumi_aws as aws\n\nvpc = aws.ec2.Vpc('main')\n",
                "test_stack.py": "import stack\n\n\ndef test_vpc():\n    assert stack.vpc.id is not None\n",
            },
            says="what `stack` makes",
        ),
    )
    allowed = (
        Allowed(
            {
                "network.py": NETWORK,
                "test_network.py": f"{HEAD}pulumi.runtime.set_mocks(Aws())\n\n\n"
                "def test_vpc():\n    assert network.make()\n",
            },
            because="it sets mocks",
        ),
        Allowed(
            {
                "network.py": NETWORK,
                "conftest.py": "import pulumi\n\npulumi.runtime.set_mocks(object())\n",
                "test_network.py": MADE,
            },
            because="its conftest does",
        ),
        Allowed(
            {
                "network.py": f"{NETWORK}\n\ndef cidr(number):\n    return f'10.0.{{number}}.0/24'\n",
                "test_network.py": "import network\n\n\ndef test_cidr():\n"
                "    assert network.cidr(1) == '10.0.1.0/24'\n",
            },
            because="what it calls makes nothing",
        ),
        Allowed(
            {
                "network.py": NETWORK,
                "test_network.py": "import pytest\nimport network\n\n\ndef test_vpc():\n"
                "    with pytest.raises(ValueError):\n        network.make()\n",
            },
            because="it fails before anything is made",
        ),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Report the import through which a test file gets at what makes resources."""
        if sets_for_all(source.program):
            return
        if any(file.names & (MOCKS | STAND_INS) for file in surroundings(source)):
            return
        makers = source.inference.makers
        item = importing(source, run_makers(source) | makers.files)
        what = "no Pulumi mocks answer what `{}` makes in these tests"
        if item is None and exists_only(source):
            item = importing(source, set(makers.functions.values()))
            what = "nothing of `{}` is run in these tests, and no Pulumi mocks are set"
        if item is not None:
            yield source.problem(
                item[0].node,
                what.format(item[1].module),
                note="its outputs are never known without them, and nothing is registered",
                help="call `pulumi.runtime.set_mocks(…)` before this import, and assert on what is made",
            )
