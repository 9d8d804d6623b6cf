from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.linter.suppression import directives
from policy_pack.model import Finding
from policy_pack.source.files import Sources

from .harness import RULE, TODAY, plan, report, resource

WRITTEN = "# preflight: ignore[version-too-old] -- a restored snapshot"


def check(tmp_path: Path, source: str, today: datetime.date = TODAY) -> list[Finding]:
    """The findings on a program that makes one cluster, on the line that calls `Cluster`."""
    file = tmp_path / "main.py"
    file.write_text(source, encoding="utf-8")
    line = next(number for number, text in enumerate(source.split("\n"), 1) if "Cluster(" in text)
    made = resource(file, line, engineVersion="15.3", tags={"a": "b"})
    return list(report(plan(tmp_path, made), today=today).findings)


SILENCED = {
    "trailing": f'Cluster("db", engine_version="15.3")  {WRITTEN}\n',
    "trailing-another-comment": f'Cluster("db", engine_version="15.3")  # noqa: E501  {WRITTEN}\n',
    "without-spaces": 'Cluster("db", engine_version="15.3") #preflight:ignore[version-too-old] -- snapshot\n',
    "above": f'{WRITTEN}\nCluster("db", engine_version="15.3")\n',
    "above-with-blank-line": f'{WRITTEN}\n\n# Another comment.\nCluster("db", engine_version="15.3")\n',
    "above-a-call-of-several-lines": f'{WRITTEN}\nCluster(\n    "db",\n    engine_version="15.3",\n)\n',
    "on-the-argument": f'Cluster(\n    "db",\n    engine_version="15.3",  {WRITTEN}\n)\n',
    "inside-the-argument": (
        f'Cluster(\n    "db",\n    engine_version=(\n        "15.3"  {WRITTEN}\n    ),\n)\n'
    ),
    "on-the-constructor": f'Cluster(  {WRITTEN}\n    "db",\n    engine_version="15.3",\n)\n',
    "above-the-argument": f'Cluster(\n    "db",\n    {WRITTEN}\n    engine_version="15.3",\n)\n',
    "on-the-constant": f'OLD_VERSION = "15.3"  {WRITTEN}\nCluster("db", engine_version=OLD_VERSION)\n',
    "on-the-use-of-a-constant": (
        f'OLD_VERSION = "15.3"\nCluster(\n    "db",\n    engine_version=OLD_VERSION,  {WRITTEN}\n)\n'
    ),
    "in-a-block": f'def make():\n    {WRITTEN}\n    Cluster("db", engine_version="15.3")\n',
    "in-a-branch": f'if True:\n    pass\nelse:\n    {WRITTEN}\n    Cluster("db", engine_version="15.3")\n',
    "above-a-decorated-function": (
        f'{WRITTEN}\n@cached\ndef make(c=Cluster("db", engine_version="15.3")):\n    pass\n'
    ),
    "several-rules": (
        'Cluster("db", engine_version="15.3")'
        "  # preflight: ignore[another-rule, version-too-old] -- a restored snapshot\n"
    ),
    "after-wide-characters": f'é = "🚀"; Cluster("db", engine_version="15.3")  {WRITTEN}\n',
    "after-a-form-feed": f'"""Docs.\x0c\u2028 """\nCluster("db", engine_version="15.3")  {WRITTEN}\n',
}
NOT_SILENCED = {
    "another-line": f'{WRITTEN}\nx = 1\nCluster("db", engine_version="15.3")\n',
    "above-a-match": f'{WRITTEN}\nmatch 1:\n    case _:\n        Cluster("db", engine_version="15.3")\n',
    "above-a-block": f'{WRITTEN}\ndef make():\n    Cluster("db", engine_version="15.3")\n',
    "above-another-argument": (f'Cluster(\n    {WRITTEN}\n    "db",\n    engine_version="15.3",\n)\n'),
    "at-the-end-of-a-call": f'Cluster(\n    "db",\n    engine_version="15.3",\n    {WRITTEN}\n)\nx = 1\n',
    "in-a-text": f'Cluster("{WRITTEN}", engine_version="15.3")\n',
    "in-a-docstring": f'"""\n{WRITTEN}\n"""\nCluster("db", engine_version="15.3")\n',
}


@pytest.mark.parametrize("name", SILENCED)
def test_a_comment_silences_what_it_stands_at(name: str, tmp_path: Path) -> None:
    found = [finding for finding in check(tmp_path, SILENCED[name]) if finding.rule == RULE]
    (finding,) = found
    assert finding.suppressed
    assert (finding.suppressed.kind, finding.suppressed.until) == ("ignore", None)
    assert "snapshot" in finding.suppressed.reason


