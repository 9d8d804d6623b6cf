"""What a run and the source both show is one finding, of the source rule, at its place."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec.structs import replace

from policy_pack.catalog import Catalogs
from policy_pack.catalog.facts import Facts
from policy_pack.linter.checking import Checker
from policy_pack.linter.config import Config
from policy_pack.linter.joining import joined
from policy_pack.linter.source_examples import DIRECTORY, run_texts
from policy_pack.model import (
    Confidence,
    Evidence,
    Finding,
    ProgramRun,
    Severity,
    SourceSpan,
    Suppression,
)
from policy_pack.rules.general.stringified_output import StringifiedOutput
from policy_pack.rules.program.output_in_json import OutputInJson
from policy_pack.rules.program.output_in_string import OutputInString
from policy_pack.source.discovery import read_program
from policy_pack.source.environment import own_environment

from .harness import TODAY, plan, resource

IGNORED = Suppression("ignore", "known")


def found(rule: str, line: int, severity: str = "error", path: str = "main.py", **given: object) -> Finding:
    finding = Finding(rule, Severity(severity), Confidence.CERTAIN, f"{rule} says so")
    return replace(finding, span=SourceSpan(path, line), **given)  # type: ignore[arg-type]


def run(
    ran: Finding, *read: Finding, statements: Mapping[int, int] = {}
) -> tuple[list[Finding], list[Finding]]:
    """Both findings joined; `statements` are the last lines of those that are longer than one."""

    def extent(span: SourceSpan) -> SourceSpan | None:
        if span.path == "broken.py":
            return None
        return SourceSpan(span.path, span.line, 1, statements.get(span.line, span.line), 1)

    return joined([ran], read, extent)


@pytest.mark.parametrize("rule", ["apply-raises", "program-failed"])
def test_an_exception_is_named_by_the_source_error_in_its_statement(rule: str) -> None:
    source = found("output-in-operation", 3)
    assert run(found(rule, 3, stacks=("dev",)), source) == ([], [replace(source, stacks=("dev",))])
    assert run(found(rule, 5), source, statements={3: 5}) == ([], [source])
    far, elsewhere = found(rule, 6), found(rule, 3, path="other.py")
    assert run(far, source, statements={3: 5}) == ([far], [source])
    assert run(elsewhere, source) == ([elsewhere], [source])
    nowhere = replace(far, span=None)
    assert run(nowhere, source) == ([nowhere], [source])


@pytest.mark.parametrize("rule", ["apply-raises", "program-failed"])
def test_an_exception_is_named_by_the_mistake_that_says_where_it_raises(rule: str) -> None:
    source = found("output-in-json", 3, raises=SourceSpan("main.py", 8))
    for line in (8, 3):
        assert run(found(rule, line), source) == ([], [source])
    between = found(rule, 5)
    assert run(between, source) == ([between], [source])
    other_file = replace(source, raises=SourceSpan("lib.py", 8))
    assert run(found(rule, 8, path="lib.py"), other_file) == ([], [other_file])


def test_a_mistake_that_was_only_likely_to_raise_is_certain_where_it_did() -> None:
    likely = found("output-in-json", 3, "warning", confidence=Confidence.LIKELY)
    foreseen = replace(likely, raises=likely.span)
    ran, _ = run(found("program-failed", 3), likely)
    assert len(ran) == 1, "a warning that foresees no exception is another mistake"
    expected = replace(foreseen, severity=Severity.ERROR, confidence=Confidence.CERTAIN)
    assert run(found("program-failed", 3), foreseen) == ([], [expected])
    assumed = found("apply-raises", 3, "note", confidence=Confidence.ASSUMED)
    assert run(assumed, foreseen) == ([], [foreseen])


def test_whatever_is_wrong_with_a_file_that_does_not_parse_is_why_it_is_not_run() -> None:
    source = found("syntax-error", 9, path="broken.py")
    assert run(found("program-failed", 1, path="broken.py"), source) == ([], [source])


def test_a_comment_silences_a_callback_but_never_that_the_program_does_not_run() -> None:
    source = found("output-in-json", 3, suppressed=IGNORED)
    assert run(found("apply-raises", 3), source) == ([], [source])
    failed = found("program-failed", 3)
    assert run(failed, source) == ([failed], [source])


@pytest.mark.parametrize(
    ("ran", "named", "other"),
    [
        ("stringified-output", "output-in-string", "output-in-json"),
        ("duplicate-urn", "name-not-unique", "output-in-string"),
    ],
)
def test_a_finding_of_the_plan_is_named_by_its_own_source_rule_only(ran: str, named: str, other: str) -> None:
    source = found(named, 3, "warning")
    assert run(found(ran, 3), source) == ([], [replace(source, severity=Severity.ERROR)])
    assert run(found(ran, 3), found(other, 3)) == ([found(ran, 3)], [found(other, 3)])
    assert run(found(ran, 4), source) == ([found(ran, 4)], [source])


def test_what_a_source_finding_lacks_it_takes_over() -> None:
    evidence = (Evidence("AWS"),)
    ran = found("stringified-output", 3, urn="urn:a", resource_type="t", resource_name="n", evidence=evidence)
    ran = replace(ran, stacks=("dev", "prod"), suppressed=IGNORED)
    source = found("output-in-string", 3, stacks=("prod",), resource_name="own")
    _, (joint,) = run(ran, source)
    assert (joint.urn, joint.resource_type, joint.resource_name) == ("urn:a", "t", "own")
    assert (joint.stacks, joint.suppressed, joint.evidence) == (("prod", "dev"), IGNORED, evidence)
    assert (joint.rule, joint.message, joint.span) == (source.rule, source.message, source.span)


def test_of_several_mistakes_one_takes_an_exception_over() -> None:
    first, second = found("output-in-json", 3), found("output-in-operation", 3)
    staying, sources = run(found("program-failed", 3, stacks=("dev",)), first, second)
    assert (staying, sources) == ([], [replace(first, stacks=("dev",)), second])


DOCUMENT = """\
import json
import pulumi_aws as aws

