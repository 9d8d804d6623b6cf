"""Which versions and instance classes of a program AWS can be asked for. Pure; of known values only."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from policy_pack.catalog import Catalogs
from policy_pack.catalog.engine_versions import OVERLAY
from policy_pack.linter import diagnostics
from policy_pack.linter.checking import Scope
from policy_pack.live.questions import Kind, Question, Use
from policy_pack.model import Resource, Secret
from policy_pack.rules.eks.eks_addon_version_incompatible import ADDON
from policy_pack.rules.general._classes import CLASSES, Asked, asked
from policy_pack.rules.general.instance_class_engine_mismatch import InstanceClassEngineMismatch
from policy_pack.rules.general.instance_class_unavailable import InstanceClassUnavailable
from policy_pack.rules.rule import View
from policy_pack.rules.version_change import runs_already
from policy_pack.rules.version_rule import VersionRule

# By the service of its catalog, how a person asks for the versions that a region offers. No call tells those
# of Glue and Lambda.
VERSIONS: Mapping[str, str] = {
    "docdb": "aws docdb describe-db-engine-versions",
    "eks": "aws eks describe-cluster-versions",
    "eks_addons": "aws eks describe-addon-versions",
    "elasticache": "aws elasticache describe-cache-engine-versions",
    "emr": "aws emr list-release-labels",
    "memorydb": "aws memorydb describe-engine-versions",
    "mq": "aws mq describe-broker-engine-types",
    "msk": "aws kafka list-kafka-versions",
    "neptune": "aws neptune describe-db-engine-versions",
    "opensearch": "aws opensearch list-versions",
    "rds": "aws rds describe-db-engine-versions",
    "redshift": "aws redshift describe-cluster-versions",
    "synthetics": "aws synthetics describe-runtime-versions",
}
# The same for instance classes. No call tells those of DAX, ElastiCache and SageMaker.
CLASS_LISTS: Mapping[str, str] = {
    "docdb": "aws docdb describe-orderable-db-instance-options",
    "ec2": "aws ec2 describe-instance-type-offerings",
    "mq": "aws mq describe-broker-instance-options",
    "neptune": "aws neptune describe-orderable-db-instance-options",
    "opensearch": "aws opensearch list-instance-type-details",
    "rds": "aws rds describe-orderable-db-instance-options",
    "redshift": "aws redshift describe-orderable-cluster-options",
}

# Its releases are some of EMR's only.
_OTHER_LISTS = frozenset({"aws:emrserverless/application:Application"})
_CLASS = re.compile(r"[a-z0-9.-]+", re.ASCII)


def offers(resource: Resource, scope: Scope) -> Iterator[Use]:
    """The versions and the instance classes that a resource asks for."""
    rules = [rule for rule in scope.rules if isinstance(rule, VersionRule)]
    ruling = [rule for rule in rules if resource.type in rule.resource_types]
    for rule in ruling:
        if not runs_already(_view(resource), scope.previous, rule.version_path):
            yield from _version(resource, rule, scope.catalogs)
    if resource.type == ADDON and not runs_already(_view(resource), scope.previous, "addonVersion"):
        yield from _addon(resource, scope.catalogs)
    if resource.type in CLASSES:
        for wanted in asked(_view(resource)):
            yield from _class(resource, wanted, scope.catalogs)


def _version(resource: Resource, rule: VersionRule, catalogs: Catalogs) -> Iterator[Use]:
    secret = any(isinstance(resource.at(path), Secret) for path in ("engine", "engineType"))
    known = isinstance(resource.at(rule.version_path), str) and resource.type not in _OTHER_LISTS
    asked_for = rule.asked(_view(resource)) if known and not secret and rule.service in VERSIONS else None
    if asked_for is not None:
        judged = catalogs.versions(rule.service).judge(*asked_for, region=resource.region)
        if OVERLAY not in judged.sources:
            yield _version_use(resource, rule.service, *asked_for, rule.version_path, rule.name)


def _addon(resource: Resource, catalogs: Catalogs) -> Iterator[Use]:
    addon, version = resource.inputs.get("addonName"), resource.inputs.get("addonVersion")
    if not (isinstance(addon, str) and isinstance(version, str)):
        return
    # The user's own facts stand above AWS's.
    if not catalogs.addon_versions.is_own(addon, version):
        name = diagnostics.LIVE_VERSION_UNAVAILABLE.name
        yield _version_use(resource, "eks_addons", addon, version, "addonVersion", name)


def _version_use(resource: Resource, service: str, engine: str, version: str, path: str, rule: str) -> Use:
    question = Question(Kind.VERSION, version, resource.region or "", engine, service)
    text = f"choose a version that `{VERSIONS[service]}` lists for the region"
    return Use(question, resource, path, rule, help=text)


def _class(resource: Resource, wanted: Asked, catalogs: Catalogs) -> Iterator[Use]:
    engine = _engine(resource, wanted)
    known = isinstance(resource.at(wanted.path), str) and _CLASS.fullmatch(wanted.written)
    if engine is None or not known or wanted.service not in CLASS_LISTS:
        return
    judged = catalogs.instances(wanted.service).judge(wanted.name, region=resource.region, kind=wanted.kind)
    if not judged.evidence.source.startswith(OVERLAY):
        question = Question(Kind.CLASS, wanted.name, resource.region or "", engine, wanted.service)
        text = f"choose a class that `{CLASS_LISTS[wanted.service]}` lists for the region"
        sisters = (InstanceClassEngineMismatch.name,)
        yield Use(question, resource, wanted.path, InstanceClassUnavailable.name, sisters, text)


def _engine(resource: Resource, wanted: Asked) -> str | None:
    """What the service wants to know beside the class, None where that is not known."""
    if wanted.service in ("docdb", "neptune"):
        return wanted.service
    if wanted.service == "rds":
        return wanted.kind
    if wanted.service == "opensearch":
        version = resource.inputs.get("engineVersion", resource.inputs.get("elasticsearchVersion"))
        if not isinstance(version, str) or wanted.path.endswith("warmType"):
            return None
        return f"Elasticsearch_{version}" if version[:1].isdigit() else version
    return ""


def _view(resource: Resource) -> View:
    return View(resource, lambda urn, path, reason: None)
