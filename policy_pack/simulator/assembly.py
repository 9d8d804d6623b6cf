"""Puts the records of the two passes together into one plan.

What the faithful pass knows is known; what only the predicted pass knows is predicted. Data sources are
answered with made-up values in both, so a text that contains one counts as predicted too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from policy_pack.model import (
    UNKNOWN,
    CallbackFailure,
    ConfigRead,
    Frame,
    Invoke,
    Plan,
    Predicted,
    ProgramFault,
    ProgramRun,
    Refusal,
    Resource,
    ResourceOptions,
    Secret,
    SourceSpan,
    Unknown,
    Value,
)
from policy_pack.model.plan import providers_of, region_of, with_regions
from policy_pack.model.values import join_path, leaves
from policy_pack.model.wire import UNKNOWN_TEXT, decode
from policy_pack.simulator.endings import faults_of
from policy_pack.simulator.made_up import MadeUp, made_up_in
from policy_pack.simulator.runner import PassResult
from policy_pack.source.project import Project, StackConfig

_NO_OPTIONS = ResourceOptions()
_OPTIONS = frozenset(ResourceOptions.__struct_fields__)
_STRINGIFIED = re.compile(r"\[preflight:(\d+)\]")


def assemble(
    project: Project,
    stack: str,
    config: StackConfig,
    region: str | None,
    faithful: PassResult,
    predicted: PassResult,
) -> Plan:
    """The plan of one stack from the records of its two passes, whole or cut short."""
    made_up = made_up_in(faithful, config)
    resources = _resources(faithful, predicted, region, made_up)
    if project.runtime != "python":
        # Behind a socket they arrive as promises are settled, which is not the same in every run.
        resources = tuple(sorted(resources, key=_written_at))
    faults = faults_of(faithful, predicted, project, stack)
    return Plan(
        project=project.name,
        stack=stack,
        directory=str(project.directory),
        resources=resources,
        region=region,
        config=_marked_config(config),
        exports=_exports(faithful, predicted, made_up),
        export_frames={record["name"]: frames_of(record["frames"]) for record in predicted.of("export")},
        failures=_failures(faithful, predicted),
        faults=faults,
        refusals=_refusals(faults, faithful, predicted),
        files=tuple((faithful.end or {}).get("modules", ())),
        invokes=tuple(_invokes(faithful, made_up, resources, region)),
        complete=not faults,
        config_reads=_config_reads(faithful, predicted),
        config_places=config.places if _has_run_whole(predicted) else {},
    )


def _config_reads(*results: PassResult) -> tuple[ConfigRead, ...]:
    """What the program asks of its configuration, each key once; that it is missing counts most."""
    found: dict[str, ConfigRead] = {}
    for record in (record for result in results for record in result.of("config")):
        known = found.get(record["key"])
        if known is None or (record["predicted"] and not known.missing):
            frames = frames_of(record.get("frames", ()))
            found[record["key"]] = ConfigRead(record["key"], record["predicted"], frames)
    return tuple(found.values())


def _has_run_whole(predicted: PassResult) -> bool:
    """Whether every callback has come to its end, so that none could have read more configuration."""
    end = predicted.end or {}
    all_run = end.get("status") == "complete" and end.get("applies") == end.get("applies_run")
    return all_run and not predicted.of("failure")


def run_of(plan: Plan, path: str, predicted: PassResult) -> ProgramRun:
    """The report's row about this simulation."""
    end = predicted.end or {}
    unknown = sum(
        isinstance(leaf, Unknown)
        for resource in plan.resources
        for value in resource.inputs.values()
        for _, leaf in leaves(value)
    )
    fault = plan.faults[0] if plan.faults else None
    return ProgramRun(
        path=path,
        project=plan.project,
        stack=plan.stack,
        region=plan.region,
        resources=len(plan.resources),
        applies=end.get("applies", 0),
        applies_run=end.get("applies_run", 0),
        unknown_inputs=unknown,
        status=fault.kind if fault else "complete",
        detail=fault.message if fault else None,
        missing_layers=predicted.missing_layers,
    )


