"""`versions/eks_addons.json`: versions of EKS add-ons, and the clusters they run on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.files import Fact


class AddonFact(Fact, frozen=True, kw_only=True, omit_defaults=True):
    """One version of an add-on: the Kubernetes versions it runs on, and those it is the default of."""

    clusters: tuple[str, ...]
    default_of: tuple[str, ...] = ()


def fetch(client: Client) -> Iterator[Item]:
    """Ask EKS for all add-ons, those of AWS's partners too; pages are small because add-ons are not."""
    return items(client, "describe_addon_versions", "addons", page_size=10)


def shape(addons: Iterable[Item]) -> dict[str, AddonFact]:
    """By `add-on version`, the versions of Kubernetes."""
    return {
        f"{addon['addonName']} {each['addonVersion']}": _fact(each.get("compatibilities") or ())
        for addon in addons
        if addon.get("addonName")
        for each in addon.get("addonVersions") or ()
        if each.get("addonVersion")
    }


def _fact(compatibilities: Iterable[Item]) -> AddonFact:
    fitting = {
        each["clusterVersion"]: each.get("defaultVersion")
        for each in compatibilities
        if each.get("clusterVersion")
    }
    return AddonFact(
        clusters=tuple(sorted(fitting)), default_of=tuple(sorted(key for key in fitting if fitting[key]))
    )


CATALOG = LiveCatalog(
    name="versions/eks_addons",
    about="Versions of EKS add-ons, and the versions of Kubernetes they run on",
    service="eks",
    actions=("eks:DescribeAddonVersions",),
    fact=AddonFact,
    fetch=fetch,
    shape=shape,
)
