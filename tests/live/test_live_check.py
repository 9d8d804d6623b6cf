"""`preflight check --live` as a process, against a stand-in for AWS on the loopback interface."""

from __future__ import annotations

import datetime
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
from conftest import CERTIFICATES, ROLES, ROOT, Aws, Cut, Machine, Refuse
from live.server import Fault
from live.wire import Call

pytestmark = pytest.mark.slow

Meet = Callable[..., Machine]
CLUSTER = 'CustomResource("aws:rds/cluster:Cluster", "db", {{"engine": "{}", "engineVersion": "{}"}})\n'
# What the catalog calls withdrawn, and what it only does not list.
WITHDRAWN = CLUSTER.format("aurora-postgresql", "15.3")
UNLISTED = CLUSTER.format("mysql", "8.0.5")
FLAW = "engine-version-unavailable"
TODAY = datetime.datetime.now(tz=datetime.timezone.utc).date().isoformat()


def refused(operation: str, fault: Fault) -> Callable[[Call, int], Fault | None]:
    return lambda call, number: fault if call.operation == operation else None


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert "Traceback" not in done.stderr, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def live(mine: Machine, *arguments: str, **changes: str | None) -> dict[str, Any]:
    return report(mine.check("--live", "--output-format", "json", *arguments, **changes))


def findings(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["rule"], each["severity"], each["confidence"]) for each in document["findings"]]


def unanswered(document: dict[str, Any]) -> list[tuple[str, str]]:
    missed = [item for item in document["not_evaluated"] if item["reason"].startswith("AWS ")]
    return [(item["rule"], item["reason"]) for item in missed]


def test_a_confirmed_finding_is_certain_and_names_the_account_by_its_last_digits(machine: Meet) -> None:
    mine = machine(Aws(versions={}), UNLISTED)
    assert findings(report(mine.check("--output-format", "json"))) == [(FLAW, "warning", "likely")]
    document = live(mine)
    assert findings(document) == [(FLAW, "error", "certain")]
    (finding,) = document["findings"]
    assert finding["evidence"][0] == {
        "source": "AWS, live, account …1234",
        "fetched": TODAY,
        "scope": "eu-west-1",
        "url": None,
    }
    assert len(finding["evidence"]) > 1
    assert "12345678" not in json.dumps(document)


def test_a_contradicted_finding_is_withdrawn(machine: Meet) -> None:
    aws = Aws()
    mine = machine(aws, UNLISTED)
    done = mine.check("--live")
    assert (done.returncode, done.stderr) == (0, "")
    assert "clean: no errors" in done.stdout
    assert "AWS asked for 1 fact" in done.stdout
    assert aws.calls == {"GetCallerIdentity": 1, "DescribeDBEngineVersions": 1}


def test_what_aws_itself_calls_deprecated_is_not_offered(machine: Meet) -> None:
    document = live(machine(Aws(), WITHDRAWN))
    assert findings(document) == [(FLAW, "error", "certain")]
    assert "AWS has withdrawn it" in document["findings"][0]["note"]


OWN = """\
[[facts.{verb}]]
catalog = "versions/rds"
record = "mysql {version}"
{state}reason = "so we agreed"
"""


@pytest.mark.parametrize(
    ("verb", "version", "state", "expected"),
    [
        ("override", "8.0.5", 'state = "withdrawn"\n', [(FLAW, "error", "certain")]),
        ("add", "8.0.4", 'state = "available"\n', []),
    ],
)
def test_the_users_own_facts_stand_above_what_aws_says(
    verb: str, version: str, state: str, expected: list[tuple[str, str, str]], machine: Meet
) -> None:
    aws = Aws()
    mine = machine(aws, CLUSTER.format("mysql", version))
    (mine.home / "preflight.toml").write_text(OWN.format(verb=verb, version=version, state=state))
    assert findings(live(mine)) == expected
    assert aws.calls == {}


def test_a_comment_that_silences_a_withdrawn_finding_is_not_called_unused(machine: Meet) -> None:
    comment = f"# preflight: ignore[{FLAW}] -- the list is old\n"
    assert findings(live(machine(Aws(), comment + UNLISTED))) == []


def test_a_comment_silences_what_only_aws_tells(machine: Meet) -> None:
    program = 'CustomResource("aws:ec2/instance:Instance", "i", {"ami": "ami-0bad"})\n'
    comment = "# preflight: ignore[live-resource-missing] -- shared with us tomorrow\n"
    done = machine(Aws(), comment + program).check("--live")
    assert done.returncode == 0
    assert "1 ignored" in done.stdout


