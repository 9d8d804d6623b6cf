from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from policy_pack.linter.masking import SHORTEST, masker
from policy_pack.linter.running import run_rules
from policy_pack.model import (
    CallbackFailure,
    Confidence,
    Finding,
    Frame,
    Predicted,
    Problem,
    ProgramFault,
    Secret,
    Severity,
    SourceSpan,
)
from policy_pack.report import FORMATS, render
from policy_pack.report.summary import summary_line
from policy_pack.rules.rule import View

from .harness import RULE, Says, old_version, plan, report, resource

CANARY = "c4n4ry-s3cret"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "main.py"
    path.write_text('Cluster("db", engine_version="15.3")\n')
    return path


def urn_of(stack: str) -> str:
    return f"urn:pulumi:{stack}::small::aws:rds/cluster:Cluster::db"


def test_stacks_that_show_the_same_finding_share_it(file: Path) -> None:
    made = resource(file, 1, engineVersion="15.3")
    plans = [
        plan(file.parent, replace(made, urn=urn_of(stack)), stack=stack)
        for stack in ("dev", "staging", "prod")
    ]
    (finding,) = report(*plans).findings
    assert finding.stacks == ("dev", "staging", "prod")
    assert finding.urn == urn_of("dev")
    newer = replace(made, urn=urn_of("prod"), inputs={"engineVersion": "14.1"})
    first, second = report(plans[0], plan(file.parent, newer, stack="prod")).findings
    assert (first.stacks, second.stacks) == (("dev",), ("prod",))
    assert first.fingerprint == second.fingerprint


def test_resources_that_one_line_makes_share_a_finding(file: Path) -> None:
    made = [resource(file, 1, name=name, engineVersion="15.3") for name in ("a", "b", "c")]
    (finding,) = report(plan(file.parent, *made)).findings
    assert (finding.resource_name, finding.note) == ("a", "the same for `b`, `c`")
    file.write_text(file.read_text() * 3)
    made = [replace(item, frames=(Frame(str(file), line),)) for line, item in enumerate(made, start=1)]
    assert [finding.resource_name for finding in report(plan(file.parent, *made)).findings] == ["a", "b", "c"]


def test_a_fingerprint_survives_moved_lines_and_tells_resources_apart(file: Path) -> None:
    def fingerprints(first: int) -> list[str]:
        made = [
            resource(file, first + number, name=name, engineVersion="15.3")
            for number, name in enumerate("ab")
        ]
        return [finding.fingerprint for finding in report(plan(file.parent, *made)).findings]

    file.write_text(file.read_text() * 2)
    before = fingerprints(1)
    file.write_text("\n\n" + file.read_text())
    assert fingerprints(3) == before
    assert len(set(before)) == 2


@pytest.mark.parametrize("stack", ["a", "a-b", "a.b", "dev_1"])
def test_a_fingerprint_knows_no_stack(stack: str) -> None:
    finding = Finding(RULE, Severity.ERROR, Confidence.CERTAIN, "m", urn=urn_of("dev"), property_path="p")
    assert replace(finding, urn=urn_of(stack), message="n").fingerprint == finding.fingerprint
    assert replace(finding, property_path="q").fingerprint != finding.fingerprint
    assert replace(finding, rule="other").fingerprint != finding.fingerprint


@pytest.mark.parametrize(
    ("own", "confidence", "level", "shown"),
    [
        (Severity.ERROR, Confidence.CERTAIN, None, "error"),
        (Severity.ERROR, Confidence.LIKELY, None, "warning"),
        (Severity.ERROR, Confidence.ASSUMED, None, "warning"),
        (Severity.WARNING, Confidence.CERTAIN, None, "warning"),
        (Severity.NOTE, Confidence.ASSUMED, None, "note"),
        (Severity.ERROR, Confidence.LIKELY, "error", "error"),
        (Severity.NOTE, Confidence.ASSUMED, "error", "error"),
        (Severity.ERROR, Confidence.CERTAIN, "note", "note"),
    ],
)
def test_only_what_is_certain_is_an_error_unless_configured(
    own: Severity, confidence: Confidence, level: str | None, shown: str, file: Path
) -> None:
    rule = Says(lambda _: [Problem("m", severity=own, confidence=confidence)])
    settings = {"rules": {RULE: {"level": level}}} if level else {}
    (finding,) = report(plan(file.parent, resource(file, 1)), rules=[rule], settings=settings).findings
    assert (finding.severity.value, finding.confidence) == (shown, confidence)


