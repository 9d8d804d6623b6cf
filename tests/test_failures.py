"""The documented failures: each is found at its line, its mended twin is clean, and so is honest change.

The programs in `failures/` say themselves what is expected, in a comment at the end of the line:
`# expect: error[rule] part of the message`, or `# expect below: …` about the next line.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from policy_pack.cli import main, reporting
from policy_pack.linter.checking import Checker
from policy_pack.linter.report import Report
from policy_pack.model import Plan
from policy_pack.report import render

HERE = Path(__file__).parent
FAILURES = HERE / "failures"
STACK = HERE.parent / "stack"
EXPECTED = re.compile(r"# expect(?P<below> below)?: (?P<severity>\w+)\[(?P<rule>[\w-]+)\] (?P<says>.+)")

# Those for which a fix is promised; what it deploys is what the twin mended by hand does.
FIXED = {"output-in-json", "output-in-string", "output-method-call", "relative-import"}
# Each is simulated two or three times: every time those that a rule of its own kind finds, seldom the others.
OFTEN = {"output-in-json"}

Expectation = tuple[str, str, str, int]


@pytest.fixture(autouse=True)
def _no_format_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFLIGHT_OUTPUT_FORMAT", raising=False)


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch) -> list[Report]:
    """The reports that commands render, so that one run can be seen in several formats."""
    seen: list[Report] = []

    def keep(report: Report, output_format: str, color: bool) -> str:
        seen.append(report)
        return render(report, output_format, color)

    monkeypatch.setattr(reporting, "render", keep)
    return seen


def check(capsys: pytest.CaptureFixture[str], *given: Path | str) -> tuple[int, dict[str, Any]]:
    code = main(["check", *map(str, given), "--output-format", "json"])
    return code, json.loads(capsys.readouterr().out)


def expectations(directory: Path) -> dict[Expectation, str]:
    """What the comments of a program expect: rule, severity, file and line, and a part of the message."""
    return {
        (match["rule"], match["severity"], str(file), number + bool(match["below"])): match["says"]
        for file in sorted(directory.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
        for number, line in enumerate(file.read_text().splitlines(), start=1)
        if (match := EXPECTED.search(line))
    }


def found(report: dict[str, Any]) -> dict[Expectation, str]:
    places = [
        (item["rule"], item["severity"], str(Path(item["path"]).resolve()), item["line"])
        for item in report["findings"]
    ]
    assert len(set(places)) == len(places), "each failure is reported once"
    return dict(zip(places, (item["message"] for item in report["findings"]), strict=True))


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """The plans that commands check."""
    seen: list[Plan] = []
    check_plan = Checker.check

    def keep(checker: Checker, plan: Plan, *given: Any) -> None:
        seen.append(plan)
        check_plan(checker, plan, *given)

    monkeypatch.setattr(Checker, "check", keep)
    return seen


def resources(plan: Plan) -> list[tuple[str, str, object]]:
    """What a plan deploys, without the lines that it comes from."""
    return sorted((item.type, item.name, item.inputs) for item in plan.resources)


def names() -> list[Any]:
    """The folders of the failures."""
    found = sorted(path.name for path in FAILURES.iterdir())
    return [pytest.param(name, marks=[] if name in OFTEN else [pytest.mark.slow]) for name in found]


@pytest.mark.parametrize("name", names())
def test_a_documented_failure_is_found_and_its_mended_twin_is_clean(
    name: str, plans: list[Plan], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = FAILURES / name / "before", FAILURES / name / "after"
    expected = expectations(before)
    code, report = check(capsys, before)
    messages = found(report)
    assert expected
    assert messages.keys() == expected.keys()
    for place, says in expected.items():
        assert says in messages[place]
    ended = [program for program in report["programs"] if program["status"] != "complete"]
    assert code == (2 if ended else any(severity == "error" for _, severity, _, _ in expected))
    assert expectations(after) == {}
    mended = [shutil.copytree(before, tmp_path / "mended")] if name in FIXED else []
    plans.clear()
    code, report = check(capsys, after, *mended, *(["--fix"] if mended else []))
    assert (code, report["findings"]) == (0, [])
    assert {program["status"] for program in report["programs"]} == {"complete"}
    by_hand, *by_fix = map(resources, plans)
    assert by_hand
    assert by_fix == [by_hand for _ in mended]


def written(directory: Path) -> dict[str, str]:
    """The modules of a program without the comments that say what is expected."""
    return {
        str(file.relative_to(directory)): re.sub(
            r"^# expect.*\n|  # expect.*", "", file.read_text(), flags=re.M
        )
        for file in directory.rglob("*.py")
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", ["broken-tests", "mixed-imports"])
def test_fixes_make_of_a_documented_failure_what_was_mended_by_hand(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = Path(shutil.copytree(FAILURES / name / "before", tmp_path / name))
    assert main(["check", str(directory), "--fix"]) == 0
    assert written(directory) == written(FAILURES / name / "after")
    assert "clean" in capsys.readouterr().out


class Copy:
    """A copy of the bundled stack to change."""

    def __init__(self, directory: Path) -> None:
        self.directory = Path(
            shutil.copytree(STACK, directory / "stack", ignore=shutil.ignore_patterns("__pycache__"))
        )
        # The copy has no virtual environment beside it; without the key it runs with the tests' own.
        self.edit("Pulumi.yaml", "    virtualenv: ../.venv\n", "")

    def edit(self, file: str, old: str, new: str) -> int:
        """Replace what stands there once; answers the line on which the new text begins."""
        path = self.directory / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file} has {text.count(old)} times {old!r}"
        path.write_text(text.replace(old, new))
        return text[: text.index(old)].count("\n") + 1


@pytest.fixture
def stack(tmp_path: Path) -> Copy:
    return Copy(tmp_path)


DATABASE = "fraud_detection/database.py"
COMPUTE = "fraud_detection/compute.py"
DOCUMENT = "    return pulumi.Output.json_dumps([container])\n"
RESOLVED = """\
    endpoint, table = database.aurora.endpoint, database.rules.name
    container["secrets"] = []
    return pulumi.Output.all(endpoint, table).apply(
        lambda args: json.dumps(
            [
                {
                    **container,
                    "environment": [{"name": "DATABASE_HOST", "value": args[0]}],
                    "logConfiguration": {
                        "logDriver": "awslogs",
                        "options": {
                            "awslogs-region": settings.region,
                            "awslogs-group": logs.service.name,
                        },
                    },
                }
            ]
        )
    )
