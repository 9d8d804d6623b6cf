"""Small programs of every kind, run through both passes."""

from __future__ import annotations

import datetime
from pathlib import Path

from policy_pack.catalog import Catalogs
from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Predicted, ResourceReference, Secret
from policy_pack.model import ResourceOptions as PlanOptions
from policy_pack.rules.general.export_shows_secret import ExportShowsSecret
from policy_pack.rules.rule import PlanView

from .harness import PROJECT, named, simulate

HEAD = "import json, pulumi\nfrom pulumi import CustomResource, Output, ResourceOptions\n"


def test_a_component_its_children_and_its_provider(tmp_path: Path) -> None:
    program = """
        import pulumi, pulumi_aws as aws
        from pulumi import ResourceOptions

        class Group(pulumi.ComponentResource):
            def __init__(self, name, opts=None):
                super().__init__("demo:index:Group", name, None, opts)
                self.queue = aws.sqs.Queue(name + "-queue", opts=ResourceOptions(parent=self))
                self.register_outputs({"url": self.queue.url})

        west = aws.Provider("west", region="us-west-2")
        group = Group("group", ResourceOptions(providers=[west]))
        aws.sqs.Queue("own", region="us-east-2", opts=ResourceOptions(provider=west))
        aws.sqs.Queue("plain", tags={"of": group.queue.name}, opts=ResourceOptions(protect=True))
    """
    simulation = simulate(tmp_path, program)
    assert simulation.run.status == "complete"
    child = named(simulation, "group-queue")
    assert child.urn == "urn:pulumi:dev::demo::demo:index:Group$aws:sqs/queue:Queue::group-queue"
    assert child.parent == "urn:pulumi:dev::demo::demo:index:Group::group"
    assert [frame.line for frame in child.frames][:2] == [8, 12]
    assert child.region == "us-west-2"
    assert named(simulation, "own").region == "us-east-2"
    plain = named(simulation, "plain")
    assert plain.region == "eu-west-1"
    assert plain.options.protect
    assert isinstance(plain.at("tags.of"), Predicted)
    assert plain.property_dependencies["tags"] == (child.urn,)
    assert not named(simulation, "group").custom


def test_secrets_and_configuration(tmp_path: Path) -> None:
    program = (
        HEAD
        + """
config = pulumi.Config()
CustomResource("demo:index:Thing", "thing", {
    "password": config.require_secret("password"),
    "inside": {"password": config.require_secret("password"), "open": config.get("open")},
    "text": Output.concat("pw=", config.require_secret("password")),
    "size": config.require_int("size"),
    "list": config.require_object("list"),
    "given": config.require("given"),
    "own": Output.secret("literal"),
})
pulumi.export("password", config.require_secret("password"))
"""
    )
    stack = "config:\n  demo:password: {secure: AAAB}\n  demo:list: [1, two]\n  demo:config:open: visible\n"
    project = PROJECT + "  size:\n    type: integer\n    default: 3\n"
    files = {"__main__.py": program, "Pulumi.dev.yaml": stack}
    simulation = simulate(tmp_path, files, project, config={"given": "on the command line"})
    inputs = named(simulation, "thing").inputs
    assert simulation.run.status == "complete"
    assert isinstance(inputs["password"], Secret)
    assert isinstance(inputs["password"].value, Predicted)
    assert isinstance(inputs["text"], Secret)
    assert isinstance(inputs["text"].value, Predicted)
    inside = inputs["inside"]
    assert isinstance(inside, dict | Secret)
    assert (inputs["size"], inputs["list"], inputs["given"]) == (3, [1, "two"], "on the command line")
    assert inputs["own"] == Secret("literal")
    assert isinstance(simulation.plan.config["demo:password"], Secret)
    assert "AAAB" not in repr(simulation.plan)


def test_resources_as_inputs_reads_and_references(tmp_path: Path) -> None:
    program = """
        import json, pulumi, pulumi_aws as aws
        role = aws.iam.Role("role", assume_role_policy={"Version": "2012-10-17", "Statement": []})
        aws.iam.RolePolicyAttachment("attached", role=role, policy_arn="arn:aws:iam::aws:policy/Read")
        old = aws.iam.Role.get("old", "old-role")
        other = pulumi.StackReference("organization/network/dev")
        aws.sns.Topic("read", display_name=old.arn, name=old.id)
        aws.sns.Topic("referred", display_name=other.get_output("vpcId"))
        aws.sns.Topic("dumped", policy=pulumi.Output.json_dumps({"role": role.arn}))
    """
    simulation = simulate(tmp_path, program)
    assert simulation.run.status == "complete"
    assert simulation.plan.failures == ()
    reference = named(simulation, "attached").inputs["role"]
    assert isinstance(reference, ResourceReference)
    assert reference.urn == named(simulation, "role").urn
    assert named(simulation, "read").inputs["name"] == "old-role"
    assert isinstance(named(simulation, "read").inputs["displayName"], Predicted)
    assert isinstance(named(simulation, "referred").inputs["displayName"], Predicted)
    dumped = named(simulation, "dumped").inputs["policy"]
    assert isinstance(dumped, Predicted)
    assert str(dumped.value).startswith('{"role": "arn:aws:iam::')
    assert "old" not in {resource.name for resource in simulation.plan.resources}


