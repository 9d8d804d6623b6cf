"""Platforms of Elastic Beanstalk, against what AWS has answered in a region."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest

from policy_pack.catalog import Catalogs
from policy_pack.catalog.facts import Facts
from policy_pack.catalog.platforms import branch, platform
from policy_pack.model import Confidence, Problem, Severity
from policy_pack.rules.elasticbeanstalk.beanstalk_platform_unavailable import (
    BRANCH,
    STACK,
    BeanstalkPlatformUnavailable,
)
from policy_pack.rules.rule import View, made

ENVIRONMENT = "aws:elasticbeanstalk/environment:Environment"


def found(root: Path, stack: str, region: str = "eu-west-1") -> tuple[list[Problem], list[str]]:
    """The problems of an environment after a refresh of eu-west-1, and what was not evaluated."""
    header = {
        "about": "about",
        "source": "AWS, live",
        "fetched": "2026-11-20",
        "command": "preflight refresh versions/elasticbeanstalk",
        "scope": "eu-west-1",
        "regions": {"eu-west-1": "2026-11-20"},
    }
    records = {f"{BRANCH} {each}": [{"regions": "all", "state": "listed"}] for each in ("4.0.1", "4.0.9")}
    (root / "versions").mkdir()
    (root / "versions" / "elasticbeanstalk.json").write_text(json.dumps({**header, "records": records}))
    facts = Facts(Catalogs(refreshed=[root]), datetime.date(2026, 11, 22))
    missed: list[str] = []
    view = View(
        made(ENVIRONMENT, "web", solutionStackName=stack).placed(region),
        lambda urn, path, reason: missed.append(reason),
    )
    return list(BeanstalkPlatformUnavailable().check(view, facts)), missed


def test_a_version_that_aws_does_not_list_is_a_warning_that_names_the_nearest(tmp_path: Path) -> None:
    (problem,), missed = found(tmp_path, STACK.format("4.0.5"))
    assert (problem.severity, problem.confidence) == (Severity.WARNING, Confidence.LIKELY)
    assert problem.message == f"Elastic Beanstalk does not offer `{STACK.format('4.0.5')}`"
    assert problem.help is not None
    assert f"`{STACK.format('4.0.9')}`" in problem.help
    assert problem.evidence[0].scope == "eu-west-1"
    assert not missed


@pytest.mark.parametrize("version", ["4.0.9", "4.0.10", "4.1.0"])
def test_a_version_that_aws_lists_or_that_is_newer_is_none(tmp_path: Path, version: str) -> None:
    assert found(tmp_path, STACK.format(version)) == ([], [])


@pytest.mark.parametrize(
    ("stack", "region"),
    [(STACK.format("4.0.5"), "eu-west-2"), ("64bit Amazon Linux 2023 v4.0.5 running Go 1", "eu-west-1")],
)
def test_what_aws_was_not_asked_for_is_not_evaluated(tmp_path: Path, stack: str, region: str) -> None:
    problems, missed = found(tmp_path, stack, region)
    assert not problems
    assert "`preflight refresh versions/elasticbeanstalk`" in missed[0]


ARN = "arn:aws:elasticbeanstalk:us-east-1:{}:platform/{}"


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        (STACK.format("4.0.1"), "Python 3.11 running on 64bit Amazon Linux 2023", "4.0.1"),
        (
            "64bit Amazon Linux 2 v4.2.1 running Tomcat 8.5 Corretto 11",
            "Tomcat 8.5 with Corretto 11 running on 64bit Amazon Linux 2",
            "4.2.1",
        ),
        (
            ARN.format("", "Tomcat 10 with Corretto 17 running on 64bit Amazon Linux 2023/5.1.0"),
            "Tomcat 10 with Corretto 17 running on 64bit Amazon Linux 2023",
            "5.1.0",
        ),
        (
            "64bit Windows Server Core 2022 v2.15.0 running IIS 10.0",
            "IIS 10.0 running on 64bit Windows Server Core 2022",
            "2.15.0",
        ),
    ],
)
def test_a_platform_is_found_by_its_branch_and_named_again_in_its_own_form(
    text: str, name: str, version: str
) -> None:
    asked = platform(text)
    assert asked is not None
    assert (asked.branch, asked.version) == (branch(name), version)
    assert asked.at("9.8.7") == text.replace(version, "9.8.7")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "64bit Amazon Linux running PHP 5.3",
        ARN.format("", "Node.js running on 64bit Amazon Linux"),
        ARN.format("123456789012", "Python 3.11 running on 64bit Amazon Linux 2023/4.0.1"),
    ],
)
def test_other_forms_and_platforms_of_an_account_are_left_alone(text: str) -> None:
    assert platform(text) is None