"""
REPLICAS = """\
        replicas=[
            aws.dynamodb.TableReplicaArgs(
                region_name=region,
                point_in_time_recovery=True,
                deletion_protection_enabled=settings.deletion_protection,
                propagate_tags=True,
            )
            for region in settings.database.replica_regions
        ],
"""


def break_version(stack: Copy) -> tuple[str, str, int, str]:
    line = stack.edit("Pulumi.yaml", 'default: "15.19"', 'default: "15.3"')
    return "engine-version-unavailable", "Pulumi.yaml", line, "`15.3`"


def break_username(stack: Copy) -> tuple[str, str, int, str]:
    line = stack.edit(DATABASE, 'MASTER_USERNAME = "dbadmin"', 'MASTER_USERNAME = "admin"')
    return "reserved-master-username", DATABASE, line, "`admin`"


def break_document(stack: Copy) -> tuple[str, str, int, str]:
    stack.edit(
        COMPUTE, "from dataclasses import dataclass\n", "import json\nfrom dataclasses import dataclass\n"
    )
    first = stack.edit(COMPUTE, DOCUMENT, RESOLVED)
    line = first + RESOLVED[: RESOLVED.index("logs.service.name")].count("\n")
    return "output-in-json", COMPUTE, line, "`logs.service.name`"


def break_replicas(stack: Copy) -> tuple[str, str, int, str]:
    stack.edit(DATABASE, REPLICAS, "")
    before = (stack.directory / DATABASE).read_text().partition('"fraud-rules",')[0]
    return "global-table-without-replicas", DATABASE, before.count("\n"), "`eu-central-1`"


@pytest.mark.parametrize(
    "break_it",
    [
        break_document,
        *(
            pytest.param(edit, marks=pytest.mark.slow)
            for edit in (break_version, break_username, break_replicas)
        ),
    ],
)
def test_a_documented_failure_in_the_bundled_stack_is_its_only_error(
    break_it: Any, stack: Copy, reports: list[Report], capsys: pytest.CaptureFixture[str]
) -> None:
    rule, file, line, says = break_it(stack)
    code, report = check(capsys, stack.directory)
    (finding,) = report["findings"]
    assert code == 1
    assert (finding["rule"], finding["severity"], finding["line"]) == (rule, "error", line)
    assert Path(finding["path"]).resolve() == stack.directory / file
    assert says in finding["message"]
    assert finding["help"]
    text = render(reports[0], "full", color=False)
    assert text.startswith(f"error[{rule}]: {finding['message']}\n")
    assert f"{finding['path']}:{line}:{finding['column']}\n" in text
    source = (stack.directory / file).read_text().splitlines()[line - 1]
    excerpt, marks = text.splitlines()[3:5]
    assert excerpt == f"{line} | {source}"
    assert marks.index("^") - len(f"{line} | ") == finding["column"] - 1


def another_region(stack: Copy) -> None:
    stack.edit("Pulumi.dev.yaml", "aws:region: eu-west-1", "aws:region: us-west-2")


def another_version(stack: Copy) -> None:
    stack.edit("Pulumi.yaml", 'default: "15.19"', 'default: "16.13"')


def major_version_only(stack: Copy) -> None:
    stack.edit(DATABASE, "engine_version=settings.database.engine_version", 'engine_version="15"')


def restored_from_a_snapshot(stack: Copy) -> None:
    stack.edit(DATABASE, "        master_username=MASTER_USERNAME,\n", "")
    stack.edit(
        DATABASE, "        database_name=DATABASE_NAME,\n", '        snapshot_identifier="fraud-2026",\n'
    )


def user_name_from_a_resource(stack: Copy) -> None:
    stack.edit(DATABASE, "master_username=MASTER_USERNAME", "master_username=name.result")
    stack.edit(
        DATABASE,
        "    return aws.rds.Cluster(\n",
        """\
    name = pulumi.CustomResource("random:index/randomPet:RandomPet", "name", {"result": None, "length": 1})
    return aws.rds.Cluster(
""",
    )


def extra_tags(stack: Copy) -> None:
    stack.edit(
        "fraud_detection/settings.py",
        '            "ManagedBy": "pulumi",\n',
        '            "ManagedBy": "pulumi",\n            "CostCenter": f"{PROJECT}/{self.region}",\n',
    )


def fewer_zones(stack: Copy) -> None:
    stack.edit("Pulumi.yaml", "default: 3\n", "default: 2\n")


def more_gateways_and_instances(stack: Copy) -> None:
    stack.edit("Pulumi.dev.yaml", "natGateways: 1", "natGateways: 2")
    stack.edit("Pulumi.dev.yaml", "databaseInstances: 1", "databaseInstances: 2")


def replicas_elsewhere(stack: Copy) -> None:
    stack.edit("Pulumi.dev.yaml", "    - eu-central-1\n", "    - eu-north-1\n    - us-east-1\n")
    stack.edit("preflight.toml", '["eu-central-1"]', '["us-east-1", "eu-north-1"]')


def plain_json_in_a_callback(stack: Copy) -> None:
    stack.edit(
        COMPUTE, "from dataclasses import dataclass\n", "import json\nfrom dataclasses import dataclass\n"
    )
    resolved = RESOLVED.replace("logs.service.name", "args[2]").replace(
        "(endpoint, table)", "(endpoint, table, group)"
    )
    stack.edit(COMPUTE, DOCUMENT, "    group = logs.service.name\n" + resolved)


def texts_of_plain_values(stack: Copy) -> None:
    stack.edit(COMPUTE, 'CONTAINER = "scoring"', "CONTAINER = f\"{'scor'}{'ing':s}\"")
    stack.edit(
        COMPUTE, "family=settings.name", 'family="{}-{}".format(settings.name, str(settings.service.cpu))'
    )


INNOCENT = [
    (another_region, another_version, extra_tags, more_gateways_and_instances),
    (major_version_only, replicas_elsewhere, plain_json_in_a_callback, user_name_from_a_resource),
    (restored_from_a_snapshot, fewer_zones, texts_of_plain_values),
]


@pytest.mark.slow
@pytest.mark.parametrize("edits", INNOCENT, ids=lambda edits: "-".join(edit.__name__ for edit in edits))
def test_an_innocent_edit_of_the_bundled_stack_is_no_finding(
    edits: Any, stack: Copy, capsys: pytest.CaptureFixture[str]
) -> None:
    for edit in edits:
        edit(stack)
    code, report = check(capsys, stack.directory)
    assert report["findings"] == []
    assert code == 0
    (program,) = report["programs"]
    assert program["status"] == "complete"
    assert program["applies_run"] == program["applies"]
