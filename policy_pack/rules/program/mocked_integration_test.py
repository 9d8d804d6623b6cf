"""Rule: mocked-integration-test."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from policy_pack.catalog.facts import Facts
from policy_pack.model import Problem, Severity
from policy_pack.rules.program._integration import asks_outside, is_integration
from policy_pack.rules.program._mocks import SETTING
from policy_pack.rules.rule import Allowed, Flagged
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.program import Role
from policy_pack.source.view import SourceView

SET = "import pulumi\n\npulumi.runtime.set_mocks(object())\n"
TEST = "\n\ndef test_vpc():\n    import network\n\n    assert network.make().cidr == '10.0.0.0/16'\n"
MOTO = "import boto3\nfrom moto import mock_aws\n\n\n@mock_aws\n"
ASKS = "def test_vpc():\n    assert boto3.client('ec2').describe_vpcs()['Vpcs']\n"


class MockedIntegrationTest(SourceRule):
    """An integration test runs on mocks.

    ## Why this fails
    It looks like a check of the deployment, but what answers is the test itself: nothing that was deployed is
    ever looked at, and the suite passes while the service is down.

    ## What to do instead
    Read the outputs of the deployment (`pulumi stack output --json`, `cfn-outputs/flat-outputs.json`) and ask
    AWS with boto3 whether what they name is there and in the right state. Call a test on mocks a unit test.

    ## What it cannot see
    Tests are told by their folder (`integration`, `e2e`, `acceptance`), their file's name or a `pytestmark`.
    One that sets Pulumi's mocks and also asks something outside is left alone.
    """

    name = "mocked-integration-test"
    severity = Severity.WARNING
    nodes = (ast.Module,)
    reads = frozenset({Role.TEST})
    flagged = (
        Flagged({"tests/integration/test_vpc.py": SET + TEST}, says="Pulumi's mocks"),
        Flagged({"tests/test_vpc_integration.py": SET + TEST}, says="Pulumi's mocks"),
        Flagged({"tests/integration/test_vpc.py": MOTO + ASKS}, says="moto"),
        Flagged(
            {
                "tests/test_vpc.py": "import boto3, pytest\nfrom unittest.mock import patch\n\n"
                "pytestmark = pytest.mark.integration\n\n\n@patch('boto3.client')\n"
                "def test_vpc(client):\n    assert boto3.client('ec2')\n"
            },
            says="a stand-in for boto3",
        ),
    )
    allowed = (
        Allowed({"tests/test_vpc.py": SET + TEST}, because="it is a unit test"),
        Allowed({"tests/integration/test_vpc.py": f"import boto3\n\n\n{ASKS}"}, because="it asks AWS"),
        Allowed(
            {"tests/integration/test_vpc.py": f"import boto3\n{SET}\n\n{ASKS}"},
            because="it asks AWS besides",
        ),
    )

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        """Report the first place at which an integration test takes mocks for the deployment."""
        if not is_integration(source):
            return
        found = min(_mocks(source), key=lambda item: (item[0].lineno, item[0].col_offset), default=None)
        if found is not None:
            yield source.problem(
                found[0],
                f"this integration test asks {found[1]}, not the deployment",
                note="nothing that was deployed is checked",
                help="read the deployment's outputs and ask AWS, or make it a unit test",
            )


def _mocks(source: SourceView) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Where a file sets mocks up, and what they stand for."""
    asks = asks_outside(source)
    for node in source.file.nodes.get(ast.ImportFrom, ()):
        match node:
            case ast.ImportFrom(module="moto", names=names):
                if any(alias.name.startswith("mock_") for alias in names):
                    yield node, "moto"
    for node in source.file.nodes.get(ast.Call, ()):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name == SETTING and not asks:
                yield node, "Pulumi's mocks"
            case ast.Call(func=ast.Name(id="patch"), args=[ast.Constant(value=str(target)), *_]):
                if target in ("boto3.client", "boto3.resource", "boto3.Session", "boto3.session.Session"):
                    yield node, "a stand-in for boto3"