def test_a_resource_that_is_made_inside_a_callback(tmp_path: Path) -> None:
    program = (
        HEAD
        + """
bucket = CustomResource("aws:s3/bucket:Bucket", "bucket", {"arn": None})

def grant(arn):
    CustomResource("aws:s3/bucketPolicy:BucketPolicy", "policy", {"policy": arn, "fixed": 1})

bucket.arn.apply(grant)
CustomResource("demo:index:Plain", "plain", {"arn": bucket.arn})
"""
    )
    simulation = simulate(tmp_path, program)
    assert (simulation.run.applies, simulation.run.applies_run) == (1, 1)
    policy = named(simulation, "policy")
    assert policy.in_callback
    assert policy.frames[0].line == 7
    assert all(isinstance(value, Predicted) for value in policy.inputs.values())
    plain = named(simulation, "plain")
    assert not plain.in_callback
    assert isinstance(plain.inputs["arn"], Predicted)
    assert simulation.run.unknown_inputs == 0


def test_an_asynchronous_program_transformations_and_a_dynamic_provider(tmp_path: Path) -> None:
    program = (
        HEAD
        + """
from pulumi.dynamic import Resource, ResourceProvider

class Never(ResourceProvider):
    def create(self, props):
        raise SystemExit("executed")

def tagged(args):
    if args.type_ == "aws:s3/bucket:Bucket":
        return pulumi.ResourceTransformationResult({**args.props, "tags": {"team": "a"}}, args.opts)

pulumi.runtime.register_stack_transformation(tagged)
CustomResource("aws:s3/bucket:Bucket", "bucket", {})

class Thing(Resource):
    made: Output[str]
    def __init__(self, name):
        super().__init__(Never(), name, {"size": 1, "made": None})

thing = Thing("thing")
CustomResource("demo:index:After", "after", {"made": thing.made})
"""
    )
    simulation = simulate(tmp_path, program)
    assert simulation.run.status == "complete"
    assert named(simulation, "bucket").inputs["tags"] == {"team": "a"}
    assert named(simulation, "thing").type == "pulumi-python:dynamic:Resource"
    assert named(simulation, "thing").inputs == {"size": 1}
    assert named(simulation, "after").inputs["made"] is UNKNOWN


def test_transforms_of_the_newer_kind_are_run(tmp_path: Path) -> None:
    program = (
        HEAD
        + """
def tagged(args):
    if args.type_.startswith("aws:s3/"):
        return pulumi.ResourceTransformResult({**args.props, "tags": {"team": "a"}}, args.opts)

async def numbered(args):
    return pulumi.ResourceTransformResult({**args.props, "number": 1}, args.opts)

pulumi.runtime.register_resource_transform(tagged)
options = ResourceOptions(transforms=[numbered])
bucket = CustomResource("aws:s3/bucket:Bucket", "bucket", {"arn": None}, options)
CustomResource("demo:index:Other", "other", {"arn": bucket.arn})
"""
    )
    simulation = simulate(tmp_path, program)
    assert simulation.run.status == "complete"
    assert named(simulation, "bucket").inputs == {"number": 1, "tags": {"team": "a"}}
    assert isinstance(named(simulation, "other").inputs["arn"], Predicted)


def test_a_program_that_is_a_coroutine(tmp_path: Path) -> None:
    program = (
        HEAD
        + """
async def main():
    CustomResource("demo:index:Thing", "thing", {"a": 1})

if hasattr(pulumi, "run"):
    pulumi.run(main)
else:
    CustomResource("demo:index:Thing", "thing", {"a": 1})
"""
    )
    simulation = simulate(tmp_path, program)
    assert simulation.run.status == "complete", simulation.plan.faults
    assert named(simulation, "thing").inputs == {"a": 1}


def test_modules_named_like_ours_neither_shadow_nor_are_shadowed(tmp_path: Path) -> None:
    names = ("records", "policy_pack", "program", "monitor", "guard", "boot", "structs", "shims")
    files = {f"{name}.py": f"NAME = 'mine: {name}'\n" for name in names}
    lines = [f"import {name}; assert {name}.NAME == 'mine: {name}'" for name in names]
    files["__main__.py"] = (
        HEAD + "\n".join(lines) + "\nCustomResource('demo:index:Thing', 'thing', {'a': records.NAME})\n"
    )
    simulation = simulate(tmp_path, files)
    assert simulation.run.status == "complete", simulation.plan.faults
    assert named(simulation, "thing").inputs == {"a": "mine: records"}
    assert {Path(file).name for file in simulation.plan.files} == set(files)


