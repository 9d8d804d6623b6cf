"""`preflight verify` as a process, against a stand-in for AWS on the loopback interface."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from policy_pack.cli import main
from policy_pack.cli.verify_command import patience
from policy_pack.refresh.live.aws import Failure
from policy_pack.refresh.live.aws import Kind as FailureKind
from policy_pack.refresh.live.progress import Progress
from policy_pack.verify.asking import Result
from policy_pack.verify.probes import Seen
from policy_pack.verify.subjects import Kind, Subject

from . import account as aws
from .account import ACCOUNT, MORE, OUTPUTS, Account, Refuse
from .conftest import Machine

Meet = Callable[..., Machine]
slow = pytest.mark.slow
RULES = "fraud-rules-dev"


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    assert "Traceback" not in done.stderr, done.stderr
    assert ACCOUNT not in done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def verified(mine: Machine, *arguments: str, **changes: str | None) -> tuple[int, dict[str, Any]]:
    done = mine.verify("--output-format", "json", *arguments, **changes)
    return done.returncode, report(done)


def findings(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(each["rule"], each["severity"], each["resource_name"]) for each in document["findings"]]


@slow
def test_a_deployment_that_is_as_it_should_be(machine: Meet) -> None:
    done = machine(Account(), {**OUTPUTS, **MORE}).verify("-v")
    assert (done.returncode, done.stderr) == (0, "")
    states = dict(line.split(": ", 1) for line in done.stdout.splitlines() if line.count("`") == 2)
    assert len(states) == 31
    assert states["VPC `vpc-0a1b2c3d4e5f60718`"] == "available"
    assert states["NAT gateways of `vpc-0a1b2c3d4e5f60718`"] == "1 available"
    assert states["key `1234abcd-12ab-34cd-56ef-1234567890ab`"] == "Enabled"
    assert states["database instance `fraud-detection-dev-1`"] == "available"
    assert done.stdout.endswith(
        "clean: no errors, no warnings in 31 resources of fraud-detection/dev · AWS asked, account …1234\n"
    )


@slow
def test_a_resource_that_is_missing_is_shown_at_the_output_that_names_it(machine: Meet) -> None:
    gone = {("DescribeTable", RULES): Refuse("ResourceNotFoundException")}
    done = machine(Account(gone)).verify()
    assert done.returncode == 1
    assert done.stdout.startswith(
        "error[resource-missing]: AWS has no table `fraud-rules-dev` in eu-west-1\n"
        "  --> cfn-outputs/flat-outputs.json:29:23\n"
        "   |\n"
        '29 |   "rules_table_name": "fraud-rules-dev",\n'
        "   |                       ^^^^^^^^^^^^^^^^^\n"
    )
    assert '= resource: aws:dynamodb/table:Table "fraud-rules-dev" in dev\n' in done.stdout


@slow
def test_a_table_that_becomes_ready_while_one_waits(machine: Meet) -> None:
    account = Account({("DescribeTable", RULES): [aws.table(RULES, "CREATING"), aws.table(RULES)]})
    mine = machine(account)
    code, document = verified(mine)
    assert (code, findings(document)) == (1, [("resource-not-ready", "error", RULES)])
    account.set(account.changes, {})
    code, document = verified(mine, "--wait", "1m")
    assert (code, findings(document)) == (0, [])


@slow
def test_what_is_denied_is_no_success_and_what_is_found_counts_first(machine: Meet) -> None:
    account = Account(faults={"dynamodb": Refuse("AccessDeniedException")})
    mine = machine(account)
    code, document = verified(mine)
    assert (code, [each["rule"] for each in document["findings"]]) == (2, ["not-verified"])
    assert {item["reason"] for item in document["not_evaluated"]} == {
        "AWS did not tell: not allowed (AccessDeniedException); it takes dynamodb:DescribeTable"
    }
    assert document["programs"][0]["status"] == "stopped"
    account.set({("DescribeVpcs", ""): {"Vpcs": []}}, account.faults)
    code, document = verified(mine)
    assert (code, sorted(rule for rule, _, _ in findings(document))) == (
        1,
        ["not-verified", "resource-missing"],
    )


@slow
def test_expired_credentials_are_said_for_each_service(machine: Meet) -> None:
    faults = {service: Refuse("ExpiredTokenException") for service in aws.SERVICES}
    code, document = verified(machine(Account(faults=faults)))
    assert code == 2
    assert {each["rule"] for each in document["findings"]} == {"not-verified"}
    said = {each["message"].split("`")[1] for each in document["findings"]}
    assert said == {*aws.SERVICES} - {"iam", "lambda", "s3", "sqs"}
    assert all("the credentials have expired" in each["message"] for each in document["findings"])
    assert document["summary"]["resources"] == 0


@slow
@pytest.mark.parametrize(
    ("arguments", "changes", "says"),
    [
        (
            (),
            {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
            "error: no AWS credentials: set AWS_PROFILE",
        ),
        (("--profile", "nobody"), {}, "error: The config profile (nobody) could not be found"),
    ],
)
def test_without_credentials_nothing_is_asked(
    arguments: tuple[str, ...], changes: dict[str, str | None], says: str, machine: Meet
) -> None:
    account = Account()
    done = machine(account).verify(*arguments, **changes)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(says)
    assert not account.world.calls


@slow
def test_the_configured_levels_hold(machine: Meet) -> None:
    account = Account({("DescribeAlarms", ""): aws.alarm("x", "ALARM"), ("DescribeVpcs", ""): {"Vpcs": []}})
    mine = machine(account)
    (mine.home / "preflight.toml").write_text(
        'ignore = ["alarm-raised"]\n[rules.resource-missing]\nlevel = "warning"\n'
    )
    code, document = verified(mine)
    assert (code, findings(document)) == (0, [("resource-missing", "warning", OUTPUTS["vpc_id"])])
    assert verified(mine, "--fail-on", "warning")[0] == 1


@slow
def test_a_secret_beside_what_is_found_is_not_shown(machine: Meet) -> None:
    mine = machine(Account({("DescribeVpcs", ""): {"Vpcs": []}}))
    outputs = {"password": "hunter2hunter2", **OUTPUTS}
    (mine.home / "cfn-outputs" / "flat-outputs.json").write_text(json.dumps(outputs))
    done = mine.verify("-v")
    assert done.returncode == 1
    assert "hunter2" not in done.stdout + done.stderr
    assert "output `vpc_id`" in done.stdout


@slow
def test_an_export_is_verified_against_what_the_program_said(machine: Meet) -> None:
    kind = "aws:dynamodb/table:Table"
    made = {"arn": OUTPUTS["rules_table_arn"], "replicas": [{"regionName": "us-east-1"}]}
    entry = {"urn": f"urn:pulumi:prod::fraud-detection::{kind}::rules", "type": kind, "custom": True}
    export = {"version": 3, "deployment": {"resources": [{**entry, "inputs": made, "outputs": made}]}}
    mine = machine(Account())
    (mine.home / "export.json").write_text(json.dumps(export))
    wrong = mine.verify("--outputs", "export.json", "--stack", "dev")
    assert (wrong.returncode, wrong.stderr) == (2, "error: `export.json` is of the stack `prod`, not `dev`\n")
    code, document = verified(mine, "--outputs", "export.json")
    assert (code, findings(document)) == (1, [("replica-missing", "error", "rules")])
    assert document["findings"][0]["stacks"] == ["prod"]
    assert document["programs"][0]["stack"] == "prod"


def in_process(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["verify", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    return tmp_path


def test_without_outputs_there_is_nothing_to_verify(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = in_process(capsys)
    assert (code, out) == (3, "")
    assert err.startswith(
        "nothing to verify: there is no `cfn-outputs/flat-outputs.json`; make one with `pulumi "
    )
    (home / "outputs.json").write_text('{"environment": "dev"}')
    code, out, err = in_process(capsys, "--outputs", "outputs.json")
    assert (code, out) == (3, "")
    assert err == "nothing to verify: `outputs.json` names no resource that AWS can be asked for\n"


@pytest.mark.parametrize(
    ("text", "arguments", "says"),
    [
        (None, ("--outputs", "o.json"), "`o.json` cannot be read: No such file or directory"),
        ("no", ("--outputs", "o.json"), "`o.json` is no JSON: "),
        ("[" * 100_000, ("--outputs", "o.json"), "`o.json` is no JSON: "),
        ("[1]", ("--outputs", "o.json"), "`o.json` holds no JSON object; make one with "),
        (
            "{}",
            ("--outputs", "o.json", "--wait", "soon"),
            "`--wait soon` is no time: give it like `90s`, `10m` or `1h`",
        ),
        (None, ("nowhere",), "`nowhere` is no directory"),
        (
            "{}",
            ("--outputs", "o.json", "--stack", "pord"),
            "has no `Pulumi.pord.yaml`; its stacks are `dev`, `prod`",
        ),
    ],
)
def test_bad_usage_is_told(
    text: str | None, arguments: tuple[str, ...], says: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "Pulumi.yaml").write_text("name: small\nruntime: python\n")
    (home / "__main__.py").write_text("")
    for stack in ("dev", "prod"):
        (home / f"Pulumi.{stack}.yaml").write_text("config: {}\n")
    if text is not None:
        (home / "o.json").write_text(text)
    code, out, err = in_process(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert says in err


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("result", "left", "line"),
    [
        (Result(Seen("CREATING")), 540.0, "9 min left for 1 not ready: table `rules` (CREATING)"),
        (Result(), 90.0, "90 s left for 1 not ready: table `rules` (not there)"),
        (
            Result(failure=Failure(FailureKind.CUT, "x")),
            1.0,
            "1 s left for 1 not ready: table `rules` (not told)",
        ),
    ],
)
def test_a_terminal_shows_what_is_waited_for_in_one_line(result: Result, left: float, line: str) -> None:
    terminal, file = Terminal(), io.StringIO()
    for stream in (terminal, file):
        progress = Progress(stream, 1)
        patience(60, progress.say).waiting({Subject(Kind.TABLE, "rules"): result}, left)
        progress.clear()
    assert terminal.getvalue() == f"\r\x1b[K{line}\r\x1b[K"
    assert file.getvalue() == ""
