"""`--fix` at work on files on disk: what it leaves is what it would make again."""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from policy_pack.catalog import Catalogs
from policy_pack.catalog.facts import Facts
from policy_pack.linter import registry
from policy_pack.linter.checking import Checker
from policy_pack.linter.config import Config
from policy_pack.linter.mending import Mended, mend
from policy_pack.linter.report import Report
from policy_pack.linter.source_examples import texts_of
from policy_pack.linter.source_running import is_about_source
from policy_pack.model import Fix, Problem
from policy_pack.rules.rule import Flagged, Rule
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.discovery import read_program
from policy_pack.source.environment import own_environment
from policy_pack.source.files import Sources
from policy_pack.source.view import SourceView

from .harness import TODAY

ENVIRONMENT = replace(own_environment(), certain=True)
RULES: list[Rule] = list(filter(is_about_source, registry.load_all()))
# Of each rule the first example that a fix mends.
MENDED = {
    rule.name: next(example for example in rule.flagged if example.fixed is not None)
    for rule in RULES
    if any(example.fixed is not None for example in rule.flagged)
}


def looking(directory: str, rules: list[Rule]) -> Callable[[Sources], Report]:
    """What some rules find in the program of a directory."""

    def look(sources: Sources) -> Report:
        names = frozenset(rule.name for rule in rules)
        checker = Checker(rules, names, Catalogs(), TODAY, directory, sources=sources)
        checker.check_source(read_program(directory, directory, sources, ENVIRONMENT), Config())
        return checker.report()

    return look


def mended(directory: str, rules: list[Rule]) -> Mended:
    """The files of a directory, mended and written."""
    result = mend(looking(directory, rules), unsafe=True)
    result.write()
    return result


def written(directory: str, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        path = Path(directory, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def example_of(name: str) -> tuple[Rule, Flagged, dict[str, str]]:
    rule, example = registry.load(name), MENDED[name]
    return rule, example, dict(texts_of(rule, example.subject))


@pytest.mark.parametrize("name", MENDED)
def test_files_on_disk_are_mended_once_and_only_where_the_fix_says(name: str, tmp_path: Path) -> None:
    rule, example, texts = example_of(name)
    written(str(tmp_path), texts)
    assert mended(str(tmp_path), [rule]).fixed == 1
    fixed = example.fixed if isinstance(example.fixed, Mapping) else {next(iter(texts)): example.fixed}
    after = {file: (tmp_path / file).read_text(encoding="utf-8") for file in texts}
    assert after == texts | fixed
    again = mended(str(tmp_path), [rule])
    assert (again.texts, again.fixed, again.left) == ((), 0, ())


def doubled(text: str, order: list[int]) -> str:
    """Some of a text's lines once more behind it, which repeats mistakes and breaks the code."""
    lines = text.splitlines(keepends=True)
    return text + "".join(lines[number % len(lines)] for number in order if lines)


@settings(max_examples=20)
@given(st.sampled_from(sorted(MENDED)), st.lists(st.integers(0, 30), max_size=8), st.booleans())
def test_what_is_fixed_twice_is_what_is_fixed_once(name: str, order: list[int], together: bool) -> None:
    rule, _, texts = example_of(name)
    rules = RULES if together else [rule]
    with tempfile.TemporaryDirectory() as directory:
        written(directory, {file: doubled(text, order) for file, text in texts.items()})
        first = mended(directory, rules)
        before = {file: Path(directory, file).read_bytes() for file in texts}
        again = mended(directory, rules)
        assert (again.texts, again.fixed) == ((), 0)
        assert {file: Path(directory, file).read_bytes() for file in texts} == before
        assert len(again.left) == len(first.left)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("```python\nx = (\n```\n", "the file would not parse"),
        ("```python\nreturn 1\n```\n", "the file would not compile"),
    ],
)
def test_a_fix_that_leaves_what_python_refuses_is_not_made(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(text)
    result = mended(str(tmp_path), [registry.load("code-fence-in-python")])
    assert [why for _, why in result.left] == [reason]
    assert (tmp_path / "__main__.py").read_text() == text


def test_a_file_that_python_refuses_anyway_is_mended_all_the_same(tmp_path: Path) -> None:
    rule, _, texts = example_of("output-in-json")
    texts["__main__.py"] += "return 1\n"
    written(str(tmp_path), texts)
    assert mended(str(tmp_path), [rule]).fixed == 1


class Stubborn(SourceRule):
    """Says the same of a name whatever becomes of it.

    ## Why this fails
    It does not.
    """

    name = "stubborn"
    nodes = (ast.Name,)

    def check(self, node: ast.AST, source: SourceView, facts: Facts) -> Iterable[Problem]:
        yield source.problem(node, "a name", fix=Fix("bracket it", (source.replaced(node, "(x)"),)))


def test_a_fix_after_which_the_finding_is_still_there_is_not_made(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("x\n")
    result = mended(str(tmp_path), [Stubborn()])
    assert (result.fixed, [why for _, why in result.left]) == (0, ["the finding would still be there"])
    assert (tmp_path / "__main__.py").read_text() == "x\n"
