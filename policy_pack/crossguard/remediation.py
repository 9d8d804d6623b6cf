"""What a policy of the level `remediate` changes of a resource; all else stays as the engine gave it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from google.protobuf import struct_pb2

from policy_pack.crossguard.adapter import from_request, plan_of
from policy_pack.crossguard.judging import Violation, crash, judge
from policy_pack.crossguard.preview import Preview
from policy_pack.crossguard.watchdog import watched
from policy_pack.linter.masking import masker, secrets_of
from policy_pack.linter.remedies import remedy
from policy_pack.model import Plan, Resource, Value
from policy_pack.model.wire import SECRET, SIGNATURE, encode
from policy_pack.rules.rule import ResourceRule

Silences = Callable[[Violation, Resource], bool]


def changed_by(rule: ResourceRule, plan: Plan, preview: Preview) -> Mapping[str, Value]:
    """The inputs that a rule changes of the one resource of a plan. Raises whatever the rule raises."""
    with watched():
        return remedy(rule, plan, preview.facts(rule))


def remediations(
    request: Any, rules: Iterable[ResourceRule], preview: Preview, silences: Silences
) -> Iterator[tuple[ResourceRule, Any, Violation | None]]:
    """Each rule that changes a resource, with all its properties from then on, or with what went wrong.

    A rule sees what those before it have changed. Nothing is changed that a comment silences.
    """
    current = type(request)()
    current.CopyFrom(request)
    for rule in rules:
        resource = from_request(current, preview)
        plan = plan_of([resource], preview, {})
        found = judge([rule], plan, preview).violations
        if all(silences(item, resource) for item in found):
            continue
        try:
            changed = changed_by(rule, plan, preview)
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
            yield rule, None, crash(rule.name, text, masker(secrets_of(plan)))
            continue
        if changed:
            _write(current.properties, changed)
            yield rule, current.properties, None


def _write(properties: Any, changed: Mapping[str, Value]) -> None:
    """Set some properties; one that was a secret stays one."""
    for key, value in changed.items():
        old = properties.fields[key].struct_value.fields
        is_secret = SIGNATURE in old and old[SIGNATURE].string_value == SECRET
        new = encode(value)
        given = struct_pb2.Struct()
        given.update({key: {SIGNATURE: SECRET, "value": new} if is_secret else new})
        properties.fields[key].CopyFrom(given.fields[key])
