"""A stand-in for AWS that has what programs refer to, and a `preflight check --live` that meets it alone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
# The stand-in for AWS is a package beside the tests of `preflight refresh`.
sys.path.insert(0, str(ROOT / "tests" / "refresh"))

from live import answers, server, wire  # noqa: E402
from live.server import Cut, Fault, Refuse, World, no_faults  # noqa: E402
from live.wire import Call, Response  # noqa: E402

ACCOUNT = "123456781234"
CERTIFICATES = f"arn:aws:acm:eu-west-1:{ACCOUNT}:certificate"
ROLES = f"arn:aws:iam::{ACCOUNT}:role"
CODE = "import sys; from policy_pack.cli import main; sys.exit(main())"
SERVICES = (*server.SERVICES, "acm", "ecr", "iam", "secretsmanager", "ssm", "sts")


@dataclass
class Aws:
    """What there is in the account: by operation, how it answers; and what goes wrong."""

    faults: Callable[[Call, int], Fault | None] = no_faults
    versions: Mapping[str, str] = field(default_factory=lambda: {"8.0.5": "available", "15.3": "deprecated"})
    world: World = field(init=False)
    url: str = ""

    def __post_init__(self) -> None:
        self.world = World(self._answer, self._fault)

    @property
    def calls(self) -> dict[str, int]:
        """How often each operation was asked for."""
        counts: dict[str, int] = {}
        for (_, operation, _), count in self.world.calls.items():
            counts[operation] = counts.get(operation, 0) + count
        return counts

    def _fault(self, call: Call, number: int) -> Fault | None:
        return self.faults(call, number) or _absent(call)

    def _answer(self, call: Call) -> Mapping[str, Any]:
        asked = call.parameters
        if call.operation == "DescribeDBEngineVersions":
            version = asked["EngineVersion"]
            found = [
                {"Engine": asked["Engine"], "EngineVersion": each, "Status": status}
                for each, status in self.versions.items()
                if each == version or each.startswith(f"{version}.")
            ]
            return {"DBEngineVersions": found}
        if call.operation in _SEARCHED and any(key.startswith("Filter") for key in asked):
            return {_SEARCHED[call.operation]: [{}] * _number(asked)}
        if call.operation in _ANSWERS:
            return _ANSWERS[call.operation](asked)
        if call.service == "redshift" and call.operation == "DescribeClusterVersions":
            return {"ClusterVersions": [{"ClusterVersion": "1.0"}]}
        return _named(call)


def _number(asked: Mapping[str, Any]) -> int:
    """How many things there are of what is called `none…`, `many…` or otherwise."""
    text = " ".join(map(str, asked.values()))
    return 0 if "none" in text else 2 if "many" in text else 1


def _named(call: Call) -> Mapping[str, Any]:
    """What the stand-in lists of the class that a call names."""
    listed = _CLASSES.get(call.operation) or answers.small(call)
    wanted = set(map(str, call.parameters.values()))
    if call.operation not in _CLASS_KEYS:
        return listed
    key, name = _CLASS_KEYS[call.operation]
    return {key: [each for each in listed[key] if each[name] in wanted]}


def _absent(call: Call) -> Fault | None:
    """AWS refuses to describe what it does not have: here, all that is called `…0bad`."""
    subject = " ".join(str(value) for value in call.parameters.values())
    if call.operation == "HeadBucket":
        status = {"mine": 0, "taken": 403}.get(subject.partition("-")[0], 404)
        return Refuse("x", status) if status else None
    return Refuse(_MISSING[call.operation]) if "0bad" in subject and call.operation in _MISSING else None


_SEARCHED = {
    "DescribeImages": "Images",
    "DescribeSecurityGroups": "SecurityGroups",
    "DescribeSubnets": "Subnets",
    "DescribeVpcs": "Vpcs",
}
_CLASS_KEYS = {
    "DescribeBrokerInstanceOptions": ("BrokerInstanceOptions", "HostInstanceType"),
    "DescribeInstanceTypeOfferings": ("InstanceTypeOfferings", "InstanceType"),
    "DescribeOrderableClusterOptions": ("OrderableClusterOptions", "NodeType"),
    "DescribeOrderableDBInstanceOptions": ("OrderableDBInstanceOptions", "DBInstanceClass"),
}
_CLASSES: Mapping[str, Mapping[str, Any]] = {
    "DescribeOrderableDBInstanceOptions": {
        "OrderableDBInstanceOptions": [{"Engine": "mysql", "DBInstanceClass": "db.r5b.large"}]
    },
    "ListInstanceTypeDetails": {"InstanceTypeDetails": [{"InstanceType": "m5.large.search"}]},
}
_MISSING = {
    "DescribeCertificate": "ResourceNotFoundException",
    "DescribeCluster": "ResourceNotFoundException",
    "DescribeRepositories": "RepositoryNotFoundException",
    "DescribeSecret": "ResourceNotFoundException",
    "DescribeImages": "InvalidAMIID.NotFound",
    "DescribeSecurityGroups": "InvalidGroup.NotFound",
    "DescribeSubnets": "InvalidSubnetID.NotFound",
    "DescribeVpcs": "InvalidVpcID.NotFound",
    "GetHostedZone": "NoSuchHostedZone",
    "GetRole": "NoSuchEntity",
}
_STATUS = {f"{CERTIFICATES}/pending": "PENDING_VALIDATION", f"{CERTIFICATES}/old": "EXPIRED"}


_DOMAINS = ("one.example.com", "many.example.com", "many.example.com")


def _zone(name: str) -> Mapping[str, Any]:
    return {
        "Id": "Z0A",
        "Name": f"{name}.",
        "CallerReference": "x",
        "Config": {"PrivateZone": name.startswith("one")},
    }


def _role(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    name = asked["RoleName"]
    return {"Role": {"Path": "/", "RoleName": name, "RoleId": "x", "Arn": f"{ROLES}/{name}"}}


def _image(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    image = asked["ImageId.1"]
    if image == "ami-0empty":
        return {"Images": []}
    return {"Images": [{"ImageId": image, "State": "disabled" if image == "ami-0d1" else "available"}]}


def _certificate(asked: Mapping[str, Any]) -> Mapping[str, Any]:
    arn = asked["CertificateArn"]
    return {"Certificate": {"CertificateArn": arn, "Status": _STATUS.get(arn, "ISSUED")}}


_ANSWERS: Mapping[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
    "DescribeCertificate": _certificate,
    "DescribeCluster": lambda asked: {"cluster": {"name": "x"}},
    "DescribeParameters": lambda asked: {"Parameters": [{"Name": "x"}] * _number(asked)},
    "DescribeRepositories": lambda asked: {"repositories": [{"repositoryName": "x"}]},
    "DescribeSecret": lambda asked: {"Name": "x"},
    "DescribeImages": _image,
    "DescribeSecurityGroups": lambda asked: {"SecurityGroups": [{"GroupId": asked["GroupId.1"]}]},
    "DescribeSubnets": lambda asked: {"Subnets": [{"SubnetId": asked["SubnetId.1"]}]},
    "DescribeVpcs": lambda asked: {"Vpcs": [{"VpcId": asked["VpcId.1"]}]},
    "GetCallerIdentity": lambda asked: {"Account": ACCOUNT, "Arn": "x", "UserId": "x"},
    "GetHostedZone": lambda asked: {"HostedZone": {"Id": asked["Id"], "Name": "x", "CallerReference": "x"}},
    "GetRole": _role,
    "HeadBucket": lambda asked: {},
    "ListCertificates": lambda asked: {"CertificateSummaryList": [{"DomainName": name} for name in _DOMAINS]},
    "ListHostedZonesByName": lambda asked: {
        "HostedZones": [_zone(name) for name in _DOMAINS],
        "IsTruncated": False,
        "MaxItems": "100",
    },
}


class _Server(server.Server):
    """Answers HEAD as well, whose answers have no body."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        base: Any = self.RequestHandlerClass

        class Handler(base):  # type: ignore[misc]
            do_HEAD = base.do_POST  # noqa: N815 - the base class names it

            def _send(self, response: Response, cut: Cut | None) -> None:
                body = b"" if self.command == "HEAD" else response.body
                super()._send(Response(response.status, response.headers, body), cut)

        self.RequestHandlerClass = Handler


