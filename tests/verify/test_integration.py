"""The integration tests of the bundled stack, run as a user runs them, on an account on this machine."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from . import account as aws
from .account import ROOT, Account, Refuse
from .conftest import Machine

pytestmark = pytest.mark.slow

TESTS = str(ROOT / "tests" / "integration")
RULES = "fraud-rules-dev"


def outcomes_of(mine: Machine, **changes: str | None) -> tuple[dict[str, int], str]:
    """How many tests there were of each outcome, and what was printed."""
    file = mine.home / "cfn-outputs" / "flat-outputs.json"
    options = (
        "-q",
        "-n",
        "0",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(ROOT),
        "-c",
        str(ROOT / "pyproject.toml"),
    )
    done = mine.run("-m", "pytest", *options, TESTS, **{"FRAUD_DETECTION_OUTPUTS": str(file), **changes})
    last = done.stdout.strip().splitlines()[-1]
    return {
        outcome: int(count) for count, outcome in re.findall(r"(\d+) (\w+)", last.partition(" in ")[0])
    }, done.stdout


def test_a_deployment_that_is_as_it_should_be(machine: Callable[..., Machine]) -> None:
    outcomes, out = outcomes_of(machine(Account()))
    assert outcomes == {"passed": 20}, out


def test_without_outputs_all_are_skipped_with_the_reason(machine: Callable[..., Machine]) -> None:
    mine = machine(Account())
    (mine.home / "cfn-outputs" / "flat-outputs.json").unlink()
    outcomes, out = outcomes_of(mine)
    assert outcomes == {"skipped": 20}, out
    assert "nothing is deployed: there is no " in out


def test_outputs_without_credentials_are_no_success(machine: Callable[..., Machine]) -> None:
    outcomes, out = outcomes_of(machine(Account()), AWS_ACCESS_KEY_ID=None)
    assert outcomes == {"errors": 20}, out
    assert "AWS credentials" in out


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        (
            {("DescribeTable", RULES): Refuse("ResourceNotFoundException")},
            {"nothing_is_missing", "serves[rules_table_arn", "rules_are_in_every_region"},
        ),
        ({("DescribeTable", RULES): aws.table(RULES)}, {"rules_are_in_every_region"}),
        ({("DescribeNatGateways", ""): aws.gateways()}, {"way_out"}),
        (
            {("DescribeServices", ""): aws.service(running=0)},
            {"nothing_is_missing", "service_runs"},
        ),
        ({("DescribeDBClusters", ""): aws.cluster(EngineVersion="15.18")}, {"database_has"}),
    ],
)
def test_what_is_wrong_in_aws_fails_the_test_of_it(
    changes: dict[tuple[str, str], object], failed: set[str], machine: Callable[..., Machine]
) -> None:
    outcomes, out = outcomes_of(machine(Account(changes)))  # type: ignore[arg-type]
    lines = [line for line in out.splitlines() if line.startswith("FAILED")]
    assert outcomes == {"failed": len(failed), "passed": 20 - len(failed)}, out
    assert all(any(name in line for line in lines) for name in failed), out


def test_what_is_on_its_way_is_waited_for(machine: Callable[..., Machine]) -> None:
    ready = aws.table(RULES, replicas=aws.REPLICAS[RULES])
    account = Account({("DescribeTable", RULES): [aws.table(RULES, "CREATING"), ready]})
    assert outcomes_of(machine(account), FRAUD_DETECTION_WAIT="60")[0] == {"passed": 20}
