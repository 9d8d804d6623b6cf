"""Runs rules over the files of one project: each tree is walked once, each rule sees only its nodes."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence

from policy_pack.linter.running import FactsFor, Hit, Outcome, check_problem
from policy_pack.model import NotEvaluated, Problem, SourceSpan
from policy_pack.rules.rule import Rule
from policy_pack.rules.source_rule import ProgramRule, SourceRule
from policy_pack.source.inference import Inference
from policy_pack.source.program import SourceFile, SourceProgram
from policy_pack.source.view import ProgramView, SourceView

TOO_DEEP = "it is nested too deeply"


def run_source_rules(
    program: SourceProgram,
    rules: Sequence[Rule],
    facts_for: FactsFor,
    shown: Callable[[str], str] = str,
) -> Outcome:
    """Run every source rule over the files it reads, and the program rules once.

    `shown` is how the reasons for what was not evaluated name a file.
    """
    outcome = Outcome()
    inference = Inference(program)
    for rule in rules:
        if isinstance(rule, SourceRule | ProgramRule):
            note = _Missed(rule.name, shown)
            facts = facts_for(rule)
            if isinstance(rule, SourceRule):
                for file in _files(program, rule):
                    view = SourceView(file, program, inference, note)
                    _collect((rule.check(node, view, facts) for node in _nodes(file, rule)), note, outcome)
            else:
                _collect(map(rule.check, [ProgramView(program, inference, note)], [facts]), note, outcome)
            outcome.not_evaluated.extend(note.noted.values())
    return outcome


def is_about_source(rule: Rule) -> bool:
    """Whether a rule reads source, not plans."""
    return isinstance(rule, SourceRule | ProgramRule)


def _files(program: SourceProgram, rule: SourceRule) -> Iterator[SourceFile]:
    for file in program.files:
        if file.role in rule.reads and (file.fault is None or rule.reads_unparsed):
            yield file


def _nodes(file: SourceFile, rule: SourceRule) -> Iterator[ast.AST]:
    for kind in rule.nodes:
        yield from file.nodes.get(kind, ())


class _Missed:
    """Notes which places a rule could not judge, each once."""

    def __init__(self, rule: str, shown: Callable[[str], str]) -> None:
        self.rule = rule
        self.shown = shown
        self.noted: dict[tuple[SourceSpan, str], NotEvaluated] = {}

    def __call__(self, span: SourceSpan, reason: str) -> None:
        text = f"{self.shown(span.path)}:{span.line}: {reason}"
        self.noted.setdefault((span, reason), NotEvaluated(self.rule, "", None, text))


def _collect(checks: Iterable[Iterable[Problem]], note: _Missed, outcome: Outcome) -> None:
    try:
        for check in checks:
            for problem in check:
                check_problem(problem)
                outcome.hits.append(Hit(note.rule, problem, None))
    except (Exception, SystemExit):
        outcome.crashes.setdefault(note.rule, traceback.format_exc())