def test_a_rule_that_is_off_is_not_run(file: Path) -> None:
    off = report(
        plan(file.parent, resource(file, 1, engineVersion="15.3")),
        settings={"rules": {RULE: {"level": "off"}}},
    )
    assert off.findings == ()


def test_a_rule_that_raises_leaves_the_others_and_what_it_said_before(file: Path) -> None:
    def fail(resource: View) -> Iterable[Problem]:
        yield Problem("said before")
        raise LookupError(CANARY)

    made = resource(file, 1, engineVersion="15.3", masterPassword=Secret(CANARY))
    checked = report(
        plan(file.parent, made), plan(file.parent, made), rules=[Says(fail, "failing"), Says(old_version)]
    )
    crash, *others = checked.findings[::-1]
    assert (crash.rule, crash.severity.value) == ("internal-error", "error")
    assert crash.message == "the rule `failing` raised LookupError: [secret]"
    assert sorted(finding.rule for finding in others) == ["failing", RULE]
    assert len(checked.tracebacks) == 1
    assert CANARY not in checked.tracebacks[0]


@pytest.mark.parametrize(
    ("value", "depends", "echo"),
    [
        ("15.3", True, True),
        ("15.3", False, False),
        ("15.4", True, False),
        (Predicted("15.3"), True, False),
    ],
)
def test_a_value_that_is_passed_on_is_reported_once(
    value: str, depends: bool, echo: bool, file: Path
) -> None:
    def any_version(resource: View) -> Iterable[Problem]:
        yield Problem("too old", property_path="engineVersion")

    cluster = resource(file, 1, engineVersion="15.3")
    instance = resource(
        file, 1, name="instance", kind="aws:rds/clusterInstance:ClusterInstance", engineVersion=value
    )
    links = {"engineVersion": (cluster.urn,)} if depends else {"tags": (cluster.urn,)}
    instance = replace(instance, property_dependencies=links)
    facts = None
    outcome = run_rules(
        plan(file.parent, instance, cluster),
        [Says(any_version)],
        lambda _: facts,  # type: ignore[arg-type,return-value]
    )
    expected = {cluster.urn} if echo else {cluster.urn, instance.urn}
    assert {hit.resource.urn for hit in outcome.hits if hit.resource} == expected


def everything_printed(checked: object) -> str:
    texts = [render(checked, name, color) for name in FORMATS for color in (False, True)]  # type: ignore[arg-type]
    return "\n".join([*texts, summary_line(checked, verbose=True)])  # type: ignore[arg-type]


def test_a_secret_is_in_no_format(file: Path) -> None:
    source = f'Cluster("db", master_password="{CANARY}", engine_version="15.3")\n'
    file.write_text(source)

    def leak(resource: View) -> Iterable[Problem]:
        resource.note_unknown(f'tags["{CANARY}"]', f"not {CANARY}")
        yield Problem(
            f"`{CANARY}` is short",
            note=f"it is {CANARY!r}",
            help=f"not {CANARY}",
            property_path=f'tags["{CANARY}"]',
        )
        raise ValueError({"password": CANARY})

    made = resource(
        file,
        1,
        name=f"db-{CANARY}",
        masterPassword=Secret(Predicted({"deep": [CANARY]})),
        engineVersion="15.3",
    )
    fault = ProgramFault("failed", f"it raised {CANARY}", f"avoid {CANARY}", SourceSpan(str(file), 1))
    checked = report(
        plan(file.parent, made, faults=(fault,)),
        rules=[Says(leak), Says(old_version, "another-rule")],
        detail=f"it raised {CANARY}",
    )
    assert len(checked.findings) == 4
    printed = everything_printed(checked)
    assert CANARY not in printed
    assert 'master_password="[secret]", engine_version="15.3"' in printed
    excerpts = [line for line in render(checked, "full", color=False).splitlines() if "^" in line]
    assert excerpts == [], "marks would point beside what they mean"


