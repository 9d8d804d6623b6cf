"""TypeScript and JavaScript programs, run by the project's own Node.js SDK."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from policy_pack.model import UNKNOWN, Predicted, Secret
from policy_pack.simulator import Simulation

from .harness import named, simulate

ROOT = Path(__file__).parents[2]
MODULES = Path(os.environ.get("PREFLIGHT_NODE_MODULES") or ROOT / ".venv" / "node" / "node_modules")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not shutil.which("node") or not (MODULES / "@pulumi" / "pulumi").is_dir(),
        reason=f"needs node, and @pulumi/pulumi in {MODULES} (`make test-slow` installs it where npm is)",
    ),
]

PROJECT = "name: demo\nruntime: nodejs\nconfig:\n  aws:region: eu-west-1\n"
MANIFEST = '{"name": "demo", "dependencies": {"@pulumi/pulumi": "^3"}}'
QUEUE = """\
import * as pulumi from "@pulumi/pulumi";

export class Queue extends pulumi.CustomResource {
    readonly arn!: pulumi.Output<string>;
    readonly tagsAll!: pulumi.Output<Record<string, string>>;
    constructor(name: string, args: Record<string, any> = {}, opts?: pulumi.CustomResourceOptions) {
        super("aws:sqs/queue:Queue", name, { arn: undefined, tagsAll: undefined, ...args }, opts);
    }
}
"""


def run(
    directory: Path, program: str | dict[str, str], project: str = PROJECT, manifest: str = MANIFEST
) -> Simulation:
    """Write a Node.js project that has the SDK, and simulate it."""
    files = {"index.ts": program} if isinstance(program, str) else program
    (directory / "node_modules").symlink_to(MODULES)
    return simulate(
        directory, {"package.json": manifest, "queue.ts": QUEUE, **files}, project, time_limit=240.0
    )


def at(path: Path, line: int, column: int) -> tuple[str, int, int]:
    return (str(path.resolve()), line, column)


def place(span: Any) -> tuple[str, int, int]:
    return (span.path, span.line, span.column)


def test_a_program_with_callbacks_is_run_to_its_end(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """\
        import * as pulumi from "@pulumi/pulumi";
        import { Queue } from "./queue";

        const first = new Queue("first", { maxMessageSize: 2048, secret: pulumi.secret("s3cret") });
        const second = new Queue("second", {
            policy: first.arn.apply((arn) => JSON.stringify({ arn })),
            nested: [{ of: first.id }],
        }, { protect: true, dependsOn: [first] });
        second.arn.apply((arn) => new Queue("late", { of: arn }));
        export const arn = second.arn;
        """,
    )
    assert (done.run.status, done.run.applies, done.run.applies_run) == ("complete", 2, 2)
    assert done.run.unknown_inputs == 0
    second = named(done, "second")
    policy = second.inputs["policy"]
    assert isinstance(policy, Predicted)
    assert "arn:aws:sqs:eu-west-1:123456789012:first-" in str(policy.value)
    assert second.options.protect
    assert second.property_dependencies["policy"] == (named(done, "first").urn,)
    assert [(frame.line, frame.column) for frame in second.frames if frame.path.endswith("index.ts")] == [
        (5, 16)
    ]
    assert named(done, "late").in_callback
    assert isinstance(done.plan.exports["arn"], Predicted)
    assert str(tmp_path.resolve() / "index.ts") in done.plan.files
    assert str(tmp_path.resolve() / "queue.ts") in done.plan.files


def test_resources_stand_in_the_order_in_which_they_are_written(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """\
        import { Queue } from "./queue";

        const names = new Promise<string>((resolve) => setTimeout(() => resolve("slow"), 200));
        const first = new Queue("first", { of: names });
        new Queue("second", { of: first.arn.apply((arn) => new Queue("late", { arn }).arn) });
        for (const name of ["b", "a"]) {
            new Queue(name);
        }
        """,
    )
    assert done.run.status == "complete"
    assert [item.name for item in done.plan.resources if item.name != "late"] == ["first", "second", "b", "a"]


def test_a_callback_that_throws_leaves_an_unknown_and_the_rest_goes_on(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """\
        import { Queue } from "./queue";

        const first = new Queue("first");
        const text = first.arn.apply((arn) => {
            const parts: any = arn.split("/");
            return parts[9].length;
        });
        new Queue("second", { of: text });
        new Queue("third", { of: first.arn.apply(async (arn) => missing(arn)) });
        """,
    )
    assert done.run.status == "complete"
    assert named(done, "second").inputs["of"] is UNKNOWN
    assert named(done, "third").inputs["of"] is UNKNOWN
    failures = {failure.exception: failure for failure in done.plan.failures}
    assert sorted(failures) == ["ReferenceError", "TypeError"]
    index = tmp_path / "index.ts"
    assert place(failures["TypeError"].span) == at(index, 6, 21)
    assert failures["TypeError"].predicted
    assert not failures["TypeError"].certain
    assert failures["ReferenceError"].certain
    assert place(failures["ReferenceError"].span) == at(index, 9, 57)


def test_outputs_made_into_text_lead_to_their_lines(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """\
        import { Queue } from "./queue";

        const first = new Queue("first");
        new Queue("second", {
            name: `x-${first.arn}`,
            policy: JSON.stringify({ of: first.arn }),
        });
        """,
    )
    second = named(done, "second")
    assert "Calling [toString] on an [Output<T>]" in str(second.inputs["name"])
    assert "Calling [toJSON] on an [Output<T>]" in str(second.inputs["policy"])
    assert "[preflight:" not in str(second.inputs)
    index = tmp_path / "index.ts"
    assert place(second.origins["name"].span()) == at(index, 5, 22)
    assert place(second.origins["policy"].span()) == at(index, 6, 18)


@pytest.mark.parametrize(
    ("program", "kind", "message", "line"),
    [
        ("const a = 1;\nthrow new Error('boom');", "failed", "raises Error: boom", 2),
        ("import './absent';", "failed", "the module `./absent` cannot be found", None),
        ("import 'no-such-package';", "failed", "the module `no-such-package` cannot be found", None),
        ("const a = ;", "failed", "not valid TypeScript: Expression expected", 1),
        ("process.exit(3);", "stopped", "calls `process.exit(3)`", 1),
    ],
    ids=["throws", "absent file", "absent package", "syntax", "exit"],
)
def test_why_a_program_did_not_come_to_its_end(
    tmp_path: Path, program: str, kind: str, message: str, line: int | None
) -> None:
    done = run(tmp_path, program)
    (fault,) = done.plan.faults
    assert message in fault.message
    assert fault.kind == kind
    if line is not None:
        assert fault.span is not None
        assert (fault.span.path, fault.span.line) == (str(tmp_path.resolve() / "index.ts"), line)


ACTS = {
    "write": ('fs.writeFileSync("out.txt", "x")', "writes to `out.txt`|changes `out.txt`"),
    "process": ('child_process.execSync("true")', "starts a process (`true`)"),
    "network": ('net.connect(9, "192.0.2.1")', "opens a connection to `192.0.2.1:9`"),
    "name": ('dns.lookup("example.com", () => 0)', "looks up the host `example.com`"),
}


@pytest.mark.parametrize("act", sorted(ACTS))
def test_acts_on_the_world_are_refused(tmp_path: Path, act: str) -> None:
    code, message = ACTS[act]
    imports = "".join(
        f'import * as {name} from "{name}";\n' for name in ("fs", "child_process", "net", "dns")
    )
    done = run(tmp_path, f"{imports}\n{code};\n")
    (fault,) = done.plan.faults
    assert any(each in fault.message for each in message.split("|"))
    assert fault.span is not None
    assert fault.span.line == 6
    assert not (tmp_path / "out.txt").exists()


def test_what_stays_allowed(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """\
        import * as fs from "fs";
        import * as os from "os";
        import * as path from "path";
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "x-"));
        fs.writeFileSync(path.join(folder, "a"), "text");
        export const text = fs.readFileSync(path.join(folder, "a"), "utf8");
        """,
    )
    assert done.run.status == "complete"
    assert done.plan.exports == {"text": "text"}


def test_transforms_of_the_newer_kind_are_run(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """\
        import * as pulumi from "@pulumi/pulumi";
        import { Queue } from "./queue";
        pulumi.runtime.registerResourceTransform((args) => ({
            props: { ...args.props, tags: { name: args.name } }, opts: args.opts,
        }));
        new Queue("first");
        """,
    )
    assert done.run.status == "complete"
    assert named(done, "first").inputs["tags"] == {"name": "first"}


def test_an_es_module(tmp_path: Path) -> None:
    manifest = json.loads(MANIFEST) | {"type": "module"}
    done = run(
        tmp_path,
        """\
        import * as pulumi from "@pulumi/pulumi";
        import { Queue } from "./queue.js";

        const first = new Queue("first");
        export default { arn: first.arn.apply((arn) => { throw new Error("no " + arn.length); }) };
        """,
        manifest=json.dumps(manifest),
    )
    assert done.run.status == "complete"
    assert [(frame.line, frame.column) for frame in named(done, "first").frames][-1] == (4, 15)
    (failure,) = done.plan.failures
    assert place(failure.span) == at(tmp_path / "index.ts", 5, 56)


@pytest.mark.parametrize("options", ["", "\n  options: {typescript: false}"])
def test_a_javascript_program(tmp_path: Path, options: str) -> None:
    done = run(
        tmp_path,
        {"lib/main.js": 'const pulumi = require("@pulumi/pulumi");\nexports.name = pulumi.getStack();\n'},
        f"name: demo\nmain: lib/main.js\nruntime:\n  name: nodejs{options}\n",
    )
    assert done.run.status == "complete"
    assert done.plan.exports == {"name": "dev"}


def test_configuration_and_secrets(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """\
        import * as pulumi from "@pulumi/pulumi";
        const config = new pulumi.Config();
        export const size = config.requireNumber("size");
        export const password = config.requireSecret("password");
        const network: any = config.requireObject("network");
        export const made = [config.require("vpcId"), config.requireBoolean("on"), network.subnetId];
        """,
        "name: demo\nruntime: nodejs\nconfig:\n  size: 3\n  password: {value: hidden, secret: true}\n",
    )
    assert done.run.status == "complete"
    assert done.plan.exports["size"] == 3
    assert isinstance(done.plan.exports["password"], Secret)
    vpc, switch, subnet = done.plan.exports["made"]  # type: ignore[misc]
    assert str(vpc.value).startswith("vpc-")
    assert (switch.value, str(subnet.value)[:7]) == (False, "subnet-")
    missing = {read.key: read.frames[0].line for read in done.plan.config_reads if read.missing}
    assert missing == {"demo:network": 5, "demo:vpcId": 6, "demo:on": 6}


def test_outputs_of_another_stack_are_predicted_or_unknown(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """\
        import * as pulumi from "@pulumi/pulumi";
        const other = new pulumi.StackReference("organization/other/dev");
        export const vpc = other.requireOutput("vpcId").apply((id) => id.toUpperCase());
        export const odd = other.getOutput("odd");
        """,
    )
    assert (done.run.status, done.run.applies_run) == ("complete", 1)
    vpc = done.plan.exports["vpc"]
    assert isinstance(vpc, Predicted)
    assert str(vpc.value).startswith("VPC-")
    assert done.plan.exports["odd"] is UNKNOWN


def test_a_data_source_is_answered_and_placed(tmp_path: Path) -> None:
    done = run(
        tmp_path,
        """\
        import * as pulumi from "@pulumi/pulumi";
        export const zones = pulumi.runtime.invoke("aws:index/getAvailabilityZones:getAvailabilityZones", {})
            .then((found: any) => found.names);
        """,
    )
    assert len(done.plan.exports["zones"]) == 3  # type: ignore[arg-type]
    (invoke,) = done.plan.invokes
    assert invoke.token.endswith(":getAvailabilityZones")
    assert place(invoke.span()) == at(tmp_path / "index.ts", 2, 37)