@pytest.fixture
def meet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Aws], Aws]]:
    """Serves an account on the loopback interface; fails the test if the server itself has."""
    monkeypatch.setattr(server, "SERVICES", SERVICES)
    with ExitStack() as stack:
        met: list[Aws] = []

        def serve(aws: Aws) -> Aws:
            served = _Server(aws.world)
            thread = threading.Thread(
                target=served.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
            )
            thread.start()
            stack.callback(thread.join)
            stack.callback(served.server_close)
            stack.callback(served.shutdown)
            aws.url = f"http://127.0.0.1:{served.server_address[1]}"
            met.append(aws)
            return aws

        yield serve
    assert [error for aws in met for error in aws.world.errors] == []


@dataclass
class Machine:
    """A user's machine: a project, credentials, and one place where AWS is."""

    home: Path
    url: str

    def check(self, *arguments: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
        """Check the project; an environment variable that is changed to None is removed."""
        given = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.home),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_EC2_METADATA_DISABLED": "true",
            **changes,
        }
        return subprocess.run(
            [sys.executable, "-c", CODE, "check", ".", *arguments],
            env={key: value for key, value in given.items() if value is not None},
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path, meet: Callable[[Aws], Aws]) -> Callable[..., Machine]:
    """Sets up a project whose program makes some resources, and the account it is checked against."""

    def set_up(aws: Aws, program: str, settings: str = "  aws:region: eu-west-1\n") -> Machine:
        (tmp_path / ".git").mkdir(exist_ok=True)
        (tmp_path / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
        (tmp_path / "Pulumi.dev.yaml").write_text(f"config:\n{settings}")
        (tmp_path / "__main__.py").write_text(f"from pulumi import CustomResource\n\n{program}")
        return Machine(tmp_path, meet(aws).url)

    return set_up


__all__ = ["Aws", "Cut", "Fault", "Machine", "Refuse", "wire"]
