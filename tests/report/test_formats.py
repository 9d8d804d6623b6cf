from __future__ import annotations

import datetime
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from policy_pack.catalog import Outdated
from policy_pack.linter.report import Report
from policy_pack.model import (
    Confidence,
    Evidence,
    Finding,
    NotEvaluated,
    ProgramRun,
    Severity,
    SourceSpan,
    Suppression,
)
from policy_pack.report import FORMATS, render
from policy_pack.report.full_format import _marks
from policy_pack.report.style import cells, printable
from policy_pack.report.summary import summary_line
from policy_pack.source.files import Sources

SOURCE = 'é = 1\n\tCluster("🚀", version="15.3")  # \x1b[31m\n'
FINDING = Finding(
    rule="version-too-old",
    severity=Severity.ERROR,
    confidence=Confidence.LIKELY,
    message="`15.3` is too old\x1b[2J",
    note="a note",
    help="some help",
    span=SourceSpan("main.py", 2, 15, 2, 29),
    urn="urn:pulumi:dev::small::aws:rds/cluster:Cluster::db",
    resource_type="aws:rds/cluster:Cluster",
    resource_name="db",
    property_path="engineVersion",
    stacks=("dev", "prod"),
    evidence=(Evidence("a source", "2026-10-20", None, "https://example.com"),),
)
RUN = ProgramRun("stack", "small", "dev", "eu-west-1", 2, 2, 1, 1, "complete")


def report(*findings: Finding, runs: tuple[ProgramRun, ...] = (RUN,)) -> Report:
    sources = Sources()
    sources._texts["main.py"] = SOURCE
    missed = NotEvaluated("another-rule", "urn:x", "tags", "decided at deployment")
    return Report(findings, (missed,), runs, 1, "2026-10-20", sources)


def test_the_full_format() -> None:
    assert render(report(FINDING), "full", color=False) == (
        "error[version-too-old]: `15.3` is too old\\x1b[2J\n"
        " --> main.py:2:15\n"
        "  |\n"
        '2 |     Cluster("🚀", version="15.3")  # \\x1b[31m\n'
        "  |                   ^^^^^^^^^^^^^^\n"
        "  |\n"
        '  = resource: aws:rds/cluster:Cluster "db", property `engineVersion` in dev, prod\n'
        "  = note: a note\n"
        "  = evidence: a source; data of 2026-10-20; https://example.com\n"
        "  = confidence: likely\n"
        "  = help: some help\n"
    )


def test_the_concise_format() -> None:
    bare = Finding("other", Severity.NOTE, Confidence.CERTAIN, "says nothing")
    assert render(report(FINDING, bare), "concise", color=False) == (
        "main.py:2:15: error[version-too-old] `15.3` is too old\\x1b[2J (dev, prod)\n"
        "note[other] says nothing\n"
    )


def test_json_holds_the_texts_as_they_are() -> None:
    text = render(report(FINDING), "json", color=True)
    (finding,) = json.loads(text)["findings"]
    assert finding["message"] == FINDING.message
    assert finding["stacks"] == ["dev", "prod"]
    assert (finding["end_line"], finding["end_column"]) == (2, 29)
    assert "\x1b" not in text


@pytest.mark.parametrize("output_format", ["full", "concise"])
def test_a_silenced_finding_is_only_in_json(output_format: str) -> None:
    silenced = Finding("r", Severity.ERROR, Confidence.CERTAIN, "m", suppressed=Suppression("ignore", "why"))
    assert render(report(silenced), output_format, color=False) == ""
    (shown,) = json.loads(render(report(silenced), "json", color=False))["findings"]
    assert shown["suppressed"] == {"kind": "ignore", "reason": "why", "until": None}


@pytest.mark.parametrize("output_format", FORMATS)
def test_colours_change_nothing_else(output_format: str) -> None:
    plain = render(report(FINDING), output_format, color=False)
    colored = render(report(FINDING), output_format, color=True)
    for code in ("\x1b[0m", "\x1b[1m", "\x1b[1;31m", "\x1b[1;34m"):
        colored = colored.replace(code, "")
    assert colored == plain


@given(line=st.text(max_size=30), data=st.data())
def test_marks_stand_under_what_they_mark(line: str, data: st.DataObject) -> None:
    line = line.replace("\n", " ")
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, len(line)))
    marks = _marks(SourceSpan("x", 1, start + 1, 1, end + 1), line)
    lead = marks.index("^")
    assert lead == cells(printable(line[:start]))
    assert marks[lead:] == "^" * max(cells(printable(line[start:end])), 1)


def test_a_span_of_several_lines_is_marked_to_the_end_of_its_first() -> None:
    assert _marks(SourceSpan("x", 1, 3, 4, 2), "  call(   ") == "  ^^^^^"


@given(st.text())
def test_nothing_printable_commands_a_terminal(text: str) -> None:
    shown = printable(text)
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in shown)
    assert not set(shown) & set("\u2028\u2029\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert printable(shown) == shown


@pytest.mark.parametrize(
    ("text", "width"),
    [("", 0), ("abc", 3), ("é", 1), ("e\u0301", 1), ("🚀", 2), ("日本", 4), ("\uff21", 2), ("a\u200d", 1)],
)
def test_wide_and_combining_characters_are_counted_as_shown(text: str, width: int) -> None:
    assert cells(text) == width


def test_the_summary_counts_what_there_is() -> None:
    assert summary_line(report(FINDING)) == (
        "1 error in 2 resources of small/dev · 1 not evaluated · data of 2026-10-20"
    )
    assert summary_line(report()).startswith("clean: no errors, no warnings in 2 resources")
    assert summary_line(report(runs=())).startswith("nothing to check in 0 resources")
    many = tuple(
        ProgramRun("stack", "small", f"s{number}", None, 1, 0, 0, 0, "complete") for number in range(5)
    )
    assert "5 resources of 5 stacks" in summary_line(report(runs=many))


def test_what_the_sandbox_lacks_is_said_once_to_whoever_asks_for_more() -> None:
    lacking = [replace(RUN, stack=stack, missing_layers=("network: denied",)) for stack in ("dev", "prod")]
    said = "not in the sandbox on this machine: network: denied"
    assert summary_line(report(runs=lacking), verbose=True).count(said) == 1
    assert said not in summary_line(report(runs=lacking))


def test_facts_that_are_too_old_are_named_before_the_last_line() -> None:
    day = datetime.date(2026, 9, 1)
    live = [Outdated(name, day, 60, live=True) for name in ("versions/rds", "zones")]
    shipped = [Outdated(f"iam_actions/{name}", day, 180, live=False) for name in ("a", "b", "c", "d")]
    found = summary_line(replace(report(), outdated=(*live, *shipped))).splitlines()
    named = [f"iam_actions/{name} of 2026-09-01 (good for 180 days)" for name in ("a", "b", "c")]
    assert found == [
        "facts past their age limit: versions/rds of 2026-09-01 (good for 60 days), "
        "zones of 2026-09-01 (good for 60 days): renew with `preflight refresh versions/rds zones`; "
        f"{', '.join(named)}, 1 more: upgrade Preflight",
        summary_line(report()),
    ]
    for name in FORMATS:
        assert render(replace(report(), outdated=tuple(live)), name, color=False) == render(
            report(), name, color=False
        )


def test_details_say_what_was_not_judged() -> None:
    assert summary_line(report(), verbose=True).splitlines()[:2] == [
        "stack (dev): complete, 2 resources, 1 of 2 apply callbacks run, 1 unknown input",
        "not evaluated: another-rule on urn:x, `tags`: decided at deployment",
    ]