def test_a_version_newer_than_the_data_that_aws_does_not_have_is_found(machine: Meet) -> None:
    document = live(machine(Aws(), CLUSTER.format("aurora-postgresql", "15.99")))
    assert findings(document) == [(FLAW, "error", "certain")]
    assert document["findings"][0]["message"] == "AWS does not offer aurora-postgresql version `15.99`"
    assert document["findings"][0]["line"] == 3


def test_the_absence_of_a_leading_part_proves_nothing(machine: Meet) -> None:
    document = live(machine(Aws(versions={}), CLUSTER.format("aurora-postgresql", "15")))
    assert findings(document) == []
    assert unanswered(document) == [(FLAW, "AWS did not tell: it lists whole versions only")]


@pytest.mark.parametrize("kind", ["docdb", "neptune"])
def test_the_sister_rules_are_settled_by_rds_too(kind: str, machine: Meet) -> None:
    program = f'CustomResource("aws:{kind}/cluster:Cluster", "c", {{"engineVersion": "1.2.3"}})\n'
    (finding,) = findings(live(machine(Aws(versions={}), program)))
    assert finding == (f"{kind}-engine-version-unavailable", "error", "certain")
    other = machine(Aws(versions={"1.2.3": "available"}), program)
    assert findings(live(other)) == []


CLASS = 'CustomResource("aws:rds/instance:Instance", "i", {{"engine": "{}", "instanceClass": "{}"}})\n'
BROKER = 'CustomResource("aws:mq/broker:Broker", "b", {{"engineType": "ActiveMQ", "engineVersion": "{}"}})\n'


def test_other_services_and_instance_classes_are_settled_likewise(machine: Meet) -> None:
    program = (
        CLASS.format("oracle-ee", "db.r5b.large")
        + CLASS.format("oracle-ee", "db.m7g.large").replace('"i"', '"j"')
        + CLASS.format("mysql", "db.r9z.large").replace('"i"', '"k"')
        + BROKER.format("5.19")
        + BROKER.format("5.1").replace('"b"', '"c"')
        + 'CustomResource("aws:msk/cluster:Cluster", "m", {"kafkaVersion": "3.9.9"})\n'
    )
    document = live(machine(Aws(), program))
    assert sorted(
        (each["rule"], each["severity"], each["resource_name"]) for each in document["findings"]
    ) == [
        ("instance-class-engine-mismatch", "error", "j"),
        ("instance-class-unavailable", "error", "k"),
        ("mq-engine-version-unavailable", "error", "c"),
        ("msk-version-unavailable", "error", "m"),
    ]
    assert {each["evidence"][0]["source"] for each in document["findings"]} == {"AWS, live, account …1234"}


LOOKUP = """\
from pulumi import Output
from pulumi.runtime import invoke, invoke_output

invoke("aws:ec2/getAmi:getAmi", {"owners": ["amazon"], "filters": [{"name": "name", "values": ["%s-*"]}]})
vpc = invoke("aws:ec2/getVpc:getVpc", {"default": True}).value
invoke("aws:ec2/getSubnet:getSubnet", {"vpcId": vpc["id"]})
invoke_output("aws:secretsmanager/getSecret:getSecret", {"name": Output.secret("0bad-name")})
CustomResource("aws:ec2/instance:Instance", "i", {})
"""
LOOKUPS = {
    "there": ("al2023", []),
    "none": ("none", ["live-lookup-finds-nothing"]),
    "several": ("many", ["live-lookup-finds-several"]),
}


@pytest.mark.parametrize("case", LOOKUPS)
def test_data_sources_that_preview_could_ask_for_are_looked_up(case: str, machine: Meet) -> None:
    name, expected = LOOKUPS[case]
    aws = Aws()
    document = live(machine(aws, LOOKUP % name))
    assert [each["rule"] for each in document["findings"]] == expected
    assert [each["line"] for each in document["findings"]] == [6] * len(expected)
    found = {"none": "no image", "many": "more than one image"}.get(name)
    assert [each["message"] for each in document["findings"]] == [
        f"`aws.ec2.get_ami` finds {found} in eu-west-1 by name `{name}-*`, owner `amazon`" for _ in expected
    ]
    assert aws.calls == {"GetCallerIdentity": 1, "DescribeImages": 1, "DescribeVpcs": 1}
    assert "0bad-name" not in json.dumps(document)


