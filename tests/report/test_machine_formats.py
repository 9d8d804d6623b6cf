"""What services read is well formed whatever a finding says, and says what the finding says."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from policy_pack.linter.masking import MASK
from policy_pack.linter.report import Report
from policy_pack.model import (
    Confidence,
    Edit,
    Finding,
    Fix,
    ProgramRun,
    Severity,
    SourceSpan,
    Suppression,
)
from policy_pack.report import MACHINE_FORMATS, render

RULE = "reserved-master-username"
URN = "urn:pulumi:dev::small::aws:rds/cluster:Cluster::db"
RUN = ProgramRun("stack", "small", "dev", "eu-west-1", 2, 2, 1, 1, "complete")
FINDING = Finding(
    rule=RULE,
    severity=Severity.ERROR,
    confidence=Confidence.CERTAIN,
    message="`admin` is reserved",
    note="why",
    help="use `dbadmin`",
    span=SourceSpan("stack/main.py", 2, 15, 2, 29),
    urn=URN,
    resource_type="aws:rds/cluster:Cluster",
    resource_name="db",
    property_path="masterUsername",
    stacks=("dev",),
)
# No line, as from a file of the engine's.
PLACELESS = replace(FINDING, span=None)
# What a program may call its resources and say in its exceptions.
HOSTILE = st.text(
    st.one_of(st.characters(), st.sampled_from('\n\r\0\x1b%:,;<>&"]\ud800\uffff\u2028')), max_size=30
) | st.sampled_from(["\n::error::x", "]]>", "%0A", "<!--", "\r\n::stop-commands::y", "a,file=b", "::"])
FINDINGS = st.builds(
    Finding,
    rule=st.just(RULE),
    severity=st.sampled_from(Severity),
    confidence=st.sampled_from(Confidence),
    message=HOSTILE,
    note=st.none() | HOSTILE,
    help=st.none() | HOSTILE,
    span=st.none()
    | st.builds(
        SourceSpan,
        HOSTILE.map(lambda text: re.sub("[\0\ud800-\udfff]", "", text) or "x"),
        st.integers(1, 99),
        st.integers(1, 99),
        st.none() | st.integers(99, 120),
        st.none() | st.integers(99, 120),
    ),
    urn=st.none() | HOSTILE,
    resource_type=st.none() | HOSTILE,
    resource_name=st.none() | HOSTILE,
    stacks=st.just(("dev",)) | st.just(()),
    suppressed=st.none() | st.builds(Suppression, st.just("ignore"), HOSTILE),
)


def report(*findings: Finding, **more: Any) -> Report:
    return Report(findings, programs=(RUN,), source_files=1, **more)


def shown(output_format: str, *findings: Finding, **more: Any) -> str:
    return render(report(*findings, **more), output_format, color=False)


def sarif(*findings: Finding, **more: Any) -> dict[str, Any]:
    (run,) = json.loads(shown("sarif", *findings, **more))["runs"]
    return dict(run)


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Annotations as the runner of GitHub Actions parses them, line by line."""
    found = []
    for line in re.split(r"\r\n|\r|\n", text.removesuffix("\n")):
        match = re.fullmatch(r"::(\w+) (.*?)::(.*)", line, re.DOTALL)
        assert match, line
        pairs = (item.partition("=") for item in match[2].split(","))
        found.append((match[1], {key: _unescaped(value) for key, _, value in pairs}, _unescaped(match[3])))
    return found


def _unescaped(text: str) -> str:
    for code, character in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(code, character)
    return text


@given(st.lists(FINDINGS, max_size=4))
def test_hostile_texts_leave_every_format_well_formed(findings: list[Finding]) -> None:
    active = [finding for finding in findings if finding.suppressed is None]
    lines = shown("json-lines", *findings).split("\n")
    assert [json.loads(line)["message"] for line in lines[:-1]] == [item.message for item in findings]

    found = commands(shown("github", *active)) if active else []
    assert [item[1]["title"] for item in found] == [RULE] * len(active)
    ranks = [("error", "warning", "notice").index(kind) for kind, _, _ in found]
    assert ranks == sorted(ranks)

    issues = json.loads(shown("gitlab", *findings))
    check_gitlab(issues)
    assert len({issue["fingerprint"] for issue in issues}) == len(active)

    cases = ET.fromstring(shown("junit", *findings)).findall("testsuite/testcase")
    assert len(cases) == len(findings) + 2

    run = sarif(*findings)
    check_sarif(run)
    starts = [result["message"]["text"][: len(item.message)] for result, item in pairs(run, findings)]
    assert starts == [item.message for item in findings]


