"""What all rules about changes of versions have in common: what is deployed, and what is asked for now."""

from __future__ import annotations

from dataclasses import dataclass

from policy_pack.catalog.facts import Facts
from policy_pack.catalog.versions import EngineVersion
from policy_pack.model import Confidence, Plan, Resource, Unknown
from policy_pack.model.values import settled
from policy_pack.rules.rule import View

_DATABASE = ("snapshotIdentifier", "storageEncrypted", "kmsKeyId")


@dataclass(frozen=True)
class Kind:
    """How a type names its version; `engine` is the only one it has, None where a property says it.

    A change of an `identity` makes the provider replace the resource, and so does a downgrade where
    `replaces`; elsewhere AWS refuses it.
    """

    identity: tuple[str, ...]
    engine: str | None = None
    default_engine: str | None = None
    path: str = "engineVersion"
    replaces: bool = False


KINDS = {
    "aws:docdb/cluster:Cluster": Kind(("clusterIdentifier", "masterUsername", *_DATABASE), "docdb"),
    "aws:eks/cluster:Cluster": Kind(("name", "roleArn"), "kubernetes", path="version"),
    "aws:elasticache/cluster:Cluster": Kind(("clusterId", "subnetGroupName"), replaces=True),
    "aws:elasticache/replicationGroup:ReplicationGroup": Kind(
        ("replicationGroupId", "subnetGroupName", "atRestEncryptionEnabled"),
        default_engine="redis",
        replaces=True,
    ),
    "aws:elasticsearch/domain:Domain": Kind(
        ("domainName",), "elasticsearch", path="elasticsearchVersion", replaces=True
    ),
    "aws:memorydb/cluster:Cluster": Kind(("name", "subnetGroupName"), default_engine="redis"),
    "aws:msk/cluster:Cluster": Kind(("clusterName",), "kafka", path="kafkaVersion", replaces=True),
    "aws:neptune/cluster:Cluster": Kind(("clusterIdentifier", "kmsKeyArn", *_DATABASE), "neptune"),
    "aws:opensearch/domain:Domain": Kind(("domainName",), "opensearch", replaces=True),
    "aws:rds/cluster:Cluster": Kind(
        ("clusterIdentifier", "databaseName", "engineMode", "masterUsername", *_DATABASE)
    ),
    "aws:rds/instance:Instance": Kind(
        ("identifier", "availabilityZone", "characterSetName", "dbName", "username", *_DATABASE)
    ),
}


def is_identity(token: str, name: str) -> bool:
    """Whether a change of a property is known to make the provider replace a resource of the type."""
    return token in KINDS and name in KINDS[token].identity


@dataclass(frozen=True)
class Change:
    """A version that changes in place. `before` is what runs now, `after` what the program asks for.

    `confidence` is *likely* where the resource may be replaced instead.
    """

    kind: Kind
    engine: str
    before: str
    after: str
    confidence: Confidence

    @property
    def majors(self) -> tuple[EngineVersion, EngineVersion]:
        """The major versions before and after; `8` may stand for `8.0` after."""
        before, after = (_parsed(text)[1].major(self.engine) for text in (self.before, self.after))
        same = after.is_prefix_of(before) or before.is_prefix_of(after)
        return before, before if same else after

    @property
    def is_downgrade(self) -> bool:
        """Whether the version certainly falls. Of one major, only versions of the same form compare."""
        (era, before), (new_era, after) = _parsed(self.before), _parsed(self.after)
        old, new = self.majors
        if era != new_era:
            return new_era < era
        return new < old if old != new else after < before and _are_alike(before, after)


def runs_already(resource: View, previous: Plan | None, path: str) -> bool:
    """Whether a resource is deployed with the version that it asks for, which it then keeps."""
    old = _deployed(resource, previous)
    return old is not None and resource.text(path) == _text(old, path)


def change(resource: View, facts: Facts) -> Change | None:
    """How the version of a resource changes; None where it does not, is not known, or another is made."""
    kind, old = KINDS[resource.type], _deployed(resource, facts.previous)
    if old is None or _is_left_alone(resource, kind.path):
        return None
    after, engine = resource.text(kind.path), _engine(resource, old, kind)
    recorded = _text(old, kind.path)
    before = _text(old, f"{kind.path}Actual") or recorded
    if engine is None or after is None or before is None or after in (before, recorded):
        return None
    if not all(_parsed(text)[1].is_well_formed for text in (before, after)):
        return None
    confidence = _in_place(resource, old, kind)
    return None if confidence is None else Change(kind, engine, before, after, confidence)


def _deployed(resource: View, previous: Plan | None) -> Resource | None:
    """The resource as it is deployed, under its name or one that it had before."""
    known = previous.by_urn if previous else {}
    urns = (resource.urn, *resource.resource.options.aliases)
    return next((known[urn] for urn in urns if urn in known), None)


def _is_left_alone(resource: View, path: str) -> bool:
    """Whether the options say that a change does nothing, or replaces the resource."""
    options = resource.resource.options
    return bool({path, "*"}.intersection((*options.ignore_changes, *options.replace_on_changes)))


def _engine(resource: View, old: Resource, kind: Kind) -> str | None:
    """The engine, None where it is not known or changes, which makes another resource."""
    if kind.engine is not None:
        return kind.engine
    given = kind.default_engine if resource.absent("engine") else resource.text("engine")
    was = _text(old, "engine") or kind.default_engine
    return given if given == was and not (given or "").startswith("custom-") else None


def _in_place(resource: View, old: Resource, kind: Kind) -> Confidence | None:
    """How sure it is that the resource is not replaced; None when it is."""
    if _differ(resource.region, old.region) or _differ(*map(_provider, (resource.resource, old))):
        return None
    confidence, made_up = Confidence.CERTAIN, settled(old.inputs.get("__defaults"))
    for path in kind.identity:
        given, was = resource.known(path), settled(old.inputs.get(path))
        is_absent = given is None and resource.absent(path)
        if is_absent and isinstance(made_up, list) and path in made_up:
            continue
        if isinstance(was, Unknown) or (given is None and not is_absent):
            confidence = Confidence.LIKELY
        elif given != was:
            return None
    return confidence


def _differ(one: str | None, other: str | None) -> bool:
    """Whether two texts are known and are not the same."""
    return one is not None and other is not None and one != other


def _provider(resource: Resource) -> str | None:
    """The URN of a provider that the program has made itself."""
    urn = (resource.provider or "").rpartition("::")[0]
    return None if not urn or "::default" in urn else urn


def _text(old: Resource, path: str) -> str | None:
    """What is known of a deployed property: what AWS answered, else what it was asked for."""
    for holder in (old.outputs, old.inputs):
        found = settled(holder.get(path))
        if isinstance(found, str) and found:
            return found
    return None


def _parsed(text: str) -> tuple[bool, EngineVersion]:
    """A version as it compares, after whether it is of OpenSearch, all of which follow Elasticsearch's."""
    engine, _, version = (
        text.rpartition("_") if text.startswith(("OpenSearch_", "Elasticsearch_")) else ("", "", text)
    )
    return engine == "OpenSearch", EngineVersion(version.removesuffix(".x"))


def _are_alike(before: EngineVersion, after: EngineVersion) -> bool:
    return before.words == after.words and not after.is_prefix_of(before)
