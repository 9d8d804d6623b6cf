"""Runs the examples of rules over source: texts in memory, and what their fixes make of them."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from policy_pack.catalog.facts import Facts
from policy_pack.linter.fixing import applied
from policy_pack.linter.running import Outcome
from policy_pack.linter.source_running import run_source_rules
from policy_pack.model import Fix
from policy_pack.rules.rule import Rule
from policy_pack.rules.source_rule import SourceRule
from policy_pack.source.discovery import ENTRY, read_group, read_program
from policy_pack.source.environment import own_environment
from policy_pack.source.files import Sources
from policy_pack.source.program import Role, SourceProgram

DIRECTORY = "/example"
Texts = Mapping[str, str]


def texts_of(rule: Rule, subject: object) -> Texts:
    """The files of an example by their names; a text alone is the file that the rule reads."""
    if isinstance(subject, Mapping):
        return {str(name): str(text) for name, text in subject.items()}
    tests_only = isinstance(rule, SourceRule) and rule.reads == frozenset({Role.TEST})
    return {"test_program.py" if tests_only else ENTRY: str(subject)}


def program_of(texts: Texts) -> SourceProgram:
    """The project that some files stand for, on our own interpreter; nothing is read from disk."""
    sources = Sources({f"{DIRECTORY}/{name}": text for name, text in texts.items()})
    environment = replace(own_environment(), certain=True)
    if ENTRY in texts:
        return read_program(DIRECTORY, DIRECTORY, sources, environment)
    paths = [f"{DIRECTORY}/{name}" for name in texts if name.endswith(".py")]
    return read_group(DIRECTORY, paths, sources, environment)


def run_texts(rule: Rule, texts: Texts, facts: Facts) -> Outcome:
    """What a rule says of some files."""
    return run_source_rules(program_of(texts), [rule], lambda _: facts)


def fixed_texts(texts: Texts, fix: Fix) -> Texts:
    """The files that a fix changes, as it leaves them."""
    paths = dict.fromkeys(edit.span.path for edit in fix.edits)
    return {
        path.removeprefix(f"{DIRECTORY}/"): applied(
            texts[path.removeprefix(f"{DIRECTORY}/")], [edit for edit in fix.edits if edit.span.path == path]
        )
        for path in paths
    }