def pairs(run: dict[str, Any], findings: list[Finding]) -> list[tuple[dict[str, Any], Finding]]:
    return list(zip(run["results"], findings, strict=True))


def check_gitlab(issues: list[dict[str, Any]]) -> None:
    """GitLab's own demands on a code quality report."""
    for issue in issues:
        assert isinstance(issue["description"], str)
        assert "\n" not in issue["description"]
        assert isinstance(issue["check_name"], str)
        assert re.fullmatch(r"[0-9a-f]{32}", issue["fingerprint"])
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["path"]
        assert 1 <= issue["location"]["lines"]["begin"] <= issue["location"]["lines"]["end"]


def check_sarif(run: dict[str, Any]) -> None:
    """What the schema of SARIF 2.1.0 and GitHub's code scanning demand of the parts that are written."""
    assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["help"]["text"]
        assert rule["help"]["markdown"].startswith(f"# {rule['id']} (")
        assert rule["defaultConfiguration"]["level"] in {"none", "note", "warning", "error"}
    assert isinstance(run["invocations"][0]["executionSuccessful"], bool)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert all(isinstance(item, str) for item in result["partialFingerprints"].values())
        (location,) = result["locations"]
        artifact, region = (location["physicalLocation"][key] for key in ("artifactLocation", "region"))
        assert re.fullmatch(r"[A-Za-z0-9._~/%:-]+", artifact["uri"])
        assert artifact["uri"].startswith("file:///") or artifact["uriBaseId"] in run["originalUriBaseIds"]
        assert all(isinstance(value, int) and value >= 1 for value in region.values())
        for suppression in result["suppressions"]:
            assert suppression["kind"] in {"inSource", "external"}
            assert suppression["status"] in {"accepted", "underReview", "rejected"}
    marks = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(marks)) == len(marks)


def test_an_annotation_names_the_place_and_says_all() -> None:
    (command,) = commands(shown("github", FINDING))
    assert command == (
        "error",
        {
            "file": "stack/main.py",
            "line": "2",
            "endLine": "2",
            "col": "15",
            "endColumn": "29",
            "title": RULE,
        },
        "`admin` is reserved\n"
        'resource: aws:rds/cluster:Cluster "db", property `masterUsername` in dev\n'
        "note: why\n"
        "help: use `dbadmin`",
    )


def test_an_annotation_of_several_lines_has_no_columns_and_one_without_a_line_no_file() -> None:
    tall = replace(FINDING, span=SourceSpan("main.py", 2, 3, 4, 5))
    first, second = commands(shown("github", tall, PLACELESS))
    assert first[1].keys() == {"file", "line", "endLine", "title"}
    assert second[1].keys() == {"title"}


def test_annotations_begin_with_errors() -> None:
    findings = (replace(FINDING, severity=severity) for severity in reversed(Severity))
    assert [kind for kind, _, _ in commands(shown("github", *findings))] == ["error", "warning", "notice"]


def test_paths_are_those_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "root" / ".git").mkdir(parents=True)
    (tmp_path / "root" / "é app").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "root" / "é app")
    inside = replace(FINDING, span=SourceSpan("main.py", 1))
    outside = replace(FINDING, span=SourceSpan("../../other.py", 1))
    where = {"working_directory": str(tmp_path / "link")}
    places = [item[1]["file"] for item in commands(shown("github", inside, outside, **where))]
    assert places == ["é app/main.py", str(tmp_path.resolve() / "other.py")]
    first, second = (
        result["locations"][0]["physicalLocation"]["artifactLocation"]
        for result in sarif(inside, outside, **where)["results"]
    )
    assert (unquote(first["uri"]), first["uriBaseId"]) == ("é app/main.py", "%SRCROOT%")
    assert second == {"uri": f"file://{tmp_path.resolve()}/other.py"}


@pytest.mark.parametrize(
    ("file", "path"),
    [("Pulumi.yaml", "stack/Pulumi.yaml"), ("Pulumi.yml", "stack/Pulumi.yml"), (None, "stack")],
)
def test_what_has_no_line_stands_at_its_program(tmp_path: Path, file: str | None, path: str) -> None:
    (tmp_path / "stack").mkdir()
    if file:
        (tmp_path / "stack" / file).touch()
    where = {"working_directory": str(tmp_path)}
    (result,) = sarif(PLACELESS, **where)["results"]
    physical = result["locations"][0]["physicalLocation"]
    assert (physical["artifactLocation"]["uri"], physical["region"]["startLine"]) == (path, 1)
    assert result["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": URN, "kind": "resource", "name": "db"}
    ]
    (issue,) = json.loads(shown("gitlab", PLACELESS, **where))
    assert issue["location"] == {"path": path, "lines": {"begin": 1, "end": 1}}


