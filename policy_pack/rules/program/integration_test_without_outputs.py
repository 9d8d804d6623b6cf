"""Rule: integration-test-without-outputs."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._integration import is_closed, is_integration
from policy_pack.rules.program._suites import program_imports, tests_in
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.program import Role
from policy_pack.source.view import SourceView

FILE = "tests/integration/test_vpc.py"
CONFIG = "import pulumi\n\n\ndef test_zones():\n    assert pulumi.Config().get('zones')\n"
READS = (
    "import json\nfrom pathlib import Path\n\nimport pulumi\n\n\ndef test_vpc():\n"
    "    outputs = json.loads(Path('cfn-outputs/flat-outputs.json').read_text())\n    assert outputs['id']\n"
)


class IntegrationTestWithoutOutputs(SourceRule):
    """An integration test reads no output of the deployment and asks nothing outside.

    ## Why this fails
    What it checks is in the source code already: settings, objects of Pulumi, the presence of functions. It
    passes before anything is deployed, and after the deployment has failed.

    ## What to do instead
    Read the outputs of the deployment (`pulumi stack output --json`, `cfn-outputs/flat-outputs.json`), and
    ask AWS with boto3 whether what they name is there and in the right state.

    ## What it cannot see
    What libraries other than Pulumi's, pytest and Python's own do: a file that uses one is left alone, and so
    is one with a fixture that the project does not define.
    """

    name = "integration-test-without-outputs"
    severity = Severity.WARNING
    nodes = (ast.Module,)
    reads = frozenset({Role.TEST})
    flagged = (
        Flagged({FILE: CONFIG}, says="looks at nothing that is deployed"),
        Flagged(
            {
                "network.py": "ZONES = 3\n",
                "tests/test_integration.py": "import network\n\n\ndef test_zones():\n"
                "    assert network.ZONES == 3\n",
            },
            says="looks at nothing that is deployed",
        ),
    )
    allowed = (
        Allowed({FILE: READS}, because="it reads the outputs"),
        Allowed({FILE: f"import boto3\n{CONFIG}"}, because="it asks AWS"),
        Allowed({FILE: f"import fraud_probe\n{CONFIG}"}, because="the library may ask"),
        Allowed({FILE: CONFIG.replace("()", "(stack)", 1)}, because="the fixture may ask"),
        Allowed(
            {
                FILE: CONFIG.replace("()", "(stack)", 1),
                "tests/conftest.py": "import pytest\nfrom pulumi import automation\n\n\n"
                "@pytest.fixture\ndef stack():\n    return automation.select_stack('dev')\n",
            },
            because="its fixture asks",
        ),
        Allowed({"tests/test_vpc.py": CONFIG}, because="it is a unit test"),
        Allowed({FILE: "def test_sum():\n    assert 1 + 1 == 2\n"}, because="it is not about the program"),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Report the first test of an integration suite that is closed in itself."""
        tests = sorted(tests_in(source), key=lambda test: test.lineno)
        if not tests or not is_integration(source) or not is_closed(source):
            return
        if "pulumi" in source.file.names or any(program_imports(source)):
            yield source.problem(
                tests[0],
                "this integration test looks at nothing that is deployed",
                note="it passes without any deployment, and after one that failed",
                help="read the deployment's outputs, and ask AWS for what they name",
            )
