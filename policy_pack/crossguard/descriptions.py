"""What a policy tells of its rule, whoever asks: the engine or the SDK."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from policy_pack.crossguard.configuring import FAIL_ON, SIMULATE
from policy_pack.crossguard.preview import Preview
from policy_pack.linter import diagnostics
from policy_pack.linter.diagnostics import Diagnostic
from policy_pack.model import Severity
from policy_pack.rules.rule import Parameter, ResourceRule, Rule

# What the pack reports beside its rules.
BESIDE = (diagnostics.INTERNAL_ERROR, diagnostics.NOT_SIMULATED)


@dataclass(frozen=True)
class Description:
    """A policy. `level` is its default; `schema` the JSON schema of each of its settings."""

    name: str
    title: str
    summary: str
    severity: Severity
    level: str
    about_stack: bool
    tags: tuple[str, ...]
    remedy: str
    url: str | None
    schema: dict[str, dict[str, Any]]


def description(rule: Rule, preview: Preview) -> Description:
    """A rule's policy; what can be an error blocks by default."""
    worst = gravest(rule, preview)
    return Description(
        name=rule.name,
        title=_title(rule.name),
        summary=rule.summary(),
        severity=worst,
        level=_level(rule, preview, "mandatory" if worst is Severity.ERROR else "advisory"),
        about_stack=not isinstance(rule, ResourceRule),
        tags=(type(rule).__module__.split(".")[-2:][0],),
        remedy=rule.section("What to do instead"),
        url=rule.url,
        schema=_settings(rule, str(preview.pack.settings.get(rule.name, {}).get(FAIL_ON, worst.value))),
    )


def beside(kind: Diagnostic, preview: Preview) -> Description:
    """The policy of what no rule reports; it never blocks unless the team says so."""
    simulate = {"description": "Whether the program is simulated.", "type": "boolean"}
    return Description(
        name=kind.name,
        title=_title(kind.name),
        summary=kind.summary(),
        severity=kind.severity,
        level=_level(kind, preview, "advisory"),
        about_stack=True,
        tags=("preflight",),
        remedy=kind.documentation().partition("## What to do instead\n")[2].strip(),
        url=None,
        schema={SIMULATE: simulate} if kind is diagnostics.NOT_SIMULATED else {},
    )


def _level(kind: Rule | Diagnostic, preview: Preview, default: str) -> str:
    """The level of a policy where the engine is told no other."""
    return (preview.pack.level(kind.name) or default) if preview.wants(kind) else "disabled"


def gravest(rule: Rule, preview: Preview) -> Severity:
    """The gravest severity that a rule's problems can have; its examples show the ones beside its own."""
    level = preview.level(rule)
    if level in list(Severity):
        return Severity(level)
    shown = (example.severity for example in rule.flagged if example.severity)
    return min((rule.severity, *shown), key=lambda severity: severity.rank)


def _title(name: str) -> str:
    return name.replace("-", " ").capitalize()


def _settings(rule: Rule, threshold: str) -> dict[str, dict[str, Any]]:
    """The JSON schema of every setting of the policy: the rule's parameters, and where it blocks."""
    fail_on = {
        "description": "The least severity that gets the policy's level; what is below it is advisory.",
        "enum": [severity.value for severity in Severity],
        "default": threshold,
    }
    return {FAIL_ON: fail_on} | {key: _schema(item) for key, item in rule.parameters.items()}


def _schema(parameter: Parameter) -> dict[str, Any]:
    """The parameter's schema. A default in it would be sent by the engine, over the project's own value."""
    schema = msgspec.to_builtins(msgspec.json.schema(parameter.type))
    whole: dict[str, Any] = _inlined(schema, schema.pop("$defs", {}))
    return whole | {"description": parameter.description}


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """The schema without references, which would lead nowhere inside the policy's own schema."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
        return {key: _inlined(item, definitions) for key, item in schema.items()}
    return [_inlined(item, definitions) for item in schema] if isinstance(schema, list) else schema