@pytest.mark.parametrize(
    "holder",
    [
        {"config": {"small:password": Secret(CANARY)}},
        {"exports": {"password": [Secret({"a": CANARY})]}},
    ],
)
def test_secrets_of_configuration_and_exports_are_masked_too(holder: dict[str, object], file: Path) -> None:
    rule = Says(lambda _: [Problem(f"{CANARY} is short")])
    checked = report(plan(file.parent, resource(file, 1), **holder), rules=[rule])
    assert CANARY not in everything_printed(checked)


@given(
    secrets=st.lists(st.text(min_size=SHORTEST), max_size=4),
    text=st.text(),
)
def test_no_secret_survives_the_mask(secrets: list[str], text: str) -> None:
    shown = masker(secrets)(" ".join([text, *secrets, *map(repr, secrets)]))
    remaining = shown.replace("[secret]", "")
    for secret in secrets:
        if len(secret.strip()) >= SHORTEST:
            assert secret not in remaining
            assert repr(secret)[1:-1] not in remaining


def test_the_lines_of_a_secret_are_secret_too() -> None:
    mask = masker(["-----BEGIN KEY-----\nMIIEow\n-----END KEY-----\n", 'a"b\\c', "no"])
    assert mask("key: MIIEow") == "key: [secret]"
    assert mask(r'{"x": "a\"b\\c"}') == '{"x": "[secret]"}'
    assert mask("no, nothing") == "[secret], nothing"
    assert masker(["abc", "abcdef"])("abcdef") == "[secret]"


SPANS = st.builds(SourceSpan, st.sampled_from(["a.py", "b.py"]), st.integers(1, 3), st.integers(1, 3))
FINDINGS = st.builds(
    Finding,
    rule=st.sampled_from(["a", "b"]),
    severity=st.sampled_from(list(Severity)),
    confidence=st.just(Confidence.CERTAIN),
    message=st.sampled_from(["m", "n"]),
    span=st.none() | SPANS,
    urn=st.sampled_from([None, "u", "v"]),
    property_path=st.sampled_from([None, "p"]),
)


@given(st.lists(FINDINGS, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_findings_does_not_depend_on_how_they_came(
    findings: list[Finding], random: object
) -> None:
    shuffled = list(findings)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    ordered = sorted(findings, key=Finding.sort_key)
    assert sorted(shuffled, key=Finding.sort_key) == ordered
    assert [finding.severity.rank for finding in ordered] == sorted(f.severity.rank for f in findings)


@pytest.mark.parametrize(
    ("resources", "says"), [(0, "no resource was"), (1, "1 resource was"), (2, "2 resources were")]
)
def test_a_program_that_ended_early_says_what_was_checked(resources: int, says: str, file: Path) -> None:
    file.write_text("if True:\n    raise ValueError\n")
    fault = ProgramFault("failed", "it raised", None, SourceSpan(str(file), 2))
    made = [resource(file, 2, name=str(number)) for number in range(resources)]
    (finding,) = report(plan(file.parent, *made, faults=(fault,), complete=False)).findings
    assert finding.note
    assert finding.note.startswith(f"{says} registered before it")
    assert finding.span == SourceSpan("main.py", 2, 5, 2, 21)


def test_a_problem_without_a_resource_has_the_place_that_it_names(file: Path) -> None:
    failure = CallbackFailure("KeyError", "'a'", (), None, certain=True, span=SourceSpan(str(file), 1))
    assert failure.span
    rule = Says(lambda _: [Problem("m", span=failure.span)])
    (finding,) = report(plan(file.parent, resource(file, 1)), rules=[rule]).findings
    assert finding.span == SourceSpan("main.py", 1, 1, 1, 37)