def _invokes(
    faithful: PassResult, made_up: MadeUp, resources: Sequence[Resource], region: str | None
) -> Iterable[Invoke]:
    """The data sources of packages, by what a preview asks them."""
    providers = providers_of(resources)
    for record in faithful.of("invoke"):
        if record.get("arguments") is None or record["token"].startswith("pulumi:"):
            continue
        arguments = {
            key: merge(decode(value), UNKNOWN, made_up) for key, value in record["arguments"].items()
        }
        place = region_of(arguments.get("region"), record["provider"], providers, region)
        yield Invoke(record["token"], arguments, record["provider"], frames_of(record["frames"]), place)


def _resources(
    faithful: PassResult, predicted: PassResult, region: str | None, made_up: MadeUp
) -> tuple[Resource, ...]:
    known, foreseen = _by_urn(faithful), _by_urn(predicted)
    found = []
    for urn, records in known.items():
        others = foreseen.get(urn, [])
        for number, record in enumerate(records):
            other = others[number] if number < len(others) else None
            found.append(_resource(record, _merged_inputs(record, other, made_up)))
    for urn, records in foreseen.items():
        for record in records[len(known.get(urn, ())) :]:
            inputs = {key: _predicted(decode(value)) for key, value in record["inputs"].items()}
            found.append(_resource(record, inputs, in_callback=True))
    places = _stringified(faithful, predicted)
    return tuple(with_regions([_with_origins(item, places) for item in found], region))


def _written_at(resource: Resource) -> list[tuple[str, int, int]]:
    """The calls that lead to a resource, outermost first."""
    return [(frame.path, frame.line, frame.column) for frame in reversed(resource.frames)]


def _by_urn(result: PassResult) -> Mapping[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for record in result.of("resource"):
        groups[record["urn"]].append(record)
    return groups


def _resource(record: Mapping[str, Any], inputs: Mapping[str, Value], in_callback: bool = False) -> Resource:
    return Resource(
        urn=record["urn"],
        type=record["type"],
        name=record["name"],
        inputs=inputs,
        options=_resource_options(record),
        parent=record["parent"],
        provider=record["provider"],
        dependencies=tuple(record["dependencies"]),
        property_dependencies={key: tuple(urns) for key, urns in record["property_dependencies"].items()},
        frames=frames_of(record["frames"]),
        custom=record["custom"],
        in_callback=in_callback,
        remote=record["remote"],
    )


def _resource_options(record: Mapping[str, Any]) -> ResourceOptions:
    given: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in record.items()
        if key in _OPTIONS
    }
    return ResourceOptions(**given) if given else _NO_OPTIONS


def frames_of(records: Iterable[Sequence[Any]]) -> tuple[Frame, ...]:
    """The frames of a record, `[file, line, function]` each, and the column where it is known."""
    return tuple(Frame(*record) for record in records)


def _merged_inputs(
    record: Mapping[str, Any], other: Mapping[str, Any] | None, made_up: MadeUp
) -> Mapping[str, Value]:
    foreseen = other["inputs"] if other else {}
    return {
        key: merge(decode(value), decode(foreseen[key]) if key in foreseen else UNKNOWN, made_up)
        for key, value in record["inputs"].items()
    }


def merge(known: Value, foreseen: Value, made_up: MadeUp) -> Value:
    """One value from both passes: known where the faithful pass knows it, else predicted, else unknown."""
    if isinstance(known, Secret):
        inner = foreseen.value if isinstance(foreseen, Secret) else foreseen
        return Secret(merge(known.value, inner, made_up))
    if isinstance(known, Unknown):
        return known if isinstance(foreseen, Unknown) else _predicted(foreseen)
    if isinstance(known, dict):
        other = foreseen if isinstance(foreseen, dict) else {}
        return {key: merge(item, other.get(key, UNKNOWN), made_up) for key, item in known.items()}
    if isinstance(known, list):
        others = (
            foreseen if isinstance(foreseen, list) and len(foreseen) == len(known) else [UNKNOWN] * len(known)
        )
        return [merge(item, other, made_up) for item, other in zip(known, others, strict=True)]
    return Predicted(known) if made_up.covers(known) else known


def _predicted(value: Value) -> Value:
    if isinstance(value, Unknown):
        return value
    return Secret(_predicted(value.value)) if isinstance(value, Secret) else Predicted(value)


