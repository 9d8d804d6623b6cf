"""`versions/elasticbeanstalk.json`: platform versions of Elastic Beanstalk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_pack.catalog.platforms import branch
from policy_pack.refresh.live.asking import Client, Item, LiveCatalog, items
from policy_pack.refresh.live.files import VersionFact

# Others are of the account's own making, and named by its id.
_OWNER = "AWSElasticBeanstalk"


def fetch(client: Client) -> Iterator[Item]:
    """Ask Elastic Beanstalk for the versions of all platforms."""
    return items(client, "list_platform_versions", "PlatformSummaryList", page_size=1000)


def shape(platforms: Iterable[Item]) -> dict[str, VersionFact]:
    """By `branch version`, as in `python-3.11-running-on-64bit-amazon-linux-2023 4.0.1`.

    The branch is written in lower case with hyphens. That AWS has retired one is not kept: accounts that
    have used it before may go on.
    """
    found = {}
    for each in platforms:
        name = branch(each.get("PlatformBranchName") or "")
        version = each.get("PlatformVersion")
        is_ready = each.get("PlatformOwner") == _OWNER and each.get("PlatformStatus") == "Ready"
        if name and version and is_ready:
            found[f"{name} {version}"] = VersionFact(state="listed")
    return found


CATALOG = LiveCatalog(
    name="versions/elasticbeanstalk",
    about="Platform versions of Elastic Beanstalk",
    service="elasticbeanstalk",
    actions=("elasticbeanstalk:ListPlatformVersions",),
    fact=VersionFact,
    fetch=fetch,
    shape=shape,
)
