"""Gives names to the sets of regions that many records have, which makes a catalog much shorter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from policy_pack.catalog import region_sets

Records = Mapping[str, Sequence[Mapping[str, object]]]


def shared(records: Records) -> tuple[Mapping[str, str], Records]:
    """The sets that records share, by name, and the records with these names in the place of the sets.

    Only sets of three regions or more are named: the others are as short as a name, and say more.
    """
    uses = Counter(str(offer["regions"]) for offers in records.values() for offer in offers)
    names = region_sets.names(text for text, count in uses.items() if count > 1 and text.count(",") > 1)
    short = {
        key: [{**offer, "regions": names.get(str(offer["regions"]), offer["regions"])} for offer in offers]
        for key, offers in records.items()
    }
    return {name: text for text, name in names.items()}, short
