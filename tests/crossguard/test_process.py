"""The pack as the Pulumi CLI runs it: a process that prints a port and answers the engine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2

from policy_pack import __version__
from policy_pack.linter import registry
from policy_pack.model.wire import RESOURCE, SECRET, SIGNATURE

from .analyzer import (
    CANARY,
    CLUSTER,
    ROOT,
    UNKNOWN_TEXT,
    Analyzer,
    files_that_leak,
    recorded,
    resource_request,
    running_pack,
    struct,
)

POSTGRES = {"engine": "aurora-postgresql"}
ADMIN = POSTGRES | {"masterUsername": "admin"}
KEYWORD = POSTGRES | {"masterUsername": "select"}
TABLE = "aws:dynamodb/table:Table"


def names(diagnostics: list[Any]) -> list[str]:
    return [item.policyName for item in diagnostics]


def test_the_port_is_all_that_is_printed_and_an_interrupt_ends_it_quietly(analyzer: Analyzer) -> None:
    assert analyzer.first_line.rstrip(b"\n").isdigit()
    analyzer.analyze(ADMIN)
    assert analyzer.interrupt() == (b"", b"", 0)


def test_the_pack_presents_every_rule(analyzer: Analyzer) -> None:
    info = analyzer.call("GetAnalyzerInfo", Empty())
    shown = {item.name: item for item in info.policies}
    rules = registry.load_all()
    assert (info.name, info.version) == ("preflight", __version__)
    assert sorted(shown) == sorted({rule.name for rule in rules} | {"internal-error", "not-simulated"})
    for rule in rules:
        policy = shown[rule.name]
        assert policy.displayName.lower() == rule.name.replace("-", " ")
        assert policy.description == rule.summary()
        assert policy.remediation_steps == rule.section("What to do instead")
        assert policy.url == (rule.url or "")
        assert {"failOn", *rule.parameters} == set(policy.configSchema.properties.fields)


def test_the_version_is_the_one_in_the_file_for_the_cli() -> None:
    assert f"version: {__version__}\n" in (ROOT / "PulumiPolicy.yaml").read_text()


def test_what_certainly_fails_is_mandatory_and_a_doubt_is_advisory(analyzer: Analyzer) -> None:
    [certain] = analyzer.analyze(ADMIN)
    [doubtful] = analyzer.analyze(KEYWORD)
    assert certain.policyName == doubtful.policyName == "reserved-master-username"
    assert certain.enforcementLevel == analyzer_pb2.MANDATORY
    assert certain.severity == analyzer_pb2.POLICY_SEVERITY_HIGH
    assert doubtful.enforcementLevel == analyzer_pb2.ADVISORY
    assert doubtful.severity == analyzer_pb2.POLICY_SEVERITY_MEDIUM
    lines = certain.message.splitlines()
    assert lines[0] == "the master user name `admin` is reserved in aurora-postgresql"
    assert [line.partition(":")[0] for line in lines[1:]] == ["note", "help", "source"]
    assert "(20" in lines[-1], "the fact's date"


def test_an_unknown_hides_only_what_rests_on_it(analyzer: Analyzer) -> None:
    assert analyzer.analyze(POSTGRES | {"masterUsername": UNKNOWN_TEXT}) == []
    found = analyzer.analyze(POSTGRES | {"masterUsername": UNKNOWN_TEXT, "engineVersion": "15.3"})
    assert names(found) == ["engine-version-unavailable"]
    found = analyzer.analyze(ADMIN | {"vpcSecurityGroupIds": [UNKNOWN_TEXT]})
    assert names(found) == ["reserved-master-username"]


WRONG: list[Any] = [
    None, True, 1.5, float("nan"), float("inf"), "", "text", UNKNOWN_TEXT, [], [[]], [None], [UNKNOWN_TEXT],
    {}, {"": {}}, [{"a": UNKNOWN_TEXT}], {SIGNATURE: RESOURCE},
    {SIGNATURE: SECRET, "value": [1, {}]},
    {SIGNATURE: "no such signature"},
]  # fmt: skip


@pytest.mark.slow
def test_no_type_of_any_property_stops_the_preview(analyzer: Analyzer) -> None:
    stack = analyzer_pb2.AnalyzeStackRequest()
    for token, inputs in _examples().items():
        for number, wrong in enumerate(WRONG):
            request = resource_request(dict.fromkeys(inputs, wrong), token, f"n{number}")
            stack.resources.add(type=token, name=request.name, urn=request.urn, properties=request.properties)
            found = analyzer.call("Analyze", request).diagnostics
            assert not [item.message for item in found if "exception" in item.message]
    found = analyzer.call("AnalyzeStack", stack).diagnostics
    assert not [item.message for item in found if "exception" in item.message]


def _examples() -> dict[str, set[str]]:
    """The properties that the rules' examples name, by type."""
    found: dict[str, set[str]] = {}
    for rule in registry.load_all():
        for example in (*rule.flagged, *rule.allowed):
            if isinstance(example.subject, dict):
                tokens = getattr(rule, "resource_types", ("aws:s3/bucket:Bucket",))
                found.setdefault(example.type or tokens[0], set()).update(example.subject)
            elif isinstance(example.subject, list | tuple):
                for resource in example.subject:
                    found.setdefault(resource.type, set()).update(resource.inputs)
    return found