def test_the_environment_has_no_credentials_but_a_region(tmp_path: Path) -> None:
    program = HEAD + "import os\nCustomResource('demo:index:Environment', 'all', dict(os.environ))\n"
    environment = {
        "AWS_ACCESS_KEY_ID": "AKIA",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_SESSION_TOKEN": "x",
        "AWS_PROFILE": "admin",
        "AWS_REGION": "eu-west-3",
        "AWS_DEFAULT_REGION": "eu-west-3",
        "PULUMI_ACCESS_TOKEN": "pul-x",
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "GITHUB_TOKEN": "x",
        "DB_PASSWORD": "x",
        "GOOGLE_APPLICATION_CREDENTIALS": "x",
        "AZURE_CLIENT_ID": "x",
        "HARMLESS": "kept",
    }
    simulation = simulate(tmp_path, program, "name: demo\nruntime: python\n", environment=environment)
    seen = named(simulation, "all").inputs
    assert {key for key in environment if key in seen} == {"AWS_REGION", "AWS_DEFAULT_REGION", "HARMLESS"}
    assert seen["AWS_EC2_METADATA_DISABLED"] == "true"
    assert simulation.plan.region == "eu-west-3"


def test_the_same_program_gives_the_same_plan(tmp_path: Path) -> None:
    program = """
        import json, pulumi, pulumi_aws as aws
        zones = aws.get_availability_zones()
        topics = [aws.sns.Topic(f"topic-{zone}") for zone in zones.names]
        for number, topic in enumerate(topics):
            aws.sqs.Queue(f"queue-{number}", policy=topic.arn.apply(lambda arn: json.dumps({"arn": arn})))
        pulumi.export("arns", [topic.arn for topic in topics])
    """
    first, second = simulate(tmp_path, program), simulate(tmp_path, program)
    assert first.plan == second.plan
    assert first.run == second.run
    assert first.run.resources == 6
    assert first.run.applies_run == 3


def test_a_program_may_change_its_directory_and_start_threads(tmp_path: Path) -> None:
    program = (
        HEAD
        + """
import os, threading, time
os.chdir("/")
threading.Thread(target=time.sleep, args=(600,)).start()
import late
"""
    )
    files = {"__main__.py": program, "late.py": HEAD + "CustomResource('demo:index:Thing', 'thing', {})"}
    simulation = simulate(tmp_path, files, time_limit=30)
    assert simulation.run.status == "complete", simulation.plan.faults
    assert named(simulation, "thing").frames[0].path.endswith("late.py")


def test_the_data_sources_that_a_preview_asks_for(tmp_path: Path) -> None:
    program = """
        import pulumi
        from pulumi import CustomResource, InvokeOptions, InvokeOutputOptions, Output, ProviderResource
        from pulumi.runtime import invoke, invoke_output

        west = ProviderResource("aws", "west", {"region": "us-west-2"})
        role = CustomResource("aws:iam/role:Role", "role", {"name": None})
        vpc = invoke("aws:ec2/getVpc:getVpc", {"default": True}).value
        invoke("aws:ec2/getSubnet:getSubnet", {"vpcId": vpc["id"]}, InvokeOptions(provider=west))
        zone = invoke_output("aws:route53/getZone:getZone", {"name": "example.com", "region": "eu-west-2"})
        invoke_output("aws:iam/getRole:getRole", {"name": role.id})
        invoke_output("aws:iam/getRole:getRole", {"name": "app"}, InvokeOutputOptions(depends_on=[role]))
        invoke_output("aws:iam/getRole:getRole", {"name": Output.secret("app")})
        zone.apply(lambda found: invoke("aws:ec2/getAmi:getAmi", {"owners": ["self"]}))
    """
    found = {item.token.rpartition(":")[2]: item for item in simulate(tmp_path, program).plan.invokes}
    assert {name: (item.frames[0].line, item.region) for name, item in found.items()} == {
        "getVpc": (8, "eu-west-1"),
        "getSubnet": (9, "us-west-2"),
        "getZone": (10, "eu-west-2"),
        "getAmi": (14, "eu-west-1"),
    }
    assert found["getVpc"].arguments == {"default": True}
    assert isinstance(found["getSubnet"].arguments["vpcId"], Predicted)
    assert (found["getSubnet"].provider or "").startswith("urn:pulumi:dev::demo::pulumi:providers:aws::west")


