"""Plans as one JSON object, version 1: every key is there, null where there is nothing to say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from msgspec.structs import asdict

from policy_pack.model import ABSENT, Absent, Value
from policy_pack.model.changes import Operation, PropertyChange, Step
from policy_pack.report.plan_view import PlanView

VERSION = 1


def render(views: Sequence[PlanView]) -> str:
    """Indented JSON with a final newline."""
    return json.dumps(as_object(views), indent=2, ensure_ascii=False) + "\n"


def as_object(views: Sequence[PlanView]) -> dict[str, Any]:
    """Plans as plain values."""
    counts = {item.value: sum(view.count(item) for view in views) for item in Operation}
    return {"version": VERSION, "programs": [_program(view) for view in views], "summary": counts}


def _program(view: PlanView) -> dict[str, Any]:
    run = asdict(view.run)
    detail = run["detail"]
    return run | {
        "detail": view.mask(detail) if detail else detail,
        "callback_failures": len(view.plan.failures),
        "missing_config": view.missing_config(),
        "steps": [_step(view, step) for step in view.steps],
        "dependencies": [
            {"from": view.mask(urn), "to": view.mask(other), "property": name}
            for urn, other, name in view.dependencies()
        ],
        "exports": view.plain(dict(view.members(view.plan.exports))),
        "export_changes": [_change(view, change) for change in view.exports],
    }


def _step(view: PlanView, step: Step) -> dict[str, Any]:
    resource = step.resource
    place = view.place(resource)
    return {
        "operation": step.operation.value,
        "urn": view.mask(resource.urn),
        "type": resource.type,
        "name": view.mask(resource.name),
        "parent": view.mask(resource.parent) if resource.parent else None,
        "provider": resource.provider,
        "custom": resource.custom,
        "path": place[0] if place else None,
        "line": place[1] if place else None,
        "region": resource.region,
        "in_apply": resource.in_callback,
        "protect": resource.options.protect,
        "inputs": view.plain(dict(view.members(resource.inputs))),
        "changes": [_change(view, change) for change in step.changes],
    }


def _change(view: PlanView, change: PropertyChange) -> dict[str, Any]:
    return {
        "property": view.mask(change.path),
        "before": _side(view, change.path, change.before),
        "after": _side(view, change.path, change.after),
        "replaces": change.replaces,
    }


def _side(view: PlanView, path: str, value: Value | Absent) -> Any:
    return None if value is ABSENT else view.member_plain(path, value)
