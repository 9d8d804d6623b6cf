"""Ids, ARNs and tabled outputs take the documented form, with what the program gave in its place."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .harness import child_module

identifiers = child_module("identifiers")
predictions = child_module("predictions")
services = child_module("services")
INDEX = child_module("typeindex").TypeIndex(None)
PLACE = {"region": "eu-west-1", "account": "123456789012", "partition": "aws", "dns_suffix": "amazonaws.com"}
BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:"


def foreseen(token: str, **inputs: Any) -> dict[str, Any]:
    """The outputs of a resource named `thing`, and its id."""
    maker = predictions.Predictor(INDEX, PLACE)
    urn = f"urn:pulumi:dev::demo::{token}::thing"
    state = maker.outputs(token, urn, inputs)
    arn = state.get("arn") or maker.arn(token, urn, inputs)
    return {**state, "id": maker.resource_id(token, urn, inputs, arn)}


@pytest.mark.parametrize(
    ("kind", "inputs", "shape"),
    [
        ("lambda/permission:Permission", {}, r"thing-\w{7}/thing-\w{7}"),
        ("iam/rolePolicy:RolePolicy", {"role": "app", "name": "read"}, r"app:read"),
        (
            "iam/rolePolicyAttachment:RolePolicyAttachment",
            {"policyArn": "arn:aws:iam::aws:policy/X"},
            r".+/X",
        ),
        ("s3/bucketObjectv2:BucketObjectv2", {"bucket": "b", "key": "a/c.txt"}, r"b/a/c\.txt"),
        ("s3/bucketPolicy:BucketPolicy", {"bucket": "b"}, r"b"),
        (
            "apigateway/method:Method",
            {"restApi": "abc", "resourceId": "r", "httpMethod": "GET"},
            r"abc/r/GET",
        ),
        ("eks/nodeGroup:NodeGroup", {"clusterName": "c", "nodeGroupName": "n"}, r"c:n"),
        ("route53/record:Record", {"zoneId": "Z1", "name": "www", "type": "A"}, r"Z1_www_A"),
        ("kms/alias:Alias", {"name": "alias/data"}, r"alias/data"),
        ("ssm/parameter:Parameter", {"name": "/app/key"}, r"/app/key"),
        ("ecs/cluster:Cluster", {"name": "main"}, r"arn:aws:ecs:eu-west-1:123456789012:cluster/main"),
        ("cognito/userPool:UserPool", {}, r"eu-west-1_[0-9A-F]{9}"),
        ("cloudfront/distribution:Distribution", {}, r"E[0-9A-F]{13}"),
        ("apigatewayv2/api:Api", {}, r"[0-9a-f]{10}"),
        (
            "secretsmanager/secretRotation:SecretRotation",
            {"secretId": "arn:aws:secretsmanager:x"},
            r"arn:.+:x",
        ),
        ("sns/topic:Topic", {"fifoTopic": True}, r"arn:aws:sns:eu-west-1:123456789012:thing-\w{7}\.fifo"),
        ("sqs/queue:Queue", {"region": "us-east-2"}, r"https://sqs\.us-east-2\..+"),
        ("s3/bucket:Bucket", {"bucketPrefix": "logs."}, r"logs\.\w{7}"),
    ],
)
def test_an_id_has_its_documented_parts(kind: str, inputs: dict[str, Any], shape: str) -> None:
    assert re.fullmatch(shape, foreseen(f"aws:{kind}", **inputs)["id"])


@pytest.mark.parametrize(
    ("kind", "inputs", "shape"),
    [
        ("lb/loadBalancer:LoadBalancer", {}, BALANCER + r"loadbalancer/app/thing-\w{7}/\w{16}"),
        (
            "lb/loadBalancer:LoadBalancer",
            {"loadBalancerType": "network", "name": "n"},
            BALANCER + r"loadbalancer/net/n/\w{16}",
        ),
        ("lb/targetGroup:TargetGroup", {}, BALANCER + r"targetgroup/thing-\w{7}/\w{16}"),
        ("ec2/securityGroup:SecurityGroup", {}, r"arn:aws:ec2:.+:security-group/sg-[0-9a-f]{17}"),
        ("efs/fileSystem:FileSystem", {}, r"arn:aws:elasticfilesystem:.+:file-system/fs-\w{17}"),
        (
            "cloudfront/distribution:Distribution",
            {},
            r"arn:aws:cloudfront::123456789012:distribution/E\w{13}",
        ),
        (
            "sfn/stateMachine:StateMachine",
            {},
            r"arn:aws:states:eu-west-1:123456789012:stateMachine:thing-\w{7}",
        ),
        ("route53/zone:Zone", {}, r"arn:aws:route53:::hostedzone/Z\w+"),
        ("ecs/taskDefinition:TaskDefinition", {"family": "f"}, r"arn:aws:ecs:.+:task-definition/f:1"),
        (
            "iam/instanceProfile:InstanceProfile",
            {},
            r"arn:aws:iam::123456789012:instance-profile/thing-\w{7}",
        ),
        ("sqs/queue:Queue", {"region": "us-east-2", "name": "q"}, r"arn:aws:sqs:us-east-2:123456789012:q"),
        ("acm/certificate:Certificate", {}, r"arn:aws:acm:eu-west-1:123456789012:certificate/[0-9a-f-]{36}"),
    ],
)
def test_an_arn_is_its_services_own(kind: str, inputs: dict[str, Any], shape: str) -> None:
    assert re.fullmatch(shape, foreseen(f"aws:{kind}", **inputs)["arn"])


@pytest.mark.parametrize("token", [token for token in services._OUTPUTS if token.startswith("aws:")])
def test_the_table_names_what_the_package_declares_in_its_type(token: str) -> None:
    declared = INDEX.resource(token)["outputs"]
    state = foreseen(token, templateBody='{"Outputs": {"Group": 1}}')
    for key in services._OUTPUTS[token]:
        assert key in declared
        if not declared[key].startswith("Optional["):
            kind = {"str": str, "int": int}.get(declared[key], (list, dict))
            assert isinstance(state[key], kind), key


def test_what_programs_take_apart_is_whole() -> None:
    cluster = foreseen("aws:eks/cluster:Cluster")
    assert cluster["identities"][0]["oidcs"][0]["issuer"].startswith(
        "https://oidc.eks.eu-west-1.amazonaws.com/id/"
    )
    assert cluster["certificateAuthority"]["data"].endswith("=")
    database = foreseen("aws:rds/instance:Instance", engine="mysql")
    assert database["endpoint"] == f"{database['address']}:3306"
    certificate = foreseen(
        "aws:acm/certificate:Certificate", domainName="a.org", subjectAlternativeNames=["*.a.org", "b.org"]
    )
    names = [option["domainName"] for option in certificate["domainValidationOptions"]]
    assert names == ["a.org", "*.a.org", "b.org"]
    balancer = foreseen("aws:lb/loadBalancer:LoadBalancer", name="n")
    assert balancer["arn"].endswith(":loadbalancer/" + balancer["arnSuffix"])


@pytest.mark.parametrize(
    "template",
    [
        '{"Resources": {}, "Outputs": {"Group": {"Value": 1}, "Role": {"Value": 2}}}',
        "Resources:\n  X:\n    Type: Y\nOutputs:\n  # a\n  Group:\n    Value: 1\n\n  Role:\n    Value: 2\n",
    ],
)
def test_a_template_tells_the_outputs_of_its_stack(template: str) -> None:
    state = foreseen("aws:cloudformation/stack:Stack", templateBody=template)
    assert set(state["outputs"]) == {"Group", "Role"}


def test_a_map_whose_keys_nobody_can_tell_stays_unknown() -> None:
    assert "outputs" not in foreseen("aws:cloudformation/stack:Stack", templateUrl="https://example.com")
    assert foreseen("aws:s3/bucket:Bucket", tags={"a": "b"})["tagsAll"] == {"a": "b"}


def test_a_secret_name_is_no_part_of_an_id() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}
    assert "hunter2" not in foreseen("aws:iam/role:Role", name=secret)["id"]


@given(
    st.text("0123456789abcdefghijklmnopABCDEXYZ-_/.:", max_size=40), st.text("0123456789abcdef", min_size=64)
)
def test_a_shaped_text_never_is_the_example_itself(example: str, digest: str) -> None:
    shaped = identifiers.Identifiers(PLACE).shaped(example, digest)
    assert shaped is None or re.fullmatch(r"[\w-]+", shaped)


def test_documented_paths_are_filled_in() -> None:
    maker = identifiers.Identifiers(PLACE)
    declared = {
        "id": "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}/providers/X/vms/{vmName}",
        "names": [],
    }
    found = maker.resource_id(
        declared, "azure:x:Vm", "urn:pulumi:d::p::azure:x:Vm::vm", {"resourceGroupName": "g"}, ""
    )
    assert re.fullmatch(r"/subscriptions/0{8}-.+/resourceGroups/g/providers/X/vms/vm-\w{7}", found)
    declared = {"id": "projects/{{project}}/zones/{{zone}}/{{name}}", "names": []}
    found = maker.resource_id(
        declared, "gcp:x:I", "urn:pulumi:d::p::gcp:x:I::i", {"zone": "z", "name": "n"}, ""
    )
    assert found == "projects/predicted-project/zones/z/n"
