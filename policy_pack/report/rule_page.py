"""The page of one rule as Markdown: what it says of itself, and its examples."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from msgspec.structs import asdict

from policy_pack.linter import diagnostics, registry
from policy_pack.linter.source_examples import texts_of
from policy_pack.model import Plan
from policy_pack.model.values import Archive, Asset, Predicted, ResourceReference, Secret, Unknown
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, Rule
from policy_pack.rules.source_rule import ProgramRule, SourceRule


def page_of(name: str) -> str:
    """The page of a rule or a diagnostic.

    Raises KeyError when there is none of the name.
    """
    if name in diagnostics.ALL:
        item = diagnostics.ALL[name]
        return f"# {name} ({item.severity.value})\n\n{item.documentation()}\n"
    return page(registry.load(name))


def page(rule: Rule) -> str:
    """A rule's page as Markdown."""
    return "\n".join(_page(rule)) + "\n"


def _page(rule: Rule) -> Iterator[str]:
    yield f"# {rule.name} ({rule.severity.value}, since {rule.since})"
    yield ""
    yield rule.documentation()
    yield ""
    if isinstance(rule, ResourceRule) and rule.has_remedy():
        yield "## Remediation"
        yield "As a policy of the level `remediate` it mends what it flags where the examples below show it."
        yield ""
    if rule.parameters:
        yield "## Parameters"
        for key, parameter in rule.parameters.items():
            yield f"- `{key}`: {parameter.description}"
        yield ""
    yield "## Reported"
    for flagged in rule.flagged:
        yield from _example(rule, flagged, f"…{flagged.says}…")
        if flagged.remedied is not None:
            yield f"  With the level `remediate`: `{_written(flagged.remedied)}`"
        if flagged.fixed is not None:
            yield from _listing("With `--fix`:", texts_of(rule, flagged.fixed))
    yield ""
    yield "## Not reported"
    for allowed in rule.allowed:
        yield from _example(rule, allowed, allowed.because)
    if rule.url:
        yield ""
        yield f"See {rule.url}"


def _example(rule: Rule, example: Flagged | Allowed, remark: str) -> Iterator[str]:
    if isinstance(rule, SourceRule | ProgramRule):
        yield from _listing(f"- {remark}", texts_of(rule, example.subject))
    else:
        yield f"- {_subject(example)}: {remark}"


def _listing(title: str, texts: Mapping[str, str]) -> Iterator[str]:
    """Files as code blocks below a remark."""
    yield title
    for name, text in texts.items():
        # A text that holds fences itself needs longer ones.
        fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`{3,}", text)), 3)
        language = "python" if name.endswith(".py") else ""
        yield ""
        yield from (
            f"  {line}".rstrip() for line in (f"`{name}`:", f"{fence}{language}", *text.splitlines(), fence)
        )
    yield ""


def _subject(example: Flagged | Allowed) -> str:
    after = "" if example.deployed is None else f" after `{_written(example.deployed)}`"
    given = " once facts are refreshed" if example.facts else ""
    return f"{_made_of(example)}{after}{given}"


def _made_of(example: Flagged | Allowed) -> str:
    subject = example.subject
    if isinstance(subject, Plan):
        return _plan(subject)
    if isinstance(subject, Mapping):
        return f"`{_written(subject)}`"
    if isinstance(subject, str):
        return f"`{subject}`"
    return ", ".join(f"{item.type.rpartition(':')[2]} `{_written(item.inputs)}`" for item in subject)


def _plan(plan: Plan) -> str:
    raised = [f"a callback that raises `{item.exception}: {item.message}`" for item in plan.failures]
    return ", ".join(raised) or f"a plan of {len(plan.resources)} resources"


def _written(value: Mapping[str, object]) -> str:
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(item: object) -> object:
    if isinstance(item, Predicted | Secret):
        return item.value
    if isinstance(item, Asset | Archive | ResourceReference):
        return {key: value for key, value in asdict(item).items() if value is not None}
    return "(unknown)" if isinstance(item, Unknown) else str(item)