@pytest.mark.parametrize("name", ["preview", "policy-analyze"])
def test_a_recorded_preview_is_answered_without_a_crash_or_a_secret(analyzer: Analyzer, name: str) -> None:
    answers = [analyzer.call(method, request) for method, request in recorded(name)]
    found = [item for answer in answers for item in getattr(answer, "diagnostics", ())]
    assert len(answers) > 20
    assert set(names(found)) <= {*registry.modules(), "not-simulated"}
    assert not [item.message for item in found if CANARY in item.message or "exception" in item.message]
    assert analyzer.interrupt() == (b"", b"", 0)


@pytest.mark.parametrize(
    ("inputs", "secret_outputs"),
    [
        (POSTGRES | {"masterUsername": {SIGNATURE: SECRET, "value": "select"}}, ()),
        (KEYWORD, ("masterUsername",)),
        (KEYWORD | {"masterPassword": "select"}, ()),
    ],
    ids=["marked", "listed-by-the-provider", "the-same-as-a-password"],
)
def test_secrets_are_never_quoted(
    analyzer: Analyzer, inputs: dict[str, Any], secret_outputs: tuple[str, ...]
) -> None:
    found = analyzer.analyze(inputs, secret_outputs=secret_outputs)
    [username] = [item for item in found if item.policyName == "reserved-master-username"]
    assert "`[secret]` is a keyword" in username.message
    assert not [item.message for item in found if "select" in item.message.lower()]


def test_secret_settings_are_never_quoted(analyzer: Analyzer) -> None:
    request = analyzer_pb2.AnalyzerStackConfigureRequest(
        stack="dev", project="variety", config={"variety:user": "admin"}, config_secret_keys=["variety:user"]
    )
    analyzer.call("ConfigureStack", request)
    [found] = analyzer.analyze(ADMIN)
    assert "`[secret]` is reserved" in found.message


def test_levels_are_the_teams_to_choose(analyzer: Analyzer) -> None:
    analyzer.configure(reserved_master_username={"level": analyzer_pb2.ADVISORY})
    [found] = analyzer.analyze(ADMIN)
    assert found.enforcementLevel == analyzer_pb2.ADVISORY
    analyzer.configure(reserved_master_username={"failOn": "warning"})
    [found] = analyzer.analyze(KEYWORD)
    assert found.enforcementLevel == analyzer_pb2.MANDATORY
    analyzer.configure(reserved_master_username={"level": analyzer_pb2.DISABLED})
    assert analyzer.analyze(ADMIN) == []


def test_settings_of_a_policy_reach_its_rule(analyzer: Analyzer) -> None:
    analyzer.configure(
        global_table_without_replicas={"required": [{"table": "rules*", "regions": ["eu-central-1"]}]}
    )
    [found] = analyze_table(analyzer)
    assert found.policyName == "global-table-without-replicas"
    assert found.enforcementLevel == analyzer_pb2.MANDATORY
    assert found.urn.endswith("::rules")