def test_what_has_no_line_stands_at_the_program_of_its_stack() -> None:
    other = replace(RUN, path="elsewhere", stack="prod")
    both = replace(report(replace(PLACELESS, stacks=("prod",))), programs=(RUN, other))
    (issue,) = json.loads(render(both, "gitlab", color=False))
    assert issue["location"]["path"] == "elsewhere"


def test_sarif_says_what_is_silenced_and_why() -> None:
    silenced = replace(FINDING, suppressed=Suppression("fixme", "an upgrade is planned", "2027-01-31"))
    first, second = sarif(silenced, FINDING)["results"]
    assert first["suppressions"] == [
        {
            "kind": "inSource",
            "status": "accepted",
            "justification": "an upgrade is planned (until 2027-01-31)",
        }
    ]
    assert second["suppressions"] == []
    for name in ("github", "gitlab"):
        assert shown(name, silenced, FINDING) == shown(name, FINDING)


def test_sarif_holds_fixes_but_for_those_with_a_secret() -> None:
    def fixed(text: str) -> Finding:
        return replace(FINDING, fix=Fix("rename it", (Edit(SourceSpan("main.py", 2, 3, 2, 9), text),)))

    first, second = sarif(fixed("dbadmin"), fixed(f"x{MASK}"))["results"]
    assert first["fixes"] == [
        {
            "description": {"text": "rename it"},
            "artifactChanges": [
                {
                    "artifactLocation": {"uri": "main.py", "uriBaseId": "%SRCROOT%"},
                    "replacements": [
                        {
                            "deletedRegion": {"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 9},
                            "insertedContent": {"text": "dbadmin"},
                        }
                    ],
                }
            ],
        }
    ]
    assert second["fixes"] == []


def test_sarif_counts_repeated_findings_so_that_none_is_lost() -> None:
    again = replace(FINDING, span=SourceSpan("stack/main.py", 9))
    marks = [
        each["partialFingerprints"]["primaryLocationLineHash"] for each in sarif(FINDING, again)["results"]
    ]
    assert marks == [f"{FINDING.fingerprint}:1", f"{FINDING.fingerprint}:2"]


@pytest.mark.parametrize(
    ("run", "rule", "whole"),
    [
        (RUN, RULE, True),
        (replace(RUN, status="failed"), RULE, False),
        (RUN, "internal-error", False),
    ],
)
def test_sarif_says_whether_all_was_checked(run: ProgramRun, rule: str, whole: bool) -> None:
    found = replace(report(replace(FINDING, rule=rule)), programs=(run,))
    (shown_run,) = json.loads(render(found, "sarif", color=False))["runs"]
    assert shown_run["invocations"] == [{"executionSuccessful": whole}]


def test_junit_fails_errors_and_warnings_only() -> None:
    findings = (
        FINDING,
        replace(FINDING, severity=Severity.WARNING),
        replace(FINDING, severity=Severity.NOTE),
        replace(FINDING, suppressed=Suppression("ignore", "why <not>")),
        replace(FINDING, rule="internal-error"),
    )
    root = ET.fromstring(shown("junit", *findings))
    suite = root[0]
    assert [case[0].tag if len(case) else None for case in suite] == [
        None,
        None,
        "failure",
        "failure",
        "system-out",
        "skipped",
        "error",
    ]
    assert suite.attrib == root.attrib
    assert suite.attrib == {"name": "preflight", "tests": "7", "failures": "2", "errors": "1", "skipped": "1"}
    assert suite[0].attrib == {"classname": "preflight", "name": "small/dev"}
    failure = suite[2][0]
    assert (suite[2].get("file"), suite[2].get("line")) == ("stack/main.py", "2")
    assert (failure.get("message"), failure.get("type")) == (FINDING.message, "error")
    assert (failure.text or "").splitlines()[-1] == "help: use `dbadmin`"
    assert suite[5][0].get("message") == "why <not>"


@pytest.mark.parametrize("output_format", sorted(MACHINE_FORMATS))
def test_every_machine_format_can_be_written_as_utf_8(output_format: str) -> None:
    name = os.fsdecode(b"\xff.py")
    text = shown(output_format, replace(FINDING, message=f"half {name}", span=SourceSpan(name, 1)))
    written = text.encode("utf-8", errors="backslashreplace").decode()
    if output_format == "junit":
        ET.fromstring(written)
    elif output_format == "github":
        assert len(commands(written)) == 1
    else:
        assert json.loads(written)