def test_transforms_of_data_sources_and_hooks_which_are_never_run(tmp_path: Path) -> None:
    program = (
        HEAD
        + """
from pulumi.runtime import invoke

def elsewhere(args):
    return pulumi.InvokeTransformResult({**args.args, "name": "b.example.com"}, args.opts)

def never(args):
    raise SystemExit("executed")

pulumi.runtime.register_invoke_transform(elsewhere)
hook = pulumi.ResourceHook("never", never, pulumi.ResourceHookOptions(on_dry_run=True))
zone = invoke("aws:route53/getZone:getZone", {"name": "a.example.com"}).value
hooks = pulumi.ResourceHookBinding(before_create=[hook], after_create=[hook])
CustomResource("demo:index:Thing", "thing", {"zone": zone["name"]}, ResourceOptions(hooks=hooks))
"""
    )
    simulation = simulate(tmp_path, program)
    assert simulation.run.status == "complete", simulation.plan.faults
    assert simulation.plan.failures == ()
    assert named(simulation, "thing").inputs == {"zone": "b.example.com"}
    assert [item.arguments for item in simulation.plan.invokes] == [{"name": "b.example.com"}]


def test_a_transform_that_fails_is_told_and_stops_nothing(tmp_path: Path) -> None:
    program = (
        HEAD
        + """
def broken(args):
    raise RuntimeError("no such team")

pulumi.runtime.register_resource_transform(broken)
CustomResource("demo:index:Thing", "thing", {"a": 1})
"""
    )
    simulation = simulate(tmp_path, program)
    assert simulation.run.status == "complete"
    assert named(simulation, "thing").inputs == {"a": 1}
    (failure,) = simulation.plan.failures
    assert (failure.exception, failure.frames[0].line) == ("RuntimeError", 5)


def test_every_option_reaches_the_plan_and_a_transform_may_change_it(tmp_path: Path) -> None:
    program = (
        HEAD
        + """
from pulumi import Alias, ComponentResource, CustomTimeouts

class Group(ComponentResource):
    def __init__(self, name, opts):
        super().__init__("demo:index:Group", name, None, opts)
        CustomResource("demo:index:Thing", name + "-thing", {}, ResourceOptions(parent=self))

first = CustomResource("demo:index:Thing", "first", {})
Group("group", ResourceOptions(aliases=[Alias(name="gang")], deleted_with=first, retain_on_delete=True))
everything = ResourceOptions(
    protect=True,
    delete_before_replace=True,
    replace_on_changes=["size"],
    ignore_changes=["tags"],
    custom_timeouts=CustomTimeouts(create="10m", delete="1h"),
    additional_secret_outputs=["password"],
    aliases=[Alias(type_="demo:index:Old"), "urn:pulumi:dev::demo::demo:index:Older::all"],
    replace_with=[first],
    import_="id-1",
)

def unprotected(args):
    if args.name == "all":
        return pulumi.ResourceTransformResult(
            args.props, ResourceOptions.merge(args.opts, ResourceOptions(protect=False))
        )

pulumi.runtime.register_resource_transform(unprotected)
CustomResource("demo:index:Thing", "all", {}, everything)
"""
    )
    simulation = simulate(tmp_path, program)
    assert simulation.run.status == "complete", simulation.plan.faults
    start = "urn:pulumi:dev::demo::demo:index:"
    first = start + "Thing::first"
    assert named(simulation, "all").options == PlanOptions(
        delete_before_replace=True,
        replace_on_changes=("size",),
        ignore_changes=("tags",),
        custom_timeouts={"create": "10m", "delete": "1h"},
        additional_secret_outputs=("password",),
        aliases=(start + "Old::all", start + "Older::all"),
        import_id="id-1",
    )
    assert named(simulation, "group-thing").options == PlanOptions(
        deleted_with=first, retain_on_delete=True, aliases=(start + "Group$demo:index:Thing::gang-thing",)
    )


def test_an_export_is_placed_where_the_program_makes_it(tmp_path: Path) -> None:
    program = (
        HEAD
        + """
def export_all(values):
    for name, value in values.items():
        pulumi.export(name, value)

password = pulumi.Config().require("password")
export_all({"url": f"postgres://app:{password}@host"})
pulumi.export("hidden", pulumi.Config().require_secret("password"))
"""
    )
    config = {"__main__.py": program, "Pulumi.dev.yaml": "config:\n  demo:password: {secure: AAAB}\n"}
    plan = simulate(tmp_path, config).plan
    assert [frame.line for frame in plan.export_frames["url"]] == [6, 9]
    (problem,) = ExportShowsSecret().check(
        PlanView(plan, lambda *missed: None), Facts(Catalogs(), datetime.date(2026, 11, 22))
    )
    assert problem.message == "the export `url` shows a secret in plain text"
    assert problem.span == plan.export_frames["url"][0].span()
