"""Rules over source are known by their folder, and none crashes on broken code."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_pack.catalog import Catalogs
from policy_pack.linter import registry
from policy_pack.linter.examples import example_facts
from policy_pack.linter.running import Outcome
from policy_pack.linter.source_examples import DIRECTORY, fixed_texts, run_texts, texts_of
from policy_pack.model import Fix
from policy_pack.rules.rule import Rule
from policy_pack.rules.source_rule import ProgramRule, SourceRule

RULES = [rule for rule in registry.load_all() if isinstance(rule, SourceRule | ProgramRule)]
TOKENS = re.compile(r"\w+|\s+|[^\w\s]")


def run(rule: Rule, texts: Mapping[str, str]) -> Outcome:
    return run_texts(rule, texts, example_facts(rule, rule.flagged[0], Catalogs()))


def test_the_folder_tells_the_rules_over_source() -> None:
    assert {rule.name for rule in RULES} == registry.about_source()


@st.composite
def broken(draw: st.DrawFn, text: str) -> str:
    """A text with some of its tokens or lines deleted, doubled or swapped."""
    parts = draw(st.sampled_from([TOKENS.findall(text), text.splitlines(keepends=True)]))
    for _ in range(draw(st.integers(1, 4))):
        if len(parts) < 2:
            break
        at = draw(st.integers(0, len(parts) - 2))
        how = draw(st.sampled_from(["delete", "double", "swap"]))
        if how == "delete":
            del parts[at]
        elif how == "double":
            parts.insert(at, parts[at])
        else:
            parts[at], parts[at + 1] = parts[at + 1], parts[at]
    return "".join(parts)


def assert_only_edited_lines_change(texts: Mapping[str, str], fix: Fix) -> None:
    """What stands above, between and below the lines of a fix's edits is what it was, in its order."""
    for name, after in fixed_texts(texts, fix).items():
        spans = [edit.span for edit in fix.edits if edit.span.path == f"{DIRECTORY}/{name}"]
        lines = texts[name].split("\n")
        touched = {line for span in spans for line in range(span.line, (span.end_line or span.line) + 1)}
        kept = [line for number, line in enumerate(lines, start=1) if number not in touched]
        remaining = iter(after.split("\n"))
        assert all(line in remaining for line in kept)
        first, last = min(touched), max(touched)
        assert after.startswith("".join(f"{line}\n" for line in lines[: first - 1]))
        assert after.endswith("\n".join(lines[last:]))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
@given(data=st.data())
def test_a_rule_never_raises_on_broken_code(rule: Rule, data: st.DataObject) -> None:
    example = data.draw(st.sampled_from([*rule.flagged, *rule.allowed]))
    texts = dict(texts_of(rule, example.subject))
    name = data.draw(st.sampled_from(sorted(texts)))
    texts[name] = data.draw(broken(texts[name]))
    outcome = run(rule, texts)
    assert not outcome.crashes, outcome.crashes
    for hit in outcome.hits:
        if hit.problem.fix is not None:
            assert_only_edited_lines_change(texts, hit.problem.fix)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_an_example_shows_the_rule_at_its_most_severe(rule: Rule) -> None:
    problems = [run(rule, texts_of(rule, example.subject)).hits[0].problem for example in rule.flagged]
    assert any(problem.severity in (None, rule.severity) for problem in problems)