queue = aws.sqs.Queue("orders")
document = {
    "queue": queue.arn,
}


def written():
    return json.dumps(document)
"""


@pytest.mark.parametrize(("call", "severity"), [("written()\n", None), ("", Severity.WARNING)])
def test_a_document_made_elsewhere_is_reported_where_it_is_made_if_it_is_written(
    call: str, severity: Severity | None
) -> None:
    outcome = run_texts(OutputInJson(), {"__main__.py": DOCUMENT + call}, Facts(Catalogs(), TODAY))
    (problem,) = [hit.problem for hit in outcome.hits]
    assert problem.span == SourceSpan(f"{DIRECTORY}/__main__.py", 6, 14, 6, 23)
    assert problem.raises == SourceSpan(f"{DIRECTORY}/__main__.py", 11, 12, 11, 32)
    assert problem.severity is severity
    assert "`json.dumps` in line 11 raises TypeError" in (problem.note or "")


POLICY = """\
import pulumi_aws as aws

bucket = aws.s3.Bucket("logs")
match bucket:
    case _:
        aws.s3.BucketPolicy(
            "logs",
            bucket=bucket.id,
            policy=f"{bucket.arn}/*",
        )
        aws.s3.BucketPolicy("more", bucket=bucket.id, policy=POLICY)
"""
TEXT = "Calling __str__ on an Output[T] is not supported."


@pytest.mark.parametrize(("line", "joint"), [(6, True), (9, True), (11, False), (3, False)])
def test_the_text_of_an_output_is_named_by_the_source_if_its_statement_is_the_same(
    line: int, joint: bool, tmp_path: Path
) -> None:
    (tmp_path / "__main__.py").write_text(POLICY)
    rules = [StringifiedOutput(), OutputInString()]
    names = frozenset(rule.name for rule in rules)
    checker = Checker(rules, names, Catalogs(), TODAY, str(tmp_path))
    made = resource(tmp_path / "__main__.py", line, name="logs", kind="aws:s3/bucketPolicy:BucketPolicy")
    status = ProgramRun(".", "small", "dev", "eu-west-1", 1, 0, 0, 0, "complete")
    checker.check(plan(tmp_path, replace(made, inputs={"policy": TEXT})), status, Config())
    checker.check_source(
        read_program(str(tmp_path), str(tmp_path), checker.sources, own_environment()), Config()
    )
    shown = checker.report().findings
    findings = {item.rule: (item.severity, item.span and item.span.line) for item in shown}
    if joint:
        assert findings == {"output-in-string": (Severity.ERROR, 9)}
    else:
        assert findings["output-in-string"] == (Severity.WARNING, 9)
        assert findings["stringified-output"][0] is Severity.ERROR


def test_a_resource_that_the_run_saw_in_a_callback_is_the_sources_finding() -> None:
    source = found("resource-in-apply", 3, "warning")
    ran = found("resource-created-in-apply", 3, "warning", urn="urn:pulumi:dev::demo::a:b:C::d")
    assert run(ran, source) == ([], [replace(source, urn=ran.urn)])
    elsewhere = found("resource-created-in-apply", 9, "warning")
    assert run(elsewhere, source) == ([elsewhere], [source])
