"""What a cluster adds to the objects of a program, and the configuration that leads to a cluster."""

from __future__ import annotations

from typing import Any

from .identifiers import digest_of
from .structs import open_secret


def metadata(urn: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """What the program says of an object, with the name that Pulumi gives it and its namespace."""
    given = open_secret(inputs.get("metadata"))
    name = f"{urn.rpartition('::')[2]}-{digest_of(urn)[:8]}"
    return {"name": name, "namespace": "default", **(given if isinstance(given, dict) else {})}


def object_id(urn: str, inputs: dict[str, Any]) -> str:
    """The id that the provider gives an object."""
    found = metadata(urn, inputs)
    return f"{found['namespace']}/{found['name']}"


def always_there(token: str, key: str) -> bool:
    """Whether an output is there once an object is made, though the package declares it as optional."""
    return token.startswith("kubernetes:") and key == "status"


def kubeconfig(seed: str) -> dict[str, Any]:
    """A configuration for `kubectl` that leads nowhere."""
    server = f"https://{digest_of(seed)[:12]}.predicted.example.com"
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "predicted", "cluster": {"server": server}}],
        "contexts": [{"name": "predicted", "context": {"cluster": "predicted", "user": "predicted"}}],
        "current-context": "predicted",
        "users": [{"name": "predicted", "user": {"token": digest_of(seed + "!")[:12]}}],
    }