@pytest.mark.parametrize("name", NOT_SILENCED)
def test_a_comment_silences_nothing_else(name: str, tmp_path: Path) -> None:
    found = {finding.rule: finding for finding in check(tmp_path, NOT_SILENCED[name])}
    assert found[RULE].suppressed is None
    assert ("suppression-unused" in found) == (not name.startswith("in-a"))


@pytest.mark.parametrize(("day", "silent"), [(30, True), (31, True), (32, False)])
def test_a_fixme_ends_with_its_date(day: int, silent: bool, tmp_path: Path) -> None:
    comment = "# preflight: fixme[version-too-old] until 2027-01-31 -- waits for the migration"
    today = datetime.date(2027, 1, 1) + datetime.timedelta(days=day - 1)
    (finding,) = check(tmp_path, f'Cluster("db", engine_version="15.3")  {comment}\n', today)
    assert (finding.suppressed is not None) == silent
    if finding.suppressed:
        assert (finding.suppressed.kind, finding.suppressed.until) == ("fixme", "2027-01-31")


@pytest.mark.parametrize(
    ("comment", "rule", "says"),
    [
        ("ignore[version-too-old]", "suppression-without-effect", "gives no reason"),
        ("ignore[version-too-old] --", "suppression-without-effect", "gives no reason"),
        ("ignore[version-too-old] because", "suppression-without-effect", "not of the form"),
        ("ignore", "suppression-without-effect", "not of the form"),
        ("ignore[] -- why", "suppression-without-effect", "not of the form"),
        ("ignore[ , ] -- why", "suppression-without-effect", "names no rule"),
        ("ignore-all -- why", "suppression-without-effect", "not of the form"),
        ("fixme[version-too-old] -- why", "suppression-without-effect", "needs `until YYYY-MM-DD`"),
        ("fixme[version-too-old] until soon -- why", "suppression-without-effect", "`soon` is not a date"),
        ("fixme[version-too-old] until 20270131 -- why", "suppression-without-effect", "`20270131` is not"),
        ("fixme[version-too-old] until 2027-02-30 -- w", "suppression-without-effect", "`2027-02-30` is"),
        ("ignore[version-to-old] -- why", "suppression-of-unknown-rule", "named `version-to-old`"),
        ("ignore[another-rule] -- why", None, ""),
    ],
)
def test_a_comment_without_effect_is_told(comment: str, rule: str | None, says: str, tmp_path: Path) -> None:
    source = f'Cluster("db", engine_version="15.3")  # preflight: {comment}\n'
    found = check(tmp_path, source)
    assert [finding.suppressed for finding in found if finding.rule == RULE] == [None]
    told = [finding for finding in found if finding.rule != RULE]
    # Of a rule that was not run nobody can say whether its comment is needed.
    assert [finding.rule for finding in told] == ([rule] if rule else [])
    for finding in told:
        assert says in finding.message
        assert finding.span
        assert (finding.span.line, finding.span.column) == (1, source.index("#") + 1)
        assert finding.span.end_column == len(source)


def test_the_closest_name_is_offered(tmp_path: Path) -> None:
    found = check(tmp_path, 'Cluster("db")  # preflight: ignore[version-to-old] -- why\n')
    (told,) = [finding for finding in found if finding.rule == "suppression-of-unknown-rule"]
    assert told.help == "a similar name is `version-too-old`"


def test_an_unused_comment_is_told_only_when_all_of_the_program_was_seen(tmp_path: Path) -> None:
    file = tmp_path / "main.py"
    file.write_text(f'Cluster("db")  {WRITTEN}\n')
    whole = plan(tmp_path, resource(file, 1))
    assert [finding.rule for finding in report(whole).findings] == ["suppression-unused"]
    cut_short = plan(tmp_path, resource(file, 1), complete=False)
    assert report(cut_short).findings == report(cut_short, whole).findings == ()
    # It counts as used when any one stack needs it.
    needed = plan(tmp_path, resource(file, 1, engineVersion="15.3"), stack="prod")
    assert [finding.rule for finding in report(whole, needed).findings] == [RULE]


@given(
    text=st.text(
        alphabet=st.sampled_from("#preflight: ignore[x]-,\n'\"()\\\t\x0cé🚀 until2027fixme"), max_size=80
    )
)
def test_no_text_breaks_the_reading_of_comments(text: str) -> None:
    sources = Sources()
    sources._texts["x.py"] = f"# preflight: {text}"
    for directive in directives("x.py", sources):
        assert directive.wrong or (directive.rules and directive.reason)
        assert directive.first_line <= directive.last_line