def _marked_config(config: StackConfig) -> Mapping[str, Value]:
    return {
        key: Secret(value) if key in config.secret_keys else value for key, value in config.values.items()
    }


def _exports(faithful: PassResult, predicted: PassResult, made_up: MadeUp) -> Mapping[str, Value]:
    known, foreseen = _exported(faithful), _exported(predicted)
    places = _stringified(faithful, predicted)
    found = {
        key: merge(decode(known.get(key, UNKNOWN_TEXT)), decode(foreseen.get(key, UNKNOWN_TEXT)), made_up)
        for key in (known | foreseen)
    }
    return {key: _unnumbered(value, key, places, {}) for key, value in found.items()}


def _exported(result: PassResult) -> dict[str, Any]:
    for record in result.of("outputs"):
        if "::pulumi:pulumi:Stack::" in record["urn"]:
            outputs: dict[str, Any] = record["outputs"]
            return outputs
    return {}


def _failures(faithful: PassResult, predicted: PassResult) -> tuple[CallbackFailure, ...]:
    """Failures of both passes, each once. What the faithful pass saw, a preview sees too."""
    found: dict[tuple[Any, ...], CallbackFailure] = {}
    previewed = faithful.of("failure")
    for number, record in enumerate((*previewed, *predicted.of("failure"))):
        frames = frames_of(record["frames"])
        created = frames_of([record["created"]])[0] if record["created"] else None
        if not frames and created is None:
            continue
        failure = CallbackFailure(
            exception=record["exception"],
            message=record["message"],
            frames=frames,
            created=created,
            certain=record["certain"],
            predicted=record["made_up"],
            callback=record["callback"],
            in_preview=number < len(previewed),
            culprit=(record["culprit"] or {}).get("text"),
            span=_span(record, frames, created),
        )
        found.setdefault((failure.exception, frames[:1] or (created,)), failure)
    return tuple(found.values())


def _refusals(faults: Iterable[ProgramFault], *results: PassResult) -> tuple[Refusal, ...]:
    """What was refused, each once for each place; not what ended the program, which its fault says."""
    found: dict[tuple[Any, ...], Refusal] = {}
    for record in (record for result in results for record in result.of("blocked")):
        refusal = Refusal(record["act"], frames_of(record["frames"]))
        if not any(fault.message.startswith(refusal.act) for fault in faults):
            found.setdefault((refusal.act, refusal.frames[:1]), refusal)
    return tuple(found.values())


def _span(record: Mapping[str, Any], frames: tuple[Frame, ...], created: Frame | None) -> SourceSpan | None:
    culprit = record["culprit"]
    if culprit:
        return SourceSpan(culprit["path"], *culprit["span"])
    place = frames[0] if frames else created
    if place is None:
        return None
    span = record.get("span")
    return SourceSpan(place.path, *span) if span else place.span()


def _stringified(*results: PassResult) -> Mapping[int, Frame]:
    return {
        record["number"]: frames_of(record["frames"])[0]
        for result in results
        for record in result.of("stringified")
        if record["frames"]
    }


def _with_origins(resource: Resource, places: Mapping[int, Frame]) -> Resource:
    """Take the numbers out of stringified outputs and say where each was made into text."""
    if not places:
        return resource
    origins: dict[str, Frame] = {}
    inputs = {key: _unnumbered(value, key, places, origins) for key, value in resource.inputs.items()}
    return replace(resource, inputs=inputs, origins=origins) if origins else resource


def _unnumbered(value: Value, path: str, places: Mapping[int, Frame], origins: dict[str, Frame]) -> Value:
    if isinstance(value, str):
        for match in _STRINGIFIED.finditer(value):
            if int(match[1]) in places:
                origins.setdefault(path, places[int(match[1])])
        return _STRINGIFIED.sub("", value)
    if isinstance(value, Secret):
        return Secret(_unnumbered(value.value, path, places, origins))
    if isinstance(value, Predicted):
        return Predicted(_unnumbered(value.value, path, places, origins))
    if isinstance(value, dict):
        return {key: _unnumbered(item, join_path(path, key), places, origins) for key, item in value.items()}
    if isinstance(value, list):
        return [_unnumbered(item, f"{path}[{index}]", places, origins) for index, item in enumerate(value)]
    return value