def test_a_denied_look_up_says_so(machine: Meet) -> None:
    aws = Aws(refused("DescribeImages", Refuse("UnauthorizedOperation", 403)))
    document = live(machine(aws, LOOKUP % "none"))
    assert document["findings"] == []
    assert unanswered(document) == [
        (
            "live-lookup-finds-nothing",
            "AWS did not tell: not allowed (UnauthorizedOperation); it takes ec2:DescribeImages",
        )
    ]


FAULTS = {
    "denied": (
        Refuse("AccessDenied", 403),
        "not allowed (AccessDenied); it takes rds:DescribeDBEngineVersions",
    ),
    "throttled": (Refuse("Throttling", 400), "AWS answered Throttling"),
    "cut": (Cut(), "the connection was lost in the middle of an answer"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failed_call_leaves_the_finding_as_it_was_and_says_so(fault: str, machine: Meet) -> None:
    failing, reason = FAULTS[fault]
    mine = machine(Aws(refused("DescribeDBEngineVersions", failing)), UNLISTED)
    before = report(mine.check("--output-format", "json"))
    document = live(mine)
    assert document["findings"] == before["findings"]
    assert findings(document) == [(FLAW, "warning", "likely")]
    assert unanswered(document) == [(FLAW, f"AWS did not tell: {reason}")]
    done = mine.check("--live", "-v")
    assert f"AWS asked for 1 fact, 1 not told ({reason})" in done.stdout
    assert f"not evaluated: {FLAW} on urn:" in done.stdout


def test_what_is_throttled_or_cut_once_is_asked_again(machine: Meet) -> None:
    def faults(call: Call, number: int) -> Fault | None:
        return {2: Refuse("Throttling", 503), 3: Cut(chunked=True)}.get(number)

    document = live(machine(Aws(faults), UNLISTED))
    assert findings(document) == []
    assert unanswered(document) == []


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:1"])
def test_nothing_is_asked_where_the_account_is_not_known(url: str | None, machine: Meet) -> None:
    aws = Aws(refused("GetCallerIdentity", Refuse("ExpiredToken", 403)))
    mine = machine(aws, UNLISTED)
    document = live(mine, **({"AWS_ENDPOINT_URL": url, "AWS_MAX_ATTEMPTS": "1"} if url else {}))
    assert findings(document) == [(FLAW, "warning", "likely")]
    reason = "it cannot be reached" if url else "the credentials have expired (ExpiredToken)"
    assert unanswered(document) == [(FLAW, f"AWS did not tell: {reason}")]
    assert set(aws.calls) <= {"GetCallerIdentity"}


def listener(arn: str) -> str:
    return f'CustomResource("aws:lb/listener:Listener", "l", {{"certificateArn": "{arn}"}})\n'


def instance(ami: str) -> str:
    return f'CustomResource("aws:ec2/instance:Instance", "i", {{"ami": "{ami}"}})\n'


MISSING = ("live-resource-missing", "error", "certain")
UNUSABLE = ("live-resource-unusable", "error", "certain")
NETWORK = """\
CustomResource("aws:lambda/function:Function", "f", {
    "role": "%s/app0bad",
    "vpcConfig": {"subnetIds": ["subnet-0a", "subnet-0bad"], "securityGroupIds": ["sg-0a", "sg-0bad"]},
})
CustomResource("aws:ec2/securityGroup:SecurityGroup", "g", {"vpcId": "vpc-0bad"})
"""
CASES = {
    "image": (instance("ami-0a1"), "DescribeImages", []),
    "no image": (instance("ami-0bad"), "DescribeImages", [MISSING]),
    "disabled image": (instance("ami-0d1"), "DescribeImages", [UNUSABLE]),
    "certificate": (listener(f"{CERTIFICATES}/a"), "DescribeCertificate", []),
    "no certificate": (listener(f"{CERTIFICATES}/0bad"), "DescribeCertificate", [MISSING]),
    "pending": (listener(f"{CERTIFICATES}/pending"), "DescribeCertificate", [UNUSABLE]),
    "expired": (
        listener(f"{CERTIFICATES}/old"),
        "DescribeCertificate",
        [("live-resource-unusable", "warning", "likely")],
    ),
    "elsewhere": (
        listener(f"{CERTIFICATES}/a".replace("eu-west-1", "us-east-1")),
        "DescribeCertificate",
        [UNUSABLE],
    ),
    "zone": ('CustomResource("aws:route53/record:Record", "r", {"zoneId": "Z0A"})\n', "GetHostedZone", []),
    "role": (
        'CustomResource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a", {"role": "app"})\n',
        "GetRole",
        [],
    ),
    "no role": (
        'CustomResource("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a", {"role": "app0bad"})\n',
        "GetRole",
        [MISSING],
    ),
    "free bucket": (
        'CustomResource("aws:s3/bucket:Bucket", "b", {"bucket": "free-name"})\n',
        "HeadBucket",
        [],
    ),
    "own bucket": (
        'CustomResource("aws:s3/bucket:Bucket", "b", {"bucket": "mine-already"})\n',
        "HeadBucket",
        [("live-bucket-name-taken", "note", "likely")],
    ),
    "taken bucket": (
        'CustomResource("aws:s3/bucketV2:BucketV2", "b", {"bucket": "taken-name"})\n',
        "HeadBucket",
        [("live-bucket-name-taken", "warning", "likely")],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_question_is_asked_once_and_understood(case: str, machine: Meet) -> None:
    program, operation, expected = CASES[case]
    aws = Aws()
    assert findings(live(machine(aws, program), "--select", "live-resource-missing", *_LIVE)) == expected
    assert aws.calls == {"GetCallerIdentity": 1, operation: 1}


_LIVE = ("--select", "live-resource-unusable", "--select", "live-bucket-name-taken")


def test_a_zone_that_is_not_there(machine: Meet) -> None:
    aws = Aws(refused("GetHostedZone", Refuse("NoSuchHostedZone", 404)))
    program = 'CustomResource("aws:route53/record:Record", "r", {"zoneId": "Z0B"})\n'
    assert MISSING in findings(live(machine(aws, program)))


def test_a_network_and_a_role(machine: Meet) -> None:
    aws = Aws()
    document = live(machine(aws, NETWORK % ROLES), "--select", "live-resource-missing")
    assert sorted(each["property"] for each in document["findings"]) == [
        "role",
        "vpcConfig.securityGroupIds[1]",
        "vpcConfig.subnetIds[1]",
        "vpcId",
    ]
    assert aws.calls == {
        "GetCallerIdentity": 1,
        "DescribeSecurityGroups": 2,
        "DescribeSubnets": 2,
        "DescribeVpcs": 1,
        "GetRole": 1,
    }


def test_each_fact_is_asked_for_once_over_all_resources_and_stacks(machine: Meet) -> None:
    aws = Aws()
    program = 'for name in "abcdef":\n    ' + instance("ami-0a1").replace('"i"', "name")
    mine = machine(aws, program + UNLISTED)
    (mine.home / "Pulumi.test.yaml").write_text("config:\n  aws:region: eu-west-1\n")
    assert findings(live(mine, "--stack", "dev", "--stack", "test")) == []
    assert aws.calls == {"GetCallerIdentity": 1, "DescribeImages": 1, "DescribeDBEngineVersions": 1}


def test_a_program_that_uses_no_such_fact_asks_nothing(machine: Meet) -> None:
    aws = Aws()
    program = 'CustomResource("aws:rds/cluster:Cluster", "db", {"engine": "mysql"})\n'
    done = machine(aws, program).check("--live")
    assert done.returncode == 0
    assert "AWS asked for 0 facts" in done.stdout
    assert aws.calls == {}


def test_without_live_aws_is_not_asked(machine: Meet) -> None:
    aws = Aws()
    done = machine(aws, UNLISTED + instance("ami-0bad")).check()
    assert "AWS asked" not in done.stdout
    assert aws.calls == {}


def test_without_credentials_one_line_says_how_to_give_them(machine: Meet) -> None:
    mine = machine(Aws(), UNLISTED)
    done = mine.check("--live", AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: no AWS credentials: set AWS_PROFILE")
    assert done.stderr.count("\n") == 1
    done = mine.check("--live", "--profile", "nobody")
    assert done.returncode == 2
    assert "nobody" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_profile_without_live_is_bad_usage(machine: Meet) -> None:
    done = machine(Aws(), UNLISTED).check("--profile", "some")
    assert (done.returncode, done.stderr) == (2, "error: `--profile` is of use with `--live` only\n")


def test_without_boto3_one_line_says_how_to_install_it(machine: Meet) -> None:
    mine = machine(Aws(), UNLISTED)
    (mine.home / "stub").mkdir()
    (mine.home / "stub" / "botocore.py").write_text("raise ImportError(name='botocore')\n")
    done = mine.check("--live", PYTHONPATH=f"{mine.home}/stub:{ROOT}")
    assert (done.returncode, done.stderr) == (
        2,
        "error: botocore is not installed: pip install 'iac-preflight[live]'\n",
    )
