"""Plausible values for what only a deployment decides, of exactly the type that the SDK declares.

They exist so that callbacks run; no finding rests on one. Every text made up here is remembered, so
that whatever contains it can be told from what the program wrote.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, Callable

from .identifiers import (
    NAME_INPUTS,
    SERVICES,
    Identifiers,
    digest_of,
    known_text,
    own_name,
    physical_name,
    uuid_of,
)
from .kubernetes import always_there, kubeconfig, metadata
from .services import Subject, special_id, special_output
from .structs import RESOURCE, SIGNATURE, open_secret, texts
from .typeindex import TypeIndex, type_arguments

MAX_DEPTH = 4


class Predictor:
    """Makes up ids, ARNs and outputs, always the same for the same resource."""

    def __init__(self, index: TypeIndex, place: dict[str, str]) -> None:
        self.index = index
        self.place = place
        self.region = place["region"]
        self.account = place["account"]
        self.partition = place["partition"]
        self.dns_suffix = place["dns_suffix"]
        self.made_up: set[str] = set()
        self.children: dict[str, str] = {}

    def remember(self, value: Any) -> Any:
        """Note every text in a value as made up, unless it is too short or common to tell anything."""
        self.made_up.update(text for text in texts(value) if len(text) > 3 and text != self.region)
        return value

    def resource_id(self, token: str, urn: str, inputs: dict[str, Any], arn: str) -> str:
        """An id in the documented form, else the resource's name."""
        identity = special_id(token, self._subject(token, urn, inputs, "", arn))
        if identity is None:
            declared = self.index.resource(token) or {}
            identity = self._identifiers(inputs).resource_id(declared, token, urn, inputs, arn)
        return str(self._own(identity, inputs))

    def arn(self, token: str, urn: str, inputs: dict[str, Any]) -> str:
        """The resource's ARN, by its service's own shape where that is known."""
        declared = self.index.resource(token) or {}
        identity = special_id(token, self._subject(token, urn, inputs, "", ""))
        return str(self.remember(self._identifiers(inputs).arn(declared, token, urn, inputs, identity)))

    def _identifiers(self, inputs: dict[str, Any]) -> Identifiers:
        """Those of the region that the resource is given for itself, else of the stack's."""
        return Identifiers({**self.place, "region": known_text(inputs, "region") or self.region})

    def _subject(self, token: str, urn: str, inputs: dict[str, Any], identity: str, arn: str) -> Subject:
        place = {**self.place, "region": known_text(inputs, "region") or self.region}
        return Subject(urn, inputs, place, physical_name(token, urn, inputs), identity, arn)

    def _own(self, value: Any, inputs: dict[str, Any]) -> Any:
        """Remember a value as made up, unless the program gave it."""
        return value if value in inputs.values() else self.remember(value)

    def component_outputs(self, token: str, urn: str) -> dict[str, Any]:
        """The outputs of another package's component; those named like an input have a type of their own."""
        declared = (self.index.resource(token) or {}).get("outputs", {})
        return {
            key: self.fabricated(kind, key, token, urn)
            for key, kind in declared.items()
            if not kind.startswith("Optional[")
        }

    def child(self, urn: str) -> dict[str, Any] | None:
        """The state of a resource that only a prediction refers to."""
        token = self.children.get(urn)
        if token is None:
            return None
        identity = self.resource_id(token, urn, {}, self.arn(token, urn, {}))
        return {"urn": urn, "id": identity, "state": self.outputs(token, urn, {})}

    def echoed(self, token: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """The inputs as outputs, in the declared type."""
        declared = (self.index.resource(token) or {}).get("outputs", {})
        return {key: coerced(value, declared.get(key, "Any")) for key, value in inputs.items()}

    def outputs(self, token: str, urn: str, inputs: dict[str, Any]) -> dict[str, Any]:
        """Every output that the package declares as always present, plus the inputs in the declared type."""
        resource = self.index.resource(token) or {}
        declared, maps = resource.get("outputs", {}), resource.get("maps", ())
        found = self.echoed(token, inputs)
        if token.startswith("kubernetes:"):
            found["metadata"] = self.remember(metadata(urn, inputs))
        arn = self.arn(token, urn, inputs)
        identity = self.resource_id(token, urn, inputs, arn)
        subject = self._subject(token, urn, inputs, identity, arn)
        for key, kind in declared.items():
            if key in found or (kind.startswith("Optional[") and not always_there(token, key)):
                continue
            special = self._special(key, token, subject)
            if special is None and key not in maps:
                special = self.fabricated(kind, key, token, urn)
            if special is not None:
                found[key] = self._own(special, inputs)
        return found

    def _special(self, key: str, token: str, subject: Subject) -> Any:
        special = special_output(token, key, subject)
        if special is not None:
            return special
        name, inputs = subject.fields["name"], subject.inputs
        if key == "arn":
            return subject.fields["arn"]
        if key in NAME_INPUTS or key == own_name(token):
            return name
        if key == "tagsAll":
            tags = open_secret(inputs.get("tags"))
            return tags if isinstance(tags, dict) else {}
        if key.lower().endswith(("tags", "labels", "annotations")):
            return {}
        return subject.fields["region"] if key == "region" else None

    def fabricated(self, kind: str, key: str, token: str, seed: str, depth: int = 0) -> Any:
        """A value of a declared type, plausible for a property of this name."""
        if kind.startswith(("Optional[", "Union[")):
            return self.fabricated(type_arguments(kind)[0], key, token, seed, depth)
        if kind.startswith(("Sequence[", "List[")):
            return self._sequence(type_arguments(kind)[0], key, token, seed, depth)
        if kind.startswith(("Mapping[", "Dict[")):
            return {}
        scalar = {"str": self._text, "int": _integer, "float": _integer, "bool": _boolean}.get(kind)
        if scalar is not None:
            return scalar(key, token, seed)
        if kind == "Any":
            return self.remember(kubeconfig(seed)) if key == "kubeconfig" else self._text(key, token, seed)
        return self._object(kind, token, seed + "." + key, depth)

    def _sequence(self, kind: str, key: str, token: str, seed: str, depth: int) -> list[Any]:
        if key.lower().endswith(("availabilityzones", "zones")) and kind == "str":
            return list(self.zones())
        # A component such as awsx's Vpc makes subnets of several kinds; programs pick them by number.
        length = (3 if kind == "str" else 1) if token.startswith("aws:") else 6
        one = key[:-1] if kind == "str" and key.endswith("s") else key
        return [self.fabricated(kind, one, token, f"{seed}[{item}]", depth) for item in range(length)]

    def _object(self, kind: str, token: str, seed: str, depth: int) -> Any:
        token = self.index.home(token, kind)
        declared = self.index.nested(token, kind)
        if declared is None:
            return self._member_or_resource(kind, token, seed)
        if depth >= MAX_DEPTH:
            return {}
        return {key: self.fabricated(inner, key, token, seed, depth + 1) for key, inner in declared.items()}

    def _member_or_resource(self, kind: str, token: str, seed: str) -> Any:
        member = self.index.member(token, kind)
        if member is not None:
            return self.remember(member)
        other = self.index.token_of(kind)
        if other is None:
            return self.remember(f"predicted-{digest_of(seed)[:8]}")
        urn = f"{seed.partition('::')[0]}::predicted::{other}::{digest_of(seed)[:8]}"
        self.children[urn] = other
        identity = self.resource_id(other, urn, {}, self.arn(other, urn, {}))
        return {SIGNATURE: RESOURCE, "urn": urn, "id": identity}

    def _text(self, key: str, token: str, seed: str) -> str:
        make = _text_maker(key)
        if make is not None:
            return str(self.remember(make(self, token, digest_of(f"{seed}.{key}"))))
        return str(self.remember(f"{key.lower()}-{digest_of(f'{seed}.{key}')[:8]}"))

    def zones(self) -> list[str]:
        """Three availability zones of the region."""
        return [str(self.remember(f"{self.region}{letter}")) for letter in "abc"]

    def host(self, token: str, digest: str, label: str = "") -> str:
        """A host name under the service's domain."""
        module = token.split(":", 1)[1].partition("/")[0]
        service = SERVICES.get(module, module)
        return f"{digest[:10]}.{label}{digest[10:22]}.{self.region}.{service}.{self.dns_suffix}"


def _made(prefix: str) -> Callable[..., str]:
    return lambda predictor, token, digest: prefix + digest[:17]


def _arn(resource: str) -> Callable[..., str]:
    """An ARN of IAM, whatever the resource is that names it."""
    return lambda p, token, digest: f"arn:{p.partition}:iam::{p.account}:{resource}/{digest[:12]}"


def _foreign_arn(predictor: Predictor, token: str, digest: str) -> str:
    module = token.split(":", 1)[1].partition("/")[0]
    service = SERVICES.get(module, module.rstrip("_"))
    return (
        f"arn:{predictor.partition}:{service}:{predictor.region}:{predictor.account}:predicted/{digest[:12]}"
    )


def _key(kind: str) -> Callable[..., str]:
    return lambda p, token, digest: f"-----BEGIN {kind}-----\n{digest}\n-----END {kind}-----\n"


_POLICY = '{"Version":"2012-10-17","Statement":[]}'
# The first pattern that the name of a property has decides; each text is made of the place and a digest.
_TEXTS: list[tuple[str, Callable[..., str]]] = [
    (r"Prefix$", lambda p, token, digest: ""),
    (r"^kubeconfigJson$", lambda p, token, digest: json.dumps(kubeconfig(digest))),
    (r"(r|R)oleArn$", _arn("role")),
    (r"kmsKey(Id|Arn)$", lambda p, t, d: f"arn:{p.partition}:kms:{p.region}:{p.account}:key/{uuid_of(d)}"),
    (r"(^a|A)rn$", _foreign_arn),
    (r"^readerEndpoint$", lambda p, token, digest: p.host(token, digest, "cluster-ro-")),
    (r"(e|E)ndpoint$|(d|D)nsName$|(d|D)omainName$|^address$|(h|H)ostname$", lambda p, t, d: p.host(t, d)),
    (r"(u|U)r[il]$", lambda p, token, digest: f"https://{p.host(token, digest)}/{digest[:8]}"),
    (r"ipv6CidrBlock$", lambda p, token, digest: "2001:db8:1234:1a00::/56"),
    (r"(c|C)idr(Block)?$", lambda p, token, digest: "192.0.2.0/24"),
    (r"(p|P)ublicIp$", lambda p, token, digest: "203.0.113.10"),
    (r"(i|I)p(Address)?$", lambda p, token, digest: "192.0.2.10"),
    (r"(v|V)pcId$", _made("vpc-")),
    (r"(s|S)ubnetId$", _made("subnet-")),
    (r"ecurityGroupId$", _made("sg-")),
    (r"etworkAclId$", _made("acl-")),
    (r"outeTableId$", _made("rtb-")),
    (r"nterfaceId$", _made("eni-")),
    (r"^instanceId$", _made("i-")),
    (r"llocationId$", _made("eipalloc-")),
    (r"atewayId$", _made("igw-")),
    (r"hcpOptionsId$", _made("dopt-")),
    (r"(ownerId|accountId|registryId)$", lambda p, token, digest: p.account),
    (r"(u|U)uid$", lambda p, token, digest: uuid_of(digest)),
    (r"(^r|R)egion$", lambda p, token, digest: p.region),
    (r"availabilityZone$", lambda p, token, digest: p.region + "a"),
    (r"hostedZoneId$|zoneId$", lambda p, token, digest: "Z" + digest[:13].upper()),
    (r"(Time|Date|At|Till)$", lambda p, token, digest: "2030-01-01T00:00:00Z"),
    (r"(^p|P)olicy$|(j|J)son$|^assumeRolePolicy$", lambda p, token, digest: _POLICY),
    (r"rivateKey(Pem|Openssh)?$", _key("RSA PRIVATE KEY")),
    (r"ublicKeyOpenssh$", lambda p, token, digest: f"ssh-rsa {digest} predicted"),
    (r"ublicKeyPem$", _key("PUBLIC KEY")),
    (r"(c|C)ert(ificate)?(Body|Chain|Pem)?$", _key("CERTIFICATE")),
    (r"ersion(Actual)?$", lambda p, token, digest: "1"),
]


@lru_cache(maxsize=4096)
def _text_maker(key: str) -> Callable[..., str] | None:
    return next((make for pattern, make in _TEXTS if re.search(pattern, key)), None)


def _integer(key: str, token: str, seed: str) -> int:
    return 5432 if key.lower().endswith("port") else 1


def _boolean(key: str, token: str, seed: str) -> bool:
    return False


def coerced(value: Any, kind: str) -> Any:
    """An echoed input in the type that the output declares; anything else makes the SDK raise."""
    if kind.startswith("Optional["):
        kind = type_arguments(kind)[0]
    convert = _COERCIONS.get(kind)
    bare = open_secret(value)
    if convert is None or bare is None or bare is not value:
        return value
    return convert(bare)


def _as_text(value: Any) -> Any:
    if isinstance(value, (dict, list)) and SIGNATURE not in value:
        return json.dumps(value)
    return str(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


def _as_number(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    return value


def _as_boolean(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


_COERCIONS: dict[str, Callable[[Any], Any]] = {
    "str": _as_text,
    "int": _as_number,
    "float": _as_number,
    "bool": _as_boolean,
}
