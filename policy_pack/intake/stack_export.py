"""What is deployed now: a file of `pulumi stack export`, or a checkpoint of a file backend, as a plan."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec

from policy_pack.intake.document import Document, StateError, open_document
from policy_pack.intake.entries import STACK, Entries
from policy_pack.model import Plan
from policy_pack.model.plan import with_regions

# What is read here has not changed between them; a later one may mean something else by it.
VERSIONS = (1, 2, 3, 4)
KEYS = ("checkpoint", "deployment")


class _Deployment(msgspec.Struct, frozen=True):
    resources: list[msgspec.Raw] | None = None


class _Checkpoint(msgspec.Struct, frozen=True):
    latest: _Deployment | None = None


def read_state(path: Path) -> Plan:
    """Read a state; one of a stack without resources has no project and no stack.

    Encrypted secrets are unknown, and so is what contains one.

    Raises:
        StateError: the file cannot be read, is no state, or is of a version that is not known.
    """
    return state_of(open_document(str(path)))


def state_of(document: Document) -> Plan:
    """The plan of what is deployed and managed: not of what was only read, or waits to be deleted.

    Raises:
        StateError: the document is no state, or one of a version that is not known.
    """
    where, raws = _resources(document)
    entries = Entries(document)
    found = (entries.entry(raw, f"{where}[{index}]") for index, raw in enumerate(raws))
    kept = [entries.resource(each) for each in found if not (each.delete or each.external)]
    stack, project = home(kept[0].urn) if kept else ("", "")
    exports = next((each.outputs for each in kept if each.type == STACK), {})
    return Plan(project, stack, "", tuple(with_regions(kept, None)), exports=exports)


def home(urn: str) -> tuple[str, str]:
    """Stack and project of `urn:pulumi:<stack>::<project>::<type>::<name>`."""
    stack, project, *_ = [*urn.removeprefix("urn:pulumi:").split("::"), ""]
    return stack, project


def _resources(document: Document) -> tuple[str, list[msgspec.Raw]]:
    """The resources of the deployment, and where in the document they stand."""
    if not document.has(*KEYS):
        name = Path(document.name).name
        raise StateError(f"`{document.name}` is no state: `pulumi stack export --file {name}` writes one")
    _check_version(document)
    if document.has("checkpoint"):
        checkpoint = document.part("checkpoint", _Checkpoint)
        deployment, where = checkpoint.latest if checkpoint else None, ".checkpoint.latest.resources"
    else:
        deployment, where = document.part("deployment", _Deployment), ".deployment.resources"
    return where, (deployment.resources if deployment else None) or []


def _check_version(document: Document) -> None:
    raw = document.members.get("version")
    version = None if raw is None else document.decoded(raw, object, ".version")
    if type(version) is not int or version not in VERSIONS:
        known = ", ".join(map(str, VERSIONS))
        shown = json.dumps(version)[:20]
        raise StateError(f"`{document.name}` is a state of version {shown}; known are {known}")
