"""Which services and resource types a region has, and which zones."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import ClassVar

from policy_pack.catalog.engine_versions import State, Verdict
from policy_pack.catalog.regional import RegionalFile, in_force, regions_of
from policy_pack.catalog.regions import Regions
from policy_pack.model import Confidence, Evidence

# Modules of Pulumi's provider that are named otherwise than the service in botocore.
_SERVICES = {
    "alb": "elb",
    "appautoscaling": "applicationautoscaling",
    "cfg": "config",
    "cognito": "cognitoidp",
    "directoryservice": "ds",
    "ec2clientvpn": "ec2",
    "ec2transitgateway": "ec2",
    "elasticsearch": "es",
    "lb": "elb",
    "msk": "kafka",
    "mskconnect": "kafkaconnect",
    "opensearch": "es",
    "opensearchingest": "osis",
    "resourceexplorer": "resourceexplorer2",
    "serverlessrepository": "serverlessrepo",
    "sesv2": "ses",
    "sfn": "stepfunctions",
    "vpc": "ec2",
}
# What has so few regions serves all others from there, and the provider knows where to ask.
_HOMES = 3
_ZONE = re.compile(r"(?P<region>[a-z]+(?:-[a-z]+)+-\d+)(?P<letter>[a-z]|-.+)", re.ASCII)


class ServicesFile(RegionalFile, frozen=True):
    """`services.json`: by the service's name in botocore, the regions that have it."""

    key_pattern: ClassVar[str] = r"[a-z0-9-]+"


class ResourceTypesFile(RegionalFile, frozen=True):
    """`resource_types.json`: by CloudFormation's name of a resource type, the regions that have it."""

    key_pattern: ClassVar[str] = r"\w+::\w+::\w+"


class ZonesFile(RegionalFile, frozen=True):
    """`zones.json`: by the name of an availability zone, its region."""

    key_pattern: ClassVar[str] = r"[a-z0-9-]+"


class Availability:
    """Judges whether a resource can be created in a region at all.

    A region that opens gets services week by week, so that what is missing counts only in the regions that
    the lists know, and is certain only when both of them miss it.
    """

    def __init__(self, services: ServicesFile, types: Callable[[], ResourceTypesFile]) -> None:
        self._services = services
        self._read_types = types

    def judge(self, token: str, *, region: str) -> Verdict:
        """Say whether a region has the service and the resource type of a Pulumi type token.

        CloudFormation gets types late, so its word alone counts for nothing where the service is there.
        """
        service, kind = _names(token)
        key = self._service_keys.get(service, "")
        has_service = _has(self._services, key, region)
        # The larger list is read only when the smaller does not settle it, as it nearly always does.
        if has_service:
            return _verdict(State.AVAILABLE, self._services.evidence(key))
        type_key = self._type_keys.get((service, kind), "")
        has_type = _has(self._types, type_key, region)
        if has_service is None and has_type:
            return _verdict(State.AVAILABLE, self._types.evidence(type_key))
        missing = {"services": has_service, "resource types": has_type}
        sources = tuple(name for name, has in missing.items() if has is False)
        by_type = sources == ("resource types",) or type_key in self._types.reasons
        evidence = self._types.evidence(type_key) if by_type else self._services.evidence(key)
        return _verdict(State.ELSEWHERE if sources else State.NO_DATA, evidence, sources)

    @cached_property
    def _types(self) -> ResourceTypesFile:
        return self._read_types()

    @cached_property
    def _service_keys(self) -> Mapping[str, str]:
        plain = {key.replace("-", ""): key for key in self._services.records}
        return plain | {module: plain[name] for module, name in _SERVICES.items() if name in plain}

    @cached_property
    def _type_keys(self) -> Mapping[tuple[str, str], str]:
        found = {}
        for key in self._types.records:
            _, service, kind = key.lower().split("::")
            found[service, kind] = key
        return found


class Zones:
    """Judges the names of availability zones."""

    def __init__(self, file: ZonesFile, regions: Regions, refreshed: Sequence[ZonesFile] = ()) -> None:
        self._files = (file, *refreshed)
        self._regions = regions

    def region_of(self, zone: str) -> str | None:
        """The region that the zone's name says, whether there is such a zone or not; None if it says none."""
        found = _ZONE.fullmatch(zone)
        return found["region"] if found and self._regions.partition(found["region"]) else None

    def judge(self, zone: str) -> Verdict:
        """Say whether there is such a zone.

        Accounts see different letters of a region, so only a letter above all that are known counts.
        """
        region, state = self.region_of(zone), State.AVAILABLE
        file = in_force(self._files, region)
        letters = self._letters(file, region) if region else ""
        if region is None:
            state = State.NOT_LISTED
        elif zone in file.reasons:
            state = State.AVAILABLE if zone in file.records else State.NOT_LISTED
        elif not letters:
            state = State.AVAILABLE if zone in file.records else State.NO_DATA
        elif zone.removeprefix(region) > letters[-1] and not zone.startswith(f"{region}-"):
            state = State.NOT_LISTED
        nearest = f"{region}{letters[-1]}" if letters and state is State.NOT_LISTED else None
        return Verdict(state, Confidence.LIKELY, nearest, file.evidence(zone), ())

    def _letters(self, file: ZonesFile, region: str) -> str:
        """The letters of a region's zones in order."""
        zones = (zone for zone in file.records if len(zone) == len(region) + 1 and zone.startswith(region))
        return "".join(sorted(zone[-1] for zone in zones))


def _names(token: str) -> tuple[str, str]:
    """The module and the type of `aws:dax/cluster:Cluster`, in lower case."""
    _, module, kind = (*token.lower().split(":"), "", "", "")[:3]
    return module.partition("/")[0], kind


def _verdict(state: State, evidence: Evidence, sources: tuple[str, ...] = ()) -> Verdict:
    confidence = Confidence.CERTAIN if len(sources) > 1 else Confidence.LIKELY
    return Verdict(state, confidence, None, evidence, sources)


def _has(file: RegionalFile, key: str, region: str) -> bool | None:
    """Whether a region has something; None when the catalog does not know it, or not the region."""
    if key not in file.records or region not in file.regions:
        return None
    found = regions_of(file, file.records[key])
    return region in found if len(found) > _HOMES else None
