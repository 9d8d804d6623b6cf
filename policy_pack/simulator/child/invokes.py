"""Answers to data sources: what can be computed is computed, the rest is made up and remembered as such."""

from __future__ import annotations

import base64
import json
from typing import Any, Callable

from .predictions import Predictor, coerced

Arguments = dict[str, Any]


def answer(predictor: Predictor, token: str, arguments: Arguments) -> dict[str, Any]:
    """The result of a data source: its arguments echoed, its results filled in the declared types."""
    declared = predictor.index.result(token) or {}
    result = {key: coerced(value, declared.get(key, "Any")) for key, value in arguments.items()}
    seed = token + json.dumps(arguments, sort_keys=True, default=str)
    for key, kind in declared.items():
        if key not in result:
            result[key] = predictor.fabricated(kind, key, token, seed)
    special = _SPECIAL.get(token.rpartition(":")[2])
    if special is not None and token.startswith("aws:"):
        result.update(special(predictor, arguments))
    return result


def _zones(predictor: Predictor, arguments: Arguments) -> dict[str, Any]:
    zones = predictor.zones()
    numbers = [f"{predictor.region}-az{number}" for number in (1, 2, 3)]
    return {"names": zones, "zoneIds": numbers, "id": predictor.region, "groupNames": [predictor.region]}


def _identity(predictor: Predictor, arguments: Arguments) -> dict[str, Any]:
    account = str(predictor.remember(predictor.account))
    arn = predictor.remember(f"arn:{predictor.partition}:iam::{account}:user/preflight")
    return {"accountId": account, "arn": arn, "userId": account, "id": account}


def _region(predictor: Predictor, arguments: Arguments) -> dict[str, Any]:
    region = arguments.get("region") or arguments.get("name") or predictor.region
    endpoint = f"ec2.{region}.{predictor.dns_suffix}"
    return {"name": region, "id": region, "region": region, "description": region, "endpoint": endpoint}


def _partition(predictor: Predictor, arguments: Arguments) -> dict[str, Any]:
    reverse = ".".join(reversed(predictor.dns_suffix.split(".")))
    partition = predictor.partition
    return {
        "partition": partition,
        "id": partition,
        "dnsSuffix": predictor.dns_suffix,
        "reverseDnsPrefix": reverse,
    }


def _image(predictor: Predictor, arguments: Arguments) -> dict[str, Any]:
    image = predictor.remember("ami-0" + "5" * 16)
    return {"id": image, "imageId": image, "architecture": "x86_64", "rootDeviceName": "/dev/xvda"}


def _registry_login(predictor: Predictor, arguments: Arguments) -> dict[str, Any]:
    password = predictor.remember("predicted-registry-password")
    token = predictor.remember(base64.b64encode(f"AWS:{password}".encode()).decode())
    endpoint = f"https://{predictor.account}.dkr.ecr.{predictor.region}.{predictor.dns_suffix}"
    return {
        "authorizationToken": token,
        "userName": "AWS",
        "password": password,
        "proxyEndpoint": predictor.remember(endpoint),
    }


def policy_document(predictor: Predictor, arguments: Arguments) -> dict[str, Any]:
    """Render an IAM policy document from the structured arguments, as the provider does."""
    document = {"Version": arguments.get("version") or "2012-10-17", "Statement": _statements(arguments)}
    if arguments.get("policyId"):
        document["Id"] = arguments["policyId"]
    return {"json": json.dumps(document, indent=2), "minifiedJson": json.dumps(document), "id": "policy"}


def _statements(arguments: Arguments) -> list[Any]:
    """Those of the source documents, then its own, then the overriding ones; a known `Sid` is replaced."""
    given = [
        *_parsed(arguments.get("sourcePolicyDocuments")),
        *(_statement(item) for item in arguments.get("statements") or []),
        *_parsed(arguments.get("overridePolicyDocuments")),
    ]
    found: dict[Any, Any] = {}
    for number, statement in enumerate(given):
        found[statement.get("Sid") or number] = statement
    return list(found.values())


def _parsed(documents: Any) -> list[Any]:
    found: list[Any] = []
    for text in documents or []:
        try:
            statements = json.loads(text)["Statement"]
        except (ValueError, TypeError, KeyError):
            continue
        found += statements if isinstance(statements, list) else [statements]
    return [statement for statement in found if isinstance(statement, dict)]


def _statement(given: Arguments) -> dict[str, Any]:
    statement: dict[str, Any] = {"Effect": given.get("effect") or "Allow"}
    if given.get("sid"):
        statement["Sid"] = given["sid"]
    for key in ("actions", "notActions", "resources", "notResources"):
        if given.get(key):
            statement[key[0].upper() + key[1:-1]] = _one_or_many(given[key])
    for key in ("principals", "notPrincipals"):
        if given.get(key):
            statement[key[0].upper() + key[1:-1]] = _principals(given[key])
    for condition in given.get("conditions") or []:
        tests = statement.setdefault("Condition", {}).setdefault(condition["test"], {})
        tests.setdefault(condition["variable"], []).extend(condition["values"])
    for tests in statement.get("Condition", {}).values():
        tests.update({variable: _one_or_many(values) for variable, values in tests.items()})
    return statement


def _principals(given: list[Arguments]) -> Any:
    if any(item["type"] == "*" for item in given):
        return "*"
    found: dict[str, list[Any]] = {}
    for item in given:
        found.setdefault(item["type"], []).extend(item["identifiers"])
    return {kind: _one_or_many(identifiers) for kind, identifiers in found.items()}


def _one_or_many(values: list[Any]) -> Any:
    return values[0] if len(values) == 1 else values


_SPECIAL: dict[str, Callable[[Predictor, Arguments], dict[str, Any]]] = {
    "getAvailabilityZones": _zones,
    "getCallerIdentity": _identity,
    "getRegion": _region,
    "getPartition": _partition,
    "getAmi": _image,
    "getAuthorizationToken": _registry_login,
    "getCredentials": _registry_login,
    "getPolicyDocument": policy_document,
}
