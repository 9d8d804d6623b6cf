"""The options of a registration, with what the engine adds: a parent's options, and aliases as URNs."""

from __future__ import annotations

import itertools
from typing import Any

STACK = "pulumi:pulumi:Stack"


def urn_of(stack: str, project: str, parent: str, kind: str, name: str) -> str:
    """The URN of a resource below another; one below the stack is named by its own type alone."""
    above = parent.split("::")[2] if parent else ""
    qualified = kind if above in ("", STACK) else f"{above}${kind}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


class Options:
    """The options of every resource so far, as its children inherit them."""

    def __init__(self, stack: str, project: str) -> None:
        self.stack = stack
        self.project = project
        self.of_resource: dict[str, dict[str, Any]] = {}

    def note(self, urn: str, request: Any) -> dict[str, Any]:
        """The fields of a registration's record that hold its options: those that are set."""
        above = self.of_resource.get(request.parent, {})
        options = {
            "protect": bool(getattr(request, "protect", False)) or above.get("protect", False),
            "ignore_changes": list(getattr(request, "ignoreChanges", ())),
            "aliases": self._aliases(request),
            "replace_on_changes": list(getattr(request, "replaceOnChanges", ())),
            "import_id": getattr(request, "importId", "") or None,
            "retain_on_delete": _own_or(request, "retainOnDelete", above.get("retain_on_delete", False)),
            "delete_before_replace": bool(getattr(request, "deleteBeforeReplace", False)),
            "additional_secret_outputs": list(getattr(request, "additionalSecretOutputs", ())),
            "deleted_with": getattr(request, "deletedWith", "") or above.get("deleted_with"),
            "replace_with": list(getattr(request, "replace_with", ())),
            "custom_timeouts": _timeouts(request),
        }
        found = {key: value for key, value in options.items() if value}
        self.of_resource[urn] = found
        return found

    def _aliases(self, request: Any) -> list[str]:
        """The URNs by which the resource may be known: those it names, and those of a renamed parent."""
        own = [self._resolved(alias, request) for alias in getattr(request, "aliases", ())]
        found = [*getattr(request, "aliasURNs", ()), *own]
        parents = self.of_resource.get(request.parent, {}).get("aliases", ())
        names = [(request.type, request.name), *(_type_and_name(urn) for urn in found)]
        for parent, (kind, name) in itertools.product(parents, names):
            found.append(
                urn_of(self.stack, self.project, parent, kind, _renamed(name, request.parent, parent))
            )
        return list(dict.fromkeys(found))

    def _resolved(self, alias: Any, request: Any) -> str:
        if alias.WhichOneof("alias") == "urn":
            return str(alias.urn)
        spec = alias.spec
        parent = "" if spec.noParent else spec.parentUrn or request.parent
        stack, project = spec.stack or self.stack, spec.project or self.project
        return urn_of(stack, project, parent, spec.type or request.type, spec.name or request.name)


def _own_or(request: Any, field: str, inherited: bool) -> bool:
    """The resource's own choice where it made one, else its parent's."""
    described = request.DESCRIPTOR.fields_by_name.get(field)
    if described is None:
        return inherited
    if described.has_presence:
        return bool(getattr(request, field)) if request.HasField(field) else inherited
    return bool(getattr(request, field)) or inherited


def _timeouts(request: Any) -> dict[str, str]:
    """The custom timeouts that are set, as the program wrote them: `{"create": "40m"}`."""
    if "customTimeouts" not in request.DESCRIPTOR.fields_by_name:
        return {}
    return {field.name: value for field, value in request.customTimeouts.ListFields()}


def _type_and_name(urn: str) -> tuple[str, str]:
    parts = urn.split("::", 3)
    return parts[2].rpartition("$")[2], parts[3]


def _renamed(name: str, parent: str, alias: str) -> str:
    """A child's name under its parent's earlier name, where it starts with the parent's name."""
    now, then = parent.split("::", 3)[3], alias.split("::", 3)[3]
    return then + name[len(now) :] if name.startswith(now) else name
