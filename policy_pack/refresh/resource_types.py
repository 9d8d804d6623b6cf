"""Builds `resource_types.json` from CloudFormation's registry of each region, as cfn-lint has it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Set

from policy_pack.catalog import region_sets
from policy_pack.refresh import cfn_lint
from policy_pack.refresh.packages import CFN_LINT, RefreshError
from policy_pack.refresh.shared_sets import shared
from policy_pack.refresh.writing import RegionalDocument

_HOME = "us-east-1"


def fetch() -> dict[str, frozenset[str]]:
    """Read the types of every region."""
    return {region: frozenset(cfn_lint.resource_types(region)) for region in cfn_lint.regions()}


def shape(types: Mapping[str, Set[str]]) -> RegionalDocument:
    """Leave out regions that list exactly what us-east-1 does: cfn-lint has put a copy there.

    Raises:
        RefreshError: hardly a region is left.
    """
    known = {region for region, found in types.items() if region == _HOME or found != types[_HOME]}
    if len(known) < len(types) / 2:
        raise RefreshError("most regions of cfn-lint have the resource types of us-east-1")
    places: dict[str, set[str]] = defaultdict(set)
    for region in known:
        for name in types[region]:
            places[name].add(region)
    sets, records = shared(
        {name: [{"regions": region_sets.text(found, known)}] for name, found in places.items()}
    )
    return RegionalDocument(
        about="Resource types of CloudFormation, and the regions that have them",
        source=str(CFN_LINT),
        fetched=CFN_LINT.date,
        command="python -m policy_pack.refresh resource-types",
        scope="CloudFormation, which gets a type later than the service's own API",
        records=records,
        max_age_days=90,
        regions=dict.fromkeys(sorted(known), CFN_LINT.date),
        sets=sets or None,
    )
