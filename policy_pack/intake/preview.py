"""What a deployment would make: the output of `pulumi preview --json` as a plan."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from policy_pack.intake.document import Document
from policy_pack.intake.entries import STACK, Entries, Entry
from policy_pack.intake.stack_export import home
from policy_pack.model import Plan, ProgramFault, Resource
from policy_pack.model.plan import providers_of, with_regions
from policy_pack.model.values import unwrapped

KEYS = ("steps", "changeSummary")
# Steps after which the resource is there and the stack's own; the others delete, read or only look.
_MAKING = frozenset(
    ("same", "create", "update", "create-replacement", "replace", "import", "import-replacement")
)
_HIDDEN = "the preview hides unchanged resources: `pulumi preview --json --show-sames` shows them"
_FAILED = "the preview ended with an error, so not every resource is in its output"


class _Step(msgspec.Struct, frozen=True, rename="camel"):
    op: str
    new_state: msgspec.Raw = msgspec.Raw()


class _Diagnostic(msgspec.Struct, frozen=True):
    severity: str = ""


def preview_of(document: Document) -> Plan:
    """The plan of everything that is there after the deployment, as far as the preview shows it.

    The text of its diagnostics is left out, since secrets in them are not marked.

    Raises:
        StateError: the document is no preview.
    """
    entries = Entries(document)
    raws = document.part("steps", list[msgspec.Raw]) or []
    steps = [document.decoded(raw, _Step, f".steps[{index}]") for index, raw in enumerate(raws)]
    found = list(_made(steps, entries))
    stack, project = home(found[0].urn) if found else ("", "")
    config = entries.values(document.members.get("config", msgspec.Raw()))
    region = unwrapped(config.get("aws:region"))
    resources = [entries.resource(entry) for entry in found]
    exports = next((each.outputs for each in resources if each.type == STACK), {})
    faults = (ProgramFault("failed", _FAILED),) if _has_failed(document) else ()
    return Plan(
        project,
        stack,
        "",
        tuple(_placed(resources, region if isinstance(region, str) else None)),
        region=region if isinstance(region, str) else None,
        config=config,
        exports=exports,
        faults=faults,
        complete=not faults,
        partial=_FAILED if faults else _hidden(document, steps),
    )


def _made(steps: Iterable[_Step], entries: Entries) -> Iterator[Entry]:
    """The resources that are there afterwards; a replacement takes several steps of one URN."""
    seen = set()
    for index, step in enumerate(steps):
        if step.op not in _MAKING or not memoryview(step.new_state).nbytes:
            continue
        entry = entries.entry(step.new_state, f".steps[{index}].newState")
        if entry.urn not in seen and not entry.external:
            seen.add(entry.urn)
            yield entry


def _placed(resources: list[Resource], stack_region: str | None) -> Iterator[Resource]:
    """The resources with their regions; that of one whose provider is hidden is not known."""
    providers = providers_of(resources)
    for resource in with_regions(resources, stack_region):
        urn = (resource.provider or "").rpartition("::")[0]
        hidden = urn and urn not in providers and "::default" not in urn
        yield replace(resource, region=None) if hidden and "region" not in resource.inputs else resource


def _hidden(document: Document, steps: Iterable[_Step]) -> str | None:
    """Why not everything is shown, None when it is."""
    summary: Mapping[str, int] = document.part("changeSummary", dict[str, int]) or {}
    shown = sum(step.op == "same" for step in steps)
    return _HIDDEN if summary.get("same", 0) > shown else None


def _has_failed(document: Document) -> bool:
    found = document.part("diagnostics", list[_Diagnostic]) or []
    return any(each.severity == "error" for each in found)
