"""Rule: key-attribute-mismatch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.catalog.facts import Facts
from policy_pack.model import UNKNOWN, Problem, Value
from policy_pack.rules.dynamodb._replication import TABLE, is_given
from policy_pack.rules.rule import Allowed, Flagged, ResourceRule, View

ID = {"name": "id", "type": "S"}
DAY = {"name": "day", "type": "N"}
INDEX: dict[str, Value] = {"name": "by-day", "keySchemas": [{"attributeName": "day", "keyType": "HASH"}]}
INDEXES = ("globalSecondaryIndexes", "localSecondaryIndexes")
RESTORED = ("restoreSourceName", "restoreSourceTableArn", "restoreBackupArn", "importTable")


class KeyAttributeMismatch(ResourceRule):
    """A table's key has no attribute definition, or an attribute is part of no key.

    ## Why this fails
    `attributes` is not a list of columns: it gives the types of exactly those attributes that are keys of the
    table or of an index. The provider refuses the table when the two differ.

    ## What to do instead
    Define each key's attribute, and leave all others out: items may hold any attribute all the same.
    """

    name = "key-attribute-mismatch"
    resource_types = (TABLE,)
    url = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeDefinition.html"
    flagged = (
        Flagged({"hashKey": "id", "attributes": [DAY, ID]}, says="`day`", at="attributes[0].name"),
        Flagged({"hashKey": "id", "rangeKey": "day", "attributes": [ID]}, says="`day`", at="rangeKey"),
        Flagged(
            {"hashKey": "id", "attributes": [ID], "globalSecondaryIndexes": [INDEX]},
            says="`day`",
            at="globalSecondaryIndexes[0].keySchemas[0].attributeName",
        ),
        Flagged(
            {"hashKey": "id", "attributes": [ID], "localSecondaryIndexes": [{"rangeKey": "day"}]},
            says="`day`",
            at="localSecondaryIndexes[0].rangeKey",
        ),
    )
    allowed = (
        Allowed(
            {"hashKey": "id", "attributes": [ID, DAY], "globalSecondaryIndexes": [INDEX]}, "all are keys"
        ),
        Allowed({"hashKey": "id", "attributes": UNKNOWN}, because="the attributes are decided at deployment"),
        Allowed({"hashKey": UNKNOWN, "attributes": [DAY]}, because="the key may be `day`"),
        Allowed({"hashKey": "id", "attributes": [UNKNOWN]}, because="the attribute may be `id`"),
        Allowed({"hashKey": "id", "restoreSourceName": "old"}, because="restored with its attributes"),
        Allowed({}, because="there is nothing to compare"),
    )

    def check(self, resource: View, facts: Facts) -> Iterable[Problem]:
        """Compare the keys with the attributes, each only where the other is known in full."""
        if not all(resource.absent(path) for path in RESTORED):
            return
        keys = list(_keys(resource))
        attributes = [
            (element.path("name"), element.text("name")) for element in resource.elements("attributes")
        ]
        defined, used = {name for _, name in attributes}, {name for _, name in keys}
        if None not in defined and is_given(resource, "attributes"):
            for path, name in keys:
                if name is not None and name not in defined:
                    yield _undefined(path, name)
                    defined.add(name)
        if None not in used and all(is_given(resource, path) for path in INDEXES):
            for path, name in attributes:
                if name is not None and name not in used:
                    yield _unused(path, name)


def _keys(resource: View) -> Iterator[tuple[str, str | None]]:
    """Every key with its property path; None for one that is decided at deployment."""
    views = [resource, *(element for path in INDEXES for element in resource.elements(path))]
    for view in views:
        for path in ("hashKey", "rangeKey"):
            if not view.absent(path) and view.known(path) != "":
                yield view.path(path), view.text(path)
        for element in view.elements("keySchemas"):
            yield element.path("attributeName"), element.text("attributeName")
        if not is_given(view, "keySchemas"):
            yield view.path("keySchemas"), None


def _undefined(path: str, name: str) -> Problem:
    return Problem(
        f"the key `{name}` is none of the table's attributes",
        note="the provider refuses a table whose keys and attributes differ",
        help=f'add `aws.dynamodb.TableAttributeArgs(name="{name}", type="S")` to `attributes`',
        property_path=path,
    )


def _unused(path: str, name: str) -> Problem:
    return Problem(
        f"the attribute `{name}` is part of no key",
        note="only keys of the table and of its indexes are defined; the provider refuses others",
        help=f"remove `{name}` from `attributes`: items may hold it all the same",
        property_path=path,
    )