def test_the_projects_own_configuration_holds_for_the_pack_too(program: Path) -> None:
    (program / "preflight.toml").write_text(
        '[rules.reserved-master-username]\nlevel = "warning"\n'
        '[rules.engine-version-unavailable]\nlevel = "off"\n'
        '[[rules.global-table-without-replicas.required]]\ntable = "rules*"\nregions = ["eu-central-1"]\n'
    )
    with running_pack(program, AWS_REGION="eu-west-1") as analyzer:
        shown = {item.name: item for item in analyzer.call("GetAnalyzerInfo", Empty()).policies}
        assert shown["reserved-master-username"].enforcementLevel == analyzer_pb2.ADVISORY
        [found] = analyzer.analyze(ADMIN | {"engineVersion": "15.3"})
        assert found.enforcementLevel == analyzer_pb2.ADVISORY
        assert names(analyze_table(analyzer)) == ["global-table-without-replicas"]


def test_a_broken_configuration_is_said_and_not_passed_over(program: Path) -> None:
    (program / "preflight.toml").write_text('ignroe = ["reserved-master-username"]\n')
    with running_pack(program) as analyzer:
        with pytest.raises(grpc.RpcError) as refused:
            analyzer.configure_stack()
        assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert "a similar one is `ignore`" in refused.value.details()


def test_a_policy_that_is_not_there_is_refused_with_the_closest(analyzer: Analyzer) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        analyzer.configure(reserved_master_usrname={})
    assert refused.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "a similar one is `reserved-master-username`" in refused.value.details()


def test_fields_of_newer_engines_are_passed_over(analyzer: Analyzer) -> None:
    channel = grpc.insecure_channel(f"127.0.0.1:{int(analyzer.first_line)}")
    analyze = channel.unary_unary("/pulumirpc.Analyzer/Analyze")
    field_999 = b"\xba\x3e\x03new"
    answer = analyze(resource_request(ADMIN).SerializeToString() + field_999, timeout=60)
    assert names(analyzer_pb2.AnalyzeResponse.FromString(answer).diagnostics) == ["reserved-master-username"]


def test_it_leaves_quietly_when_the_engine_has_no_more_questions(analyzer: Analyzer) -> None:
    analyzer.call("Cancel", Empty())
    out, err = analyzer.process.communicate(timeout=60)
    assert (out, err, analyzer.process.returncode) == (b"", b"", 0)


def test_it_leaves_when_the_engine_is_gone(analyzer: Analyzer) -> None:
    pack = int(
        (
            Path("/proc") / str(analyzer.process.pid) / "task" / str(analyzer.process.pid) / "children"
        ).read_text()
    )
    analyzer.analyze(ADMIN)
    analyzer.process.kill()
    # The pipe closes once nobody holds it any more, the pack included.
    out, err = analyzer.process.communicate(timeout=60)
    assert (out, err) == (b"", b"")
    assert not Path(f"/proc/{pack}/cwd").exists()


def analyze_table(analyzer: Analyzer) -> list[Any]:
    """What the stack policies say of one table in one region, whose outputs are unknown."""
    request = resource_request({"hashKey": "id"}, TABLE, "rules")
    analyzer.call("Analyze", request)
    stack = analyzer_pb2.AnalyzeStackRequest()
    stack.resources.add(type=TABLE, name="rules", urn=request.urn, properties=struct({"arn": UNKNOWN_TEXT}))
    return list(analyzer.call("AnalyzeStack", stack).diagnostics)


def test_importing_the_pack_imports_no_provider_and_no_client_of_aws() -> None:
    heavy = "{'pulumi_aws', 'boto3', 'botocore'} & set(sys.modules)"
    code = f"import sys, policy_pack.crossguard.analyzer; sys.exit(str({heavy}) if {heavy} else 0)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_a_leak_would_be_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    scratch = tmp_path_factory.mktemp("scratch")
    leaks = [scratch / "cache" / "one", scratch / f"{CANARY}.log"]
    for file in (*leaks, scratch / "clean"):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"\0" + CANARY.encode() if file is leaks[0] else b"hunter2")
    assert sorted(files_that_leak(scratch)) == sorted(leaks)


def test_a_type_that_no_rule_knows_is_answered_too(analyzer: Analyzer) -> None:
    assert analyzer.analyze(ADMIN, type="other:index:Thing") == []
    assert CLUSTER in _examples()
