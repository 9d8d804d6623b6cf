"""Runs the program for tests that look at every environment."""

from __future__ import annotations

import os

import pulumi_aws as aws
import pytest

from .harness import ENVIRONMENTS, Program, deploy, run

SERVICES = ("appautoscaling", "cloudwatch", "dynamodb", "ec2", "ecs", "iam", "kms", "lb", "rds", "sns")

if "MUTANT_UNDER_TEST" in os.environ:
    # pulumi_aws imports a service when it is first used: here once, not again in each mutant's process.
    for service in SERVICES:
        getattr(aws, service)._inputs.__doc__  # noqa: B018


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def program(environment: str) -> Program:
    return run(environment)


def pytest_runtest_setup() -> None:
    # mutmut asks which tests reach a function: all do that look at what it declared, not just the first.
    if os.environ.get("MUTANT_UNDER_TEST") == "stats":
        run.cache_clear()
        deploy.cache_clear()
